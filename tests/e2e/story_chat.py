"""The WebSocket as wscat, two people and a bad network meet it."""
import json
import time

from harness import Failure, WebSocket, World, story
from harness.socket import Refused
from story_accounts import same


@story("a raw WebSocket with ?token= and a bare hello is welcomed")
def bare_hello():
    with World() as w:
        server = w.server()
        test = server.register("test")
        ws = WebSocket(server.port, test.token, query_token=True)
        ws.send_text('{"type":"system.hello","device_id":"test-device"}')
        event = ws.expect("system.welcome")
        same("from", event["from"], "server")
        payload = event["payload"]
        same("user", payload["user"]["username"], "test")
        for key in ("server", "rooms", "presence", "seq", "heartbeat_seconds", "limits"):
            if key not in payload:
                raise Failure(f"system.welcome lacks {key}: {payload}")
        if test.token in server.program.log():
            raise Failure("the log holds the token of the query string")


@story("a chat message reaches the other person live, comes back to its sender, and stands in the history")
def chat_is_live():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        room = w.room(ana, ben)
        a, b = WebSocket(server.port, ana.token), WebSocket(server.port, ben.token)
        a.hello(), b.hello()
        for index, text in enumerate(["bonjour", "ünïcödé ✓ 日本", "x" * 4000]):
            a.send("chat.send", {"room_id": room["id"], "text": text, "client_id": f"c-{index}"})
            for side in (a, b):
                message = side.expect("chat.message")["payload"]
                same("text", message["text"], text)
                same("author", message["username"], "ana")
                same("client_id", message["client_id"], f"c-{index}")
        history = ben.get(f"/api/rooms/{room['id']}/messages?limit=2")
        same("texts of the last two", [m["text"] for m in history["messages"]], ["ünïcödé ✓ 日本", "x" * 4000])
        same("more above", history["has_more"], True)
        seqs = [m["seq"] for m in ben.get(f"/api/rooms/{room['id']}/messages?limit=50")["messages"]]
        same("seq", seqs, list(range(seqs[0], seqs[0] + 3)))


@story("the same client_id sent twice is one message")
def chat_is_idempotent():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)
        body = {"text": "once", "client_id": "same"}
        first = ana.post(f"/api/rooms/{room['id']}/messages", body, 201)["message"]
        second = ana.post(f"/api/rooms/{room['id']}/messages", body, 200)["message"]
        same("id", second["id"], first["id"])
        same("count", len(ana.get(f"/api/rooms/{room['id']}/messages")["messages"]), 1)


@story("someone outside a room neither reads it nor writes into it")
def strangers_stay_out():
    with World() as w:
        server = w.server()
        ana, eve = server.register("ana"), server.register("eve")
        room = w.room(ana)
        for method, path, body in [("GET", f"/api/rooms/{room['id']}", None), ("GET", f"/api/rooms/{room['id']}/messages", None),
                                   ("POST", f"/api/rooms/{room['id']}/messages", {"text": "hi", "client_id": "1"}),
                                   ("DELETE", f"/api/rooms/{room['id']}", None)]:
            same(f"{method} {path}", eve.call(method, path, body).status, 404)
        ws = WebSocket(server.port, eve.token)
        ws.hello()
        asked = ws.send("chat.send", {"room_id": room["id"], "text": "hi", "client_id": "1"})
        error = ws.expect("system.error")
        same("reply_to", error.get("reply_to"), asked)
        if error["payload"]["code"] not in ("not_member", "not_found", "forbidden"):
            raise Failure(f"unexpected refusal {error}")
        a = WebSocket(server.port, ana.token)
        a.hello()
        a.send("chat.send", {"room_id": room["id"], "text": "private", "client_id": "2"})
        a.expect("chat.message")
        ws.send("room.join", {"room_id": room["id"]})
        same("room.join of a stranger", ws.expect("system.error")["payload"]["code"], "not_member")


@story("who joins, leaves and comes online is told to those who share the room")
def presence():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        a = WebSocket(server.port, ana.token)
        a.hello()
        room = w.room(ana)
        code = ana.post(f"/api/rooms/{room['id']}/invitations", {}, 201)["invitation"]["code"]
        ben.post(f"/api/invitations/{code}/accept", {}, 200)
        joined = a.expect("room.joined", where=lambda p: p.get("username") == "ben" or p.get("user_id") == ben.user["id"])
        same("room", joined["payload"]["room_id"], room["id"])
        b = WebSocket(server.port, ben.token)
        b.hello()
        a.expect("presence.changed", where=lambda p: p["username"] == "ben" and p["online"])
        b.cut()
        a.expect("presence.changed", where=lambda p: p["username"] == "ben" and not p["online"])
        ben.post(f"/api/rooms/{room['id']}/leave", {}, 204)
        a.expect("room.left", where=lambda p: p["user_id"] == ben.user["id"])


@story("events missed while away come after hello since, in order and once")
def missed_events_are_replayed():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        b = WebSocket(server.port, ben.token)
        seq = b.hello()["seq"]
        b.cut()
        first, second = w.room(ana, ben, name="one"), w.room(ana, ben, name="two")
        b = WebSocket(server.port, ben.token)
        b.hello(since=seq)
        heard = [b.expect("room.joined") for _ in range(2)]
        rooms = [e["payload"].get("room", {}).get("id") or e["payload"]["room_id"] for e in heard]
        same("rooms", rooms, [first["id"], second["id"]])
        if not seq < heard[0]["seq"] < heard[1]["seq"]:
            raise Failure(f"seq {seq}, {[e['seq'] for e in heard]}")
        b.send("room.join", {"room_id": first["id"]})
        b.expect("room.joined")
        if [e for e in b.pending if e["type"] == "room.joined"]:
            raise Failure(f"an event came twice: {b.pending}")


@story("a page of another origin is refused before the WebSocket opens")
def foreign_origin():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        for origin in ("https://evil.example", f"http://localhost:{server.port + 1}", "null"):
            try:
                WebSocket(server.port, ana.token, headers={"Origin": origin})
            except Refused as refused:
                same(origin, refused.status, 403)
            else:
                raise Failure(f"origin {origin} was let in")
        try:
            WebSocket(server.port)
        except Refused as refused:
            same("without a token", refused.status, 401)
        else:
            raise Failure("let in without a token")
        reply = ana.call("POST", "/api/rooms", {"name": "x"}, headers={"Origin": "https://evil.example"})
        same("REST from another origin", (reply.status, reply.code), (403, "origin_refused"))


@story("ending a sign-in closes its WebSocket within a second")
def revoked_login_is_cut():
    with World() as w:
        server = w.server()
        here, there = server.register("ana"), server.api().login("ana")
        ws = WebSocket(server.port, there.token)
        ws.hello()
        logins = here.get("/api/auth/sessions")["sessions"]
        other = next(s for s in logins if not s["current"])
        began = time.monotonic()
        here.delete(f"/api/auth/sessions/{other['id']}")
        ws.expect_close(3)
        if time.monotonic() - began > 1:
            raise Failure(f"open for {time.monotonic() - began:.2f} s")
        same("the ended sign-in", there.call("GET", "/api/account").status, 401)


@story("a member who is thrown out hears no further message")
def kicked_member_hears_nothing():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        room = w.room(ana, ben)
        a, b = WebSocket(server.port, ana.token), WebSocket(server.port, ben.token)
        a.hello(), b.hello()
        ana.delete(f"/api/rooms/{room['id']}/members/{ben.user['id']}")
        b.expect("room.left")
        a.send("chat.send", {"room_id": room["id"], "text": "now in private", "client_id": "1"})
        a.expect("chat.message")
        b.send("room.join", {"room_id": room["id"]})
        b.expect("system.error")
        if "now in private" in json.dumps(b.pending):
            raise Failure("the message was delivered to someone who had left")


@story("a history longer than 64 KiB reaches the command line through the running daemon")
def long_history():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)
        texts = [f"{index} " + "é\"\\" * 3000 for index in range(8)]
        for index, text in enumerate(texts):
            ana.post(f"/api/rooms/{room['id']}/messages", {"text": text, "client_id": f"c{index}"}, 201)
        agent = w.agent("ana-laptop", server, ana)
        shown = agent.json("chat", room["id"], "--last", "20")
        if [m["text"] for m in shown["messages"]] != texts:
            raise Failure(f"{len(shown['messages'])} messages, not the ones that were written")


@story("whoever sends is seen sharing, and two devices whose call was answered are seen in it, until the session ends")
def activity_is_told():
    with World() as w:
        server = w.server()
        ana, ben, chloe = (server.register(name) for name in ("ana", "ben", "chloe"))
        w.room(ana, ben, chloe)
        ends = {}
        for person, name in ((ana, "laptop"), (ben, "desktop")):
            api, _ = w.device(person, name)
            ends[name] = WebSocket(server.port, api.token)
            ends[name].hello(device_id=name, kind="agent")
        watcher = WebSocket(server.port, chloe.token)
        watcher.hello()

        def seen(device, activity):
            watcher.expect("presence.changed", where=lambda told: told.get("device_id") == device and told["online"]
                           and told.get("activity") == activity)

        def open_session(kind, opener, target, **more):
            ends[opener].send("p2p.session.request", {"kind": kind, "target_device_id": target, **more})
            created = ends[target].expect("p2p.session.created")
            ends[target].send("system.ack", {"event_id": created["id"]})
            return ends[opener].expect("p2p.session.created")["payload"]["session_id"]

        def end(session):
            ends["laptop"].send("p2p.session.close", {"session_id": session})
            for side in ends.values():
                side.expect("p2p.session.revoked", where=lambda told: told["session_id"] == session)

        file = open_session("file", "laptop", "desktop")
        seen("laptop", "sharing")
        fetched = open_session("file", "laptop", "desktop", sender="target")
        seen("desktop", "sharing")
        late = WebSocket(server.port, chloe.token)
        present = {d["device_id"]: d.get("activity") for p in late.hello()["presence"] for d in p["devices"]
                   if "device_id" in d}
        same("what a late comer is told", present, {"laptop": "sharing", "desktop": "sharing"})

        call = open_session("call", "laptop", "desktop")
        ends["laptop"].send("rtc.offer", {"session_id": call, "type": "offer", "sdp": "v=0\r\n"}, to="device:desktop")
        ends["desktop"].expect("rtc.offer")
        ends["desktop"].send("rtc.answer", {"session_id": call, "type": "answer", "sdp": "v=0\r\n"}, to="device:laptop")
        seen("laptop", "in_call"), seen("desktop", "in_call")
        # A word alone makes nobody look busy.
        watcher.send("rtc.answer", {"session_id": call, "type": "answer", "sdp": "v=0\r\n"}, to="device:laptop")
        end(call)
        seen("laptop", "sharing"), seen("desktop", "sharing")
        end(file)
        seen("laptop", None)
        end(fetched)
        seen("desktop", None)
        others = [e["payload"] for e in watcher.pending if e["type"] == "presence.changed"
                  and e["payload"]["user_id"] == chloe.user["id"] and e["payload"].get("activity")]
        same("activities of somebody who did nothing", others, [])
