"""Clients that abuse HTTP: slow, huge, ambiguous, far too many. The server answers as it must and goes on serving others."""
import contextlib
import json
import re
import resource
import select
import socket
import time

from harness import Api, Failure, World, story, wait_until
from harness.api import raw_http
from story_accounts import same

SECURITY = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy",
            "cross-origin-opener-policy")
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


def answers(raw):
    """Every response in a stream of bytes: (status, headers, body)."""
    found = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        found.append((int(lines[0].split()[1]), headers, raw[:length]))
        raw = raw[length:]
    return found


def request(method="GET", path="/health", headers=b"", body=b"", host=b"localhost"):
    return method.encode() + b" " + path.encode() + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + headers + b"\r\n" + body


@story("what is refused before a route is reached carries security headers, a JSON error and a line in the log")
def refusals_are_answers():
    with World() as w:
        server = w.server()
        table = [
            (b"nonsense\r\n\r\n", 400, "bad_request", "- - 400"),
            (b"GET /a HTTP/1.1\r\n\r\n", 400, "bad_request", "GET /a 400"),
            (request(path="/b/../c"), 404, "not_found", "GET - 404"),
            (request("POST", "/d", b"Content-Length: 262145\r\n"), 413, "too_large", "POST /d 413"),
            (request("POST", "/e", b"Expect: rain\r\nContent-Length: 1\r\n"), 417, "bad_request", "POST /e 417"),
            (request(path="/f", headers=b"X: " + b"x" * 17000 + b"\r\n"), 431, "too_large", "GET /f 431"),
            (request(path="/ws", headers=UPGRADE + b"Sec-WebSocket-Key: AAAA\r\n"), 400, "bad_request", "GET /ws 400"),
            (request(path="/ws", headers=UPGRADE + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"), 401, "unauthorized",
             "GET /ws 401"),
        ]
        for sent, status, code, line in table:
            got = answers(raw_http(server.port, sent, 5))
            same(f"answers to {sent[:40]!r}", len(got), 1)
            same(f"status of {sent[:40]!r}", got[0][0], status)
            same(f"code of {sent[:40]!r}", json.loads(got[0][2])["error"]["code"], code)
            missing = [name for name in SECURITY if name not in got[0][1]]
            if missing or got[0][1].get("connection") != "close":
                raise Failure(f"{sent[:40]!r}: without {missing}: {got[0][1]}")
            if not re.search(rf"\[http\].*{line}\b.*from=127\.0\.0\.1", server.program.log()):
                raise Failure(f"{sent[:40]!r}: no line {line!r} in the log")
        text = Api(server.port).call("GET", "/metrics").raw.decode()
        if "431" not in text:
            raise Failure("431 is not counted in /metrics")


@story("headers of 16 KiB and bodies of 256 KiB pass, one byte more does not")
def limits_are_exact():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        for extra, status in ((0, 200), (400, 431)):
            line = b"X: " + b"x" * (16 * 1024 - 200 + extra) + b"\r\nConnection: close\r\n"
            same(f"{extra} over", answers(raw_http(server.port, request(headers=line), 5))[0][0], status)
        for size, status in ((256 * 1024, 422), (256 * 1024 + 1, 413)):
            body = b'{"name":"' + b"x" * (size - 11) + b'"}'
            reply = ana.call("POST", "/api/rooms", raw=body)
            same(f"body of {size} bytes", reply.status, status)
        chunks = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(257))
        got = answers(raw_http(server.port, request("POST", "/api/rooms", b"Transfer-Encoding: chunked\r\n", chunks), 5))
        same("chunked body", got[-1][0], 413)


@story("pipelined requests, absolute addresses and chunked bodies are answered in order")
def unusual_but_right():
    with World() as w:
        server = w.server()
        raw = b"".join(request(path=f"/api/nothing/{i}") for i in range(200))
        got = answers(raw_http(server.port, raw + request(headers=b"Connection: close\r\n"), 10))
        same("answers", [status for status, _, _ in got], [404] * 200 + [200])
        absolute = f"GET http://localhost:{server.port}/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        same("absolute", answers(raw_http(server.port, absolute.encode(), 5))[0][0], 200)
        body = b"9;x=y\r\n{\"usernam\r\n1c\r\ne\":\"ana\",\"password\":\"test123\r\n2\r\n\"}\r\n0\r\nX-Trailer: 1\r\n\r\n"
        head = b"Transfer-Encoding: chunked\r\nConnection: close\r\n"
        got = answers(raw_http(server.port, request("POST", "/api/auth/register", head, body), 10))
        same("chunked registration", got[0][0], 201)


@story("a request smuggled behind an ambiguous one is never carried out")
def smuggling():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        body = b'{"name":"smuggled"}'
        auth = f"Authorization: Bearer {ana.token}\r\n".encode()
        inner = request("POST", "/api/rooms", auth + b"Content-Length: %d\r\n" % len(body), body)
        shapes = {
            "CL.TE": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % (5 + len(inner)),
            "TE.CL": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "two lengths": b"Content-Length: 5\r\nContent-Length: %d\r\n" % (5 + len(inner)),
            "equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n",
            "list of lengths": b"Content-Length: 5, 5\r\n",
            "signed length": b"Content-Length: +5\r\n",
            "unknown coding": b"Transfer-Encoding: xchunked\r\n",
            "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "coding list": b"Transfer-Encoding: gzip, chunked\r\n",
            "space before the colon": b"Transfer-Encoding : chunked\r\n",
            "vertical tab": b"Transfer-Encoding:\x0bchunked\r\n",
            "bare line feed": b"X: y\nTransfer-Encoding: chunked\r\n",
        }
        for name, headers in shapes.items():
            got = answers(raw_http(server.port, request("POST", "/api/nothing", headers, b"0\r\n\r\n" + inner), 5))
            same(f"{name}: answers", [status for status, _, _ in got], [400])
        old = b"POST /api/nothing HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" + inner
        same("HTTP/1.0", [status for status, _, _ in answers(raw_http(server.port, old, 5))], [400])
        same("rooms", ana.get("/api/rooms")["rooms"], [])


@contextlib.contextmanager
def many_sockets(count):
    """Raises our own limit; the sockets are closed at the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 500)), hard))
    sockets = []
    try:
        yield sockets
    finally:
        for s in sockets:
            s.close()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def drip(sockets, pieces, until):
    """Sends a byte on every connection now and then; answers those the server ended, with what it said."""
    ended, position, waiting = {}, 0, set(sockets)
    while waiting and time.monotonic() < until:
        for s in list(waiting):
            try:
                s.sendall(pieces[position % len(pieces):][:1] or b"x")
            except OSError:
                pass
        position += 1
        readable, _, _ = select.select(list(waiting), [], [], 0.4)
        for s in readable:
            try:
                ended[s] = ended.get(s, b"") + s.recv(65536)
            except OSError:
                ended.setdefault(s, b"")
            waiting.discard(s)
    return ended


def slow_story(first, drops, seconds):
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        with many_sockets(200) as slow:
            began = time.monotonic()
            for _ in range(100):
                slow.append(connect(server.port))
                slow[-1].sendall(first)
            slowest = 0.0
            ended = {}
            while time.monotonic() < began + seconds + 4 and len(ended) < len(slow):
                ended |= drip([s for s in slow if s not in ended], drops, time.monotonic() + 0.5)
                asked = time.monotonic()
                ana.get("/api/account")
                slowest = max(slowest, time.monotonic() - asked)
            took = time.monotonic() - began
            if len(ended) < len(slow):
                raise Failure(f"{len(slow) - len(ended)} slow connections are still open after {took:.0f} s")
            if took < seconds - 1:
                raise Failure(f"slow connections were cut after {took:.1f} s already")
            told = [raw for raw in ended.values() if raw]
            if not told or any(answers(raw)[0][0] != 408 for raw in told):
                raise Failure(f"the slow were told {set(told)}")
            if slowest > 2:
                raise Failure(f"others waited {slowest:.1f} s meanwhile")


@story("a hundred clients that send a header byte by byte are cut after 10 s, and others are served meanwhile")
def slow_headers():
    slow_story(b"GET /health HTTP/1.1\r\n", b"X-a: b\r\n", 10)


@story("a hundred clients that send a body byte by byte are cut after 30 s, and others are served meanwhile", long=True)
def slow_bodies():
    slow_story(request("POST", "/api/auth/login", b"Content-Length: 5000\r\n"), b" ", 30)


@story("two thousand idle connections cost little and leave room for others")
def many_connections():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        before = server.program.rss_kb()
        with many_sockets(2000) as crowd:
            for _ in range(2000):
                crowd.append(connect(server.port))
            ana.get("/api/account")
            each = (server.program.rss_kb() - before) / len(crowd)
            if each > 16:
                raise Failure(f"{each:.1f} KiB for each idle connection")


@story("a server that runs out of descriptors turns connections away, does not spin, and recovers")
def out_of_descriptors():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        server.program.stop()
        server.program.argv = ["prlimit", "--nofile=64:64", *server.program.argv]
        server.start()
        with many_sockets(300) as crowd:
            for _ in range(300):
                try:
                    crowd.append(connect(server.port))
                except OSError:
                    break
            began = server.program.cpu_seconds()
            log = len(server.program.log().splitlines())
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:  # the crowd just sits there
                select.select([], [], [], 0.5)
            busy, lines = server.program.cpu_seconds() - began, len(server.program.log().splitlines()) - log
            if busy > 0.5:
                raise Failure(f"{busy:.2f} s of CPU in 2 s: it spins")
            if lines > 20:
                raise Failure(f"{lines} log lines in 2 s")
            if not server.program.running():
                raise Failure("the server ended")
        wait_until("the server answers again", lambda: answered(ana), 10)
        same("the page", Api(server.port).call("GET", "/").status, 200)


def answered(api):
    try:
        return api.call("GET", "/api/account", seconds=2).status == 200
    except OSError:
        return False
