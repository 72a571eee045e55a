# SPDX-License-Identifier: MIT
"""The whole: a balancer, API and worker hosts, a pair of databases, an object store behind a fault proxy."""

import contextlib
import pathlib
import secrets
import socket

from hosts import convertd_host, namespaces
from hosts.balancer import Balancer
from hosts.certificates import Authority
from hosts.convertd_host import Backends, ConvertdHost
from hosts.namespaces import Machine, command
from hosts.object_store import FaultProxy, ObjectStore
from hosts.postgresql import Database
from hosts.server_process import wait_until

API_HOSTS = 3
WORKER_HOSTS = 3


class Cluster:
    """`convertd` is the program. Everything is below `folder`."""

    def __init__(self, convertd, folder):
        self.folder = pathlib.Path(folder)
        self.convertd = convertd
        namespaces.make_bridge()
        machines = [Machine("balancer", 10), Machine("database-1", 21), Machine("database-2", 22)]
        machines.append(Machine("object-store", 31))
        balancer, first, second, store = machines
        self.database = Database([first, second], self.folder / "postgresql", Authority(self.folder))
        self.object_store = ObjectStore(store, self.folder / "object-store")
        self.proxy = FaultProxy(self.object_store, self.folder / "object-store")
        self.backends = Backends(self.database, self.proxy.address)
        self.secret_file = self.folder / "secret"  # each host has a copy
        self.secret_file.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        self.secret_file.chmod(0o600)
        self.spare = Machine("spare", 60)  # for starts that fail
        self.apis = [self._host("api", number) for number in range(1, API_HOSTS + 1)]
        self.workers = [self._host("worker", number) for number in range(1, WORKER_HOSTS + 1)]
        self.balancer = Balancer(balancer, self.folder / "balancer", self.apis, convertd_host.PORT)

    def _host(self, role, number):
        name = f"{role}-{number}"
        machine = Machine(name, {"api": 40, "worker": 50}[role] + number)
        folder = self.folder / name
        return ConvertdHost(machine, role, self.convertd, self.backends, self.secret_file, folder)

    def change_secret(self, step):
        """`convertd secret STEP`, as an operator does it on one machine."""
        command(self.convertd, f"--secret-file={self.secret_file}", "secret", step)

    @property
    def hosts(self):
        return [*self.apis, *self.workers]

    def start(self):
        self.database.start()
        self.object_store.start()
        self.proxy.start()
        self.migrate()
        for host in self.hosts:
            host.start(wait=False)
        for host in self.hosts:
            host.wait_ready()
        self.balancer.start()
        wait_until(self._answers, 20, "the balancer passes requests")

    def migrate(self):
        """As an operator does it before the first start and before each upgrade."""
        machine = self.apis[0].machine
        words = [f"{name}={value}" for name, value in self.backends.environment.items()]
        command(*machine.inside(["env", *words, self.convertd, "migrate"]))

    def _answers(self):
        with contextlib.suppress(OSError):
            with socket.create_connection((self.balancer.machine.address, 8080), 1) as connection:
                connection.sendall(b"GET /api/formats HTTP/1.0\r\n\r\n")
                return b" 200" in connection.recv(15)
        return False

    def mend(self):
        """Everything runs again, joined and with a right clock."""
        self.proxy.set()
        for host in self.hosts:
            host.machine.repair()
            host.process.resume()
            if host.clock:
                host.process.kill()
                host.clock = ""
            if not host.process.is_running():
                host.start(wait=False)
        for server in self.database.servers:
            server.machine.repair()
            server.free_disk()
        if not self.database.primary.process.is_running():
            self.database.primary.start()
        if not self.database.standby.process.is_running():
            self.database.attach_standby()
        if not self.object_store.gateway.is_running():
            self.object_store.restart()
        if not self.balancer.process.is_running():
            self.balancer.start()
        for host in self.hosts:
            host.wait_ready()
        wait_until(self.database.is_synchronous, 60, "the standby is synchronous")
        wait_until(self._answers, 20, "the balancer passes requests")
