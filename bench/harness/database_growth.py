# SPDX-License-Identifier: MIT
"""How much larger the tables in PostgreSQL get than they have to be, while an old transaction is open."""

import subprocess
import time

from jobs import Ours
from limits import Limit
from servers import PostgreSql

JOBS = 1_000_000
ROUNDS = 10
SNAPSHOT_SECONDS = 600
SIZE = (
    "select sum(pg_total_relation_size(pg_class.oid)) from pg_class join pg_namespace on pg_namespace.oid = "
    "relnamespace where relkind = 'r' and nspname = 'convert'"
)


def measure(place):
    """The size of tables and indexes after JOBS jobs, divided by that after VACUUM FULL. An open transaction
    has kept all dead rows for SNAPSHOT_SECONDS, or for as long as the jobs took."""
    server = PostgreSql("process", autovacuum_naptime="10s")
    uri = server.uri("convert")
    reader = None
    try:
        Ours(place, "store", uri, 10, 8).measure()  # makes the tables
        reader = subprocess.Popen(
            [server.client, "-X", "-q", "-h", server.folder, "-U", "bench", "postgres"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        reader.stdin.write("begin isolation level repeatable read;\nselect count(*) from convert.jobs;\n")
        reader.stdin.flush()
        started = time.monotonic()
        for _ in range(ROUNDS):
            # A run adds its unmeasured fifth.
            Ours(place, "store", uri, JOBS // ROUNDS * 5 // 6, 8).measure()
        time.sleep(max(0.0, started + SNAPSHOT_SECONDS - time.monotonic()))
        used = float(server.query(SIZE))
        reader.stdin.close()
        reader.wait(20)
        server.query("vacuum full")
        return used / float(server.query(SIZE))
    finally:
        if reader is not None and reader.poll() is None:
            reader.kill()
            reader.wait()
        server.close()


def growth(place):
    name = f"PostgreSQL, {JOBS:,} jobs"
    return Limit("long", name, "size, to that after VACUUM", lambda: measure(place), 2, "count")
