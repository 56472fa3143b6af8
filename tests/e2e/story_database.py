"""A server whose PostgreSQL goes and comes back."""
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
