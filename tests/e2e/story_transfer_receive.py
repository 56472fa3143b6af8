"""The receiving machine decides: questions, standing rules, folders, taken names, standard output."""
import fcntl
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import termios

from harness import Failure, Program, World, story, wait_until
from harness.window import Window
from harness.world import BIN, b3sum
from story_accounts import same
from transfers import MIB, is_whole, of_name, one_waits, own_pair, pair, part_size


@story("a file from someone else waits for an answer, and is refused when the answer is no")
def ask_policy():
    with World() as w:
        _, _, ben, a, b = pair(w, receive="ask")
        own = w.agent("ben-laptop", b.server, ben)
        path = w.file("own.bin", 1000)
        own.command("send", path, "--to", "device-b", check=True)
        is_whole(b, "own.bin", path)
        foreign = a.background("send", "send", w.file("foreign.bin", 1000), "--to", "device-b")
        wait_until("device-b shows what waits", lambda: "foreign.bin" in b.command("transfers").stdout, 15)
        if (b.downloads / "foreign.bin").exists():
            raise Failure("the file was taken without an answer")
        waiting = next(t for t in b.json("transfers")["transfers"] if t["name"] == "foreign.bin")
        late = b.background("receive", "receive")
        late.wait_for(f"mesh-agent transfers accept {waiting['transfer_id']}", 10)
        late.kill()
        b.command("transfers", "refuse", waiting["transfer_id"], check=True)
        if foreign.wait(20) == 0:
            raise Failure("the sender says it worked")
        if "The other side declined" not in foreign.log() or "You declined" not in b.command("transfers").stdout:
            raise Failure(f"who declined? {foreign.log()}\n{b.command('transfers').stdout}")


def waiting_for_an_answer(b, name):
    """The id under which that file waits at b."""
    found = []

    def there():
        found[:] = [t["transfer_id"] for t in b.json("transfers")["transfers"] if t["name"] == name and t["state"] == "waiting"]
        return found

    wait_until(f"{name} waits for an answer", there, 20)
    return found[0]


@story("a yes holds until the file is here: nobody is asked again after a pause and kill -9 of either side")
def yes_holds():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        path = w.file("long.bin", 48 * MIB)
        a.command("limit", "8M", check=True)
        a.background("send", "send", path, "--to", "device-b")
        b.command("transfers", "accept", waiting_for_an_answer(b, "long.bin"), check=True)
        wait_until("some of it is there", lambda: part_size(b) > 4 * MIB, 30)
        b.program.kill()
        b.start()
        before = part_size(b)
        wait_until("it goes on", lambda: part_size(b) > before + 2 * MIB, 60)
        job = of_name(a, "long.bin")["transfer_id"]
        a.command("transfers", "pause", job, check=True)
        a.command("transfers", "resume", job, check=True)
        before = part_size(b)
        wait_until("it goes on after the pause", lambda: part_size(b) > before + 2 * MIB, 60)
        a.program.kill()
        a.start()
        a.command("limit", "off", check=True)
        wait_until("it is there", lambda: (b.downloads / "long.bin").exists(), 60)
        is_whole(b, "long.bin", path)
        wait_until("the sender knows", lambda: of_name(a, "long.bin")["state"] == "done", 30)
        again = a.background("again", "send", path, "--to", "device-b")
        b.command("transfers", "refuse", waiting_for_an_answer(b, "long.bin"), check=True)
        same("exit code of what was refused", again.wait(20), 6)


@story("files that wait for a person hold nothing else up, and a sender whose file is stopped there hears who did")
def questions_hold_nobody_up():
    with World() as w:
        server, ana, _, a, b = pair(w, receive="ask")
        own = w.agent("ana-desk", server, ana)
        for name in ("1.bin", "2.bin", "3.bin"):
            a.background(name, "send", w.file(name, 1000), "--to", "device-b")
            waiting_for_an_answer(b, name)
        path = w.file("own.bin", 1000)
        a.command("send", path, "--to", "ana-desk", check=True)
        is_whole(own, "own.bin", path)
        stopped = a.background("stopped", "send", w.file("stopped.bin", 48 * MIB), "--to", "device-b", "--limit", "4M")
        b.command("transfers", "accept", waiting_for_an_answer(b, "stopped.bin"), check=True)
        wait_until("some of it is there", lambda: part_size(b) > MIB, 20)
        b.command("transfers", "cancel", of_name(b, "stopped.bin")["transfer_id"], check=True)
        same("exit code", stopped.wait(20), 6)
        stopped.wait_for("The other side declined")


@story("receive asks on the terminal, and nothing is written into the question while it stands")
def question_on_a_terminal():
    with World() as w:
        _, _, _, a, b = one_waits(w, sends=False, receive="ask")
        first, second = w.file("first.bin", 16 * MIB), w.file("second.bin", 10)
        taking = Window(b, "receive", "--count", 2).wait_for("Ready to receive")
        a.background("first", "send", first, "--to", "device-b", "--limit", "4M")
        taking.wait_for("offers first.bin (16.00 MB). Take it? [y/N]").type("y\r").wait_for("first.bin  [")
        a.background("second", "send", second, "--to", "device-b")
        taking.wait_for("offers second.bin (10 B). Take it? [y/N] ")
        a.command("transfers", "limit", of_name(a, "first.bin")["transfer_id"], "off", check=True)
        is_whole(b, "first.bin", first)
        wait_until("the sender knows", lambda: of_name(a, "first.bin")["state"] == "done", 20)
        if not taking.text().endswith("Take it? [y/N] "):
            raise Failure(f"into the question: {taking.text()[-300:]!r}")
        taking.type("y\r").wait_for("first.bin from device-a").wait_for("second.bin from device-a")
        same("exit code", taking.wait(), 0)
        is_whole(b, "second.bin", second)


@story("standing rules say who may send, where files go and what becomes of a taken name; they survive a restart")
def standing_rules():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        there = b.downloads / "of ana"
        b.command("rules", "add", "--from", "ana", "--take", "auto", "--folder", there, "--on-collision", "overwrite", check=True)
        first, second = w.file("1/same.bin", 100_000, b"1"), w.file("2/same.bin", 90_000, b"2")
        a.command("send", first, "--to", "device-b", check=True)
        same("the folder of the rule", b3sum(there / "same.bin"), b3sum(first))
        b.restart()
        a.command("send", second, "--to", "device-b", check=True)
        same("the newer one", b3sum(there / "same.bin"), b3sum(second))
        same("files there", [p.name for p in there.iterdir()], ["same.bin"])

        b.command("rules", "add", "--from", "ana", "--take", "auto", "--folder", there, "--on-collision", "skip", check=True)
        done = a.command("send", first, "--to", "device-b")
        if done.returncode == 0 or "keeps it" not in done.stdout + done.stderr:
            raise Failure(f"skip: exit code {done.returncode}, said {done.stdout}{done.stderr}")
        same("the one that was there", b3sum(there / "same.bin"), b3sum(second))

        b.command("rules", "add", "--from", "ana", "--take", "never", check=True)
        done = a.command("send", w.file("unwanted.bin", 10), "--to", "device-b")
        if done.returncode == 0 or "takes no files" not in done.stdout + done.stderr:
            raise Failure(f"never: exit code {done.returncode}, said {done.stdout}{done.stderr}")
        same("rules", [(r["subject"], r["name"], r["receive"]) for r in b.json("rules")["rules"]], [("user", "ana", "never")])
        b.command("rules", "remove", "--from", "ana", check=True)
        same("rules after removing", b.json("rules")["rules"], [])


@story("each room has its folder: a file goes where the rule of the room says whose roles carry it")
def folder_of_a_room():
    with World() as w:
        server, ana, ben, a, b = pair(w, receive="ask")
        w.room(ana, ben, name="Cellar")
        for room in ("Atelier", "Cellar"):
            b.command("rules", "add", "--room", room, "--take", "auto", "--folder", w.tmp / "rooms" / room, check=True)
        path = w.file("plan.bin", 100_000)
        for room in ("Cellar", "Atelier"):
            a.command("send", path, "--to", "device-b", "--room", room, check=True)
            same(f"in the folder of {room}", b3sum(w.tmp / "rooms" / room / "plan.bin"), b3sum(path))
        folder = w.folder("album")
        w.file("album/deep/one.bin", 5000)
        a.command("send", folder, "--to", "device-b", "--room", "Cellar", check=True)
        same("a folder", sorted(p.name for p in (w.tmp / "rooms" / "Cellar").iterdir()), ["album", "plan.bin"])
        same("elsewhere", [p.name for p in (w.tmp / "rooms" / "Atelier").iterdir()], ["plan.bin"])


@story("a rule's folder holds at once, though the agent was started without it: files, folders, links and what goes on after a kill")
def rule_folder_at_once():
    with World() as w:
        _, _, _, a, b = pair(w)
        elsewhere = w.tmp / "made" / "elsewhere"
        said = b.command("rules", "add", "--from", "ana", "--folder", elsewhere, check=True)
        if "restart" in said.stdout + said.stderr:
            raise Failure(f"it wants a restart: {said.stdout}{said.stderr}")
        first = w.file("same.bin", 100_000)
        for name in ("same.bin", "same (1).bin"):
            a.command("send", first, "--to", "device-b", check=True)
            same(name, b3sum(elsewhere / name), b3sum(first))
        root = w.folder("album")
        w.file("album/deep/er/one.bin", 200_000)
        (root / "empty").mkdir()
        (root / "link").symlink_to("deep/er/one.bin")
        a.command("send", root, "--to", "device-b", check=True)
        same("in the folder", b3sum(elsewhere / "album/link"), b3sum(root / "deep/er/one.bin"))
        same("an empty folder", (elsewhere / "album/empty").is_dir(), True)

        big = w.file("big.bin", 24 * MIB)
        a.background("send", "send", big, "--to", "device-b", "--limit", "4M")
        part = elsewhere / "big.bin.part"
        wait_until("some of it is there", lambda: part.exists() and part.stat().st_size > 4 * MIB, 60)
        b.program.kill()
        before = part.stat().st_size
        b.start()
        a.command("transfers", "limit", of_name(a, "big.bin")["transfer_id"], "off", check=True)
        wait_until("it is there", (elsewhere / "big.bin").exists, 60)
        same("the rest of it", b3sum(elsewhere / "big.bin"), b3sum(big))
        if of_name(a, "big.bin")["before"] < before - 256 * 1024:
            raise Failure(f"it began anew: {of_name(a, 'big.bin')}, {before} were there")

        b.command("rules", "remove", "--from", "ana", check=True)
        a.command("send", first, "--to", "device-b", check=True)
        same("where files go as a rule", b3sum(b.received("same.bin")), b3sum(first))
        same("and nothing else", sorted(p.name for p in elsewhere.iterdir()),
             ["album", "big.bin", "same (1).bin", "same.bin"])


@story("receive --on-collision decides about a name that is taken")
def receive_on_collision():
    with World() as w:
        a, b = own_pair(w)
        out = w.folder("out")
        old, fresh = w.file("1/a.bin", 1000, b"1"), w.file("2/a.bin", 2000, b"2")

        def take(policy, path):
            taking = b.background("taking", "receive", "--output", out, "--on-collision", policy)
            b.wait_online()
            sent = a.command("send", path, "--to", "device-b").returncode
            if sent == 0:
                same("exit code of receive", taking.wait(20), 0)
            else:
                taking.stop()
            return sent

        same("a free name", take("skip", old), 0)
        same("skip", take("skip", fresh) == 0, False)
        same("still the first", b3sum(out / "a.bin"), b3sum(old))
        same("overwrite", take("overwrite", fresh), 0)
        same("the second", b3sum(out / "a.bin"), b3sum(fresh))
        same("rename", take("rename", old), 0)
        same("both", sorted(p.name for p in out.iterdir()), ["a (1).bin", "a.bin"])


@story("receive without a daemon takes one file and ends; --output - writes it to standard output")
def receive_in_process():
    with World() as w:
        a, b = own_pair(w)
        path = w.file("pipe.bin", 3 * MIB + 1)
        out = w.tmp / "out"
        with open(out, "wb") as sink, open(b.home / "receive.log", "wb") as log:
            process = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env, stdout=sink, stderr=log)
            receiver = Program("receive", [], b.env, b.home / "receive.log", start=False)
            receiver.process = process
            w.programs.append(receiver)
            b.wait_online()
            a.command("send", path, "--to", "device-b", check=True)
            same("exit code of receive", receiver.wait(20), 0)
        same("bytes", b3sum(out), b3sum(path))


@story("receive --output - beside a daemon writes the file to standard output, says its name, and keeps nothing")
def receive_beside_a_daemon():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("pipe.bin", 3 * MIB + 1)
        out, said = w.tmp / "out", b.home / "receive.log"
        with open(out, "wb") as sink, open(said, "wb") as log:
            receiver = Program("receive", [], b.env, said, start=False)
            receiver.process = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env, stdout=sink, stderr=log)
            w.programs.append(receiver)
            receiver.wait_for("Ready to receive", 10)
            a.command("send", path, "--to", "device-b", check=True)
            same("exit code of receive", receiver.wait(20), 0)
        same("bytes", b3sum(out), b3sum(path))
        if "Received pipe.bin from device-a" not in said.read_text():
            raise Failure(f"it said {said.read_text()}")
        same("in the folder for received files", list(b.downloads.iterdir()), [])
        same("in the cache", list((b.home / "cache/mesh").glob("receive.*")), [])


@story("receive --output - without a daemon streams into a pipe while the file is still under way")
def receive_into_a_pipe():
    with World() as w:
        a, b = own_pair(w)
        path = w.file("pipe.bin", 64 * MIB + 1)
        with open(b.home / "receive.log", "wb") as log:
            receiver = Program("receive", [], b.env, b.home / "receive.log", start=False)
            receiver.process = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env,
                                                stdout=subprocess.PIPE, stderr=log)
            w.programs.append(receiver)
            b.wait_online()
            sending = a.background("send", "send", path, "--to", "device-b")
            if not receiver.process.stdout.read(1):
                raise Failure("nothing came")
            if sending.process.poll() is not None:
                raise Failure("the whole file was taken before its reader wanted it")
            rest = receiver.process.stdout.read()
            same("exit codes", (receiver.wait(20), sending.wait(20)), (0, 0))
        same("bytes", 1 + len(rest), path.stat().st_size)
        if "under the name" in sending.log():
            raise Failure(f"a name for what has none: {sending.log()}")
        same("content", path.read_bytes()[1:] == rest, True)
        if any(p.is_file() for p in (b.home / "cache").rglob("*")):
            raise Failure("a copy was made")


@story("of two commands that receive the newer decides, and each counts its own files and ends only what it asked for")
def two_receivers():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        one, two = w.folder("one"), w.folder("two")
        older = b.background("older", "receive", "--accept", "all", "--output", one, "--count", 2)
        older.wait_for("Ready to receive", 20)
        newer = b.background("newer", "receive", "--accept", "all", "--output", two)
        newer.wait_for("Ready to receive", 20)
        a.command("send", w.file("1.bin", 1000), "--to", "device-b", check=True)
        same("exit code of the newer", newer.wait(20), 0)
        for name in ("2.bin", "3.bin"):
            a.command("send", w.file(name, 1000), "--to", "device-b", check=True)
        same("exit code of the older", older.wait(20), 0)
        same("files of each", [sorted(p.name for p in d.iterdir()) for d in (one, two)], [["2.bin", "3.bin"], ["1.bin"]])
        if "1.bin" in older.log():
            raise Failure(f"the older one tells of a file that is not its own: {older.log()}")
        a.background("asks", "send", w.file("4.bin", 1000), "--to", "device-b")
        waiting_for_an_answer(b, "4.bin")


@story("what one command began to take it goes on taking after a pause and a cut, though a newer one takes the rest and would ask")
def taken_to_the_end():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        one, two = w.folder("one"), w.folder("two")
        older = b.background("older", "receive", "--accept", "all", "--output", one)
        older.wait_for("Ready to receive", 20)
        path = w.file("big.bin", 24 * MIB)
        a.background("send", "send", path, "--to", "device-b", "--limit", "8M")
        wait_until("some of it has come", lambda: b.json("transfers")["transfers"] and of_name(b, "big.bin")["done"] > 4 * MIB, 20)
        number = of_name(a, "big.bin")["transfer_id"]
        a.command("transfers", "pause", number, check=True)
        wait_until("both know", lambda: of_name(b, "big.bin")["state"] == "paused", 20)
        newer = b.background("newer", "receive", "--accept", "own", "--output", two, "--keep")
        newer.wait_for("Ready to receive", 20)
        a.command("transfers", "resume", number, check=True)
        wait_until("it goes on", lambda: of_name(a, "big.bin")["state"] == "running", 20)
        a.restart()
        same("exit code of the older", older.wait(40), 0)
        same("b3sum", b3sum(one / "big.bin"), b3sum(path))
        if of_name(a, "big.bin")["before"] < 4 * MIB:
            raise Failure(f"it began anew: {of_name(a, 'big.bin')}")
        same("of the newer one", [list(two.iterdir()), "big.bin" in newer.log()], [[], False])


@story("receive --output beside a daemon that may not write there: of many files that come at once none is lost, also after Ctrl-C")
def staged_at_once():
    with World() as w:
        _, _, _, a, b = pair(w)
        cache = b.home / "cache/mesh"

        def wherever(name, to):
            return [p for base in (to, b.downloads, cache) for p in base.rglob(name)]

        for number, options in enumerate(([], ["--count", 2], ["--keep"])):
            to = w.folder(f"to-{number}")
            taking = b.background(f"taking-{number}", "receive", "--output", to, *options)
            taking.wait_for("Ready to receive", 20)
            files = [w.file(f"{number}-{i}.bin", 3 * MIB) for i in range(8)]
            sending = a.background(f"sending-{number}", "send", *files, "--to", "device-b")
            if options == ["--keep"]:
                wait_until("one has come", lambda: list(to.iterdir()), 20)
                taking.process.send_signal(signal.SIGINT)
            same("exit code of receive", taking.wait(40), 130 if options == ["--keep"] else 0)
            same("exit code of send", sending.wait(60), 0)
            for path in files:
                same(f"copies of {path.name}", [b3sum(p) for p in wherever(path.name, to)], [b3sum(path)])
            left = [p for p in cache.rglob("*") if p.is_file()]
            if left and (options != ["--keep"] or str(left[0].parent) not in taking.log()):
                raise Failure(f"left without a word: {left}\n{taking.log()}")


@story("receive --output beside a daemon that may not write there: what a restart of that daemon cut goes on with the same command")
def staged_goes_on():
    with World() as w:
        _, _, _, a, b = pair(w)
        to, path = w.folder("to"), w.file("big.bin", 24 * MIB)
        taking = b.background("taking", "receive", "--output", to)
        taking.wait_for("Ready to receive", 20)
        sending = a.background("sending", "send", path, "--to", "device-b", "--limit", "8M")
        wait_until("some of it has come", lambda: b.json("transfers")["transfers"] and of_name(b, "big.bin")["done"] > 8 * MIB, 20)
        b.program.stop()
        same("exit code of receive", taking.wait(20), 4)
        wait_until("the sender waits", lambda: of_name(a, "big.bin")["state"] == "queued", 20)
        a.command("transfers", "pause", of_name(a, "big.bin")["transfer_id"], check=True)
        b.start()
        again = b.background("again", "receive", "--output", to)
        again.wait_for("Ready to receive", 20)
        a.command("transfers", "resume", of_name(a, "big.bin")["transfer_id"], check=True)
        same("exit codes", [again.wait(40), sending.wait(20)], [0, 0])
        same("b3sum", b3sum(to / "big.bin"), b3sum(path))
        if of_name(a, "big.bin")["before"] < 6 * MIB:
            raise Failure(f"it began anew: {of_name(a, 'big.bin')}")
        same("in the cache", [p for p in (b.home / "cache/mesh").rglob("*") if p.is_file()], [])


@story("receive --output beside a daemon that may not write there: what cannot be passed on is named and kept, the rest comes, and a later one takes it along")
def staged_is_kept():
    with World() as w:
        _, _, _, a, b = pair(w)
        to, cache = w.folder("to"), b.home / "cache/mesh"
        for name in ("dup.txt", "dup.part"):
            (to / name).write_text("old")
        taking = b.background("taking", "receive", "--keep", "--output", to, "--on-collision", "skip")
        taking.wait_for("Ready to receive", 20)
        for name in ("one.txt", "dup.txt", "dup.part", "two.txt"):
            (w.tmp / name).write_text(f"new {name}")
            a.command("send", w.tmp / name, "--to", "device-b", check=True)
        wait_until("the last one is where it belongs", (to / "two.txt").exists, 20)
        staged = next(cache.iterdir())
        same("what was said of it", (f"dup.txt is here, and stays in {staged}" in taking.log()), True)
        taking.process.send_signal(signal.SIGINT)
        taking.wait(20)
        month = 31 * 24 * 3600
        os.utime(staged, (staged.stat().st_mtime - month,) * 2)
        for path in (w.folder("elsewhere"), to):
            same("kept for as long as it takes", (staged / "dup.txt").read_text(), "new dup.txt")
            later = b.background(f"to {path.name}", "receive", "--keep", "--output", path)
            later.wait_for("Ready to receive", 20)
            later.process.send_signal(signal.SIGINT)
            later.wait(20)
        same("taken along", f"Taken along from before: {to / 'dup (1).txt'}" in later.log(), True)
        same("what lies there", {p.name: p.read_text() for p in to.iterdir()},
             {"one.txt": "new one.txt", "two.txt": "new two.txt", "dup.txt": "old", "dup (1).txt": "new dup.txt",
              "dup.part": "old", "dup (1).part": "new dup.part"})
        same("in the cache", [p for p in cache.rglob("*") if p.is_file()], [])


@story("a command whose standard output is closed or full says so; nothing that was received is taken for a request")
def without_standard_output():
    with World() as w:
        _, _, _, a, b = pair(w)

        def shell(agent, line):
            return subprocess.run(["sh", "-c", f"exec {BIN / 'mesh-agent'} {line}"], env=agent.env, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)

        stop = json.dumps({"id": 77, "type": "stop", "payload": {}}).encode()
        (w.tmp / "stop").write_bytes(struct.pack(">I", len(stop)) + stop)
        closed = shell(b, "receive --output - >&-")
        same("receive without standard output", (closed.returncode, "standard output is closed" in closed.stderr), (8, True))
        sent = shell(a, f"send --json {w.tmp / 'stop'} --to device-b >&-")
        same("send without standard output", sent.returncode, 8)
        same("but it is sent", b.received("stop").read_bytes(), (w.tmp / "stop").read_bytes())
        full = shell(b, "transfers --json >/dev/full")
        same("transfers onto a full disk", (full.returncode, "No space left" in full.stderr), (8, True))
        watching = subprocess.Popen([BIN / "mesh-agent", "transfers", "--watch", "--json"], env=b.env, stdout=subprocess.PIPE,
                                    stdin=subprocess.DEVNULL)
        watching.stdout.readline()
        watching.stdout.close()
        a.command("send", w.file("seen.bin", 1000), "--to", "device-b", check=True)
        same("watching for nobody", watching.wait(20), 0)
        same("the agent runs on", b.program.running(), True)


@story("receive --output - without a daemon, whose reader has left before the first byte, ends with it; what is named twice is sent once")
def receive_for_a_reader_who_left():
    with World() as w:
        _, _, _, a, b = pair(w)
        b.program.stop()
        taking = subprocess.Popen([BIN / "mesh-agent", "receive", "--accept", "all", "--output", "-"], env=b.env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        taking.stdout.close()
        b.wait_online()
        path = w.file("for-nobody.bin", 3 * MIB)
        same("exit code of send", a.command("send", path, "--to", "device-b").returncode, 8)
        same("exit code of receive", taking.wait(20), 8)
        b.start()
        folder = w.folder("twice")
        (folder / "a.txt").write_text("a")
        a.command("send", folder, f"{folder}/", folder / "a.txt", folder / "a.txt", "--to", "device-b", check=True)
        same("what was sent", sorted(t["name"] for t in a.json("transfers")["transfers"] if t["name"] != "for-nobody.bin"),
             ["a.txt", "twice"])


@story("receive whose agent in the background ends is told so at once, and what holds from then on")
def receive_without_its_daemon():
    with World() as w:
        _, _, _, _, b = pair(w, receive="ask")
        for end in (b.program.stop, b.program.kill):
            taking = b.background(f"taking-{end.__name__}", "receive", "--accept", "all", "--keep")
            taking.wait_for("Ready to receive", 20)
            end()
            same("exit code", taking.wait(10), 4)
            for words in ("as its settings and rules say, until this command is typed again", "No mesh-agent runs in the background"):
                if words not in taking.log():
                    raise Failure(f"not said: {words}\n{taking.log()}")
            b.start()


def with_a_reader_that_stands_still(w, b):
    """receive --output - into a pipe that nobody reads; answers the program and the end to read."""
    said = b.home / "receive.log"
    receiver = Program("receive", [], b.env, said, start=False)
    with open(said, "wb") as log:
        receiver.process = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env, stdout=subprocess.PIPE, stderr=log)
    w.programs.append(receiver)
    receiver.wait_for("Ready to receive", 20)
    return receiver


@story("receive --output - whose reader stands still ends at once on a signal; what came by a daemon is kept and named")
def receive_for_nobody():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("pipe.bin", MIB)
        for number in (signal.SIGTERM, signal.SIGINT):
            receiver = with_a_reader_that_stands_still(w, b)
            a.command("send", path, "--to", "device-b", check=True)
            wait_until("the pipe is full", lambda: readable(receiver.process.stdout) >= 65536, 20)
            receiver.process.send_signal(number)
            same("exit code", receiver.wait(10), 130)
            receiver.process.stdout.close()
            kept = re.search(r"could not be passed on lies in (.*)\.\n", receiver.log())
            if not kept:
                raise Failure(f"it is not said where the file lies: {receiver.log()}")
            same("what is kept", b3sum(pathlib.Path(kept[1]) / "pipe.bin"), b3sum(path))

        b.program.stop()
        receiver = with_a_reader_that_stands_still(w, b)
        sending = a.background("send", "send", path, "--to", "device-b")
        wait_until("all of it came", lambda: "100 %" in receiver.log(), 20)
        wait_until("the pipe is full", lambda: readable(receiver.process.stdout) >= 65536, 20)
        receiver.process.send_signal(signal.SIGTERM)
        same("exit code without a daemon", receiver.wait(10), 130)
        receiver.process.stdout.close()
        sending.wait_for("waits for device-b and is sent by itself", 20)
        b.start()
        is_whole(b, "pipe.bin", path)


def readable(pipe):
    """Bytes that can be read of it right now."""
    size = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return int.from_bytes(size, sys.byteorder)
