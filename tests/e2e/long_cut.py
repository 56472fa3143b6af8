"""Run by a story inside a network of its own: two agents cannot reach each other for longer than any connection lives."""
import sys
import time

from chaos import Network
from harness import Failure, World, wait_until
from harness.world import b3sum

MIB = 1 << 20
CUT_SECONDS = 130
RETRY_SECONDS_MAX = 60  # the longest pause of the outbox


def main():
    network = Network()
    try:
        with World() as w:
            server = w.server()
            ana = server.register("ana")
            a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ana)
            path = w.file("cut.bin", 64 * MIB)
            sending = a.background("send", "send", path, "--to", "device-b", "--limit", "12M")
            part = b.downloads / "cut.bin.part"
            wait_until("some of it is there", lambda: part.exists() and part.stat().st_size > 24 * MIB, 30)
            network.between_agents(False)
            there = part.stat().st_size
            end = time.monotonic() + CUT_SECONDS
            wait_until("the cut is over", lambda: time.monotonic() > end, CUT_SECONDS + 5)
            if part.stat().st_size > there + MIB or not sending.running():
                raise Failure("it was not cut, or the sender gave up")
            network.between_agents(True)
            wait_until("it goes on", lambda: not part.exists() or part.stat().st_size > there + 4 * MIB,
                       RETRY_SECONDS_MAX + 20)
            if b3sum(b.received("cut.bin", 60)) != b3sum(path):
                raise Failure("content differs")
            if sending.wait(20) != 0:
                raise Failure(f"exit code {sending.process.returncode}:\n{sending.log()}")
            record = next(t for t in a.json("transfers")["transfers"] if t["name"] == "cut.bin")
            if record["resent"] > 4 * MIB:  # what was in flight when it was cut
                raise Failure(f"too much went twice: {record}")
    except Failure as failure:
        print(f"{failure}\n{getattr(failure, 'logs', '')}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
