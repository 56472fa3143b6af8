"""Two people with an agent each, and what stories of files look at."""
from harness import Failure, wait_until
from harness.world import Agent, b3sum
from story_accounts import same

MIB = 1 << 20


def people(w):
    """Two people in one room."""
    server = w.server()
    ana, ben = server.register("ana"), server.register("ben")
    w.room(ana, ben)
    return server, ana, ben


def pair(w, receive="auto"):
    """Two people in one room, an agent each."""
    server, ana, ben = people(w)
    a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ben, receive=receive)
    return server, ana, ben, a, b


def one_waits(w, sends=True, receive="auto"):
    """The same, but one agent does not run: the sender's, or the receiver's."""
    server, ana, ben = people(w)
    if sends:
        a, b = Agent(w, "device-a", server, ana).enroll(), w.agent("device-b", server, ben, receive=receive)
    else:
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ben, receive=receive).enroll()
    return server, ana, ben, a, b


def own_pair(w):
    """Two machines of one person; the receiver's agent does not run."""
    server = w.server()
    ana = server.register("ana")
    return w.agent("device-a", server, ana), Agent(w, "device-b", server, ana).enroll()


def session(api, target, **more):
    return api.post("/api/p2p/sessions", {"kind": "file", "target_device_id": target, "ttl": 120, **more})


def address(answer):
    endpoint = answer["endpoints"]["target"]
    ip = f"[{endpoint['ip']}]" if ":" in endpoint["ip"] else endpoint["ip"]
    return f"{ip}:{endpoint['port']}"


def is_whole(agent, name, source):
    path = agent.received(name)
    same(f"b3sum of {name}", b3sum(path), b3sum(source))


def part_size(b):
    return sum(p.stat().st_size for p in b.downloads.rglob("*.part"))


def of_name(agent, name):
    return next(t for t in agent.json("transfers")["transfers"] if t["name"] == name)


def took(agent, name):
    """Seconds from the first byte to the last, by the agent's own clock."""
    return of_name(agent, name)["seconds"]


def killed_receiver(w):
    """A big file on its way; the receiver dies by kill -9 in the middle of it."""
    _, _, _, a, b = pair(w)
    path = w.file("big.bin", 768 * MIB)
    sending = a.background("send", "send", path, "--to", "device-b")
    wait_until("the .part grows", lambda: any(p.stat().st_size > MIB for p in b.downloads.rglob("*.part")), 20)
    b.program.kill()
    if (b.downloads / "big.bin").exists():
        raise Failure("the transfer was over before the kill, or a half file has the final name")
    if not list(b.downloads.rglob("*.part")):
        raise Failure("the .part is gone")
    return a, b, path, sending
