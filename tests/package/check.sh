#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh STEP SOURCE BUILD WORK COMPILER: one step of the package tests, in the folder WORK.
# SOURCE is the root of the project, BUILD its build folder (static), which is installed but not built. The
# prefix of the installations is not the configured one.
set -eu
step=$1
source=$2
build=$3
work=$4
compiler=$5
here=$source/tests/package
mkdir -p "$work"

# A second of a tone as a WAV file: 8 kHz, mono, 16 bits.
make_wav() {
  {
    printf 'RIFF\244\076\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000'
    printf '\200\076\000\000\002\000\020\000data\200\076\000\000'
    period='\000\000\100\037\000\054\100\037\000\000\300\340\000\324\300\340'
    # shellcheck disable=SC2059
    for _ in $(seq 1000); do printf "$period"; done
  } >"$1"
  [ "$(wc -c <"$1")" -eq 16044 ]
}

# converts PROGRAM FOLDER: the program must convert a tone to MP3 and FLAC.
converts() {
  make_wav "$2/tone.wav"
  for format in mp3 flac; do
    rm -f "$2/tone.$format"
    printf '%s: ' "$format"
    "$1" "$2/tone.wav" "$2/tone.$format"
    [ -s "$2/tone.$format" ]
    if command -v ffprobe >/dev/null; then
      found=$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$2/tone.$format")
      [ "$found" = "$format" ] || { echo "ffprobe says: $found"; exit 1; }
    fi
  done
}

# runs_jobs PROGRAM FOLDER: the program must run a job in the sandbox and store its record and blobs in
# FOLDER.
runs_jobs() {
  rm -rf "$2/data"
  mkdir "$2/data"
  printf 'job: '
  "$1" "$2/tone.wav" mp3 "$2/data"
  [ -s "$2/data/jobs.db" ]
  [ -s "$(find "$2/data/blobs" -path '*/output/*' -type f)" ]
}

# library_folder PREFIX: prints the folder where the library is installed.
library_folder() {
  dirname "$(find "$1" -name convert.pc | head -n 1 | xargs dirname)"
}

install_into() {
  rm -rf "$2"
  cmake --install "$1" --prefix "$2" >"$work/install.log"
}

find_package_consumer() {
  prefix=$1
  folder=$2
  rm -rf "$folder"
  cmake -G Ninja -S "$here/consumer" -B "$folder" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix"
  cmake --build "$folder"
  converts "$folder/consumer" "$folder"
  runs_jobs "$folder/jobs" "$folder"
}

# finds_no_worker PROGRAM FOLDER: the program must fail and list the places where it searched its worker.
finds_no_worker() {
  rm -rf "$2/data"
  mkdir "$2/data"
  if "$1" "$2/tone.wav" mp3 "$2/data" 2>"$2/error"; then
    echo "found a worker, but there is none"
    exit 1
  fi
  grep -F "$2/convert-worker" "$2/error"
}

# readme_program FOLDER PORT: copies the program of the README, with another port.
readme_program() {
  mkdir -p "$1"
  sed -n '/^## Embed it/,/^```$/p' "$source/README.md" |
    sed '1,/^```cpp$/d; /^```$/d; s/8080/'"$2"'/' >"$1/readme.cpp"
  grep -q "convert::server::Server server" "$1/readme.cpp"
}

# field NAME: a string of the JSON object on the standard input.
field() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }

# converts_a_task PROGRAM FOLDER PORT: the server must convert an uploaded file.
converts_a_task() {
  url=http://127.0.0.1:$3
  make_wav "$2/tone.wav"
  rm -rf "$2/run"
  mkdir "$2/run"
  (cd "$2/run" && exec "$1") &
  server=$!
  trap 'kill $server 2>/dev/null || true' EXIT
  for _ in $(seq 100); do
    curl -s "$url/healthz" >"$2/healthz" && break
    kill -0 $server
    sleep 0.1
  done
  curl -sf "$url/api/auth/signup" -d username=ann -d email=ann@example.org -d password1=correct-horse \
    -d password2=correct-horse >"$2/signup"
  token=$(curl -sf "$url/api/auth/login" -d username=ann -d password=correct-horse | field token)
  authorization="Authorization: Bearer $token"
  curl -sf -H "$authorization" -F "file=@$2/tone.wav" -F newFormat=mp3 "$url/api/tasks" >"$2/task"
  for _ in $(seq 200); do
    state=$(curl -sf -H "$authorization" "$url/api/tasks/1" | field state)
    case $state in PROCESSED | FAILED) break ;; esac
    sleep 0.1
  done
  echo "task: $state"
  [ "$state" = PROCESSED ]
  curl -sf -H "$authorization" -o "$2/tone.mp3" "$url/api/tasks/1/output"
  [ -s "$2/tone.mp3" ]
  kill $server
  trap - EXIT
}

# serves PROGRAM: the program must answer a request.
serves() {
  answer=$("$1")
  echo "server: $answer"
  [ "$answer" = 'HTTP/1.1 200 OK' ]
}

server_consumer() {
  prefix=$1
  folder=$2
  port=$3
  rm -rf "$folder"
  readme_program "$folder" "$port"
  cmake -G Ninja -S "$here/server" -B "$folder" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" -DREADME_PROGRAM="$folder/readme.cpp"
  cmake --build "$folder"
  serves "$folder/serve"
  converts_a_task "$folder/readme" "$folder" "$port"
  "$prefix/bin/convertd" --version
}

pkg_config_consumer() {
  prefix=$1
  folder=$2
  libraries=$(library_folder "$prefix")
  mkdir -p "$folder"
  PKG_CONFIG_PATH=$libraries/pkgconfig
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046
  "$compiler" "$here/consumer/main.cpp" -o "$folder/consumer" $(pkg-config --cflags --libs convert)
  # shellcheck disable=SC2046
  "$compiler" "$here/consumer/jobs.cpp" -o "$folder/jobs" $(pkg-config --cflags --libs convert)
  # Without the path that pkg-config gives.
  # shellcheck disable=SC2046
  "$compiler" "$here/consumer/jobs.cpp" -o "$folder/moved_jobs" $(pkg-config --cflags --libs convert) \
    -UCONVERT_INSTALLED_WORKER_PATH
  LD_LIBRARY_PATH=$libraries
  export LD_LIBRARY_PATH
  converts "$folder/consumer" "$folder"
  runs_jobs "$folder/jobs" "$folder"
  if [ -f "$libraries/libconvert.so" ]; then
    runs_jobs "$folder/moved_jobs" "$folder"
  else
    finds_no_worker "$folder/moved_jobs" "$folder"
  fi
  mkdir -p "$prefix/bin"
  cp "$folder/moved_jobs" "$prefix/bin/jobs"
  runs_jobs "$prefix/bin/jobs" "$folder"
}

case $step in
  static_install)
    install_into "$build" "$work/static"
    [ -f "$(library_folder "$work/static")/libconvert.a" ]
    ;;
  static_find_package) find_package_consumer "$work/static" "$work/static_find_package" ;;
  static_pkg_config) pkg_config_consumer "$work/static" "$work/static_pkg_config" ;;
  static_server) server_consumer "$work/static" "$work/static_server" 18473 ;;
  static_conformance)
    suites=$(dirname "$(dirname "$(find "$work/static" -path '*/conformance/storage.hpp')")")
    rm -rf "$work/conformance"
    cmake -G Ninja -S "$here/conformance" -B "$work/conformance" -DCMAKE_BUILD_TYPE=None \
      -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/static" -DSUITES="$suites"
    cmake --build "$work/conformance"
    "$work/conformance/conformance"
    ;;
  # The library as a subfolder of another project, shared. Not optimised: it builds faster, and no symbol that
  # should be hidden is inlined.
  subdirectory)
    cmake -G Ninja -S "$here/subdirectory" -B "$work/subdirectory" -DCMAKE_BUILD_TYPE=None \
      -DCMAKE_CXX_COMPILER="$compiler" -DCONVERT_SOURCE="$source" \
      -DBUILD_SHARED_LIBS=ON -DCMAKE_UNITY_BUILD=ON -DCONVERT_INSTALL=ON -DCONVERT_BUILD_SERVER=ON
    cmake --build "$work/subdirectory"
    converts "$work/subdirectory/consumer" "$work/subdirectory"
    runs_jobs "$(find "$work/subdirectory" -type f -name jobs -perm -u+x)" "$work/subdirectory"
    serves "$work/subdirectory/serve"
    ;;
  shared_install)
    install_into "$work/subdirectory" "$work/shared"
    libraries=$(library_folder "$work/shared")
    version=$(sed -n 's/^Version: //p' "$libraries/pkgconfig/convert.pc")
    [ -f "$libraries/libconvert.so.$version" ]
    [ -L "$libraries/libconvert.so" ]
    readelf -d "$libraries/libconvert.so" | grep -F "[libconvert.so.${version%.*}]"
    sh "$source/tests/house/exports.sh" "$libraries/libconvert.so"
    ;;
  shared_find_package) find_package_consumer "$work/shared" "$work/shared_find_package" ;;
  shared_server) server_consumer "$work/shared" "$work/shared_server" 18474 ;;
  shared_pkg_config) pkg_config_consumer "$work/shared" "$work/shared_pkg_config" ;;
  *)
    echo "Unknown step: $step" >&2
    exit 2
    ;;
esac
