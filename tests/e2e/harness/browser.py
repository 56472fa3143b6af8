"""Chromium with one person signed in, driven by tests/e2e/web/solo_browser.ts."""
import json
import os
import pathlib
import queue
import subprocess
import threading

from .program import WITH_PARENT, Failure, Program

ROOT = pathlib.Path(__file__).resolve().parents[3]
NODE = ROOT / "tools/node/node_modules/.bin/node"
PAGE = ["--web-dir", str(ROOT / "client/dist")]  # for the server, which then serves the page


class Browser(Program):
    """A page of that person; device_id is that of the browser."""

    def __init__(self, world, server, username, password="test123", name="browser"):
        home = world.folder(name)
        super().__init__(name, [NODE, ROOT / "tests/e2e/web/solo_browser.ts", server.url, username, password],
                         world.environment(home), home / "log", start=False)
        self.answers, self.last = {0: queue.Queue()}, 0
        world.programs.append(self)

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(WITH_PARENT + self.argv, env=self.env, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()
        self.device_id = self.result(0, 60)["browser"]
        return self

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            self.answers[told["id"]].put(told)
        for waiting in list(self.answers.values()):
            waiting.put({"error": "the browser is gone: " + self.tail()})

    def ask(self, do, **more):
        """Begins something; answers the number for result()."""
        self.last += 1
        self.answers[self.last] = queue.Queue()
        self.process.stdin.write(json.dumps({"id": self.last, "do": do} | {k: str(v) if isinstance(v, pathlib.Path) else v
                                                                           for k, v in more.items()}) + "\n")
        self.process.stdin.flush()
        return self.last

    def result(self, number, seconds=600):
        try:
            told = self.answers[number].get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"the browser did not answer in {seconds} s:\n{self.tail()}") from None
        if "error" in told:
            raise Failure(told["error"])
        return told

    def do(self, what, seconds=600, **more):
        return self.result(self.ask(what, **more), seconds)

    def stop(self, seconds=15.0):
        """No more wishes: it closes its page and ends."""
        if self.running():
            self.process.stdin.close()
        return self.wait(seconds)

    def anonymous_kb(self):
        """Memory of all processes of the browser that no file stands for (RssAnon)."""
        parents, names, sizes = {}, {}, {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                    fields = dict(line.split(":", 1) for line in file)
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(pid)] = int(fields["PPid"])
            names[int(pid)] = fields["Name"].strip()
            sizes[int(pid)] = int(fields.get("RssAnon", "0 kB").split()[0])

        def ours(pid):
            while pid in parents:
                if pid == self.process.pid:
                    return True
                pid = parents[pid]
            return False

        return sum(kb for pid, kb in sizes.items() if names[pid].startswith("chrom") and ours(pid))
