"""One running program: its output in a file, its end certain."""
import os
import socket
import subprocess
import time

# A story that dies takes its programs along (setpriv of util-linux replaces itself by the program: same pid).
WITH_PARENT = ["setpriv", "--pdeathsig", "TERM"]


class Failure(AssertionError):
    """What a story expected and did not find."""


class Skip(Exception):
    """This machine cannot show the story; the text says why."""


def wait_until(what, condition, seconds=10.0):
    """Answers the first true value of condition(). Fails with the sentence `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"after {seconds:g} s still not: {what}")
        time.sleep(0.02)


def free_port(kind=socket.SOCK_STREAM):
    """A port that is free on 127.0.0.1 and on [::1] (where there is IPv6)."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, kind) as four:
            four.bind(("127.0.0.1", 0))
            port = four.getsockname()[1]
            try:
                with socket.socket(socket.AF_INET6, kind) as six:
                    six.bind(("::1", port))
            except OSError as error:
                if error.errno == 98:  # EADDRINUSE
                    continue
            return port
    raise Failure("no free port")


class Program:
    def __init__(self, name, argv, env, log_path, cwd=None, stdin=subprocess.DEVNULL, start=True):
        self.name, self.argv, self.env, self.log_path, self.cwd = name, [str(a) for a in argv], env, log_path, cwd
        self.stdin = stdin
        self.process = None
        if start:
            self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(WITH_PARENT + self.argv, env=self.env, cwd=self.cwd, stdin=self.stdin,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        return self

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_for(self, text, seconds=10.0, count=1):
        """Waits until the output holds `text` `count` times."""
        def found():
            if self.log().count(text) >= count:
                return True
            if not self.running() and self.log().count(text) < count:
                raise Failure(f"{self.name} ended (exit code {self.process.returncode}) before it said {text!r}:\n"
                              + self.tail())
            return False
        try:
            wait_until(f"{self.name} says {text!r}", found, seconds)
        except Failure as failure:
            raise Failure(f"{failure}\n{self.tail()}") from None

    def wait(self, seconds=10.0):
        """Waits for the end; answers the exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} still runs after {seconds:g} s:\n{self.tail()}") from None

    def stop(self, seconds=15.0):
        """Asks it to end (SIGTERM); answers the exit code."""
        if self.running():
            self.process.terminate()
        return self.wait(seconds)

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.wait()

    def tail(self, lines=25):
        return "\n".join(f"    {self.name}| {line}" for line in self.log().splitlines()[-lines:])

    def command_lines(self):
        """What every local user can read of this program."""
        with open(f"/proc/{self.pid}/cmdline", "rb") as file:
            return file.read()

    def open_files(self):
        """Descriptors it holds; how many it has room for (a power of two) where only root may count them."""
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except PermissionError:
            return self._status("FDSize")

    def rss_kb(self):
        return self._status("VmRSS")

    def _status(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith(field + ":")).split()[1])

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
