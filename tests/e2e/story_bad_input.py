"""Every field of every interface with what people and attackers send: a 4xx or system.error with code, sentence and field."""
import json

from harness import Failure, WebSocket, World, story
from harness.socket import BINARY, Closed

MISSING = object()
DEEP = {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}}

# route, a body that is right except for what a row changes, {field: right type}
BODIES = [
    ("POST", "/api/auth/register", {"username": "dora", "password": "test123"}, {"username": str, "password": str}),
    ("POST", "/api/auth/login", {"username": "ana", "password": "test123"}, {"username": str, "password": str}),
    ("POST", "/api/auth/refresh", {"refresh_token": "x"}, {"refresh_token": str}),
    ("POST", "/api/auth/setup", {"token": "x", "username": "owner", "password": "test123"},
     {"token": str, "username": str, "password": str}),
    ("POST", "/api/auth/enroll", {"code": "AAAA-BBBB", "device_id": "d1", "kind": "agent", "public_key": "AA", "nonce": "AA",
                                  "signature": "AA"},
     {"code": str, "device_id": str, "kind": str, "public_key": str, "nonce": str, "signature": str}),
    ("POST", "/api/auth/device/start", {"device_id": "d1", "kind": "agent", "public_key": "AA"},
     {"device_id": str, "kind": str, "public_key": str}),
    ("POST", "/api/auth/device/token", {"device_code": "x", "signature": "AA"}, {"device_code": str, "signature": str}),
    ("POST", "/api/auth/device/lookup", {"user_code": "AAAA-BBBB"}, {"user_code": str}),
    ("POST", "/api/auth/device/confirm", {"user_code": "AAAA-BBBB", "approve": True}, {"user_code": str, "approve": bool}),
    ("POST", "/api/devices", {"device_id": "d1", "kind": "agent", "public_key": "AA", "nonce": "AA", "signature": "AA"},
     {"device_id": str, "kind": str, "public_key": str, "nonce": str, "signature": str}),
    ("POST", "/api/account/password", {"current_password": "test123", "new_password": "x" * 12}, {"new_password": str}),
    ("POST", "/api/rooms", {"name": "n"}, {"name": str}),
    ("PATCH", "/api/rooms/{room}", {"name": "n"}, {"name": str}),
    ("POST", "/api/rooms/{room}/members", {"username": "ben"}, {"username": str}),
    ("POST", "/api/rooms/{room}/messages", {"text": "t", "client_id": "c"}, {"text": str, "client_id": str}),
    ("POST", "/api/p2p/sessions", {"kind": "file", "target_device_id": "d1"}, {"kind": str, "target_device_id": str}),
]


def wrong(kind):
    return 7 if kind is str else "seven"


def expect_refusal(what, reply, field=None, status=(400, 422)):
    if reply.status not in status:
        raise Failure(f"{what}: expected {status}, got {reply}")
    try:
        error = reply.body["error"]
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{what}: no JSON error in {reply}") from None
    if not error["code"] or not error["message"]:
        raise Failure(f"{what}: error without code or sentence: {reply}")
    if field and error.get("field") != field:
        raise Failure(f"{what}: names field {error.get('field')!r}, not {field!r}: {reply}")
    return error


@story("every REST field that is missing, of a wrong type, too long or unknown is refused by name")
def rest_fields():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)["id"]
        problems = []

        def check(what, reply, field, code):
            if reply.status == 429:
                raise Failure(f"{what}: rate limited before the input was judged")
            try:
                error = expect_refusal(what, reply, field, (422,))
                if error["code"] not in code:
                    raise Failure(f"{what}: code {error['code']}, not {code}")
            except Failure as failure:
                problems.append(str(failure))

        for method, path, body, fields in BODIES:
            where = path.format(room=room)
            for field, kind in fields.items():
                without = {k: v for k, v in body.items() if k != field}
                check(f"{method} {path} without {field}", ana.call(method, where, without), field, ("field_missing",))
                check(f"{method} {path} {field} of a wrong type", ana.call(method, where, body | {field: wrong(kind)}), field,
                      ("field_type",))
                if kind is str:
                    check(f"{method} {path} {field} too long", ana.call(method, where, body | {field: "x" * 70000}), field,
                          ("field_too_long",))
            check(f"{method} {path} unknown field", ana.call(method, where, body | {"colour": "blue"}), "colour",
                  ("field_unknown",))
        if problems:
            raise Failure("\n    ".join(problems))


@story("broken JSON, bad UTF-8, deep nesting and large bodies are refused with their own word")
def rest_bodies():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        table = [
            (b"{", 400, "invalid_json"), (b"", None, None), (b"[]", (400, 422), None), (b"null", (400, 422), None),
            (b'{"name":"a",}', 400, "invalid_json"), (b'{"name":"a"} x', 400, "invalid_json"),
            (b'{"name":"\xff\xfe"}', 400, "invalid_utf8"), (b'{"name":"\xc0\xaf"}', 400, "invalid_utf8"),
            (b'{"name":"\xed\xa0\x80"}', 400, "invalid_utf8"), (json.dumps({"name": DEEP}).encode(), 400, "json_too_deep"),
            (b"[" * 5000, 400, None), (b'{"name":"' + b"x" * 300_000 + b'"}', 413, "too_large"),
            (b'{"name":"a","name":"b"}', None, None),
        ]
        for raw, status, code in table:
            reply = ana.call("POST", "/api/rooms", raw=raw)
            allowed = (status,) if isinstance(status, int) else status or (201, 400, 422)
            if reply.status not in allowed:
                raise Failure(f"{raw[:40]!r}: expected {allowed}, got {reply}")
            if reply.status >= 400:
                error = expect_refusal(repr(raw[:40]), reply, status=allowed)
                if code and error["code"] != code:
                    raise Failure(f"{raw[:40]!r}: code {error['code']}, not {code}")


@story("unknown paths, methods, ids and queries are answered in JSON")
def rest_paths():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        for method, path, status in [("GET", "/api/nothing", 404), ("PUT", "/api/rooms", 405), ("DELETE", "/api/auth/login", 405),
                                     ("GET", "/api/rooms/not-an-id", 404), ("GET", "/api/rooms/rom_" + "0" * 26, 404),
                                     ("DELETE", "/api/devices/..%2f..%2fetc", 404), ("GET", "/api/p2p/sessions/%00", 404),
                                     ("DELETE", "/api/p2p/sessions/ses_" + "0" * 26, 404)]:
            reply = ana.call(method, path)
            if reply.status not in ((404, 405) if status == 404 else (status,)) or not reply.code:
                raise Failure(f"{method} {path}: expected {status} in JSON, got {reply}")
            if reply.status == 405 and "allow" not in reply.headers:
                raise Failure(f"{method} {path}: 405 without Allow")
        room = w.room(ana)["id"]
        for query in ("before=x", "limit=-1", "limit=100000", "after=99999999999999999999999"):
            reply = ana.call("GET", f"/api/rooms/{room}/messages?{query}")
            if reply.status not in (200, 422) or reply.status == 200 and query != "limit=100000":
                raise Failure(f"?{query}: {reply}")
        for token in ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
            reply = server.api(token or None).call("GET", "/api/account")
            if reply.status != 401 or not reply.code:
                raise Failure(f"token {token!r}: {reply}")


EVENTS = [
    ("room.join", {"room_id": "{room}"}, {"room_id": str}),
    ("chat.send", {"room_id": "{room}", "text": "t", "client_id": "c"}, {"room_id": str, "text": str, "client_id": str}),
    ("chat.typing", {"room_id": "{room}"}, {"room_id": str}),
    ("p2p.session.request", {"kind": "file", "target_device_id": "d1"}, {"kind": str, "target_device_id": str}),
    ("p2p.session.renew", {"session_id": "ses_" + "0" * 26}, {"session_id": str}),
    ("p2p.session.close", {"session_id": "ses_" + "0" * 26}, {"session_id": str}),
]


@story("every WebSocket field that is missing, of a wrong type, too long or unknown is answered by system.error")
def socket_fields():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)["id"]
        ws = WebSocket(server.port, ana.token)
        ws.hello()
        problems = []

        def check(what, type_, payload, field):
            asked = ws.send(type_, payload)
            try:
                error = ws.expect("system.error", 5)
            except Failure as failure:
                problems.append(f"{what}: {failure}")
                return
            said = error["payload"]
            if error.get("reply_to") != asked or not said.get("code") or not said.get("message") or said.get("field") not in (
                    field, f"payload.{field}"):
                problems.append(f"{what}: {error}")

        for type_, payload, fields in EVENTS:
            payload = {k: v.replace("{room}", room) for k, v in payload.items()}
            for field in fields:
                check(f"{type_} without {field}", type_, {k: v for k, v in payload.items() if k != field}, field)
                check(f"{type_} {field} of a wrong type", type_, payload | {field: 7}, field)
                check(f"{type_} {field} too long", type_, payload | {field: "x" * 20000}, field)
        if problems:
            raise Failure("\n    ".join(problems))


@story("a WebSocket that speaks nonsense is told so; one that breaks the protocol is closed")
def socket_nonsense():
    with World() as w:
        server = w.server()
        ana = server.register("ana")

        def fresh(hello=True):
            ws = WebSocket(server.port, ana.token)
            if hello:
                ws.hello()
            return ws

        for text in ("", "hello", "{", "[]", '"x"', "{}", '{"type":7}', '{"type":""}', '{"type":"no.such.event","id":"1"}',
                     '{"type":"chat.send"}', '{"type":"chat.send","payload":7}', json.dumps({"type": "x", "payload": DEEP})):
            ws = fresh()
            ws.send_text(text)
            try:
                error = ws.expect("system.error", 5)["payload"]
            except Closed:
                continue
            if not error["code"] or not error["message"]:
                raise Failure(f"{text!r}: {error}")
        ws = fresh(hello=False)
        ws.send("chat.send", {"room_id": "rom_" + "0" * 26, "text": "t", "client_id": "c"})
        try:
            ws.expect("system.error", 5)
        except Closed:
            pass
        for what, code, data in [("an unmasked frame", 1002, lambda s: s.frame(1, b"{}", masked=False)),
                                 ("a reserved opcode", 1002, lambda s: s.frame(3, b"{}")),
                                 ("a reserved bit", 1002, lambda s: b"\xc1\x80" + bytes(4)),
                                 ("bad UTF-8", 1007, lambda s: s.frame(1, b'{"type":"\xff"}')),
                                 ("a character cut by an empty frame", 1007,
                                  lambda s: s.frame(1, b"\xc3", final=False) + s.frame(0, b"")),
                                 ("an endless message", 1009, lambda s: s.frame(1, b"x" * 200_000)),
                                 ("an endless fragmented message", 1009,
                                  lambda s: s.frame(1, b"x", final=False) + s.frame(0, b"x" * 60_000, final=False) * 4),
                                 ("a fragmented ping", 1002, lambda s: s.frame(9, b"x", final=False)),
                                 ("a long ping", 1002, lambda s: s.frame(9, b"x" * 126)),
                                 ("a continuation of nothing", 1002, lambda s: s.frame(0, b"x")),
                                 ("close code 65535", 1002, lambda s: s.frame(8, b"\xff\xff")),
                                 ("a reserved close code", 1002, lambda s: s.frame(8, b"\x03\xed")),
                                 ("half a close code", 1002, lambda s: s.frame(8, b"\x03"))]:
            ws = fresh()
            ws.send_raw(data(ws))
            got = ws.expect_close(5)
            if got != code:
                raise Failure(f"{what}: closed with {got}, not {code}")
        ws = fresh()
        ws.send_raw(ws.frame(BINARY, b"\x00\x01"))
        try:
            ws.expect("system.error", 5)
        except Closed:
            pass
        ana.get("/api/account")
