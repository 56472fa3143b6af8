"""A server whose PostgreSQL goes and comes back."""
import shutil
import stat
import threading

import postgres
from harness import Failure, Skip, World, story, wait_until, world


@story("a database that goes leaves the server up: requests answer 503, and what was acknowledged is there when it is back")
def database_goes_and_comes_back():
    if postgres.programs() is None:
        raise Skip("PostgreSQL is not installed (package postgresql)")
    database = postgres.Postgres()
    try:
        with World() as w:
            server = w.server(env={"MESH_SERVER_DATABASE": database.create("mesh")})
            ana = server.register("ana")
            room = w.room(ana)
            where = f"/api/rooms/{room['id']}/messages"
            for index in range(5):
                ana.post(where, {"text": str(index), "client_id": f"c{index}"}, 201)
            database.halt()
            for method, path, body in (("GET", "/ready", None), ("POST", where, {"text": "lost", "client_id": "lost"})):
                answer = ana.call(method, path, body)
                if answer.status != 503:
                    raise Failure(f"{method} {path} answers {answer.status} without a database")
            if server.api().call("GET", "/health").status != 200:
                raise Failure("the server is not well without its database")
            database.start()
            wait_until("the server is ready again", lambda: server.api().call("GET", "/ready").status == 200, 20)
            texts = [m["text"] for m in ana.get(where)["messages"]]
            if texts != [str(index) for index in range(5)]:
                raise Failure(f"the room holds {texts}")
    finally:
        database.stop()


@story("a database that refuses or cannot be named is said clearly and without its password")
def database_refuses():
    if postgres.programs() is None:
        raise Skip("PostgreSQL is not installed (package postgresql)")
    with World() as w:
        env = w.environment(w.folder("home"))
        for address, code, word in (("postgres://mesh:hunter2@/mesh?host=/nonexistent", 1, "/nonexistent"),
                                    ("postgres://mesh:hunter2@localhost/mesh?colour=red", 2, "PostgreSQL address")):
            done = world.run([world.BIN / "mesh-server", "migrate", "--data-dir", w.tmp / "data"],
                             env | {"MESH_SERVER_DATABASE": address})
            said = done.stdout + done.stderr
            if done.returncode != code or word not in said or "hunter2" in said:
                raise Failure(f"exit code {done.returncode}: {said}")


@story("a server moves from SQLite to PostgreSQL and back with everything, and never into a database that holds data")
def database_moves():
    if postgres.programs() is None:
        raise Skip("PostgreSQL is not installed (package postgresql)")
    database = postgres.Postgres()
    try:
        with World() as w:
            server = w.server()
            ana = server.register("ana")
            room = w.room(ana)
            where = f"/api/rooms/{room['id']}/messages"
            for index in range(20):
                ana.post(where, {"text": f"été {index} \N{SNOWMAN}", "client_id": f"c{index}"}, 201)
            sent = ana.get(where)["messages"]
            here, there, again = server.data / "mesh.db", database.create("mesh"), server.data / "again.db"
            if (done := server.command("db", "move", "--from", here, "--to", there)).returncode == 0:
                raise Failure("moved under a running server: " + done.stdout)
            server.program.stop()
            for source, target in ((here, there), (there, again)):
                done = server.command("db", "move", "--from", source, "--to", target)
                if done.returncode != 0 or "messages: 20 rows" not in done.stderr:
                    raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
                if (done := server.command("db", "move", "--from", source, "--to", target)).returncode == 0:
                    raise Failure("moved into a database that holds data: " + done.stdout)
            for address in (there, again):
                server.program.env["MESH_SERVER_DATABASE"] = str(address)
                server.start()
                if server.api().login("ana", "test123").get(where)["messages"] != sent:
                    raise Failure(f"{address} holds other messages")
                server.program.stop()
    finally:
        database.stop()


def messages_of(api, room):
    found, page = [], {"has_more": True}
    while page["has_more"]:
        page = api.get(f"/api/rooms/{room}/messages?after={found[-1]['seq'] if found else 0}&limit=100")
        found += page["messages"]
    return found


def facts_of(server, name):
    """What a person finds after signing in, messages apart."""
    api = server.api().login(name, "test123")
    rooms = sorted(api.get("/api/rooms")["rooms"], key=lambda room: room["id"])
    return {"user": api.user["id"], "rooms": [(room["id"], room["name"], room["role"]) for room in rooms],
            "devices": sorted((d["device_id"], d["key_sha256"]) for d in api.get("/api/devices")["devices"])}


def refuses(server, word, *argv):
    done = server.command(*argv)
    if done.returncode != 1 or word not in done.stderr:
        raise Failure(f"{' '.join(map(str, argv))}: exit code {done.returncode}: {done.stdout}{done.stderr}")


def backed_up_under_writes(server, room, people, kept):
    """Backs up while messages are sent; answers those that were acknowledged, in order."""
    stop, sent = threading.Event(), []

    def write():
        while not stop.is_set():
            text = {"text": f"été {len(sent)} \N{SNOWMAN}", "client_id": f"c{len(sent)}"}
            reply = people[1].call("POST", f"/api/rooms/{room['id']}/messages", text)
            if reply.status == 201:
                sent.append(reply.body["message"])
            else:
                stop.wait(0.1)  # faster than one person may write

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until("messages arrive", lambda: len(sent) > 5)
        done = server.command("backup", kept)
        if done.returncode != 0:
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        so_far = len(sent)
        wait_until("more messages arrive", lambda: len(sent) > so_far + 5)
    finally:
        stop.set()
        writer.join()
    return sent


def rehearse(w, server, second):
    """A server that is written to, its backup, its end, and the backup at work on `second`, another machine."""
    people = server.register("ana"), server.register("ben")
    room = w.room(*people)
    w.device(people[0], "desk")
    before = [facts_of(server, name) for name in ("ana", "ben")]
    kept, damaged = w.tmp / "kept.backup", w.tmp / "damaged.backup"
    sent = backed_up_under_writes(server, room, people, kept)
    if stat.S_IMODE(kept.stat().st_mode) != 0o600:
        raise Failure(f"others can read the backup: {kept.stat().st_mode:o}")
    refuses(server, "exists already", "backup", kept)
    keys = (server.data / "keys").read_bytes()
    server.program.kill()
    shutil.rmtree(server.data)

    damaged.write_bytes(kept.read_bytes()[:-2000])
    refuses(second, "cut short or damaged", "restore", damaged)
    refuses(second, "did not make this file", "restore", world.ROOT / "README.md")
    refuses(second, "cannot be read", "restore", w.tmp / "none")
    if second.data.exists():
        raise Failure("a refused backup left something behind")
    done = second.command("restore", kept)
    if done.returncode != 0 or "users: 2 rows" not in done.stderr:
        raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    refuses(second, "data already", "restore", kept)
    restored = second.data / "keys"
    if restored.read_bytes() != keys or stat.S_IMODE(restored.stat().st_mode) != 0o600:
        raise Failure("the keys are not those of before")
    second.start()
    refuses(second, "uses", "restore", kept, "--replace")
    if (after := [facts_of(second, name) for name in ("ana", "ben")]) != before:
        raise Failure(f"{before} became {after}")
    found = messages_of(second.api().login("ben", "test123"), room["id"])
    if len(found) < 6 or found != sent[:len(found)]:
        raise Failure(f"{len(found)} messages are not the first of {len(sent)}: {found[:2]} {sent[:2]}")
    # Replaced on demand, and again with what came later gone.
    second.api().login("ana", "test123").post("/api/rooms", {"name": "later"}, 201)
    second.program.stop()
    if (done := second.command("restore", kept, "--replace")).returncode != 0:
        raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    second.start()
    if [facts_of(second, name) for name in ("ana", "ben")] != before:
        raise Failure("a restore did not replace what came after the backup")


@story("a backup of a running server brings back people, rooms, devices, messages and keys on another machine")
def backup_is_restored():
    with World() as w:
        rehearse(w, w.server(name="first"), world.Server(w, name="second"))


@story("a backup taken of SQLite is restored into PostgreSQL, and one of PostgreSQL into SQLite")
def backup_changes_engines():
    if postgres.programs() is None:
        raise Skip("PostgreSQL is not installed (package postgresql)")
    database = postgres.Postgres()
    try:
        for first, second in ((None, database.create("second")), (database.create("first"), None)):
            with World() as w:
                env = [{"MESH_SERVER_DATABASE": address} if address else {"MESH_SERVER_DATABASE": ""} for address in (first, second)]
                rehearse(w, w.server(name="first", env=env[0]), world.Server(w, name="second", env=env[1]))
    finally:
        database.stop()


@story("one server a database: a second one is refused, whatever its data folder, until the first has ended")
def database_has_one_server():
    with World() as w:
        first = w.server(name="first")
        second = world.Server(w, name="second", env={"MESH_SERVER_DATABASE": first.env.get("MESH_SERVER_DATABASE", str(first.data / "mesh.db"))})
        refuses(second, "Another mesh-server uses this database", "serve")
        first.register("ana")
        first.program.kill()
        second.start().api().login("ana", "test123")
