#!/bin/sh
# SPDX-License-Identifier: MIT
# test.sh: format, release build and all tests, fuzzing for a minute each, a sample under the sanitizers.
# test.sh --full: also clang-tidy, the tests that take long, and all under AddressSanitizer and ThreadSanitizer.
# The last line counts; the exit status is 0 only if nothing failed.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/cmake/packages.sh"
full=
case ${1:-} in
  '') ;;
  --full) full=yes ;;
  *) fail "test.sh knows one option: --full" ;;
esac
cd "$root" || exit 1
jobs=$(nproc)
results=$root/build/results
failures=$results/failures
passed=0 failed=0 skipped=0 summary=
begun=$(date +%s)

# section TITLE COMMAND...: runs it under a heading; `tests` counts for itself, all else as one test.
section() {
  title=$1
  shift
  printf '\n==== %s\n' "$title"
  start=$(date +%s)
  if [ "$1" != tests ]; then set -- one_test "$@"; fi
  if "$@"; then verdict=ok; else verdict=FAILED; fi
  took=$(($(date +%s) - start))
  printf '==== %s: %s, %d s\n' "$title" "$verdict" "$took"
  summary="$summary$(printf '%5d s  %-6s %s' "$took" "$verdict" "$title")
"
  [ $verdict = ok ]
}

# one_test COMMAND...: counts it; of what fails the end of what it printed is kept.
one_test() {
  rm -f "$results/fine"
  { "$@" 2>&1 && : >"$results/fine"; } | tee "$results/printed"
  if [ -f "$results/fine" ]; then
    passed=$((passed + 1))
    return 0
  fi
  failed=$((failed + 1))
  { echo "$title" && tail -n 60 "$results/printed"; } >>"$failures"
  return 1
}

# attribute NAME FILE: a number from the first element of a JUnit file.
attribute() {
  tr '\n\t' '  ' <"$2" | sed -n "s/^[^>]*>[^>]* $1=\"\([0-9]*\)\".*/\1/p" | head -n 1
}

# failed_tests FILE: from a JUnit file, those that failed, and the end of what they said.
failed_tests() {
  awk '/<testcase / { keep = /status="fail"/; n = 0 }
    keep { line[n++] = $0 }
    keep && /<\/testcase>/ { print line[0]; for (i = n > 40 ? n - 40 : 1; i < n; i++) print line[i]; keep = 0 }' "$1"
}

# no_count WHY: for a run of CTest whose tests cannot be counted, or whose counts would not show that it failed.
no_count() {
  failed=$((failed + 1))
  echo "$title: $1" >>"$failures"
  return 1
}

# tests PRESET [CTEST OPTION...]: adds to the counts.
tests() {
  preset=$1
  shift
  report=$results/$preset.xml
  rm -f "$report"
  ctest --preset "$preset" -j "$jobs" --no-tests=error --output-junit "$report" "$@"
  status=$?
  [ -f "$report" ] || no_count "ctest made no report, and ended with $status" || return 1
  all=$(attribute tests "$report")
  bad=$(attribute failures "$report")
  off=$(($(attribute skipped "$report") + $(attribute disabled "$report")))
  passed=$((passed + all - bad - off))
  failed=$((failed + bad))
  skipped=$((skipped + off))
  failed_tests "$report" >>"$failures"
  [ $status -eq 0 ] || [ "$bad" -gt 0 ] || no_count "ctest ended with $status, though no test failed"
  return $status
}

# build PRESET TARGET...
build() {
  preset=$1
  shift
  cmake --preset "$preset" >"$results/$preset.configure" 2>&1 || {
    cat "$results/$preset.configure"
    return 1
  }
  cmake --build --preset "$preset" --target "$@"
}

sources() {
  find libconvert server examples bench tests -name '*.cpp' -o -name '*.hpp'
}

format() {
  sources | xargs clang-format --dry-run -Werror
}

tidy() {
  cmake --preset dev >"$results/dev.configure" 2>&1 || return 1
  sources | grep '\.cpp$' | grep -v '^tests/' |
    xargs -P "$jobs" -n 4 clang-tidy -p build/dev --quiet \
      --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-c99-extensions 2>/dev/null
}

need build test check fuzz bench
# Where npm came from elsewhere, Debian's would be in its way.
command -v npm >/dev/null 2>&1 || need node
[ -z "$full" ] || need tidy
need_media
mkdir -p "$results"
: >"$failures"

section 'Format' format
if section 'Release build' build release all; then
  # With --full, also the tests that take minutes or gigabytes.
  [ -z "$full" ] || export CONVERT_TEST_FULL=1
  section 'Tests' tests release
  unset CONVERT_TEST_FULL
fi
section 'Fuzzing, a minute each' sh tests/fuzz/run.sh 60
if [ -z "$full" ]; then
  if section 'Build with AddressSanitizer: a sample' build asan sample; then
    section 'Tests with AddressSanitizer: a sample' tests asan -L '^sample$'
  fi
else
  section 'clang-tidy' tidy
  for preset in asan tsan; do
    if section "Build: $preset" build $preset all; then
      section "Tests: $preset" tests $preset
    fi
  done
fi

printf '\n%s%5d s         in all\n\n' "$summary" $(($(date +%s) - begun))
[ "$failed" -eq 0 ] || { echo 'What failed, once more:' && cat "$failures"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
