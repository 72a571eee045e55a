#!/bin/sh
# SPDX-License-Identifier: MIT
# headers.sh COMPILER INCLUDE_FOLDER [ITS_FOLDER]
# Fails if a public header does not compile alone without a warning, or if it includes, directly or
# indirectly, a header of a hidden library. The server's headers, which use the headers in ITS_FOLDER, may
# include Asio, and mount.hpp Beast.
set -u
compiler=$1
folder=$2
below=${3:-$2}
hidden='/(libav[a-z]+|libsw[a-z]+|boost|fmt|nlohmann|gtest)/'
hidden="$hidden|/(ebur128|archive|archive_entry|sqlite3[a-z]*|libpq-fe|sodium|zlib)\.h([^a-z]|\$)"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
count=0

for header in $(cd "$folder" && find . -name '*.hpp' | sed 's,^\./,,' | sort); do
  count=$((count + 1))
  # Included twice, to detect a missing include guard.
  printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$work/alone.cpp"
  if ! "$compiler" -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fsyntax-only \
    -MD -MF "$work/alone.d" -I "$folder" -I "$below" "$work/alone.cpp" 2>"$work/messages"; then
    echo "<$header> does not compile alone:"
    cat "$work/messages"
    failed=1
    continue
  fi
  case $header in
    convert/server/mount.hpp) shown='/boost/' ;;
    convert/server/*) shown='/boost/([^b]|b[^e]|be[^a])' ;; # all but Beast
    *) shown='^$' ;;
  esac
  found=$(tr -s ' \\' '\n' <"$work/alone.d" | grep -E "$hidden" | grep -vE "$shown")
  if [ -n "$found" ]; then
    echo "<$header> includes hidden libraries:"
    echo "$found"
    failed=1
  fi
done

[ "$count" -gt 0 ] || { echo "There are no headers in $folder."; exit 1; }
[ "$failed" -eq 0 ] && echo "$count headers compile alone and include no hidden library."
exit "$failed"
