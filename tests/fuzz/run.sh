#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [SECONDS] [TARGET...]: builds the fuzz targets and runs each for SECONDS (60), two at once.
# Targets: those of all below (all of them). A finding is kept under build/fuzz/findings and makes the exit
# status nonzero; run it again with  build/fuzz/bin/fuzz_TARGET FILE.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/fuzz/seeds.sh"
build=$root/build/fuzz
corpus=$build/corpus
findings=$build/findings
logs=$build/logs

case ${1:-60} in
  *[!0-9]*)
    echo "usage: run.sh [SECONDS] [TARGET...]" >&2
    exit 2
    ;;
esac
seconds=${1:-60}
[ $# -gt 0 ] && shift
all='spec probe audio archive channel http_head chunks multipart range router form'
all="$all disposition event_id aliases token answers"
# shellcheck disable=SC2086  # several words
[ $# -gt 0 ] || set -- $all

# The largest input worth trying: seeds are small, and long inputs only make it slow.
max_len() {
  case $1 in
    spec) echo 8192 ;;
    probe) echo 65536 ;;
    http_head | chunks | multipart | range | router | form) echo 4096 ;;
    disposition | event_id | aliases | token | answers) echo 4096 ;;
    *) echo 32768 ;;
  esac
}

build_targets() {
  cd "$root" || return 1
  cmake --preset fuzz >"$logs/configure.log" 2>&1 || {
    cat "$logs/configure.log"
    return 1
  }
  wanted=
  for target in "$@"; do wanted="$wanted fuzz_$target"; done
  # shellcheck disable=SC2086  # several words
  cmake --build --preset fuzz --target $wanted >"$logs/build.log" 2>&1 || {
    tail -n 60 "$logs/build.log"
    return 1
  }
}

# last PATTERN FILE: the group of the pattern in its last match.
last() { sed -n "s/.*$1.*/\1/p" "$2" | tail -n 1; }

# found TARGET [FIND OPTION...]: the findings of this run.
found() {
  of=$1
  shift
  find "$findings/$of" -type f -newer "$logs/$of.begun" "$@"
}

# slow_again TARGET: removes findings that are not slow when they run again: the machine may have been busy.
slow_again() {
  found "$1" '(' -name 'slow-unit-*' -o -name 'timeout-*' ')' | while read -r file; do
    "$build/bin/fuzz_$1" -timeout=10 "$file" >"$logs/$1.again" 2>&1 || continue
    rm "$file"
    echo "$1: slow once, but not when run again: ${file##*/}"
  done
}

# show FILE: prints the input, so that `base64 -d | gunzip` restores it from the log.
show() {
  gzip -9cn "$1" >"$1.gz"
  printf '%s, %s bytes' "${1##*/}" "$(wc -c <"$1")"
  if [ "$(wc -c <"$1.gz")" -gt 3000 ]; then echo; else echo ": $(base64 -w 0 "$1.gz")"; fi
  rm "$1.gz"
}

timeout_status=70
run_target() {
  target=$1
  log=$logs/$target.log
  [ -n "$(ls -A "$corpus/$target" 2>/dev/null)" ] || seeds "$target" "$corpus/$target" 2>"$logs/$target.seeds"
  mkdir -p "$findings/$target"
  touch -d '1 second ago' "$logs/$target.begun"  # file times are coarse
  words=$root/tests/fuzz/$target.dict
  [ -f "$words" ] || words=
  "$build/bin/fuzz_$target" ${words:+"-dict=$words"} "-max_total_time=$seconds" -timeout=25 \
    "-timeout_exitcode=$timeout_status" -rss_limit_mb=2048 -print_final_stats=1 \
    "-max_len=$(max_len "$target")" \
    "-artifact_prefix=$findings/$target/" "$corpus/$target" >"$log" 2>&1
  status=$?
  slow_again "$target"
  count=$(found "$target" | wc -l)
  [ $status -ne $timeout_status ] || [ "$count" -gt 0 ] || status=0
  printf '%-11s %9s executions, %6s edges covered, %s corpus files, %s MiB at most, %d findings\n' "$target" \
    "$(last 'number_of_executed_units: *\([0-9]*\)' "$log")" "$(last 'cov: \([0-9]*\)' "$log")" \
    "$(find "$corpus/$target" -type f | wc -l)" "$(last 'peak_rss_mb: *\([0-9]*\)' "$log")" "$count"
  [ $status -eq 0 ] && [ "$count" -eq 0 ] && return 0
  found "$target" | while read -r file; do show "$file"; done
  grep -E -A 12 '^Broken promise:|ERROR:|runtime error:|SUMMARY:' "$log" | head -n 40
  echo "It ended with $status; its last lines:"
  tail -n 5 "$log"
  echo "The whole report: $log; the input: $findings/$target"
  return 1
}

mkdir -p "$corpus" "$findings" "$logs"
# A block of gigabytes is refused, as the sandbox refuses it: it would cost nothing until it is written to,
# but here an eighth of it for the sanitizer's notes, and some of them more than -rss_limit_mb.
export ASAN_OPTIONS="${ASAN_OPTIONS:-allocator_may_return_null=1:max_allocation_size_mb=256}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
build_targets "$@" || exit 1
failed=0
while [ $# -gt 0 ]; do
  # Each is one thread.
  pair=$1 processes=
  shift
  [ $# -eq 0 ] || {
    pair="$pair $1"
    shift
  }
  for target in $pair; do
    run_target "$target" >"$logs/$target.result" &
    processes="$processes $!"
  done
  for process in $processes; do wait "$process" || failed=1; done
  for target in $pair; do cat "$logs/$target.result"; done
done
exit $failed
