"""Files and a folder between two agents while everything around them breaks, at moments that a seed chooses.

Run by story_chaos, where it can in a network of its own (the machine's stays as it is). Nobody types a command after the
first ones: whatever happens, the agents go on by themselves. What the receiver writes is counted by the kernel, so that
bytes which are asked for twice cannot hide.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import Failure, World, wait_until
from harness.world import run

MIB = 1 << 20
CHUNK = 256 * 1024
STREAMS = 3  # transfers that run at once
ADDRESSES = [f"10.77.0.{n}" for n in range(1, 9)]
# What the receiver writes beside content: its log, journals, receipts.
ASIDE = MIB
EVERYWHERE = ["kill sender", "kill receiver", "kill server", "restart sender", "restart receiver", "restart server",
              "stop sender", "stop receiver", "stop server"]
IN_A_NETWORK_OF_ITS_OWN = ["cut between the agents", "cut of everything", "change of address"]
OF_MANY = ["cut that connections do not outlive"]


def ip(*argv, check=True):
    done = subprocess.run(["ip", *argv], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise Failure(f"ip {' '.join(argv)}: {done.stderr}")


class Network:
    """One machine's loopback, on which agents reach each other by an address that can change."""

    def __init__(self):
        self.next_address = 0
        ip("link", "set", "lo", "up")
        # Rules come before that of local addresses, for what is to be unreachable.
        for family in ("-4", "-6"):
            ip(family, "rule", "add", "pref", "100", "lookup", "local")
            ip(family, "rule", "del", "pref", "0")
        ip("-4", "rule", "add", "pref", "50", "ipproto", "udp", "to", "127.0.0.0/8", "prohibit")
        ip("-6", "rule", "add", "pref", "50", "ipproto", "udp", "prohibit")
        self.change_address()

    def change_address(self):
        old, new = ADDRESSES[self.next_address - 1], ADDRESSES[self.next_address]
        ip("addr", "add", f"{new}/32", "dev", "lo")
        if self.next_address:
            ip("addr", "del", f"{old}/32", "dev", "lo")
        self.next_address = (self.next_address + 1) % len(ADDRESSES)

    def between_agents(self, up):
        ip("rule", "del" if up else "add", "pref", "10", "ipproto", "udp", "prohibit")

    def everything(self, up):
        ip("link", "set", "lo", "up" if up else "down")


def make_content(w, dice, total):
    """A folder with many small files, some of tens of MB and one that is half of everything, and files beside it."""
    big, files = total // 2, []
    names = {"album/big.bin": big}
    for number in range(max(200, total // MIB)):
        names[f"album/small/{number % 20:02}/{number:04}.txt"] = dice.randrange(0, 8192)
    left = total - sum(names.values())
    middle = left * 2 // 5
    while middle > 0:
        size = min(middle, dice.randrange(MIB, max(2 * MIB, total // 40)))
        names[f"album/middle/{len(names)}.bin"] = size
        middle -= size
    for number in range(5):
        files.append(f"single-{number}.bin")
        names[files[-1]] = left * 3 // 5 // 5 + number
    names |= {"one.bin": 1, "empty.bin": 0}
    for name, size in names.items():
        w.file(name, size, seed=name.encode())
    return files + ["one.bin", "empty.bin"], sum(names.values())


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def tree_bytes(folder):
    total = 0
    for base, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(base, name)).st_size
            except FileNotFoundError:  # renamed just now
                pass
    return total


class Chaos:
    def __init__(self, w, dice, total, network):
        self.w, self.dice, self.total, self.network = w, dice, total, network
        self.began = time.monotonic()
        self.lives = []  # bytes written by the receiver's processes that are gone
        self.server = w.server()
        ana = self.server.register("ana")
        self.sender = w.agent("sender", self.server, ana)
        self.receiver = w.agent("receiver", self.server, ana)
        self.victims = {"sender": self.sender, "receiver": self.receiver, "server": self.server}

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    # -- what the receiver wrote

    def written(self):
        with open(f"/proc/{self.receiver.program.pid}/io", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("wchar:")).split()[1])

    # -- what happens

    def pause(self, least, most):
        time.sleep(self.dice.uniform(least, most))  # how long it lasts is what the seed says

    def strike(self, what):
        verb, _, whom = what.partition(" ")
        if verb == "kill":
            self.end(whom, signal.SIGKILL)
        elif verb == "restart":
            self.end(whom, signal.SIGTERM)
        elif verb == "stop":
            pid = self.victims[whom].program.pid
            os.kill(pid, signal.SIGSTOP)
            self.pause(0.2, 3)
            os.kill(pid, signal.SIGCONT)
        elif what in ("cut between the agents", *OF_MANY):
            self.network.between_agents(False)
            self.pause(*((31, 34) if what in OF_MANY else (0.2, 4)))
            self.network.between_agents(True)
        elif what == "cut of everything":
            self.network.everything(False)
            self.pause(0.2, 4)
            self.network.everything(True)
            self.network_is_back()
        elif what == "change of address":
            self.network.change_address()

    def network_is_back(self):
        wait_until("the server answers", self.server._healthy, 20)

    def end(self, whom, how):
        program = self.victims[whom].program
        before = self.standing_still(program) if whom == "receiver" else 0
        os.kill(program.pid, how)
        os.kill(program.pid, signal.SIGCONT)
        program.wait(20)
        if whom == "receiver":
            self.lives[-1] += tree_bytes(self.receiver.downloads) - before  # while it ended in order
        self.pause(0, 1.5)
        if whom == "server":
            self.server.start()
        else:
            program.start()  # as a service manager does: nobody waits for it to be online

    def standing_still(self, program):
        """What the kernel counts is not to be had of a process that is gone. Answers what is on the disk now."""
        os.kill(program.pid, signal.SIGSTOP)
        wait_until("it stands still", lambda: state(program.pid) == "T", 5)
        self.lives.append(self.written())
        return tree_bytes(self.receiver.downloads)

    # -- the whole

    def play(self, events, seconds):
        files, size = make_content(self.w, self.dice, self.total)
        self.say(f"{size} bytes in {len(files)} files and a folder")
        self.sender.command("limit", f"{max(40, self.total // 20 // MIB)}M", check=True)
        self.sender.background("album", "send", self.w.tmp / "album", "--to", "receiver")
        self.sender.background("files", "send", *(self.w.tmp / name for name in files), "--to", "receiver")
        wait_until("everything is in the outbox", lambda: len(self.jobs()) == len(files) + 1, 20)
        moments = sorted(self.dice.uniform(0.01, 0.95) * size for _ in events)
        self.end_at = time.monotonic() + seconds
        for moment, what in zip(moments, events):
            self.wait(f"{moment:.0f} bytes are there", lambda: tree_bytes(self.receiver.downloads) >= moment)
            self.pause(0, 0.2)
            self.say(f"{what} at {tree_bytes(self.receiver.downloads)} bytes")
            self.strike(what)
        self.wait("everything has arrived", self.all_done)
        self.say("all sent")
        self.judge(files, size, len(events))

    def wait(self, what, condition):
        try:
            wait_until(what, condition, max(1, self.end_at - time.monotonic()))
        except Failure as failure:
            raise Failure(f"{failure}; jobs: {json.dumps(self.jobs(), indent=1)}") from None

    def jobs(self):
        done = run([*self.sender.program.argv[:1], "transfers", "--json"], self.sender.env)
        return json.loads(done.stdout)["transfers"] if done.returncode == 0 else []

    def all_done(self):
        jobs = self.jobs()
        if failed := [j for j in jobs if j["state"] == "failed"]:
            raise Failure(f"given up: {failed}")
        return jobs and all(j["state"] == "done" for j in jobs)

    def judge(self, files, size, events):
        names = sorted(p.name for p in self.receiver.downloads.iterdir())
        if names != sorted([*files, "album"]):
            raise Failure(f"what is there: {names}")
        if hashes(self.w.tmp, ["album", *files]) != hashes(self.receiver.downloads, ["album", *files]):
            raise Failure("content differs")
        log = self.receiver.program.log()
        attempts = sum(log.count(line) for line in ("Receiving file", "Receiving folder"))
        wrote = sum(self.lives) + self.written()
        again = wrote - size
        resent = sum(j["resent"] for j in self.jobs())
        allowed = attempts * CHUNK + ASIDE
        self.say(f"{events} events, {attempts} attempts; written twice {again}, allowed {allowed}; "
                 f"sent twice as the sender counts (with what was in flight) {resent}")
        if attempts > (events + 2) * (STREAMS + 1) + len(files):
            raise Failure(f"{attempts} attempts for {events} events")
        if again > allowed:
            raise Failure(f"{again} bytes were written twice, {allowed} are allowed")


def hashes(folder, names):
    done = subprocess.run(f"find {' '.join(names)} -type f -print0 | LC_ALL=C sort -z | xargs -0 b3sum", shell=True, cwd=folder,
                          capture_output=True, text=True, check=True)
    return done.stdout


def keep_logs(w, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("server", "sender", "receiver"):
        shutil.copy(w.tmp / name / "log", folder / name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--bytes", type=int, required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--logs", help="a folder that gets the logs of the three programs")
    parser.add_argument("--network", action="store_true", help="this is a network of its own")
    args = parser.parse_args()
    dice = random.Random(args.seed)
    kinds = EVERYWHERE + (IN_A_NETWORK_OF_ITS_OWN if args.network else [])
    # Both agents die by kill -9 in any case; with many events each kind comes.
    many = args.events > len(kinds) + len(OF_MANY)
    events = [*kinds, *(OF_MANY if args.network else [])] if many else ["kill sender", "kill receiver"]
    others = kinds if many else [k for k in kinds if k not in events]
    events += [dice.choice(others) for _ in range(args.events - len(events))]
    dice.shuffle(events)
    shared = pathlib.Path("/dev/shm")  # disks of test machines are slow, and it is not they who are tried
    if shared.is_dir() and shutil.disk_usage(shared).free > 4 * args.bytes:
        tempfile.tempdir = str(shared)
    try:
        with World() as w:
            if args.logs:
                w.cleanups.append(lambda: keep_logs(w, pathlib.Path(args.logs)))
            Chaos(w, dice, args.bytes, Network() if args.network else None).play(events, args.seconds)
    except Failure as failure:
        print(f"seed {args.seed}: {failure}\n{getattr(failure, 'logs', '')}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
