"""Too much of everything: guesses, events, connections, and readers that do not read."""
import json
import pathlib
import subprocess
import sys
import threading
import time

from harness import Failure, WebSocket, World, story, wait_until
from harness.socket import Closed
from story_accounts import same

GUESSERS = pathlib.Path(__file__).resolve().parent / "guessers.py"


def round_trip(ws, room, index):
    began = time.monotonic()
    ws.send("chat.send", {"room_id": room, "text": f"still alive {index}", "client_id": f"alive-{index}"})
    ws.expect("chat.message", 10, lambda p: p["client_id"] == f"alive-{index}")
    return time.monotonic() - began


@story("a flood of password guesses is told to wait, costs bounded memory, and chat goes on")
def guesses():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)["id"]
        ws = WebSocket(server.port, ana.token)
        ws.hello()
        before = server.program.rss_kb()
        # A process of their own: a hundred threads in this one would hold up the clock of the chat.
        flood = subprocess.Popen([sys.executable, GUESSERS, str(server.port), "100"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        try:
            met = flood.stdout.readline()
            waits = sorted(round_trip(ws, room, i) for i in range(60))
            grown = server.program.rss_kb() - before
            told = json.loads(flood.communicate("", 60)[0])
        finally:
            flood.kill()
            flood.wait()
        if met != "told to wait, by the account and by the pool\n":
            raise Failure(f"neither the account's limit nor the pool's bound was met: {met}{told}")
        if told["problems"] or not set(told["seen"]) <= {"401", "429", "503"}:
            raise Failure(str(told))
        if told["slowest"] > 10:
            raise Failure(f"a guess waited {told['slowest']:.1f} s for its answer")
        if waits[-1] > 2:
            raise Failure(f"chat took up to {waits[-1]:.2f} s")
        if grown > 160 * 1024:
            raise Failure(f"{grown // 1024} MiB for guesses")
        wait_until("ben can register now", lambda: server.api().call("POST", "/api/auth/register", {
            "username": "ben", "password": "test123"}).status in (201, 409), 10)


@story("twenty people who sign in at the same moment all get in")
def everybody_at_once():
    with World() as w:
        server = w.server()
        names = [f"person{i}" for i in range(20)]
        for name in names:
            server.register(name)
        got, start = {}, threading.Barrier(len(names))

        def sign_in(name):
            start.wait()
            for _ in range(50):
                reply = server.api().call("POST", "/api/auth/login", {"username": name, "password": "test123"})
                if reply.status != 503:
                    break
                time.sleep(float(reply.headers["retry-after"]) / 10)
            got[name] = reply.status

        threads = [threading.Thread(target=sign_in, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same("statuses", set(got.values()), {200})


@story("a client that floods events is closed with 1008, and the others do not notice")
def events():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        room = w.room(ana, ben)["id"]
        good, bad = WebSocket(server.port, ana.token), WebSocket(server.port, ben.token)
        good.hello(), bad.hello()
        one = bad.frame(1, b'{"type":"chat.typing","payload":{"room_id":"' + room.encode() + b'"}}')
        try:
            for _ in range(200):
                bad.send_raw(one * 50)
        except OSError:
            pass
        same("close code", bad.expect_close(10), 1008)
        if round_trip(good, room, 1) > 2:
            raise Failure("the others wait")
        pings = WebSocket(server.port, ben.token)
        pings.hello()
        try:
            pings.send_raw(pings.frame(9, b"x") * 2000)
        except OSError:
            pass
        if pings.expect_close(10) not in (1002, 1006, 1008):
            raise Failure("a flood of pings goes on")
        round_trip(good, room, 2)


@story("a reader that stops reading is let go, costs bounded memory, and finds everything again")
def slow_reader():
    with World() as w:
        server = w.server()
        people = [server.register(name) for name in ("ana", "ben", "cleo", "dora")]
        room = w.room(*people)["id"]
        slow = WebSocket(server.port, people[3].token, receive_buffer=4096)
        slow.hello()
        before = server.program.rss_kb()
        text = "x" * 15000

        def write(api, name):
            for index in range(400):
                reply = api.call("POST", f"/api/rooms/{room}/messages", {"text": text, "client_id": f"{name}{index}"})
                if reply.status == 429:
                    time.sleep(0.05)
                if stop.is_set():
                    return

        stop = threading.Event()
        threads = [threading.Thread(target=write, args=(api, i)) for i, api in enumerate(people[:3])]
        for thread in threads:
            thread.start()
        try:
            wait_until("the slow reader is gone", lambda: not online(people[0], room, "dora"), 60)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        if server.program.rss_kb() - before > 64 * 1024:
            raise Failure(f"{(server.program.rss_kb() - before) // 1024} MiB for one slow reader")
        try:
            slow.expect_close(10)
        except Closed:
            pass
        again = WebSocket(server.port, people[3].token)
        again.hello()
        if not people[3].get(f"/api/rooms/{room}/messages?limit=1")["messages"]:
            raise Failure("the history is empty")


def online(api, room, name):
    members = api.get(f"/api/rooms/{room}")["room"]["members"]
    return next(m["online"] for m in members if m["username"] == name)
