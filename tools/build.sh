#!/bin/sh
# Builds. Usage: tools/build.sh release|dev|tsan|coverage|tidy|fuzz [TARGET...] | web. Quiet unless something is wrong or takes long.
set -eu
cd "$(dirname "$0")/.."
kind=$1
shift

build_web() {
  if [ -f client/dist/index.html ] && [ -z "$(find client -path client/node_modules -prune -o -path client/dist -prune \
    -o -type f -newer client/dist/index.html -print | head -1)" ]; then
    return 0
  fi
  echo "==> Building the web page" >&2
  PATH="$PWD/tools/node/node_modules/.bin:$PATH"
  (cd client && npm run --silent build -- --logLevel warn) >&2
}

if [ "$kind" = web ]; then
  build_web
  exit
fi

if [ ! -f "build/$kind/build.ninja" ]; then
  echo "==> Configuring build/$kind" >&2
  mkdir -p "build/$kind"
  cmake --preset "$kind" >"build/$kind/configure.log" 2>&1 || {
    cat "build/$kind/configure.log" >&2
    exit 1
  }
fi
echo "==> Building $kind ${*:-(all)}" >&2
export NINJA_STATUS="[%f/%t %es] "
# What one clone compiled, another need not: paths inside of this one do not count.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
[ $# -eq 0 ] || set -- --target "$@"
[ -t 2 ] || set -- "$@" -- --quiet
cmake --build "build/$kind" "$@" >&2
