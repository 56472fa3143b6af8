"""round trips of a key press beside a transfer at full speed on loopback, and on the idle connection"""
import json
import os

import measure
from harness import Failure, World, wait_until


def pings(agent, count):
    """(median, 95th percentile) in milliseconds"""
    done = agent.command("ping", "device-b", "--count", str(count), "--interval", "0.01", "--json", check=True, seconds=60)
    last = json.loads(done.stdout.splitlines()[-1])
    return last["median_ms"], last["p95_ms"]


def bench(args):
    size = max(args.bytes, 4_000_000_000)
    measure.in_memory()
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ana)
        idle = pings(a, 200)
        path = w.tmp / "large.bin"
        piece = os.urandom(1 << 20)
        with open(path, "wb") as file:  # a hole would not travel
            for _ in range(-(-size // len(piece))):
                file.write(piece)
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
