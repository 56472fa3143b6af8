"""Standing rules that change while something moves."""
from harness import World, story, wait_until
from harness.world import b3sum
from story_accounts import same
from transfers import MIB, is_whole, pair


@story("what is on its way into a rule's folder arrives there when the rule goes; the next file goes where files go without it")
def rule_goes():
    with World() as w:
        _, _, _, a, b = pair(w)
        there = w.tmp / "there"
        b.command("rules", "add", "--from", "ana", "--take", "auto", "--folder", there, check=True)
        path, next_one = w.file("big.bin", 24 * MIB), w.file("next.bin", MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "8M")
        part = there / "big.bin.part"
        wait_until("some is there", lambda: part.exists() and part.stat().st_size > 4 * MIB, 60)
        b.command("rules", "remove", "--from", "ana", check=True)
        same("exit code of send", sending.wait(60), 0)
        same("big.bin", b3sum(there / "big.bin"), b3sum(path))
        a.command("send", next_one, "--to", "device-b", check=True)
        is_whole(b, "next.bin", next_one)
        same("in the folder", [p.name for p in there.iterdir()], ["big.bin"])
