"""Receivers without manners over real QUIC with real tokens."""
import socket
import threading
import time

from harness import Failure, WebSocket, World, free_port, story, wait_until
from hostile_transfers import MIB, bounded, good_file_goes, meta, world
from story_accounts import same


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
