"""Settings that an agent reads when it starts, given to a command that a running agent answers."""
from harness import Failure, World, story
from story_accounts import same


def says(done, *words):
    same("exit code", done.returncode, 2)
    for word in words:
        if word not in done.stderr:
            raise Failure(f"not in the answer: {word!r}\n{done.stderr}")


@story("a file of settings and variables that a daemon does not go by are refused; the way out that is named works")
def other_settings():
    with World() as w:
        server = w.server()
        a = w.agent("device-a", server, server.register("ana"))
        other = w.file("other.toml", 0)

        says(a.command("--config", other, "status"), "--config", str(a.config), "mesh-agent stop")
        says(a.command("--config", other, "stop"), "--config")
        a.command("--config", a.config, "status", check=True)

        cubic = {"MESH_CC": "cubic", "MESH_DEVICE_ID": "device-a", "MESH_SERVER_URL": server.url}
        says(a.command("status", env=cubic), "MESH_CC", "mesh-agent stop")
        says(a.command("status", env=cubic | {"MESH_LANG": "fr"}), "MESH_CC", "arrière-plan")
        a.command("status", env=cubic | {"MESH_CC": ""}, check=True)
        a.command("stop", env=cubic, check=True)
        same("exit code of the daemon", a.program.wait(), 0)
        a.env |= cubic  # of the daemon, too
        a.start()
        a.command("status", check=True)
        a.env.pop("MESH_CC")
        a.command("status", check=True)
        says(a.command("status", env={"MESH_CC": "bbr"}), "unset MESH_CC")
