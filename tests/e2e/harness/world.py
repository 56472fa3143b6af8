"""Everything one story needs, in a temporary folder: a server, people, rooms, agents. Left behind: nothing."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import uuid

from .api import Api
from .ed25519 import Key, b64url
from .program import Failure, Program, free_port, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("MESH_BIN", ROOT / "build/release/bin"))
KEPT = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH")


# Makes a fresh database of the given name and answers its address; None: SQLite in the server's own folder.
new_database = None


class Server:
    tls = None  # what a client of a server behind TLS trusts

    def __init__(self, world, name="server", port=None, args=(), config=None, env=None):
        self.home = world.folder(name)
        self.data = self.home / "data"
        self.port = port or free_port()
        self.env = world.environment(self.home) | (env or {})
        self.args = list(args)
        if new_database:
            self.env["MESH_SERVER_DATABASE"] = new_database(f"t{uuid.uuid4().hex}")
        if config is not None:
            (self.home / "server.toml").write_text(config)
            self.args += ["--config", str(self.home / "server.toml")]
        self.program = Program(name, [BIN / "mesh-server", "--port", self.port, "--data-dir", self.data, *self.args],
                               self.env, self.home / "log", start=False)
        world.programs.append(self.program)

    def start(self):
        self.program.start()
        wait_until("the server answers /health", self._healthy, 20)
        return self

    def _healthy(self):
        if not self.program.running():
            raise Failure("the server ended at start:\n" + self.program.tail())
        try:
            return self.api().call("GET", "/health", seconds=2).status == 200
        except OSError:
            return False

    def restart(self):
        self.program.stop()
        return self.start()

    def api(self, token=None):
        return Api(self.port, token, tls=self.tls)

    def register(self, username, password="test123", **more):
        return self.api().register(username, password, **more)

    def command(self, *argv, **more):
        """A verb of mesh-server on this data folder; answers the finished process."""
        return run([BIN / "mesh-server", *argv, "--data-dir", self.data], self.env, **more)

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"


class Agent:
    def __init__(self, world, device_id, server, owner=None, receive="auto", config="", env=None):
        self.world, self.device_id, self.server, self.owner = world, device_id, server, owner
        self.home = world.folder(device_id)
        self.downloads = self.home / "downloads"
        self.downloads.mkdir()
        self.env = world.environment(self.home) | (env or {})
        self.config = self.home / "config/mesh/agent.toml"
        self.config.parent.mkdir(parents=True)
        self.config.write_text(f'device_id = "{device_id}"\nserver_url = "{server.url}"\nreceive = "{receive}"\n'
                               f'download_dir = "{self.downloads}"\n{config}')
        self.program = Program(device_id, [BIN / "mesh-agent", "run"], self.env, self.home / "log", start=False)
        world.programs.append(self.program)

    def enroll(self):
        """Signs in by a one-use code that the owner's page would show."""
        code = self.owner.post("/api/devices/enroll-code", status=201)["code"]
        self.command("enroll", code, check=True)
        return self

    def start(self):
        before = self.program.log().count("Sent system.hello") if self.program.log_path.exists() else 0
        self.program.start()
        self.program.wait_for("Sent system.hello", 20, before + 1)
        self.wait_online()
        return self

    def wait_online(self, online=True, seconds=20):
        wait_until(f"{self.device_id} is {'online' if online else 'offline'}",
                   lambda: self.record()["online"] == online, seconds)

    def record(self):
        devices = self.owner.get("/api/devices")["devices"]
        return next((d for d in devices if d["device_id"] == self.device_id), {"online": False})

    def restart(self):
        self.program.stop()
        return self.start()

    def command(self, *argv, check=False, seconds=60, stdin=None, env=None):
        """A verb of mesh-agent as this person would type it; answers the finished process."""
        done = run([BIN / "mesh-agent", *argv], self.env | (env or {}), seconds=seconds, stdin=stdin)
        if check and done.returncode != 0:
            raise Failure(f"mesh-agent {' '.join(map(str, argv))}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
                          + self.program.tail() if self.program.process else
                          f"mesh-agent {' '.join(map(str, argv))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *argv, **more):
        return json.loads(self.command(*argv, "--json", check=True, **more).stdout)

    def background(self, name, *argv, env=None):
        """A verb of mesh-agent that runs on while the story does something else."""
        program = Program(name, [BIN / "mesh-agent", *argv], self.env | (env or {}), self.home / f"{name}.log")
        self.world.programs.append(program)
        return program

    def received(self, name, seconds=30):
        """The file once it is there under its final name."""
        path = self.downloads / name
        wait_until(f"{path} is there", path.exists, seconds)
        return path

    @property
    def state(self):
        return self.home / "state/mesh"


def run(argv, env, seconds=60, stdin=None, cwd=None):
    try:
        return subprocess.run([str(a) for a in argv], env=env, text=True, capture_output=True, timeout=seconds, cwd=cwd,
                              input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"{' '.join(map(str, argv))} still runs after {seconds} s: {late.stdout} {late.stderr}") from None


class World:
    def __init__(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mesh-e2e-"))
        self.programs = []
        self.cleanups = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for program in reversed(self.programs):
            if program.running():
                program.kill()
        for cleanup in reversed(self.cleanups):
            cleanup()
        if error is not None and isinstance(error, Exception):
            error.logs = "\n".join(p.tail() for p in self.programs if p.log_path.exists())
        shutil.rmtree(self.tmp, ignore_errors=True)

    def folder(self, name):
        path = self.tmp / name
        path.mkdir(parents=True)
        return path

    def environment(self, home):
        """A home of its own, nothing of the caller's settings."""
        env = {key: os.environ[key] for key in KEPT if key in os.environ}
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
                "XDG_DATA_HOME": str(home / "share"), "XDG_CACHE_HOME": str(home / "cache"),
                "XDG_RUNTIME_DIR": str(home / "run"), "LC_ALL": "C.UTF-8", "MESH_LANG": "en", "TERM": "dumb"}
        return env

    def server(self, **more):
        return Server(self, **more).start()

    def agent(self, device_id, server, owner, **more):
        """Enrolled and connected."""
        return Agent(self, device_id, server, owner, **more).enroll().start()

    def room(self, owner, *members, name="Atelier"):
        room = owner.post("/api/rooms", {"name": name}, 201)["room"]
        for member in members:
            room = owner.post(f"/api/rooms/{room['id']}/members", {"username": member.user["username"]}, 200)["room"]
        return room

    def device(self, owner, device_id, key=None):
        """A made-up agent: registers a key of ours; answers (Api bound to the device, key)."""
        key = key or Key()
        nonce = owner.post("/api/auth/challenge", {}, 200)["nonce"]
        signed = f"mesh-device/1\n{nonce}\n{owner.user['id']}\n{device_id}"
        answer = owner.post("/api/devices", {"device_id": device_id, "kind": "agent", "public_key": b64url(key.spki),
                                             "nonce": nonce, "signature": key.sign_text(signed)})
        return Api(owner.port).take(answer | {"user": owner.user}), key

    def file(self, name, size, seed=b"mesh"):
        """A file of that size whose bytes do not repeat within 1 MiB blocks, made fast."""
        path = self.tmp / name
        path.parent.mkdir(parents=True, exist_ok=True)
        make_file(path, size, seed)
        return path


def make_file(path, size, seed=b"mesh"):
    import hashlib
    block = bytearray(hashlib.shake_256(seed).digest(1 << 20))
    with open(path, "wb") as out:
        left, index = size, 0
        while left:
            block[:8] = index.to_bytes(8, "big")
            out.write(block[: min(left, len(block))])
            left -= min(left, len(block))
            index += 1


def b3sum(path):
    """What the independent program says."""
    return subprocess.run(["b3sum", "--no-names", str(path)], capture_output=True, text=True, check=True).stdout.strip()
