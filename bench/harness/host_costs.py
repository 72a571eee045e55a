# SPDX-License-Identifier: MIT
"""What one job and one idle host cost the servers that all hosts share: the symbols of scale.md."""

import functools
import os
import pathlib
import secrets
import shutil
import tempfile
import time

import object_store_rows
from hosts import object_store
from jobs import Ours
from limits import Limit
from round_trips import RoundTripCounter
from servers import FOLDER, PostgreSql
from service import Convertd, descendants, free_port
from service_rows import hundred_songs

TICKS = os.sysconf("SC_CLK_TCK")
JOBS = 2_000
SONGS = 10
IDLE_SECONDS = 30
STATEMENTS = "select sum(calls) from pg_stat_statements where query !~* '^(begin|commit|set|show)'"


def processor_seconds(process):
    """Of a process, its descendants, and those of both that have ended."""
    total = 0
    for pid in descendants(process):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def counting_server():
    server = PostgreSql("process", shared_preload_libraries="pg_stat_statements")
    server.query("create extension pg_stat_statements")
    return server


class JobCost:
    """What one job costs the database: one submitter, or 8, which share round trips and flushes."""

    def __init__(self, place, submitters):
        self.place = place
        self.submitters = submitters

    @functools.lru_cache(maxsize=1)
    def measure(self):
        """Round trips, statements, bytes of WAL and processor seconds."""
        server = counting_server()
        folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
        counter = RoundTripCounter(folder, server.address)
        try:
            uri = f"postgresql://bench@/postgres?host={folder}"

            def round_of(count):
                Ours(self.place, "engine", uri, count, self.submitters).measure()
                wal = server.query("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
                statements = float(server.query(STATEMENTS) or 0)
                return counter.count(), statements, float(wal), processor_seconds(server.process.pid)

            # The difference of two runs, without the start and its warm-up.
            start = round_of(10)
            small = round_of(10)
            large = round_of(10 + JOBS)
            done = JOBS * 6 / 5  # with the unmeasured round of a fifth
            return [((large[n] - small[n]) - (small[n] - start[n])) / done for n in range(len(start))]
        finally:
            counter.close()
            shutil.rmtree(folder, ignore_errors=True)
            server.close()


class IdleCost:
    """What a convertd without work costs the database."""

    def __init__(self, place):
        self.place = place

    @functools.lru_cache(maxsize=1)
    def measure(self):
        """Statements and processor seconds, a second."""
        server = counting_server()
        try:
            secret = pathlib.Path(server.folder) / "secret"
            secret.touch(0o600)
            secret.write_text(secrets.token_hex(32), encoding="ascii")
            options = [f"--database={server.uri('convert')}", f"--secret-file={secret}"]
            host = Convertd(self.place, *options)
            try:
                time.sleep(5)  # the start is not idle

                def now():
                    return float(server.query(STATEMENTS)), processor_seconds(server.process.pid)

                before, started = now(), time.monotonic()
                time.sleep(IDLE_SECONDS)
                after, seconds = now(), time.monotonic() - started
                return [(after[n] - before[n]) / seconds for n in range(len(after))]
            finally:
                host.close()
        finally:
            server.close()


class RequestCost:
    """The requests to S3 of one conversion: an upload of 3 MB, a result of 2 MB, no download by a user."""

    WRITES = ("PUT", "POST", "DELETE")

    def __init__(self, place):
        self.place = place

    @functools.lru_cache(maxsize=1)
    def measure(self):
        """Requests that write and that read, a job."""
        store = object_store_rows.ObjectStore()
        server = PostgreSql("process")
        folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
        songs = pathlib.Path(folder) / "songs"
        songs.mkdir()
        proxy = object_store.FaultProxy(store.get(), folder, free_port(), free_port())
        try:
            proxy.start()
            uri = store.uri().replace(f"{store.server.machine.address}:{store.server.port}", proxy.address)

            def counts_of(number):
                for song in sorted(pathlib.Path(hundred_songs(self.place)).iterdir())[:number]:
                    if not (songs / song.name).exists():
                        (songs / song.name).symlink_to(song.resolve())
                proxy.set()
                how = {"environment": object_store_rows.credentials()}
                ours = Ours(self.place, "convert", songs, number, "opus", **how)
                ours.measure(server.uri(f"convert_{number}"), uri)
                counts = proxy.set()
                writes = sum(counts.get(method, 0) for method in self.WRITES)
                return writes, counts["requests"] - writes

            few, many = counts_of(2), counts_of(2 + SONGS)
            return [(many[n] - few[n]) / SONGS for n in range(len(few))]
        finally:
            proxy.process.kill()
            shutil.rmtree(folder, ignore_errors=True)
            server.close()
            store.close()


def figures_of(name, cost, figures):
    for number, (what, maximum, unit) in enumerate(figures):
        yield Limit("hosts", name, what, lambda n=number: cost.measure()[n], maximum, unit, True)


def cost_rows(place):
    for submitters, limit in ((1, 6), (8, None)):
        name = f"PostgreSQL, {submitters} submitter{'s'[:submitters - 1]}"
        figures = (
            *(("round trips a job", limit, "count"), ("statements a job", None, "count")),
            *(("WAL a job", None, "bytes"), ("processor time a job", None, "time")),
        )
        yield from figures_of(name, JobCost(place, submitters), figures)
    idle = (("statements a second", None, "count"), ("processor time a second", None, "time"))
    yield from figures_of("PostgreSQL, idle host", IdleCost(place), idle)
    requests = (("writes a job", None, "count"), ("reads a job", None, "count"))
    yield from figures_of("S3, MP3 to Opus", RequestCost(place), requests)
