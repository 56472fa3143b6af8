"""A file that is written to while it is on its way: what arrives is what it is at the end, and what is the same goes once."""
from harness import Failure, World, story, wait_until
from story_accounts import same
from transfers import MIB, is_whole, pair

SIZE = 48 * MIB


def queued(agent):
    return agent.json("transfers")["transfers"][0]


def ended(agent):
    wait_until("it is done", lambda: queued(agent)["state"] == "done", 60)
    return queued(agent)


@story("a log that grows while the receiver is away goes on behind what was there, and nothing is left of the old version")
def grows_while_cut():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("growing.log", SIZE)
        a.background("send", "send", path, "--to", "device-b", "--limit", "20M")
        part = b.downloads / "growing.log.part"
        wait_until("a block is there", lambda: part.exists() and part.stat().st_size > 20 * MIB, 60)
        b.program.kill()
        with open(path, "ab") as log:
            log.write(b"one line more\n" * 1000)
        b.start()
        a.command("limit", "off", check=True)
        done = ended(a)
        is_whole(b, "growing.log", path)
        if done["before"] < 16 * MIB:
            raise Failure(f"it began anew: {done}")
        if left := sorted(f.name for f in b.downloads.iterdir() if f.name != "growing.log"):
            raise Failure(f"left behind: {left}")


@story("a file that is written to while it is sent is sent as it is then, by itself")
def changes_while_sent():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("changing.bin", SIZE)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "40M")
        part = b.downloads / "changing.bin.part"
        wait_until("some is there", lambda: part.exists() and part.stat().st_size > 4 * MIB, 60)
        with open(path, "r+b") as file:
            file.seek(SIZE - MIB)
            file.write(b"changed")
        same("exit code of send", sending.wait(60), 0)
        if "changing.bin changed while it was sent: what differs is sent again." not in sending.log():
            raise Failure(f"it does not say so:\n{sending.log()}")
        is_whole(b, "changing.bin", path)
