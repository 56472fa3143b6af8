#!/bin/sh
# Builds what speaks QUIC with the ngtcp2 of Debian 13 and runs its tests, on Debian 12, whose own is 0.12. Usage: tools/debian13.sh
# The packages come from the mirror of this machine and are only unpacked, below build/debian13; nothing is installed.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/build/debian13
root=$folder/root

skip() {
  echo "skip  QUIC with the ngtcp2 of Debian 13: $1"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

# Prints why it cannot be, and fails.
fetch() {
  command -v apt-get >/dev/null 2>&1 || { echo "there is no apt-get" && return 1; }
  # shellcheck disable=SC2016  # apt fills it in
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1)
  [ -n "$mirror" ] || { echo "apt knows no mirror (apt-get update)" && return 1; }
  apt=$folder/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/packages"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
  (cd "$apt/packages" && export APT_CONFIG="$apt/apt.conf" && apt-get update -qq &&
    apt-get download -qq libngtcp2-dev libngtcp2-16 libngtcp2-crypto-gnutls-dev libngtcp2-crypto-gnutls8) >"$apt/log" 2>&1 ||
    { echo "its packages cannot be had ($(tail -n 1 "$apt/log"))" && return 1; }
  rm -rf "$root"
  for package in "$apt"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
  find "$root" -name '*.pc' -exec sed -i "s|/usr|$root/usr|g" {} +
  rm -rf "$apt"
}

case $(pkg-config --modversion libngtcp2) in
  0.*) ;;
  *) skip "this machine has no older one" ;;
esac
mkdir -p "$folder"
[ -d "$root" ] || why=$(fetch) || skip "$why"
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name libngtcp2.pc)")
export PKG_CONFIG_PATH CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
[ -f "$folder/build.ninja" ] || cmake --preset dev -B "$folder" >"$folder/configure.log" 2>&1 || {
  cat "$folder/configure.log"
  exit 1
}
cmake --build "$folder" --target mesh_agent_p2p_quic_test -- --quiet
code=0
"$folder/bin/mesh_agent_p2p_quic_test" --gtest_brief=1 >"$folder/tests.log" 2>&1 || code=$?
ran=$(sed -n 's/^\[=*\] \([0-9]*\) tests.* ran\..*/\1/p' "$folder/tests.log")
passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests*\..*/\1/p' "$folder/tests.log")
[ "$code" = 0 ] || cat "$folder/tests.log"
echo "$((passed + 0)) passed, $((${ran:-$((passed + 1))} - passed)) failed"
exit "$code"
