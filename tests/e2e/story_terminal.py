"""Terminals shared like a microphone: seen by those who were asked, typed into by who was allowed, as long as that lasts."""
import json
import os
import signal

from harness import Failure, WebSocket, World, story, wait_until
from harness.window import Window
from story_accounts import same

COMMAND = "\x1d"  # Ctrl-]


def two_people(w):
    server = w.server()
    ana, ben = server.register("ana"), server.register("ben")
    room = w.room(ana, ben)
    return server, room, w.agent("laptop", server, ana), w.agent("desk", server, ben)


def join(server, room, laptop, name="eve"):
    """One more person, a member of the room."""
    person = server.register(name)
    laptop.owner.post(f"/api/rooms/{room['id']}/members", {"username": name}, 200)
    return person


def all_watch(w):
    """Ana shares with the room; ben and eve look."""
    server, room, laptop, desk = two_people(w)
    tower = w.agent("tower", server, join(server, room, laptop))
    ana = Window(laptop, "terminal", "share", "--room", room["name"], "--name", "build")
    ana.wait_for("nobody watches")
    ben, third = (Window(of, "terminal", "view", "laptop/build") for of in (desk, tower))
    wait_until("both watch", lambda: sorted(own(laptop, "build")["watching"]) == ["ben", "eve"])
    return server, room, laptop, desk, tower, ana, ben, third


def seen(agent):
    return agent.json("terminal", "list")["seen"]


def own(agent, name="terminal"):
    """What the sharer's agent says of it."""
    for one in agent.json("terminal", "list")["shared"]:
        if one["name"] == name:
            return one
    return {}


def share(agent, *more, **window):
    shown = Window(agent, "terminal", "share", "--to", "desk", *more, **window)
    shown.wait_for("nobody watches")
    return shown


def view(agent, name="terminal", **window):
    shown = Window(agent, "terminal", "view", name, **window)
    return shown


def ask(viewer, sharer, agent):
    """A window keeps what it showed, also of an earlier request: only the sharer's agent knows of this one."""
    viewer.type(COMMAND).type("k")
    wait_until("ben's request has come",
               lambda: ["ben"] in [t["asked"] for t in agent.json("terminal", "list")["shared"]])
    sharer.wait_for("ben asks for the keyboard")


@story("a terminal is seen by the one it is shared with, who joins late, asks, is allowed, types, and loses the keyboard at once")
def view_ask_allow_type_revoke():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop, "--name", "build")
        ana.type("echo be''fore; seq 1 60\r").wait_for("60")
        wait_until("ben's machine knows of it", lambda: [t["name"] for t in seen(desk)] == ["build"])
        ben = view(desk, "build")
        ben.wait_for("60")
        ana.wait_for("watched by ben")
        # What left the screen before he came is there, too.
        since = len(ben.raw)
        for _ in range(4):
            ben.type("\x1b[5~")
        ben.wait_for("before", since=since)
        ben.type("\x1b[F")
        # Without the keyboard nothing of what he types gets there.
        ben.type("echo sto''len\r")
        ana.type("echo ma''rk\r").wait_for("mark")
        ben.wait_for("mark")
        if "stolen" in ana.text():
            raise Failure("a viewer typed without the keyboard")
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ana.wait_for("ben HAS THE KEYBOARD")
        ben.type("echo ty''ped by bén, 漢''字\r")
        for window in (ana, ben):
            window.wait_for("typed by bén, 漢字")
        ana.type(COMMAND)  # while somebody has the keyboard, this takes it back
        ben.wait_for("the keyboard was taken back")
        ben.type("echo la''te\r")
        ana.type("echo aft''er\r").wait_for("after")
        ben.wait_for("after")
        if "late" in ana.text():
            raise Failure("a viewer typed after the keyboard was taken back")
        ben.type(COMMAND).type("d")
        same("exit code of the view", ben.wait(), 0)
        ana.wait_for("nobody watches", since=len(ana.raw) - 200)
        ana.type("exit 3\r")
        same("exit code of the share", ana.wait(), 0)
        ana.wait_for("code 3")
        wait_until("it is gone at ben's", lambda: seen(desk) == [])


@story("share-terminal with the flags of the contract shares over a session that the server gave, and ends with its shell")
def share_terminal_with_flags():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        made = laptop.owner.post("/api/p2p/sessions", {"kind": "terminal", "target_device_id": "desk",
                                                      "initiator_device_id": "laptop"})
        peer = made["endpoints"]["target"]
        ana = Window(laptop, "share-terminal", "--session-id", made["session_id"], "--peer-addr",
                     f"{peer['ip']}:{peer['port']}", "--token", made["session_token"], "--cols", 60, "--rows", 12)
        wait_until("it is seen", lambda: [(t["name"], t["cols"], t["rows"]) for t in seen(desk)] == [("terminal", 60, 12)])
        ana.type("stty size; tty\r").wait_for("12 60")
        ben = view(desk)
        ben.wait_for("12 60")
        ana.type("exit\r")
        same("exit code", ana.wait(), 0)
        ben.wait_for("the terminal has ended with code 0")
        same("exit code of the view", ben.wait(), 0)


@story("behind the curtain nothing is seen, and one line is one line")
def curtain_and_one_line():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        ana.type(COMMAND).type("h").wait_for("HIDDEN")
        ben.wait_for("is hidden by its owner")
        ana.type("echo pass''word; clear; echo cle''ared\r").wait_for("cleared")
        own(laptop)  # by then the agent has it, too: the window tells it of keys by another way
        ana.type(COMMAND).type("h")
        ana.type("echo op''en\r")
        ben.wait_for("open")
        if "password" in ben.text():
            raise Failure("what happened behind the curtain was seen")
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("o")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ben.type("echo fi''rst\recho sec''ond\r")
        ana.wait_for("first")
        wait_until("the lease is over", lambda: "controller" not in own(laptop))
        ana.type("echo th''ird\r").wait_for("third")
        if "second" in ana.text():
            raise Failure("more than one line was typed")


@story("from another window the sharer allows, denies and revokes")
def from_another_window():
    with World() as w:
        _, room, laptop, desk = two_people(w)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        ask(ben, ana, laptop)
        laptop.command("terminal", "deny", check=True)
        ben.wait_for("refused")
        ask(ben, ana, laptop)
        laptop.command("terminal", "allow", "terminal", "--minutes", 2, check=True)
        ben.wait_for("YOU HAVE THE KEYBOARD")
        same("who types", own(laptop)["controller"], "ben")
        laptop.command("terminal", "revoke", check=True)
        ben.wait_for("the keyboard was taken back")
        nobody = laptop.command("terminal", "allow")
        same("nobody asked", nobody.returncode, 1)
        if "nobody asked for the keyboard" not in nobody.stderr or "by that name" in nobody.stderr:
            raise Failure(f"not the cause: {nobody.stderr}")
        same("no such terminal", laptop.command("terminal", "revoke", "other").returncode, 1)


@story("a viewer that dies loses the keyboard; a sharer that dies ends the terminal and its shell")
def killed_parties():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        pid_file = w.tmp / "pid"
        ana = share(laptop)
        ana.type(f"echo $$ > {pid_file}\r")
        shell = int(wait_until("the shell wrote its pid", lambda: pid_file.exists() and pid_file.read_text().strip()))
        ben = view(desk)
        ana.wait_for("watched by ben")
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ben.process.send_signal(signal.SIGKILL)
        wait_until("nobody else has the keyboard", lambda: "controller" not in own(laptop))
        desk.program.kill()
        wait_until("nobody watches", lambda: own(laptop)["watching"] == [])
        ana.type("echo ali''ve\r").wait_for("alive")
        desk.start()
        ana.process.send_signal(signal.SIGKILL)
        wait_until("the shell has ended", lambda: not os.path.exists(f"/proc/{shell}"))
        wait_until("it is not shared any more", lambda: laptop.json("terminal", "list")["shared"] == [])
        ana.process.wait()
        share(laptop)
        same("sockets of killed windows", len(list(laptop.state.glob("window-*"))), 1)


@story("output without end neither slows the shell for a viewer who stands still nor fills anybody's memory")
def endless_output():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        ben.process.send_signal(signal.SIGSTOP)

        def memory(program):
            with open(f"/proc/{program.pid}/status", encoding="ascii") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        before = memory(laptop.program), memory(desk.program)
        ana.type("head -c 6000000 /dev/urandom | base64; echo do''ne\r")
        ana.wait_for("done", seconds=60)
        after = memory(laptop.program), memory(desk.program)
        for name, then, now in zip(("sharer", "viewer"), before, after):
            if now - then > 64 * 1024:
                raise Failure(f"the {name}'s agent grew from {then} to {now} KiB")
        ben.process.send_signal(signal.SIGCONT)
        ben.wait_for("done", seconds=30)


@story("terminal commands say what is missing: no terminal, no such name, nobody there")
def what_is_missing():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        for argv, code in ((("terminal", "view", "build"), "not_a_terminal"), (("terminal", "revoke"), "terminal_unknown")):
            done = laptop.command(*argv)
            if done.returncode == 0 or not done.stderr:
                raise Failure(f"{argv} ({code}): exit code {done.returncode} {done.stderr!r}")
        same("nothing shared", json.loads(laptop.command("terminal", "list", "--json", check=True).stdout),
             {"shared": [], "seen": [], "offered": []})
        gone = Window(laptop, "terminal", "view", "build")
        gone.wait_for("No such terminal is shared")
        desk.program.stop()
        alone = Window(laptop, "terminal", "share", "--to", "desk")
        if alone.wait() == 0:
            raise Failure("a terminal was shared with nobody")


@story("a made-up grant, and what others say in a viewer's name, move nothing")
def made_up_grants():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        eve = join(server, room, laptop)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        session = laptop.owner.get("/api/p2p/sessions")["sessions"][0]["session_id"]
        ben_id = desk.owner.user["id"]
        socket = WebSocket(server.port, eve.token)
        socket.hello()
        for what in ("request", "granted", "denied", "revoked"):
            socket.send(f"terminal.control.{what}", {"session_id": session, "user_id": ben_id, "name": "terminal",
                                                     "epoch": 1}, to="device:laptop")
            same(what, socket.expect("system.error")["payload"]["code"], "forbidden")
        same("nobody asked", own(laptop)["asked"], [])
        same("nobody has it", own(laptop).get("controller"), None)
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")


@story("a person sees the terminals of their own other machine without being asked, and nobody else's")
def own_other_machine():
    with World() as w:
        server, _, laptop, desk = two_people(w)
        tower = w.agent("tower", server, laptop.owner)
        ana = Window(laptop, "terminal", "share", "--name", "build")
        ana.wait_for("nobody watches")
        ana.type("echo he''re\r").wait_for("here")
        there = Window(tower, "terminal", "view")  # the only one needs no name
        there.wait_for("here")
        ana.wait_for("watched by ana")
        other = Window(desk, "terminal", "view", "laptop/build")
        other.wait_for("No such terminal is shared")
        there.type(COMMAND).type("d")
        same("exit code", there.wait(), 0)
        wait_until("nobody watches", lambda: own(laptop, "build")["watching"] == [])


@story("a terminal that is shared with a room is seen by several of its people at once, and one of them types at a time")
def several_viewers():
    with World() as w:
        _, _, laptop, _, _, ana, ben, third = all_watch(w)
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        third.wait_for("ben types")
        third.type("echo sto''len\r").type(COMMAND).type("k")
        ana.wait_for("eve asks for the keyboard")
        laptop.command("terminal", "allow", "build", "--viewer", "eve", check=True)
        third.wait_for("YOU HAVE THE KEYBOARD")
        ben.wait_for("the keyboard was taken back")
        ben.type("echo la''te\r")
        third.type("echo by''eve\r")
        for window in (ana, ben, third):
            window.wait_for("byeve")
        if "late" in ana.text() or "stolen" in ana.text():
            raise Failure("two people typed at once")


@story("a viewer suggests a line; it runs when the sharer says so, and not otherwise")
def suggest():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        ben.type(COMMAND).type("s").type("echo sug''gested\r")
        ana.wait_for("ben suggests: echo sug''gested")
        since = len(ana.raw)
        ana.type(COMMAND).type("x").wait_for("watched by ben", since=since)
        ben.type(COMMAND).type("s").type("echo ta''ken\r")
        ana.wait_for("ben suggests: echo ta''ken")
        ana.type(COMMAND).type("\r").wait_for("taken")
        ben.wait_for("taken")
        if "suggested" in ana.text().replace("sug''gested", ""):
            raise Failure("what was dropped ran all the same")


@story("the shell lives on when the sharer's agent dies, and is shared again once the agent is back, with what was on the screen")
def agent_dies():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop, "--name", "build")
        ana.type("echo be''fore\r").wait_for("before")
        laptop.program.kill()
        ana.wait_for("not shared")
        ana.type("echo alo''ne\r").wait_for("alone")
        laptop.start()
        wait_until("it is shared again", lambda: own(laptop, "build") and seen(desk), 30)
        ben = view(desk, "build")
        ben.wait_for("before")
        ben.wait_for("alone")
        ana.type("exit\r")
        same("exit code", ana.wait(), 0)


@story("a full-screen program is seen as it is by one who comes late, and leaves the shell's screen behind")
def full_screen():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        lines = w.tmp / "lines"
        lines.write_text("".join(f"line {n}\n" for n in range(1, 500)))
        ana = share(laptop)
        ana.type("echo she''ll\r").wait_for("shell")
        ana.type(f"less {lines}; echo le''ft\r").wait_for("line 20")
        ben = view(desk)
        ben.wait_for("line 20")
        if "shell" in ben.text():
            raise Failure("the viewer sees behind the full-screen program")
        ana.type("G")
        ben.wait_for("line 499")
        ana.type("q").wait_for("left")  # what is typed before, less throws away
        ben.wait_for("shell")
        ana.resize(70, 20)
        wait_until("the new size is known", lambda: (own(laptop)["cols"], own(laptop)["rows"]) == (70, 19))
        ana.type("stty size\r").wait_for("19 70")
        ben.wait_for("19 70")


def offered(account):
    return [(t["device_id"], t["username"], t["name"], t["cols"], t["rows"])
            for t in account.get("/api/terminals")["terminals"]]


@story("people of the room hear of a terminal, find it later, and hear of its end; when its machine vanishes, too")
def announced():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        eve = server.register("eve")
        page, stranger = WebSocket(server.port, desk.owner.token), WebSocket(server.port, eve.token)
        page.hello()
        stranger.hello()

        def hear(name, ended):
            told = page.expect("terminal.shared", where=lambda p: (p["name"], p["ended"]) == (name, ended))["payload"]
            same("whose it is", (told["device_id"], told["username"]), ("laptop", "ana"))
            return told
        build = Window(laptop, "terminal", "share", "--room", room["name"], "--name", "build", "--cols", 60, "--rows", 12)
        told = hear("build", False)
        same("its size and room", (told["cols"], told["rows"], told["room_id"]), (60, 12, room["id"]))
        own_only = Window(laptop, "terminal", "share", "--name", "mine", "--cols", 60, "--rows", 12)
        wait_until("ana's other devices know both", lambda: len(offered(laptop.owner)) == 2)
        same("ben finds one", offered(desk.owner), [("laptop", "ana", "build", 60, 12)])
        same("eve finds none", offered(eve), [])
        if "laptop (ana)" not in desk.command("terminal", "list", check=True).stdout:
            raise Failure("terminal list does not show it")
        ben = view(desk, "build")
        build.wait_for("watched by ben")
        laptop.program.kill()
        hear("build", True)
        same("nothing is left", offered(desk.owner), [])
        laptop.start()
        hear("build", False)
        build.type("exit\r")
        same("exit code", build.wait(), 0)
        hear("build", True)
        own_only.type("exit\r")
        own_only.wait()
        ben.wait()
        for socket in page, stranger:  # whatever was sent before has come before this answer
            socket.send("no.event")
            socket.expect("system.error")
        heard = [e["payload"]["name"] for e in page.pending + stranger.pending if e["type"] == "terminal.shared"]
        same("nobody heard of what they may not see", [name for name in heard if name != "build"], [])
        same("the stranger heard nothing", [e for e in stranger.pending if e["type"] == "terminal.shared"], [])


@story("what is shared with one person is found by that person's other machines and pages, and by nobody else of the room")
def one_person():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        eve = server.register("eve")
        laptop.owner.post(f"/api/rooms/{room['id']}/members", {"username": "eve"}, 200)
        tower, other = w.agent("tower", server, desk.owner), w.agent("other", server, eve)
        page, stranger = WebSocket(server.port, desk.owner.token), WebSocket(server.port, eve.token)
        page.hello()
        stranger.hello()
        ana = share(laptop, "--name", "build")
        told = page.expect("terminal.shared", where=lambda p: p["name"] == "build")["payload"]
        same("for whom", (told["room_id"], told["to_user_id"]), (room["id"], desk.owner.user["id"]))
        same("ben finds it", offered(desk.owner), [("laptop", "ana", "build", 100, 29)])
        same("eve does not", offered(eve), [])
        if "laptop (ana)" not in tower.command("terminal", "list", check=True).stdout:
            raise Failure("terminal list of the other machine does not show it")
        ana.type("echo he''re\r").wait_for("here")
        there = Window(tower, "terminal", "view")  # the only one needs no name
        there.wait_for("here")
        ana.wait_for("watched by ben")
        stolen = Window(other, "terminal", "view", "laptop/build")
        stolen.wait_for("No such terminal is shared")
        ana.type("exit\r")
        same("exit code", ana.wait(), 0)
        page.expect("terminal.shared", where=lambda p: p["name"] == "build" and p["ended"])
        stranger.send("no.event")
        stranger.expect("system.error")
        same("the stranger heard nothing", [e for e in stranger.pending if e["type"] == "terminal.shared"], [])
