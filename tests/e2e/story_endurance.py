"""Transfers that outlast what they were begun with: a token's life, sleep, days."""
import os
import signal
import time

from clocks import faked_clock
from harness import Failure, World, story, wait_until
from harness.world import b3sum
from story_accounts import same

MIB = 1 << 20
TOKEN_SECONDS = 120  # what a sender asks for
SKEW_SECONDS = 30
SLEEP_SECONDS = 40  # a connection in which nothing comes ends after 30


def part_size(agent):
    return sum(p.stat().st_size for p in agent.downloads.glob("*.part"))


def of_name(agent, name):
    return next(t for t in agent.json("transfers")["transfers"] if t["name"] == name)


@story("a transfer outlasts its token: it goes on while the server is away for longer than the token lives, and is renewed after",
       long=True)
def token_expires():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        talking = {"MESH_LOG": "debug"}
        a, b = (w.agent(name, server, ana, env=talking) for name in ("device-a", "device-b"))
        path = w.file("slow.bin", 110 * MIB)
        began = time.monotonic()
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "500K")
        wait_until("some of it is there", lambda: part_size(b) > MIB, 20)
        server.program.kill()
        over = began + TOKEN_SECONDS + SKEW_SECONDS + 5
        wait_until("the token is of the past", lambda: time.monotonic() > over, over - began + 5)
        before = part_size(b)
        wait_until("bytes move without a server", lambda: part_size(b) > before + MIB, 20)
        renewed = a.program.log().count(" renewed")
        server.start()
        wait_until("the session is renewed", lambda: a.program.log().count(" renewed") > renewed, 90)
        a.command("transfers", "limit", of_name(a, "slow.bin")["transfer_id"], "off", check=True)
        same("b3sum", b3sum(b.received("slow.bin", 60)), b3sum(path))
        same("exit code", sending.wait(20), 0)
        same("sent twice", of_name(a, "slow.bin")["resent"], 0)


@story("a transfer whose three programs were stopped goes on nine days later, when each is started again")
def nine_days_later():
    with World() as w:
        clock, jump = faked_clock(w)
        server = w.server(env=clock)
        ana = server.register("ana")
        a, b = (w.agent(name, server, ana, env=clock) for name in ("device-a", "device-b"))
        path = w.file("patient.bin", 48 * MIB)
        a.background("send", "send", path, "--to", "device-b", "--limit", "12M")
        wait_until("some of it is there", lambda: part_size(b) > 16 * MIB, 30)
        for program in (b.program, a.program, server.program):
            program.stop()
        there = part_size(b)
        jump("+9d")
        server.start()
        b.program.start()
        a.program.start()
        got = b.received("patient.bin", 60)
        same("b3sum", b3sum(got), b3sum(path))
        wait_until("the sender knows", lambda: of_name(a, "patient.bin")["state"] == "done", 20)
        if of_name(a, "patient.bin")["resent"] > MIB:
            raise Failure(f"{there} bytes were there: {of_name(a, 'patient.bin')}")


@story("clocks of both machines that jump a day ahead and back in the middle of a transfer do not disturb it")
def clocks_jump():
    with World() as w:
        clock, jump = faked_clock(w)
        server = w.server()
        ana = server.register("ana")
        a, b = (w.agent(name, server, ana, env=clock) for name in ("device-a", "device-b"))
        path = w.file("timeless.bin", 36 * MIB)
        sending = a.background("send", "send", path, "--to", "device-b", "--limit", "6M")
        wait_until("some of it is there", lambda: part_size(b) > MIB, 30)
        for by in ("+1d", "-1d", "+0"):
            before = part_size(b)
            jump(by)
            wait_until(f"bytes move after {by}", lambda: part_size(b) > before + 2 * MIB, 20)
        same("b3sum", b3sum(b.received("timeless.bin", 60)), b3sum(path))
        same("exit code", sending.wait(20), 0)
        same("sent twice", of_name(a, "timeless.bin")["resent"], 0)
        jump("+1d")
        after = w.file("after.bin", MIB)
        a.command("send", after, "--to", "device-b", check=True)
        same("b3sum of one that was begun with a wrong clock", b3sum(b.received("after.bin")), b3sum(after))


@story("a machine that sleeps for longer than a connection lives goes on when it wakes, whichever of the two it is", long=True)
def a_machine_sleeps():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = (w.agent(name, server, ana) for name in ("device-a", "device-b"))
        for sleeper in (b, a):
            name = f"{sleeper.device_id}.bin"
            path = w.file(name, 48 * MIB)
            sending = a.background(name, "send", path, "--to", "device-b", "--limit", "12M")
            wait_until("some of it is there", lambda: part_size(b) > 4 * MIB, 30)
            os.kill(sleeper.program.pid, signal.SIGSTOP)
            try:
                wakes = time.monotonic() + SLEEP_SECONDS
                wait_until("it has slept", lambda: time.monotonic() > wakes, SLEEP_SECONDS + 5)
            finally:
                os.kill(sleeper.program.pid, signal.SIGCONT)
            same("b3sum", b3sum(b.received(name, 90)), b3sum(path))
            same("exit code", sending.wait(20), 0)
            if of_name(a, name)["resent"] > 4 * MIB:  # what was under way
                raise Failure(f"too much went twice: {of_name(a, name)}")
