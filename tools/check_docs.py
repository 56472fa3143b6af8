#!/usr/bin/env python3
"""Holds the documents to the tree: links lead somewhere, ./mesh commands exist, stories and tests that are named exist,
guides emphasise what the page says, no line of a French page can end before its : ; ? ! or », and
(with --programs) every mesh-agent and mesh-server line of a ```sh block is a verb with flags that its --help knows.

usage: check_docs.py [--programs BIN] [--root DIR] | --self-test
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
STORY = re.compile(r"^- Story: `(.+)`$", re.MULTILINE)
SKIPPED = {"node_modules", "build", ".git", ".mesh", "dist"}


def documents(root):
    for path in sorted(root.rglob("*.md")):
        if not SKIPPED & set(path.relative_to(root).parts):
            yield path


def anchor(heading):
    """How a heading is addressed on a code host."""
    text = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def anchors(path):
    return {anchor(line.lstrip("#")) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")}


def check_links(root):
    for path in documents(root):
        for target in LINK.findall(re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
            if "://" in target or target.startswith("mailto:"):
                continue
            name, _, fragment = target.partition("#")
            there = (path.parent / name).resolve() if name else path
            shown = f"{path.relative_to(root)}: link {target}"
            if not there.exists():
                yield f"{shown} leads nowhere"
            elif fragment and there.suffix == ".md" and fragment not in anchors(there):
                yield f"{shown}: no such heading"


def commands(root):
    """(document, words) of every command line in a ```sh block; comments and prompts left out."""
    for path in documents(root):
        for block in BLOCK.findall(path.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line.strip().removeprefix("$ "), comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    words = words[1:]
                if words:
                    yield path.relative_to(root), words


def check_mesh(root):
    usage = (root / "mesh").read_text(encoding="utf-8")
    for path, words in commands(root):
        if words[0] != "./mesh":
            continue
        verb = words[1] if len(words) > 1 else "help"
        if not re.search(rf"^  {re.escape(verb)}\b", usage, re.MULTILINE):
            yield f"{path}: ./mesh has no command {verb}"
        for flag in (w for w in words[2:] if w.startswith("--")):
            if flag not in usage:
                yield f"{path}: ./mesh {verb} has no {flag}"


def check_stories(root):
    page = root / "docs/E2E_TEST.md"
    if not page.exists():
        return
    sources = "\n".join(p.read_text(encoding="utf-8") for p in sorted((root / "tests/e2e").glob("story_*.py")))
    named = STORY.findall(page.read_text(encoding="utf-8"))
    if not named:
        yield "docs/E2E_TEST.md names no story"
    for sentence in named:
        if f'@story("{sentence}"' not in sources:
            yield f"docs/E2E_TEST.md: no story is called {sentence!r}"


def check_security_tests(root):
    """Every test that docs/security.md names as the proof of a defence exists."""
    page = root / "docs/security.md"
    if not page.exists():
        return
    stories = "\n".join(p.read_text(encoding="utf-8") for p in sorted((root / "tests/e2e").glob("story_*.py")))
    units = {f"{suite}.{name}" for folder in ("core", "server", "agent", "tests") for path in (root / folder).rglob("*_test.cpp")
             for suite, name in TEST.findall(path.read_text(encoding="utf-8"))}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        if len(cells) != 4 or not line.startswith("|") or cells[3].startswith("test"):
            continue
        named = re.findall(r"`([a-z0-9_]+\.[a-z0-9_]+)`", cells[3])
        told = re.findall(r'"([^"]+)"', cells[3])
        paths = re.findall(r"`((?:client|tests)/[\w/.]+\.ts)`", cells[3])
        if not named and not told and not paths:
            yield f"docs/security.md: no test for {cells[1]!r}"
        yield from (f"docs/security.md: no file is called {path}" for path in paths if not (root / path).exists())
        yield from (f"docs/security.md: no test is called {name}" for name in named if name not in units)
        yield from (f"docs/security.md: no story is called {text!r}" for text in told if f'@story("{text}"' not in stories)


def check_labels(root):
    """What a user guide emphasises is what the page says: names of pages, buttons and states."""
    for language in ("en", "fr"):
        sources = sorted((root / "client/src/ui/texts").glob(f"{language}*.ts"))
        said = "\n".join(p.read_text(encoding="utf-8") for p in sources).replace("’", "'").lower()
        for path in sorted((root / "docs/user").glob(f"*{language}.md")):
            text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            for found in re.findall(r"\*\*?([^*]+)\*\*?", text):
                for label in " ".join(found.split()).split("→"):
                    plain = re.sub(r" (?:NAME|NOM)$", "", label.strip()).replace("’", "'").lower()
                    if plain not in said:
                        yield f"{path.relative_to(root)}: the page says nothing of {label.strip()!r}"


def check_french(root):
    """No ordinary space before a double mark or inside of « »; commands and other code are left alone."""
    for path in documents(root):
        if not path.name.endswith("fr.md"):
            continue
        text = re.sub(r"```.*?```|`[^`\n]*`", lambda code: re.sub(r"[^\n]", "x", code[0]), path.read_text(encoding="utf-8"),
                      flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"(?:^| )[:;?!»](?![-|])|«(?!\u00a0)", line):
                yield f"{path.relative_to(root)}:{number}: no no-break space beside a mark: {line.strip()[:60]!r}"


def transfer_words(root):
    """Words of errors that a person may read of a transfer: those of the data plane, and what the code that transfers names."""
    declared = (root / "core/base/error.hpp").read_text(encoding="utf-8")
    section = re.search(r"/\* data plane \*/(.*?)/\* (?:terminals|this machine) \*/", declared, re.DOTALL)
    words = set(re.findall(r"X\((\w+)\)", section.group(1)))
    for pattern in ("share/*", "app/outbox*", "app/transfer*", "app/peer_choice*", "app/session_request*"):
        for path in (root / "agent").glob(pattern):
            if path.suffix in (".cpp", ".hpp") and not path.stem.endswith("_test"):
                words |= set(re.findall(r"errc::(\w+)", path.read_text(encoding="utf-8")))
    return words, set(re.findall(r"X\((\w+)\)", declared))


def check_transfer_words(root):
    """Each has a cause and a next step in both pages about transfers that did not arrive, and in the web page."""
    if not (root / "core/base/error.hpp").exists():
        return
    wanted, declared = transfer_words(root)
    for page in ("docs/troubleshooting.md", "docs/troubleshooting.fr.md"):
        rows = re.findall(r"^\| `(\w+)` \|(.+?)\|(.+?)\|$", (root / page).read_text(encoding="utf-8"), re.MULTILINE)
        told = {word for word, cause, step in rows if cause.strip() and step.strip()}
        yield from (f"{page}: no row for {word}" for word in sorted(wanted - told))
        yield from (f"{page}: {word} is not a word of ours" for word in sorted(told - declared))
    for page in ("client/src/ui/texts/en_transfers.ts", "client/src/ui/texts/fr_transfers.ts"):
        why = re.search(r"^  why: {\n(.*?)^  }", (root / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        told = set(re.findall(r"^    (\w+):", why.group(1), re.MULTILINE))
        yield from (f"{page}: why says nothing of {word}" for word in sorted(wanted - told))


def help_of(program, words):
    """The help text of the longest verb at the front of words, or None."""
    verbs = []
    for word in words:
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        verbs.append(word)
    for count in range(min(3, len(verbs)), -1, -1):
        done = subprocess.run([program, *verbs[:count], "--help"], capture_output=True, text=True, timeout=20, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return (verbs[:count], done.stdout) if count or not verbs else None
    return None


def check_programs(root, folder):
    known = {}
    for path, words in commands(root):
        if words[0] not in ("mesh-agent", "mesh-server"):
            continue
        key = tuple(words[:4])
        if key not in known:
            known[key] = help_of(folder / words[0], words[1:])
        if known[key] is None:
            yield f"{path}: {' '.join(words)}: no such verb"
            continue
        for flag in (w.split("=")[0] for w in words[1:] if w.startswith("--")):
            if not re.search(rf"{re.escape(flag)}\b", known[key][1]):
                yield f"{path}: {' '.join(words)}: {flag} is not in its --help"


def check(root, programs=None):
    findings = [*check_links(root), *check_mesh(root), *check_stories(root), *check_security_tests(root),
                *check_labels(root), *check_transfer_words(root), *check_french(root)]
    return findings + (list(check_programs(root, programs)) if programs else [])


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "tests/e2e").mkdir(parents=True)
        (root / "mesh").write_text("usage\n  up [--port N]  starts\n")
        (root / "tests/e2e/story_a.py").write_text('@story("it works")\n')
        (root / "docs/E2E_TEST.md").write_text("# E\n- Story: `it works`\n- Story: `it does not`\n")
        (root / "docs/security.md").write_text("| a | b | c | `x.gone` |\n| a | b | c | \"it works\" |\n")
        (root / "README.md").write_text("# A b\n[x](docs/E2E_TEST.md#e) [y](#a-b) [z](gone.md) [w](#gone)\n"
                                        "```sh\n./mesh up --port 1\n./mesh up --colour\n./mesh fly\nprog go --fast\n```\n")
        found = check(root)
        expected = ["gone.md leads nowhere", "#gone: no such heading", "no --colour", "no command fly", "it does not", "x.gone"]
        missed = [e for e in expected if not any(e in f for f in found)]
        if missed or len(found) != len(expected):
            sys.exit(f"check_docs does not work: missed {missed}, found {found}")
        for name, text in (("core/base/error.hpp", "/* data plane */ X(gone) X(told) /* this machine */ X(io)"),
                           ("agent/share/a.cpp", "errc::io"), ("agent/share/a_test.cpp", "errc::elsewhere"),
                           ("docs/troubleshooting.md", "| `told` | because | do |\n| `io` | because | |\n"),
                           ("docs/troubleshooting.fr.md", "| `told` | a | b |\n| `io` | a | b |\n| `gone` | a | b |\n| `odd` | a | b |\n"),
                           ("client/src/ui/texts/en_transfers.ts", "  why: {\n    told: '',\n    gone: '',\n    io: '',\n  },\n"),
                           ("client/src/ui/texts/fr_transfers.ts", "  why: {\n    told: '',\n    gone: '',\n  },\n")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = [finding.rpartition("/")[2] for finding in check_transfer_words(root)]
        expected = ["troubleshooting.md: no row for gone", "troubleshooting.md: no row for io",
                    "troubleshooting.fr.md: odd is not a word of ours", "fr_transfers.ts: why says nothing of io"]
        if found != expected:
            sys.exit(f"check_docs does not see words of errors: {found}")
        (root / "docs/user").mkdir()
        (root / "docs/user/en.md").write_text("*Wave → Why*, **Write to NAME**, *Fly*\n")
        (root / "client/src/ui/texts/en.ts").write_text("wave: 'Wave',\nwrite: 'Write to {{name}}',\n")
        found = list(check_labels(root))
        if len(found) != 1 or "'Fly'" not in found[0]:
            sys.exit(f"check_docs does not see labels: {found}")
        (root / "docs/user/fr.md").write_text("Oui\u00a0! `a : b`\n```\nx ; y\n```\nNon !\n«\u00a0mot »\n« mot\u00a0»\n"
                                              "X-Mesh: 1, «\u00a0a\u00a0»\u00a0: b\n")
        found = [finding.split(":")[1] for finding in check_french(root)]
        if found != ["5", "6", "7"]:
            sys.exit(f"check_docs does not see spaces that break: {found}")
        program = root / "mesh-agent"
        program.write_text('#!/bin/sh\n[ "$1" = go ] && [ "$2" = --help ] && echo "  --fast" && exit 0\nexit 1\n')
        program.chmod(0o755)
        (root / "README.md").write_text("```sh\nmesh-agent go FILE --fast\nmesh-agent go --slow\nmesh-agent stop\n```\n")
        found = list(check_programs(root, root))
        if len(found) != 2 or "--slow" not in found[0] or "no such verb" not in found[1]:
            sys.exit(f"check_docs does not see programs: {found}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--programs", type=pathlib.Path, help="folder of mesh-agent and mesh-server")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        self_test()
        return 0
    findings = check(args.root, args.programs)
    print("\n".join(findings) if findings else "documents agree with the tree")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
