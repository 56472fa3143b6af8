"""Clocks that a story sets."""
import pathlib

from harness import Skip


def faked_clock(w):
    """What makes programs take the time of day from a file of ours, and the function that writes it ("+1d", "+0")."""
    library = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
    if library is None:
        raise Skip("needs the package faketime")
    clock = w.tmp / "clock"

    def jump(by):
        clock.with_suffix(".new").write_text(by + "\n")
        clock.with_suffix(".new").rename(clock)

    jump("+0")
    w.cleanups.append(forget_the_dead)
    return {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}, jump


def forget_the_dead():
    """The library leaves its shared memory, named after the process, behind when one is killed."""
    for left in pathlib.Path("/dev/shm").glob("*faketime_*_*"):
        if not pathlib.Path("/proc", left.name.rsplit("_", 1)[-1]).exists():
            left.unlink(missing_ok=True)
