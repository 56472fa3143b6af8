"""Too much of everything: guesses, events, connections, and readers that do not read."""
import threading
import time

from harness import Api, Failure, WebSocket, World, story, wait_until
from harness.socket import Closed
from story_accounts import same


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
        stop, seen, problems = threading.Event(), {}, []

        def guess(number):
            index = 0
            while not stop.is_set():
                name = "ana" if number < 10 else f"nobody{number}x{index}"
                index += 1
                try:
                    reply = Api(server.port).call("POST", "/api/auth/login", {"username": name, "password": "wrong-guess"})
                except OSError as error:
                    problems.append(f"no answer: {error}")
                    return
                seen[reply.status] = seen.get(reply.status, 0) + 1
                if reply.status in (429, 503) and "retry-after" not in reply.headers:
                    problems.append(f"{reply.status} without Retry-After")

        guessers = [threading.Thread(target=guess, args=(i,)) for i in range(100)]
        for thread in guessers:
            thread.start()
        wait_until("guesses are answered", lambda: seen.get(503) and seen.get(429) or problems, 20)
        waits = sorted(round_trip(ws, room, i) for i in range(60))
        grown = server.program.rss_kb() - before
        stop.set()
        for thread in guessers:
            thread.join()
        if problems or not set(seen) <= {401, 429, 503}:
            raise Failure(f"{seen}, {problems[:3]}")
        if not seen.get(429) or not seen.get(503):
            raise Failure(f"neither the account's limit nor the pool's bound was met: {seen}")
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
