"""A viewer without manners over real QUIC with real tokens (tests/hostile): of what it sends, the shell gets the keys that
its sharer allowed, and not one byte more."""
import json
import pathlib
import sys

from harness import Failure, WebSocket, World, story, wait_until
from harness.window import Window
from hostile import Device
from story_accounts import same
from hostile_transfers import bounded
from story_terminal import own, share, two_people

RECORDER = pathlib.Path(__file__).with_name("record_input.py")
# What terminals send without anybody pressing a key: DA, DSR, CPR, DECRQM, DECRQSS, XTVERSION, sizes, colours, the
# clipboard, focus, mouse; and what keys send.
REPLIES = [b"\x1b[?1;2c", b"\x1b[>0;276;0c", b"\x1bP!|00000000\x1b\\", b"\x1b[0n", b"\x1b[24;80R", b"\x1b[?24;80R",
           b"\x1b[?2026;2$y", b"\x1b[4;2$y", b"\x1bP1$r0m\x1b\\", b"\x1bP>|xterm(390)\x1b\\", b"\x1b[8;24;80t",
           b"\x1b]11;rgb:0000/0000/0000\x07", b"\x1b]52;c;cm0gLXJmIC8K\x07", b"\x1b[I", b"\x1b[O", b"\x1b[<35;10;10M"]
KEYS = [b"\r", b"\x03", b"\x04", b"\x1a", b"\x1d", b"rm -rf /\r", b"\x1b[200~evil\r\x1b[201~", bytes(range(256)), b"x" * 65536]
EPOCHS = [0, 1, 2, 1 << 31, (1 << 32) - 1]


def frame(body):
    return (len(body).to_bytes(4, "big") + body).hex()


def keys(epoch, data):
    return frame(b"\x03" + epoch.to_bytes(4, "big") + data)


class Stage:
    """Ana shares a program that keeps every byte it reads; two hostile devices of ben and one of eve."""

    def __init__(self, w):
        self.w = w
        server, self.room, self.laptop, self.desk = two_people(w)
        eve = server.register("eve")
        self.laptop.owner.post(f"/api/rooms/{self.room['id']}/members", {"username": "eve"}, 200)
        self.evil, self.other = Device(w, self.desk.owner, "device-e"), Device(w, eve, "device-f")
        self.read, self.sizes = w.tmp / "read", w.tmp / "sizes"
        self.ana = Window(self.laptop, "terminal", "share", "--room", self.room["name"], "--name", "build", "--cols", 80,
                          "--rows", 24, "--cmd", f"exec {sys.executable} {RECORDER} {self.read} {self.sizes}")
        self.ana.wait_for("recording")
        self.socket = {}
        for device in self.evil, self.other:
            self.socket[device] = WebSocket(server.port, device.api.token)
            self.socket[device].hello(device_id=device.name)
        self.memory = self.laptop.program.rss_kb()
        self.dropped = 0

    def session(self, device):
        """A session in which this device looks: the program that has it, and its id."""
        made = device.session("laptop", "terminal", sender="target", room_id=self.room["id"])
        peer = device.dial(made)
        peer.expect("connected")
        same("answer to the hello", peer.hello(made["session_id"], made["session_token"])["type"], "P2P_OK")
        return peer, made["session_id"]

    def watch(self, peer, session_id):
        """A stream that looks at the terminal, as honest viewers do it."""
        stream = peer.begin(session_id, "terminal")
        peer.json(stream, {"type": "TERM_WATCH", "on": True, "name": "build"})
        same("the first word", peer.answer(stream)["type"], "TERM_OPEN")
        return stream

    def epoch(self, peer, stream):
        """Of the lease, as the sharer tells it whoever has the keyboard."""
        while True:
            event = peer.expect("message", stream=stream)
            said = json.loads(event["text"])
            if said["type"] == "TERM_STATE" and said.get("epoch") is not None:
                return said["epoch"]

    def lease(self, device, session_id, peer, stream):
        """Ana gives it the keyboard."""
        self.socket[device].send("terminal.control.request", {"session_id": session_id,
                                                              "user_id": device.owner.user["id"]}, to="device:laptop")
        name = device.owner.user["username"]
        wait_until(f"{name} has asked", lambda: name in own(self.laptop, "build")["asked"])
        self.laptop.command("terminal", "allow", "build", "--viewer", name, check=True)
        return self.epoch(peer, stream)

    def drop(self, peer, stream, epoch, data):
        peer.say("raw", stream, keys(epoch, data))
        self.dropped += len(data)

    def check(self, after, expected):
        """Every byte that was sent has been counted as dropped, and the program got nothing but this."""
        wait_until(f"{after}: {self.dropped} bytes were dropped, not {own(self.laptop, 'build')['dropped_bytes']}",
                   lambda: own(self.laptop, "build")["dropped_bytes"] == self.dropped)
        same(f"what the program read after {after}", self.read.read_bytes() if self.read.exists() else b"", expected)
        same(f"sizes after {after}", self.sizes.read_text() if self.sizes.exists() else "", "")
        same(f"the terminal's size after {after}", (own(self.laptop, "build")["cols"], own(self.laptop, "build")["rows"]), (80, 24))
        bounded(self.laptop, self.memory)

    def ana_types(self, text, expected):
        """It came last: whatever was let in before it lies before it."""
        self.ana.type(text)
        wait_until("what ana types is read", lambda: self.read.exists() and self.read.read_bytes().endswith(text.encode()))
        same("what the program read", self.read.read_bytes(), expected)


@story("a hostile viewer over real QUIC: keys, answers of terminals and storms of sizes without the keyboard reach nobody")
def without_the_keyboard():
    with World() as w:
        s = Stage(w)
        peer, session_id = s.session(s.evil)
        # Keys before anything else, and beside a terminal that it may not see.
        for first in (keys(1, b"early\r"), frame(b'{"type":"TERM_ALIVE","sent":1}'), frame(b'{"type":"TERM_WATCH","on":true}'),
                      frame(b'{"type":"TERM_WATCH","on":true,"name":"other"}')):
            stream = peer.begin(session_id, "terminal")
            peer.say("raw", stream, first + keys(1, b"behind\r"))
            same("its answer", peer.answer(stream)["type"], "TERM_REFUSED")
        stream = s.watch(peer, session_id)
        for data in REPLIES + KEYS:
            for epoch in EPOCHS:
                s.drop(peer, stream, epoch, data)
        s.check("keys and answers", b"")
        size = [own(s.laptop, "build")[key] for key in ("cols", "rows")]
        for cols, rows in [(1, 1), (1000, 500), (2, 500), (1000, 1)] * 500:
            peer.json(stream, {"type": "TERM_RESIZE", "cols": cols, "rows": rows})
        same("the size stays", [own(s.laptop, "build")[key] for key in ("cols", "rows")], size)
        peer.json(stream, {"type": "TERM_RESIZE", "cols": 3, "rows": 1})
        for sent in range(200):
            peer.json(stream, {"type": "TERM_ALIVE", "sent": sent})
            peer.json(stream, {"type": "TERM_WATCH", "on": sent % 2 == 1})
        peer.json(stream, {"type": "TERM_SUGGEST", "text": "rm -rf /\r\x1b[31m\r\n" * 100})
        s.drop(peer, stream, 1, b"after the storm\r")
        s.check("a storm of sizes", b"")
        s.ana_types("Q", b"Q")
        # A suggestion is run by ana alone, whatever stands in it.
        honest = Window(s.desk, "terminal", "view", "laptop/build")
        honest.wait_for("recording")


@story("a hostile viewer over real QUIC: frames that are malformed, too long or of a sharer end its stream, and reach nobody")
def malformed():
    with World() as w:
        s = Stage(w)
        peer, session_id = s.session(s.evil)
        before = own(s.laptop, "build")["dropped_bytes"]
        for name, raw in (
                ("keys of 64 KiB and a byte", keys(1, b"x" * 65537)),
                ("keys without an epoch", frame(b"\x03\x00\x00")),
                ("a frame of length 0", "00000000"),
                ("a frame of 4 GiB", "ffffffff03"),
                ("an unknown kind", frame(b"\x7f\x00")),
                ("output of a sharer", frame(b"\x02" + bytes(8) + b"evil\r")),
                ("a snapshot of a sharer", frame(b"\x04" + bytes(8) + b"evil\r")),
                ("a part of a file", frame(b"\x01" + bytes(8) + b"evil\r")),
                ("a state of a sharer", frame(b'{"type":"TERM_STATE","watching":[],"epoch":1,"hidden":false}')),
                ("a terminal of its own", frame(b'{"type":"TERM_OPEN","name":"evil","cols":1,"rows":1,"control":true}')),
                ("an end of the shell", frame(b'{"type":"TERM_EXIT","code":0}')),
                ("a hello", frame(json.dumps({"type": "P2P_HELLO", "session_id": session_id, "token": "t", "version": 1,
                                              "binding": "b"}).encode())),
                ("a size of nothing", frame(b'{"type":"TERM_RESIZE","cols":0,"rows":0}')),
                ("a size beyond all", frame(b'{"type":"TERM_RESIZE","cols":65536,"rows":65536}')),
                ("a negative size", frame(b'{"type":"TERM_RESIZE","cols":-80,"rows":-24}')),
                ("a size in quotes", frame(b'{"type":"TERM_RESIZE","cols":"80","rows":"24"}')),
                ("a suggestion of 64 KiB", frame(json.dumps({"type": "TERM_SUGGEST", "text": "x" * 60_000}).encode())),
                ("a suggestion that is no text", frame(b'{"type":"TERM_SUGGEST","text":"\xff\xfe\r"}')),
                ("a message nobody knows", frame(b'{"type":"TERM_EVIL"}')),
                ("no JSON", frame(b"{nonsense")),
                ("40 levels", frame(b'{"type":"TERM_WATCH","x":' + b"[" * 40 + b"]" * 40 + b"}")),
                ("JSON of 64 KiB and more", frame(b'{"x":"' + b"x" * 65_536 + b'"}'))):
            stream = s.watch(peer, session_id)
            # What comes behind it is read by nobody.
            peer.say("raw", stream, raw + keys(1, b"behind\r"))
            try:
                peer.expect("closed|fin", stream=stream)
            except Failure as failure:
                raise Failure(f"{name}: {failure}") from None
        same("what was read on", own(s.laptop, "build")["dropped_bytes"], before)
        # Half a frame, and the end of the connection in the midst of one.
        for half in (keys(1, b"half a line")[:-8], frame(b'{"type":"TERM_WATCH","on":true}')[:-8], "0000"):
            stream = s.watch(peer, session_id)
            peer.say("raw", stream, half)
            peer.say("fin", stream)
        peer.say("close", 7)
        wait_until("it has gone", lambda: own(s.laptop, "build")["watching"] == [])
        s.check("malformed frames", b"")
        s.ana_types("Q", b"Q")


@story("a hostile viewer over real QUIC: old, coming and other people's epochs type nothing, before, during and after a lease")
def replayed_epochs():
    with World() as w:
        s = Stage(w)
        peer, session_id = s.session(s.evil)
        stream = s.watch(peer, session_id)
        other, other_id = s.session(s.other)
        other_stream = s.watch(other, other_id)
        first = s.lease(s.evil, session_id, peer, stream)
        peer.say("raw", stream, keys(first, b"A"))
        wait_until("what was allowed is read", lambda: s.read.exists() and s.read.read_bytes() == b"A")
        second = s.watch(peer, session_id)
        for epoch in (0, first - 1, first + 1, (1 << 32) - 1):
            s.drop(peer, stream, epoch, b"old or coming\r")
        s.drop(peer, second, first, b"by another stream of its own\r")
        s.drop(other, other_stream, first, b"by somebody else\r")
        s.check("epochs beside a lease", b"A")
        s.laptop.command("terminal", "revoke", "build", check=True)
        for data in REPLIES + [b"too late\r"]:
            s.drop(peer, stream, first, data)
        s.check("a lease that was taken back", b"A")
        # Somebody else's turn.
        second_epoch = s.lease(s.other, other_id, other, other_stream)
        if second_epoch <= first:
            raise Failure(f"epoch {second_epoch} after {first}")
        for epoch in (first, second_epoch):
            s.drop(peer, stream, epoch, b"stolen\r")
        other.say("raw", other_stream, keys(second_epoch, b"B"))
        wait_until("what was allowed is read", lambda: s.read.read_bytes() == b"AB")
        s.check("somebody else's lease", b"AB")
        # Back again: the first lease is as old as ever, and dies with its stream. What it sees of the size stays the sharer's.
        third = s.lease(s.evil, session_id, peer, second)
        s.drop(peer, second, first, b"replayed\r")
        s.drop(other, other_stream, second_epoch, b"replayed\r")
        peer.json(second, {"type": "TERM_RESIZE", "cols": 1, "rows": 1})
        peer.say("raw", second, keys(third, b"C"))
        wait_until("what was allowed is read", lambda: s.read.read_bytes() == b"ABC")
        peer.say("reset", second, 16)
        wait_until("nobody has it", lambda: "controller" not in own(s.laptop, "build"))
        s.drop(peer, stream, third, b"with the epoch of a stream that ended\r")
        s.check("a stream that ended", b"ABC")
        peer.end()
        peer, session_id = s.session(s.evil)
        stream = s.watch(peer, session_id)
        for epoch in (first, second_epoch, third, third + 1):
            s.drop(peer, stream, epoch, b"in a new session\r")
        s.check("replayed epochs", b"ABC")
        # It grants itself what nobody allowed.
        s.socket[s.evil].send("terminal.control.granted", {"session_id": session_id, "user_id": s.evil.owner.user["id"],
                                                           "name": "build", "epoch": third + 1}, to="device:laptop")
        same("its own grant", s.socket[s.evil].expect("system.error")["payload"]["code"], "forbidden")
        s.drop(peer, stream, third + 1, b"granted by itself\r")
        s.check("a grant of its own", b"ABC")
        s.ana_types("Q", b"ABCQ")


@story("a hostile viewer over real QUIC: with a good session of the room it sees nothing that is shared with somebody else")
def not_meant():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        eve = server.register("eve")
        laptop.owner.post(f"/api/rooms/{room['id']}/members", {"username": "eve"}, 200)
        ana = share(laptop, "--name", "build")
        evil = Device(w, eve, "device-e")
        made = evil.session("laptop", "terminal", sender="target", room_id=room["id"])
        peer = evil.dial(made)
        peer.expect("connected")
        same("answer to the hello", peer.hello(made["session_id"], made["session_token"])["type"], "P2P_OK")
        stream = peer.begin(made["session_id"], "terminal")
        peer.json(stream, {"type": "TERM_WATCH", "on": True, "name": "build"})
        same("its answer", peer.answer(stream)["type"], "TERM_REFUSED")
        ana.type("echo on''ly for ben\r").wait_for("only for ben")
        same("nobody watches", own(laptop, "build")["watching"], [])
