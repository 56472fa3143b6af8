#!/usr/bin/env python3
"""./mesh bench NAME [--json]: measures the programs of build/release. A figure's name ends in its unit (MB = 10^6 bytes).

  build     clean release build without ccache, and a change in one .cpp up to the linked programs
  idle      memory of a server and an agent that wait, and of each WebSocket that waits, plain and over TLS
  size      the programs, stripped
  fairness  round trips of a key press beside a transfer at full speed on loopback, and on the idle connection
  transfer  2 GB from agent to agent on loopback, one core each, into a preallocated file; median of 5
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from harness import Failure, WebSocket, World, wait_until  # noqa: E402
from harness.tls import TlsServer  # noqa: E402
from harness.world import BIN, Agent  # noqa: E402

PROGRAMS = ("mesh-server", "mesh-agent")
# One file of each kind: a leaf near main, one deep in core, one that sees the big headers.
CHANGED = ("server/services/rooms.cpp", "core/wire/event.cpp", "agent/share/file_sender.cpp", "core/net/http_server.cpp")
SETTLE_SECONDS = 5
SOCKETS, SOCKETS_A_USER = 600, 60


def timed(argv, **more):
    began = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, **more)
    return round(time.monotonic() - began, 2)


def bench_build(_):
    env = os.environ | {"CCACHE_DISABLE": "1"}
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        build = ["cmake", "--build", folder, "--target", *PROGRAMS, "--", "--quiet"]
        figures = {"cores": os.cpu_count(), "clean_release_build_seconds": timed(build, env=env)}
        changes = {}
        for name in CHANGED:
            path = ROOT / name
            if path.exists():
                path.touch()
                changes[name] = timed(build, env=env)
        figures["one_cpp_change_seconds"] = max(changes.values())
        figures["one_cpp_change_slowest_file"] = max(changes, key=changes.get)
        return figures


def idle_socket_kib(server):
    """What one more welcomed WebSocket costs the server; the first connections of each person are not counted."""
    people = [server.register(f"person{i}") for i in range(SOCKETS // SOCKETS_A_USER)]
    sockets = []

    def open_one(api):
        sockets.append(WebSocket(server.port, api.token, tls=server.tls))
        sockets[-1].hello()

    for api in people:
        open_one(api)
    before = server.program.rss_kb()
    for api in people:
        for _ in range(SOCKETS_A_USER - 1):
            open_one(api)
    time.sleep(SETTLE_SECONDS)
    figure = (server.program.rss_kb() - before) / (len(sockets) - len(people))
    for s in sockets:
        s.close()
    return round(figure, 2)


def bench_idle(_):
    with World() as w:
        sockets = {"idle_ws_kib": idle_socket_kib(w.server(name="plain")),
                   "idle_wss_kib": idle_socket_kib(TlsServer(w, "tls").start())}
    with World() as w:
        server = w.server(args=["--web-dir", str(ROOT / "client/dist")])
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        a = w.agent("device-a", server, ana)
        w.agent("device-b", server, ben)
        time.sleep(SETTLE_SECONDS)
        return {"server_idle_rss_mb": round(server.program.rss_kb() * 1024 / 1e6, 2),
                "agent_idle_rss_mb": round(a.program.rss_kb() * 1024 / 1e6, 2), **sockets}


def bench_size(_):
    figures = {}
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        for name in PROGRAMS:
            stripped = pathlib.Path(folder) / name
            subprocess.run(["strip", "-o", stripped, BIN / name], check=True)
            figures[f"{name.removeprefix('mesh-')}_stripped_mb"] = round(stripped.stat().st_size / 1e6, 3)
    return figures


def pinned(core, argv):
    return ["taskset", "-c", str(core % (os.cpu_count() or 1)), *map(str, argv)]


def one_transfer(w, sender, receiver, path, out):
    """(seconds, CPU seconds of sender and receiver, peak memory of both in kB)"""
    with open(out, "r+b") as sink, open(w.tmp / "receive.log", "wb") as log:
        taking = subprocess.Popen(pinned(1, [BIN / "mesh-agent", "receive", "--output", "-"]), env=receiver.env, stdout=sink,
                                  stderr=log, stdin=subprocess.DEVNULL)
        try:
            receiver.wait_online()
            began = time.monotonic()
            giving = subprocess.Popen(pinned(0, [BIN / "mesh-agent", "send", path, "--to", receiver.device_id]),
                                      env=sender.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            _, status, gave = os.wait4(giving.pid, 0)
            giving.returncode = os.waitstatus_to_exitcode(status)
            _, status, took = os.wait4(taking.pid, 0)
            taking.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - began
        finally:
            if taking.returncode is None:
                taking.kill()
                taking.wait()
        if giving.returncode or taking.returncode:
            raise Failure(f"send {giving.returncode}, receive {taking.returncode}:\n{(w.tmp / 'receive.log').read_text()}")
    receiver.wait_online(False)
    return seconds, gave.ru_utime + gave.ru_stime, took.ru_utime + took.ru_stime, gave.ru_maxrss, took.ru_maxrss


def bench_transfer(args):
    size = args.bytes
    if shutil.disk_usage("/dev/shm").free > 3 * size:
        tempfile.tempdir = "/dev/shm"
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        sender, receiver = Agent(w, "sender", server, ana).enroll(), Agent(w, "receiver", server, ana).enroll()
        path, out = w.file("two-gigabytes.bin", size), w.tmp / "out.bin"
        shutil.copyfile(path, out)  # every page of the destination exists
        runs = [one_transfer(w, sender, receiver, path, out) for _ in range(args.runs)]
        if subprocess.run(["cmp", "-s", path, out], check=False).returncode != 0:
            raise Failure("the bytes differ")
        gigabytes = size / 1e9
        seconds, gave, took, rss_sender, rss_receiver = (statistics.median(column) for column in zip(*runs))
        return {"file_gb": gigabytes, "runs": args.runs, "storage": str(w.tmp.parent),
                "transfer_mb_per_second": round(size / 1e6 / seconds, 1), "transfer_seconds": round(seconds, 3),
                "transfer_seconds_all": [round(run[0], 3) for run in runs],
                "sender_cpu_seconds_per_gb": round(gave / gigabytes, 3),
                "receiver_cpu_seconds_per_gb": round(took / gigabytes, 3),
                "sender_peak_rss_mb": round(rss_sender * 1024 / 1e6, 1),
                "receiver_peak_rss_mb": round(rss_receiver * 1024 / 1e6, 1)}


def pings(agent, count):
    """(median, 95th percentile) in milliseconds"""
    done = agent.command("ping", "device-b", "--count", str(count), "--interval", "0.01", "--json", check=True, seconds=60)
    last = json.loads(done.stdout.splitlines()[-1])
    return last["median_ms"], last["p95_ms"]


def bench_fairness(args):
    size = max(args.bytes, 4_000_000_000)
    if shutil.disk_usage("/dev/shm").free > 3 * size:
        tempfile.tempdir = "/dev/shm"
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ana)
        idle = pings(a, 200)
        path = w.tmp / "sparse.bin"
        with open(path, "wb") as file:
            file.truncate(size)
        sending = a.background("send", "send", path, "--to", "device-b")

        def running():
            return next((t for t in a.json("transfers")["transfers"] if t["name"] == path.name and t["state"] == "running"), None)

        wait_until("bytes move", running, 20)
        busy = pings(a, 100)
        during = running()
        if during is None:
            raise Failure("the transfer was over before the pings were: --bytes must be larger")
        sending.kill()
        return {"idle_median_ms": round(idle[0], 3), "idle_p95_ms": round(idle[1], 3), "busy_median_ms": round(busy[0], 3),
                "busy_p95_ms": round(busy[1], 3), "transfer_mb_per_second": round(during["rate"] / 1e6, 1)}


def main():
    benches = {name.removeprefix("bench_"): f for name, f in globals().items() if name.startswith("bench_")}
    parser = argparse.ArgumentParser(prog="./mesh bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=benches)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5, help="transfer: how many; the median is printed")
    parser.add_argument("--bytes", type=int, default=2_000_000_000, help="transfer: size of the file")
    args = parser.parse_args()
    if args.name != "build":
        subprocess.run([ROOT / "tools/build.sh", "release", *PROGRAMS], check=True)
    try:
        figures = benches[args.name](args)
    except Failure as failure:
        print(f"./mesh bench {args.name}: {failure}\n{getattr(failure, 'logs', '')}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
