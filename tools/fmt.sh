#!/bin/sh
# Formats every source of ours.
set -eu
cd "$(dirname "$0")/.."
git ls-files -z -- '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 -i
if [ -d client/node_modules ]; then (cd client && npm run --silent fmt >/dev/null); fi
