# SPDX-License-Identifier: MIT
"""Hosts with a mistake in their configuration: each says what is wrong and does not crash. It may end (exit
status 1 to 3), or go on trying and not be ready."""

import concurrent.futures
import dataclasses
import signal
import subprocess
import time

from hosts import convertd_host, object_store, postgresql
from hosts.certificates import Authority
from hosts.server_process import clean_environment

SECONDS = 12  # for a host that goes on trying


@dataclasses.dataclass(frozen=True)
class Case:
    """`words` has to be in the output, in any case of letters: one of them is enough."""

    name: str
    words: tuple
    options: dict = dataclasses.field(default_factory=dict)  # instead of the right ones; None: without
    environment: dict = dataclasses.field(default_factory=dict)


def cases(cluster):
    database = cluster.database.uri()
    url = cluster.backends.environment["DATABASE_URL"]
    limited = database.replace(f"{postgresql.USER}@", f"{postgresql.LIMITED_USER}@")  # may not create tables
    storage = cluster.backends.storage
    closed = f"{cluster.apis[0].address}:1"

    def with_url(old, new):
        return {"DATABASE_URL": url.replace(old, new)}

    other = cluster.folder / "other-authority"
    other.mkdir(exist_ok=True)
    stranger = Authority(other).certificate
    return [
        Case("wrong password of the database", ("password",), environment=with_url(postgresql.PASSWORD, "x")),
        Case("missing database", ("nowhere",), environment=with_url("/convert?", "/nowhere?")),
        Case("no server at the address", ("connect", "refused"), {"database": f"postgresql://u@{closed}/d"}),
        Case("typo in a scheme", ("postgresq",), {"database": database.replace("postgresql", "postgresq")}),
        Case("typo in an option", ("sslmoda",), {"database": database.replace("sslmode", "sslmoda")}),
        Case("password on the command line", ("command line",), {"database": url}),
        Case(
            "certificate of a stranger",
            ("certificate",),
            environment=with_url(str(cluster.database.authority.certificate), str(stranger)),
        ),
        Case("schema without tables", ("migrate",), {"database": f"{limited}&schema=nowhere"}),
        Case("missing bucket", ("nowhere",), {"storage": storage.replace(object_store.BUCKET, "nowhere")}),
        Case("wrong key", ("key", "credential"), environment={"AWS_SECRET_ACCESS_KEY": "x" * 40}),
        Case("unknown key", ("key", "credential"), environment={"AWS_ACCESS_KEY_ID": "NOBODY"}),
        Case("expired token", ("token", "credential", "key"), environment={"AWS_SESSION_TOKEN": "expired"}),
        Case("no S3 server there", ("connect",), {"storage": f"s3://bucket/p?endpoint=http://{closed}"}),
        Case("typo in the storage", ("regoin",), {"storage": storage.replace("region", "regoin")}),
        Case("no storage", ("storage",), {"storage": None}),
        Case("no secret", ("secret",), {"secret-file": None}),
    ]


def arguments(cluster, case, folder):
    words = convertd_host.settings("api", cluster.backends, cluster.secret_file)
    options = dict(word[2:].split("=", 1) for word in words)
    options.update({"data": str(folder), "listen": "127.0.0.1:0"}, **case.options)
    return [cluster.convertd, *(f"--{name}={value}" for name, value in options.items() if value is not None)]


def run(cluster, case):
    """Returns what is wrong, or an empty text."""
    folder = cluster.folder / "bad-starts" / case.name.replace(" ", "-")
    folder.mkdir(parents=True)
    environment = {**clean_environment(), **cluster.backends.environment, **case.environment}
    if "database" in case.options and "password" not in case.name:
        environment["PGPASSWORD"] = postgresql.PASSWORD
        del environment["DATABASE_URL"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            cluster.spare.inside(arguments(cluster, case, folder / "data")),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
        )
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    is_trying = process.poll() is None
    if is_trying:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            return f"{case.name}: it did not stop at SIGTERM."
    output = (folder / "log").read_text(encoding="utf-8", errors="replace")
    if not is_trying and process.returncode not in (1, 2, 3):
        return f"{case.name}: it ended with {process.returncode}: {output[-400:]}"
    if not any(word.lower() in output.lower() for word in case.words):
        return f"{case.name}: the output says nothing about {' or '.join(case.words)}: {output[-400:]}"
    for secret in (postgresql.PASSWORD, object_store.SECRET_KEY):
        if secret in output:
            return f"{case.name}: the output shows a secret."
    return ""


def run_all(cluster):
    """Runs all cases, some at once. Returns their number and complaints."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda case: run(cluster, case), cases(cluster)))
    return len(results), [problem for problem in results if problem]
