#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [OPTION...]: starts the conversion service, with the given options of convertd.
# run.sh INPUT OUTPUT [key=value...]: converts a file, without a service.
# Both install missing packages and build first.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/cmake/packages.sh"
build=$root/build/release

# build TARGET...: prints to the standard error output, because the standard output may be a conversion's.
build() {
  if [ ! -f "$build/build.ninja" ]; then
    (cd "$root" && cmake --preset release -DCONVERT_BUILD_TESTS=OFF -DCONVERT_BUILD_BENCHMARKS=OFF) >&2
  fi
  quiet=--quiet
  [ -x "$build/bin/$1" ] || quiet=
  # shellcheck disable=SC2086
  ninja -C "$build" $quiet "$@" >&2
}

case ${1:-} in
  '' | --*) ;;
  *)
    need build
    build convert-file
    exec "$build/bin/convert-file" "$@"
    ;;
esac

need build demo
build convertd convert-worker
CONVERTD_DATA=${CONVERTD_DATA:-$root/build/demo/data}
export CONVERTD_DATA
song=/usr/share/games/singularity/music/Nebula.ogg
cat <<END

The service runs until Ctrl-C. Its data folder is $CONVERTD_DATA
All options: $build/bin/convertd --help. In another terminal:

  url=http://127.0.0.1:8080
  curl -s \$url/api/auth/signup -d username=ann -d email=ann@example.org \\
    -d password1=correct-horse -d password2=correct-horse
  token=\$(curl -s \$url/api/auth/login -d username=ann -d password=correct-horse | jq -r .token)

  curl -s -H "Authorization: Bearer \$token" -F file=@$song -F newFormat=mp3 \$url/api/tasks | jq .task.id
  curl -s -H "Authorization: Bearer \$token" \$url/api/tasks/1 | jq .state
  curl -OJ -H "Authorization: Bearer \$token" \$url/api/tasks/1/output

  curl -s -H "Authorization: Bearer \$token" -T $song "\$url/api/convert?to=flac" -X POST > nebula.flac

END
exec "$build/bin/convertd" "$@"
