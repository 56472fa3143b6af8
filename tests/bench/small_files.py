"""10,000 files of 4 KB and 1,000 of 10 KB agent to agent, a core each, beside tar through ssh, rsync over ssh and scp -r"""
import os
import shutil
import subprocess
import time

import measure
import peers
from harness import Failure, World, wait_until
from harness.world import BIN

TREES = {"10000_of_4kb": (10_000, 4096), "1000_of_10kb": (1_000, 10_240)}
FILES_IN_A_FOLDER = 100


def plant(root, count, size):
    """A tree whose files all differ."""
    for index in range(count):
        folder = root / f"folder{index // FILES_IN_A_FOLDER:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{index:05}.bin").write_bytes(os.urandom(size))
    return root


def timed(argv, core=0, server=None):
    """Seconds until argv is done, and CPU seconds of it and of what serves it."""
    serving = measure.tree_cpu_seconds(server.pid)
    before, began = os.times(), time.monotonic()
    done = subprocess.run(measure.pinned(core, argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    seconds, after = time.monotonic() - began, os.times()
    if done.returncode != 0:
        raise Failure(f"{argv[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    client = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": seconds, "cpu_seconds": client + measure.tree_cpu_seconds(server.pid) - serving}


def mesh(w):
    """Two machines of one person with their daemons, as they wait all day; the command ends when the other side has it all."""
    server = w.server()
    ana = server.register("ana")
    sender, receiver = w.agent("sender", server, ana), w.agent("receiver", server, ana)
    measure.pin(sender.program.pid, 0)
    measure.pin(receiver.program.pid, 1)

    def send(tree, into):
        del into
        serving = measure.tree_cpu_seconds(receiver.program.pid) + measure.tree_cpu_seconds(sender.program.pid)
        before, began = os.times(), time.monotonic()
        done = subprocess.run(measure.pinned(0, [BIN / "mesh-agent", "send", tree, "--to", receiver.device_id]), env=sender.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        seconds, times = time.monotonic() - began, os.times()
        if done.returncode != 0:
            raise Failure(f"send: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        wait_until("the folder is there", (receiver.downloads / tree.name).exists, 5)
        after = measure.tree_cpu_seconds(receiver.program.pid) + measure.tree_cpu_seconds(sender.program.pid)
        client = times.children_user + times.children_system - before.children_user - before.children_system
        return {"seconds": seconds, "cpu_seconds": client + after - serving}, receiver.downloads / tree.name

    return send


def rivals(w):
    sshd = peers.Sshd(w)
    ssh = " ".join(map(str, sshd.ssh))

    def through(argv_of):
        def send(tree, into):
            into.mkdir()
            return timed(argv_of(tree, into), server=sshd.program), into / tree.name
        return send

    return {
        "tar_ssh": through(lambda tree, into: ["sh", "-c", f"tar -C {tree.parent} -cf - {tree.name} | {ssh} {sshd.address} "
                                               f"tar -C {into} -xf -"]),
        "rsync_ssh": through(lambda tree, into: ["rsync", "-a", "-W", "-e", ssh, tree, f"{sshd.address}:{into}/"]),
        "scp_r": through(lambda tree, into: ["scp", "-q", "-r", "-F", "none", "-P", str(sshd.port), *map(str, sshd.options), tree,
                                             f"{sshd.address}:{into}/"])}


def bench(args):
    measure.need("bench-transfer")
    measure.in_memory()
    with World() as w:
        ways = {"mesh": mesh(w), **rivals(w)}
        trees = {name: plant(w.tmp / name, *shape) for name, shape in TREES.items()}
        runs = {(name, way): [] for name in trees for way in ways}
        for index in range(args.runs + 1):  # the first warms every program and page, and does not count
            for name, tree in trees.items():
                for way, send in ways.items():
                    into = w.tmp / f"into-{way}"
                    figures, got = send(tree, into)
                    if index:
                        runs[name, way].append(figures)
                    elif subprocess.run(["diff", "-qr", tree, got], check=False).returncode != 0:
                        raise Failure(f"{way}: the files of {name} differ")
                    shutil.rmtree(got)
                    shutil.rmtree(into, ignore_errors=True)
        figures = {"runs": args.runs, "storage": str(w.tmp.parent)}
    for name in trees:
        for way in ways:
            of_way = runs[name, way]
            figures |= {f"{name}_{way}_seconds": measure.median([run["seconds"] for run in of_way]),
                        f"{name}_{way}_cpu_seconds": measure.median([run["cpu_seconds"] for run in of_way])}
        for way in ways:
            if way != "mesh":
                figures[f"{name}_{way}_by_mesh"] = round(
                    figures[f"{name}_{way}_seconds"] / figures[f"{name}_mesh_seconds"], 2)
    return figures
