"""Transfers under control: paused, resumed, called off, and no faster than they may be."""
import os
import shutil
import signal

from harness import Failure, WebSocket, World, story, wait_until
from story_accounts import same
from transfers import MIB, is_whole, of_name, pair, part_size, people, took


@story("transfers pause, resume and cancel do what they say, and Ctrl-C calls a file off")
def transfers_are_controlled():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("big.bin", 768 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        number = of_name(a, "big.bin")["transfer_id"]
        a.command("transfers", "pause", number[:6], check=True)
        same("state", of_name(a, "big.bin")["state"], "paused")
        wait_until("the receiver noticed", lambda: of_name(b, "big.bin")["state"] == "paused", 10)
        stopped = part_size(b)
        if not MIB < stopped < path.stat().st_size:
            raise Failure(f"{stopped} bytes are there")
        if a.command("transfers", "pause", number).returncode == 0:
            raise Failure("paused twice")
        a.command("transfers", "resume", number, check=True)
        same("exit code", sending.wait(60), 0)
        is_whole(b, "big.bin", path)
        if of_name(a, "big.bin")["before"] < stopped - 2 * MIB:
            raise Failure("it began anew")
        shown = a.command("transfers", "show", number[:6], check=True).stdout
        for words in ("were there already; ", "processor time", "BLAKE3"):
            if words not in shown:
                raise Failure(f"not in its history: {words!r}\n{shown}")
        received = [t for t in b.json("transfers")["transfers"] if t["name"] == "big.bin"]
        same("what the receiver lists", [(t["state"], t["before"]) for t in received],
             [("done", of_name(a, "big.bin")["before"])])
        if "were there already." not in b.command("transfers", "show", received[0]["transfer_id"], check=True).stdout:
            raise Failure("the receiver does not say that some of it was there")
        other = w.file("other.bin", 768 * MIB)
        sending = a.background("other", "send", other, "--to", "device-b")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        sending.process.send_signal(signal.SIGINT)
        same("exit code after Ctrl-C", sending.wait(10), 130)
        same("state after Ctrl-C", of_name(a, "other.bin")["code"], "canceled")
        wait_until("the receiver heard of it", lambda: of_name(b, "other.bin").get("code") == "canceled", 10)
        a.command("transfers", "retry", of_name(a, "other.bin")["transfer_id"], check=True)
        wait_until("it arrived", lambda: of_name(a, "other.bin")["state"] == "done", 60)
        is_whole(b, "other.bin", other)


@story("what is called off while it waits for an answer is canceled there too, also by the server's word alone")
def called_off_while_it_waits():
    with World() as w:
        server, ana, _, a, b = pair(w, receive="ask")
        names = [f"{n}.bin" for n in "abc"]
        for name in names:
            a.background(name, "send", w.file(name, MIB), "--to", "device-b")
        wait_until("all wait", lambda: all_are(b, names, "waiting"), 20)
        a.command("transfers", "cancel", of_name(a, names[0])["transfer_id"], check=True)
        wait_until("one is canceled there", lambda: of_name(b, names[0])["state"] == "failed", 10)
        # The sender says nothing itself: what arrives is the server's word that the session was closed.
        os.kill(a.program.pid, signal.SIGSTOP)
        try:
            socket = WebSocket(server.port, ana.token)
            socket.hello()
            for session in {of_name(b, name)["session_id"] for name in names[1:]}:
                socket.send("p2p.session.close", {"session_id": session})
            wait_until("the others are canceled there", lambda: all_are(b, names[1:], "failed"), 10)
        finally:
            os.kill(a.program.pid, signal.SIGCONT)
        same("why", [of_name(b, name)["code"] for name in names], ["canceled"] * 3)


def all_are(agent, names, state):
    listed = {t["name"]: t["state"] for t in agent.json("transfers")["transfers"]}
    return all(listed.get(name) == state for name in names)


@story("rates hold: of one file, of the agent and of a machine, given before and changed while bytes move")
def rates_hold():
    with World() as w:
        _, _, _, a, b = pair(w)
        # At 4 MiB/s all but the first chunk of 8 MiB takes 1.94 s: faster would break the limit, slower is the machine's.
        least = (8 * MIB - 262144) / (4 * MIB) * 0.95

        def send_slowly(name, *flags):
            a.command("send", w.file(name, 8 * MIB), "--to", "device-b", *flags, check=True)
            if took(a, name) < least:
                raise Failure(f"{name} took {took(a, name)} s, less than {least}")
            is_whole(b, name, w.tmp / name)

        send_slowly("own.bin", "--limit", "4M")
        a.command("limit", "4M", check=True)
        send_slowly("all.bin")
        a.command("limit", "off", check=True)
        a.command("limit", "4M", "--peer", "device-b", check=True)
        same("limits", a.json("limit"), {"chosen": True, "devices": [{"device_id": "device-b", "rate": 4 * MIB}]})
        a.restart()
        send_slowly("peer.bin")
        a.command("limit", "off", "--peer", "device-b", check=True)
        # A person means the machines of that person; nobody is nobody.
        a.command("limit", "4M", "--peer", "ben", check=True)
        same("limits by a person", a.json("limit"), {"chosen": True, "devices": [{"device_id": "device-b", "rate": 4 * MIB}]})
        a.command("limit", "off", "--peer", "ben", check=True)
        same("of nobody", a.command("limit", "1M", "--peer", "zoe").returncode != 0, True)
        same("limits", a.json("limit")["devices"], [])
        path = w.file("changing.bin", 64 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "64K")
        wait_until("bytes move", lambda: any(t["name"] == "changing.bin" and t["state"] == "running"
                                             for t in a.json("transfers")["transfers"]), 20)
        number = of_name(a, "changing.bin")["transfer_id"]
        same("limit", of_name(a, "changing.bin")["limit"], 65536)
        a.command("transfers", "limit", number, "off", check=True)
        same("exit code", sending.wait(60), 0)
        is_whole(b, "changing.bin", path)
        same("a rate nobody can mean", a.command("limit", "1K").returncode, 2)
        same("a file that has ended", a.command("transfers", "limit", number, "1M").returncode != 0, True)


@story("a congestion control given to a daemon that runs is refused; the one of its configuration is in use and told")
def congestion_control_is_read_at_start():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("small.bin", MIB)
        refused = a.command("send", path, "--to", "device-b", "--cc", "cubic")
        same("exit code", refused.returncode, 2)
        for words in ("--cc", str(a.config), "mesh-agent stop"):
            if words not in refused.stderr:
                raise Failure(f"not in the answer: {words!r}\n{refused.stderr}")
        same("what was sent", a.json("transfers")["transfers"], [])

        def in_use(agent):
            return {c["congestion_control"] for c in agent.json("debug", "dump_quic_stats")["connections"]}

        with a.config.open("a") as file:
            file.write('cc = "cubic"\n')
        a.restart()
        a.command("send", path, "--to", "device-b", check=True)
        is_whole(b, "small.bin", path)
        same("what the sender uses", in_use(a), {"cubic"})
        same("what the receiver uses", in_use(b), {"bbr"})


@story("a machine that is connected but does not answer holds up no other, and gets its files in their order later")
def one_hangs():
    with World() as w:
        server, ana, ben = people(w)
        a, b, c = w.agent("device-a", server, ana), w.agent("device-b", server, ben), w.agent("device-c", server, ben)
        names = [f"{n:02}.bin" for n in range(12)]
        os.kill(c.program.pid, signal.SIGSTOP)
        try:
            hanging = a.background("hanging", "send", *(w.file(n, MIB) for n in names), "--to", "device-c")
            wait_until("all are queued", lambda: len(a.json("transfers")["transfers"]) == len(names), 10)
            a.command("send", w.file("for-b.bin", MIB), "--to", "device-b", check=True, seconds=20)
            is_whole(b, "for-b.bin", w.tmp / "for-b.bin")
            same("the one that hangs has its files", [of_name(a, n)["state"] == "done" for n in names], [False] * len(names))
        finally:
            os.kill(c.program.pid, signal.SIGCONT)
        wait_until("all are there", lambda: all_are(a, names, "done"), 60)
        hanging.wait(20)
        for name in names:
            is_whole(c, name, w.tmp / name)


@story("what is called off while nothing can be written stays called off over kill -9, once it can be")
def canceled_on_a_full_disk():
    with World() as w:
        _, _, _, a, b = pair(w)
        b.program.stop()
        b.wait_online(False)
        a.command("send", w.file("secret.bin", MIB), "--to", "device-b")
        number = of_name(a, "secret.bin")["transfer_id"]
        a.command("transfers", "pause", number, check=True)  # or the next attempt would write
        kept = a.state / "outbox.json"
        kept.unlink()
        (kept / "in the way").mkdir(parents=True)
        a.command("transfers", "cancel", number, check=True)
        a.program.wait_for("what waits to be sent cannot be kept", 10)
        (kept / "in the way").rmdir()
        kept.rmdir()
        wait_until("it is written", kept.is_file, 20)
        a.program.kill()
        a.start()
        same("secret.bin", [of_name(a, "secret.bin")[key] for key in ("state", "code")], ["failed", "canceled"])


@story("who waits for a file or folder whose sender canceled it or lost it meanwhile is told when both are there again")
def taken_back():
    with World() as w:
        _, _, _, a, b = pair(w)
        names = ["gone.bin", "canceled.bin"]
        sending = {name: a.background(name, "send", w.file(name, 32 * MIB), "--to", "device-b", "--limit", "4M") for name in names}
        album = w.folder("album")
        shutil.copyfile(w.tmp / "gone.bin", album / "picture.bin")
        sending["album"] = a.background("album", "send", album, "--to", "device-b", "--limit", "4M")
        names.append("album")
        wait_until("all are on their way", lambda: all_are(a, names, "running") and all_are(b, names, "running"), 20)
        b.program.stop()
        wait_until("all wait", lambda: all_are(a, names, "queued"), 20)
        (w.tmp / "gone.bin").unlink()
        said = a.command("transfers", "cancel", of_name(a, "canceled.bin")["transfer_id"], check=True).stdout
        said += a.command("transfers", "cancel", of_name(a, "album")["transfer_id"], check=True).stdout
        if said.count(" is canceled; device-b hears of it as soon as it is there.\n") != 2:
            raise Failure(f"it is not there: {said}")
        sending["canceled.bin"].wait_for("Canceled; device-b hears of it as soon as it is there.", 20)
        b.start()
        wait_until("the receiver knows", lambda: all_are(b, names, "failed"), 40)
        same("why there", [of_name(b, name)["code"] for name in names], ["canceled"] * 3)
        same("why here", [of_name(a, name)["code"] for name in names], ["file_unreadable", "canceled", "canceled"])
        restored = w.file("canceled.bin", 32 * MIB)
        number = of_name(a, "canceled.bin")["transfer_id"]
        a.command("transfers", "retry", number, check=True)
        a.command("transfers", "limit", number, "off", check=True)
        is_whole(b, "canceled.bin", restored)


@story("a cancel that the other machine cannot hear any more is told to it when it is back and has time")
def canceled_over_a_dead_connection():
    with World() as w:
        _, _, _, a, b = pair(w)
        sending = a.background("send", "send", w.file("dead.bin", 32 * MIB), "--to", "device-b", "--limit", "4M")
        wait_until("it is on its way", lambda: list(b.downloads.rglob("*.part")) and all_are(a, ["dead.bin"], "running"), 20)
        b.program.kill()
        same("nobody has noticed", of_name(a, "dead.bin")["state"], "running")
        said = a.command("transfers", "cancel", of_name(a, "dead.bin")["transfer_id"], check=True).stdout
        later = "device-b hears of it as soon as it is there."
        if f"dead.bin is canceled; {later}\n" not in said:
            raise Failure(f"it cannot have heard of it: {said}")
        sending.wait_for(f"Canceled; {later}", 20)
        glance = b.background("glance", "ping", "device-a", "--count", 1000)  # takes no files
        a.program.wait_for("Sending failed: busy", 30)
        same("nobody there looked at it", of_name(a, "dead.bin")["state"], "failed")
        glance.stop()
        b.start()
        wait_until("the receiver knows", lambda: all_are(b, ["dead.bin"], "failed"), 60)
        same("why there", of_name(b, "dead.bin")["code"], "canceled")


@story("what was canceled at once, while the other machine died over its question, is told to it too")
def canceled_over_a_fresh_question():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        a.background("send", "send", w.file("fresh.bin", MIB), "--to", "device-b")
        wait_until("it waits there", lambda: b.json("transfers")["transfers"] and all_are(a, ["fresh.bin"], "waiting"), 20)
        b.program.kill()
        said = a.command("transfers", "cancel", of_name(a, "fresh.bin")["transfer_id"], check=True).stdout
        if "fresh.bin is canceled; device-b hears of it as soon as it is there.\n" not in said:
            raise Failure(f"it cannot have heard of it: {said}")
        b.start()
        wait_until("the receiver knows", lambda: all_are(b, ["fresh.bin"], "failed"), 60)
