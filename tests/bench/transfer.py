"""2 GB agent to agent, a core each, into a preallocated file, beside scp, rsync over ssh, curl from nginx + b3sum"""
import datetime
import os
import re
import shutil
import subprocess
import time

import measure
import peers
from fairness import pings
from harness import Failure, World
from harness.world import BIN, Agent


GIGABIT = "110000000"  # bytes a second that an Ethernet of 1 Gbit/s carries beside all headers


def handshake_ms(log):
    """From dialling to a connection that both sides have verified, by the sender's clock."""
    when = [datetime.datetime.fromisoformat(re.search(rf"(\S+)Z I \[p2p\] {words}", log)[1])
            for words in ("Connecting to peer", "P2P connection established")]
    return (when[1] - when[0]) / datetime.timedelta(milliseconds=1)


def one(w, sender, receiver, path, out, *options):
    """Figures of one transfer: MB/s, CPU s/GB of both, peak memory of both."""
    with open(out, "r+b") as sink, open(w.tmp / "receive.log", "wb") as log:
        taking = subprocess.Popen(measure.pinned(1, [BIN / "mesh-agent", "receive", "--output", "-"]), env=receiver.env,
                                  stdout=sink, stderr=log, stdin=subprocess.DEVNULL)
        try:
            receiver.wait_online()
            began = time.monotonic()
            giving = subprocess.Popen(measure.pinned(0, [BIN / "mesh-agent", "send", path, "--to", receiver.device_id,
                                                           *options]),
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
    size = path.stat().st_size
    return {"mb_per_second": size / 1e6 / seconds,
            "sender_cpu_seconds_per_gb": (gave.ru_utime + gave.ru_stime) / size * 1e9,
            "receiver_cpu_seconds_per_gb": (took.ru_utime + took.ru_stime) / size * 1e9,
            "sender_peak_rss_mb": gave.ru_maxrss * 1024 / 1e6, "receiver_peak_rss_mb": took.ru_maxrss * 1024 / 1e6}


class Pair:
    """Two machines of one person. packets: "ordinary" keeps them at 1452 bytes, what an Ethernet carries."""

    def __init__(self, w, server, owner, name, packets="ordinary", aead="auto"):
        env = {"MESH_PACKETS": packets, "MESH_AEAD": aead}
        self.w = w
        self.sender = Agent(w, f"{name}-sender", server, owner, env=env).enroll()
        self.receiver = Agent(w, f"{name}-receiver", server, owner, env=env).enroll()

    def send(self, path, out):
        return one(self.w, self.sender, self.receiver, path, out)

    def cores_at_a_gigabit(self, path, out):
        """Percent of a core that each side needs at that speed, start and connection included."""
        figures = one(self.w, self.sender, self.receiver, path, out, "--limit", GIGABIT)
        return [figures[f"{side}_cpu_seconds_per_gb"] * figures["mb_per_second"] / 10 for side in ("sender", "receiver")]


def nearness(w, server, owner):
    """How long two daemons take to connect, and a key press of 8 bytes to the other and back."""
    a, b = w.agent("device-a", server, owner), w.agent("device-b", server, owner)
    measure.pin(a.program.pid, 0)
    measure.pin(b.program.pid, 1)
    median = pings(a, 200)[0]
    return {"handshake_ms": round(handshake_ms(a.program.log()), 1), "idle_round_trip_ms": round(median, 3)}


def bench(args):
    measure.need("bench-transfer")
    measure.in_memory()
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        path, out = w.file("two-gigabytes.bin", args.bytes), w.tmp / "out.bin"
        shutil.copyfile(path, out)  # every page of the destination exists: fresh ones cost seconds on virtual machines
        rivals = peers.start(w)
        usual = Pair(w, server, ana, "one")
        ways = {"mesh": usual.send,
                "mesh_long_packets": Pair(w, server, ana, "two", packets="auto").send,
                "mesh_gnutls": Pair(w, server, ana, "three", aead="gnutls").send, **rivals}
        runs = {name: [] for name in ways}
        for index in range(args.runs + 1):  # the first warms every program and page, and does not count
            for name, send in ways.items():
                figures = send(path, out)
                if index:
                    runs[name].append(figures)
                if index in (0, args.runs) and subprocess.run(["cmp", "-s", path, out], check=False).returncode != 0:
                    raise Failure(f"{name}: the bytes differ")
        shares = usual.cores_at_a_gigabit(path, out)
        figures = {"file_gb": args.bytes / 1e9, "runs": args.runs, "storage": str(w.tmp.parent),
                   "sender_core_percent_at_110_mb_per_second": round(shares[0], 1),
                   "receiver_core_percent_at_110_mb_per_second": round(shares[1], 1), **nearness(w, server, ana)}
    for name, of_one in runs.items():
        figures |= {f"{name}_{key}": measure.median([run[key] for run in of_one]) for key in of_one[0]}
    for name in rivals:
        figures[f"mesh_by_{name}"] = round(figures["mesh_mb_per_second"] / figures[f"{name}_mb_per_second"], 2)
    return figures
