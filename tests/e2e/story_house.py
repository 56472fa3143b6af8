"""./mesh as a newcomer runs it, on a data folder and port of the story's own."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.request

from harness import Api, Failure, Program, World, free_port, story, wait_until
from harness.world import BIN, ROOT
from story_accounts import same


def mesh(w, *argv, seconds=600, home=None):
    """Runs ./mesh to its end."""
    home = home or w.tmp / "home"
    home.mkdir(exist_ok=True)
    env = os.environ | {"HOME": str(home), "MESH_BIN": str(BIN)}
    done = subprocess.run([ROOT / "mesh", *map(str, argv)], capture_output=True, text=True, timeout=seconds, check=False,
                          stdin=subprocess.DEVNULL, env=env)
    if done.returncode != 0:
        raise Failure(f"./mesh {' '.join(map(str, argv))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@story("./mesh up starts server and agent, finds its data again, and ./mesh down stops only its own")
def up_and_down():
    with World() as w:
        data, port = w.tmp / "mesh data", free_port()
        flags = ("--data-dir", data)
        w.cleanups.append(lambda: mesh(w, "down", *flags))
        printed = mesh(w, "up", "--port", port, "--detach", *flags)
        if f"http://localhost:{port}" not in printed:
            raise Failure(f"no address in {printed!r}")
        link = re.search(r"/#/setup/(\S+)", printed)
        if not link:
            raise Failure(f"no owner link in {printed!r}")
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=5) as page:
            if b"<html" not in page.read().lower():
                raise Failure("no page at the address")
        owner = Api(port).take(Api(port).post("/api/auth/setup", {"token": link[1], "username": "owner", "password": "test123"}))
        devices = owner.get("/api/devices")["devices"]
        same("agents online", [d["online"] for d in devices], [True])
        running = json.loads((data / "running.json").read_text())

        again = mesh(w, "up", "--port", port, "--detach", *flags)
        if "already" not in again:
            raise Failure(f"a second up while it runs said {again!r}")
        wrapper = subprocess.run([data / "mesh-agent", "status"], capture_output=True, text=True, timeout=30, check=False)
        same(f"status by the wrapper: {wrapper.stderr}", wrapper.returncode, 0)
        other = subprocess.Popen(["sleep", "600"])
        w.cleanups.append(other.kill)
        mesh(w, "down", *flags)
        for name in ("server", "agent"):
            if os.path.exists(f"/proc/{running[name]['pid']}"):
                raise Failure(f"the {name} still runs")
        if other.poll() is not None:
            raise Failure("down ended a process of someone else")

        began = time.monotonic()
        printed = mesh(w, "up", "--port", port, "--detach", *flags)
        if time.monotonic() - began > 15:
            raise Failure(f"the second start took {time.monotonic() - began:.0f} s")
        if "/#/setup/" in printed:
            raise Failure("the owner link is offered again")
        owner = Api(port).login("owner", "test123")
        same("devices", [(d["device_id"], d["online"]) for d in owner.get("/api/devices")["devices"]],
             [(devices[0]["device_id"], True)])


@story("Ctrl-C ends ./mesh up and everything it started")
def interrupt_up():
    with World() as w:
        data, port = w.tmp / "data", free_port()
        program = Program("up", [ROOT / "mesh", "up", "--port", port, "--data-dir", data],
                          os.environ | {"HOME": str(w.folder("home")), "MESH_BIN": str(BIN)}, w.tmp / "up.log")
        w.programs.append(program)
        program.wait_for("Mesh is up", 120)
        running = json.loads((data / "running.json").read_text())
        os.kill(program.pid, signal.SIGINT)
        same("exit code", program.wait(30), 0)
        for name in ("server", "agent"):
            wait_until(f"the {name} is gone", lambda: not os.path.exists(f"/proc/{running[name]['pid']}"), 5)


@story("./mesh up on a port in use says which option changes it and leaves nothing running")
def up_port_in_use():
    with World() as w:
        server = w.server()
        data = w.tmp / "data"
        env = os.environ | {"HOME": str(w.folder("home")), "MESH_BIN": str(BIN)}
        done = subprocess.run([ROOT / "mesh", "up", "--port", str(server.port), "--data-dir", data], capture_output=True,
                              text=True, timeout=120, check=False, stdin=subprocess.DEVNULL, env=env)
        if done.returncode == 0 or "--port" not in done.stderr:
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        if (data / "running.json").exists():
            raise Failure("running.json was left behind")


@story("./mesh demo tells the whole story and ends with 0")
def demo():
    with World() as w:
        printed = mesh(w, "demo")
        lines = printed.splitlines()
        if len(lines) < 7 or any(not line.startswith("ok ") for line in lines):
            raise Failure(f"not one ok line a step:\n{printed}")
        for word in ("server", "accounts", "room", "agents", "200 MB", "b3sum"):
            if word not in printed:
                raise Failure(f"no step speaks of {word}:\n{printed}")


@story("an unknown ./mesh command names itself and lists what there is")
def unknown_command():
    done = subprocess.run([ROOT / "mesh", "fly"], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 2 or "fly" not in done.stderr or "up" not in done.stderr:
        raise Failure(f"exit code {done.returncode}: {done.stderr}")
