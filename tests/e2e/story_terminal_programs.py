"""Shared terminals with real programs in them, over ssh and tmux, recorded, and without their secrets."""
import json
import os
import shutil
import stat
import subprocess

from harness import Failure, Skip, World, story, wait_until
from harness.window import Window
from story_accounts import same
from story_terminal import COMMAND, ask, own, share, two_people, view


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"{program} is not installed")


@story("an editor, a process viewer and tmux are seen by one who comes late, in the midst of them, and typed into")
def full_screen_programs():
    need("vi", "htop", "tmux")
    with World() as w:
        _, _, laptop, desk = two_people(w)
        text = w.tmp / "text"
        text.write_text("".join(f"line {n}\n" for n in range(1, 101)))
        ana = share(laptop)
        ana.type(f"vi {text}; echo edit''ed\r").wait_for("line 20")
        ben = view(desk)
        ben.wait_for("line 20")
        ask(ben, ana, laptop)
        laptop.command("terminal", "allow", check=True)
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ben.type("Gowritten by ben\x1b:wq\r")
        wait_until("it is written", lambda: text.read_text().endswith("written by ben\n"))
        ana.type(COMMAND)
        ben.wait_for("taken back")
        ana.wait_for("edited")
        ana.type("htop; echo look''ed\r").wait_for("Load average")
        ben.type(COMMAND).type("d")
        ben.wait()
        ben = view(desk)
        ben.wait_for("Load average")
        ana.type("q").wait_for("looked")
        socket = w.tmp / "tmux"
        w.cleanups.append(lambda: subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False))
        ana.type(f"tmux -S {socket} -f /dev/null new -s inside\r").wait_for("[inside]")
        ben.wait_for("[inside]")
        ana.type("echo in''tmux\r").wait_for("intmux")
        ben.wait_for("intmux")
        # The size of the sharer's window rules.
        ana.resize(120, 40)
        wait_until("the new size is known", lambda: (own(laptop)["cols"], own(laptop)["rows"]) == (120, 39))
        ana.type("clear; stty size\r").wait_for("38 120")
        ben.wait_for("38 120")


@story("share --attach-tmux shares a session that runs already; share --ssh a shell of another host, whose keys stay here")
def tmux_and_ssh():
    need("tmux", "ssh", "/usr/sbin/sshd")
    with World() as w:
        _, _, laptop, desk = two_people(w)
        env = laptop.env | {"TMUX_TMPDIR": str(w.folder("tmux-sockets")), "TERM": "xterm-256color", "SHELL": "/bin/sh"}
        w.cleanups.append(lambda: subprocess.run(["tmux", "kill-server"], env=env, capture_output=True, check=False))
        subprocess.run(["tmux", "-f", "/dev/null", "new", "-d", "-s", "work", "-x", "80", "-y", "20"], env=env, check=True)
        subprocess.run(["tmux", "send-keys", "-t", "work", "echo wo''rking", "Enter"], env=env, check=True)
        ana = share(laptop, "--attach-tmux", "work", env={"TMUX_TMPDIR": env["TMUX_TMPDIR"]})
        ben = view(desk)
        ben.wait_for("working")
        ana.process.kill()
        ben.wait()
        subprocess.run(["tmux", "has-session", "-t", "=work"], env=env, check=True)

        sshd = Sshd(w)
        ssh = w.folder("bin") / "ssh"  # the real one, with a configuration that is not this user's
        ssh.write_text(f"#!/bin/sh\nexec {shutil.which('ssh')} -F {sshd.config} \"$@\"\n")
        ssh.chmod(0o755)
        ana = share(laptop, "--ssh", "there", "--name", "remote",
                    env={"PATH": f"{ssh.parent}:{os.environ['PATH']}"})
        ana.type("echo conn''ected $SSH_CONNECTION\r").wait_for("connected 127.0.0.1")
        ben = view(desk, "remote")
        ben.wait_for("connected 127.0.0.1")
        ana.type("exit 4\r")
        same("exit code of the share", ana.wait(), 0)
        ana.wait_for("code 4")
        same("no option of ssh", Window(laptop, "terminal", "share", "--ssh", "-oProxyCommand=true").wait(), 2)


class Sshd:
    """A server of this user on a free port of loopback, and a client's configuration for it under the name `there`."""

    def __init__(self, w):
        import getpass
        import pathlib
        from harness import free_port
        from harness.program import Program
        home, port = w.folder("sshd"), free_port()
        home.chmod(0o700)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
        (home / "authorized").write_bytes((home / "user.pub").read_bytes())
        (home / "known").write_text(f"[127.0.0.1]:{port} {(home / 'host.pub').read_text()}")
        (home / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nPidFile none\nUsePAM no\nAuthorizedKeysFile {home}/authorized\n"
            "PasswordAuthentication no\nStrictModes no\nPermitRootLogin prohibit-password\n")
        self.config = home / "client_config"
        self.config.write_text(
            f"Host there\nHostName 127.0.0.1\nPort {port}\nUser {getpass.getuser()}\nIdentityFile {home}/user\nIdentitiesOnly yes\n"
            f"UserKnownHostsFile {home}/known\nStrictHostKeyChecking yes\nBatchMode yes\n")
        if getpass.getuser() == "root":
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd shuts its unprivileged half in
        program = Program("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", home / "sshd_config"], dict(os.environ), home / "log")
        w.programs.append(program)
        program.wait_for("Server listening")


@story("secrets become stars before they leave the machine, and are counted; the sharer may show them")
def masked():
    with World() as w:
        server, _, laptop, desk = two_people(w)
        with laptop.config.open("a") as config:
            config.write('terminal_masks = "ACME_*"\n')
        laptop.restart()
        secret = w.tmp / "secrets"
        secret.write_text("DB_PASSWORD=hunter2hunter2\nghp_0123456789abcdef\nACME_77777 plain\n-----BEGIN PRIVATE KEY-----\n"
                          "MC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n")
        ana = share(laptop)
        ben = view(desk)
        ana.wait_for("watched by ben")
        ana.type(f"cat {secret}; echo do''ne\r").wait_for("done")
        ben.wait_for("done")
        for part in ("hunter2", "0123456789", "77777", "MC4C"):
            if part in ben.text():
                raise Failure(f"{part} reached the viewer")
            if part not in ana.text():
                raise Failure(f"{part} is hidden from its owner")
        ben.wait_for("DB_PASSWORD=**************")
        ben.wait_for("ACME_***** plain")
        ana.wait_for("4 secrets hidden")
        # Nor by coming late.
        ben.type(COMMAND).type("d")
        ben.wait()
        late = view(desk)
        late.wait_for("done")
        if "hunter2" in late.text():
            raise Failure("a late viewer got a secret")
        same("counted", own(laptop)["masked"], 4)
        laptop.command("terminal", "unmask", check=True)
        ana.type("echo ghp''_visible\r").wait_for("ghp_visible")
        late.wait_for("ghp_visible")


@story("a recording is for its owner alone, viewers are told, authors are marked, and asciinema and replay play it")
def recorded():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        ana = share(laptop, "--record", "--name", "build")
        ana.wait_for("RECORDED")
        ben = view(desk, "build")
        ben.wait_for("RECORDED")
        ask(ben, ana, laptop)
        laptop.command("terminal", "allow", "build", check=True)
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ben.type("echo by''ben\r")
        ana.wait_for("byben")
        ana.type(COMMAND)
        ben.wait_for("taken back")
        since = len(ben.raw)
        laptop.command("terminal", "record", "build", "--stop", check=True)
        wait_until("ben reads that it is over", lambda: "RECORDED" not in ben.text(since) and len(ben.raw) > since)
        ana.type("echo un''recorded\r").wait_for("unrecorded")
        (file,) = (laptop.state / "recordings").iterdir()
        same("mode", stat.S_IMODE(file.stat().st_mode), 0o600)
        same("mode of its folder", stat.S_IMODE(file.parent.stat().st_mode), 0o700)
        header, *events = [json.loads(line) for line in file.read_text().splitlines()]
        same("header", (header["version"], header["title"]), (2, "build"))
        same("authors", [text for _, kind, text in events if kind == "m"], ["ben types", "ana types"])
        heard = "".join(text for _, kind, text in events if kind == "o")
        if "byben" not in heard or "unrecorded" in heard:
            raise Failure(f"the recording holds something else: {heard!r}")
        replay = Window(laptop, "terminal", "replay", file, "--speed", 64, "--seek", 0)
        replay.wait_for("byben")
        replay.wait_for("end")
        replay.type("q")
        same("exit code of replay", replay.wait(), 0)
        if shutil.which("asciinema") is None:
            print("  asciinema is not installed: it did not play the recording")
            return
        # It wants a terminal, which script makes.
        played = subprocess.run(["script", "-qec", f"asciinema play -s 64 {file}", "/dev/null"], capture_output=True, text=True,
                                check=True, stdin=subprocess.DEVNULL, env=laptop.env)
        if "byben" not in played.stdout:
            raise Failure(f"asciinema plays something else: {played.stdout!r}")


@story("a terminal that was shared without a window is found again by its name, seen and typed into, and goes on after")
def detached_and_attached():
    with World() as w:
        _, _, laptop, desk = two_people(w)
        laptop.command("terminal", "share", "--detach", "--name", "work", check=True)
        wait_until("it is shared", lambda: own(laptop, "work"))
        first = Window(laptop, "terminal", "attach", "work")
        first.wait_for("nobody watches")
        first.type("echo fi''rst\r").wait_for("first")
        first.type(COMMAND).type("d")
        same("exit code", first.wait(), 0)
        tower = w.agent("tower", desk.server, laptop.owner)
        there = Window(tower, "terminal", "view", "laptop/work")
        there.wait_for("first")
        older = Window(laptop, "terminal", "attach", "work")
        older.wait_for("first")
        again = Window(laptop, "terminal", "attach", "work")
        again.wait_for("first")
        same("one window at a time", older.wait(), 0)
        again.type("echo sec''ond; exit\r")
        there.wait_for("second")
        same("it ends with the shell", again.wait(), 0)
        wait_until("it is gone", lambda: not own(laptop, "work"))


@story("a window that the sharer opens on a terminal without one shows who watches and asks; one key takes the keyboard back, one hides")
def attached_sharer():
    with World() as w:
        _, room, laptop, desk = two_people(w)
        laptop.command("terminal", "share", "--room", room["name"], "--detach", "--name", "work", check=True)
        wait_until("it is shared", lambda: own(laptop, "work"))
        ana = Window(laptop, "terminal", "attach", "work")
        ana.wait_for("nobody watches")
        ben = Window(desk, "terminal", "view", "laptop/work")
        ana.wait_for("watched by ben")
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("a")
        ben.wait_for("YOU HAVE THE KEYBOARD")
        ana.wait_for("ben HAS THE KEYBOARD")
        ben.type("echo by''ben\r")
        ana.wait_for("byben")
        ana.type(COMMAND)
        ben.wait_for("the keyboard was taken back")
        wait_until("nobody has it", lambda: "controller" not in own(laptop, "work"))
        ask(ben, ana, laptop)
        ana.type(COMMAND).type("n")
        wait_until("it is refused", lambda: own(laptop, "work")["asked"] == [])
        ben.type(COMMAND).type("s").type("echo adv''ice\r")
        ana.wait_for("ben suggests")
        if "advice" in ana.text():
            raise Failure("it ran by itself")
        ana.type(COMMAND).type("\r")
        ben.wait_for("advice")
        ana.type(COMMAND).type("h").wait_for("HIDDEN")
        ben.wait_for("is hidden by its owner")
        ana.type(COMMAND).type("h")
        wait_until("it is seen again", lambda: not own(laptop, "work")["hidden"])
        # The size of her window, when she wants it.
        ana.resize(90, 31)
        ana.type(COMMAND).type("z")
        wait_until("it is as large as her window", lambda: (own(laptop, "work")["cols"], own(laptop, "work")["rows"]) == (90, 30))
        ana.type("exit\r")
        same("it ends with the shell", ana.wait(), 0)
