"""Everything breaks at moments that a seed chooses, and what was to be sent arrives without anybody's help."""
import pathlib
import subprocess
import sys

from apart import APART, RULES, possible
from harness import Failure, story
from story_crash import seed_of_this_run


def chaos(megabytes, events, seconds):
    """In a network of its own where this user may have one: there it can be cut, and addresses can change."""
    argv = [sys.executable, pathlib.Path(__file__).with_name("chaos.py"), "--seed", seed_of_this_run(), "--bytes",
            megabytes * 1_000_000, "--events", events, "--seconds", seconds]
    if possible(RULES):
        argv = [*APART, *argv, "--network"]
    try:
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=seconds + 60, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"still runs after {late.timeout:g} s:\n{(late.stdout or b'').decode(errors='replace')}") from None
    if done.returncode != 0:
        raise Failure(done.stdout + done.stderr)


@story("a folder and files arrive by themselves through five kills, cuts and restarts at random moments, and nothing is asked for twice")
def some_chaos():
    chaos(200, 5, 60)


@story("2 GB in a folder and files arrive by themselves through twenty kills, cuts, address changes and restarts at random "
       "moments, and nothing is asked for twice", long=True)
def much_chaos():
    chaos(2000, 20, 400)
