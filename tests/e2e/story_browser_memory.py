"""A large file straight into a browser: memory stays small in all of the browser's processes."""
import threading

from harness import Failure, World, story, wait_until
from harness.browser import PAGE, Browser
from harness.world import b3sum

SIZE = 4 << 30
GROWTH_MAX_KB = 300 * 1024


class Peak:
    """The largest of what a figure was while it was looked at."""

    def __init__(self, figure):
        self.figure, self.kb, self.over = figure, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(0.25):
            self.kb = max(self.kb, self.figure())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@story("4 GiB go straight into a download of Chromium, byte for byte, with at most 300 MB more memory than it has idle",
       long=True)
def large_file():
    with World() as w:
        server = w.server(args=PAGE)
        server.register("ana")
        ana = server.api().login("ana", "test123")
        a = w.agent("device-a", server, ana)
        path = w.file("large.bin", SIZE)
        browser = Browser(w, server, "ana").start()
        browser.do("echo", machine="device-a", count=1)  # the worker runs and is connected
        idle = browser.anonymous_kb()
        offer = a.background("offer", "send", path, "--to", browser.device_id)
        saved = w.tmp / "saved.bin"
        with Peak(browser.anonymous_kb) as peak:
            told = browser.do("save", name=path.name, path=saved, machine="device-a")
        print(f"    {SIZE / 1e6 / told['seconds']:.0f} MB/s, {idle // 1024} MiB idle, {peak.kb // 1024} MiB at most", flush=True)
        if not told["hash"] == b3sum(saved) == b3sum(path):
            raise Failure("other bytes arrived than were sent")
        if peak.kb - idle > GROWTH_MAX_KB:
            raise Failure(f"RssAnon of all processes grew by {(peak.kb - idle) // 1024} MiB")
        wait_until("the machine knows that it was saved", lambda: not offer.running())
        browser.stop()
