"""Every role against every action, over REST and over the WebSocket; what the document of the routes names is tried."""
import base64
import json
import threading

from harness import Failure, WebSocket, World, story
from harness.socket import Closed
from story_accounts import same

IN_ROOM = ("owner", "member", "guest")
ALL, OWNER, TALKERS = set(IN_ROOM), {"owner"}, {"owner", "member"}

# action -> (who may, body); {someone} is a member other than the one who asks
ACTIONS = {
    ("GET", "/api/rooms/{room_id}"): (ALL, None),
    ("PATCH", "/api/rooms/{room_id}"): (OWNER, {"name": "Renamed"}),
    ("GET", "/api/rooms/{room_id}/grid"): (ALL, None),
    ("PUT", "/api/rooms/{room_id}/grid"): (OWNER, {"grid": {"owner": ["call"], "member": ["call"], "guest": []}}),
    ("PUT", "/api/rooms/{room_id}/lock"): (OWNER, {"locked": True}),
    ("POST", "/api/rooms/{room_id}/members"): (OWNER, {"username": "nina"}),
    ("PATCH", "/api/rooms/{room_id}/members/{user_id}"): (OWNER, {"role": "member"}),
    ("DELETE", "/api/rooms/{room_id}/members/{user_id}"): (OWNER, None),
    ("POST", "/api/rooms/{room_id}/leave"): (ALL, {}),
    ("POST", "/api/rooms/{room_id}/invitations"): (TALKERS, {"role": "guest"}),
    ("GET", "/api/rooms/{room_id}/invitations"): (TALKERS, None),
    ("GET", "/api/rooms/{room_id}/messages"): (ALL, None),
    ("POST", "/api/rooms/{room_id}/messages"): (ALL, {"text": "hello", "client_id": "c"}),
    ("DELETE", "/api/rooms/{room_id}"): (OWNER, None),
}
CHANGES_THE_ROOM = ("DELETE", "PUT", "PATCH")


class People:
    """One of each role in a room, one outside, one who is not signed in."""

    def __init__(self, w):
        self.w, self.server = w, w.server()
        self.by_role = {role: self.server.register(role) for role in (*IN_ROOM, "outsider", "nina")}
        self.by_role["nobody"] = self.server.api()

    def room(self):
        owner = self.by_role["owner"]
        room = self.w.room(owner, self.by_role["member"])["id"]
        owner.post(f"/api/rooms/{room}/members", {"username": "guest", "role": "guest"}, 200)
        return room


@story("every role may do over REST exactly what the table of rights says, outsiders nothing, strangers not even ask")
def rest_rights():
    with World() as w:
        people = People(w)
        routes = people.server.api().get("/api/openapi.json")["paths"]
        found = [(m.upper(), path) for path, methods in routes.items() if "{room_id}" in path for m in methods]
        same("actions of the table that no longer exist", set(ACTIONS) - set(found), set())
        problems = []
        room = people.room()
        for method, path in found:
            may, body = ACTIONS.get((method, path), (None, {}))
            for role in ("nobody", "outsider", *sorted(IN_ROOM, key=lambda r: r in (may or ()))):
                someone = people.by_role["guest" if role != "guest" else "member"].user["id"]
                where = path.replace("{room_id}", room).replace("{user_id}", someone)
                if "{" in where:
                    where = where[:where.index("{")] + "x"
                status = people.by_role[role].call(method, where, body).status
                if status == 429:
                    raise Failure("rate limited before the rights were judged")
                if role == "nobody":
                    right = status == 401
                elif role == "outsider":
                    right = status in ((404,) if may else (403, 404, 422))
                elif may is None:
                    right = status < 500
                elif role in may:
                    right = status < 300 or status == 409
                else:
                    right = status == 403
                if not right:
                    problems.append(f"{method} {path} as {role}: {status}")
                if status < 300 and (method in CHANGES_THE_ROOM or path.endswith(("/leave", "/members"))):
                    room = people.room()
        if problems:
            raise Failure("\n    ".join(problems))


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Machine:
    """A made-up agent that stays connected and acknowledges every session it is told of."""

    def __init__(self, w, owner, name):
        self.api, _ = w.device(owner, name)
        self.socket = WebSocket(owner.port, self.api.token)
        self.socket.hello(quic_port=5000)
        self.name = name
        self.lock = threading.Lock()
        threading.Thread(target=self.acknowledge, daemon=True).start()

    def acknowledge(self):
        try:
            while True:
                event = self.socket.receive(60)
                if event["type"] == "p2p.session.created":
                    self.socket.send("system.ack", {"event_id": event["id"]})
        except (OSError, Closed, Failure):
            pass


KINDS = {"file": "share:file", "folder": "share:folder", "terminal": "terminal:view", "call": "call", "screen": "screen"}


@story("a session's token holds what the room's grid grants to both roles, over REST and over the WebSocket alike")
def session_rights():
    with World() as w:
        people = People(w)
        owner, room = people.by_role["owner"], people.room()
        machines = {role: Machine(w, people.by_role[role], f"{role}-pc") for role in IN_ROOM}
        target = Machine(w, owner, "owner-target")
        grids = [owner.get(f"/api/rooms/{room}/grid")["grid"],
                 {"owner": list(KINDS.values()), "member": ["terminal:view", "terminal:control"], "guest": []}]
        problems = []
        for grid in grids:
            owner.put(f"/api/rooms/{room}/grid", {"grid": grid})
            for role in ("member", "guest"):
                asking = WebSocket(people.server.port, people.by_role[role].token)
                asking.hello()
                for kind, needed in KINDS.items():
                    for sender in ("initiator", "target"):
                        receiver, giver = ("owner", role) if sender == "initiator" else (role, "owner")
                        granted = needed in grid[receiver] and (kind == "terminal" or needed in grid[giver])
                        body = {"kind": kind, "target_device_id": target.name, "room_id": room, "sender": sender,
                                "initiator_device_id": machines[role].name}
                        reply = people.by_role[role].call("POST", "/api/p2p/sessions", body)
                        asking.send("p2p.session.request", body)
                        event = next(e for e in iter(asking.receive, None)
                                     if e["type"] in ("p2p.session.created", "system.error") and e.get("reply_to"))
                        what = f"{kind} by {role}, sent by the {sender}"
                        outcomes = {"REST": (reply.status, reply.code),
                                    "WebSocket": (200 if event["type"] != "system.error" else 403, event["payload"].get("code"))}
                        for way, (status, code) in outcomes.items():
                            if granted != (status < 300) or not granted and code != "capability_denied":
                                problems.append(f"{what} over {way}: {status} {code}, granted: {granted}")
                        if granted and reply.status < 300:
                            caps = {needed} | ({"terminal:control"} if kind == "terminal" and "terminal:control" in grid[receiver]
                                               else set())
                            same(f"caps of {what}", set(claims(reply.body["session_token"])["caps"]), caps)
        if problems:
            raise Failure("\n    ".join(problems))


@story("over the WebSocket a member joins, types and writes, and an outsider is refused each of them")
def socket_rights():
    with World() as w:
        people = People(w)
        room = people.room()
        events = {"room.join": ({"room_id": room}, "room.joined"),
                  "chat.send": ({"room_id": room, "text": "t", "client_id": "c"}, "chat.message"),
                  "chat.typing": ({"room_id": room}, None)}
        for role in (*IN_ROOM, "outsider"):
            ws = WebSocket(people.server.port, people.by_role[role].token)
            ws.hello()
            for type_, (payload, answer) in events.items():
                asked = ws.send(type_, payload)
                if role == "outsider":
                    error = ws.expect("system.error", 5)
                    if error.get("reply_to") != asked or error["payload"]["code"] not in ("not_found", "forbidden", "not_member"):
                        raise Failure(f"{type_} as outsider: {error}")
                elif answer:
                    ws.expect(answer, 5)
            ws.send("no.such.event")  # answered after all that was sent before it
            refused = [ws.expect("system.error", 5)["payload"]["code"]]
            same(f"errors of {role}", refused, ["event_unknown"])
            ws.close()
