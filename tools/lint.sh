#!/bin/sh
# Checks everything that needs no running program. Usage: tools/lint.sh [--quick]; --quick leaves clang-tidy out.
set -eu
cd "$(dirname "$0")/.."
failed=0
tidy_seconds_max=600

# run NAME COMMAND...: one line when it passes, its output when it fails.
run() {
  name=$1
  shift
  if output=$("$@" 2>&1); then
    echo "ok   $name"
  else
    echo "FAIL $name"
    printf '%s\n' "$output"
    failed=$((failed + 1))
  fi
}

format() { git ls-files -z -- '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 --dry-run --Werror; }
scripts() { git ls-files -z -- mesh '*.sh' tools/hooks | xargs -0 -r shellcheck -s sh; }
web() { (cd client && npm run --silent lint && npm run --silent typecheck); }

# Only files that changed since they were last found clean; what the time does not reach waits for the next run.
tidy() {
  tools/build.sh release >/dev/null 2>&1 || return 1
  mkdir -p build/tidy-clean
  git ls-files -- 'core/*.cpp' 'server/*.cpp' 'agent/*.cpp' | grep -v _test.cpp | while read -r file; do
    mark="build/tidy-clean/$(printf '%s' "$file" | tr / _)"
    [ -n "$(find "$mark" -newer "$file" 2>/dev/null)" ] || printf '%s %s\n' "$file" "$mark"
  done >build/tidy-clean/list
  # shellcheck disable=SC2016  # expanded by the inner shell
  timeout "$tidy_seconds_max" xargs -P 2 -L 1 -r sh -c 'clang-tidy-19 --quiet -p build/release "$0" && touch "$1"' \
    <build/tidy-clean/list
  code=$?
  [ "$code" != 124 ] || { echo "clang-tidy: stopped after $tidy_seconds_max s; run again for the rest" && return 0; }
  return "$code"
}

run "clang-format" format
run "shellcheck" scripts
for check in layers names lockfiles protocol_doc docs; do
  [ ! -f "tools/check_$check.py" ] || run "$check" python3 "tools/check_$check.py"
done
[ ! -d client/src ] || run "eslint, prettier, tsc" web
[ "${1:-}" = --quick ] || run "clang-tidy" tidy
[ "$failed" = 0 ]
