# SPDX-License-Identifier: MIT
"""Rows about jobs on PostgreSQL: both sides use the same server with the same settings."""

import functools
import json
import pathlib

import peers
import river
from jobs import Ours, jobs_of
from rows import Row
from servers import PostgreSql
from sides import Sample

NODE_PEERS = (("graphile-worker", "graphile_worker.js", 1.5), ("pg-boss", "pg_boss.js", 1.5))
RIVER = "River"
RIVER_SINGLE = "River (completed singly)"
RIVER_BATCHED = "River (completed in batches)"
QUEUED = 1_000_000
FEW = 1_000
LATENCY_JOBS = 200


class SharedServer:
    """A PostgreSQL that both sides of a row use. It runs from the first `get` to `close`."""

    def __init__(self, durability, **settings):
        self.make = functools.partial(PostgreSql, durability, **settings)
        self.server = None

    def get(self):
        if self.server is None:
            self.server = self.make()
        return self.server

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None


class OnDatabase:
    """bench_jobs with its tables in a schema of the server. `value` of its result is the sample."""

    def __init__(self, place, server, mode, words, value="seconds", schema="convert", more=()):
        self.place = place
        self.server = server
        self.mode = mode
        self.words = words
        self.value = value
        self.schema = schema
        self.more = more

    def run(self):
        uri = self.server.get().uri(self.schema)
        return Sample(Ours(self.place, self.mode, uri, *self.words).measure(*self.more)[self.value])

    def close(self):
        self.server.close()


class NodePeer:
    """A program of bench/peers/jobs on the shared server."""

    def __init__(self, root, server, script, words, value="seconds"):
        self.root = root
        self.server = server
        self.script = script
        self.words = [str(word) for word in words]
        self.value = value

    def run(self):
        folder = peers.install(self.root)
        output = peers.run(folder, self.script, [self.server.get().address, *self.words])
        return Sample(json.loads(output)[self.value])

    def close(self):
        self.server.close()


class River:
    """bench/peers/river on the shared server."""

    def __init__(self, root, server, words, value="seconds"):
        self.root = root
        self.server = server
        self.words = [str(word) for word in words]
        self.value = value

    def run(self):
        program = river.build(self.root)
        return Sample(river.run(program, [self.server.get().address, *self.words])[self.value])

    def close(self):
        self.server.close()


def node_sides(root, server, words, value):
    for name, script, target in NODE_PEERS:
        yield name, NodePeer(root, server, script, words, value), target


def throughput_sides(root, server, words):
    yield from node_sides(root, server, words, "seconds")
    yield RIVER_SINGLE, River(root, server, [*words, "single"]), 1
    yield RIVER_BATCHED, River(root, server, words), None


def latency_sides(root, server, words, value):
    yield from node_sides(root, server, words, value)
    yield RIVER, River(root, server, words, value), 1


def throughput_rows(place, root):
    for durability in ("power", "process"):
        for submitters in (1, 8):
            jobs = jobs_of(durability, submitters)
            server = SharedServer(durability)
            name = f"PostgreSQL, {durability}, {submitters} submitter{'s'[:submitters - 1]}"
            ours = OnDatabase(place, server, "engine", [jobs, submitters])
            for peer, theirs, target in throughput_sides(root, server, [jobs, submitters]):
                yield Row("hosts", name, peer, ours, theirs, target, slow=True, jobs=jobs, max_runs=5)


def latency_rows(place, root):
    for value in ("p50", "p99"):
        server = SharedServer("power")
        ours = OnDatabase(place, server, "latency", [LATENCY_JOBS], value)
        for peer, theirs, _ in latency_sides(root, server, [LATENCY_JOBS, "latency"], value):
            name = f"PostgreSQL, to the start, {value}"
            yield Row("hosts", name, peer, ours, theirs, 1, slow=True, max_runs=5)


def claim_row(place):
    server = SharedServer("process")

    def claim(queued):
        return OnDatabase(place, server, "claim", [queued], schema=f"claim_{queued}")

    name = f"PostgreSQL, claim of {QUEUED:,}"
    return Row("hosts", name, f"of {FEW:,}", claim(QUEUED), claim(FEW), 0.25, slow=True, max_runs=1)


def engine_rows(place):
    """The rows against which libconvert/docs/scale.md is checked: several hosts on one server."""
    for durability in ("power", "process"):
        for engines in (2, 4):
            server = SharedServer(durability)
            jobs = jobs_of(durability, 8)
            several = OnDatabase(place, server, "engine", [jobs, 8], more=[engines])
            one = OnDatabase(place, server, "engine", [jobs, 8])
            name = f"PostgreSQL, {durability}, {engines} hosts"
            yield Row("hosts", name, "one host", several, one, slow=True, jobs=jobs, max_runs=5)


def database_rows(place):
    root = pathlib.Path(__file__).resolve().parents[2]
    yield from throughput_rows(place, root)
    yield from latency_rows(place, root)
    yield claim_row(place)
    yield from engine_rows(place)
