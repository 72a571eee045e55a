#!/bin/sh
# SPDX-License-Identifier: MIT
# arrows.sh ROOT: fails if a source below ROOT includes a header that its room must not include. The calls of
# room and server_room below are the table of the rule.
set -u
root=$1
rooms='base|conversion|sql|sqlite|postgresql|net|media|archive|library|storage|job_store|queue|engine|sandbox'
include='^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]'
failed=0
count=0

# sources FOLDER...: the C++ files below those folders that exist.
sources() {
  for folder in "$@"; do
    [ -d "$folder" ] && find "$folder" -type f -regex '.*[.]\(cpp\|hpp\|h\|cc\)'
  done
}

# check REASON PATTERN EXCEPT FOLDER...: reports includes that match PATTERN and do not match EXCEPT.
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

# room NAME ROOMS LIBRARIES: the rooms and libraries that it may include, as regular expressions.
ffmpeg='libav[a-z]+/|libsw[a-z]+/'
ebur128='ebur128\.h'
libarchive='archive\.h|archive_entry\.h'
boost='boost/'
sqlite='sqlite3\.h'
openssl='openssl/'
seccomp='seccomp\.h'
libpq='libpq-fe\.h'
curl='curl/'
outside="$ffmpeg|$ebur128|$libarchive|$boost|$sqlite|$openssl|$seccomp|$curl|libpq"
room() {
  folder=$root/libconvert/src/$1
  check "The room $1 may include only these rooms: $2." "($rooms)/" "($2)/" "$folder"
  check "The room $1 may not use this library." "$outside" "$3" "$folder"
  check "Include the file by the name of its room, without \"..\"." '\.\./' /none/ "$folder"
}

room base 'base' "$boost"
room conversion 'conversion|base' /none/
room sql 'sql' /none/
room sqlite 'sqlite|sql|base' "$sqlite"
room postgresql 'postgresql|sql|base' "$libpq"
room net 'net|base' "$curl|$openssl|$boost"
room media 'media|conversion|base' "$ffmpeg|$ebur128"
room archive 'archive|conversion|base' "$libarchive"
room storage 'storage|net|base' /none/
room job_store 'job_store|sqlite|postgresql|sql|base' "$boost"
room queue 'queue|postgresql|sql|base' /none/
room engine 'engine|conversion|base' "$openssl"
room sandbox 'sandbox|conversion|base' "$seccomp"
room library 'library|media|archive|conversion|base' "$boost"

# The server's rooms. Of libconvert's rooms they may include base, and the databases.
server_rooms='http|security|accounts|api'
sodium='sodium\.h|sodium/'
zlib='zlib\.h'
server_room() {
  folder=$root/server/src/$1
  check "The server's room $1 may include only these rooms: $2." "($rooms|$server_rooms)/" "($2)/" "$folder"
  check "The server's room $1 may not use this library." "$outside|$sodium|$zlib" "$3" "$folder"
  check "Include the file by the name of its room, without \"..\"." '\.\./' /none/ "$folder"
}

server_room http 'http|base' "$boost|$zlib"
server_room security 'security|base' "${boost}json/|$sodium"
server_room accounts 'accounts|security|sqlite|postgresql|sql|base' /none/
server_room api 'api|http|security|accounts|base' "$boost(asio|json|system)/"
# The program's commands create accounts and secrets without a server.
check 'The program includes <convert/...>, the rooms accounts and security, Asio and its own files.' \
  "($rooms|$server_rooms)/|$outside|$sodium|$zlib|\\.\\./" "(accounts|security)/|$boost(asio|system)/" \
  "$root/server/program"

# Public headers include public headers and the standard library.
check 'A public header includes only <convert/...> and the standard library.' \
  "($rooms|fmt)/|$outside|\\.\\./|convert/server/" /none/ "$root/libconvert/include"
check 'A public header of the server includes only <convert/...>, std, Asio, and in mount.hpp Beast.' \
  "($rooms|$server_rooms|fmt)/|$outside|$sodium|$zlib|\\.\\./" "$boost(asio|beast)/" "$root/server/include"

# Examples, benchmarks and most tests use only the public headers, like any other user of the library.
# tests/unit, tests/server and tests/fuzz test rooms from the inside. Tests may share their own headers.
own=$(cd "$root/tests" 2>/dev/null && find . -name '*.hpp' | sed 's,^\./,,; s,[.],\\.,g' | paste -sd'|' -)
check 'Outside of the rooms, include only <convert/...>.' \
  "($rooms)/|$outside|\\.\\./.*src/|libconvert/src" "$boost|${own:-/none/}" \
  "$root/examples" "$root/bench" \
  $(find "$root/tests" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | grep -vE '/(unit|server|house|fuzz)$')

[ "$count" -gt 0 ] || { echo "There are no sources in $root."; exit 1; }
[ "$failed" -eq 0 ] && echo "All includes follow the rule."
exit "$failed"
