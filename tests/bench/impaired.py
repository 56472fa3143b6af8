"""200 MB through a link of 100 Mbit/s, 50 ms there and back, that loses 1 % each way; and beside a CUBIC flow; 1 Gbit/s over 100 ms"""
import os
import sys
import time

import measure
from harness import Failure, Link, World
from harness.world import Agent

BYTES, MBIT, ROUND_TRIP_MS, LOSS_PERCENT = 200_000_000, 100, 50, 1
BESIDE_SECONDS = 30
QUEUE_BYTES = 1_250_000  # 100 ms of the link: what a usual router keeps
LONG_MBIT, LONG_ROUND_TRIP_MS, LONG_QUEUE_BYTES = 1000, 100, 12_500_000


class Flow:
    """A sender without a daemon and a receiver with one, of the same person."""

    def __init__(self, w, server, owner, name, cc):
        self.owner = owner
        self.sender = Agent(w, f"{name}-sender", server, owner, env={"MESH_CC": cc, "MESH_PACKETS": "ordinary"}).enroll()
        self.receiver = w.agent(f"{name}-receiver", server, owner)

    def session(self):
        return self.owner.post("/api/p2p/sessions", {"kind": "file", "target_device_id": self.receiver.device_id,
                                                     "initiator_device_id": self.sender.device_id})

    @property
    def port(self):
        return self.session()["endpoints"]["target"]["port"]

    def start(self, path, port):
        made = self.session()
        return self.sender.background(f"send-{time.monotonic_ns()}", "send-file", "--session-id", made["session_id"], "--peer-addr",
                                      f"127.0.0.1:{port}", "--token", made["session_token"], "--file", path)


def alone(w, flow, path, *way):
    """Megabytes of the file a second, connecting included."""
    link = Link(w, [flow.port], *way)
    began = time.monotonic()
    sending = flow.start(path, link.ports[0])
    code = sending.wait(240)
    seconds = time.monotonic() - began
    through = link.end()[0]
    if code or through < path.stat().st_size:
        raise Failure(f"exit code {code}, {through} bytes through the link:\n{sending.log()}")
    return path.stat().st_size / seconds / 1e6


def beside(w, flows, path, loss_percent):
    """Shares of the link, in percent, that each flow had while all of them sent."""
    link = Link(w, [flow.port for flow in flows], ROUND_TRIP_MS, loss_percent, MBIT, QUEUE_BYTES)
    named = path.with_name(f"{time.monotonic_ns()}.bin")  # a receiver still waits for the rest of the one before
    os.link(path, named)
    senders = [flow.start(named, port) for flow, port in zip(flows, link.ports)]
    for sending in senders:
        sending.wait_for("P2P connection established", 10)
    time.sleep(BESIDE_SECONDS)
    for sending in senders:
        if sending.process.poll() is not None:
            raise Failure(f"a flow ended before it was measured:\n{sending.log()}")
    through = link.end()
    for sending in senders:
        sending.kill()
    return [100 * count * 8 / BESIDE_SECONDS / (MBIT * 1e6) for count in through]


def bench(args):
    measure.build("mesh-impair")
    measure.in_memory()
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        ours, cubic = Flow(w, server, ana, "ours", "auto"), Flow(w, server, ana, "cubic", "cubic")
        path, long_path = w.file("two-hundred-megabytes.bin", BYTES), w.file("endless.bin", 3 * BYTES)
        runs = [alone(w, ours, path, ROUND_TRIP_MS, LOSS_PERCENT, MBIT, QUEUE_BYTES) for _ in range(args.runs)]
        far = [alone(w, ours, long_path, LONG_ROUND_TRIP_MS, 0, LONG_MBIT, LONG_QUEUE_BYTES) for _ in range(args.runs)]
        print(f"alone: {runs}, far: {far}", file=sys.stderr)
        cubic_alone = beside(w, [cubic], long_path, LOSS_PERCENT)
        lossy = beside(w, [ours, cubic], long_path, LOSS_PERCENT)
        clean = beside(w, [ours, cubic], long_path, 0)
        two_cubics = beside(w, [Flow(w, server, ana, "third", "cubic"), cubic], long_path, 0)
    return {"file_mb": BYTES / 1e6, "link_mbit_per_second": MBIT, "round_trip_ms": ROUND_TRIP_MS, "loss_percent": LOSS_PERCENT,
            "runs": args.runs, "mesh_percent_of_link": round(100 * 8 * measure.median(runs) / MBIT, 1),
            "far_link_mbit_per_second": LONG_MBIT, "far_round_trip_ms": LONG_ROUND_TRIP_MS,
            "far_mesh_mb_per_second": measure.median(far, 1),
            "cubic_alone_percent_of_link": round(cubic_alone[0], 1),
            "beside_with_loss_mesh_percent": round(lossy[0], 1), "beside_with_loss_cubic_percent": round(lossy[1], 1),
            "beside_without_loss_mesh_percent": round(clean[0], 1), "beside_without_loss_cubic_percent": round(clean[1], 1),
            "two_cubics_first_percent": round(two_cubics[0], 1), "two_cubics_second_percent": round(two_cubics[1], 1)}
