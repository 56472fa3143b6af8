"""Files between two agents, with the exact commands people and scripts use."""
import json
import os
import signal
import socket
import subprocess
import time

from harness import Failure, Program, World, free_port, story, wait_until
from harness.window import Window
from harness.world import BIN, Agent, b3sum
from story_accounts import same

MIB = 1 << 20


def pair(w, receive="auto"):
    """Two people in one room, an agent each."""
    server = w.server()
    ana, ben = server.register("ana"), server.register("ben")
    w.room(ana, ben)
    a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ben, receive=receive)
    return server, ana, ben, a, b


def session(api, target, **more):
    return api.post("/api/p2p/sessions", {"kind": "file", "target_device_id": target, "ttl": 120, **more})


def address(answer):
    endpoint = answer["endpoints"]["target"]
    ip = f"[{endpoint['ip']}]" if ":" in endpoint["ip"] else endpoint["ip"]
    return f"{ip}:{endpoint['port']}"


def is_whole(agent, name, source):
    path = agent.received(name)
    same(f"b3sum of {name}", b3sum(path), b3sum(source))


@story("send-file with the documented flags brings the file over, hash equal, through the running daemon")
def send_file_with_daemon():
    with World() as w:
        _, ana, _, a, b = pair(w)
        path = w.file("report.bin", 5 * MIB + 3)
        made = session(ana, "device-b")
        done = a.command("send-file", "--session-id", made["session_id"], "--peer-addr", address(made),
                         "--token", made["session_token"], "--file", path, check=True)
        is_whole(b, "report.bin", path)
        for text in ("Connecting to peer", "P2P connection established", "File sent successfully!"):
            if text not in done.stdout + done.stderr + a.program.log():
                raise Failure(f"nobody said {text!r}: {done.stdout}{done.stderr}")
        for text in ("Incoming QUIC connection", "P2P handshake successful", "File received"):
            b.program.wait_for(text)
        b.program.wait_for(f"P2P session created: session_id={made['session_id']}")


@story("send-file works without a daemon, with the token from standard input, a file or the environment")
def send_file_in_process():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        a, b = Agent(w, "device-a", server, ana).enroll(), w.agent("device-b", server, ben)
        for index, way in enumerate(("plain", "-", "@", "environment")):
            path = w.file(f"file{index}.bin", 300_000 + index)
            made = session(ana, "device-b", initiator_device_id="device-a")
            flags = ["send-file", "--session-id", made["session_id"], "--peer-addr", address(made), "--file", path]
            token = made["session_token"]
            if way == "plain":
                a.command(*flags, "--token", token, check=True)
            elif way == "-":
                a.command(*flags, "--token", "-", stdin=token + "\n", check=True)
            elif way == "@":
                (w.tmp / "token").write_text(token)
                a.command(*flags, "--token", f"@{w.tmp / 'token'}", check=True)
            else:
                a.command(*flags, env={"MESH_TOKEN": token}, check=True)
            is_whole(b, path.name, path)


@story("send --to takes a device or a person, several files, and odd names and sizes")
def send_to_names():
    with World() as w:
        _, _, _, a, b = pair(w)
        names = {"empty": 0, "one.bin": 1, "chunk.bin": 262144, "chunk1.bin": 262145, "été 100% – «ok».txt": 4097}
        files = [w.file(name, size) for name, size in names.items()]
        a.command("send", *files, "--to", "device-b", check=True)
        for path in files:
            is_whole(b, path.name, path)
        to_person = w.file("person.bin", 70_000)
        a.command("send", to_person, "--to", "ben", check=True)
        is_whole(b, "person.bin", to_person)


@story("a second file of the same name never overwrites the first")
def names_never_collide():
    with World() as w:
        _, _, _, a, b = pair(w)
        first, second = w.file("1/same.txt", 1000, b"1"), w.file("2/same.txt", 1000, b"2")
        a.command("send", first, "--to", "device-b", check=True)
        is_whole(b, "same.txt", first)
        a.command("send", second, "--to", "device-b", check=True)
        wait_until("both files are there", lambda: len([p for p in b.downloads.iterdir() if p.suffix != ".part"]) == 2)
        same("hashes", {b3sum(p) for p in b.downloads.iterdir()}, {b3sum(first), b3sum(second)})
        same("the first is untouched", b3sum(b.downloads / "same.txt"), b3sum(first))


@story("status, devices and rooms answer from the daemon, as text and as JSON")
def cli_asks_the_daemon():
    with World() as w:
        _, _, _, a, _ = pair(w)
        for verb in ("status", "devices", "rooms"):
            same(f"{verb} as text", a.command(verb).returncode, 0)
            if not a.json(verb):
                raise Failure(f"{verb} --json is empty")
        if "device-b" not in a.command("devices").stdout and "ben" not in a.command("rooms").stdout:
            raise Failure("neither devices nor rooms mentions the other person")


@story("a receiver that is offline is named at once, with exit code and reason")
def offline_receiver():
    with World() as w:
        _, ana, ben, a, b = pair(w)
        b.program.stop()
        b.wait_online(False)
        same("REST", ana.call("POST", "/api/p2p/sessions", {"kind": "file", "target_device_id": "device-b"}).code, "peer_offline")
        done = a.command("send", w.file("x", 10), "--to", "device-b")
        said = done.stdout + done.stderr
        if done.returncode == 0 or "device-b" not in said or not any(s in said.lower() for s in ("offline", "not connected")):
            raise Failure(f"exit code {done.returncode}, said {said!r}")
        done = a.command("send", w.file("y", 10), "--to", "nobody-at-all")
        if done.returncode == 0 or "nobody-at-all" not in done.stdout + done.stderr:
            raise Failure(f"an unknown name: exit code {done.returncode}, said {done.stdout}{done.stderr}")
        done = a.command("send", w.tmp / "no-such-file", "--to", "device-b")
        if done.returncode == 0 or "no-such-file" not in done.stdout + done.stderr:
            raise Failure(f"a missing file: exit code {done.returncode}, said {done.stdout}{done.stderr}")


@story("an unknown receiver's address that nobody answers is given up with a reason")
def nobody_listens():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        # Without a daemon the sender knows no other address of the receiver than the one it is given.
        a = Agent(w, "device-a", server, ana).enroll()
        w.agent("device-b", server, ana)
        made = session(ana, "device-b", initiator_device_id="device-a")
        port = free_port(socket.SOCK_DGRAM)
        done = a.command("send-file", "--session-id", made["session_id"], "--peer-addr", f"127.0.0.1:{port}",
                         "--token", made["session_token"], "--file", w.file("x", 10), seconds=60)
        if done.returncode == 0:
            raise Failure("the sender says it worked")
        if not (done.stdout + done.stderr).strip():
            raise Failure("no reason given")


def killed_receiver(w):
    """A big file on its way; the receiver dies by kill -9 in the middle of it."""
    _, _, _, a, b = pair(w)
    path = w.file("big.bin", 768 * MIB)
    sending = a.background("send", "send", path, "--to", "device-b")
    wait_until("the .part grows", lambda: any(p.stat().st_size > MIB for p in b.downloads.rglob("*.part")), 20)
    b.program.kill()
    if (b.downloads / "big.bin").exists():
        raise Failure("the transfer was over before the kill, or a half file has the final name")
    if not list(b.downloads.rglob("*.part")):
        raise Failure("the .part is gone")
    return a, b, path, sending


@story("an agent killed in mid-transfer leaves its .part and nothing under the final name; the file arrives on the next try")
def killed_in_mid_transfer():
    with World() as w:
        a, b, path, sending = killed_receiver(w)
        sending.kill()
        b.start()
        a.command("send", path, "--to", "device-b", check=True, seconds=120)
        is_whole(b, "big.bin", path)


@story("a sender whose receiver died says that it waits, and ends well when the receiver is back", long=True)
def sender_notices_a_dead_receiver():
    with World() as w:
        _, b, path, sending = killed_receiver(w)
        sending.wait_for("waits for device-b", 60)
        b.start()
        same("exit code", sending.wait(120), 0)
        is_whole(b, "big.bin", path)


def part_size(b):
    return sum(p.stat().st_size for p in b.downloads.rglob("*.part"))


def of_name(agent, name):
    return next(t for t in agent.json("transfers")["transfers"] if t["name"] == name)


@story("a file goes on by itself after kill -9 of the receiver and then of the sender")
def killed_on_both_sides():
    with World() as w:
        a, b, path, sending = killed_receiver(w)
        first = part_size(b)
        b.start()
        wait_until("the .part grows again", lambda: part_size(b) > first + MIB, 30)
        a.program.kill()
        if sending.wait(20) == 0 or (b.downloads / "big.bin").exists():
            raise Failure("the transfer was over before the second kill")
        a.start()
        wait_until("the sender's daemon has sent it", lambda: of_name(a, "big.bin")["state"] == "done", 60)
        is_whole(b, "big.bin", path)
        same("what is left in the folder", [p.name for p in b.downloads.iterdir()], ["big.bin"])
        log = b.program.log()
        resumed = [int(line.split("resumed_at=")[1].split()[0]) for line in log.splitlines() if "resumed_at=" in line]
        if len(resumed) < 3 or not all(at > MIB for at in resumed[1:]):
            raise Failure(f"attempts began at {resumed}")


@story("a file for an offline machine waits in the daemon, also over its restart, and arrives when the machine is back")
def queued_for_an_offline_machine():
    with World() as w:
        _, _, _, a, b = pair(w)
        b.program.stop()
        b.wait_online(False)
        path, gone = w.file("later.bin", 400_000), w.file("never.bin", 1000)
        for file in (path, gone):
            if a.command("send", file, "--to", "device-b").returncode == 0:
                raise Failure("the sender says it arrived")
        same("state", of_name(a, "later.bin")["state"], "queued")
        a.command("transfers", "first", of_name(a, "never.bin")["transfer_id"], check=True)
        same("the queue", [t["name"] for t in a.json("transfers")["transfers"]], ["never.bin", "later.bin"])
        a.command("transfers", "cancel", of_name(a, "never.bin")["transfer_id"], check=True)
        a.restart()
        same("state after a restart", of_name(a, "later.bin")["state"], "queued")
        b.start()
        is_whole(b, "later.bin", path)
        wait_until("it is history", lambda: of_name(a, "later.bin")["state"] == "done", 10)
        same("the canceled one", of_name(a, "never.bin")["code"], "canceled")
        if (b.downloads / "never.bin").exists():
            raise Failure("the canceled file came")


@story("transfers pause, resume and cancel do what they say, and Ctrl-C calls a file off")
def transfers_are_controlled():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("big.bin", 768 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        number = of_name(a, "big.bin")["transfer_id"]
        a.command("transfers", "pause", number[:6], check=True)
        same("state", of_name(a, "big.bin")["state"], "paused")
        wait_until("the receiver noticed", lambda: of_name(b, "big.bin")["state"] == "failed", 10)
        stopped = part_size(b)
        if not MIB < stopped < path.stat().st_size:
            raise Failure(f"{stopped} bytes are there")
        if a.command("transfers", "pause", number).returncode == 0:
            raise Failure("paused twice")
        a.command("transfers", "resume", number, check=True)
        same("exit code", sending.wait(60), 0)
        is_whole(b, "big.bin", path)
        if of_name(a, "big.bin")["before"] < stopped - 2 * MIB:
            raise Failure("it began anew")
        shown = a.command("transfers", "show", number[:6], check=True).stdout
        for words in ("were there already; ", "processor time", "BLAKE3"):
            if words not in shown:
                raise Failure(f"not in its history: {words!r}\n{shown}")
        other = w.file("other.bin", 768 * MIB)
        sending = a.background("other", "send", other, "--to", "device-b")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        sending.process.send_signal(signal.SIGINT)
        same("exit code after Ctrl-C", sending.wait(10), 130)
        same("state after Ctrl-C", of_name(a, "other.bin")["code"], "canceled")
        a.command("transfers", "retry", of_name(a, "other.bin")["transfer_id"], check=True)
        wait_until("it arrived", lambda: of_name(a, "other.bin")["state"] == "done", 60)
        is_whole(b, "other.bin", other)


def took(agent, name):
    """Seconds from the first byte to the last, by the agent's own clock."""
    return of_name(agent, name)["seconds"]


@story("rates hold: of one file, of the agent and of a machine, given before and changed while bytes move")
def rates_hold():
    with World() as w:
        _, _, _, a, b = pair(w)
        # At 4 MiB/s all but the first chunk of 8 MiB takes 1.94 s: faster would break the limit, slower is the machine's.
        least = (8 * MIB - 262144) / (4 * MIB) * 0.95

        def send_slowly(name, *flags):
            a.command("send", w.file(name, 8 * MIB), "--to", "device-b", *flags, check=True)
            if took(a, name) < least:
                raise Failure(f"{name} took {took(a, name)} s, less than {least}")
            is_whole(b, name, w.tmp / name)

        send_slowly("own.bin", "--limit", "4M")
        a.command("limit", "4M", check=True)
        send_slowly("all.bin")
        a.command("limit", "off", check=True)
        a.command("limit", "4M", "--peer", "device-b", check=True)
        same("limits", a.json("limit"), {"chosen": True, "devices": [{"device_id": "device-b", "rate": 4 * MIB}]})
        a.restart()
        send_slowly("peer.bin")
        a.command("limit", "off", "--peer", "device-b", check=True)
        path = w.file("changing.bin", 64 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "64K")
        wait_until("bytes move", lambda: any(t["name"] == "changing.bin" and t["state"] == "running"
                                             for t in a.json("transfers")["transfers"]), 20)
        number = of_name(a, "changing.bin")["transfer_id"]
        same("limit", of_name(a, "changing.bin")["limit"], 65536)
        a.command("transfers", "limit", number, "off", check=True)
        same("exit code", sending.wait(60), 0)
        is_whole(b, "changing.bin", path)
        same("a rate nobody can mean", a.command("limit", "1K").returncode, 2)
        same("a file that has ended", a.command("transfers", "limit", number, "1M").returncode != 0, True)


@story("the size and the rate of a token bind the file: too large is refused before its first byte, the rate holds on the way")
def token_bounds_hold():
    with World() as w:
        _, ana, _, a, b = pair(w)

        def send(path, **bounds):
            answer = session(ana, "device-b", **bounds)
            return a.command("send-file", "--session-id", answer["session_id"], "--peer-addr", address(answer),
                             "--token", answer["session_token"], "--file", path)

        large = w.file("large.bin", MIB + 1)
        done = send(large, max_size=MIB)
        if done.returncode == 0 or "larger than" not in done.stdout + done.stderr:
            raise Failure(f"too large: exit code {done.returncode}, said {done.stdout}{done.stderr}")
        same("its bytes", of_name(a, "large.bin")["done"], 0)
        same("what lies there", list(b.downloads.iterdir()), [])
        fits = w.file("fits.bin", MIB)
        same("what fits", send(fits, max_size=MIB).returncode, 0)
        is_whole(b, "fits.bin", fits)
        slow = w.file("slow.bin", 8 * MIB)
        same("exit code", send(slow, max_rate=4 * MIB).returncode, 0)
        is_whole(b, "slow.bin", slow)
        least = (8 * MIB - 262144) / (4 * MIB) * 0.95
        if took(b, "slow.bin") < least:
            raise Failure(f"it took {took(b, 'slow.bin')} s at the receiver, less than {least}")


@story("revoking the receiver's device cuts a running transfer within a second")
def revoked_device_is_cut():
    with World() as w:
        _, _, ben, a, b = pair(w)
        path = w.file("big.bin", 1024 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b")
        wait_until("the .part grows", lambda: any(p.stat().st_size > MIB for p in b.downloads.rglob("*.part")), 20)
        ben.delete("/api/devices/device-b")
        began = time.monotonic()

        def size():
            return sum(p.stat().st_size for p in b.downloads.rglob("*.part"))

        code = sending.wait(20)
        took = time.monotonic() - began
        if code == 0 or (b.downloads / "big.bin").exists():
            raise Failure("the transfer went through although the device was revoked")
        if took > 1.5:
            raise Failure(f"the sender ran on for {took:.2f} s")
        before = size()
        wait_until("the receiver has stopped writing", lambda: size() == before, 2)


@story("a token works once, and only for the device it was made for")
def tokens_are_single_use():
    with World() as w:
        server, ana, ben, a, b = pair(w)
        eve = server.register("eve")
        thief = Agent(w, "device-e", server, eve).enroll().start()
        path = w.file("secret.bin", 1000)
        made = session(ana, "device-b")
        flags = ["send-file", "--session-id", made["session_id"], "--peer-addr", address(made), "--token",
                 made["session_token"], "--file"]
        stolen = thief.command(*flags, path, seconds=40)
        if stolen.returncode == 0:
            raise Failure("a stolen token was accepted from another device")
        a.command(*flags, path, check=True)
        is_whole(b, "secret.bin", path)
        replayed = a.command(*flags, w.file("again.bin", 1000), seconds=40)
        if replayed.returncode == 0 or (b.downloads / "again.bin").exists():
            raise Failure("a token was accepted twice")


@story("a receiver with a key other than the token names is refused before any byte")
def wrong_key_peer():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        a, _ = Agent(w, "device-a", server, ana).enroll(), w.agent("device-b", server, ben)
        impostor = w.agent("device-x", server, ben)
        made = session(ana, "device-b", initiator_device_id="device-a")
        port = impostor.json("status")["quic_port"]
        done = a.command("send-file", "--session-id", made["session_id"], "--peer-addr", f"127.0.0.1:{port}",
                         "--token", made["session_token"], "--file", w.file("secret.bin", 1000), seconds=40)
        if done.returncode == 0:
            raise Failure("the sender says it worked")
        if list(impostor.downloads.iterdir()):
            raise Failure("the impostor received something")


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
        b.command("transfers", "refuse", waiting["transfer_id"], check=True)
        if foreign.wait(20) == 0:
            raise Failure("the sender says it worked")


@story("receive asks on the terminal, and nothing is written into the question while it stands")
def question_on_a_terminal():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ben, receive="ask").enroll()
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


def spooled(agent):
    return [p for p in (agent.home / "state/mesh/spool").rglob("*") if p.is_file()]


@story("send - takes standard input, with and without a daemon, and keeps nothing once it arrived or was called off")
def send_standard_input():
    with World() as w:
        server, ana, _, a, b = pair(w)
        text = "one line\n" * 50_000
        a.command("send", "-", "--name", "notes.txt", "--to", "device-b", stdin=text, check=True)
        same("content", b.received("notes.txt").read_text(), text)
        wait_until("the copy is gone", lambda: not spooled(a), 10)
        alone = Agent(w, "device-c", server, ana).enroll()
        alone.command("send", "-", "--to", "device-b", stdin="", check=True)
        same("nothing at all", b.received("stdin").read_bytes(), b"")
        same("copies", spooled(alone), [])
        if a.command("send", "-", "--name", "../evil", "--to", "device-b", stdin="x").returncode == 0:
            raise Failure("a name that is a path was taken")
        same("a name without standard input", a.command("send", w.file("x", 1), "--name", "y", "--to", "device-b").returncode, 2)
        b.program.stop()
        b.wait_online(False)
        a.command("send", "-", "--name", "later.txt", "--to", "device-b", stdin="later")
        same("kept while it waits", [p.name for p in spooled(a)], ["later.txt"])
        a.command("transfers", "cancel", of_name(a, "later.txt")["transfer_id"], check=True)
        wait_until("the copy is gone", lambda: not spooled(a), 10)


@story("ping tells round trips to a machine, on its own connection and beside a transfer, and ends with a reason")
def ping_a_machine():
    with World() as w:
        _, _, _, a, b = pair(w)
        plain = a.command("ping", "device-b", "--count", "3", "--interval", "0.01", check=True).stdout.splitlines()
        same("lines", len(plain), 5)
        path = w.file("big.bin", 256 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "100M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        lines = a.command("ping", "device-b", "--count", "5", "--interval", "0.01", "--json", check=True).stdout.splitlines()
        events = [json.loads(line) for line in lines]
        same("events", [e["event"] for e in events], ["connected"] + 5 * ["pong"] + ["summary"])
        last = events[-1]
        if not 0 < last["min_ms"] <= last["median_ms"] <= last["p95_ms"] <= last["max_ms"]:
            raise Failure(f"{last}")
        same("the transfer beside it", sending.wait(60), 0)
        is_whole(b, "big.bin", path)
        b.program.stop()
        b.wait_online(False)
        done = a.command("ping", "device-b")
        if done.returncode == 0 or not any(s in (done.stdout + done.stderr).lower() for s in ("offline", "not connected")):
            raise Failure(f"a machine that is offline: {done.returncode}, {done.stdout}{done.stderr}")


@story("receive --on-collision decides about a name that is taken")
def receive_on_collision():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ana).enroll()
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
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ana).enroll()
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


@story("receive --output - without a daemon streams into a pipe while the file is still under way")
def receive_into_a_pipe():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ana).enroll()
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


@story("a file of 2 GB arrives whole", long=True)
def two_gigabytes():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("huge.bin", 2_000_000_000)
        a.command("send", path, "--to", "device-b", check=True, seconds=300)
        is_whole(b, "huge.bin", path)


@story("fifty files one after the other leave no descriptor and no memory behind", long=True)
def fifty_files():
    with World() as w:
        _, _, _, a, b = pair(w)
        files = [w.file(f"n{i}.bin", 100_000 + i) for i in range(50)]
        a.command("send", *files[:5], "--to", "device-b", check=True)
        b.received(files[4].name)
        before, memory = b.program.open_files(), b.program.rss_kb()
        for path in files[5:]:
            a.command("send", path, "--to", "device-b", check=True)
            is_whole(b, path.name, path)
        wait_until("the receiver closed what it opened", lambda: b.program.open_files() <= before + 3, 60)
        if b.program.rss_kb() > memory + 8192:
            raise Failure(f"memory grew from {memory} kB to {b.program.rss_kb()} kB")
