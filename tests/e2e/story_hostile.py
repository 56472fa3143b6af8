"""Peers without manners over real QUIC with real tokens: each attack is refused by name, nothing lies outside, and good
files still go. What is tried is the list of docs/security.md; names and lists of entries stand in tests/vectors/hostile."""
import base64
import json
import pathlib
import socket
import subprocess
import threading
import time

from harness import Failure, WebSocket, World, free_port, story, wait_until
from hostile import Device, claims
from story_accounts import same
from story_transfer import MIB, is_whole, pair

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


@story("tokens that are stolen, spent, changed, of another kind or session, and hellos that lie are denied by name")
def bad_tokens():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        other = Device(w, ana, "device-f")
        before = b.program.rss_kb()
        made = evil.session("device-b")
        token, session_id = made["session_token"], made["session_id"]
        header, body, signature = token.split(".")

        def changed(**what):
            new = base64.urlsafe_b64encode(json.dumps(claims(token) | what).encode()).rstrip(b"=").decode()
            return f"{header}.{new}.{signature}"

        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"mesh-cap+jwt"}').rstrip(b"=").decode()
        peer = evil.dial(made)
        peer.expect("connected")
        another = evil.session("device-b", "folder")
        for name, said, code in (
                ("no token", dict(token=""), None),
                ("rubbish", dict(token="a.b.c"), None),
                ("alg none", dict(token=f"{none}.{body}."), None),
                ("no signature", dict(token=f"{header}.{body}."), None),
                ("another life", dict(token=changed(exp=claims(token)["exp"] + 3600)), None),
                ("another size", dict(token=changed(max_size=1 << 50)), None),
                ("of another session", dict(token=another["session_token"]), None),
                ("another version", dict(token=token, version=2), "version_unsupported"),
                ("version -1", dict(token=token, version=-1), None),
                ("another binding", dict(token=token, binding="A" * 43), "binding_mismatch"),
                ("no binding", dict(token=token, binding=""), None)):
            answer = peer.hello(session_id, **said)
            if answer["type"] not in ("P2P_DENY", "closed") or code and answer["code"] != code or not answer["code"]:
                raise Failure(f"{name}: {answer}")
            if answer["type"] == "closed":  # what is no P2P_HELLO at all ends more than its stream
                peer = evil.dial(made)
                peer.expect("connected")
        answer = peer.hello("ses_00000000000000000000000000", token)
        same("a session nobody knows", (answer["type"], answer.get("code")), ("P2P_DENY", "session_unknown"))

        stream = peer.begin(session_id)
        peer.json(stream, meta(1))
        same("a stream before P2P_OK", peer.answer(stream)["type"], "closed")

        thief = other.dial(made)
        if thief.expect("refused|connected")["event"] == "connected":  # the thief has not heard the verdict on its key yet
            thief.expect("gone", code="key_refused")
        good = evil.dial(made)
        good.expect("connected")
        same("the good one", good.hello(session_id, token)["type"], "P2P_OK")
        twice = evil.dial(made)
        twice.expect("connected")
        answer = twice.hello(session_id, token)
        same("a token that is spent", (answer["type"], answer.get("code")), ("P2P_DENY", "token_replayed"))
        same("a folder in a session for a file", peer_of_folder(good, session_id), "closed")
        same("what came", list(b.downloads.iterdir()), [])
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


@story("a token whose life is over is denied by name, and a fresh one is not", long=True)
def expired_tokens():
    with World() as w:
        _, _, _, _, evil = world(w)
        made = evil.session("device-b", ttl=60)
        life = claims(made["session_token"])
        peer = evil.dial(made)
        peer.expect("connected")
        over = life["exp"] + 31  # with the skew that is allowed
        wait_until("its life is over", lambda: time.time() > over, over - time.time() + 5)
        answer = peer.hello(made["session_id"], made["session_token"])
        if answer["type"] != "P2P_DENY" or answer["code"] not in ("token_expired", "session_unknown"):
            raise Failure(f"an old token: {answer}")
        fresh = evil.session("device-b")
        same("a fresh one", peer.hello(fresh["session_id"], fresh["session_token"])["type"], "P2P_OK")


def peer_of_folder(peer, session_id):
    return peer.answer(peer.begin(session_id, "folder"))["type"]


@story("evil names are refused or made harmless, and no byte lies outside the folder for downloads")
def evil_names():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil)
        names = corpus("names")
        for name in names["refused"]:
            stream = peer.begin(session_id)
            peer.json(stream, meta(3, name))
            if (code := verdict(peer, stream)) not in ("name_unsafe", "bad_message"):
                raise Failure(f"{name!r}: {code}")
        same("what came", list(b.downloads.iterdir()), [])
        for index, name in enumerate(names["renamed"]):
            stream = peer.begin(session_id)
            peer.json(stream, meta(3, name, f"N{index}"))
            said = peer.answer(stream)
            if said["type"] == "closed" or said["type"] == "FILE_REJECT" and said["code"] not in ("name_unsafe", "bad_message"):
                raise Failure(f"{name!r}: {said}")
            if said["type"] == "FILE_REJECT":
                continue
            peer.say("chunk", stream, 0, 3)
            peer.json(stream, {"type": "FILE_DONE", "hash": b3(b"xxx"), "size": 3})
            peer.say("fin", stream)
            same(f"{name!r}", verdict(peer, stream), "ok")
        for path in b.downloads.rglob("*"):
            if path.is_symlink() or not path.is_file() or path.stat().st_mode & 0o7111 or path.name.startswith("."):
                raise Failure(f"stored as {path.name!r}: mode {path.stat().st_mode:o}")
            if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u200b\u2028\ufeff\\" for c in path.name):
                raise Failure(f"stored as {path.name!r}")
            same(f"content of {path.name!r}", path.read_bytes(), b"xxx")
        outside.check("evil names")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


def attacks(peer, session_id):
    """(name, codes that are right): each act leaves its stream as the last one."""
    def offered(size, **more):
        stream = peer.begin(session_id)
        peer.json(stream, meta(size, **more))
        same("answer to the offer", peer.answer(stream)["type"], "FILE_ACCEPT")
        return stream

    def chunk(size, *parts, done=None, fin=True):
        def act():
            stream = offered(size)
            for offset, length in parts:
                peer.say("chunk", stream, offset, length)
            if done:
                peer.json(stream, {"type": "FILE_DONE", "hash": done[0], "size": done[1]})
            if fin:
                peer.say("fin", stream)
            return stream
        return act

    def first(*messages, raw=None):
        def act():
            stream = peer.begin(session_id)
            for message in messages:
                peer.json(stream, message)
            if raw:
                peer.say("raw", stream, raw)
            return stream
        return act

    def after_accept(message):
        def act():
            stream = offered(5)
            peer.json(stream, message)
            return stream
        return act

    x = b3(b"xxx")
    return [
        ("a first chunk that is not at 0", chunk(10, (5, 5)), "offset_invalid"),
        ("a gap", chunk(10, (0, 3), (4, 3)), "offset_invalid"),
        ("the same chunk twice", chunk(10, (0, 3), (0, 3)), "offset_invalid"),
        ("a chunk that overlaps", chunk(10, (0, 6), (3, 7)), "offset_invalid"),
        ("an offset of 2^63", chunk(10, (1 << 63, 3)), "offset_invalid"),
        ("an offset that overflows", chunk(10, ((1 << 64) - 1, 3)), "offset_invalid"),
        ("more bytes than announced", chunk(3, (0, 4)), "size_mismatch"),
        ("more in a second chunk", chunk(3, (0, 3), (3, 1)), "size_mismatch"),
        ("bytes for an empty file", chunk(0, (0, 1)), "size_mismatch"),
        ("an empty chunk", chunk(10, (0, 0)), "size_mismatch"),
        ("fewer bytes than announced", chunk(10, (0, 3), done=(x, 10)), "size_mismatch"),
        ("another size at the end", chunk(3, (0, 3), done=(x, 4)), "size_mismatch"),
        ("another hash", chunk(3, (0, 3), done=(b3(b"xxy"), 3)), "hash_mismatch"),
        ("no hash", chunk(3, (0, 3), done=("", 3)), "bad_message"),
        ("an end without FILE_DONE", chunk(10, (0, 3)), "connection_lost"),
        ("a chunk of 256 KiB and a byte", chunk(1 << 20, (0, 262_145)), "bad_frame"),
        ("a size of 2^63", first(meta(1 << 63)), "bad_message"),
        ("a size beyond every disk", first(meta((1 << 53) - 1)), "disk_full|size_exceeded"),
        ("a negative size", first(meta(-1)), "bad_message"),
        ("a size in quotes", first(meta("3")), "bad_message"),
        ("a hash that is a path", first(meta(3, hash="../../etc/passwd")), "bad_message"),
        ("a transfer_id that is a path", first(meta(3, transfer_id="../../x")), "field_invalid"),
        ("an empty transfer_id", first(meta(3, transfer_id="")), "bad_message"),
        ("FILE_DONE first", first({"type": "FILE_DONE", "hash": x, "size": 3}), "unexpected_message"),
        ("an answer of a receiver", first({"type": "FILE_ACCEPT", "offset": 0}), "unexpected_message"),
        ("progress of a file that is not compared", after_accept({"type": "FILE_PROGRESS", "offset": 3}), "unexpected_message"),
        ("FILE_META twice", after_accept(meta(5)), "unexpected_message"),
        ("a hello on a stream of content", after_accept({"type": "P2P_HELLO", "session_id": session_id, "token": "t",
                                                         "version": 1, "binding": "b"}), "unexpected_message|bad_message"),
        ("a renewal on a stream of content", after_accept({"type": "SESSION_RENEW", "session_id": session_id, "token": "t"}),
         "unexpected_message"),
        ("a message nobody knows", first({"type": "FILE_EVIL"}), "bad_message"),
        ("no JSON", first("{nonsense"), "bad_message"),
        ("40 levels", first('{"type":"FILE_META","x":' + "[" * 40 + "]" * 40 + "}"), "bad_message"),
        ("a frame of length 0", first(raw="00000000"), "bad_frame"),
        ("a frame of 4 GiB", first(raw="ffffffff7b"), "bad_frame"),
        ("an unknown kind", first(raw="000000027f00"), "bad_frame"),
        ("terminal output", first(raw="0000000a02000000000000000041"), "unexpected_message"),
        ("a name that is no UTF-8", first(raw=frame_of(b'{"type":"FILE_META","transfer_id":"t","name":"a\xff","size":1,'
                                                       b'"mtime":0,"mode":0}')), "bad_message"),
        ("JSON of 64 KiB and more", first(raw=frame_of(b'{"x":"' + b"x" * 65_536 + b'"}')), "bad_frame"),
    ]


def frame_of(body):
    return (len(body).to_bytes(4, "big") + body).hex()


@story("a hostile sender over real QUIC: offsets, sizes, hashes, order, frames and messages that lie are refused by name")
def hostile_sender():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil)
        for name, act, codes in attacks(peer, session_id):
            code = verdict(peer, act())
            if code not in codes.split("|"):
                raise Failure(f"{name}: the sender was told {code!r}, not {codes}")
            if left := [p.name for p in b.downloads.iterdir() if ".part" not in p.name]:
                raise Failure(f"{name}: {left} came")
        outside.check("lies")
        bounded(b, before)
        # The same session still carries a good file: an attack ends its stream and nothing else.
        stream = peer.begin(session_id)
        peer.json(stream, meta(3, "fine.bin", "T2"))
        same("answer to a good offer", peer.answer(stream)["type"], "FILE_ACCEPT")
        peer.say("chunk", stream, 0, 3)
        peer.json(stream, {"type": "FILE_DONE", "hash": b3(b"xxx"), "size": 3})
        peer.say("fin", stream)
        same("a good file", verdict(peer, stream), "ok")
        good_file_goes(w, a, b, "good.bin")


@story("a hostile sender over real QUIC: lists of folders that climb, lie or are bombs are refused by name")
def hostile_folders():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil, kind="folder")

        def folder(listed, **more):
            figures = {"entries": len(listed), "files": sum(e["kind"] == "file" for e in listed),
                       "size": sum(e["size"] for e in listed), "pages": 1, "name": "album"} | more
            stream = peer.begin(session_id, "folder")
            peer.json(stream, {"type": "FOLDER_META", "transfer_id": "F1", "origin": "a" * 32, "mtime": 0, "mode": 0o755,
                               **figures})
            return stream

        def page(stream, entries, number=0, pages=1):
            peer.json(stream, {"type": "FOLDER_MANIFEST", "page": number, "pages": pages, "entries": entries})

        def refused(name, stream):
            if (code := verdict(peer, stream)) not in ("bad_message", "name_unsafe", "disk_full", "size_exceeded",
                                                       "unexpected_message", "too_large", "field_invalid"):
                raise Failure(f"{name}: {code!r}")
            same(f"what came after {name}", [p.name for p in b.downloads.iterdir() if ".part" not in p.name], [])

        for name, entries in corpus("manifests")["manifests"]:
            stream = folder(entries)
            page(stream, entries)
            refused(name, stream)
        one = {"path": "a", "kind": "file", "size": 1, "mtime": 0, "mode": 0o644}
        for name, figures, entries in (
                ("fewer entries than announced", {"entries": 2}, [one]),
                ("more entries than announced", {"entries": 0}, [one]),
                ("more files than announced", {"files": 0}, [one]),
                ("more bytes than announced", {"size": 0}, [one]),
                ("fewer bytes than announced", {"size": 9}, [one]),
                ("a page without entries", {"entries": 5}, []),
                ("a name that climbs", {"name": "../album"}, [one]),
                ("more bytes than any disk", {"size": (1 << 53) - 1}, [{**one, "size": (1 << 53) - 1}])):
            stream = folder(entries, **figures)
            page(stream, entries)
            refused(name, stream)
        for name, figures in (("a count of entries that is a bomb", {"entries": 1 << 40}),
                              ("a count of pages that is a bomb", {"pages": (1 << 32) - 1, "entries": 1 << 31})):
            stream = folder([], **figures)
            page(stream, [one], number=7)  # nothing is reserved for what is only announced; a wrong page ends it
            refused(name, stream)
        outside.check("lists")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


@story("a hostile sender over real QUIC: floods of streams, silence and sudden ends at every step cost the agent nothing")
def hostile_floods():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        peer, session_id = connected(evil)
        for number in range(5000, 5400):
            peer.say("open", number)
        opened = sum(peer.expect("opened|not_opened")["event"] == "opened" for _ in range(400))
        if opened > 256:
            raise Failure(f"{opened} streams were allowed at once")
        bounded(b, before)
        peer.end()
        steps = [lambda p, s, t: None, lambda p, s, t: p.json(t, {"type": "STREAM_OPEN", "session_id": s, "purpose": "file"}),
                 lambda p, s, t: p.json(t, meta(10 * MIB)), lambda p, s, t: p.say("chunks", t, 0, 262_144, 8),
                 lambda p, s, t: p.json(t, {"type": "FILE_DONE", "hash": b3(b""), "size": 10 * MIB})]
        for last in range(len(steps) + 1):
            for how in (["reset", 1, 16], ["close", 7], None):
                peer, session_id = connected(evil)
                peer.last_stream = 1
                peer.open()
                for step in steps[:last]:
                    step(peer, session_id, peer.last_stream)
                peer.say(*(how if how and how[0] == "close" else ["reset", peer.last_stream, 16] if how else ["open", 99]))
                peer.end()
        if names := [p.name for p in b.downloads.iterdir() if ".part" not in p.name]:
            raise Failure(f"{names} came")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


class Receiver:
    """The hostile device at the other end of a real sender."""

    def __init__(self, w, evil, sender_key):
        self.w, self.evil = w, evil
        self.port = free_port(socket.SOCK_DGRAM)
        self.socket = WebSocket(evil.owner.port, evil.api.token)
        self.socket.hello(device_id=evil.name, quic_port=self.port, candidates=[
            {"ip": "127.0.0.1", "port": self.port, "type": "host"}])
        self.sender_key = sender_key
        threading.Thread(target=self.acknowledge, daemon=True).start()

    def acknowledge(self):
        try:
            while True:
                event = self.socket.receive(120)
                if event["type"] == "p2p.session.created":
                    self.socket.send("system.ack", {"event_id": event["id"]})
        except Exception:  # noqa: BLE001 - the story is over
            pass

    def wait(self):
        """A program that waits for the next connection; answers it with P2P_OK said and the stream of content open."""
        return self.evil.listen(self.port, self.sender_key)

    @staticmethod
    def take(peer):
        peer.expect("connected", 20)
        control = peer.expect("stream", 10)["stream"]
        hello = peer.answer(control)
        peer.json(control, {"type": "P2P_OK", "session_id": hello["session_id"], "version": 1})
        stream = peer.expect("stream", 10)["stream"]
        if (opened := peer.answer(stream))["type"] != "STREAM_OPEN":
            raise Failure(f"{opened}")
        return stream, peer.answer(stream)


@story("a hostile receiver over real QUIC: answers that lie are noticed by name, and the sender's memory stays bounded")
def hostile_receiver():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = a.program.rss_kb()
        receiver = Receiver(w, evil, a.json("status")["key_sha256"])
        path = w.file("wanted.bin", 40 * MIB)
        good = {"type": "FILE_ACCEPT", "offset": 0}
        lies = [
            ("an offset behind the end", [{"type": "FILE_ACCEPT", "offset": 1 << 40, "block_bytes": 16 * MIB, "blocks": []}]),
            ("blocks of no bytes", [{"type": "FILE_ACCEPT", "offset": 16 * MIB, "block_bytes": 0, "blocks": ["a" * 64]}]),
            ("too many blocks", [{"type": "FILE_ACCEPT", "offset": 16 * MIB, "block_bytes": 16 * MIB, "blocks": ["a" * 64] * 400}]),
            ("a negative offset", [{"type": "FILE_ACCEPT", "offset": -1}]),
            ("accepts twice", [good, good]),
            ("a result before the end", [{"type": "FILE_RESULT", "ok": True, "hash": "a" * 64, "name": "x"}]),
            ("a result in the middle", [good, {"type": "FILE_RESULT", "ok": True, "hash": "a" * 64, "name": "x"}]),
            ("another file", [{"type": "FOLDER_ACCEPT", "last": True, "kept": [{"entry": 7, "offset": 1, "block_bytes": 1,
                                                                                "blocks": ["a" * 64]}]}]),
            ("an offer of its own", [meta(3)]),
            ("a stream of its own inside", [{"type": "STREAM_OPEN", "session_id": "ses_00000000000000000000000000",
                                             "purpose": "file"}]),
            ("rubbish", ["{nonsense"]),
        ]
        for index, (name, answers) in enumerate(lies):
            peer = receiver.wait()
            peer.expect("listening")
            sending = a.background(f"send-{index}", "send", path, "--to", "device-e")
            stream, offer = receiver.take(peer)
            same(f"{name}: the offer", offer["type"], "FILE_META")
            for answer in answers:
                peer.json(stream, answer)
            end = peer.expect("closed|gone|fin", 15)
            record = [t for t in a.json("transfers")["transfers"] if t["name"] == "wanted.bin"][-1]
            wait_until(f"{name}: the sender noticed", lambda: state_of(a, record["transfer_id"]).get("code"), 10)
            record = state_of(a, record["transfer_id"])
            if record["state"] == "done" or record["code"] not in ("offset_invalid", "unexpected_message", "bad_message",
                                                                    "bad_frame", "hash_mismatch", "connection_lost"):
                raise Failure(f"{name}: {record}, {end}")
            if record["state"] == "queued":
                a.command("transfers", "cancel", record["transfer_id"], check=True)
            sending.wait(20)
            peer.end()
            bounded(a, before)
        # One that takes everything and reads nothing.
        peer = receiver.wait()
        peer.expect("listening")
        deaf = a.background("send-deaf", "send", w.file("huge.bin", 400 * MIB), "--to", "device-e")
        stream, _ = receiver.take(peer)
        peer.say("deaf", stream)
        peer.json(stream, good)
        record = wait_until("bytes went", lambda: next((t for t in a.json("transfers")["transfers"]
                                                        if t["name"] == "huge.bin" and t["state"] == "running"), None), 10)
        standing = wait_until("the sender stands still", lambda: stands_still(a, record["transfer_id"]), 20)
        if standing > 80 * MIB:
            raise Failure(f"{standing} bytes went to one that reads nothing")
        bounded(a, before)
        a.command("transfers", "cancel", record["transfer_id"], check=True)
        deaf.wait(20)
        good_file_goes(w, a, b, "good.bin")


def state_of(agent, transfer_id):
    return next(t for t in agent.json("transfers")["transfers"] if t["transfer_id"] == transfer_id)


def stands_still(agent, transfer_id):
    first = state_of(agent, transfer_id)["done"]
    time.sleep(1)  # no byte within a second
    return first if state_of(agent, transfer_id)["done"] == first else 0
