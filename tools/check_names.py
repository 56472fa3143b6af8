#!/usr/bin/env python3
"""How files are named and opened: snake_case sources, headers that begin with a sentence on their purpose and
#pragma once, no leftovers of unfinished work, no machine paths.

usage: check_names.py [--root DIR] | --self-test
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import checker

SOURCE_ROOTS = ("core", "server", "agent")
SNAKE = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)*\.(cpp|hpp)$")
# "501, Not Implemented" is the reason phrase of an HTTP status (RFC 9110), not a confession.
UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK)\b|(?<!501, \")not (yet )?implemented|for now\b", re.I)
# Written in two parts so that this file does not find itself.
MACHINE_PATH = re.compile("/" + "work/|/" + "root/")
TEXT_SUFFIXES = {".cpp", ".hpp", ".ts", ".tsx", ".py", ".sh", ".cmake", ".md", ".json", ".yml", ".yaml", ".toml"}
LINES_MAX = 600


def tracked(root):
    done = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"], capture_output=True,
                          text=True)
    if done.returncode == 0 and done.stdout:
        return [root / line for line in done.stdout.splitlines()]
    return [p for p in root.rglob("*") if p.is_file()]


def check_file(path, text):
    name = path.rsplit("/", 1)[-1]
    findings = []
    if path.split("/")[0] in SOURCE_ROOTS and name.endswith((".cpp", ".hpp")):
        if not SNAKE.match(name):
            findings.append(f"{path}: the file name is not snake_case")
        if name.endswith(".hpp"):
            lines = text.splitlines()
            if not lines or not lines[0].startswith("// ") or len(lines[0]) < 20:
                findings.append(f"{path}:1: a header opens with one sentence on its purpose")
            if "#pragma once" not in text:
                findings.append(f"{path}: #pragma once is missing")
        if text.count("\n") > LINES_MAX and not name.endswith("_test.cpp"):
            findings.append(f"{path}: {text.count(chr(10))} lines: look for the second noun")
    if name.startswith("check_names"):
        return findings
    for number, line in enumerate(text.splitlines(), 1):
        if path.split("/")[0] in SOURCE_ROOTS + ("client", "tests", "tools") and UNFINISHED.search(line):
            findings.append(f"{path}:{number}: unfinished work: {line.strip()[:80]}")
        if MACHINE_PATH.search(line):
            findings.append(f"{path}:{number}: a path of one machine: {line.strip()[:80]}")
    return findings


def check(root):
    findings = []
    for file in sorted(tracked(root)):
        if file.suffix in TEXT_SUFFIXES and file.name != "package-lock.json" and file.is_file():
            findings += check_file(file.relative_to(root).as_posix(), file.read_text(errors="replace"))
    return findings


def self_test():
    header = "// What this header is for, said.\n#pragma once\n"
    cases = [
        ("clean", "core/base/good_name.hpp", header, 0),
        ("camel case", "core/base/badName.cpp", "", 1),
        ("no purpose", "core/base/a.hpp", "#pragma once\n", 1),
        ("no pragma once", "core/base/a.hpp", "// What this header is for, said.\n", 1),
        ("leftover", "agent/a.cpp", "// TO" + "DO: later\n", 1),
        ("confession", "agent/a.cpp", "// not imple" + "mented\n", 1),
        ("reason phrase", "core/net/a.cpp", '{501, "Not Imple' + 'mented"},\n', 0),
        ("machine path", "docs/a.md", "see /" + "work/x\n", 1),
        ("too long", "core/base/a.cpp", "int x;\n" * (LINES_MAX + 1), 1),
    ]
    for name, path, text, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(text)
            findings = check(root)
            if len(findings) != expected:
                sys.exit(f"self-test \"{name}\": expected {expected} findings, got {findings}")


if __name__ == "__main__":
    checker.run(__doc__, check, self_test)
