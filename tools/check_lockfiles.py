#!/usr/bin/env python3
"""Lock files pin versions and hashes, never download addresses: a clone must install from whatever registry its machine
is set up for.

usage: check_lockfiles.py [--root DIR] | --self-test
"""
import json
import pathlib
import sys
import tempfile

import checker

SKIPPED = {"node_modules", "build", ".git", ".mesh"}


def lock_files(root):
    for path in sorted(root.rglob("package-lock.json")):
        if not SKIPPED & set(path.relative_to(root).parts):
            yield path


def check(root):
    findings = []
    for path in lock_files(root):
        shown = path.relative_to(root).as_posix()
        for name, package in json.loads(path.read_text()).get("packages", {}).items():
            if "resolved" in package and not package.get("link"):
                findings.append(f"{shown}: {name} carries a download address")
            # A bundled package comes inside another one, whose hash covers it.
            if name and not package.get("link") and not package.get("inBundle") and "integrity" not in package:
                findings.append(f"{shown}: {name} has no integrity hash")
    return findings


def self_test():
    address = "https" + "://example.invalid/a.tgz"
    cases = [
        ("clean", {"": {}, "node_modules/a": {"version": "1.0.0", "integrity": "sha512-x"}}, 0),
        ("address", {"node_modules/a": {"integrity": "sha512-x", "resolved": address}}, 1),
        ("no hash", {"node_modules/a": {"version": "1.0.0"}}, 1),
    ]
    for name, packages, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / "package-lock.json").write_text(json.dumps({"packages": packages}))
            findings = check(root)
            if len(findings) != expected:
                sys.exit(f"self-test \"{name}\": expected {expected} findings, got {findings}")


if __name__ == "__main__":
    checker.run(__doc__, check, self_test)
