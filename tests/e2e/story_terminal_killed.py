"""kill -9 of everybody who takes part in a shared terminal, while it is watched, asked for, allowed and typed into: the shell
lives on or ends as docs/AGENT.md says, the lease is over, and nobody keeps the keyboard."""
import os
import signal

from harness import Failure, World, story, wait_until
from story_accounts import same
from story_terminal import COMMAND, ask, own, seen, share, two_people, view
from story_terminal_control import controller

STEPS = ("watching", "asked", "allowed", "typing")


class Scene:
    """Ana shares build with ben's machine; what she types has its own mark each time."""

    def __init__(self, w):
        self.w = w
        self.server, _, self.laptop, self.desk = two_people(w)
        self.marks = 0
        self.ben = None
        self.share()

    def share(self):
        pid = self.w.tmp / "pid"
        pid.unlink(missing_ok=True)
        self.ana = share(self.laptop, "--name", "build")
        self.ana.type(f"echo $$ > {pid}\r")
        self.shell = int(wait_until("the shell wrote its pid", lambda: pid.exists() and pid.read_text().strip()))

    def kill_windows(self, whose, then):
        """kill -9 of this window at each step, and what must follow; in the end the keyboard goes round once more."""
        for step in STEPS:
            self.reach(step)
            window = getattr(self, whose)
            window.process.send_signal(signal.SIGKILL)
            window.process.wait()
            then(step)
        self.works()

    def shell_lives(self):
        return os.path.exists(f"/proc/{self.shell}")

    def type(self, window):
        """A line of this window, until ana sees what it printed."""
        self.marks += 1
        window.type(f"\x15echo ma''rk{self.marks}.\r")
        self.ana.wait_for(f"mark{self.marks}.")

    def reach(self, step):
        """Ben looks, and goes as far as this step."""
        wait_until("it is known at ben's", lambda: "build" in [t["name"] for t in seen(self.desk)], 30)
        self.ben = view(self.desk, "build")
        wait_until("ben watches", lambda: own(self.laptop, "build").get("watching") == ["ben"])
        if step == "watching":
            return
        ask(self.ben, self.ana, self.laptop)
        if step == "asked":
            return
        self.laptop.command("terminal", "allow", "build", check=True)
        wait_until("ben has it", lambda: own(self.laptop, "build").get("controller") == "ben")
        wait_until("the server says so", lambda: (controller(self.laptop.owner) or {}).get("username") == "ben")
        self.ben.wait_for("YOU HAVE THE KEYBOARD")
        if step == "typing":
            self.type(self.ben)
            self.ben.type("half a li")
            self.ana.wait_for("half a li")

    def leave(self):
        """Ben's window is closed, in whatever state it is."""
        self.ben.close()
        wait_until("nobody watches", lambda: own(self.laptop, "build").get("watching") == [], 30)

    def nobody_has_it(self, seconds=10):
        wait_until("nobody has the keyboard, and nobody asks for it",
                   lambda: (t := own(self.laptop, "build")) and "controller" not in t and not t["asked"], seconds)
        wait_until("the server knows nobody either", lambda: controller(self.laptop.owner) is None, seconds)

    def ben_types_nothing(self):
        """Whatever his window still sends."""
        dropped = self.marks
        self.ben.type(f"echo la''te{dropped}\r")
        self.type(self.ana)
        if f"late{dropped}" in self.ana.text():
            raise Failure("a viewer typed without the keyboard")

    def works(self):
        """Everybody is back: the keyboard goes round once more."""
        self.reach("typing")
        self.ana.type(COMMAND)
        self.nobody_has_it()
        self.ben_types_nothing()
        self.leave()


@story("kill -9 of the sharer's window at each step: its shell ends with it, the viewer is told, and the lease is over")
def sharers_window():
    with World() as w:
        s = Scene(w)

        def told(step):
            wait_until(f"{step}: the shell has ended", lambda: not s.shell_lives())
            wait_until(f"{step}: it is not shared any more", lambda: s.laptop.json("terminal", "list")["shared"] == [])
            s.ben.wait_for("the terminal was ended by signal")
            same(f"{step}: exit code of the view", s.ben.wait(), 0)
            wait_until(f"{step}: the server knows nobody", lambda: controller(s.laptop.owner) is None)
            s.share()

        s.kill_windows("ana", told)


@story("kill -9 of the sharer's agent at each step: the shell lives, is shared again, and nobody has its keyboard", long=True)
def sharers_agent():
    with World() as w:
        s = Scene(w)
        for step in STEPS:
            s.reach(step)
            s.laptop.program.kill()
            s.ana.wait_for("not shared", since=len(s.ana.raw) - 400)
            s.ben.type("\recho un''shared\r")  # reaches nobody: there is no gate to pass
            s.type(s.ana)
            s.laptop.start()
            wait_until(f"{step}: it is shared again", lambda: own(s.laptop, "build"), 30)
            s.nobody_has_it()
            if "unshared" in s.ana.text() or not s.shell_lives():
                raise Failure(f"{step}: a viewer typed without a gate, or the shell is gone")
            s.ben.close()
        s.works()


@story("kill -9 of the viewer's window at each step: its ask and its keyboard go with it, the shell does not")
def viewers_window():
    with World() as w:
        s = Scene(w)

        def gone(step):
            wait_until(f"{step}: nobody watches", lambda: own(s.laptop, "build")["watching"] == [])
            s.nobody_has_it()
            # What was asked for is not given to a machine where nobody looks.
            same(f"{step}: nobody to allow", s.laptop.command("terminal", "allow", "build").returncode, 1)
            s.type(s.ana)

        s.kill_windows("ben", gone)


@story("kill -9 of the viewer's agent at each step: it loses its keyboard and its ask, the shell lives", long=True)
def viewers_agent():
    with World() as w:
        s = Scene(w)
        for step in STEPS:
            s.reach(step)
            s.desk.program.kill()
            # A connection without a sign of life is given up after 30 s, a keyboard after 15.
            s.nobody_has_it(60)
            wait_until(f"{step}: nobody watches", lambda: own(s.laptop, "build")["watching"] == [], 60)
            s.type(s.ana)
            s.ben.close()
            s.desk.start()
            # The stream to the dead agent went with it.
            s.ana.type("exit\r")
            s.ana.wait()
            s.share()
        s.works()


@story("kill -9 of the server at each step: a lease goes on until its sharer takes it, no new one begins, the shell lives", long=True)
def the_server():
    with World() as w:
        s = Scene(w)
        for step in STEPS:
            s.reach(step)
            s.server.program.kill()
            if step in ("allowed", "typing"):
                s.type(s.ben)
                s.ana.type(COMMAND)  # heard by the gate, server or not
            else:
                s.ben.type(COMMAND).type("k")
                # Whoever asked, or asks now: nobody gets it without an epoch.
                if s.laptop.command("terminal", "allow", "build").returncode == 0:
                    raise Failure(f"{step}: the keyboard was given without a server")
            wait_until(f"{step}: nobody has it", lambda: "controller" not in own(s.laptop, "build"))
            s.ben_types_nothing()
            s.server.start()
            for agent in s.laptop, s.desk:
                agent.wait_online(seconds=30)
            s.leave()
            s.nobody_has_it(30)
        s.works()
