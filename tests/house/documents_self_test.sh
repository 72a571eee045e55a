#!/bin/sh
# SPDX-License-Identifier: MIT
# documents_self_test.sh PYTHON: documents.py finds each kind of error, and accepts what is right.
set -u
here=$(cd "$(dirname "$0")" && pwd)
python=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0

# tree FILE TEXT: a tree with a guide, a source and that one file.
tree() {
  what="$1 with: $2"
  rm -rf "$work/tree"
  mkdir -p "$work/tree/docs" "$work/tree/tests" "$work/tree/libconvert/src/media" "$work/tree/$(dirname "$1")"
  printf '# Guide\n\n## The `first` part: one\n' >"$work/tree/docs/guide.md"
  printf 'int answer();\n' >"$work/tree/libconvert/src/media/formats.cpp"
  printf '%b\n' "$2" >"$work/tree/$1"
}

# run EXPECTED: documents.py has to end with that status.
run() {
  "$python" "$here/documents.py" "$work/tree" >"$work/output" 2>&1
  status=$?
  [ "$status" -eq "$1" ] || {
    echo "Exit status $status instead of $1: $what"
    cat "$work/output"
    failed=1
  }
}
accept() {
  tree "$1" "$2"
  run 0
}
refuse() {
  tree "$1" "$2"
  run 1
}

long=$(printf '%0120d' 0)

# Links.
accept docs/a.md '[guide](guide.md), [part](guide.md#the-first-part-one), [here](#x)\n\n# X'
accept docs/a.md '[page](https://example.org/a.html#b)'
accept docs/a.md '[folder](../libconvert/src), [source](../libconvert/src/media/formats.cpp), `[no](link.md)`'
refuse docs/a.md '[gone](gone.md)'
refuse docs/a.md '[gone](../libconvert/src/media/gone.cpp)'
refuse docs/a.md '[part](guide.md#second-part)'
refuse docs/a.md '[here](#x)'
refuse docs/a.md '[guide]\n\n[guide]: gone.md'
refuse docs/a.md '[outside](../../outside.md)'
refuse docs/a.md '[commented](#x)\n\n```sh\n# X\n```'

# Names of files.
accept docs/a.md '`media/formats.cpp`, `libconvert/src/media/formats.cpp`, `formats.cpp`'
accept docs/a.md '`libconvert/src`, `src/media/*.cpp`, `../../evil.sh`'
accept docs/a.md '`/api/tasks.json`, `boost/json/src.hpp`, `DIR/convertd.conf`, `song.mp3`, `build/a.json`'
refuse docs/a.md '`media/gone.cpp`'
refuse docs/a.md '`gone.cpp`'
accept docs/a.md '| room | units |\n| --- | --- |\n| `media` | `formats`: the tables |\n\n| `x` | `y` |'
refuse docs/a.md '| room | units |\n| --- | --- |\n| `media` | `formats`, `gone` |'
refuse docs/a.md '| room | units |\n| --- | --- |\n| `gone` | `formats` |'
refuse docs/a.md '`libconvert/gone`'
refuse docs/a.md '`tests/*/gone.cpp`'
refuse docs/a.md '```sh\nsh tests/gone.sh\n```'
accept libconvert/src/media/a.cpp '// See docs/guide.md.\n//'
refuse libconvert/src/media/a.cpp '// See docs/gone.md.'

# Long lines.
accept docs/a.md "| $long |"
accept docs/a.md "https://example.org/$long"
refuse docs/a.md "$long"
refuse docs/a.md "\`\`\`\n$long\n\`\`\`"
refuse libconvert/src/media/a.cpp "// $long"
refuse tests/a.sh "# $long"
accept README.md "$(seq 200 | sed 's/.*/line/')"
refuse README.md "$(seq 201 | sed 's/.*/line/')"

# Words.
source=libconvert/src/media/a.cpp
accept $source 'auto first = list.begin();  // told\n/* asked\n   told */'
accept $source 'const auto text = R"x(told "asked" )" )x";'
accept $source "const int n = 1'000; const char c = '\"'; const char* text = \"told\";"
accept $source '#include "told.hpp"\nint almost, soundness;'
accept $source 'int begin_transaction, at_most_one, least_recently_used;'
for name in told was_told_ TaskTeller kMostBytes MOST_BYTES buffer_begin sound; do
  refuse $source "const char c = '\"'; int $name = 0;"
done

# A tree without any file, and a wrong command line.
what='an empty tree'
rm -rf "$work/tree" && mkdir "$work/tree"
run 1
what='no tree'
rm -rf "$work/tree"
run 2

[ "$failed" -eq 0 ] && echo "documents.py finds what it has to find."
exit "$failed"
