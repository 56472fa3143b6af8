"""What a person is told once something was stopped, waits or cannot be: what happens now, and what to do."""
import signal

from harness import Failure, World, story, wait_until
from harness.world import Agent
from story_accounts import same
from transfers import MIB, of_name, pair, part_size, people


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
