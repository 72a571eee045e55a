#!/bin/sh
# SPDX-License-Identifier: MIT
# test.sh: installs what is missing, builds the preset release and runs all tests.
# test.sh --checks: also the checks before a change lands: format, clang-tidy on changed sources, a sample of
#   the tests under AddressSanitizer and UndefinedBehaviorSanitizer, 15 seconds of each fuzz target.
#   CONVERT_TEST_SEED selects the sample; the default follows from the commit and is printed.
# test.sh --full: everything: clang-tidy on all sources, the build without unity sources and precompiled
#   headers, the long tests, all tests under AddressSanitizer and ThreadSanitizer, a minute of each fuzz
#   target.
# The last line contains the counts; the exit status is 0 only if nothing failed.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/cmake/packages.sh"
mode=${1:-}
case $mode in
  '' | --checks | --full) ;;
  *) fail "test.sh knows two options: --checks and --full" ;;
esac
cd "$root" || exit 1
jobs=$(nproc)
results=$root/build/results
failures=$results/failures
seed=${CONVERT_TEST_SEED:-$(printf %d "0x$(git rev-parse --short=7 HEAD)")}
passed=0 failed=0 skipped=0 summary=
started=$(date +%s)

# section TITLE COMMAND...: runs COMMAND under a heading. `tests` adds its counts, others count as one test.
section() {
  title=$1
  shift
  printf '\n==== %s\n' "$title"
  start=$(date +%s)
  if [ "$1" != tests ]; then set -- one_test "$@"; fi
  if "$@"; then status_text=ok; else status_text=FAILED; fi
  took=$(($(date +%s) - start))
  printf '==== %s: %s, %d s\n' "$title" "$status_text" "$took"
  summary="$summary$(printf '%5d s  %-6s %s' "$took" "$status_text" "$title")
"
  [ $status_text = ok ]
}

# one_test COMMAND...: counts it; keeps the end of its output if it fails.
one_test() {
  rm -f "$results/succeeded"
  { "$@" 2>&1 && : >"$results/succeeded"; } | tee "$results/printed"
  if [ -f "$results/succeeded" ]; then
    passed=$((passed + 1))
    return 0
  fi
  failed=$((failed + 1))
  { echo "$title" && tail -n 60 "$results/printed"; } >>"$failures"
  return 1
}

# add_failure WHY: for a run of CTest whose counts would not show that it failed.
add_failure() {
  failed=$((failed + 1))
  echo "$title: $1" >>"$failures"
  return 1
}

# tests PRESET [CTEST OPTION...]: runs CTest and adds to the counts.
tests() {
  preset=$1
  shift
  report=$results/$preset.xml
  rm -rf "$report" "build/$preset/test-results"
  ctest --preset "$preset" -j "$jobs" --no-tests=error --output-junit "$report" "$@"
  status=$?
  [ -f "$report" ] || add_failure "ctest wrote no report and ended with $status" || return 1
  counts=$(python3 tests/support/count_results.py "$report" "build/$preset/test-results" "$failures") ||
    add_failure "the results could not be read" || return 1
  # shellcheck disable=SC2086
  set -- $counts
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  [ $status -eq 0 ] || [ "$2" -gt 0 ] || add_failure "ctest ended with $status, though no test failed"
  return $status
}

# configure PRESET
configure() {
  cmake --preset "$1" >"$results/$1.configure" 2>&1 || {
    cat "$results/$1.configure"
    return 1
  }
}

# build PRESET TARGET...
build() {
  preset=$1
  shift
  configure "$preset" && cmake --build --preset "$preset" --target "$@"
}

# sources: all C++ files.
sources() {
  git ls-files '*.cpp' '*.hpp'
}

format() {
  sources | xargs clang-format --dry-run -Werror
}

# tidy FILE...: those that clang can compile: clang 14 has no coroutines with GCC's standard library.
tidy() {
  configure dev || return 1
  grep -LE '#include <boost/asio|convert/server/(http|router|server|mount)|Async<|co_await' "$@" /dev/null |
    grep -v '^/dev/null$' |
    xargs -r -P "$jobs" -n 4 clang-tidy -p build/dev --quiet \
      --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument \
      --extra-arg=-Wno-c99-extensions 2>/dev/null
}

# changed_sources: prints at most 10 sources, selected by the seed, of those that changed since the newest tag
# or in the last 50 commits.
changed_sources() {
  base=$(git describe --tags --abbrev=0 2>/dev/null) || base=$(git rev-list --max-count=51 HEAD | tail -n 1)
  git diff --name-only --diff-filter=d "$base" -- \
    'libconvert/*.cpp' 'server/src/security/*.cpp' 'server/src/accounts/*.cpp' \
    'examples/*.cpp' 'bench/*.cpp' |
    shuffled | head -n 10
}

# shuffled: prints the lines of its input in an order that the seed determines.
shuffled() {
  awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -k 1,1 | cut -f 2-
}

tidy_changed() {
  # shellcheck disable=SC2046
  tidy $(changed_sources)
}

# sample: prints the names of a fifth of the test programs, selected by the seed. Programs that measure time
# or memory, or that start convertd for each test, are left to --full.
sample() {
  ctest --test-dir build/asan -N -L gtest | sed -n 's/^ *Test *#[0-9]*: \(.*\)\.[0-9]*$/\1/p' | sort -u |
    grep -vE 'faults|bad_files|cli$|convertd|examples|http_[a-q]|http_[s-z]|media_(formats|running)' \
      >"$results/programs"
  shuffled <"$results/programs" | head -n $((($(wc -l <"$results/programs") + 4) / 5))
}

need build test check backends cluster
case $mode in --checks) need fuzz tidy ;; --full) need fuzz tidy bench ;; esac
# Debian's npm would conflict with one that was installed from elsewhere.
command -v npm >/dev/null 2>&1 || need node
need_media
need_moto
mkdir -p "$results"
: >"$failures"

[ -z "$mode" ] || section 'Format' format
if section 'Release build' build release all; then
  [ "$mode" != --full ] || export CONVERT_TEST_FULL=1
  section 'Tests' tests release
  unset CONVERT_TEST_FULL
fi
case $mode in
  --checks)
    printf '\nCONVERT_TEST_SEED=%s\n' "$seed"
    if section 'Configuration with AddressSanitizer' configure asan; then
      programs=$(sample)
      # shellcheck disable=SC2086
      if section 'Build with AddressSanitizer: a sample' build asan $programs; then
        section 'Tests with AddressSanitizer: a sample' tests asan \
          -R "^($(echo "$programs" | paste -sd'|' -))\.[0-9]*\$"
      fi
    fi
    section 'clang-tidy on changed files' tidy_changed
    section 'Fuzzing, 15 seconds each' sh tests/fuzz/run.sh 15
    ;;
  --full)
    section 'clang-tidy' tidy $(git ls-files 'libconvert/*.cpp' 'server/*.cpp' 'examples/*.cpp' 'bench/*.cpp')
    section 'Build: dev, every source by itself' build dev all
    for preset in asan tsan; do
      if section "Build: $preset" build $preset all; then
        section "Tests: $preset" tests $preset
      fi
    done
    section 'Fuzzing, a minute each' sh tests/fuzz/run.sh 60
    ;;
esac

printf '\n%s%5d s         in all\n\n' "$summary" $(($(date +%s) - started))
[ "$failed" -eq 0 ] || { echo 'Failures:' && cat "$failures"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
