#!/usr/bin/env python3
"""docs/protocol-events.md has one section an event, and its sample is the golden vector of tests/vectors/events.

usage: check_protocol_doc.py [--root DIR] | --write   (--write puts the vectors' present text into the samples)
"""
import json
import pathlib
import re

import checker

SECTION = re.compile(r"^### `([a-z0-9_.]+)`\n(.*?)(?=^### |^## |\Z)", re.M | re.S)
SAMPLE = re.compile(r"```json\n(.*?)```", re.S)


def vectors(root):
    return {json.loads(p.read_text())["event"]["type"]: json.loads(p.read_text())["event"]
            for p in sorted((root / "tests/vectors/events").glob("*.json"))}


def sample_text(event):
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


def check(root):
    text = (root / "docs/protocol-events.md").read_text()
    expected = vectors(root)
    findings, seen = [], set()
    for section in SECTION.finditer(text):
        name, body = section.groups()
        seen.add(name)
        sample = SAMPLE.search(body)
        if name not in expected:
            findings.append(f"{name}: no vector of that type")
        elif not sample:
            findings.append(f"{name}: no sample")
        elif json.loads(sample.group(1)) != expected[name]:
            findings.append(f"{name}: the sample is not the vector")
        if len(SAMPLE.sub("", body).strip()) < 20:
            findings.append(f"{name}: says nothing about the event")
    return findings + [f"{name}: no section" for name in expected if name not in seen]


def write(root):
    path = root / "docs/protocol-events.md"
    expected = vectors(root)

    def renew(section):
        name, body = section.groups()
        words = SAMPLE.sub("", body).strip()
        return f"### `{name}`\n{words}\n\n```json\n{sample_text(expected[name])}```\n\n"

    path.write_text(SECTION.sub(renew, path.read_text()).rstrip() + "\n")


if __name__ == "__main__":
    checker.run(__doc__, check, switches=[("--write", "put the generated parts into the page first", write)])
