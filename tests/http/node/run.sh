#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh FOLDER DOCUMENT CONVERTD TESTS...: installs the packages below FOLDER, as locked, unless they are there;
# lints the document and holds the server against it. Exits with 77 where something is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
document=$2
shift

# skip REASON
skip() {
  echo "skipped: $*"
  exit 77
}

for program in node npm ffmpeg ffprobe; do
  command -v "$program" >/dev/null 2>&1 || skip "$program is not installed"
done
mkdir -p "$folder"
cp "$here"/* "$folder"
cd "$folder"
if ! cat package.json package-lock.json | cmp -s - installed; then
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund >npm.log 2>&1 ||
    skip "npm could not install the packages: $(grep -m 3 'npm error' npm.log | tr '\n' ' ')"
  cat package.json package-lock.json >installed
fi

# It would tell its maker how it is used, and look for a newer version.
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
  node_modules/.bin/redocly lint --config redocly.yaml "$document"
exec node contract.mjs "$@"
