#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh FOLDER DOCUMENT CONVERTD TESTS...: installs the locked packages below FOLDER if they are missing,
# lints the document and runs contract.mjs. Exits with 77 if a program or package is not available.
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

# No usage reports, no search for updates.
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
  node_modules/.bin/redocly lint --config redocly.yaml "$document"
exec node contract.mjs "$@"
