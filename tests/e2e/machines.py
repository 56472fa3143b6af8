"""Machines of their own, with wires between them: network namespaces that live as long as the story. Used by programs that a story runs
inside a network of its own."""
import os
import subprocess

from harness import Failure, wait_until
from harness.world import Agent


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


class Two:
    """Two machines, each with a wire to the server's and one between them."""

    def __init__(self):
        ip("link", "set", "lo", "up")
        self.left, self.right = Machine(), Machine()
        wire(None, "wan0", "10.77.1.1", self.left, "wan", "10.77.1.2")
        wire(None, "wan1", "10.77.2.1", self.right, "wan", "10.77.2.2")
        wire(self.left, "lan", "10.77.3.1", self.right, "lan", "10.77.3.2")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for machine in (self.left, self.right):
            machine.process.kill()
            machine.process.wait()

    def agents(self, w):
        """One of ana's on each: device-a on the left, device-b on the right."""
        server = w.server(args=["--host", "0.0.0.0", "--open-registration"])
        ana = server.register("ana", "correct horse battery")
        return (agent_on(w, self.left, "device-a", Behind(server, "10.77.1.1"), ana),
                agent_on(w, self.right, "device-b", Behind(server, "10.77.2.1"), ana))


def told(work):
    """Runs it; an exit code, and what went wrong on standard output."""
    try:
        work()
    except Failure as failure:
        print(f"{failure}\n{getattr(failure, 'logs', '')}")
        return 1
    return 0
