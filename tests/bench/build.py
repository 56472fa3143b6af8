"""clean release build without ccache, and a change in one .cpp up to the linked programs"""
import os
import subprocess
import tempfile
import time

import measure

PROGRAMS = ("mesh-server", "mesh-agent")
# One file of each kind: a leaf near main, one deep in core, one that sees the big headers.
CHANGED = ("server/services/rooms.cpp", "core/wire/event.cpp", "agent/share/file_sender.cpp", "core/net/http_server.cpp")


def timed(argv, **more):
    began = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, **more)
    return round(time.monotonic() - began, 2)


def bench(_):
    env = os.environ | {"CCACHE_DISABLE": "1"}
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        subprocess.run(["cmake", "--preset", "release", "-B", folder], cwd=measure.ROOT, env=env, check=True,
                       stdout=subprocess.DEVNULL)
        build = ["cmake", "--build", folder, "--target", *PROGRAMS, "--", "--quiet"]
        figures = {"cores": os.cpu_count(), "clean_release_build_seconds": timed(build, env=env)}
        changes = {}
        for name in CHANGED:
            path = measure.ROOT / name
            if path.exists():
                path.touch()
                changes[name] = timed(build, env=env)
        figures["one_cpp_change_seconds"] = max(changes.values())
        figures["one_cpp_change_slowest_file"] = max(changes, key=changes.get)
        return figures
