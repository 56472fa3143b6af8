"""A peer without manners (tests/hostile), as stories use it: a registered device whose program says what it is told."""
import base64
import json
import os
import queue
import subprocess
import threading
import time

from harness import Failure, Skip
from harness.ed25519 import Key
from harness.program import WITH_PARENT
from harness.world import BIN


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Device:
    """A device key of our own, registered for a person; its programs come and go."""

    def __init__(self, w, owner, name):
        if not (BIN / "mesh-hostile").exists():
            raise Skip("needs the program mesh-hostile: tools/build.sh release mesh-hostile")
        self.w, self.name, self.owner = w, name, owner
        seed = os.urandom(32)
        self.key = Key(seed)
        self.api, _ = w.device(owner, name, self.key)
        self.home = w.folder(f"{name}-home")
        (self.home / "run").mkdir(mode=0o700)
        self.state = w.folder(f"{name}-state")
        self.state.chmod(0o700)
        (self.state / "device_key").write_bytes(seed)
        (self.state / "device_key").chmod(0o600)

    def session(self, target, kind="file", **more):
        return self.owner.post("/api/p2p/sessions", {"kind": kind, "target_device_id": target,
                                                     "initiator_device_id": self.name, **more})

    def dial(self, made, key=None):
        at = made["endpoints"]["target"]
        return Peer(self, "dial", f"127.0.0.1:{at['port']}", key or claims(made["session_token"])["target"]["key_sha256"])

    def listen(self, port, key):
        return Peer(self, "listen", port, key)


class Peer:
    """One running program and what it told so far."""

    def __init__(self, device, mode, where, key):
        self.process = subprocess.Popen([*WITH_PARENT, str(BIN / "mesh-hostile"), str(device.state), mode, str(where), key],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
                                        env=device.w.environment(device.home))
        device.w.cleanups.append(self.end)
        self.told = queue.Queue()
        self.past = []
        self.last_stream = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))
        self.told.put({"event": "ended"})

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def say(self, *words):
        try:
            self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failure("the hostile program ended") from None

    def expect(self, what, seconds=10.0, **facts):
        """The next event of one of these kinds with these facts; what is passed by is kept in `past`."""
        kinds = what.split("|")
        end = time.monotonic() + seconds
        while True:
            try:
                event = self.told.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise Failure(f"no {what} {facts} within {seconds} s; told: {self.past[-8:]}") from None
            if event["event"] in kinds and all(event.get(k) == v for k, v in facts.items()):
                return event
            self.past.append(event)
            if event["event"] == "ended":
                raise Failure(f"the hostile program ended; told: {self.past[-8:]}")

    def open(self, *messages):
        self.last_stream += 1
        self.say("open", self.last_stream)
        self.expect("opened", stream=self.last_stream)
        for message in messages:
            self.json(self.last_stream, message)
        return self.last_stream

    def json(self, stream, message):
        self.say("json", stream, message if isinstance(message, str) else json.dumps(message))

    def hello(self, session_id, token, version=1, binding=None):
        """P2P_HELLO on a stream of its own; answers what comes back."""
        if binding is None:
            self.say("binding", session_id)
            binding = self.expect("binding")["value"]
        stream = self.open({"type": "P2P_HELLO", "session_id": session_id, "token": token, "version": version,
                            "binding": binding})
        return self.answer(stream)

    def answer(self, stream, seconds=10.0):
        """The next message on a stream, parsed; or {"closed": code} when the other side ends it."""
        event = self.expect("message|closed|gone", seconds, **({"stream": stream}))
        return json.loads(event["text"]) if event["event"] == "message" else {"type": "closed", "code": event["code"]}

    def begin(self, session_id, purpose="file"):
        return self.open({"type": "STREAM_OPEN", "session_id": session_id, "purpose": purpose})
