#!/bin/sh
# Runs a fuzz target for a while. Usage: tools/fuzz.sh NAME SECONDS; findings land in build/fuzz/findings.
set -eu
cd "$(dirname "$0")/.."
names=$(sed -n 's/^mesh_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt | sort)
name=${1:-}
name=${name#fuzz_}
if [ $# -lt 2 ] || ! printf '%s\n' "$names" | grep -qx "$name"; then
  [ $# -lt 2 ] || echo "./mesh fuzz: there is no target \"$1\"" >&2
  echo "usage: ./mesh fuzz NAME SECONDS; targets:" >&2
  printf '%s\n' "$names" | sed 's/^/  /' >&2
  exit 2
fi
tools/build.sh fuzz "fuzz_$name"
mkdir -p "build/fuzz/corpus/fuzz_$name" build/fuzz/findings
exec "build/fuzz/bin/fuzz_$name" -max_total_time="$2" -artifact_prefix="build/fuzz/findings/$name-" \
  "build/fuzz/corpus/fuzz_$name" "tests/fuzz/seeds/fuzz_$name"
