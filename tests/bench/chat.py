"""250 rooms of 4, 1000 messages/s kept on disk, for 10 s: the server beside the same chat in FastAPI; guesses; a storm"""
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor

import measure
from harness import Api, World, free_port, wait_until
from harness.program import Program
from harness.world import BIN

ROOMS, MEMBERS, RATE, SECONDS = 250, 4, 1000, 10
LOGIN_RATE = 1000
GOALS = {"cpu_ratio": 1.7}
PYTHON = "/usr/bin/python3"  # Debian's own, which sees Debian's packages


def people(port, load):
    """Signs up everybody and tells the load who they are."""
    def room(index):
        names = [f"person{index * MEMBERS + i}" for i in range(MEMBERS)]
        apis = [Api(port).register(name) for name in names]
        made = apis[0].post("/api/rooms", {"name": f"room {index}"}, 201)["room"]["id"]
        for name in names[1:]:
            apis[0].post(f"/api/rooms/{made}/members", {"username": name}, 200)
        return [(api.token, made) for api in apis]

    with ThreadPoolExecutor(4) as pool:
        for clients in pool.map(room, range(ROOMS)):
            for token, made in clients:
                load.tell(f"client {token} {made}")


class Side:
    """One of the two servers with everybody connected to it."""

    def __init__(self, name, program, port):
        self.name, self.program, self.runs = name, program, []
        self.load = measure.Load(BIN / "mesh-chat-load", port, core=1)
        people(port, self.load)
        if self.load.ask("connect")["seconds"] < 0:
            raise RuntimeError(f"{name}: not everybody was welcomed")

    def run(self):
        before = measure.cpu_seconds(self.program.pid)
        figures = self.load.ask(f"chat {RATE} {SECONDS} 0")
        figures["cpu_us"] = (measure.cpu_seconds(self.program.pid) - before) / max(figures["delivered"], 1) * 1e6
        self.runs.append(figures)
        print(f"{self.name}: {figures}", file=sys.stderr)

    def figures(self):
        def median(key):
            return round(statistics.median(run[key] for run in self.runs), 1)
        return {f"{self.name}_p50_us": median("p50_us"), f"{self.name}_p99_us": median("p99_us"),
                f"{self.name}_cpu_us_per_delivery": median("cpu_us"),
                f"{self.name}_delivered_percent": round(
                    100 * sum(r["delivered"] for r in self.runs) / sum(r["expected"] for r in self.runs), 3),
                f"{self.name}_duplicates": sum(r["duplicates"] for r in self.runs)}


def start_fastapi(w):
    home = w.folder("fastapi")
    port = free_port()
    program = Program("fastapi", measure.pinned(0, [PYTHON, measure.ROOT / "tests/bench/fastapi_chat.py", port, home]),
                      w.environment(home), home / "log")
    w.programs.append(program)
    wait_until("FastAPI answers", lambda: healthy(port), 20)
    return program, port


def healthy(port):
    try:
        return Api(port).call("GET", "/health", seconds=2).status == 200
    except OSError:
        return False


def start_mesh(w):
    server = w.server()
    measure.pin(server.program.pid, 0)
    return server.program, server.port


def bench(args):
    measure.need("bench-chat")
    measure.build("mesh-chat-load")
    with World() as w:
        ours, theirs = Side("mesh", *start_mesh(w)), Side("fastapi", *start_fastapi(w))
        for _ in range(args.runs):
            ours.run()
            theirs.run()
        flood = ours.load.ask(f"chat {RATE} {SECONDS} {LOGIN_RATE}")
        storms = [ours.load.ask("storm")["seconds"] for _ in range(3)]
        for side in (ours, theirs):
            side.load.close()
    figures = {"rooms": ROOMS, "members": MEMBERS, "messages_per_second": RATE, "seconds": SECONDS, "runs": args.runs,
               **ours.figures(), **theirs.figures()}
    figures["fastapi_cpu_by_mesh_cpu"] = round(
        figures["fastapi_cpu_us_per_delivery"] / figures["mesh_cpu_us_per_delivery"], 2)
    figures["fastapi_p99_by_mesh_p99"] = round(figures["fastapi_p99_us"] / figures["mesh_p99_us"], 2)
    figures |= {"bad_logins_per_second": LOGIN_RATE, "bad_logins_chat_p50_ms": round(flood["p50_us"] / 1e3, 2),
                "bad_logins_chat_p99_ms": round(flood["p99_us"] / 1e3, 2),
                "bad_logins_chat_delivered_percent": round(100 * flood["delivered"] / flood["expected"], 3),
                "bad_logins_answers": flood["logins"] | {"not_sent": flood["logins_skipped"]},
                "storm_of_1000_caught_up_seconds": round(max(storms), 3)}
    return figures
