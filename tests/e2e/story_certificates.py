"""The short-lived certificates that browsers see: how they follow each other in an agent that runs on."""
from harness import World, story
from harness.browser import PAGE, Browser
from story_accounts import same
from story_endurance import faked_clock


@story("certificates for browsers follow each other in an agent that runs on for a week, and Chromium connects with the next one")
def week_over():
    with World() as w:
        clock, jump = faked_clock(w)
        jump("-8d")  # for server and agent; Chromium lives today
        server = w.server(args=PAGE, env=clock)
        ana = server.register("ana")
        agent = w.agent("device-a", server, ana, env=clock)
        server.program.kill()
        jump("+0")
        server.start()
        agent.program.wait_for("new certificates for browsers", 30)
        browser = Browser(w, server, "ana").start()
        trips = browser.do("echo", machine="device-a", count=1)["round_trips"]
        same("round trips", len(trips), 5)
        browser.stop()
