"""What must be read nowhere: passwords, tokens, keys, texts, in logs, command lines and the database."""
import pathlib

from harness import Failure, WebSocket, World, story

CANARY_PASSWORD = "canary-passw0rd-7f3a91"
CANARY_TEXT = "canary-chat-text-55c1de"
CANARY_NAME = "canary-file-name-e2b7"


def holders(needle, files):
    found = []
    for path in files:
        try:
            if needle.encode() in pathlib.Path(path).read_bytes():
                found.append(str(path))
        except OSError:
            continue
    return found


@story("passwords, tokens, keys and chat texts are in no log, no command line and (but for the text) no database")
def canaries():
    with World() as w:
        server = w.server(env={"MESH_LOG": "debug"}, args=["--log", "debug"])
        ana = server.register("ana", CANARY_PASSWORD)
        ben = server.register("ben", CANARY_PASSWORD)
        room = w.room(ana, ben)
        a = w.agent("device-a", server, ana, env={"MESH_LOG": "debug"})
        b = w.agent("device-b", server, ben, env={"MESH_LOG": "debug"})
        ws = WebSocket(server.port, ana.token, query_token=True)
        ws.hello()
        ws.send("chat.send", {"room_id": room["id"], "text": CANARY_TEXT, "client_id": "1"})
        ws.expect("chat.message")
        server.api().call("POST", "/api/auth/login", {"username": "ana", "password": CANARY_PASSWORD + "-wrong"})
        code = ana.post("/api/devices/enroll-code", status=201)["code"]
        made = ana.post("/api/p2p/sessions", {"kind": "file", "target_device_id": "device-b"})
        path = w.file(CANARY_NAME, 64 << 20)
        endpoint = made["endpoints"]["target"]
        sending = a.background("send-file", "send-file", "--session-id", made["session_id"], "--peer-addr",
                               f"{endpoint['ip']}:{endpoint['port']}", "--token", made["session_token"], "--file", path)
        seen = b""
        while sending.running():
            try:
                seen = sending.command_lines()
                environ = pathlib.Path(f"/proc/{sending.pid}/cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                break
            if b"mesh-agent" in seen and sending.log():
                # It has started its work, so argv has been overwritten by now.
                if made["session_token"].encode() in environ:
                    raise Failure("the token stands in /proc/PID/cmdline")
        if sending.wait(60) != 0:
            raise Failure(sending.tail())
        b.received(CANARY_NAME)

        page = server.api().call("POST", "/api/auth/login", {"username": "ana", "password": CANARY_PASSWORD},
                                 headers={"Origin": server.url, "X-Mesh": "1"})
        cookie = page.headers["set-cookie"].split(";")[0].split("=", 1)[1]
        if server.api().call("GET", "/api/account", headers={"Cookie": page.headers["set-cookie"].split(";")[0]}).status != 200:
            raise Failure("the cookie does not work, so its absence proves nothing")
        invitation = ana.post(f"/api/rooms/{room['id']}/invitations", {"role": "member"}, 201)["invitation"]["code"]
        server.api().call("GET", f"/api/invitations/{invitation}")
        server.api(ana.token + "x").call("GET", "/api/account")
        server.api().call("GET", f"/?token={ana.token}")

        logs = [p.log_path for p in w.programs]
        database = [p for p in server.data.rglob("*") if p.is_file()]
        keys = [p.read_bytes() for p in a.home.rglob("*") if p.is_file() and "key" in p.name]
        secrets = {"password": CANARY_PASSWORD, "access token": ana.token, "refresh token": ana.refresh_token,
                   "capability token": made["session_token"], "enrolment code": code, "cookie": cookie}
        if found := holders(invitation, logs):
            raise Failure(f"an invitation's code in {found}")
        for program in w.programs:
            if program.running():
                lines = program.command_lines()
                if told := [what for what, needle in secrets.items() if needle.encode() in lines]:
                    raise Failure(f"{told} on the command line of {program.name}")
        for what, needle in secrets.items():
            if found := holders(needle, logs):
                raise Failure(f"{what} in {found}")
            if found := holders(needle, database):
                raise Failure(f"{what} in the database: {found}")
        for what, needle in {"chat text": CANARY_TEXT}.items():
            if found := holders(needle, logs):
                raise Failure(f"{what} in {found}")
        for key in keys:
            for path in logs:
                if len(key) >= 16 and key.strip() in path.read_bytes():
                    raise Failure(f"a key file stands in {path}")


@story("keys, credentials and sockets are readable by their owner only")
def modes():
    with World() as w:
        server = w.server()
        agent = w.agent("device-a", server, server.register("ana"))
        wrong = []
        for base in (agent.home / "state", agent.home / "run", server.data):
            for path in base.rglob("*"):
                mode = path.lstat().st_mode & 0o777
                if path.is_file() and mode & 0o077 and path.suffix not in (".log",):
                    wrong.append(f"{path.relative_to(w.tmp)} {mode:o}")
                if path.is_socket() and path.parent.stat().st_mode & 0o077 and mode & 0o077:
                    wrong.append(f"{path.relative_to(w.tmp)} {mode:o} in an open folder")
        if wrong:
            raise Failure(f"others may read: {wrong}")
