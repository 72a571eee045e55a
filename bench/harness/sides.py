# SPDX-License-Identifier: MIT
"""The two sides of a row. `run` returns the time and the peak memory of one run."""

import dataclasses
import os
import pathlib
import subprocess
import typing


class Failed(Exception):
    """A program failed, so a comparison would be meaningless."""


class Missing(Failed):
    """This machine lacks something that a row needs; the row is skipped."""


@dataclasses.dataclass(frozen=True)
class Place:
    """The folders of programs, media and outputs."""

    build: pathlib.Path
    media: pathlib.Path

    def program(self, name):
        path = self.build / "bin" / name
        if not path.exists():
            raise Failed(f"{path} is not built: ninja -C {self.build} {name}")
        return str(path)

    def file(self, name):
        return str(self.media / name)

    def out(self, name):
        return str(self.media / "out" / name)


@dataclasses.dataclass(frozen=True)
class Sample:
    """One run."""

    seconds: float
    peak_kib: typing.Optional[int] = None


def remove(path):
    """Called before each run, outside its time: replacing a file costs more than creating one."""
    if path and os.path.exists(path):
        os.remove(path)


class Process:
    """A process per run, started by bench_measure."""

    def __init__(self, place, arguments, cwd=None, output=None):
        self.arguments = [str(word) for word in arguments]
        self.measure = place.program("bench_measure")
        self.cwd = cwd
        self.output = output

    def run(self):
        remove(self.output)
        reading, writing = os.pipe()
        # bench_measure writes its result to descriptor 3.
        script = f'exec "$0" "$@" 3>&{writing} {writing}>&-' if writing != 3 else 'exec "$0" "$@"'
        child = subprocess.run(
            ["/bin/sh", "-c", script, self.measure, *self.arguments],
            cwd=self.cwd,
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            words = answer.read().split()
        if len(words) != 4 or words[0] != "0":
            raise Failed(
                f"{' '.join(self.arguments)}: {child.stderr.decode(errors='replace').strip() or words}"
            )
        if self.output and not os.path.exists(self.output):
            raise Failed(f"{' '.join(self.arguments)} did not make {self.output}")
        return Sample(float(words[1]), int(words[3]))

    def close(self):
        pass


class Resident:
    """A process that reads its jobs as lines: bench_driver, or pydub in a running Python."""

    def __init__(self, arguments, job, output=None):
        self.arguments = arguments
        self.job = job
        self.output = output
        self.process = None

    def run(self):
        remove(self.output)
        if self.process is None:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        self.process.stdin.write("\t".join(self.job) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split(maxsplit=2)
        if len(answer) < 3 or answer[0] != "ok":
            raise Failed(f"{' '.join(self.job)}: {' '.join(answer) or 'the process ended'}")
        return Sample(float(answer[1]), int(answer[2]))

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None
