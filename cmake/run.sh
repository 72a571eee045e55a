#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh INPUT OUTPUT [key=value...]: converts a file, building what is needed first.
# run.sh: converts a song from a Debian package, and shows the plan and the result.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/cmake/packages.sh"
build=$root/build/release
program=$build/bin/convert-file
song=/usr/share/games/singularity/music/Nebula.ogg

if [ $# -eq 0 ]; then
  need build demo
else
  need build
fi

# Standard output stays free: it may be where the conversion goes.
quiet=--quiet
if [ ! -f "$build/build.ninja" ]; then
  (cd "$root" && cmake --preset release -DCONVERT_BUILD_TESTS=OFF -DCONVERT_BUILD_BENCHMARKS=OFF) >&2
fi
[ -x "$program" ] || quiet=
# shellcheck disable=SC2086
ninja -C "$build" $quiet convert-file >&2

[ $# -eq 0 ] || exec "$program" "$@"

[ -r "$song" ] || fail "$song is not there, though its package singularity-music is installed."
mkdir -p "$root/build/demo"
result=$root/build/demo/nebula.mp3
show() {
  echo
  echo "\$ convert-file $*"
  "$program" "$@"
}
show --plan "$song" "$result"
show "$song" "$result"
show --probe "$result"
echo
echo "Now with a file of yours: sh cmake/run.sh INPUT OUTPUT [key=value...]"
