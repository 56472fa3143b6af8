"""What a person is told once something was stopped, waits or cannot be: what happens now, and what to do."""
import os
import re
import signal

from harness import Failure, World, story, wait_until
from harness.world import Agent
from story_accounts import same
from transfers import MIB, is_whole, of_name, pair, part_size, people


def says(what, text, *words):
    for one in words:
        if one not in text:
            raise Failure(f"{what} does not say {one!r}:\n{text}")


def newest(agent):
    return agent.json("transfers")["transfers"][-1]


def interrupted(program, seconds=15):
    """Ctrl-C; answers what it said, and how it ended."""
    program.process.send_signal(signal.SIGINT)
    code = program.wait(seconds)
    return program.log(), code


@story("who pauses, cancels or presses Ctrl-C is told what became of it and how it goes on, with a daemon")
def stopped_with_a_daemon():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("big.bin", 256 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        number = of_name(a, "big.bin")["transfer_id"]
        receiving = b.background("receive", "receive", "--keep")
        receiving.wait_for("big.bin", 20)
        left, code = interrupted(receiving)
        same("exit code of receive", code, 130)
        says("receive", left, "mesh-agent runs on in the background", "What is on its way comes to its end.")
        says("pause", a.command("transfers", "pause", number, check=True).stdout,
             f"big.bin is paused. It goes on with:  mesh-agent transfers resume {number}\n")
        sending.wait_for(f"big.bin is paused until:  mesh-agent transfers resume {number}\n")
        wait_until("the receiver noticed", lambda: of_name(b, "big.bin")["state"] == "paused", 10)
        a.command("transfers", "resume", number, check=True)
        wait_until("it runs", lambda: of_name(b, "big.bin")["state"] == "running", 20)
        said, code = interrupted(sending)
        same("exit code of send", code, 130)
        says("send", said, "Canceled, here and at device-b. The same command goes on where this one stopped.\n")
        wait_until("the receiver heard of it", lambda: of_name(b, "big.bin")["code"] == "canceled", 10)
        again = a.background("again", "send", path, "--to", "device-b", "--limit", "4M")
        wait_until("it moves", lambda: newest(a)["state"] == "running" and newest(a)["done"] > 0, 20)
        if newest(a)["before"] == 0:
            raise Failure("the same command began anew")
        number = newest(a)["transfer_id"]
        says("cancel", a.command("transfers", "cancel", number, check=True).stdout, "big.bin is canceled, here and at device-b.\n",
             f"To send it after all:  mesh-agent transfers retry {number}\n")
        same("exit code of the canceled send", again.wait(10), 130)
        says("the canceled send", again.log(), "Canceled, here and at device-b.")
        piped = a.command("transfers", "cancel", number)
        if piped.returncode == 0 or "is canceled" in piped.stdout:
            raise Failure(f"canceled twice: {piped.stdout}")


@story("who cancels at the receiver, or before anybody is there, is told whom it concerns")
def canceled_elsewhere():
    with World() as w:
        server, ana, ben = people(w)
        a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ben, receive="auto")
        path = w.file("big.bin", 256 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        number = of_name(b, "big.bin")["transfer_id"]
        says("cancel at the receiver", b.command("transfers", "cancel", number, check=True).stdout,
             "big.bin is canceled, here and at device-a.\n")
        same("exit code of send", sending.wait(20), 6)
        over = b.command("transfers", "cancel", number)
        same("canceled twice", over.returncode, 1)
        says("a second cancel", over.stderr, "it has ended")
        small = w.file("small.bin", MIB)
        a.command("send", small, "--to", "device-b", check=True)
        over = b.command("transfers", "cancel", of_name(b, "small.bin")["transfer_id"])
        same("what is here is canceled", over.returncode, 1)
        b.program.stop()
        b.wait_online(False)
        waits = w.file("waits.bin", MIB)
        same("exit code when nobody is there", a.command("send", waits, "--to", "device-b").returncode, 5)
        waiting = of_name(a, "waits.bin")["transfer_id"]
        same("cancel of what waits", a.command("transfers", "cancel", waiting, check=True).stdout,
             f"waits.bin is canceled.\nTo send it after all:  mesh-agent transfers retry {waiting}\n")
        a.command("send", "-", "--name", "piped.bin", "--to", "device-b", stdin="piped")
        same("cancel of what was piped", a.command("transfers", "cancel", of_name(a, "piped.bin")["transfer_id"], check=True).stdout,
             "piped.bin is canceled.\n")


@story("Ctrl-C on send, receive and get without a daemon, and on get with one, says what is left")
def stopped_alone():
    with World() as w:
        server, ana, ben = people(w)
        a, b = Agent(w, "device-a", server, ana).enroll(), w.agent("device-b", server, ben)
        path = w.file("big.bin", 256 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        said, code = interrupted(sending)
        same("exit code of send", code, 130)
        says("send", said, "Canceled, here and at device-b. The same command goes on where this one stopped.\n")
        wait_until("the receiver heard of it", lambda: of_name(b, "big.bin").get("code") == "canceled", 10)
        receiving = a.background("receive", "receive", "--keep")
        receiving.wait_for("Ready to receive")
        said, code = interrupted(receiving)
        same("exit code of receive", code, 130)
        same("receive", said.splitlines()[-1], "This machine takes no files any more.")
        c = w.agent("device-c", server, ana)
        c.command("rules", "add", "--from", "device-a", "--allow-get", w.tmp, check=True)
        out = w.folder("out")
        for daemon in (False, True):
            if daemon:
                a.start()
            name = f"got{daemon}"
            c.command("limit", "4M", check=True)
            getting = a.background(name, "get", f"device-c:{path}", "--output", out)
            getting.wait_for("%", 20)
            said, code = interrupted(getting)
            same("exit code of get", code, 130)
            says("get", said, "Canceled. The same command goes on where this one stopped.\n")
        c.command("limit", "off", check=True)
        a.command("get", f"device-c:{path}", "--output", out, check=True)
        same("what came", (out / "big.bin").stat().st_size, path.stat().st_size)


@story("a second send of what waits or runs already says so, and nothing goes twice")
def sent_twice():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("big.bin", 256 * MIB)
        first = a.background("first", "send", path, "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        number = of_name(a, "big.bin")["transfer_id"]
        second = a.background("second", "send", path, "--to", "device-b")
        second.wait_for(f"big.bin: is on its way to device-b already (id {number}); this command follows it\n")
        a.command("transfers", "cancel", number, check=True)
        same("exit codes", (first.wait(10), second.wait(10)), (130, 130))
        b.program.stop()
        b.wait_online(False)
        folder = w.folder("album")
        w.file("album/1.bin", 10)
        a.command("send", folder, "--to", "device-b")
        again = a.command("send", folder, "--to", "device-b")
        number = of_name(a, "album")["transfer_id"]
        says("the second send", again.stderr, f"album: waited for device-b already (id {number}); it is not queued twice, and tried now\n")
        told = a.command("send", folder, "--to", "device-b", "--json").stdout
        says("its events", told, '"already":"queued"')
        same("in the list", [t["name"] for t in a.json("transfers")["transfers"]].count("album"), 1)
        listed = a.command("transfers", check=True, env={"TZ": "<+02>-2"}).stdout
        if not re.search(r"^album \(1 file\) +to device-b \(ben\) .* \d\d:\d\d +" + number + "$", listed, re.MULTILINE):
            raise Failure(f"neither person nor time:\n{listed}")
        shown = a.command("transfers", "show", number, check=True).stdout
        if not re.search(r"^since +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, ", shown, re.MULTILINE):
            raise Failure(f"not a moment for people:\n{shown}")
        says("the same for scripts", of_name(a, "album")["started_at"], "T", "Z")


@story("a machine that only sends takes nothing meanwhile: what others send to it waits there and arrives later")
def sends_only():
    with World() as w:
        server, ana, ben = people(w)
        a = Agent(w, "device-a", server, ana).enroll()
        b = w.agent("device-b", server, ben)
        waiting = w.file("waiting.bin", MIB)
        same("exit code when nobody is there", b.command("send", waiting, "--to", "device-a").returncode, 5)
        sending = a.background("send", "send", w.file("big.bin", 256 * MIB), "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        wait_until("it was refused", lambda: of_name(b, "waiting.bin").get("code") == "busy", 20)
        same("state", of_name(b, "waiting.bin")["state"], "queued")
        same("what came", list(a.downloads.iterdir()), [])
        interrupted(sending)
        if "busy" in sending.log():
            raise Failure(f"the sender is bothered with it:\n{sending.log()}")
        a.start()
        is_whole(a, "waiting.bin", waiting)


@story("what cannot be is named by its cause, with the exit code that the manual gives for it")
def causes():
    with World() as w:
        _, ana, ben, a, b = pair(w)
        small = w.file("small.bin", 10)
        a.command("send", small, "--to", "device-b", check=True)
        done = of_name(a, "small.bin")["transfer_id"]
        for argv, code, words in (
            (("transfers", "show", "ABCD"), 1, ("See: mesh-agent transfers\n",)),
            (("transfers", "accept", done), 1, ("this transfer does not wait for an answer",)),
            (("chat", "nowhere", "x"), 1, ('no room "nowhere"', "See: mesh-agent rooms\n")),
            (("rules", "remove", "--from", "eve"), 1, ("See: mesh-agent rules\n",)),
            (("terminal", "revoke", "other"), 1, ("mesh-agent terminal list",)),
            (("terminal", "replay", w.tmp / "none"), 8, ("The file cannot be read",)),
            (("devices", "remove", "nowhere"), 5, ("Nobody by that name: nowhere",)),
            (("get", f"device-b:{small}"), 2, ('"device-b" belongs to "ben"', "your own machines only")),
            (("rules", "add", "--everybody", "--folder", "/proc/x"), 8, ("nothing can be stored in /proc/x",)),
            (("rules", "add", "--everybody", "--folder", small), 8, (f"nothing can be stored in {small}",)),
            (("receive", "--accept", "sometimes"), 2, ("--accept is one of own, all, ask, not sometimes",)),
        ):
            found = a.command(*argv)
            same(f"exit code of {argv[:2]}", found.returncode, code)
            says(f"{argv[:2]}", found.stderr, *words)
        same("rules", a.json("rules")["rules"], [])
        a.command("rules", "add", "--everybody", "--folder", w.tmp / "new/folder", check=True)
        if (w.tmp / "new").exists():
            raise Failure("a rule that nothing came by made its folder")
        french = a.command("get", f"device-b:{small}", env={"MESH_LANG": "fr"}).stderr
        says("in French", french, "«\u00a0device-b\u00a0» appartient à «\u00a0ben\u00a0»", "Voir\u00a0:")
        b.program.stop()
        b.wait_online(False)
        gone = w.file("gone.bin", 10)
        a.command("send", gone, "--to", "device-b")
        gone.unlink()
        b.start()
        wait_until("it failed", lambda: of_name(a, "gone.bin")["state"] == "failed", 20)
        same("why", of_name(a, "gone.bin")["code"], "file_unreadable")


@story("status names the account as it is called now, also to who asks right after it got another name")
def renamed():
    with World() as w:
        server = w.server()
        code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", server.command("enroll-code").stdout)[0]
        link = re.search(r"/#/setup/(\S+)", server.command("owner-link").stdout)[1]
        a = Agent(w, "device-a", server)
        a.command("enroll", code, check=True)
        a.program.start()
        a.program.wait_for("Online as", 20)
        before = a.json("status")["username"]
        server.api().post("/api/auth/setup", {"token": link, "username": "ana", "password": "test123"}, 200)
        same("its name", a.json("status")["username"], "ana")
        if before == "ana":
            raise Failure("it was called so from the beginning")
        a.program.stop()
        a.program.start()
        a.program.wait_for("Online as ana", 20)
        a.program.stop()
        same("kept", a.json("status")["username"], "ana")


@story("status tells what the agent knows at once, and soon that the server does not answer")
def silent_server():
    with World() as w:
        _, _, _, a, _ = pair(w)
        os.kill(a.server.program.pid, signal.SIGSTOP)
        try:
            said = a.command("status", seconds=10).stdout
            same("the name that it knows", a.json("status", seconds=10)["username"], "ana")
        finally:
            os.kill(a.server.program.pid, signal.SIGCONT)
        for words in ("connected", "ana at ", "the server does not answer"):
            if words not in said:
                raise Failure(f"not said: {words}\n{said}")
        if "does not answer" in a.command("status", check=True).stdout:
            raise Failure("the server that answers is said not to")
