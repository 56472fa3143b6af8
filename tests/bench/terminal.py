"""a shared terminal: what sharing adds to a key's echo, output of a program to a viewer, joining late, eight viewers; beside ssh + tmux"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import measure
import peers
from harness import Failure, Link, World, wait_until
from harness.window import Window
from harness.world import BIN

KEYS = 200
OUTPUT_BYTES = 50_000_000
LINES = 10_000
VIEWERS = 8
SLOW_ROUND_TRIP_MS = 200
SLOW_KEYS = 40
UNDERLINED = b"\x1b[4m"  # foreseen
SLOW_PACE_SECONDS = 1.5 * SLOW_ROUND_TRIP_MS / 1000  # of the typing that is measured


class Screen:
    """A program in a pseudo terminal whose output is read at once, by the one who waits for it."""

    def __init__(self, argv, env):
        pid, self.fd = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 100, 0, 0))
            os.execvpe(str(argv[0]), [str(a) for a in argv], env)
        self.pid, self.seen = pid, b""

    def until(self, mark, seconds=60):
        """Answers what was painted before it, as far as that is kept."""
        end = time.perf_counter() + seconds
        while mark not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(end - time.perf_counter(), 0))
            if not ready:
                raise Failure(f"{mark!r} did not come; shown last: {self.seen[-400:]!r}")
            self.seen = self.seen[-4096:] + os.read(self.fd, 65536)
        before, self.seen = self.seen.split(mark, 1)
        return before

    def until_quiet(self):
        """Nothing more is painted: there is no mark for an empty line."""
        while select.select([self.fd], [], [], 0.1)[0]:
            os.read(self.fd, 65536)
        self.seen = b""

    def type(self, text):
        os.write(self.fd, text)

    def close(self):
        try:
            os.close(self.fd)
            os.kill(self.pid, 9)
        except OSError:
            pass
        os.waitpid(self.pid, 0)


def echo_ms(screen):
    """From a key to its echo, into cat: one letter at a time, each a letter that is not on the screen yet in this line."""
    taken = []
    for n in range(KEYS):
        letter = b"abcdefghijklmnopqrstuvwxyz"[n % 26:n % 26 + 1]
        if n % 26 == 0:
            screen.type(b"\x15")  # the line is empty again
            screen.until_quiet()
        screen.seen = b""
        began = time.perf_counter()
        screen.type(letter)
        screen.until(letter)
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(0.03)  # as fast as a hand can, slower than a window is painted
    return taken


def p(values, share):
    return round(sorted(values)[int(len(values) * share)], 2)


def environment(agent):
    return agent.env | {"TERM": "xterm-256color", "SHELL": "/bin/sh", "PS1": "$ ", "PATH": os.environ["PATH"]}


def world(w, viewers):
    server = w.server()
    ana = server.register("ana")
    laptop = w.agent("laptop", server, ana)
    return laptop, [w.agent(f"desk{n}", server, ana) for n in range(viewers)]


def mesh_figures(w):
    laptop, (desk,) = world(w, 1)
    env = environment(laptop)
    alone = Screen(["/bin/sh", "-c", "cat"], env)
    local = echo_ms(alone)
    alone.close()
    share = Window(laptop, "terminal", "share", "--name", "bench", "--no-mask")
    share.wait_for("nobody watches")
    viewer = Screen([BIN / "mesh-agent", "terminal", "view", "laptop/bench"], environment(desk))
    share.wait_for("watched by ana")
    viewer.type(b"\x1dk")
    wait_until("asked", lambda: laptop.json("terminal", "list")["shared"][0]["asked"])
    laptop.command("terminal", "allow", "bench", "--minutes", 30, check=True)
    viewer.until(b"YOU HAVE THE KEYBOARD")
    viewer.type(b"echo ca''ught; exec cat\r")
    viewer.until(b"caught")
    with_mesh = echo_ms(viewer)
    viewer.close()
    share.close()
    figures = {"local_echo_p50_ms": p(local, 0.5), "mesh_echo_p50_ms": p(with_mesh, 0.5), "mesh_echo_p95_ms": p(with_mesh, 0.95),
               "mesh_echo_added_p50_ms": round(p(with_mesh, 0.5) - p(local, 0.5), 2)}

    file = w.tmp / "output"
    file.write_bytes((b"x" * 79 + b"\n") * (OUTPUT_BYTES // 80))
    wait_until("the first one is gone", lambda: not laptop.json("terminal", "list")["shared"])
    share = Window(laptop, "terminal", "share", "--name", "bench")
    share.wait_for("nobody watches")
    viewer = Screen([BIN / "mesh-agent", "terminal", "view", "laptop/bench"], environment(desk))
    share.wait_for("watched by ana")
    began = time.perf_counter()
    share.type(f"cat {file}; echo do''ne\r")
    viewer.until(b"done")
    figures["mesh_cat_mb_per_second"] = round(OUTPUT_BYTES / 1e6 / (time.perf_counter() - began), 1)
    viewer.close()
    share.type(f"clear; seq 1 {LINES + 100}; echo fi''lled\r").wait_for("filled")
    joins = []
    for _ in range(5):
        began = time.perf_counter()
        late = Screen([BIN / "mesh-agent", "terminal", "view", "laptop/bench"], environment(desk))
        late.until(b"filled")
        joins.append((time.perf_counter() - began) * 1000)
        late.type(b"\x1dd")
        late.until(b"left")
        late.close()
    figures["mesh_join_10000_lines_ms"] = measure.median(joins, 0)
    return figures


def ssh_figures(w):
    measure.need("bench-transfer")
    sshd = peers.Sshd(w)
    socket = w.tmp / "tmux"
    env = dict(os.environ) | {"TERM": "xterm-256color"}
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new", "-d", "-s", "bench", "-x", "100", "-y", "30", "/bin/sh"], env=env, check=True)
    try:
        there = Screen([*sshd.ssh, "-t", sshd.address, *tmux, "attach", "-t", "bench"], env)
        there.until(b"bench")
        there.type(b"echo ca''ught; exec cat\r")
        there.until(b"caught")
        taken = echo_ms(there)
        there.close()
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, capture_output=True, check=False)
    return {"ssh_tmux_echo_p50_ms": p(taken, 0.5), "ssh_tmux_echo_p95_ms": p(taken, 0.95)}


def until_foreseen(screen):
    """The first letters of a run are shown when their echo comes, as long as the window still doubts what was typed unseen before."""
    for letter in b"_-=+:;,.!?%/ABCDEFGH":
        screen.seen = b""
        screen.type(bytes([letter]))
        if screen.until(bytes([letter])).endswith(UNDERLINED):
            return
        time.sleep(SLOW_PACE_SECONDS)
    raise Failure("the window foresees nothing")


def foreseen_ms(screen):
    """From a key to its letter in the window, with nothing under way from the key before."""
    taken = []
    for n in range(SLOW_KEYS):
        letter = b"abcdefghijklmnopqrstuvwxyz"[n % 26:n % 26 + 1]
        screen.seen = b""
        began = time.perf_counter()
        screen.type(letter)
        screen.until(UNDERLINED + letter)
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(SLOW_PACE_SECONDS)
    return taken


def slow_figures(w):
    """The viewer's machine behind a way of 200 ms there and back: what is typed is seen before its echo."""
    laptop, (desk,) = world(w, 1)
    made = laptop.owner.post("/api/p2p/sessions", {"kind": "terminal", "target_device_id": "desk0",
                                                   "initiator_device_id": "laptop"})
    link = Link(w, [made["endpoints"]["target"]["port"]], SLOW_ROUND_TRIP_MS)
    share = Window(laptop, "share-terminal", "--session-id", made["session_id"], "--peer-addr", f"127.0.0.1:{link.ports[0]}",
                   "--token", made["session_token"], "--cols", 100, "--rows", 28)
    wait_until("it is known", lambda: desk.json("terminal", "list")["seen"], 30)
    viewer = Screen([BIN / "mesh-agent", "terminal", "view", "terminal"], environment(desk))
    share.wait_for("watched by ana")
    viewer.type(b"\x1dk")
    wait_until("asked", lambda: laptop.json("terminal", "list")["shared"][0]["asked"])
    laptop.command("terminal", "allow", "--minutes", 30, check=True)
    viewer.until(b"YOU HAVE THE KEYBOARD")
    viewer.type(b"PS1='rea''dy> '; stty -echo; echo si''lent; cat\r")
    viewer.until(b"silent")
    # Without an echo nothing is foreseen: cat says the line again after a whole way there and back.
    whole = []
    for n in range(5):
        viewer.seen = b""
        began = time.perf_counter()
        viewer.type(b"\x15w%d\r" % n)
        viewer.until(b"w%d" % n)
        whole.append((time.perf_counter() - began) * 1000)
    viewer.type(b"\x03")
    viewer.until(b"ready>")  # the shell throws away what was typed before
    viewer.type(b"stty echo; clear; echo echo''ing; exec cat\r")
    viewer.until(b"echoing")
    until_foreseen(viewer)
    time.sleep(SLOW_PACE_SECONDS)
    foreseen = foreseen_ms(viewer)
    viewer.close()
    share.close()
    if p(whole, 0.5) < SLOW_ROUND_TRIP_MS * 0.9:
        raise Failure(f"the way takes {whole} ms, not {SLOW_ROUND_TRIP_MS}")
    return {"slow_round_trip_ms": SLOW_ROUND_TRIP_MS, "slow_echo_p50_ms": p(whole, 0.5), "slow_predicted_p50_ms": p(foreseen, 0.5),
            "slow_predicted_p95_ms": p(foreseen, 0.95)}


def crowd_figures(w):
    """The sharer's agent while a program writes for eight people."""
    laptop, desks = world(w, VIEWERS)
    file = w.tmp / "output"
    file.write_bytes((b"y" * 79 + b"\n") * (OUTPUT_BYTES // 5 // 80))
    share = Window(laptop, "terminal", "share", "--name", "bench")
    share.wait_for("nobody watches")
    idle = laptop.program.rss_kb()
    screens = [Window(desk, "terminal", "view", "laptop/bench") for desk in desks]
    wait_until("all watch", lambda: len(laptop.json("terminal", "list")["shared"][0]["watching"]) == VIEWERS, 30)
    cpu, began = measure.cpu_seconds(laptop.program.pid), time.perf_counter()
    share.type(f"cat {file}; echo do''ne\r").wait_for("done", seconds=60)
    for screen in screens:
        screen.wait_for("done", seconds=60)
    seconds = time.perf_counter() - began
    return {"crowd_viewers": VIEWERS, "crowd_agent_cpu_seconds": round(measure.cpu_seconds(laptop.program.pid) - cpu, 2),
            "crowd_seconds": round(seconds, 2), "crowd_agent_added_mb": round((laptop.program.rss_kb() - idle) * 1024 / 1e6, 1)}


def bench(_):
    figures = {}
    measure.build("mesh-impair")
    for part in (mesh_figures, slow_figures, ssh_figures, crowd_figures):
        with World() as w:
            figures |= part(w)
    figures["crowd_mb"] = OUTPUT_BYTES // 5 / 1e6
    return figures
