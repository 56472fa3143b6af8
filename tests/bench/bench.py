#!/usr/bin/env python3
"""./mesh bench NAME [--json]: measures the programs of build/release. A figure's name ends in its unit (MB = 10^6 bytes)."""
import argparse
import importlib
import json
import os
import sys
import time

import measure
from harness import Failure

# One module a bench; the first line of its text is its help.
NAMES = ("browser", "build", "chat", "fairness", "idle", "impaired", "size", "small-files", "terminal", "transfer")


def main():
    modules = {name: importlib.import_module(name.replace("-", "_")) for name in NAMES}
    about = __doc__ + "\n\n" + "\n".join(f"  {name:12} {m.__doc__.splitlines()[0]}" for name, m in modules.items())
    parser = argparse.ArgumentParser(prog="./mesh bench", description=about, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=modules)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5, help="chat, impaired, small-files, transfer: how many; medians are printed")
    parser.add_argument("--bytes", type=int, default=2_000_000_000, help="browser, transfer: size of the file (browser: at most 500 MB)")
    args = parser.parse_args()
    if args.name != "build":
        measure.build("mesh-server", "mesh-agent")
    began, worked = time.monotonic(), measure.machine_seconds()
    try:
        figures = modules[args.name].bench(args)
    except Failure as failure:
        print(f"./mesh bench {args.name}: {failure}\n{getattr(failure, 'logs', '')}", file=sys.stderr)
        return 1
    # Its own programs are among those that worked; what a quiet machine shows is in docs/benchmarks.md.
    figures["cores_working"] = round((measure.machine_seconds() - worked) / (time.monotonic() - began), 2)
    figures["load_average"] = round(os.getloadavg()[0], 2)
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:36} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
