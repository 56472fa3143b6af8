"""What every bench needs: one core for each side, CPU time of a program, medians, Debian packages only a bench wants."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))


def build(*targets):
    subprocess.run([ROOT / "tools/build.sh", "release", *targets], check=True, stdout=sys.stderr)


def need(group):
    """Installs the packages of that group of tools/packages.txt, saying which and why."""
    subprocess.run([ROOT / "tools/setup.sh", group], check=True, stdout=sys.stderr)


def pinned(core, argv):
    """argv on one core: two programs that land on the same one would halve a figure at random."""
    return ["taskset", "-c", str(core % (os.cpu_count() or 1)), *map(str, argv)]


def pin(pid, core):
    """A running program with all its threads; those it starts later follow."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {core % (os.cpu_count() or 1)})


def in_memory():
    """Files of this bench lie in memory where there is room, so that no disk is measured."""
    if pathlib.Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 7e9:
        tempfile.tempdir = "/dev/shm"


def median(values, digits=3):
    return round(statistics.median(values), digits)


def cpu_seconds(pid):
    """Of a running program with all its threads, and the children it has waited for."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def tree_cpu_seconds(root):
    """Of a program, those it started, and all that ended and were waited for."""
    while True:
        parents = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
        family, grown = {root}, True
        while grown:
            children = {pid for pid, parent in parents.items() if parent in family} - family
            family |= children
            grown = bool(children)
        try:
            return sum(map(cpu_seconds, family))
        except (FileNotFoundError, ProcessLookupError):
            if not os.path.exists(f"/proc/{root}"):
                raise
            # One of them ended while we looked: its time is its parent's now.


def machine_seconds():
    """CPU time that the whole machine has spent working."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, soft, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


class Load:
    """mesh-chat-load, one command a line."""

    def __init__(self, binary, port, core):
        self.process = subprocess.Popen(pinned(core, [binary, port]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        self.process.stdin.write(line + "\n")

    def ask(self, line):
        self.tell(line)
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"mesh-chat-load ended at {line!r}")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
