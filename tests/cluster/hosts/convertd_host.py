# SPDX-License-Identifier: MIT
"""convertd on a machine of its own, with a role and remote backends."""

import http.client
import pathlib
import shutil
import urllib.parse

from hosts import object_store, postgresql
from hosts.namespaces import NETWORK
from hosts.server_process import ServerProcess, clock_words, descendants

PORT = 8080
LEASE = 3.0  # seconds; the default of 10 s would make each fault three times as long
CLEANUP = 1.0
ORPHAN_TTL = 60.0  # the minimum; longer than an outage, in which an input waits for its task's record
DRAIN = 1.0


def settings(role, backends, secret_file):
    """The options that all hosts of a role share."""
    words = {
        "role": role,
        "listen": f"0.0.0.0:{PORT}",
        "storage": backends.storage,
        "secret-file": secret_file,
        "lease-timeout": f"{LEASE:g}s",
        "cleanup-interval": f"{CLEANUP:g}s",
        "orphan-ttl": f"{ORPHAN_TTL:g}s",
        "unfinished-ttl": f"{ORPHAN_TTL:g}s",
        "drain-time": f"{DRAIN:g}s",
        "shutdown-timeout": "2s",
        "http-threads": 1,
        "blocking-threads": 8,
        "max-conversions": 4,  # the users of the suite never wait for a free slot, even if a host is gone
        "max-conversion-threads": 1,
        "min-idle-workers": 1,
        "rate-limit-exempt": f"{NETWORK}.0/24,127.0.0.0/8",
        "trusted-proxies": f"{NETWORK}.0/24",
        "max-tasks-per-day": 1_000_000,
        "max-active-tasks": 1_000,
    }
    return [f"--{name}={value}" for name, value in words.items()]


class Backends:
    """The URIs and the passwords, which are in the environment only."""

    def __init__(self, database, proxy_address):
        query = urllib.parse.urlencode(
            {"endpoint": f"http://{proxy_address}", "region": object_store.REGION, "path_style": "true"}
        )
        self.storage = f"s3://{object_store.BUCKET}/tasks?{query}"
        plain = database.uri()
        with_password = plain.replace("@", f":{postgresql.PASSWORD}@", 1)
        self.environment = {
            "DATABASE_URL": with_password,
            "AWS_ACCESS_KEY_ID": object_store.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": object_store.SECRET_KEY,
        }


class ConvertdHost:
    """Its data folder is scratch space: it is empty again at each start."""

    def __init__(self, machine, role, program, backends, secret_file, folder):
        self.machine = machine
        self.role = role
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.scratch = self.folder / "scratch"
        self.master_secret_file = secret_file
        self.secret_file = self.folder / "secret"
        self.take_secret()
        self.clock = ""  # what libfaketime adds: "+3600", "-3600"
        self.arguments = [program, f"--data={self.scratch}", *settings(role, backends, self.secret_file)]
        self.process = ServerProcess(
            machine, machine.name, self.arguments, self.folder, environment=backends.environment
        )

    @property
    def name(self):
        return self.machine.name

    @property
    def address(self):
        return self.machine.address

    @property
    def pid(self):
        return self.process.pid

    def take_secret(self):
        """Copies the operator's file, with its mode."""
        shutil.copy(self.master_secret_file, self.secret_file)

    def status(self, path="/readyz"):
        """The status of a health request, or 0."""
        connection = http.client.HTTPConnection(self.address, PORT, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def is_ready(self):
        return self.status() == 200

    def start(self, wait=True):
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.process.arguments = [*clock_words(self.clock), *self.arguments]
        self.process.start(self.is_ready if wait else None, 60)

    def wait_ready(self, seconds=60):
        self.process.wait_for(self.is_ready, seconds)

    def workers(self):
        """The processes below it: the zygote first, then those that convert or wait."""
        return [] if self.pid is None else descendants(self.pid)

    def is_whole(self):
        return self.process.is_running() and not self.process.is_stopped and not self.machine.is_cut
