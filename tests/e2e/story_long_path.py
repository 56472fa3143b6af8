"""A path between continents: it is filled, not only as far as a short one needs."""
from harness import Link, World, story, wait_until
from transfers import MIB, is_whole, pair, session

SIZE = 160 * MIB
SHORT_PATH_BYTES = 3 * MIB  # more than the buffers that a short path gets


@story("over a path of 100 ms as much is under way as fills it, and the file arrives whole")
def far_away():
    with World() as w:
        _, ana, _, a, b = pair(w)
        path = w.file("far.bin", SIZE)
        made = session(ana, "device-b")
        link = Link(w, [made["endpoints"]["target"]["port"]], 100, mbit=1000, queue_bytes=12_500_000)
        sending = a.background("send", "send-file", "--session-id", made["session_id"], "--peer-addr", f"127.0.0.1:{link.ports[0]}",
                               "--token", made["session_token"], "--file", path)
        wait_until("more is under way than a short path takes", lambda: any(
            c["bytes_in_flight"] > SHORT_PATH_BYTES for c in a.json("debug", "dump_quic_stats")["connections"]), 60)
        sending.wait_for("arrived at", 60)
        is_whole(b, "far.bin", path)
