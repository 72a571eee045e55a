# SPDX-License-Identifier: MIT
"""Servers of the peers' job queues. Each has its own folder and Unix socket, and is stopped by process id.
DURABILITY states what an acknowledgement survives: "power", "process" or "memory" (nothing)."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from sides import Failed, Missing

# On a disk and readable by other users: /tmp may be in memory, a home folder may be private.
FOLDER = "/var/tmp"


def program(name, package, *folders):
    """The path of a program, searched in PATH and in these folders."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *folders]))
    if not path:
        raise Missing(f"{name} is not installed (Debian's package {package})")
    return path


class Server:
    """One server process."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="convert-bench-", dir=FOLDER)
        self.process = None

    def spawn(self, arguments, answers, **how):
        """Starts it and waits until it answers."""
        log = os.path.join(self.folder, "log")
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **how
            )
        deadline = time.monotonic() + 20
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(log, encoding="utf-8", errors="replace") as file:
                    text = file.read()
                self.close()
                raise Failed(f"{arguments[0]} did not start: {text.strip()[-600:]}")
            time.sleep(0.02)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Server):
    """An append-only file that is flushed at each write or each second, or no file."""

    FLUSHED = {
        "power": ["yes", "--appendfsync", "always"],
        "process": ["yes", "--appendfsync", "everysec"],
        "memory": ["no"],
    }

    def __init__(self, durability):
        server = program("redis-server", "redis-server", "/usr/sbin")
        client = program("redis-cli", "redis-tools")
        super().__init__()
        self.address = os.path.join(self.folder, "socket")
        self.spawn(
            [
                server,
                "--port",
                "0",
                "--unixsocket",
                self.address,
                "--dir",
                self.folder,
                "--save",
                "",
                "--appendonly",
                *self.FLUSHED[durability],
            ],
            lambda: subprocess.run(
                [client, "-s", self.address, "ping"], capture_output=True, check=False, text=True
            ).stdout.strip()
            == "PONG",
        )


class PostgreSql(Server):
    """Commits wait until their log is flushed, or with "process" until it is written: fsync=off. (With
    synchronous_commit=off, a server that dies would lose acknowledged data.)"""

    def __init__(self, durability, **more_settings):
        folders = [f"/usr/lib/postgresql/{number}/bin" for number in range(20, 12, -1)]
        initdb, server, ready = (
            program(name, "postgresql", *folders) for name in ("initdb", "postgres", "pg_isready")
        )
        super().__init__()
        self.address = self.folder
        how = self.user()
        data = os.path.join(self.folder, "data")
        made = subprocess.run(
            [initdb, "-D", data, "-U", "bench", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"],
            capture_output=True,
            check=False,
            text=True,
            cwd=self.folder,
            **how,
        )
        if made.returncode:
            self.close()
            raise Failed(f"initdb failed: {made.stderr.strip()}")
        self.client = program("psql", "postgresql", *folders)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "synchronous_commit": "on",
            "fsync": "on" if durability == "power" else "off",
            **more_settings,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.spawn(
            [server, "-D", data, *words],
            lambda: subprocess.run([ready, "-q", "-h", self.folder], check=False).returncode == 0,
            cwd=self.folder,
            **how,
        )

    def uri(self, schema):
        """For libconvert, with tables in a schema of its own."""
        return f"postgresql://bench@/postgres?host={self.folder}&schema={schema}"

    def query(self, statement):
        """The first value of its first row."""
        done = subprocess.run(
            [self.client, "-X", "-A", "-t", "-h", self.folder, "-U", "bench", "-c", statement, "postgres"],
            capture_output=True,
            check=False,
            text=True,
        )
        if done.returncode:
            raise Failed(f"{statement}: {done.stderr.strip()}")
        return done.stdout.strip()

    def user(self):
        """PostgreSQL refuses to run as root."""
        if os.getuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self.close()
        raise Missing("there is no unprivileged user to run PostgreSQL as (postgres or nobody)")
