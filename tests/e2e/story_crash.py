"""Power cuts, full disks and clocks that jump: what was acknowledged stays, and the programs go on."""
import os
import random
import subprocess
import threading
import time

from clocks import faked_clock
from harness import Api, Failure, Skip, WebSocket, World, story, wait_until
from story_accounts import same


class Writer:
    """People who write into a room until the server is gone; remembers what the server said it had."""

    def __init__(self, port, tokens, room, start):
        self.acknowledged, self.stopped, self.port, self.room = set(), threading.Event(), port, room
        self.threads = [threading.Thread(target=self.write, args=(token, f"{start}-{i}")) for i, token in enumerate(tokens)]
        for thread in self.threads:
            thread.start()

    def write(self, token, name):
        api, index = Api(self.port, token), 0
        while not self.stopped.is_set():
            text = f"{name}-{index}"
            try:
                reply = api.call("POST", f"/api/rooms/{self.room}/messages", {"text": text, "client_id": text}, seconds=5)
            except Exception:  # noqa: BLE001 - no answer, or half of one, is no acknowledgement
                return
            if reply.status == 201:
                self.acknowledged.add(text)
            elif reply.status == 429:
                self.stopped.wait(0.05)
                continue
            index += 1

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def history(api, room):
    texts, after = [], 0
    while True:
        page = api.get(f"/api/rooms/{room}/messages?after={after}&limit=100")
        texts += [m["text"] for m in page["messages"]]
        if not page["messages"] or not page["has_more"]:
            return texts
        after = page["messages"][-1]["seq"]


def seed_of_this_run():
    """MESH_SEED repeats a run; a failure names its seed."""
    return int(os.environ.get("MESH_SEED", random.randrange(1 << 32)))


def cut_power_again_and_again(rounds, seed):
    dice = random.Random(seed)
    try:
        with World() as w:
            server = w.server()
            ana, ben = server.register("ana"), server.register("ben")
            room = w.room(ana, ben)["id"]
            known = set()
            for number in range(rounds):
                writer = Writer(server.port, (ana.token, ben.token), room, number)
                target = len(writer.acknowledged) + dice.randrange(5, 40)
                pause = dice.random() * 0.02
                wait_until(f"{target} messages are acknowledged", lambda: len(writer.acknowledged) >= target, 30)
                time.sleep(pause)  # somewhere inside the next commit
                server.program.kill()
                writer.end()
                known |= writer.acknowledged
                server.start()
                kept = history(ana, room)
                if missing := known - set(kept):
                    raise Failure(f"round {number}: acknowledged but gone: {sorted(missing)}")
                if len(kept) != len(set(kept)):
                    raise Failure(f"round {number}: a message stands twice")
            check = subprocess.run(["python3", "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("
                                    "'pragma integrity_check').fetchone()[0])", str(server.data / "mesh.db")],
                                   capture_output=True, text=True, check=False)
            same("integrity_check", check.stdout.strip(), "ok")
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}") from failure


@story("kill -9 of the server at random moments loses nothing that was acknowledged")
def power_cuts():
    cut_power_again_and_again(4, seed_of_this_run())


@story("kill -9 of the server at forty random moments loses nothing that was acknowledged", long=True)
def many_power_cuts():
    cut_power_again_and_again(40, seed_of_this_run())


def kill_agents(rounds, seed, megabytes, victims):
    dice = random.Random(seed)
    try:
        with World() as w:
            server = w.server()
            ana = server.register("ana")
            sender, receiver = w.agent("sender", server, ana), w.agent("receiver", server, ana)
            agents = {"sender": sender, "receiver": receiver}
            for number in range(rounds):
                path = w.file(f"file-{number}.bin", megabytes << 20, seed=str(number).encode())
                sending = sender.background(f"send-{number}", "send", path, "--to", "receiver")
                part = lambda: sum(p.stat().st_size for p in receiver.downloads.glob("*.part"))  # noqa: E731
                enough = dice.randrange(1, (megabytes << 20) // 3)
                wait_until("some of the file is there", lambda: part() >= enough or not sending.running(), 30)
                victim = agents[dice.choice(victims)]
                victim.program.kill()
                victim.start()
                got = receiver.received(path.name, 90)
                if victim is receiver:
                    same("exit code of the sender", sending.wait(90), 0)
                if got.read_bytes() != path.read_bytes():
                    raise Failure("the file is not the same")
                got.unlink()
                path.unlink()
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}") from failure


@story("kill -9 of the sending agent in the middle of a file: once it is back the file goes on by itself and arrives whole")
def agent_dies():
    kill_agents(1, seed_of_this_run(), 60, ["sender"])


@story("kill -9 of either agent at eight random moments: the file goes on by itself and is never wrong", long=True)
def agents_die():
    kill_agents(8, seed_of_this_run(), 200, ["sender", "receiver"])


BLOCK, CHUNK = 16 << 20, 256 << 10


def cut(path, size):
    with open(path, "r+b") as file:
        file.truncate(size)


def lose_power(part, journal, how, dice):
    """What a power loss leaves of the two files; answers how much of the content is still good."""
    there = part.stat().st_size
    at = dice.randrange(there)
    cut(part, at)
    if how == "zeros":  # the length reached the disk, the bytes did not
        cut(part, there)
    text = journal.read_bytes()
    first_line = text.index(b"\n") + 1
    cut(journal, first_line + dice.randrange(len(text) - first_line + 1))
    return at // BLOCK * BLOCK if how == "zeros" else at // CHUNK * CHUNK


def power_losses(kinds, seed):
    dice = random.Random(seed)
    try:
        with World() as w:
            server = w.server()
            ana = server.register("ana")
            sender, receiver = w.agent("sender", server, ana), w.agent("receiver", server, ana)
            for number, how in enumerate(kinds):
                path = w.file(f"file-{number}.bin", 72 << 20, seed=f"{seed} {number}".encode())
                sender.background(f"send-{number}", "send", path, "--to", "receiver", "--limit", "24M")
                part = receiver.downloads / f"{path.name}.part"
                wait_until("more than two blocks are there", lambda: part.exists() and part.stat().st_size > 40 << 20, 60)
                receiver.program.kill()
                good = lose_power(part, receiver.downloads / f"{path.name}.part.journal", how, dice)
                receiver.start()
                if receiver.received(path.name, 90).read_bytes() != path.read_bytes():
                    raise Failure("the file is not the same")
                if good and f"Sending goes on at {good} of " not in sender.program.log():
                    begun = [line for line in sender.program.log().splitlines() if "Sending goes on at" in line]
                    raise Failure(f"{how}: {good} bytes were good; {begun}")
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}") from failure


@story("a power loss that takes the end of a file under way, or leaves zeros there, costs just that")
def power_is_lost():
    power_losses([random.Random(seed_of_this_run()).choice(["short", "zeros"])], seed_of_this_run())


@story("six power losses at random places cost just what they took", long=True)
def power_is_lost_often():
    power_losses(["short", "zeros"] * 3, seed_of_this_run())


def fill(server, ana, room):
    """Writes until the disk is full; answers what was acknowledged and the refusal."""
    kept = []
    for index in range(5000):
        text = f"{index} " + "x" * 15000
        reply = ana.call("POST", f"/api/rooms/{room}/messages", {"text": text, "client_id": str(index)})
        if reply.status == 201:
            kept.append(text)
        elif reply.status == 429:
            time.sleep(0.1)
        else:
            return kept, reply
    raise Failure("the disk never filled up")


@story("a server whose disk is full says so, stays alive for reading, keeps what it acknowledged and recovers")
def full_disk():
    if os.geteuid() != 0:
        raise Skip("needs root: mounts a small tmpfs")
    with World() as w:
        disk = w.folder("disk")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], capture_output=True, text=True,
                                 check=False)
        if mounted.returncode != 0:
            raise Skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
        w.cleanups.append(lambda: subprocess.run(["umount", "-l", str(disk)], check=False))
        server = w.server(args=["--database", f"sqlite:{disk}/mesh.db"])
        ana = server.register("ana")
        room = w.room(ana)["id"]
        (disk / "ballast").write_bytes(b"x" * (2 << 20))
        kept, refusal = fill(server, ana, room)
        same("answer of a full disk", (refusal.status, refusal.code), (503, "busy"))
        if "retry-after" not in refusal.headers:
            raise Failure("no Retry-After")
        if not any(word in server.program.log().lower() for word in ("full", "no space", "disk i/o")):
            raise Failure(f"the log does not name the disk:\n{server.program.tail()}")
        same("reading", ana.call("GET", f"/api/rooms/{room}/messages").status, 200)
        (disk / "ballast").unlink()
        wait_until("writing works again", lambda: ana.call("POST", f"/api/rooms/{room}/messages", {
            "text": "after", "client_id": "after"}).status == 201, 15)
        server.program.kill()
        server.start()
        texts = history(ana, room)
        if missing := [t[:20] for t in (*kept, "after") if t not in texts]:
            raise Failure(f"acknowledged but gone: {missing}")


@story("a file that cannot grow (RLIMIT_FSIZE) is an answer, not the end of the server")
def file_size_limit():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)["id"]
        server.program.stop()
        server.program.argv = ["prlimit", f"--fsize={2 << 20}", *server.program.argv]
        server.start()
        kept, refusal = fill(server, ana, room)
        same("answer", (refusal.status, refusal.code), (503, "busy"))
        if not server.program.running():
            raise Failure(f"the server ended:\n{server.program.tail()}")
        same("reading", ana.call("GET", f"/api/rooms/{room}/messages").status, 200)
        if len(kept) < 10:
            raise Failure(f"only {len(kept)} messages fit")


@story("a clock that jumps a day ahead and back ends no connection, resets no limit, and sign-ins still end by their life")
def clock_jumps():
    with World() as w:
        clock, jump = faked_clock(w)
        server = w.server(env=clock)
        ana = server.register("ana")
        room = w.room(ana)["id"]
        ws = WebSocket(server.port, ana.token)
        ws.hello()

        def still_talks(text):
            ws.send("chat.send", {"room_id": room, "text": text, "client_id": text})
            return ws.expect("chat.message", 10, lambda p: p["client_id"] == text)["payload"]

        def guess():
            return server.api().call("POST", "/api/auth/login", {"username": "ana", "password": "not it"}).status

        first = still_talks("before")
        wait_until("guesses are limited", lambda: guess() == 429, 20)
        jump("+1d")
        ahead = still_talks("a day later")
        if ahead["created_at"][:10] == first["created_at"][:10]:
            raise Failure("the clock did not jump, so this shows nothing")
        same("guessing after the jump", guess(), 429)
        reply = ana.call("GET", "/api/account")
        same("a token of 15 minutes after a day", (reply.status, reply.code), (401, "token_expired"))
        ben = server.register("ben")
        ben.get("/api/account")
        jump("+0")
        back = still_talks("back again")
        same("positions", [m["seq"] for m in (first, ahead, back)], [1, 2, 3])
        same("the token is good again", ana.call("GET", "/api/account").status, 200)
        reply = ben.call("GET", "/api/account")
        same("a token of tomorrow", (reply.status, reply.code), (401, "unauthorized"))
        server.api().login("ben").get("/api/account")
        if not server.program.running():
            raise Failure("the server ended")
