"""A reader that is slower than the network: the sender waits for it, and neither side keeps the rest in memory."""
import subprocess
import time

from harness import Failure, Program, World, story, wait_until
from harness.world import BIN, Agent, b3sum
from story_accounts import same
from transfers import MIB, of_name

SIZE = 160 * MIB
AHEAD_MAX = 48 * MIB  # the window of a connection, both queues, a pipe
GROWTH_MAX_KB = 40 * 1024


@story("a reader that stands still holds the sender up, costs neither side memory, and gets every byte once it reads on")
def slow_reader():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), Agent(w, "device-b", server, ana).enroll()
        path = w.file("slow.bin", SIZE)
        out = w.tmp / "out"
        with open(b.home / "receive.log", "wb") as log:
            receiver = Program("receive", [], b.env, b.home / "receive.log", start=False)
            receiver.process = subprocess.Popen([BIN / "mesh-agent", "receive", "--output", "-"], env=b.env,
                                                stdout=subprocess.PIPE, stderr=log)
            w.programs.append(receiver)
            b.wait_online()
            before = a.program.rss_kb(), receiver.rss_kb()
            sending = a.background("send", "send", path, "--to", "device-b")
            with open(out, "wb") as sink:
                taken = 0
                for _ in range(3):  # it reads a little, stands still until nothing moves any more, and reads on
                    sink.write(receiver.process.stdout.read(8 * MIB))
                    taken += 8 * MIB
                    done = wait_until("the sender stands still", lambda: stands_still(a), 60)
                    if done > taken + AHEAD_MAX:
                        raise Failure(f"{done} bytes were sent to a reader of {taken}")
                    grown = a.program.rss_kb() - before[0], receiver.rss_kb() - before[1]
                    if max(grown) > GROWTH_MAX_KB:
                        raise Failure(f"memory grew by {grown} kB (sender, receiver)")
                while piece := receiver.process.stdout.read(MIB):
                    sink.write(piece)
            same("exit codes", (receiver.wait(60), sending.wait(60)), (0, 0))
        same("content", b3sum(out), b3sum(path))


def stands_still(agent):
    """How far the file got, once no byte moves for a second; 0 before."""
    record = next((t for t in agent.json("transfers")["transfers"] if t["name"] == "slow.bin"), None)
    if record is None or record["state"] != "running" or not record["done"]:
        return 0
    time.sleep(1)
    return record["done"] if of_name(agent, "slow.bin")["done"] == record["done"] else 0
