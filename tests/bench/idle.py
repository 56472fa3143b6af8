"""memory of a server and an agent that wait, and of each WebSocket that waits, plain and over TLS"""
import time

import measure
from harness import WebSocket, World
from harness.tls import TlsServer

SETTLE_SECONDS = 5
SOCKETS, SOCKETS_A_USER = 600, 60


def socket_kib(server):
    """What one more welcomed WebSocket costs the server; the first connections of each person are not counted."""
    people = [server.register(f"person{i}") for i in range(SOCKETS // SOCKETS_A_USER)]
    sockets = []

    def open_one(api):
        sockets.append(WebSocket(server.port, api.token, tls=server.tls))
        sockets[-1].hello()

    for api in people:
        open_one(api)
    before = server.program.rss_kb()
    for api in people:
        for _ in range(SOCKETS_A_USER - 1):
            open_one(api)
    time.sleep(SETTLE_SECONDS)
    figure = (server.program.rss_kb() - before) / (len(sockets) - len(people))
    for s in sockets:
        s.close()
    return round(figure, 2)


def bench(_):
    with World() as w:
        sockets = {"idle_ws_kib": socket_kib(w.server(name="plain")),
                   "idle_wss_kib": socket_kib(TlsServer(w, "tls").start())}
    with World() as w:
        server = w.server(args=["--web-dir", str(measure.ROOT / "client/dist")])
        ana, ben = server.register("ana"), server.register("ben")
        w.room(ana, ben)
        a = w.agent("device-a", server, ana)
        w.agent("device-b", server, ben)
        time.sleep(SETTLE_SECONDS)
        return {"server_idle_rss_mb": round(server.program.rss_kb() * 1024 / 1e6, 2),
                "agent_idle_rss_mb": round(a.program.rss_kb() * 1024 / 1e6, 2), **sockets}
