#!/usr/bin/env python3
"""./mesh up and ./mesh down: the server with its page, and an agent of this machine enrolled to it.

Everything lives in the data folder (.mesh/up in the checkout unless --data-dir): the database, the agent's key, the logs,
and running.json, which names what runs. down ends only those processes, and only when they are still the same ones.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("MESH_BIN", ROOT / "build/release/bin"))
UNIX_PATH_MAX = 100  # sun_path holds 108 bytes
STOP_SECONDS = 15


class Problem(Exception):
    """What a person must know, in one sentence or more."""


def started_at(pid):
    """The kernel's start time of a process, None when there is none: tells a pid from its successor."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return None


def same_process(entry):
    return entry is not None and started_at(entry["pid"]) == entry["started"]


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Place:
    """The data folder and what it holds."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).expanduser().absolute()
        self.server, self.agent, self.logs = self.folder / "server", self.folder / "agent", self.folder / "log"
        self.record = self.folder / "running.json"

    def make(self):
        for path in (self.folder, self.server, self.agent, self.logs):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def running(self):
        """What runs here now: {"port", "up"?, "server"?, "agent"?}, only processes that are still the same."""
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        alive = {name: record[name] for name in ("up", "server", "agent") if same_process(record.get(name))}
        return {"port": record["port"], **alive} if alive else None

    def write(self, port, processes):
        text = json.dumps({"port": port, **{name: {"pid": pid, "started": started_at(pid)} for name, pid in processes.items()}})
        fresh = self.record.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.record)

    def runtime(self):
        """A folder for the agent's control socket; a short one when the data folder's path is too long for a socket."""
        path = self.agent / "run"
        if len(str(path / "mesh/agent.sock")) > UNIX_PATH_MAX:
            path = pathlib.Path(tempfile.gettempdir()) / f"mesh-{os.getuid()}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
        path.mkdir(mode=0o700, exist_ok=True)
        if path.stat().st_uid != os.getuid():
            raise Problem(f"{path} belongs to someone else: choose a shorter --data-dir")
        path.chmod(0o700)
        return path

    def agent_settings(self, port):
        return {"XDG_CONFIG_HOME": str(self.agent / "config"), "XDG_STATE_HOME": str(self.agent / "state"),
                "XDG_RUNTIME_DIR": str(self.runtime()), "MESH_SERVER_URL": f"http://localhost:{port}"}

    def write_wrapper(self, port):
        """DATA/mesh-agent: the agent's commands for the agent of this data folder."""
        path = self.folder / "mesh-agent"
        lines = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in self.agent_settings(port).items())
        path.write_text(f"#!/bin/sh\n# mesh-agent with the settings of this data folder.\n{lines}"
                        f'exec {shlex.quote(str(BIN / "mesh-agent"))} "$@"\n', encoding="utf-8")
        path.chmod(0o700)
        return path


def start(argv, env, log, keep_alive):
    """Starts a program with its output in a file. Unless keep_alive it ends with this script, however that ends."""
    prefix = [] if keep_alive else ["setpriv", "--pdeathsig", "TERM"]
    with open(log, "ab") as out:
        return subprocess.Popen(prefix + [str(a) for a in argv], env=os.environ | env, stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, start_new_session=True)


def tail(log, lines=12):
    return "\n".join("  " + line for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def stop_process(process):
    """process: Popen or pid with its start time."""
    pid = process.pid if isinstance(process, subprocess.Popen) else process["pid"]

    def gone():
        return process.poll() is not None if isinstance(process, subprocess.Popen) else not same_process(process)

    if gone():
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    if not wait_for(gone, STOP_SECONDS):
        os.kill(pid, signal.SIGKILL)


class Up:
    def __init__(self, args):
        self.args, self.place, self.port = args, Place(args.data_dir), args.port
        self.processes = {}

    def run(self):
        running = self.place.running()
        if running:
            print(f"Mesh runs already with this data: http://localhost:{running['port']}\nStop it: {self.command('down')}")
            return 0
        self.place.make()
        try:
            self.start_server()
            self.start_agent()
            self.tell()
            if self.args.detach:
                return 0
            return self.watch()
        except (Problem, KeyboardInterrupt) as problem:
            self.stop()
            if isinstance(problem, Problem):
                print(f"./mesh up: {problem}", file=sys.stderr)
                return 1
            print("\nMesh has stopped. Your data stays in", self.place.folder)
            return 0

    def command(self, verb):
        default = self.place.folder == ROOT / ".mesh/up"
        return f"./mesh {verb}" + ("" if default else f" --data-dir {shlex.quote(str(self.place.folder))}")

    def start_server(self):
        log = self.place.logs / "server.log"
        begin = log.stat().st_size if log.exists() else 0
        ready = self.place.server / "ready"  # the server's own word: another program may answer on the port
        ready.unlink(missing_ok=True)
        argv = [BIN / "mesh-server", "--port", self.port, "--data-dir", self.place.server, "--web-dir", ROOT / "client/dist",
                "--ready-file", ready]
        for host in self.args.host or []:
            argv += ["--host", host]
        server = self.processes["server"] = start(argv, {}, log, self.args.detach)
        self.remember()
        wait_for(lambda: server.poll() is not None or ready.exists(), 20)
        if server.poll() is not None or not ready.exists():
            text = log.read_bytes()[begin:].decode(errors="replace").strip()
            raise Problem(f"the server did not start:\n{text}")

    def server_command(self, verb):
        done = subprocess.run([BIN / "mesh-server", verb, "--data-dir", self.place.server], capture_output=True, text=True,
                              timeout=30, stdin=subprocess.DEVNULL, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def start_agent(self):
        env, log = self.place.agent_settings(self.port), self.place.logs / "agent.log"
        if not (self.place.agent / "state/mesh/credentials").exists():
            said = self.server_command("enroll-code")
            code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said or "")
            if not code:
                raise Problem(f"the server gave no enrolment code; its log is {self.place.logs / 'server.log'}")
            done = subprocess.run([BIN / "mesh-agent", "enroll", code[0]], env=os.environ | env, capture_output=True, text=True,
                                  timeout=60, stdin=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                raise Problem(f"the agent of this machine could not be enrolled:\n{done.stdout}{done.stderr}")
        begin = log.stat().st_size if log.exists() else 0
        agent = self.processes["agent"] = start([BIN / "mesh-agent", "run"], env, log, self.args.detach)
        self.remember()
        connected = wait_for(lambda: agent.poll() is not None or b"Sent system.hello" in log.read_bytes()[begin:], 20)
        if agent.poll() is not None or not connected:
            raise Problem(f"the agent did not connect; the end of {log}:\n{tail(log)}")

    def remember(self):
        pids = {name: process.pid for name, process in self.processes.items()}
        if not self.args.detach:
            pids["up"] = os.getpid()
        self.place.write(self.port, pids)

    def tell(self):
        wrapper = self.place.write_wrapper(self.port)
        link = re.search(r"http://\S+/#/setup/\S+", self.server_command("owner-link") or "")
        shown = os.path.relpath(wrapper) if wrapper.is_relative_to(pathlib.Path.cwd()) else wrapper
        print(f"\nMesh is up:  http://localhost:{self.port}\n")
        if link:
            print(f"  1. Choose your name and password (the link works once):\n     {link[0]}")
            print("  2. Make a room and an invitation for a colleague in the page.")
        else:
            print("  1. Open the page and sign in.")
            print("  2. Invite a colleague from a room's people panel.")
        print(f"  3. Send a file from this machine:  {shown} send FILE --to NAME")
        print(f"\n  data and logs  {self.place.folder}")
        print(f"  stop           {'Ctrl-C' if not self.args.detach else self.command('down')}", flush=True)

    def watch(self):
        """Until Ctrl-C or SIGTERM, or until one of the two ends by itself."""
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    log = self.place.logs / f"{name}.log"
                    raise Problem(f"the {name} ended (exit code {process.returncode}); the end of {log}:\n{tail(log)}")
            signal.sigtimedwait([signal.SIGCHLD], 60)

    def stop(self):
        for name in ("agent", "server"):
            if name in self.processes:
                stop_process(self.processes[name])
        self.place.record.unlink(missing_ok=True)


def down(args):
    place = Place(args.data_dir)
    running = place.running()
    if not running:
        print("Nothing runs with this data folder.")
        return 0
    if "up" in running:  # a ./mesh up in the foreground stops its own
        os.kill(running["up"]["pid"], signal.SIGTERM)
        wait_for(lambda: not same_process(running["up"]), 2 * STOP_SECONDS)
    for name in ("agent", "server"):
        if name in running:
            stop_process(running[name])
    place.record.unlink(missing_ok=True)
    print("Mesh has stopped.")
    return 0


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(prog="./mesh")
    parser.add_argument("verb", choices=["up", "down"])
    parser.add_argument("--data-dir", default=str(ROOT / ".mesh/up"))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", action="append", help="listen there too; loopback only unless given")
    parser.add_argument("--detach", action="store_true", help="come back once all is up")
    args = parser.parse_args()
    if args.verb == "down":
        return down(args)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    return Up(args).run()


if __name__ == "__main__":
    sys.exit(main())
