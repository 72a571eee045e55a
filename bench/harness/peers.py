# SPDX-License-Identifier: MIT
"""The job queues of bench/peers/jobs, installed below build/ with the Node.js version that they need."""

import glob
import os
import pathlib
import shutil
import subprocess

from sides import Failed, Missing

PACKAGE = ("package.json", "package-lock.json")


def install(root):
    """Copies the programs to their packages, and installs the locked packages if they are missing."""
    source, target = root / "bench/peers/jobs", root / "build/bench-peers/jobs"
    target.mkdir(parents=True, exist_ok=True)
    stamp = target / "installed"
    wanted = "".join((source / name).read_text() for name in PACKAGE)
    for path in source.iterdir():
        shutil.copy(path, target)
    if not stamp.exists() or stamp.read_text() != wanted:
        fetch(target)
        stamp.write_text(wanted)
    return target


def fetch(folder):
    npm = shutil.which("npm")
    if not npm:
        raise Missing("npm is not installed (Debian's packages nodejs and npm)")
    done = subprocess.run(
        [
            npm,
            "install",
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--omit-lockfile-registry-resolved=true",
        ],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise Missing(
            f"npm could not install the peers: {' '.join(errors[:3]) or done.stderr.strip()[-300:]}"
        )


def node(folder: pathlib.Path):
    """The Node.js of the packages; on other processors, the installed one."""
    found = glob.glob(str(folder / "node_modules/node-linux-*/bin/node"))
    path = found[0] if found else shutil.which("node")
    if not path or not os.access(path, os.X_OK):
        raise Missing("Node.js is not installed (Debian's package nodejs)")
    return path


def run(folder, script, words):
    """Runs one of the programs and returns its output."""
    done = subprocess.run(
        [node(folder), str(folder / script), *words], capture_output=True, check=False, text=True, timeout=120
    )
    if done.returncode:
        raise Failed(f"{script}: {done.stderr.strip()[-600:]}")
    return done.stdout
