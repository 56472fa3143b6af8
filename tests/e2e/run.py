#!/usr/bin/env python3
"""Runs the stories with the release programs (build/release/bin, or MESH_BIN).

usage: run.py [--long] [--jobs N] [--only TEXT] [--database sqlite|postgres] [--list]
--database postgres plays the main stories (accounts, chat, transfer) with servers over a real PostgreSQL.
Ends with 'N passed, N failed, N skipped'; exit code 1 when one failed.
"""
import argparse
import concurrent.futures
import importlib
import pathlib
import signal
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import postgres  # noqa: E402

from harness import world  # noqa: E402
from harness.program import Failure, Skip  # noqa: E402
from harness.story import STORIES  # noqa: E402


ON_POSTGRES = ("story_accounts", "story_chat", "story_transfer")  # and what begins so


def play(function):
    """Answers (verdict, seconds, what to print)."""
    began = time.monotonic()
    try:
        function()
        return "ok", time.monotonic() - began, ""
    except Skip as reason:
        return "skipped", time.monotonic() - began, f"    {reason}"
    except Failure as failure:
        where = [line for line in traceback.extract_tb(failure.__traceback__) if "story_" in line.filename]
        at = f" ({pathlib.Path(where[-1].filename).name}:{where[-1].lineno})" if where else ""
        return "FAILED", time.monotonic() - began, f"    {failure}{at}\n{getattr(failure, 'logs', '')}"
    except Exception as error:  # noqa: BLE001 - a story that breaks is a story that failed
        return "FAILED", time.monotonic() - began, traceback.format_exc() + getattr(error, "logs", "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="stories whose file or sentence holds TEXT")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell has what it starts in the background ignore Ctrl-C, and so would all that the stories start and press it for.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    for path in sorted(HERE.glob("story_*.py")):
        importlib.import_module(path.stem)
    chosen = [s for s in STORIES if (args.long or not s.long) and (args.only in s.sentence or args.only in s.__module__)]
    if args.database == "postgres":
        chosen = [s for s in chosen if s.__module__.startswith(ON_POSTGRES)]
    if args.list:
        for s in chosen:
            print(f"{s.__module__}: {s.sentence}{' (long)' if s.long else ''}")
        return 0
    if args.database == "sqlite":
        return play_all(chosen, args.jobs)
    if postgres.programs() is None:
        print("PostgreSQL is not installed (package postgresql)")
        print(f"0 passed, 0 failed, {len(chosen)} skipped")
        return 0
    cluster = postgres.Postgres()
    world.new_database = cluster.create
    try:
        return play_all(chosen, args.jobs)
    finally:
        cluster.stop()


def play_all(chosen, jobs):
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(play, s): s for s in chosen}
        for done in concurrent.futures.as_completed(running):
            verdict, seconds, text = done.result()
            counts[verdict] += 1
            s = running[done]
            print(f"{verdict:7} {s.__module__.removeprefix('story_')}: {s.sentence} ({seconds:.1f} s)", flush=True)
            if text:
                print(text, flush=True)
    print(f"{counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    return 1 if counts["FAILED"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
