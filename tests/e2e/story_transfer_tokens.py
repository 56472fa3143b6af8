"""What the token of a session allows, and nothing else."""
import time

from harness import Failure, World, story, wait_until
from harness.world import Agent
from story_accounts import same
from transfers import MIB, address, is_whole, of_name, one_waits, pair, session, took


@story("the size and the rate of a token bind the file: too large is refused before its first byte, the rate holds on the way")
def token_bounds_hold():
    with World() as w:
        _, ana, _, a, b = pair(w)

        def send(path, **bounds):
            answer = session(ana, "device-b", **bounds)
            return a.command("send-file", "--session-id", answer["session_id"], "--peer-addr", address(answer),
                             "--token", answer["session_token"], "--file", path)

        large = w.file("large.bin", MIB + 1)
        done = send(large, max_size=MIB)
        if done.returncode == 0 or "larger than" not in done.stdout + done.stderr:
            raise Failure(f"too large: exit code {done.returncode}, said {done.stdout}{done.stderr}")
        same("its bytes", of_name(a, "large.bin")["done"], 0)
        same("what lies there", list(b.downloads.iterdir()), [])
        fits = w.file("fits.bin", MIB)
        same("what fits", send(fits, max_size=MIB).returncode, 0)
        is_whole(b, "fits.bin", fits)
        slow = w.file("slow.bin", 8 * MIB)
        same("exit code", send(slow, max_rate=4 * MIB).returncode, 0)
        is_whole(b, "slow.bin", slow)
        least = (8 * MIB - 262144) / (4 * MIB) * 0.95
        if took(b, "slow.bin") < least:
            raise Failure(f"it took {took(b, 'slow.bin')} s at the receiver, less than {least}")


@story("revoking the receiver's device cuts a running transfer within a second")
def revoked_device_is_cut():
    with World() as w:
        _, _, ben, a, b = pair(w)
        path = w.file("big.bin", 1024 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b")
        wait_until("the .part grows", lambda: any(p.stat().st_size > MIB for p in b.downloads.rglob("*.part")), 20)
        ben.delete("/api/devices/device-b")
        began = time.monotonic()

        def size():
            return sum(p.stat().st_size for p in b.downloads.rglob("*.part"))

        code = sending.wait(20)
        took = time.monotonic() - began
        if code == 0 or (b.downloads / "big.bin").exists():
            raise Failure("the transfer went through although the device was revoked")
        if took > 1.5:
            raise Failure(f"the sender ran on for {took:.2f} s")
        before = size()
        wait_until("the receiver has stopped writing", lambda: size() == before, 2)


@story("a token works once, and only for the device it was made for")
def tokens_are_single_use():
    with World() as w:
        server, ana, ben, a, b = pair(w)
        eve = server.register("eve")
        thief = Agent(w, "device-e", server, eve).enroll().start()
        path = w.file("secret.bin", 1000)
        made = session(ana, "device-b")
        flags = ["send-file", "--session-id", made["session_id"], "--peer-addr", address(made), "--token",
                 made["session_token"], "--file"]
        stolen = thief.command(*flags, path, seconds=40)
        if stolen.returncode == 0:
            raise Failure("a stolen token was accepted from another device")
        a.command(*flags, path, check=True)
        is_whole(b, "secret.bin", path)
        replayed = a.command(*flags, w.file("again.bin", 1000), seconds=40)
        if replayed.returncode == 0 or (b.downloads / "again.bin").exists():
            raise Failure("a token was accepted twice")


@story("a receiver with a key other than the token names is refused before any byte")
def wrong_key_peer():
    with World() as w:
        server, ana, ben, a, _ = one_waits(w)
        impostor = w.agent("device-x", server, ben)
        made = session(ana, "device-b", initiator_device_id="device-a")
        port = impostor.json("status")["quic_port"]
        done = a.command("send-file", "--session-id", made["session_id"], "--peer-addr", f"127.0.0.1:{port}",
                         "--token", made["session_token"], "--file", w.file("secret.bin", 1000), seconds=40)
        if done.returncode == 0:
            raise Failure("the sender says it worked")
        if list(impostor.downloads.iterdir()):
            raise Failure("the impostor received something")
