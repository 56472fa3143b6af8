"""What stories of peers without manners share: messages that lie, and how nothing may come of them."""
import json
import pathlib
import subprocess

from harness import Failure
from hostile import Device
from story_accounts import same
from transfers import MIB, is_whole, pair

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "vectors/hostile"
GROWTH_MAX_KB = 24 * 1024  # of an agent's memory over all attacks of a story


def corpus(name):
    return json.loads((CORPUS / f"{name}.json").read_text())


def b3(data):
    done = subprocess.run(["b3sum", "--no-names"], input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def meta(size, name="evil.bin", transfer_id="T1", **more):
    return {"type": "FILE_META", "transfer_id": transfer_id, "name": name, "size": size, "hash": None,
            "mtime": 1_500_000_000_000, "mode": 0o644, **more}


class Outside:
    """Everything of the story's folder but the places where the programs write; it must stay as it is."""

    def __init__(self, w, *agents):
        self.w, self.agents = w, agents
        (w.tmp / "evil-target").write_text("untouched")
        self.before = self.look()

    def look(self):
        places = [a.home for a in self.agents]
        out = {}
        for path in self.w.tmp.rglob("*"):
            if not any(path.is_relative_to(p) for p in places) and "server" not in path.parts[:len(self.w.tmp.parts) + 1]:
                out[str(path)] = path.read_bytes() if path.is_file() and path.stat().st_size < MIB else None
        for agent in self.agents:
            for path in [*agent.home.iterdir(), *agent.config.parent.iterdir()]:
                out[str(path)] = None
        return out

    def check(self, after_what):
        now = self.look()
        if now != self.before:
            changed = {k for k in {*now, *self.before} if now.get(k, 0) != self.before.get(k, 0)}
            raise Failure(f"{after_what}: something changed outside: {sorted(changed)}")


def world(w):
    server, ana, ben, a, b = pair(w)
    return ana, ben, a, b, Device(w, ana, "device-e")


def good_file_goes(w, a, b, name):
    path = w.file(name, 300_001)
    a.command("send", path, "--to", "device-b", check=True)
    is_whole(b, name, path)


def bounded(agent, before):
    if not agent.program.running():
        raise Failure(f"the agent ended:\n{agent.program.tail()}")
    if agent.program.rss_kb() > before + GROWTH_MAX_KB:
        raise Failure(f"memory grew from {before} to {agent.program.rss_kb()} kB")


def connected(evil, target="device-b", kind="file"):
    made = evil.session(target, kind)
    peer = evil.dial(made)
    peer.expect("connected")
    same("answer to the hello", peer.hello(made["session_id"], made["session_token"])["type"], "P2P_OK")
    return peer, made["session_id"]


def verdict(peer, stream):
    """The named end of a stream: of FILE_REJECT, FILE_RESULT, FOLDER_RESULT, or of its reset."""
    while True:
        said = peer.answer(stream)
        if said["type"] in ("FILE_REJECT", "closed"):
            return said["code"]
        if said["type"] in ("FILE_RESULT", "FOLDER_RESULT"):
            return "ok" if said["ok"] else said["code"]
