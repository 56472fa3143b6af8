"""A verb of mesh-agent in a terminal window of its own, as a person has it: what it shows and what is typed into it."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

from .program import Failure, wait_until
from .world import BIN

SEQUENCES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78Mc])")


# How much of what was shown last is searched.
LOOKED_AT = 256 * 1024


class Window:
    def __init__(self, agent, *argv, cols=100, rows=30, env=None):
        master, slave = pty.openpty()
        self.master = master
        self.resize(cols, rows)
        self.name = " ".join(map(str, argv[:2]))
        self.raw = bytearray()
        self.process = subprocess.Popen(
            [str(a) for a in (BIN / "mesh-agent", *argv)], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that a change of size is told
            env=agent.env | {"TERM": "xterm-256color", "SHELL": "/bin/sh", "PS1": "$ "} | (env or {}))
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        agent.world.cleanups.append(self.close)

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.raw += data

    def resize(self, cols, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)
        return self

    def text(self, since=0):
        """What was shown, without the sequences that say where and how."""
        return SEQUENCES.sub(b"", bytes(self.raw[max(since, len(self.raw) - LOOKED_AT):])).decode(errors="replace")

    def wait_for(self, text, seconds=15, since=0):
        try:
            wait_until(f"{self.name} shows {text!r}", lambda: text in self.text(since), seconds)
        except Failure as failure:
            raise Failure(f"{failure}\n    it shows: {self.text(since)[-1500:]!r}") from None
        return self

    def wait(self, seconds=15):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} still runs: {self.text()[-1500:]!r}") from None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        # Once: the number may be somebody else's by now.
        master, self.master = self.master, -1
        try:
            os.close(master)
        except OSError:
            pass
