#!/bin/sh
# Brings this machine to what a ./mesh command needs. Usage: tools/setup.sh GROUP... (groups of tools/packages.txt).
# Idempotent: a second run looks and leaves. Installs Debian packages only where they are missing.
set -eu
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*" >&2; }

# wanted_by_one_of A,B GROUP...: true when A or B is among the groups.
wanted_by_one_of() {
  groups=$1
  shift
  for group_asked in "$@"; do
    case ",$groups," in *",$group_asked,"*) return 0 ;; esac
  done
  return 1
}

# Prints "PACKAGE<tab>reason" for what is asked for and missing.
missing_packages() {
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | sed -n 's/ installed$//p')
  while read -r package group unless reason; do
    case "$package" in '' | '#'*) continue ;; esac
    wanted_by_one_of "$group" "$@" || continue
    if [ "$package" = npm ] && stamp_holds tools/node; then continue; fi
    if [ "$unless" != - ] && command -v "$unless" >/dev/null 2>&1; then continue; fi
    printf '%s\n' "$installed" | grep -qxF "$package" || printf '%s\t%s\n' "$package" "$reason"
  done <tools/packages.txt
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "These packages are missing and this is not root, nor is there sudo. Run this as root, then try again:"
    printf '\n  apt-get update && apt-get install -y --no-install-recommends %s\n\n' "$wanted" >&2
    exit 1
  fi
}

install_packages() {
  table=$(missing_packages "$@")
  [ -n "$table" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "apt-get not found: Mesh is set up on Debian 12 or newer. Needed here:"
    printf '%s\n' "$table" >&2
    exit 1
  fi
  say "Installing Debian packages:"
  printf '%s\n' "$table" | while IFS="$(printf '\t')" read -r package reason; do
    printf '    %-28s %s\n' "$package" "$reason" >&2
  done
  wanted=$(printf '%s\n' "$table" | cut -f1 | tr '\n' ' ')
  log=$(mktemp)
  # shellcheck disable=SC2086  # one argument a package is meant
  if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted; } >"$log"; then
    tail -30 "$log" >&2
    rm -f "$log"
    say "The packages could not be installed: the lines above say why."
    exit 1
  fi
  rm -f "$log"
}

# True when FOLDER's node_modules was made from the lock file that lies beside it now.
stamp_holds() {
  [ -f "$1/node_modules/.mesh-lock" ] && cmp -s "$1/package-lock.json" "$1/node_modules/.mesh-lock"
}

install_node_packages() {
  stamp_holds "$1" && return 0
  say "Installing $2 ($1/package-lock.json)"
  # The project's own Node brings its own list of authorities; the machine's may hold one more (a company's).
  if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  fi
  if ! out=$(cd "$1" && npm ci --no-audit --no-fund --ignore-scripts 2>&1); then
    printf '%s\n' "$out" >&2
    say "npm could not install $2: the lines above say why."
    exit 1
  fi
  cp "$1/package-lock.json" "$1/node_modules/.mesh-lock"
}

install_packages base "$@"
case " $* " in
  *" web "*)
    install_node_packages tools/node "the project's own Node 24"
    PATH="$PWD/tools/node/node_modules/.bin:$PATH"
    install_node_packages client "the packages of the web page"
    ;;
esac
