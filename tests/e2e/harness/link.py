"""A way between two agents that is worse than loopback: mesh-impair before their QUIC ports."""
import time

from .program import Program
from .world import BIN


class Link:
    """Round trip in ms, loss each way in percent, rate in Mbit/s, queue in bytes; .ports: where to go instead, one for each of ports."""

    def __init__(self, world, ports, round_trip_ms, loss_percent=0, mbit=100, queue_bytes=1_250_000):
        argv = [BIN / "mesh-impair", "--delay-ms", round_trip_ms / 2, "--loss", loss_percent, "--rate", mbit, "--queue", queue_bytes]
        for port in ports:
            argv += ["--to", port]
        self.program = Program("mesh-impair", argv, {}, world.tmp / f"impair-{time.monotonic_ns()}.log")
        world.programs.append(self.program)
        self.program.wait_for("listening", count=len(ports))
        self.ports = [int(line.split()[1]) for line in self.program.log().splitlines() if line.startswith("listening ")]

    def end(self):
        """Bytes that each port let through to its agent."""
        self.program.stop()
        return [int(line.split()[3]) for line in self.program.log().splitlines() if line.startswith("port ")]
