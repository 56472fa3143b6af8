"""Run by a story inside a network of its own: a machine gets another address while a file goes to or from it, or a terminal of it
is looked at.

Three machines: the server, reached by each agent over a wire of its own, and a wire between the agents, on which the
addresses change.
"""
import os
import subprocess
import sys
import time

from harness import Failure, World, wait_until
from harness.window import Window
from harness.world import Agent, b3sum

MIB = 1 << 20
STOOD_SECONDS_MAX = 6.0  # about one on a machine that has nothing else to do
UNDER_WAY_MAX = 8 * MIB  # buffers on the way, and a second at the rate of this transfer


def ip(*argv, inside=()):
    done = subprocess.run([*inside, "ip", *argv], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"ip {' '.join(argv)}: {done.stderr}")


class Machine:
    """A network that lives as long as its first process."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        self.inside = ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", "--"]
        wait_until("it has a network of its own", self._apart)
        ip("link", "set", "lo", "up", inside=self.inside)

    def _apart(self):
        return os.readlink(f"/proc/{self.process.pid}/ns/net") != os.readlink("/proc/self/ns/net")

    def address(self, device, add, remove=None):
        if remove:
            ip("addr", "del", f"{remove}/24", "dev", device, inside=self.inside)
        ip("addr", "add", f"{add}/24", "dev", device, inside=self.inside)


def wire(one, one_name, one_address, other, other_name, other_address):
    where = [["netns", str(m.process.pid)] if m else [] for m in (one, other)]
    ip("link", "add", one_name, *where[0], "type", "veth", "peer", "name", other_name, *where[1])
    for machine, name, address in ((one, one_name, one_address), (other, other_name, other_address)):
        inside = machine.inside if machine else []
        ip("addr", "add", f"{address}/24", "dev", name, inside=inside)
        ip("link", "set", name, "up", inside=inside)


class Behind:
    """The server as one machine reaches it."""

    def __init__(self, server, address):
        self.url = f"http://{address}:{server.port}"


def agent_on(w, machine, device_id, url, owner):
    agent = Agent(w, device_id, url, owner).enroll()
    agent.program.argv = [*machine.inside, *agent.program.argv]
    return agent.start()


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
    ip("link", "set", "lo", "up")
    left, right = Machine(), Machine()
    try:
        with World() as w:
            server = w.server(args=["--host", "0.0.0.0", "--open-registration"])
            ana = server.register("ana", "correct horse battery")
            wire(None, "wan0", "10.77.1.1", left, "wan", "10.77.1.2")
            wire(None, "wan1", "10.77.2.1", right, "wan", "10.77.2.2")
            wire(left, "lan", "10.77.3.1", right, "lan", "10.77.3.2")
            a = agent_on(w, left, "device-a", Behind(server, "10.77.1.1"), ana)
            b = agent_on(w, right, "device-b", Behind(server, "10.77.2.1"), ana)
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
    except Failure as failure:
        print(f"{failure}\n{getattr(failure, 'logs', '')}")
        return 1
    finally:
        for machine in (left, right):
            machine.process.kill()
            machine.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
