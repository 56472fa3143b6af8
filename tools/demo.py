#!/usr/bin/env python3
"""./mesh demo: the story of Mesh on temporary folders and free ports, one `ok` line a step.

usage: demo.py [--size-mb N]   exit code 0, else 1 and the reason
"""
import argparse
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/e2e"))

from harness import Failure, World, wait_until  # noqa: E402
from harness.browser import PAGE, Browser  # noqa: E402
from harness.window import Window  # noqa: E402
from harness.world import b3sum  # noqa: E402


def ok(text):
    print(f"ok {text}", flush=True)


def share_terminal(a, b, room, page):
    """Ana's terminal: seen by ben at his machine and in his browser, typed into while she allows it, and hers again."""
    command = "\x1d"  # Ctrl-]
    shell = Window(a, "terminal", "share", "--room", room["name"], "--name", "build")
    shell.wait_for("nobody watches")
    shell.type("echo before $((6*7))\r").wait_for("before 42")
    view = Window(b, "terminal", "view", "ana-laptop/build")
    view.wait_for("before 42")
    page.do("view_terminal", name="build", machine=a.device_id, text="before 42", seconds=60)
    wait_until("both are seen", lambda: a.json("terminal", "list")["shared"][0]["watching"] == ["ben", "ben"])
    view.type("echo stolen $((1+1))\r")
    page.do("type_terminal", text="echo stolen $((1+1))\n")
    shell.type("echo preview $((2+2))\r").wait_for("preview 4")
    view.wait_for("preview 4")
    page.do("see_terminal", text="preview 4")
    if "stolen 2" in shell.text():
        raise Failure("a viewer typed without the keyboard")
    ok("terminal: ben sees ana's shell in preview, at his machine and in Chromium, with what was on the screen before he came; "
       "his keys go nowhere")

    view.type(command).type("k")
    shell.wait_for("ben asks for the keyboard")
    shell.type(command).type("a")
    view.wait_for("YOU HAVE THE KEYBOARD")
    view.type("echo ben $((7*8))\r")
    shell.wait_for("ben 56")
    began = time.monotonic()
    shell.type(command)
    wait_until("the gate is closed", lambda: "controller" not in a.json("terminal", "list")["shared"][0])
    view.wait_for("the keyboard was taken back")
    seconds = time.monotonic() - began
    view.type("echo late $((3+3))\r")
    shell.type("echo mine $((9+9))\r").wait_for("mine 18")
    if "late 6" in shell.text():
        raise Failure("a viewer typed after the keyboard was taken back")
    ok(f"terminal: ben asked, ana allowed, he typed, she took the keyboard back (seen by both within {seconds * 1000:.0f} ms)")

    since = len(shell.raw)
    page.do("ask_keyboard")
    shell.wait_for("ben asks for the keyboard", since=since)
    shell.type(command).type("a")
    page.do("have_keyboard")
    page.do("type_terminal", text="echo page $((5*5))\n")
    for window in (shell, view):
        window.wait_for("page 25")
    page.do("see_terminal", text="page 25")
    began = time.monotonic()
    shell.type(command)
    page.do("lose_keyboard")
    seconds = time.monotonic() - began
    page.do("type_terminal", text="echo later $((4+4))\n")
    shell.type("echo hers $((6+6))\r").wait_for("hers 12")
    page.do("see_terminal", text="hers 12")
    if "later 8" in shell.text():
        raise Failure("the page typed after the keyboard was taken back")
    shell.type("exit\r")
    if shell.wait() != 0 or view.wait() != 0:
        raise Failure("the windows did not end in order")
    ok(f"terminal: the same from Chromium: asked, allowed, typed, taken back (the page said so within {seconds * 1000:.0f} ms)")


def play(w, size_mb):
    server = w.server(args=PAGE)
    ok(f"server: listening on {server.url}, loopback only, SQLite in a temporary folder")

    for name in ("ana", "ben"):
        server.register(name, "test123")
    ana, ben = server.api().login("ana", "test123"), server.api().login("ben", "test123")
    ok("accounts: ana and ben registered and logged in")

    room = ana.post("/api/rooms", {"name": "Atelier"}, 201)["room"]
    code = ana.post(f"/api/rooms/{room['id']}/invitations", {}, 201)["invitation"]["code"]
    ben.post(f"/api/invitations/{code}/accept", {}, 200)
    names = sorted(m["username"] for m in ben.get(f"/api/rooms/{room['id']}")["room"]["members"])
    if names != ["ana", "ben"]:
        raise Failure(f"the room holds {names}")
    ok(f"room: ana made \"{room['name']}\", ben joined by invitation")

    a, b = w.agent("ana-laptop", server, ana), w.agent("ben-desktop", server, ben)
    ok("agents: ana-laptop and ben-desktop enrolled by one-use codes and connected")

    path = w.file("film.bin", size_mb * 1_000_000)
    began = time.monotonic()
    a.command("send", path, "--to", "ben-desktop", check=True, seconds=300)
    arrived = b.received(path.name)
    seconds = time.monotonic() - began
    b.program.wait_for("P2P handshake successful")
    ok(f"file: {size_mb} MB sent over QUIC from agent to agent in {seconds:.2f} s ({size_mb / seconds:.0f} MB/s)")

    sent, received = b3sum(path), b3sum(arrived)
    if sent != received:
        raise Failure(f"b3sum differs: {sent} sent, {received} received")
    ok(f"b3sum: equal on both sides, {sent}")

    album = w.folder("album")
    for number in range(200):
        w.file(f"album/photos/{number:03}.jpg", 40_000, seed=str(number).encode())
    (album / "latest.jpg").symlink_to("photos/199.jpg")
    a.command("send", album, "--to", "ben-desktop", check=True)
    there = b.downloads / "album"
    for one in (p for p in album.rglob("*") if p.is_file()):
        if b3sum(one) != b3sum(there / one.relative_to(album)):
            raise Failure(f"{one.name} arrived otherwise")
    if not (there / "latest.jpg").is_symlink():
        raise Failure("the link did not arrive")
    ok("folder: 200 photos and a link arrived as they are")

    page = Browser(w, server, "ben", name="bens-browser").start()
    share_terminal(a, b, room, page)
    page.stop()

    browser = Browser(w, server, "ana").start()
    offer = a.background("offer", "send", path, "--to", browser.device_id)
    saved = w.tmp / "saved.bin"
    told = browser.do("save", name=path.name, path=saved, machine=a.device_id)
    if not told["hash"] == b3sum(saved) == sent:
        raise Failure(f"Chromium saved {b3sum(saved)} and says {told['hash']}, not {sent}")
    wait_until("the machine knows that it was saved", lambda: not offer.running())
    ok(f"browser: Chromium fetched {path.name} straight from ana-laptop in {told['seconds']:.2f} s "
       f"({size_mb / told['seconds']:.0f} MB/s), BLAKE3 equal")

    metrics = server.api().call("GET", "/metrics").raw.decode()
    relayed = [line.split()[-1] for line in metrics.splitlines() if line.startswith("mesh_relayed_bytes_total")]
    if not relayed or any(float(value) for value in relayed):
        raise Failure(f"mesh_relayed_bytes_total is {relayed}")
    ok("server: carried none of it (mesh_relayed_bytes_total 0)")

    browser.stop()
    for program in (a.program, b.program, server.program):
        if code := program.stop():
            raise Failure(f"{program.name} ended with exit code {code}")
    ok("all stopped in order")


def main():
    parser = argparse.ArgumentParser(prog="./mesh demo")
    parser.add_argument("--size-mb", type=int, default=200)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with World() as w:
            play(w, args.size_mb)
        return 0
    except Failure as failure:
        print(f"not ok: {failure}\n{getattr(failure, 'logs', '')}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
