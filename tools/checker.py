"""What the checks of the tree share: their command line, and how they report."""
import argparse
import pathlib
import sys


def run(about, check, self_test=None, switches=()):
    """Ends the program: 0 when check(root) yields nothing. switches: (flag, help, function of the root to call first)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    if self_test:
        parser.add_argument("--self-test", action="store_true", help="the check finds what is wrong")
    for flag, meaning, _ in switches:
        parser.add_argument(flag, action="store_true", help=meaning)
    arguments = vars(parser.parse_args())
    if arguments.get("self_test"):
        sys.exit(self_test())
    for flag, _, act in switches:
        if arguments[flag.removeprefix("--").replace("-", "_")]:
            act(arguments["root"])
    findings = list(check(arguments["root"]))
    print("\n".join(findings))
    sys.exit(1 if findings else 0)
