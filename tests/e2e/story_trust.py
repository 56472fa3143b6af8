"""Whom an agent believes: the keys it remembers, and what it does when one changes."""
import shutil

from harness import Failure, World, story
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
