#!/bin/sh
# Runs a fuzz target for a while. Usage: tools/fuzz.sh NAME SECONDS; findings land in build/fuzz/findings.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh fuzz
if [ $# -lt 2 ]; then
  echo "usage: ./mesh fuzz NAME SECONDS; targets:" >&2
  find build/fuzz/bin -maxdepth 1 -type f -name '*fuzz*' -printf '  %f\n' | sort >&2
  exit 2
fi
mkdir -p "build/fuzz/corpus/$1" build/fuzz/findings
seeds=
[ ! -d "tests/fuzz/seeds/$1" ] || seeds="tests/fuzz/seeds/$1"
# shellcheck disable=SC2086  # no seeds: no argument
exec "build/fuzz/bin/$1" -max_total_time="$2" -artifact_prefix=build/fuzz/findings/ "build/fuzz/corpus/$1" $seeds
