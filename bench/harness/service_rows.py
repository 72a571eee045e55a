# SPDX-License-Identifier: MIT
"""Rows about the HTTP service: convertd against a service of the older kind, the engine alone, and nginx."""

import functools
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from jobs import Ours as EngineAlone
from limits import Limit
from nginx import Nginx
from rows import Row
from servers import FOLDER, program
from service import Convertd, OlderService, answers, descendants, free_port, pss_kib
from sides import Failed, Sample

FILES, AT_ONCE = 100, 20
GIB = 1 << 30
SECONDS = 5  # of requests


def ours(place, *options):
    return functools.partial(Convertd, place, *options)


class Side:
    """One of the services; it runs as long as the row."""

    def __init__(self, server):
        self.make_server = server
        self.server = None

    def run(self):
        if self.server is None:
            self.server = self.make_server()
            self.prepare()
        return Sample(self.measure())

    def prepare(self):
        pass

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None


def client(place, mode, port, *words):
    """Runs bench_load and returns its output."""
    done = subprocess.run(
        [place.program("bench_load"), mode, str(port), *(str(word) for word in words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=900,
    )
    if done.returncode:
        raise Failed(f"bench_load {mode}: {done.stdout[-900:]}{done.stderr[-900:]}")
    return done.stdout


class Files(Side):
    """From the upload to the last byte of the result."""

    def __init__(self, place, server):
        super().__init__(server)
        self.place = place

    def measure(self):
        answer = client(
            self.place, "files", self.server.port, FILES, AT_ONCE, "wav", self.place.file("song.mp3")
        )
        return json.loads(answer)["seconds"]


class Requests(Side):
    """Repeats one request with wrk. The result is the time of one request."""

    def __init__(self, place, server, path, connections, tasks=0):
        super().__init__(server)
        self.place = place
        self.path = path
        self.connections = connections
        self.tasks = tasks
        self.words = []

    def prepare(self):
        if self.tasks:
            token = client(
                self.place, "someone", self.server.port, self.tasks, self.place.file("second.mp3")
            ).strip()
            self.words = ["-H", f"Authorization: Bearer {token}"]

    def measure(self):
        wrk = program("wrk", "wrk")
        done = subprocess.run(
            [
                wrk,
                "-t1",
                f"-c{self.connections}",
                f"-d{SECONDS}s",
                *self.words,
                f"http://127.0.0.1:{self.server.port}{self.path}",
            ],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        pace = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        if not pace or "Non-2xx" in done.stdout:
            raise Failed(f"wrk: {done.stdout}{done.stderr}")
        return 1 / float(pace[1])


def curl(*words):
    """The time of a request, and the response."""
    done = subprocess.run(
        [program("curl", "curl"), "-q", "-sS", "--fail", "-w", "\n%{time_total}", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise Failed(f"curl {' '.join(words)}: {done.stderr.strip()}")
    answer, _, seconds = done.stdout.rpartition("\n")
    return float(seconds), answer


class OurGibibyte(Side):
    """Uploads a task and deletes it, or downloads the input of one."""

    def __init__(self, place, direction):
        super().__init__(ours(place, "--durability", "process"))
        self.place = place
        self.direction = direction

    def prepare(self):
        self.url = f"http://127.0.0.1:{self.server.port}/api/tasks"
        token = client(self.place, "someone", self.server.port, 0, self.place.file("song.mp3")).strip()
        self.token = ("-H", f"Authorization: Bearer {token}")
        if self.direction == "down":
            _, self.task = self.upload()

    def upload(self):
        seconds, answer = curl(
            *self.token,
            "-F",
            f"file=@{gibibyte(self.place)};filename=zeros.wav",
            f"{self.url}?newFormat=flac",
        )
        return seconds, json.loads(answer)["task"]["id"]

    def measure(self):
        if self.direction == "down":
            return curl(*self.token, "-o", "/dev/null", f"{self.url}/{self.task}/input")[0]
        seconds, task = self.upload()
        curl(*self.token, "-X", "DELETE", f"{self.url}/{task}")
        return seconds


class NginxGibibyte(Side):
    def __init__(self, place, direction):
        super().__init__(Nginx)
        self.place = place
        self.direction = direction

    def prepare(self):
        self.url = f"http://127.0.0.1:{self.server.port}"
        if self.direction == "down":
            subprocess.run(
                ["cp", gibibyte(self.place), os.path.join(self.server.folder, "files/zeros")], check=True
            )

    def measure(self):
        if self.direction == "down":
            return curl("-o", "/dev/null", f"{self.url}/files/zeros")[0]
        seconds, _ = curl("-T", gibibyte(self.place), f"{self.url}/up/zeros")
        os.remove(os.path.join(self.server.folder, "up/zeros"))
        return seconds


@functools.lru_cache(maxsize=1)
def gibibyte(place):
    """A file of 1 GiB that is not audio, so that its conversion fails at once."""
    path = pathlib.Path(place.file("zeros"))
    if not path.exists():
        part = path.with_name(".part-zeros")
        with open(part, "wb") as file:
            for _ in range(GIB >> 20):
                file.write(bytes(1 << 20))
        part.rename(path)
    return str(path)


def hundred_songs(place):
    """A folder with FILES names of one song, for the engine; result reuse is off there."""
    folder = pathlib.Path(place.file("songs"))
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        link = folder / f"{number:03}.mp3"
        if not link.is_symlink():
            link.symlink_to("../song.mp3")
    return str(folder)


def first_answer(place):
    """The time from the start with an empty data folder to the end of the first answer; the median of 9. The
    port is chosen before the start."""

    def once():
        folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
        port = free_port()
        begun = time.monotonic()
        server = subprocess.Popen(
            [
                place.program("convertd"),
                "--data",
                os.path.join(folder, "data"),
                "--listen",
                f"127.0.0.1:{port}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            while not answers(port, "/healthz"):
                if server.poll() is not None:
                    raise Failed(f"convertd ended with {server.returncode}")
                time.sleep(0.001)
            return time.monotonic() - begun
        finally:
            server.terminate()
            server.wait(60)
            shutil.rmtree(folder, ignore_errors=True)

    return statistics.median(once() for _ in range(9))


def memory_at_rest(place):
    """PSS of convertd, the zygote and the ready workers, a second after the last of a few requests."""
    server = Convertd(place, "--min-idle-workers", "2")
    try:
        client(place, "someone", server.port, 2, place.file("second.mp3"))
        time.sleep(1)
        return pss_kib(descendants(server.process.pid))
    finally:
        server.close()


def service_rows(place):
    root = pathlib.Path(__file__).resolve().parents[2]
    older = functools.partial(OlderService, root)
    files = f"{FILES} x 3 MB MP3 to WAV"
    for what, options in ((files, ()), (f"{files}, process", ("--durability", "process"))):
        yield Row(
            "service",
            what,
            "Flask, Celery, pydub",
            Files(place, ours(place, *options)),
            Files(place, older),
            2.5,
            jobs=FILES,
            max_runs=3,
            slow=True,
        )
    engine = EngineAlone(place, "convert", hundred_songs(place), AT_ONCE, "wav")
    yield Row(
        "service",
        files,
        "our engine alone",
        Files(place, ours(place)),
        engine,
        0.8,
        jobs=FILES,
        max_runs=3,
        slow=True,
    )
    ten = "/api/tasks?max=10&order=1"
    yield Row(
        "service",
        "list of 10 tasks",
        "Flask, gunicorn",
        Requests(place, ours(place), ten, 32, 10),
        Requests(place, older, ten, 32, 10),
        15,
        jobs=1,
        max_runs=5,
    )
    yield Row(
        "service",
        "/healthz",
        "nginx, two bytes",
        Requests(place, ours(place), "/healthz", 64),
        Requests(place, Nginx, "/healthz", 64),
        0.6,
        jobs=1,
        max_runs=5,
    )
    for direction in ("down", "up"):
        yield Row(
            "service",
            f"1 GiB {direction}, process",
            "nginx",
            OurGibibyte(place, direction),
            NginxGibibyte(place, direction),
            0.9,
            max_runs=7,
        )
    yield Limit("service", "start to first answer", "", lambda: first_answer(place), 0.1)
    yield Limit(
        "service",
        "memory at rest",
        "convertd and 2 workers",
        lambda: memory_at_rest(place),
        60e6 / 1024,
        unit="memory",
    )
