"""Chromium and an agent, straight and through the server's relay: MB/s both ways and the round trip beside bulk, next to agent
to agent on the same file"""
import json
import shutil
import statistics
import subprocess
import sys
import types

import measure
import transfer
from harness import Failure, World
from harness.browser import PAGE, Browser
from harness.world import b3sum

BYTES_MAX = 500_000_000  # long enough for a steady speed, short enough for a machine that others use
PRESSES = 12  # of five round trips each


def p95(values):
    return statistics.quantiles(values, n=20)[-1]


def checked(path, told):
    if told["hash"] != b3sum(path):
        raise Failure(f"{path.name}: {told['hash']} on the page, {b3sum(path)} on the disk")


def taken(w, agent, browser, path):
    """Out of the agent into a download of the browser: MB/s from the press of the button to the verdict, and the echoes."""
    offer = agent.background(f"offer-{path.name}", "send", path, "--to", browser.device_id)
    saved = w.tmp / "saved.bin"
    saving = browser.ask("save", name=path.name, path=saved, machine=agent.device_id)
    told = browser.result(saving)
    checked(saved, told)
    saved.unlink()
    offer.wait()
    return path.stat().st_size / 1e6 / told["seconds"]


def given(agent, browser, path):
    """From the page to the agent, and the round trips on the same connection meanwhile."""
    sending = browser.ask("send", name=path.name, path=path, machine=agent.device_id)
    browser.do("running", name=path.name)
    trips = browser.do("echo", machine=agent.device_id, count=PRESSES)["round_trips"]
    told = browser.result(sending)
    checked(agent.received(path.name), told)
    return path.stat().st_size / 1e6 / told["seconds"], trips


def both_ways(w, agent, browser, size, runs, name):
    down, up, bulk = [], [], []
    for run in range(runs):
        down.append(taken(w, agent, browser, w.file(f"{name}-down-{run}.bin", size)))
        speed, trips = given(agent, browser, w.file(f"{name}-up-{run}.bin", size))
        up.append(speed)
        bulk += trips
    return down, up, bulk


def relayed_bytes(server):
    metrics = server.api().call("GET", "/metrics").raw.decode()
    line = next(line for line in metrics.splitlines() if line.startswith("mesh_relayed_bytes_total "))
    return float(line.split()[1])


def through_the_relay(w, server, ana, browser, size, runs):
    """The same with an agent whose UDP port the page cannot reach."""
    hidden = types.SimpleNamespace(url=browser.do("middlebox")["url"])
    agent = w.agent("device-r", hidden, ana)
    port = json.loads(agent.command("status", "--json", check=True).stdout)["quic_port"]
    browser.do("hide", count=port)
    agent.program.wait_for("Sent system.hello", 20, 2)
    agent.wait_online()
    down, up, bulk = both_ways(w, agent, browser, size, runs, "relayed")
    if relayed_bytes(server) < 2 * size * runs:
        raise Failure("the server did not relay it")
    agent.program.stop()
    return {"relayed_agent_to_browser_mb_per_second": measure.median(down, 1),
            "relayed_browser_to_agent_mb_per_second": measure.median(up, 1),
            "relayed_echo_beside_bulk_median_ms": measure.median(bulk),
            "relayed_echo_beside_bulk_p95_ms": round(p95(bulk), 2)}


def bench(args):
    measure.need("bench-browser")
    subprocess.run([measure.ROOT / "tools/build.sh", "web"], check=True, stdout=sys.stderr)
    measure.in_memory()
    size = min(args.bytes, BYTES_MAX)
    with World() as w:
        server = w.server(args=PAGE)
        server.register("ana")
        ana = server.api().login("ana", "test123")
        agent, other = w.agent("device-a", server, ana), w.agent("device-b", server, ana)
        browser = Browser(w, server, "ana").start()
        quiet = browser.do("echo", machine=agent.device_id, count=PRESSES)["round_trips"]
        down, up, bulk = both_ways(w, agent, browser, size, args.runs, "direct")
        relayed = through_the_relay(w, server, ana, browser, size, args.runs)
        other.program.stop()
        browser.stop()
        agent.program.stop()
        beside, out = w.file("beside.bin", size), w.tmp / "out.bin"
        shutil.copyfile(beside, out)  # every page of the destination exists, as in the bench of transfers
        between = transfer.one(w, agent, other, beside, out)["mb_per_second"]
    return {"agent_to_browser_mb_per_second": measure.median(down, 1),
            "browser_to_agent_mb_per_second": measure.median(up, 1),
            "agent_to_agent_mb_per_second": round(between, 1),
            "echo_idle_median_ms": measure.median(quiet), "echo_idle_p95_ms": round(p95(quiet), 2),
            "echo_beside_bulk_median_ms": measure.median(bulk), "echo_beside_bulk_p95_ms": round(p95(bulk), 2),
            **relayed, "echoes_beside_bulk": len(bulk), "file_mb": size / 1e6, "runs": args.runs}
