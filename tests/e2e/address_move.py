"""Run by a story inside a network of its own: a machine gets another address while a file goes to or from it, or a terminal of it
is looked at.

The addresses change on the wire between the two.
"""
import sys
import time

from harness import Failure, World, wait_until
from harness.window import Window
from harness.world import b3sum
from machines import Two, told

MIB = 1 << 20
STOOD_SECONDS_MAX = 6.0  # about one on a machine that has nothing else to do
UNDER_WAY_MAX = 8 * MIB  # buffers on the way, and a second at the rate of this transfer


def part(agent, name):
    path = agent.downloads / f"{name}.part"
    return path.stat().st_size if path.exists() else 0


class Standstill:
    """The longest time in which nothing came."""

    def __init__(self, agent, name):
        self.agent, self.name = agent, name
        self.from_bytes = self.bytes = part(agent, name)
        self.since, self.seconds = time.monotonic(), 0.0

    def over(self):
        """Whether it goes on: by then more came than can have been under way."""
        there, now, size = (self.agent.downloads / self.name).exists(), time.monotonic(), part(self.agent, self.name)
        if there or size != self.bytes:
            self.seconds, self.bytes, self.since = max(self.seconds, now - self.since), size, now
        return there or size > self.from_bytes + UNDER_WAY_MAX


def stood(agent, name, change):
    """How long nothing came after the change."""
    wait_until("it has begun", lambda: part(agent, name) > 2 * MIB, 30)
    standstill = Standstill(agent, name)
    change()
    wait_until("it goes on", standstill.over, 60)
    if standstill.seconds > STOOD_SECONDS_MAX:
        raise Failure(f"nothing came for {standstill.seconds:.1f} s")
    return standstill.seconds


def terminal_goes_on(a, b, changes):
    """What is written after each change is seen in the window that was open before it, which still has the keyboard."""
    sharer = Window(a, "terminal", "share", "--name", "build").wait_for("nobody watches")
    viewer = Window(b, "terminal", "view", "device-a/build")
    sharer.wait_for("watched by ana")
    viewer.type("\x1dk")
    wait_until("asked", lambda: a.json("terminal", "list")["shared"][0]["asked"])
    a.command("terminal", "allow", "build", "--minutes", 10, check=True)
    viewer.wait_for("YOU HAVE THE KEYBOARD")
    for number, (who, change) in enumerate(changes):
        began = time.monotonic()
        change()
        viewer.type(f"echo mo''ved {number}\r").wait_for(f"moved {number}", 60)
        sharer.wait_for(f"moved {number}")
        print(f"{who}: a line typed then was seen after {time.monotonic() - began:.1f} s", flush=True)


def main():
    with Two() as machines, World() as w:
        left, right = machines.left, machines.right
        a, b = machines.agents(w)
        changes = [("the receiver", lambda: right.address("lan", "10.77.3.22", "10.77.3.2")),
                   ("the sender", lambda: left.address("lan", "10.77.3.11", "10.77.3.1")),
                   ("both", lambda: (right.address("lan", "10.77.3.23", "10.77.3.22"),
                                     left.address("lan", "10.77.3.12", "10.77.3.11")))]
        for who, change in changes:
            name = f"{who.split()[-1]}.bin"
            path = w.file(name, 40 * MIB)
            a.background(who, "send", path, "--to", "device-b", "--limit", "8M")
            print(f"{who}: nothing came for {stood(b, name, change):.1f} s", flush=True)
            if b3sum(b.received(name, 60)) != b3sum(path):
                raise Failure("content differs")
            record = next(t for t in a.json("transfers")["transfers"] if t["name"] == name)
            if record["resent"] > 4 * MIB:
                raise Failure(f"too much went twice: {record}")
        terminal_goes_on(a, b, [("the viewer", lambda: right.address("lan", "10.77.3.24", "10.77.3.23")),
                                ("the sharer", lambda: left.address("lan", "10.77.3.13", "10.77.3.12"))])


if __name__ == "__main__":
    sys.exit(told(main))
