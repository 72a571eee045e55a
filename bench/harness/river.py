# SPDX-License-Identifier: MIT
"""River, a job queue in Go, built below build/ by the Go module proxy's packages that go.sum names."""

import json
import os
import pathlib
import shutil
import subprocess

from sides import Failed, Missing

NEEDED = (1, 26)  # of its dependencies


def go():
    path = shutil.which("go", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/go/bin"]))
    if not path:
        raise Missing("Go 1.26 is not installed")
    words = subprocess.run([path, "env", "GOVERSION"], capture_output=True, check=False, text=True).stdout
    version = tuple(int(word) for word in words.strip().removeprefix("go").split(".")[:2] if word.isdigit())
    if version < NEEDED:
        raise Missing(f"Go 1.26 or later is not installed, only {words.strip() or 'an unknown version'}")
    return path


def build(root):
    """Returns the program's path."""
    target = root / "build/bench-peers/river"
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [go(), "build", "-o", str(target / "river"), "."],
        cwd=root / "bench/peers/river",
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise Missing(f"River could not be built: {done.stderr.strip()[-300:]}")
    return target / "river"


def run(program: pathlib.Path, words):
    """Runs it and returns its result."""
    done = subprocess.run(
        [str(program), *words], capture_output=True, check=False, text=True, timeout=120
    )
    if done.returncode:
        raise Failed(f"river: {done.stderr.strip()[-600:]}")
    return json.loads(done.stdout)
