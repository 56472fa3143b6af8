"""Programs of stories that run inside a network of their own, so that the machine's stays as it is."""
import pathlib
import subprocess
import sys

from harness import Failure, Skip

APART = ["unshare", "--user", "--map-root-user", "--net"]
WIRES = ["ip", "link", "add", "one", "type", "veth", "peer", "name", "two"]
RULES = ["ip", "rule"]


def possible(needs):
    """Whether this user may have such a network, in which that command succeeds."""
    return subprocess.run([*APART, *needs], capture_output=True, check=False).returncode == 0


def in_a_network_of_its_own(script, needs, seconds):
    if not possible(needs):
        raise Skip("no network namespaces for this user")
    done = subprocess.run([*APART, sys.executable, pathlib.Path(__file__).with_name(script)],
                          capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise Failure(done.stdout + done.stderr)
