"""Accounts as a person with curl meets them, and the shapes that scripts rely on."""
import json
import re
import subprocess

from harness import Api, Failure, World, story

ID = {"usr": r"usr_[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}", "ses": r"ses_[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}"}


def curl(*argv):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *argv], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"curl {argv}: {done.stderr}")
    return done.stdout


def same(what, found, expected):
    if found != expected:
        raise Failure(f"{what}: expected {expected!r}, found {found!r}")


@story("curl registers test with test123 on a fresh server, then logs in")
def curl_registers_and_logs_in():
    with World() as w:
        server = w.server()
        seed = json.dumps({"username": "test", "password": "test123"})
        made = json.loads(curl("-X", "POST", f"{server.url}/api/auth/register", "-H", "Content-Type: application/json",
                               "-d", seed))
        again = json.loads(curl("-X", "POST", f"{server.url}/api/auth/login", "-d", seed))
        for answer in (made, again):
            same("token_type", answer["token_type"], "bearer")
            same("expires_in", answer["expires_in"], 900)
            same("parts of access_token", answer["access_token"].count("."), 2)
            if not answer["refresh_token"] or not re.fullmatch(ID["usr"], answer["user"]["id"]):
                raise Failure(f"unexpected answer {answer}")
        same("user", made["user"]["id"], again["user"]["id"])
        me = json.loads(curl("-H", f"Authorization: Bearer {again['access_token']}", f"{server.url}/api/account"))
        same("username", me["user"]["username"], "test")


@story("POST /api/p2p/sessions answers exactly what the contract shows")
def session_shape():
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        w.agent("device-a", server, ana)
        w.agent("device-b", server, ben)
        answer = json.loads(curl("-X", "POST", f"{server.url}/api/p2p/sessions", "-H", f"Authorization: Bearer {ana.token}",
                                 "-d", '{"kind":"file","target_device_id":"device-b","ttl":120}'))
        same("keys", set(answer), {"session_id", "session_token", "expires_at", "endpoints"})
        if not re.fullmatch(ID["ses"], answer["session_id"]):
            raise Failure(answer["session_id"])
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["expires_at"]):
            raise Failure(f"expires_at {answer['expires_at']}")
        same("parts of the token", answer["session_token"].count("."), 2)
        same("endpoints", set(answer["endpoints"]), {"initiator", "target"})
        for side in answer["endpoints"].values():
            same("endpoint", set(side), {"ip", "port"})
            same("type of port", type(side["port"]), int)


@story("a session with a ttl outside 60 to 180, an unknown kind or an offline target is refused in so many words")
def session_refusals():
    with World() as w:
        server = w.server()
        ana, ben, eve = server.register("ana"), server.register("ben"), server.register("eve")
        w.room(ana, ben)
        agent = w.agent("device-a", server, ana)
        w.device(ben, "device-b")
        table = [
            ({"kind": "file", "target_device_id": "device-b", "ttl": 59}, 422, "ttl_out_of_range"),
            ({"kind": "file", "target_device_id": "device-b", "ttl": 181}, 422, "ttl_out_of_range"),
            ({"kind": "teleport", "target_device_id": "device-b"}, 422, "kind_unknown"),
            ({"kind": "file", "target_device_id": "device-b"}, 409, "peer_offline"),
            ({"kind": "file", "target_device_id": "no-such-device"}, 404, "not_found"),
        ]
        for body, status, code in table:
            reply = ana.call("POST", "/api/p2p/sessions", body)
            same(str(body), (reply.status, reply.code), (status, code))
        stranger = eve.call("POST", "/api/p2p/sessions", {"kind": "file", "target_device_id": agent.device_id})
        if stranger.status not in (403, 404, 422):
            raise Failure(f"someone without a common room was answered {stranger}")


@story("the one-time owner link sets the first password and works once")
def owner_link():
    with World() as w:
        server = w.server()
        printed = server.command("owner-link")
        found = re.search(r"http://localhost:(\d+)/#/setup/(\S+)", printed.stdout)
        if not found:
            raise Failure(f"no link in {printed.stdout!r} {printed.stderr!r}")
        same("port of the link", int(found[1]), server.port)
        body = {"token": found[2], "username": "owner", "password": "correct horse"}
        wrong = server.api().call("POST", "/api/auth/setup", body | {"token": found[2][:-2] + "xx"})
        same("a wrong token", wrong.status, 401)
        tokens = server.api().post("/api/auth/setup", body, 200)
        same("username", tokens["user"]["username"], "owner")
        again = server.api().call("POST", "/api/auth/setup", body | {"username": "thief"})
        if again.status not in (401, 409):
            raise Failure(f"the link worked twice: {again}")
        server.api().login("owner", "correct horse")


@story("a refresh token works once; using it again ends the whole sign-in")
def refresh_rotates():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        first = ana.refresh_token
        second = server.api().post("/api/auth/refresh", {"refresh_token": first}, 200)
        same("account with the new token", Api(server.port, second["access_token"]).call("GET", "/api/account").status, 200)
        reused = server.api().call("POST", "/api/auth/refresh", {"refresh_token": first})
        same("reuse", (reused.status, reused.code), (401, "refresh_reused"))
        ended = server.api().call("POST", "/api/auth/refresh", {"refresh_token": second["refresh_token"]})
        same("the successor after a reuse", ended.status, 401)
        same("the access token after a reuse",
             Api(server.port, second["access_token"]).call("GET", "/api/account").status, 401)


@story("an invitation lets a second person register on a server that listens on a network address")
def invitations_open_the_door():
    with World() as w:
        server = w.server(args=["--host", "0.0.0.0"])
        ana = server.register("ana", "correct horse")
        refused = server.api().call("POST", "/api/auth/register", {"username": "ben", "password": "correct horse"})
        same("without invitation", (refused.status, refused.code), (403, "invitation_required"))
        room = w.room(ana)
        invitation = ana.post(f"/api/rooms/{room['id']}/invitations", {}, 201)["invitation"]
        short = server.api().call("POST", "/api/auth/register",
                                  {"username": "ben", "password": "test123", "invitation": invitation["code"]})
        same("a short password on a network", short.status, 422)
        ben = server.register("ben", "correct horse", invitation=invitation["code"])
        same("rooms of the invited", [r["id"] for r in ben.get("/api/rooms")["rooms"]], [room["id"]])


@story("an agent that asks for a code is signed in when its person confirms the code in the page")
def login_by_code():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        from harness.world import Agent
        agent = Agent(w, "ana-laptop", server, ana)
        login = agent.background("login", "login")
        login.wait_for("-", 20)
        code = None
        for _ in range(2):
            login.wait_for("confirm", 20)
            code = re.search(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b", login.log())
            if code:
                break
        if not code:
            raise Failure("no code in the output of login:\n" + login.tail())
        looked = ana.post("/api/auth/device/lookup", {"user_code": code[1]}, 200)
        same("device of the code", looked["device_id"], "ana-laptop")
        ana.post("/api/auth/device/confirm", {"user_code": code[1], "approve": True}, 200)
        same("exit code of login", login.wait(20), 0)
        agent.start()


@story("./mesh-server user add and user reset-password work beside a running server")
def server_user_commands():
    with World() as w:
        server = w.server()
        added = server.command("user", "add", "carl", stdin="a long password\n")
        same(f"user add {added.stderr}", added.returncode, 0)
        server.api().login("carl", "a long password")
        reset = server.command("user", "reset-password", "carl", stdin="another password\n")
        same(f"user reset-password {reset.stderr}", reset.returncode, 0)
        same("the old password", server.api().call("POST", "/api/auth/login",
             {"username": "carl", "password": "a long password"}).status, 401)
        server.api().login("carl", "another password")
