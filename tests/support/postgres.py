#!/usr/bin/env python3
"""A real PostgreSQL of the system's package for tests: its own folder, its own user, a Unix socket, no TCP.

usage: postgres.py run PROGRAM [ARG...]   with MESH_TEST_POSTGRES set to the address; exit code 77 without the package
"""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77


def programs():
    """The newest installed version's folder, or None."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """Refuses root, so as root it runs under the package's user."""

    def __init__(self):
        self.bin = programs()
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mesh-pg-", dir="/tmp"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.become = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.tmp, owner.pw_uid, owner.pw_gid)
            os.chmod(self.tmp, 0o755)
            self.become = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self.process = None
        self._call("initdb", "--pgdata", self.tmp / "data", "--username", self.user, "--encoding", "UTF8", "--no-locale",
                   "--auth", "trust", "--no-sync")
        self.start()

    def _call(self, name, *args):
        done = subprocess.run([*self.become, str(self.bin / name), *map(str, args)], cwd=self.tmp, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        with open(self.tmp / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "INT", *self.become, str(self.bin / "postgres"), "-D", str(self.tmp / "data"), "-k", str(self.tmp),
                 "-c", "listen_addresses=", "-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "fsync=off"],
                cwd=self.tmp, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def _wait(self):
        end = time.monotonic() + 60
        while True:
            ready = subprocess.run([str(self.bin / "pg_isready"), "-q", "-h", str(self.tmp)], check=False)
            if ready.returncode == 0:
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("PostgreSQL did not start: " + (self.tmp / "log").read_text(errors="replace"))
            time.sleep(0.05)

    def halt(self):
        """Ends it at once, as a power cut would for its clients."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def address(self, database="postgres"):
        return f"postgres://{self.user}@/{database}?host={self.tmp}"

    def create(self, database):
        """A fresh database; answers its address."""
        self._call("createdb", "--host", self.tmp, "--username", self.user, database)
        return self.address(database)


def main():
    if len(sys.argv) < 3 or sys.argv[1] != "run":
        print(__doc__, file=sys.stderr)
        return 2
    if programs() is None:
        print("skipped: PostgreSQL is not installed (package postgresql)")
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = Postgres()
    try:
        return subprocess.run(sys.argv[2:], env=os.environ | {"MESH_TEST_POSTGRES": server.address()}, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
