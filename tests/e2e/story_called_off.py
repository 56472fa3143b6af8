"""What is called off stays called off, whoever does it and however early, and the words about it are true."""
import os
import signal
import subprocess

from harness import World, story, wait_until
from harness.world import BIN, Agent
from story_accounts import same
from story_get import own_pair
from story_words import interrupted, says
from transfers import MIB, of_name, pair, part_size, people


def catches(program, number):
    """The program has a handler of its own for that signal."""
    with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
        caught = next(line.split()[1] for line in file if line.startswith("SigCgt:"))
    return bool(int(caught, 16) & 1 << number - 1)


def names(agent):
    return [t["name"] for t in agent.json("transfers")["transfers"]]


def running(agent, name):
    return wait_until(f"{name} is on its way",
                      lambda: [t for t in agent.json("transfers")["transfers"]
                               if t["name"] == name and t["state"] == "running" and t["done"] > 0], 20)[0]["transfer_id"]


@story("a get that is canceled at the machine that gives ends and says so; one that is canceled here ends too")
def get_is_canceled():
    with World() as w:
        laptop, desk = own_pair(w)[:2]
        path = w.file("given/big.bin", 64 * MIB)
        desk.command("rules", "add", "--from", "laptop", "--allow-get", w.tmp / "given", check=True)
        desk.command("limit", "4M", check=True)
        getting = laptop.background("there", "get", f"desk:{path}")
        running(laptop, "big.bin")
        desk.command("transfers", "cancel", running(desk, "big.bin"), check=True)
        same("exit code", getting.wait(15), 6)
        says("get", getting.log(), "Canceled by desk.\n")
        getting = laptop.background("here", "get", f"desk:{path}")
        laptop.command("transfers", "cancel", running(laptop, "big.bin"), check=True)
        same("exit code", getting.wait(15), 130)
        same("none began anew", names(laptop), ["big.bin"] * 2)
        same("states", {t["state"] for t in laptop.json("transfers")["transfers"]}, {"failed"})


@story("Ctrl-C of get and of send while the server does not answer ends them at once, and nothing is fetched or sent later")
def early_interrupts():
    with World() as w:
        laptop, desk = own_pair(w)[:2]
        desk.command("rules", "add", "--from", "laptop", "--allow-get", w.folder("given"), check=True)
        verbs = {"get": ("get", f"desk:{w.file('given/got.bin', MIB)}"),
                 "send": ("send", w.file("sent.bin", MIB), "--to", "desk")}
        for name, argv in verbs.items():
            os.kill(laptop.server.program.pid, signal.SIGSTOP)
            try:
                program = laptop.background(name, *argv)
                wait_until("it asks", lambda p=program: catches(p, signal.SIGINT), 10)
                said, code = interrupted(program, 5)
            finally:
                os.kill(laptop.server.program.pid, signal.SIGCONT)
            same(f"exit code of {name}", code, 130)
            says(name, said, "Canceled")
            # The server answers in the order in which it was asked.
            laptop.command("get", f"desk:{w.file(f'given/after-{name}.bin', 10)}", check=True)
            laptop.command("send", w.file(f"last-{name}.bin", 10), "--to", "desk", check=True)
            same("what went", {"got.bin", "sent.bin"} & {*names(laptop), *names(desk)}, set())


@story("Ctrl-C of send says of each file what the other machine knows of it, and claims nothing of one that it never heard of")
def told_by_file():
    with World() as w:
        _, _, _, a, b = pair(w, receive="ask")
        sending = a.background("two", "send", w.file("one.bin", 1000), w.file("two.bin", 20 * MIB), "--to", "device-b")
        wait_until("both wait for an answer", lambda: names(b) == ["one.bin", "two.bin"], 20)
        b.command("transfers", "accept", of_name(b, "one.bin")["transfer_id"], check=True)
        sending.wait_for("one.bin: arrived at device-b")
        sending.wait_for("two.bin: waiting for an answer")
        said, code = interrupted(sending)
        same("exit code", code, 130)
        says("send", said, "Canceled, here and at device-b. The same command goes on")
        os.kill(b.program.pid, signal.SIGSTOP)
        try:
            sending = a.background("early", "send", w.file("early.bin", MIB), "--to", "device-b")
            sending.wait_for("early.bin: connecting to device-b")
            said, code = interrupted(sending)
        finally:
            os.kill(b.program.pid, signal.SIGCONT)
        same("exit code", code, 130)
        says("send", said, "Canceled before anything of it reached device-b. The same command goes on")
        b.command("devices", check=True)
        same("what the other machine has", names(b), ["one.bin", "two.bin"])


@story("transfers first of what has arrived, failed or is paused says why not, and what can be done")
def not_first():
    with World() as w:
        _, _, _, a, b = pair(w)
        a.command("send", w.file("done.bin", 10), "--to", "device-b", check=True)
        b.program.stop()
        b.wait_online(False)
        for name, action in (("failed.bin", "cancel"), ("paused.bin", "pause")):
            a.command("send", w.file(name, 10), "--to", "device-b")
            a.command("transfers", action, of_name(a, name)["transfer_id"], check=True)
        for name, words in (("done.bin", "it has arrived already"), ("failed.bin", "transfers retry"), ("paused.bin", "transfers resume")):
            asked = a.command("transfers", "first", of_name(a, name)["transfer_id"])
            same(f"exit code of {name}", asked.returncode, 1)
            says(name, asked.stderr, words)


@story("Ctrl-C of a send without a daemon says that a machine that does not answer still expects the file")
def alone_to_the_silent():
    with World() as w:
        server, ana, ben = people(w)
        a, b = Agent(w, "device-a", server, ana).enroll(), w.agent("device-b", server, ben)
        sending = a.background("send", "send", w.file("big.bin", 256 * MIB), "--to", "device-b", "--limit", "4M")
        wait_until("the .part grows", lambda: part_size(b) > MIB, 20)
        os.kill(b.program.pid, signal.SIGSTOP)
        try:
            said, code = interrupted(sending)
        finally:
            os.kill(b.program.pid, signal.SIGCONT)
        same("exit code", code, 130)
        says("send", said, "Canceled here; device-b did not answer and still expects it. The same command goes on")


@story("receive to standard output says that it holds half a file when the sender pauses, and ends as refused")
def half_on_standard_output():
    with World() as w:
        _, _, _, a, b = pair(w)
        b.program.stop()
        with open(w.tmp / "out", "wb") as out, open(w.tmp / "said", "wb") as said:
            receiving = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env, stdout=out, stderr=said)
        try:
            wait_until("it receives", lambda: "Ready" in (w.tmp / "said").read_text(), 20)
            a.background("send", "send", w.file("big.bin", 64 * MIB), "--to", "device-b", "--limit", "4M")
            wait_until("some of it came", lambda: (w.tmp / "out").stat().st_size > MIB, 20)
            a.command("transfers", "pause", of_name(a, "big.bin")["transfer_id"], check=True)
            same("exit code", receiving.wait(15), 6)
        finally:
            receiving.kill()
            receiving.wait()
        says("receive", (w.tmp / "said").read_text(), "Standard output holds the beginning of the file only", "The other side declined.")
