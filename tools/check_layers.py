#!/usr/bin/env python3
"""Holds the tree to tools/layers.txt: every #include and every CMake DEPS may only point to folders its own line names.

usage: check_layers.py [--root DIR] | --self-test
"""
import pathlib
import re
import sys
import tempfile

import checker

ROOTS = ("core", "server", "agent")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
CMAKE_CALL = re.compile(r"mesh_(library|program)\s*\(([^)]*)\)", re.S)
KEYWORDS = ("DEPS", "LIBS", "TEST_DEPS", "TEST_LIBS")


def read_layers(text):
    """(folder -> set of folders it may name, findings): a line may name only folders that stand above it."""
    allowed, findings = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        folder, _, names = line.partition(":")
        folder = folder.strip()
        for name in names.split():
            if name not in allowed:
                findings.append(f"layers.txt:{number}: {folder} names {name}, which does not stand above it")
        if folder in allowed:
            findings.append(f"layers.txt:{number}: {folder} stands twice")
        allowed[folder] = set(names.split())
    return allowed, findings


def folder_of(path, allowed):
    """The longest folder of layers.txt that holds path ("agent/p2p/quic/x.hpp" -> "agent/p2p/quic")."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in allowed:
            return "/".join(parts)
        parts.pop()
    return None


def cmake_deps(text):
    """What the folder's CMakeLists.txt links as DEPS (test-only DEPS are free, as tests may join modules)."""
    deps = []
    for call in CMAKE_CALL.finditer(text):
        section = None
        for word in call.group(2).split():
            if word in KEYWORDS:
                section = word
            elif section == "DEPS":
                deps.append(word)
    return deps


def check(root):
    allowed, findings = read_layers((root / "tools/layers.txt").read_text())
    for top in ROOTS:
        for file in sorted((root / top).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.name == "CMakeLists.txt":
                names = [dep + "/" for dep in cmake_deps(file.read_text())]
            elif file.suffix in (".cpp", ".hpp") and not file.name.endswith(("_test.cpp", "_test.hpp")):
                names = INCLUDE.findall(file.read_text())
            else:
                continue
            own = folder_of(path, allowed)
            if own is None:
                if names:
                    findings.append(f"{path}: its folder has no line in tools/layers.txt")
                continue
            for name in names:
                if name.split("/")[0] not in ROOTS:
                    findings.append(f"{path}: \"{name}\" is not written from the root of the tree")
                    continue
                other = folder_of(name, allowed)
                if other is None:
                    findings.append(f"{path}: {name} lies in no folder of tools/layers.txt")
                elif other != own and other not in allowed[own]:
                    findings.append(f"{path}: {own} may not name {other}")
    return findings


def self_test():
    good = "core/base:\ncore/net: core/base\n"
    cases = [
        ("clean", good, {"core/net/a.cpp": '#include "core/base/x.hpp"\n'}, 0),
        ("upward include", good, {"core/base/a.hpp": '#include "core/net/x.hpp"\n'}, 1),
        ("upward link", good, {"core/base/CMakeLists.txt": "mesh_library(DEPS core/net LIBS fmt)"}, 1),
        ("unknown folder", good, {"core/new/a.cpp": '#include "core/base/x.hpp"\n'}, 1),
        ("relative include", good, {"core/net/a.cpp": '#include "b.hpp"\n'}, 1),
        ("cycle in the table", "core/base: core/net\ncore/net: core/base\n", {}, 1),
        ("test file is free", good, {"core/base/a_test.cpp": '#include "core/net/x.hpp"\n'}, 0),
    ]
    for name, layers, files, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for path, text in {"tools/layers.txt": layers, **files}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            findings = check(root)
            if len(findings) != expected:
                sys.exit(f"self-test \"{name}\": expected {expected} findings, got {findings}")


if __name__ == "__main__":
    checker.run(__doc__, check, self_test)
