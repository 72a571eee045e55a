#!/bin/sh
# SPDX-License-Identifier: MIT
# arrows.sh ROOT: fails if a source file of the tree includes what its room may not.
set -u
root=$1
rooms='base|conversion|sqlite|media|archive|library|storage|job_store|queue|engine|sandbox'
include='^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]'
failed=0
count=0

# sources FOLDER...: the C++ files below those folders (of those that exist).
sources() {
  for folder in "$@"; do
    [ -d "$folder" ] && find "$folder" -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.cc' \)
  done
}

# check REASON PATTERN EXCEPT FOLDER...: an include that matches PATTERN, but not EXCEPT, is an error.
check() {
  reason=$1
  pattern=$2
  except=$3
  shift 3
  sources "$@" >"$list"
  while read -r file; do
    count=$((count + 1))
    found=$(grep -E "$include($pattern)" "$file" | grep -vE "$include($except)")
    [ -z "$found" ] || {
      echo "$found" | while read -r line; do echo "${file#"$root"/}: $line"; done
      echo "  $reason"
      failed=1
    }
  done <"$list"
}

list=$(mktemp) || exit 2
trap 'rm -f "$list"' EXIT

# room NAME MAY_INCLUDE LIBRARIES: rooms and libraries are alternatives of a regular expression.
ffmpeg='libav[a-z]+/|libsw[a-z]+/'
ebur128='ebur128\.h'
libarchive='archive\.h|archive_entry\.h'
boost='boost/'
sqlite='sqlite3\.h'
openssl='openssl/'
seccomp='seccomp\.h'
outside="$ffmpeg|$ebur128|$libarchive|$boost|$sqlite|$openssl|$seccomp|libpq"
room() {
  folder=$root/libconvert/src/$1
  check "The room $1 may include only these rooms: $2." "($rooms)/" "($2)/" "$folder"
  check "The room $1 may not use this library." "$outside" "$3" "$folder"
  check "Name the file by its room, not by a way up." '\.\./' /none/ "$folder"
}

room base 'base' "$boost"
room conversion 'conversion|base' /none/
room sqlite 'sqlite|base' "$sqlite"
room media 'media|conversion|base' "$ffmpeg|$ebur128"
room archive 'archive|conversion|base' "$libarchive"
room storage 'storage|base' /none/
room job_store 'job_store|sqlite|base' "$boost"
room queue 'queue|base' /none/
room engine 'engine|conversion|base' "$openssl"
room sandbox 'sandbox|conversion|base' "$seccomp"
room library 'library|media|archive|conversion|base' "$boost"

# The server's rooms; of libconvert's they see the two at the bottom.
server_rooms='http|security|accounts|api'
sodium='sodium\.h|sodium/'
zlib='zlib\.h'
server_room() {
  folder=$root/server/src/$1
  check "The server's room $1 may include only these rooms: $2." "($rooms|$server_rooms)/" "($2)/" "$folder"
  check "The server's room $1 may not use this library." "$outside|$sodium|$zlib" "$3" "$folder"
  check "Name the file by its room, not by a way up." '\.\./' /none/ "$folder"
}

server_room http 'http|base' "$boost|$zlib"
server_room security 'security|base' "$sodium"
server_room accounts 'accounts|security|sqlite|base' /none/
server_room api 'api|http|security|accounts|base' "$boost(asio|json|system)/"
# (Its commands make accounts and secrets without a server.)
check 'The program includes <convert/...>, the rooms accounts and security, Asio and its own files.' \
  "($rooms|$server_rooms)/|$outside|$sodium|$zlib|\\.\\./" "(accounts|security)/|$boost(asio|system)/" "$root/server/program"

# Public headers include public headers and the standard library.
check 'A public header includes only <convert/...> and the standard library.' \
  "($rooms|fmt)/|$outside|\\.\\./|convert/server/" /none/ "$root/libconvert/include"
check 'A public header of the server includes only <convert/...>, Asio, in mount.hpp Beast, and the standard library.' \
  "($rooms|$server_rooms|fmt)/|$outside|$sodium|$zlib|\\.\\./" "$boost(asio|beast)/" "$root/server/include"

# Whoever stands outside comes in through the public headers, as any other user of the library does.
# (tests/unit and tests/server mirror the rooms and look into them, and tests/fuzz has to; tests may share headers of their own by "folder/name.hpp".)
own=$(cd "$root/tests" 2>/dev/null && find . -name '*.hpp' | sed 's,^\./,,; s,[.],\\.,g' | paste -sd'|' -)
check 'From outside, include <convert/...> only.' \
  "($rooms)/|$outside|\\.\\./.*src/|libconvert/src" "$boost|${own:-/none/}" \
  "$root/examples" "$root/bench" \
  $(find "$root/tests" -mindepth 1 -maxdepth 1 -type d ! -name unit ! -name server ! -name house ! -name fuzz 2>/dev/null)

[ "$count" -gt 0 ] || { echo "There are no sources in $root."; exit 1; }
[ "$failed" -eq 0 ] && echo "The includes point the right way."
exit "$failed"
