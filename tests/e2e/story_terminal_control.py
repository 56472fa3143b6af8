"""Who types into a shared terminal: one lease at a time, taken back at once, by standing rules without being asked."""
import time

from harness import Failure, WebSocket, World, story, wait_until
from harness.window import Window
from story_accounts import same
from story_terminal import COMMAND, all_watch, ask, join, offered, own, share, two_people, view


def controller(account, name="build"):
    """Whom the server knows at the keyboard."""
    for one in account.get("/api/terminals")["terminals"]:
        if one["name"] == name and "controller" in one:
            return one["controller"]
    return None


@story("two viewers race for the keyboard: each grant has a newer epoch, one of them types, the server says who")
def race():
    with World() as w:
        _, _, laptop, desk, tower, ana, ben, third = all_watch(w)
        ben.type(COMMAND).type("k")
        third.type(COMMAND).type("k")
        wait_until("both have asked", lambda: sorted(own(laptop, "build")["asked"]) == ["ben", "eve"])
        epochs = []
        for name, window, other in (("ben", ben, third), ("eve", third, ben)):
            laptop.command("terminal", "allow", "build", "--viewer", name, check=True)
            wait_until(f"{name} has it", lambda name=name: own(laptop, "build").get("controller") == name)
            lease = wait_until("the server says so", lambda name=name: (c := controller(desk.owner)) and c["username"] == name and c)
            epochs.append(lease["epoch"])
            window.wait_for("YOU HAVE THE KEYBOARD")
            other.type(f"echo stolen''from{name}\r")
            window.type(f"echo by''{name}\r")
            ana.wait_for(f"by{name}")
        same("epochs", epochs, [1, 2])
        if "stolenfrom" in ana.text():
            raise Failure("two people typed at once")


@story("an owner of the room takes the keyboard of somebody else's terminal; a member does not")
def owner_revokes():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        tower = w.agent("tower", server, join(server, room, laptop))
        # Eve, a member, shares; ben looks; ana is the owner of the room.
        shared = Window(tower, "terminal", "share", "--room", room["name"], "--name", "build")
        shared.wait_for("nobody watches")
        ben = Window(desk, "terminal", "view", "tower/build")
        shared.wait_for("watched by ben")
        ask(ben, shared, tower)
        shared.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        session = controller(laptop.owner)["session_id"]
        # A member of the room who neither shares nor looks.
        tom = join(server, room, laptop, "tom")
        socket = WebSocket(server.port, tom.token)
        socket.hello()
        socket.send("terminal.control.revoked", {"session_id": session, "user_id": tom.user["id"]})
        same("a member", socket.expect("system.error")["payload"]["code"], "forbidden")
        same("still his", own(tower, "build")["controller"], "ben")
        laptop.command("terminal", "revoke", "tower/build", check=True)
        ben.wait_for("the keyboard was taken back")
        wait_until("eve's machine let nobody type", lambda: "controller" not in own(tower, "build"))
        same("the server, too", controller(laptop.owner), None)
        ben.type("echo la''te\r")
        shared.type("echo aft''er\r").wait_for("after")
        if "late" in shared.text():
            raise Failure("a viewer typed after the keyboard was taken back")
        # From the owner's page by way of the server and its database to the gate of eve's machine.
        owner = WebSocket(server.port, laptop.owner.token)
        owner.hello()
        taken = []
        for _ in range(3):
            ask(ben, shared, tower)
            tower.command("terminal", "allow", "build", check=True)
            lease = owner.expect("terminal.shared", where=lambda p: "controller" in p)["payload"]["controller"]
            wait_until("ben has it", lambda: own(tower, "build").get("controller") == "ben")
            closed = tower.program.log().count("(revoked)")
            began = time.monotonic()
            owner.send("terminal.control.revoked", {"session_id": lease["session_id"], "user_id": lease["user_id"]})
            while tower.program.log().count("(revoked)") == closed and time.monotonic() < began + 10:
                pass
            taken.append(time.monotonic() - began)
        print(f"  the gate was closed {min(taken) * 1000:.1f} to {max(taken) * 1000:.1f} ms after an owner said so")
        same("nobody to take it from", laptop.command("terminal", "revoke", "tower/build").returncode, 1)


@story("a keyboard that is taken back is closed within milliseconds; what is typed then reaches nobody")
def revoked_at_once():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        taken = []
        for _ in range(5):
            ask(ben, ana, laptop)
            laptop.command("terminal", "allow", check=True)
            wait_until("ben has it", lambda: own(laptop).get("controller") == "ben")
            since, shown = len(ben.raw), len(ana.raw)
            ana.type(COMMAND)
            began = time.monotonic()
            ana.wait_for("watched by ben", since=shown)
            taken.append(time.monotonic() - began)
            ben.wait_for("taken back", since=since)
        print(f"  taken back and painted after {min(taken) * 1000:.0f} to {max(taken) * 1000:.0f} ms "
              "(the status line waits 30 ms for quiet)")
        ben.type("echo la''te\r")
        ana.type("echo aft''er\r").wait_for("after")
        if "late" in ana.text():
            raise Failure("a viewer typed after the keyboard was taken back")


@story("a standing rule lets one person type into one terminal without asking, and says so; nobody else, nowhere else")
def standing_rules():
    with World() as w:
        _, room, laptop, desk, _, ana, ben, third = all_watch(w)
        same("none at first", laptop.json("terminal", "rule", "list")["rules"], [])
        laptop.command("terminal", "rule", "add", "--from", "ben", "--terminal", "build", "--minutes", 3, check=True)
        listed = laptop.command("terminal", "rule", "list", check=True).stdout
        if "ben" not in listed or "build" not in listed:
            raise Failure(f"the rule is not listed: {listed!r}")
        ben.type(COMMAND).type("k")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ana.wait_for("ben HAS THE KEYBOARD")
        ana.wait_for("by a rule")
        same("by a rule", own(laptop, "build")["by_rule"], True)
        ben.type("echo by''ben\r")
        ana.wait_for("byben")
        ana.type(COMMAND)
        ben.wait_for("the keyboard was taken back")
        third.type(COMMAND).type("k")
        ana.wait_for("eve asks for the keyboard")
        laptop.command("terminal", "deny", "build", check=True)
        # It is kept, and one that is removed holds no longer.
        laptop.program.kill()
        laptop.start()
        same("kept", [(r["name"], r["terminal"], r["minutes"]) for r in laptop.json("terminal", "rule", "list")["rules"]],
             [("ben", "build", 3)])
        laptop.command("terminal", "rule", "remove", "--from", "ben", "--terminal", "build", check=True)
        same("removed", laptop.json("terminal", "rule", "list")["rules"], [])
        same("no such rule", laptop.command("terminal", "rule", "remove", "--from", "ben").returncode, 1)


@story("when the viewer with the keyboard, its agent, the server or the sharer's agent is killed, nobody types by surprise")
def killed_with_the_keyboard():
    with World() as w:
        server, _, laptop, desk = two_people(w)
        ana = share(laptop, "--name", "build")

        def hand_over():
            ben = view(desk, "build")
            ben.wait_for("(Ctrl-] for commands)")
            wait_until("ben watches", lambda: own(laptop, "build")["watching"] == ["ben"])
            ask(ben, ana, laptop)
            laptop.command("terminal", "allow", "build", check=True)
            wait_until("ben has it", lambda: own(laptop, "build").get("controller") == "ben")
            return ben
        # While the server is away the lease goes on, nobody new gets one, and the sharer takes it back all the same.
        ben = hand_over()
        server.program.kill()
        ben.type("echo with''out\r")
        ana.wait_for("without")
        ana.type(COMMAND)
        wait_until("taken back", lambda: "controller" not in own(laptop, "build"))
        ben.type("echo la''te\r")
        ana.type("echo aft''er\r").wait_for("after")
        if "late" in ana.text():
            raise Failure("a viewer typed after the keyboard was taken back")
        server.start()
        wait_until("announced again", lambda: offered(laptop.owner), 30)
        # The sharer's agent: its gate is new, and knows nobody.
        ben.type(COMMAND).type("d")
        ben.wait()
        for agent in laptop, desk:
            agent.wait_online()
        ben = hand_over()
        laptop.program.kill()
        laptop.start()
        wait_until("shared again", lambda: own(laptop, "build"), 30)
        same("nobody has it", own(laptop, "build").get("controller"), None)
        wait_until("the server knows nobody either", lambda: controller(laptop.owner) is None)
