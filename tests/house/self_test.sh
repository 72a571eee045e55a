#!/bin/sh
# SPDX-License-Identifier: MIT
# self_test.sh COMPILER: shows that headers.sh, arrows.sh and exports.sh can fail.
set -u
here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0

# refused COMMAND...: the command must fail.
refused() {
  if "$@" >"$work/output" 2>&1; then
    echo "Accepted, but wrong: $what"
    failed=1
  fi
}
accepted() {
  if ! "$@" >"$work/output" 2>&1; then
    echo "Refused, but correct: $what"
    cat "$work/output"
    failed=1
  fi
}

# header TEXT [FILE]: creates a tree with that one public header.
header() {
  what="the public header ${2:-a.hpp} with: $1"
  rm -rf "$work/include"
  mkdir -p "$work/include/convert/server"
  printf '%b\n' "#pragma once\n$1" >"$work/include/convert/${2:-a.hpp}"
}
header '#include <string>\ninline std::string f() { return {}; }'
accepted sh "$here/headers.sh" "$compiler" "$work/include"
for text in '#include <libavutil/avutil.h>' '#include <boost/version.hpp>' '#include <fmt/core.h>' \
  '#include <archive.h>' 'inline std::string f() { return {}; }' '#include <convert/missing.hpp>' \
  'inline int f(long a) { return a; }'; do
  header "$text"
  refused sh "$here/headers.sh" "$compiler" "$work/include"
done
header '#include <boost/asio/any_io_executor.hpp>' server/a.hpp
accepted sh "$here/headers.sh" "$compiler" "$work/include"
header '#include <boost/beast/version.hpp>' server/mount.hpp
accepted sh "$here/headers.sh" "$compiler" "$work/include"
for text in '#include <boost/beast/version.hpp>' '#include <fmt/core.h>' '#include <sodium.h>' \
  '#include <sqlite3.h>' '#include <zlib.h>'; do
  header "$text" server/a.hpp
  refused sh "$here/headers.sh" "$compiler" "$work/include"
done

# source_file FILE INCLUDE: creates a tree with that one source file.
source_file() {
  what="$1 with: #include $2"
  rm -rf "$work/tree"
  mkdir -p "$work/tree/$(dirname "$1")"
  echo "#include $2" >"$work/tree/$1"
}
allow() {
  source_file "$1" "$2"
  accepted sh "$here/arrows.sh" "$work/tree"
}
refuse() {
  source_file "$1" "$2"
  refused sh "$here/arrows.sh" "$work/tree"
}
allow libconvert/src/media/a.cpp '<libavformat/avformat.h>'
allow libconvert/src/media/a.cpp '"base/temporary_file.hpp"'
allow libconvert/src/archive/a.cpp '<archive.h>'
allow libconvert/src/archive/a.cpp '"archive/archive_converter.hpp"'
allow libconvert/src/library/a.cpp '<boost/json.hpp>'
allow libconvert/src/library/a.cpp '"media/media_converter.hpp"'
allow libconvert/src/library/a.cpp '"base/json_writer.hpp"'
allow libconvert/src/job_store/a.cpp '"sqlite/connection.hpp"'
allow libconvert/src/base/a.cpp '<boost/json.hpp>'
allow libconvert/src/sqlite/a.cpp '<sqlite3.h>'
allow server/src/http/a.cpp '<boost/beast/http/parser.hpp>'
allow server/src/http/a.cpp '"base/system_calls.hpp"'
allow server/src/accounts/a.cpp '"sqlite/group_commit.hpp"'
allow server/src/security/a.cpp '<sodium.h>'
allow server/src/api/a.cpp '"security/access_token.hpp"'
allow server/src/api/a.cpp '<convert/engine.hpp>'
allow server/src/accounts/a.cpp '"security/crypto.hpp"'
allow server/program/a.cpp '<convert/server/server.hpp>'
allow server/include/convert/server/a.hpp '<boost/asio/awaitable.hpp>'
allow tests/media/a.cpp '<convert/convert.hpp>'
refuse libconvert/src/base/a.cpp '"media/media_converter.hpp"'
refuse libconvert/src/base/a.hpp '<libavformat/avformat.h>'
refuse libconvert/src/media/a.cpp '"archive/archive_converter.hpp"'
refuse libconvert/src/media/a.cpp '"library/state.hpp"'
refuse libconvert/src/media/a.cpp '<archive.h>'
refuse libconvert/src/media/a.cpp '<boost/json.hpp>'
refuse libconvert/src/media/a.cpp '"../base/temporary_file.hpp"'
refuse libconvert/src/archive/a.cpp '"media/media_converter.hpp"'
refuse libconvert/src/archive/a.cpp '<ebur128.h>'
refuse libconvert/src/library/a.cpp '<libswresample/swresample.h>'
refuse libconvert/src/library/a.cpp '<archive_entry.h>'
refuse libconvert/include/convert/a.hpp '"base/temporary_file.hpp"'
refuse libconvert/include/convert/a.hpp '<fmt/core.h>'
refuse libconvert/include/convert/a.hpp '<convert/server/http.hpp>'
refuse libconvert/src/base/a.cpp '"library/spec_text.hpp"'
refuse libconvert/src/base/a.cpp '<sqlite3.h>'
allow libconvert/src/base/a.cpp '"base/utf8.hpp"'
refuse libconvert/src/sqlite/a.cpp '"job_store/sqlite/statements.hpp"'
refuse libconvert/src/sqlite/a.cpp '<boost/json.hpp>'
refuse libconvert/src/job_store/a.cpp '<sqlite3.h>'
refuse libconvert/src/engine/a.cpp '"sqlite/connection.hpp"'
refuse libconvert/src/library/a.cpp '"sqlite/connection.hpp"'
refuse server/src/http/a.cpp '"security/access_token.hpp"'
refuse server/src/http/a.cpp '"api/routes.hpp"'
refuse server/src/http/a.cpp '<sodium.h>'
refuse server/src/accounts/a.cpp '"http/message/url.hpp"'
refuse server/src/accounts/a.cpp '"job_store/sqlite/statements.hpp"'
refuse server/src/accounts/a.cpp '<boost/asio/post.hpp>'
refuse server/src/accounts/a.cpp '<sqlite3.h>'
refuse server/src/accounts/a.cpp '<sodium.h>'
refuse server/src/security/a.cpp '"accounts/account_cache.hpp"'
refuse server/src/api/a.cpp '"sqlite/connection.hpp"'
refuse server/src/api/a.cpp '"engine/engine_core.hpp"'
refuse server/src/api/a.cpp '<boost/beast/http/parser.hpp>'
refuse server/src/api/a.cpp '<libavformat/avformat.h>'
refuse server/program/a.cpp '"api/routes.hpp"'
refuse server/program/a.cpp '"base/system_calls.hpp"'
refuse server/include/convert/server/a.hpp '"http/message/url.hpp"'
refuse server/include/convert/server/a.hpp '<boost/json.hpp>'
refuse examples/a.cpp '"media/media_converter.hpp"'
refuse bench/a.cpp '"../libconvert/src/base/spool.hpp"'
refuse tests/http/a.cpp '"base/system_calls.hpp"'
refuse tests/media/a.cpp '<libavutil/avutil.h>'
refuse tests/archive/a.cpp '<archive.h>'

# library TEXT: compiles TEXT to a shared library.
library() {
  what="a library with: $1"
  {
    echo 'namespace convert { struct Library { void convert(); }; void Library::convert() {} }'
    echo "$1"
  } >"$work/a.cpp"
  "$compiler" -shared -fPIC -o "$work/liba.so" "$work/a.cpp" || exit 2
}
for text in '' 'namespace convert { void sqlite_job_store() {} }'; do
  library "$text"
  accepted sh "$here/exports.sh" "$work/liba.so"
done
for text in 'void f() {}' 'namespace convert::media { void f() {} }' 'extern "C" int g() { return 1; }' \
  'struct S { virtual ~S(); }; S::~S() {}'; do
  library "$text"
  refused sh "$here/exports.sh" "$work/liba.so"
done

[ "$failed" -eq 0 ] && echo "The checks can fail."
exit "$failed"
