"""Run by a story inside a network of its own: how long the packets are in which a file goes from one machine to another."""
import sys

from harness import Failure, World
from harness.world import b3sum
from machines import Two, ip, told

MIB = 1 << 20
HEADERS = 28  # IPv4 and UDP


def sent(agent):
    """Bytes and packets of all its connections so far."""
    all_of_it = agent.json("debug", "dump_quic_stats")["connections"]
    return sum(c["bytes_sent"] for c in all_of_it), sum(c["packets_sent"] for c in all_of_it)


def average(a, b, path):
    """Bytes in a packet while that file goes, small ones included."""
    before = sent(a)
    a.command("send", path, "--to", "device-b", check=True)
    after = sent(a)
    if b3sum(b.received(path.name, 10)) != b3sum(path):
        raise Failure("content differs")
    return (after[0] - before[0]) / (after[1] - before[1])


def main():
    with World() as w, Two() as machines:
        for machine in (machines.left, machines.right):
            ip("link", "set", "lan", "mtu", "1350", inside=machine.inside)
        a, b = machines.agents(w)
        narrow = average(a, b, w.file("narrow.bin", 24 * MIB))
        # A probe that is lost is tried again, so a short transfer may end before its packets have grown.
        if narrow > 1350 - HEADERS:
            raise Failure(f"{narrow:.0f} bytes in a packet on a wire that carries 1350 with their headers")
        for agent in (a, b):
            agent.restart()
        for machine in (machines.left, machines.right):
            ip("link", "set", "lan", "mtu", "1500", inside=machine.inside)
        wide = average(a, b, w.file("wide.bin", 24 * MIB))
        if not 1400 <= wide <= 1500 - HEADERS:
            raise Failure(f"{wide:.0f} bytes in a packet on a wire that carries 1500 with their headers")
        print(f"{narrow:.0f} and {wide:.0f} bytes in a packet")


if __name__ == "__main__":
    sys.exit(told(main))
