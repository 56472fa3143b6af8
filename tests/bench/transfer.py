"""2 GB agent to agent, a core each, into a preallocated file, beside scp, rsync over ssh, curl from nginx + b3sum"""
import os
import shutil
import subprocess
import time

import measure
import peers
from harness import Failure, World
from harness.world import BIN, Agent


def one(w, sender, receiver, path, out):
    """Figures of one transfer: MB/s, CPU s/GB of both, peak memory of both."""
    with open(out, "r+b") as sink, open(w.tmp / "receive.log", "wb") as log:
        taking = subprocess.Popen(measure.pinned(1, [BIN / "mesh-agent", "receive", "--output", "-"]), env=receiver.env,
                                  stdout=sink, stderr=log, stdin=subprocess.DEVNULL)
        try:
            receiver.wait_online()
            began = time.monotonic()
            giving = subprocess.Popen(measure.pinned(0, [BIN / "mesh-agent", "send", path, "--to", receiver.device_id]),
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


def bench(args):
    measure.need("bench-transfer")
    measure.in_memory()
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        path, out = w.file("two-gigabytes.bin", args.bytes), w.tmp / "out.bin"
        shutil.copyfile(path, out)  # every page of the destination exists: fresh ones cost seconds on virtual machines
        rivals = peers.start(w)
        ways = {"mesh": Pair(w, server, ana, "one").send,
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
        figures = {"file_gb": args.bytes / 1e9, "runs": args.runs, "storage": str(w.tmp.parent)}
    for name, of_one in runs.items():
        figures |= {f"{name}_{key}": measure.median([run[key] for run in of_one]) for key in of_one[0]}
    for name in rivals:
        figures[f"mesh_by_{name}"] = round(figures["mesh_mb_per_second"] / figures[f"{name}_mb_per_second"], 2)
    return figures
