# SPDX-License-Identifier: MIT
"""Rows about S3: transfers against rclone, and conversions with remote backends against local ones."""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import jobs
from database_rows import SharedServer
from limits import Limit
from rows import Row
from servers import FOLDER, program
from service import free_port
from service_rows import AT_ONCE, FILES, gibibyte, hundred_songs
from sides import Failed, Missing, Sample

# The object store of the cluster suite.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/cluster"))
from hosts import namespaces, object_store  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
PREFIX = "bench"


class ObjectStore:
    """Ceph's gateway on loopback; runs from the first `get` to `close`."""

    def __init__(self):
        self.folder = None
        self.server = None

    def get(self):
        if self.server is None:
            self.folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
            try:
                self.server = object_store.ObjectStore(
                    namespaces.ThisMachine(), os.path.join(self.folder, "ceph"), free_port(), free_port()
                )
                self.server.start()
            except namespaces.Missing as missing:
                raise Missing(str(missing)) from missing
            except namespaces.Failed as failure:
                raise Failed(str(failure)) from failure
        return self.server

    @property
    def endpoint(self):
        server = self.get()
        return f"http://{server.machine.address}:{server.port}"

    def uri(self):
        return (
            f"s3://{object_store.BUCKET}/{PREFIX}?endpoint={self.endpoint}&region={object_store.REGION}"
            "&path_style=true"
        )

    def processor_seconds(self):
        """Of its three processes."""
        total = 0
        for pid in self.get().pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def credentials():
    return {
        "AWS_ACCESS_KEY_ID": object_store.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": object_store.SECRET_KEY,
    }


class Transfer:
    """One process a run, from its start to its end, which copies one file up or down. Uploads are deleted;
    downloads are of an object that rclone has uploaded before."""

    SHARED = "input/shared"

    def __init__(self, place, store, direction, file):
        self.place = place
        self.store = store
        self.direction = direction
        self.file = file
        self.target = f"{file}.{type(self).__name__}"
        self.runs = 0

    def run(self):
        client = self.store.get().client()
        if self.direction == "down":
            self._prepare(client)
            pathlib.Path(self.target).unlink(missing_ok=True)
            seconds = timed(*self.command("down", self.target, self.SHARED))
            size = os.path.getsize(self.target)
        else:
            self.runs += 1
            key = f"input/{type(self).__name__}-{self.runs}"
            seconds = timed(*self.command("up", self.file, key))
            size = client.objects(object_store.BUCKET).get(f"{PREFIX}/{key}", 0)
            client.request("DELETE", f"/{object_store.BUCKET}/{PREFIX}/{key}")
            time.sleep(5)  # the gateway frees the memory of deleted objects later
        if size != os.path.getsize(self.file):
            raise Failed(f"{type(self).__name__} copied {size} bytes {self.direction}")
        return Sample(seconds)

    def _prepare(self, client):
        if f"{PREFIX}/{self.SHARED}" not in client.objects(object_store.BUCKET):
            timed(*rclone(self.store, "up", self.file, self.SHARED))

    def close(self):
        pathlib.Path(self.target).unlink(missing_ok=True)
        self.store.close()


class Ours(Transfer):
    """bench_jobs transfer."""

    def command(self, direction, file, key):
        words = [self.place.program("bench_jobs"), "transfer", direction, self.store.uri(), file, key]
        return words, credentials()


class Rclone(Transfer):
    """rclone copyto."""

    def command(self, direction, file, key):
        return rclone(self.store, direction, file, key)


def rclone(store, direction, file, key):
    """The words and the environment of a copy. Parts of 16 MiB, four at once; without the MD5 of the whole
    file, which rclone would compute before it sends anything."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Ceph",
        "ENDPOINT": store.endpoint,
        "REGION": object_store.REGION,
        "ACCESS_KEY_ID": object_store.ACCESS_KEY,
        "SECRET_ACCESS_KEY": object_store.SECRET_KEY,
    }
    environment = {f"RCLONE_CONFIG_CEPH_{name}": value for name, value in settings.items()}
    remote = f"ceph:{object_store.BUCKET}/{PREFIX}/{key}"
    places = [file, remote] if direction == "up" else [remote, file]
    words = [program("rclone", "rclone"), "copyto", *places]
    words += ["--s3-no-check-bucket", "--ignore-times", "--s3-chunk-size=16M", "--s3-upload-concurrency=4"]
    words += ["--s3-disable-checksum", "--multi-thread-streams=4"]
    return words, {**environment, "RCLONE_CONFIG": "/dev/null"}


def timed(words, environment):
    """Runs a program; returns the seconds that it took."""
    start = time.monotonic()
    # Without this machine's own settings for AWS.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        words, capture_output=True, check=False, text=True, timeout=300, env={**inherited, **environment}
    )
    seconds = time.monotonic() - start
    if done.returncode:
        raise Failed(f"{' '.join(words)}: {done.stderr.strip()[-600:]}")
    return seconds


class Conversions:
    """An Engine that converts the songs: with local backends, or with PostgreSQL and S3."""

    def __init__(self, place, extension, value, remote=None):
        self.place = place
        self.extension = extension
        self.value = value
        self.remote = remote  # (SharedServer, ObjectStore)
        self.store_seconds = []

    def run(self):
        words = [hundred_songs(self.place), AT_ONCE, self.extension]
        if self.remote is None:
            return Sample(jobs.Ours(self.place, "convert", *words).measure()[self.value])
        database, store = self.remote
        uri = store.uri()
        before = store.processor_seconds()
        ours = jobs.Ours(self.place, "convert", *words, environment=credentials())
        result = ours.measure(database.get().uri("convert"), uri)
        self.store_seconds.append(store.processor_seconds() - before)
        self.empty(store)
        return Sample(result[self.value])

    def empty(self, store):
        """The next run needs the memory."""
        client = store.get().client()
        for key in client.objects(object_store.BUCKET):
            client.request("DELETE", f"/{object_store.BUCKET}/{key}")

    def close(self):
        for server in self.remote or ():
            server.close()


def transfer_rows(place):
    for direction in ("up", "down"):
        store = ObjectStore()
        file = gibibyte(place)
        yield Row(
            "hosts",
            f"S3, 1 GiB {direction}",
            "rclone",
            Ours(place, store, direction, file),
            Rclone(place, store, direction, file),
            0.95,
            slow=True,
            max_runs=5,
        )


def conversion_rows(place):
    remote = (SharedServer("power"), ObjectStore())
    yield Row(
        "hosts",
        f"{FILES} x 3 MB MP3 to Opus",
        "local backends",
        Conversions(place, "opus", "seconds", remote),
        Conversions(place, "opus", "seconds"),
        0.8,
        slow=True,
        jobs=FILES,
        max_runs=3,
    )
    ours = Conversions(place, "wav", "processor_seconds", remote)
    yield Row(
        "hosts",
        f"{FILES} x 3 MB MP3 to WAV, CPU",
        "local backends",
        ours,
        Conversions(place, "wav", "processor_seconds"),
        1 / 1.25,
        slow=True,
        max_runs=3,
    )
    yield Limit(
        "hosts",
        f"{FILES} x 3 MB MP3 to WAV, CPU",
        "of the object store, a file",
        lambda: statistics.median(ours.store_seconds or [0]) / FILES,
        slow=True,
    )


def object_store_rows(place):
    yield from transfer_rows(place)
    yield from conversion_rows(place)
