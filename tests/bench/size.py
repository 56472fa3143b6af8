"""the programs, stripped"""
import pathlib
import subprocess
import tempfile

from harness.world import BIN


def bench(_):
    figures = {}
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        for name in ("mesh-server", "mesh-agent"):
            stripped = pathlib.Path(folder) / name
            subprocess.run(["strip", "-o", stripped, BIN / name], check=True)
            figures[f"{name.removeprefix('mesh-')}_stripped_mb"] = round(stripped.stat().st_size / 1e6, 3)
    return figures
