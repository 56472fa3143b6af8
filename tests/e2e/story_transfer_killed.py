"""Files go on: after kill -9 of either side, over restarts, for machines that are away."""
from harness import Failure, World, story, wait_until
from story_accounts import same
from transfers import MIB, is_whole, killed_receiver, of_name, pair, part_size


@story("an agent killed in mid-transfer leaves its .part and nothing under the final name; the file arrives on the next try")
def killed_in_mid_transfer():
    with World() as w:
        a, b, path, sending = killed_receiver(w)
        sending.kill()
        b.start()
        a.command("send", path, "--to", "device-b", check=True, seconds=120)
        is_whole(b, "big.bin", path)


@story("a sender whose receiver died says that it waits, and ends well when the receiver is back", long=True)
def sender_notices_a_dead_receiver():
    with World() as w:
        _, b, path, sending = killed_receiver(w)
        sending.wait_for("waits for device-b", 60)
        b.start()
        same("exit code", sending.wait(120), 0)
        is_whole(b, "big.bin", path)


@story("a file goes on by itself after kill -9 of the receiver and then of the sender")
def killed_on_both_sides():
    with World() as w:
        a, b, path, sending = killed_receiver(w)
        first = part_size(b)
        b.start()
        wait_until("the .part grows again", lambda: part_size(b) > first + MIB, 30)
        a.program.kill()
        if sending.wait(20) == 0 or (b.downloads / "big.bin").exists():
            raise Failure("the transfer was over before the second kill")
        a.start()
        wait_until("the sender's daemon has sent it", lambda: of_name(a, "big.bin")["state"] == "done", 60)
        is_whole(b, "big.bin", path)
        # One line, though both were killed in between.
        wait_until("it is done there", lambda: of_name(b, "big.bin")["state"] == "done", 10)
        listed = b.json("transfers")["transfers"]
        same("what the receiver lists", [t["name"] for t in listed], ["big.bin"])
        same("what is left in the folder", [p.name for p in b.downloads.iterdir()], ["big.bin"])
        log = b.program.log()
        resumed = [int(line.split("resumed_at=")[1].split()[0]) for line in log.splitlines() if "resumed_at=" in line]
        if len(resumed) < 3 or not all(at > MIB for at in resumed[1:]):
            raise Failure(f"attempts began at {resumed}")
        kept = b.state / "received.json"
        wait_until("it is kept", lambda: '"state":"done"' in kept.read_text(), 10)
        same("who may read it", kept.stat().st_mode & 0o777, 0o600)
        b.program.kill()
        b.start()
        same("the list after one more kill", b.json("transfers")["transfers"], listed)
        a.command("send", w.file("next.bin", 1000), "--to", "device-b", check=True)
        if int(of_name(b, "next.bin")["transfer_id"]) <= int(listed[0]["transfer_id"]):
            raise Failure("an id was given twice")


@story("what the receiver cancels while the sender is dead and nobody knows stays canceled when the sender goes on")
def canceled_over_a_dead_connection():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("unwanted.bin", 64 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "8M")
        wait_until("it runs there", lambda: part_size(b) > 2 * MIB, 30)
        a.program.kill()
        sending.wait(30)
        # The refusal goes nowhere.
        b.command("transfers", "cancel", of_name(b, "unwanted.bin")["transfer_id"], check=True)
        a.start()
        wait_until("the sender hears of it", lambda: of_name(a, "unwanted.bin")["state"] == "failed", 60)
        same("what the sender says", of_name(a, "unwanted.bin")["code"], "canceled")
        same("what the receiver lists", [(t["name"], t["state"], t["code"]) for t in b.json("transfers")["transfers"]],
             [("unwanted.bin", "failed", "canceled")])
        if (b.downloads / "unwanted.bin").exists():
            raise Failure("the canceled file came")


@story("a file for an offline machine waits in the daemon, also over its restart, and arrives when the machine is back")
def queued_for_an_offline_machine():
    with World() as w:
        _, _, _, a, b = pair(w)
        b.program.stop()
        b.wait_online(False)
        path, gone = w.file("later.bin", 400_000), w.file("never.bin", 1000)
        for file in (path, gone):
            done = a.command("send", file, "--to", "device-b")
            if done.returncode == 0:
                raise Failure("the sender says it arrived")
            if "is sent by itself" not in done.stdout + done.stderr or "try again" in done.stdout + done.stderr:
                raise Failure(f"a person does not know what to do: {done.stdout}{done.stderr}")
        same("state", of_name(a, "later.bin")["state"], "queued")
        a.command("transfers", "first", of_name(a, "never.bin")["transfer_id"], check=True)
        same("the queue", [t["name"] for t in a.json("transfers")["transfers"]], ["never.bin", "later.bin"])
        a.command("transfers", "cancel", of_name(a, "never.bin")["transfer_id"], check=True)
        a.restart()
        same("state after a restart", of_name(a, "later.bin")["state"], "queued")
        b.start()
        is_whole(b, "later.bin", path)
        wait_until("it is history", lambda: of_name(a, "later.bin")["state"] == "done", 10)
        same("the canceled one", of_name(a, "never.bin")["code"], "canceled")
        if (b.downloads / "never.bin").exists():
            raise Failure("the canceled file came")
