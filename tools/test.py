#!/usr/bin/env python3
"""./mesh test: builds, then every test. Ends with one line 'N passed, N failed, N skipped' and exit code 1 on a failure.

usage: test.py [--long] [--only PART]...   PART: lint, unit, debian13, web, stories, page, threads
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
import postgres  # noqa: E402
PARTS = ("lint", "unit", "debian13", "web", "stories", "page")
THREADED = ("core/io", "core/net", "server/db", "server/app", "agent/share/threads")  # what ThreadSanitizer watches
COUNTS = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.MULTILINE)
CTEST = re.compile(r"tests passed, (\d+) tests failed out of (\d+)")
VITEST = re.compile(r"^\s*Tests\s+(.*)\((\d+)\)\s*$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Totals:
    """What every part found, added up."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def add(self, name, passed, failed, skipped, seconds):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
        print(f"==> {name}: {passed} ok, {failed} failed, {skipped} skipped ({seconds:.0f} s)", flush=True)


def counts_of(text, exit_code):
    """(passed, failed, skipped) out of a runner's closing lines; a runner without any counts as one test."""
    text = COLOUR.sub("", text)
    skipped = 0
    if found := CTEST.findall(text):
        failed, total = map(int, found[-1])
        skipped = text.count("***Skipped")
        passed, failed = total - failed - skipped, failed
    elif found := COUNTS.findall(text):
        passed, failed, skipped = (int(n or 0) for n in found[-1])
    elif found := VITEST.findall(text):
        words = dict((word, int(n)) for n, word in re.findall(r"(\d+) (\w+)", found[-1][0]))
        passed, failed, skipped = words.get("passed", 0), words.get("failed", 0), words.get("skipped", 0)
    else:
        lines = [line for line in text.splitlines() if re.match(r"(ok|FAIL) ", line)]
        failed = sum(line.startswith("FAIL") for line in lines)
        passed = len(lines) - failed if lines else int(exit_code == 0)
    if exit_code != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


class Runner:
    def __init__(self):
        self.totals, self.children = Totals(), []

    def run(self, name, argv, show=True, env=None, cwd=ROOT):
        """Runs a test program to its end; its output is shown at once, or only when it failed."""
        began = time.monotonic()
        print(f"==> {name}", flush=True)
        text = []
        child = subprocess.Popen([str(a) for a in argv], cwd=cwd, env=os.environ | (env or {}), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.children.append(child)
        for line in child.stdout:
            text.append(line)
            # A part's own closing line stays out: the run has one.
            if show and not COUNTS.match(line):
                sys.stdout.write(line)
                sys.stdout.flush()
        code = child.wait()
        self.children.remove(child)
        passed, failed, skipped = counts_of("".join(text), code)
        if failed and not show:
            sys.stdout.write("".join(line for line in text if not COUNTS.match(line)))
        self.totals.add(name, passed, failed, skipped, time.monotonic() - began)
        return failed == 0

    def build(self, what, *argv):
        began = time.monotonic()
        if subprocess.run([ROOT / "tools/build.sh", *argv], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0:
            print(f"==> {what}: built ({time.monotonic() - began:.0f} s)", flush=True)
            return True
        self.totals.add(what, 0, 1, 0, time.monotonic() - began)
        return False

    def stop(self, *_):
        for child in list(self.children):
            child.terminate()
        sys.exit(143)


def main():
    parser = argparse.ArgumentParser(prog="./mesh test")
    parser.add_argument("--long", action="store_true", help="also the stories over 20 s and ThreadSanitizer")
    parser.add_argument("--only", action="append", choices=(*PARTS, "threads"), help="only this part; may be repeated")
    args = parser.parse_args()
    parts = args.only or (*PARTS, *(["threads"] if args.long else []))
    runner = Runner()
    signal.signal(signal.SIGTERM, runner.stop)
    began = time.monotonic()
    jobs = str(os.cpu_count() or 2)
    npm = ROOT / "client"
    page = (ROOT / "tests/e2e/web/run.ts").exists()

    lint = threading.Thread(target=runner.run, args=("lint", [ROOT / "tools/lint.sh", "--quick"], False))
    if "lint" in parts:
        lint.start()
    programs = web = tests = True
    if {"stories", "page"} & set(parts):
        programs = runner.build("release programs", "release")
        web = runner.build("web page", "web")
    if "unit" in parts:
        tests = runner.build("unit tests with ASan and UBSan", "dev")
    if "lint" in parts:
        lint.join()

    if "unit" in parts and tests:
        runner.run("unit tests", ["ctest", "--test-dir", "build/dev", "--output-on-failure", "--progress", "-j", jobs,
                                  "--timeout", "120"], show=False)
        if postgres.programs() is None:
            print("==> PostgreSQL is not installed (package postgresql): the store was tested over SQLite only", flush=True)
    if "debian13" in parts:
        runner.run("QUIC with the ngtcp2 of Debian 13", [ROOT / "tools/debian13.sh"])
    if "threads" in parts and runner.build("unit tests with TSan", "tsan", *(f"mesh_{f.replace('/', '_')}_test" for f in THREADED)):
        runner.run("threads (TSan)", ["ctest", "--test-dir", "build/tsan", "--output-on-failure", "-j", jobs, "--timeout", "300",
                                      "-R", f"^({'|'.join(THREADED)}): "], show=False)
    if "web" in parts and (npm / "src").exists():
        runner.run("web unit tests", ["npm", "run", "--silent", "test"], show=False, cwd=npm)
    if "stories" in parts and programs:
        runner.run("stories", [ROOT / "tests/e2e/run.py", "--jobs", jobs, *(["--long"] if args.long else [])])
        runner.run("stories on PostgreSQL", [ROOT / "tests/e2e/run.py", "--jobs", jobs, "--database", "postgres"])
    if "page" in parts and programs and web and page:
        with tempfile.TemporaryDirectory(prefix="mesh-page-") as home:
            runner.run("the page in a browser", ["npm", "run", "--silent", "e2e"], cwd=npm, env={"HOME": home})

    totals = runner.totals
    print(f"==> all in {time.monotonic() - began:.0f} s", flush=True)
    print(f"{totals.passed} passed, {totals.failed} failed" + (f", {totals.skipped} skipped" if totals.skipped else ""))
    return 1 if totals.failed or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main())
