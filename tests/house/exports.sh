#!/bin/sh
# SPDX-License-Identifier: MIT
# exports.sh LIBRARY: fails if a shared library exports anything but the public API.
set -u
library=$1
symbols=$(nm -DC --defined-only "$library" | sed -E 's/^[0-9a-f]* *[A-Za-z] //' |
  sed -E 's/^(typeinfo|typeinfo name|vtable|VTT|guard variable) for //') || exit 2
rooms='base|conversion|sqlite|media|archive|library|storage|job_store|queue|engine|sandbox'
foreign=$(echo "$symbols" | grep -vE '^convert::')
inner=$(echo "$symbols" | grep -E "^convert::(($rooms)::|\(anonymous)")
[ -z "$foreign" ] || { echo "Exported, but not part of the public API:"; echo "$foreign"; }
[ -z "$inner" ] || { echo "Exported, but internal to a room:"; echo "$inner"; }
echo "$symbols" | grep -q '^convert::Library::convert(' || {
  echo "convert::Library::convert is not exported."
  exit 1
}
[ -z "$foreign$inner" ] || exit 1
echo "$(echo "$symbols" | wc -l) symbols exported, all part of the public API."
