#!/bin/sh
# Runs a fuzz target for a while. Usage: tools/fuzz.sh NAME SECONDS; findings land in build/fuzz/findings.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh fuzz
if [ $# -lt 2 ]; then
  echo "usage: ./mesh fuzz NAME SECONDS; targets:" >&2
  find build/fuzz/bin -maxdepth 1 -type f -name 'fuzz_*' -printf '  %f\n' | sed 's/fuzz_//' | sort >&2
  exit 2
fi
name=fuzz_${1#fuzz_}
mkdir -p "build/fuzz/corpus/$name" build/fuzz/findings
seeds=
[ ! -d "tests/fuzz/seeds/$name" ] || seeds="tests/fuzz/seeds/$name"
# shellcheck disable=SC2086  # no seeds: no argument
exec "build/fuzz/bin/$name" -max_total_time="$2" -artifact_prefix=build/fuzz/findings/ "build/fuzz/corpus/$name" $seeds
