"""Files between two agents, with the exact commands people and scripts use."""
import json
import socket

from harness import Failure, World, free_port, story, wait_until
from harness.world import Agent, b3sum
from story_accounts import same
from transfers import MIB, address, is_whole, of_name, one_waits, pair, part_size, session


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
        _, ana, _, a, b = one_waits(w)
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
