# SPDX-License-Identifier: MIT
"""Rows about jobs: against other job queues, and against a process per file."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import wave

import peers
from limits import Limit
from rows import Row
from servers import FOLDER, PostgreSql, Redis
from sides import Failed, Process, Sample

CLAIMS = (("memory", 1_000_000), ("process", 100_000))  # compared with as many claims among a thousand jobs
FEW = 1_000
QUEUES = (
    ("BullMQ, Redis", "bullmq.js", Redis),
    ("pg-boss, PostgreSQL", "pg_boss.js", PostgreSql),
    ("graphile-worker, PostgreSQL", "graphile_worker.js", PostgreSql),
)
FILES = 100


class Ours:
    """bench_jobs in its own folder, on the same disk as the peers' servers."""

    def __init__(self, place, mode, *words, environment=None):
        self.environment = {**os.environ, **(environment or {})}
        self.arguments = [place.program("bench_jobs"), mode, *(str(word) for word in words)]

    def measure(self, *more):
        """`more` are words that follow the folder."""
        folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
        arguments = [*self.arguments, folder, *(str(word) for word in more)]
        try:
            done = subprocess.run(
                arguments, capture_output=True, check=False, text=True, timeout=600, env=self.environment
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if done.returncode:
            raise Failed(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def run(self):
        return Sample(self.measure()["seconds"])

    def close(self):
        pass


class Peer:
    """A program of bench/peers/jobs and its server, which runs as long as the row."""

    def __init__(self, root, script, server, durability, jobs, submitters):
        self.root = root
        self.script = script
        self.make_server = functools.partial(server, durability)
        self.words = [str(jobs), str(submitters)]
        self.server = None

    def run(self):
        folder = peers.install(self.root)
        if self.server is None:
            self.server = self.make_server()
        return Sample(
            json.loads(peers.run(folder, self.script, [self.server.address, *self.words]))["seconds"]
        )

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None


class ProcessPerFile(Process):
    """One ffmpeg process per file of a folder, as many at once as there are cores."""

    def __init__(self, place, source, target):
        ffmpeg = "ffmpeg -nostdin -v error -y -i {} -c:a libmp3lame -b:a 128k"
        super().__init__(
            place,
            [
                "sh",
                "-c",
                f'cd "$0" && ls | xargs -P {os.cpu_count()} -I "{{}}" {ffmpeg} "$1/{{}}.mp3"',
                source,
                target,
            ],
        )
        self.target = target

    def run(self):
        shutil.rmtree(self.target, ignore_errors=True)
        os.makedirs(self.target)
        sample = super().run()
        if len(os.listdir(self.target)) != FILES:
            raise Failed(f"xargs and ffmpeg made {len(os.listdir(self.target))} files of {FILES}")
        return sample


def seconds_of_music(place):
    """Creates a folder with FILES different seconds of the song, each a WAV file."""
    folder = pathlib.Path(place.file("seconds"))
    if folder.exists() or not os.path.exists(place.file("song.wav")):
        return str(folder)
    part = folder.with_name(".part-seconds")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    with wave.open(place.file("song.wav")) as song:
        for number in range(FILES):
            song.setpos((5 + number) * song.getframerate())
            with wave.open(str(part / f"{number:03}.wav"), "wb") as second:
                second.setparams(song.getparams())
                second.writeframes(song.readframes(song.getframerate()))
    part.rename(folder)
    return str(folder)


def jobs_of(durability, submitters):
    """The number of jobs for a run of a second. With one submitter, each job waits for its own flush."""
    if durability == "power" and submitters == 1:
        return 500
    return 5000 if durability == "memory" else 2000


def job_rows(place):
    root = pathlib.Path(__file__).resolve().parents[2]
    for durability in ("power", "process", "memory"):
        for submitters in (1, 8):
            jobs = jobs_of(durability, submitters)
            for peer, script, server in QUEUES:
                if durability == "memory" and server is PostgreSql:
                    continue
                name = f"{durability}, {submitters} submitter{'s'[:submitters - 1]}"
                yield Row(
                    "jobs",
                    name,
                    peer,
                    Ours(place, "engine", durability, jobs, submitters),
                    Peer(root, script, server, durability, jobs, submitters),
                    1,
                    jobs=jobs,
                    max_runs=5,
                )
    seconds = seconds_of_music(place)
    yield Row(
        "jobs",
        f"{FILES} x 1 s WAV to MP3, power",
        "xargs -P, ffmpeg",
        Ours(place, "convert", seconds, os.cpu_count(), "mp3"),
        ProcessPerFile(place, seconds, place.out("seconds")),
        4,
        jobs=FILES,
        max_runs=5,
    )
    for store, many in CLAIMS:
        yield Row(
            "jobs",
            f"claim of {many:,}, {store}",
            f"of {FEW:,}",
            Ours(place, "claim", store, many),
            Ours(place, "claim", store, FEW),
            0.25,
            max_runs=1,
        )


def sandbox_rows(place):
    ours = Ours(place, "sandbox", place.file("second.wav"), 41)
    measured = functools.lru_cache(maxsize=1)(ours.measure)
    yield Limit(
        "jobs",
        "sandbox: 1 s WAV to MP3",
        "more than in process",
        lambda: measured()["sandboxed"] - measured()["in_process"],
        0.002,
    )
    yield Limit("jobs", "sandbox: pool after a crash", "", lambda: measured()["after_workers"], 0.1)
    yield Limit("jobs", "sandbox: pool, zygote killed", "", lambda: measured()["after_zygote"])
    yield Limit("jobs", "sandbox: first worker", "", lambda: measured()["start"])
    yield Limit(
        "jobs", "sandbox: idle memory", "zygote and 2 workers", lambda: measured()["idle_kib"], unit="memory"
    )
