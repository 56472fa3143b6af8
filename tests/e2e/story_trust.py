"""Whom an agent believes: the keys it remembers, and what it does when one changes."""
import ctypes
import json
import shutil
import socket
import struct

from harness import Failure, Skip, World, story
from harness.world import b3sum


def two_agents(w):
    server = w.server()
    ana, ben = server.register("ana"), server.register("ben")
    w.room(ana, ben)
    return server, w.agent("device-a", server, ana), w.agent("device-b", server, ben)


def set_up_anew(agent):
    """The machine lost its state directory, and with it its key; its owner signs it in again under the same name."""
    agent.program.stop()
    agent.owner.delete(f"/api/devices/{agent.device_id}")
    shutil.rmtree(agent.state)
    agent.enroll().start()


def expect_refused(done, *words):
    said = done.stdout + done.stderr
    if done.returncode != 6 or not all(word in said for word in words):
        raise Failure(f"exit code {done.returncode}, expected 6 and {words}:\n{said}")


@story("a device that comes back with another key is refused both ways until its new key is accepted")
def changed_key():
    with World() as w:
        _, a, b = two_agents(w)
        path = w.file("first.bin", 300_000)
        a.command("send", path, "--to", "device-b", check=True)
        if b3sum(b.received("first.bin")) != b3sum(path):
            raise Failure("the first file differs")
        if (a.state / "known_peers").stat().st_mode & 0o777 != 0o600:
            raise Failure("known_peers may be read by others")

        set_up_anew(b)
        a.restart()
        expect_refused(a.command("send", path, "--to", "device-b"), "another key", "devices verify", "devices accept")
        expect_refused(a.command("send", path, "--to", "device-b", env={"MESH_LANG": "fr"}), "une autre clé", "devices accept")
        if "Incoming QUIC connection" in b.program.log().rsplit("Sent system.hello", 1)[-1]:
            raise Failure("device-a dialed a machine whose key has changed")
        expect_refused(b.command("send", path, "--to", "device-a"), "does not accept the key", "devices accept")
        if "THE KEY OF device-b HAS CHANGED" not in a.program.log() or (a.downloads / "first.bin").exists():
            raise Failure("device-a does not warn, or took the file")

        if "KEY CHANGED" not in a.command("devices", check=True).stdout:
            raise Failure("mesh-agent devices does not show the change")
        here, there = a.json("devices", "verify", "device-b"), b.json("devices", "verify", "device-a")
        if here["code"] != there["code"] or here["memory"] != "changed" or there["memory"] != "none":
            raise Failure(f"codes or memory: {here} {there}")
        if a.command("devices", "accept", "device-b").returncode != 2:
            raise Failure("a new key is accepted without a question")
        a.command("devices", "accept", "device-b", "--yes", check=True)

        a.restart()
        a.command("send", w.file("second.bin", 300_000), "--to", "device-b", check=True)
        b.received("second.bin")
        b.command("send", path, "--to", "device-a", check=True)
        a.received("first.bin")


def landlock():
    """The version of Landlock that this kernel offers; 0 or less when none."""
    create_ruleset, version_flag = 444, 1
    return ctypes.CDLL(None, use_errno=True).syscall(create_ruleset, None, ctypes.c_size_t(0), ctypes.c_uint(version_flag))


def control_call(agent, request):
    """One request on the daemon's own socket; answers its last message."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect((agent.state / "control").read_text().strip())
        s.settimeout(20)
        body = json.dumps({"id": 1} | request).encode()
        s.sendall(struct.pack(">I", len(body)) + body)
        stream = s.makefile("rb")
        while True:
            answer = json.loads(stream.read(struct.unpack(">I", stream.read(4))[0]))
            if answer["type"] in ("done", "error"):
                return answer


@story("a receiving agent cannot write outside of its folders, even through a link put in their place")
def confined():
    if landlock() < 1:
        raise Skip("this kernel has no Landlock")
    with World() as w:
        _, a, b = two_agents(w)
        if not b.json("status")["confined"]:
            raise Failure("the agent does not say that it is confined")
        path = w.file("note.bin", 300_000)
        a.command("send", path, "--to", "device-b", check=True)
        b.received("note.bin")

        # The daemon may not, the command that asks it may: the file goes by a folder of the daemon's.
        elsewhere = w.folder("elsewhere")
        answer = control_call(b, {"type": "receive", "payload": {"count": 1, "output": str(elsewhere)}})
        if answer["type"] != "error" or answer["payload"]["code"] != "folder_confined":
            raise Failure(f"the daemon takes another folder: {answer}")
        taking = b.background("taking", "receive", "--output", elsewhere, "--json")
        taking.wait_for('"ready"', 20)
        a.command("send", path, "--to", "device-b", check=True)
        if taking.wait(30) != 0 or b3sum(elsewhere / "note.bin") != b3sum(path):
            raise Failure("receive --output into another folder:\n" + taking.log())
        if str(elsewhere / "note.bin") not in taking.log() or list((b.home / "cache/mesh").iterdir()):
            raise Failure("the event names another place, or something is left behind:\n" + taking.log())

        # No check of ours stands between the agent and this link: the kernel does.
        forbidden = w.folder("forbidden")
        b.downloads.rename(b.home / "downloads.before")
        b.downloads.symlink_to(forbidden)
        done = a.command("send", path, "--to", "device-b")
        if done.returncode == 0 or list(forbidden.iterdir()):
            raise Failure(f"the agent wrote into another folder: {done.stdout}{done.stderr}")
        if "folder_replaced" not in b.command("transfers", "--json", check=True).stdout:
            raise Failure("the reason is not named")
