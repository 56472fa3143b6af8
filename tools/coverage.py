#!/usr/bin/env python3
"""./mesh coverage: which lines of the parts that judge foreign bytes the unit tests run. Fails below the bar.

usage: coverage.py [--missing]   --missing: also the lines that no test reaches
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/coverage"
FOLDERS = ("core/wire", "core/capability", "core/crypto", "agent/share")
LINES_MIN = 85.0  # of every hundred


def tool(name):
    found = shutil.which(f"{name}-19") or shutil.which(name)
    if found is None:
        sys.exit(f"./mesh coverage: {name} is missing (package llvm-19)")
    return found


def run_tests():
    """Answers the test programs after they have run, and the merged profile."""
    programs = [BUILD / "bin" / f"mesh_{folder.replace('/', '_')}_test" for folder in FOLDERS]
    subprocess.run([ROOT / "tools/build.sh", "coverage", *(p.name for p in programs)], check=True)
    profiles = []
    for program in programs:
        profiles.append(BUILD / f"{program.name}.profraw")
        done = subprocess.run([program, "--gtest_brief=1"], env={"LLVM_PROFILE_FILE": str(profiles[-1]), "PATH": "/usr/bin:/bin"},
                              cwd=BUILD, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{program.name} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    merged = BUILD / "merged.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *profiles, "-o", merged], check=True)
    return programs, merged


def measured(name):
    """True for the sources of the folders, tests and what serves them left out."""
    path = pathlib.Path(name)
    if not path.is_relative_to(ROOT) or str(path.relative_to(ROOT).parent) not in FOLDERS:
        return False
    # What only tests include stands beside the sources.
    return not any(word in path.name for word in ("_test.", "testing", "fixture", "scripted_peer", "memory_stream"))


def export(programs, merged):
    objects = [part for program in programs[1:] for part in ("-object", program)]
    text = subprocess.run([tool("llvm-cov"), "export", "-instr-profile", merged, programs[0], *objects], check=True,
                          capture_output=True, text=True).stdout
    return [entry for entry in json.loads(text)["data"][0]["files"] if measured(entry["filename"])]


def never_run(entry):
    """Line numbers at which a region begins that no test entered (llvm-cov's segments: line, column, count, …)."""
    return sorted({line for line, _, count, has_count, is_entry, *_ in entry["segments"] if has_count and is_entry and not count})


def main():
    parser = argparse.ArgumentParser(prog="./mesh coverage")
    parser.add_argument("--missing", action="store_true", help="also the lines that no test reaches")
    args = parser.parse_args()
    files = export(*run_tests())
    print(f"{'folder':18} {'lines':>7} {'run':>7} {'share':>8}")
    low = []
    for folder in FOLDERS:
        mine = [e for e in files if str(pathlib.Path(e["filename"]).relative_to(ROOT).parent) == folder]
        total = sum(e["summary"]["lines"]["count"] for e in mine)
        covered = sum(e["summary"]["lines"]["covered"] for e in mine)
        share = 100 * covered / total if total else 0
        print(f"{folder:18} {total:7} {covered:7} {share:7.1f}%")
        if share < LINES_MIN:
            low.append(folder)
        for e in mine if args.missing else ():
            if lines := never_run(e):
                print(f"    {pathlib.Path(e['filename']).name}: {', '.join(map(str, lines))}")
    if low:
        print(f"below {LINES_MIN:.0f} %: {', '.join(low)}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
