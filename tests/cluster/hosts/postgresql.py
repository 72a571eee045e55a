# SPDX-License-Identifier: MIT
"""PostgreSQL on two machines: a primary and its synchronous standby, which can change places."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import threading
import time

from hosts.namespaces import NETWORK, Failed, Missing, command
from hosts.server_process import ServerProcess, descendants, program, wait_until

PORT = 5432
USER = "convertd"
LIMITED_USER = "limited"  # owns nothing; with the same password
PASSWORD = "only-in-this-cluster"
DATABASE = "convert"
DISK = "1g"
BINARIES = [f"/usr/lib/postgresql/{number}/bin" for number in range(20, 13, -1)]
SETTINGS = {
    "listen_addresses": "*",
    "port": PORT,
    "shared_buffers": "64MB",
    "max_connections": "200",
    "wal_level": "replica",
    "wal_keep_size": "128MB",
    "max_wal_size": "256MB",
    "fsync": "off",  # commits are still written before they are acknowledged: no machine loses power here
    "hot_standby": "on",
    "ssl": "on",
    "log_min_messages": "log",
    "log_line_prefix": "%m [%p] %r ",
    # A host that is cut off inside a transaction holds its locks until then.
    "tcp_user_timeout": "3s",
    "tcp_keepalives_idle": "1s",
    "tcp_keepalives_interval": "1s",
    "tcp_keepalives_count": "2",
    "wal_receiver_timeout": "5s",
    "wal_sender_timeout": "5s",
    "wal_retrieve_retry_interval": "200ms",
}


def unprivileged_user():
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing("there is no unprivileged user to run PostgreSQL as (postgres or nobody)")


class Session:
    """One psql that stays open. `query` returns rows of strings."""

    END = "end-of-answer"

    def __init__(self, arguments, environment):
        self.process = subprocess.Popen(
            [*arguments, "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            env=environment,
        )
        self.lock = threading.Lock()

    def query(self, statement):
        with self.lock:
            try:
                self.process.stdin.write(f"{statement};\n\\echo {self.END}\n")
                self.process.stdin.flush()
            except OSError as error:
                raise Failed(f"psql ended: {error}") from error
            rows = []
            for line in self.process.stdout:
                line = line.rstrip("\n")
                if line == self.END:
                    break
                if line.startswith(("ERROR:", "FATAL:", "psql:", "server closed")):
                    raise Failed(f"{statement}: {line}")
                if line:
                    rows.append(line.split("\t"))
            else:
                raise Failed("psql ended")
            return rows

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class Server:
    """One PostgreSQL, on a small disk of its own. Its Unix socket is in its folder."""

    def __init__(self, machine, folder, certificate, key):
        self.machine = machine
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.user = unprivileged_user()
        self.folder.mkdir(parents=True)
        command("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", self.folder)
        for source in (certificate, key):
            shutil.copy(source, self.folder)
        self.certificate, self.key = self.folder / certificate.name, self.folder / key.name
        os.chmod(self.key, 0o600)
        command("chown", "-R", f"{self.user.pw_uid}:{self.user.pw_gid}", self.folder)
        arguments = [program("postgres", "postgresql", *BINARIES), "-D", self.data]
        self.home = {"HOME": str(self.folder)}  # libpq looks for certificates there
        self.process = ServerProcess(
            machine, machine.name, arguments, self.folder.parent, self.user.pw_name, self.home
        )

    def tool(self, name, *arguments, timeout=60, environment=None):
        path = program(name, "postgresql", *BINARIES)
        how = {"env": {**os.environ, **self.home, **(environment or {})}, "cwd": self.folder}
        return self.machine.run(path, *arguments, user=self.user.pw_name, timeout=timeout, **how)

    def session(self, database=DATABASE):
        """As the superuser, through the Unix socket, which needs no network."""
        return Session(
            ["psql", "-h", str(self.folder), "-p", str(PORT), "-U", "postgres", "-d", database],
            {**os.environ, "PGCONNECT_TIMEOUT": "5", "PGAPPNAME": "cluster suite"},
        )

    def ask(self, statement, database="postgres"):
        with contextlib.closing(self.session(database)) as session:
            return session.query(statement)

    def is_ready(self):
        ready = [program("pg_isready", "postgresql", *BINARIES), "-q", "-h", self.folder, "-p", PORT]
        return subprocess.run([str(word) for word in ready], check=False).returncode == 0

    def start(self):
        self.process.start(self.is_ready, 60)

    def restart(self):
        """As an operator restarts it: connections are ended, their transactions rolled back."""
        self.tool("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        self.process.process.wait(30)
        self.start()

    def configure(self, primary=None, name=None):
        settings = {
            **SETTINGS,
            "unix_socket_directories": self.folder,
            "ssl_cert_file": self.certificate,
            "ssl_key_file": self.key,
        }
        if primary is not None:
            settings["primary_conninfo"] = (
                f"host={primary} port={PORT} user=postgres password={PASSWORD} application_name={name} "
                "sslmode=require connect_timeout=3"
            )
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (self.data / "postgresql.auto.conf").write_text(lines, encoding="ascii")

    def create(self, password):
        """An empty database cluster."""
        word = self.folder / "password"
        word.write_text(password + "\n", encoding="ascii")
        os.chmod(word, 0o644)
        self.tool(
            *("initdb", "-D", self.data, "-U", "postgres", f"--pwfile={word}", "--no-sync"),
            *("--locale=C", "-E", "UTF8", "--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        with open(self.data / "pg_hba.conf", "a", encoding="ascii") as file:
            for what in ("all all", "replication postgres"):
                file.write(f"hostssl {what} {NETWORK}.0/24 scram-sha-256\n")
        self.configure()

    def fill_disk(self):
        """Leaves no byte on its disk."""
        with contextlib.suppress(OSError), open(self.folder / "filler", "wb", buffering=0) as file:
            while file.write(bytes(1 << 20)) == 1 << 20:
                pass

    def free_disk(self):
        """PostgreSQL ends if it cannot write its log, so it may have to be started."""
        (self.folder / "filler").unlink(missing_ok=True)

    def kill(self):
        """SIGKILL to the first process. Its backends notice and end."""
        below = [] if self.process.pid is None else descendants(self.process.pid)
        self.process.kill()
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in below), 20, "backends end")


class Database:
    """The pair. `primary` and `standby` change their values at a fail-over."""

    def __init__(self, machines, folder, authority):
        certificate, key = authority.issue("database", [machine.address for machine in machines])
        self.authority = authority
        folder = pathlib.Path(folder)
        self.servers = [Server(machine, folder / machine.name, certificate, key) for machine in machines]
        self.primary, self.standby = self.servers
        self.lock = threading.RLock()

    def uri(self):
        """For convertd: both hosts; the one that accepts writes is used. The password is not in it."""
        hosts = ",".join(f"{server.machine.address}:{PORT}" for server in self.servers)
        return (
            f"postgresql://{USER}@{hosts}/{DATABASE}?target_session_attrs=read-write&sslmode=verify-full"
            f"&sslrootcert={self.authority.certificate}&connect_timeout=3"
        )

    def start(self):
        self.primary.create(PASSWORD)
        self.primary.start()
        for user in (USER, LIMITED_USER):
            self.primary.ask(f"create role {user} login password '{PASSWORD}'")
        self.primary.ask(f"create database {DATABASE} owner {USER}")
        self.attach_standby()

    def query(self, statement):
        """Asks the primary; tried again while it restarts."""

        def answer():
            with contextlib.suppress(Failed, OSError):
                return [self.primary.ask(statement, DATABASE)]
            return None

        return wait_until(answer, 30, statement, 0.3)[0]

    def attach_standby(self):
        """Copies the primary to the standby's machine, and lets commits wait for it."""
        standby, primary = self.standby, self.primary
        shutil.rmtree(standby.data, ignore_errors=True)
        source = f"host={primary.machine.address} port={PORT} user=postgres sslmode=require"
        standby.tool(
            *("pg_basebackup", "-d", source, "-D", standby.data, "-X", "stream", "-c", "fast", "--no-sync"),
            timeout=120,
            environment={"PGPASSWORD": PASSWORD},
        )
        (standby.data / "standby.signal").touch()
        command("chown", f"{standby.user.pw_uid}:{standby.user.pw_gid}", standby.data / "standby.signal")
        standby.configure(primary.machine.address, "standby")
        standby.start()
        primary.ask("alter system set synchronous_standby_names = 'standby'")
        primary.ask("select pg_reload_conf()")
        wait_until(self.is_synchronous, 30, "the standby is synchronous")

    def is_synchronous(self):
        try:
            return self.primary.ask("select 1 from pg_stat_replication where sync_state = 'sync'")
        except Failed:
            return False

    def fail_over(self):
        """Promotes the standby. The old primary has to be dead or cut off. Returns the seconds it took."""
        started = time.monotonic()
        new, old = self.standby, self.primary
        old.kill()  # the operator's fence: it never answers again as a primary
        old.machine.repair()
        new.tool("pg_ctl", "-D", new.data, "-w", "promote")
        self.primary, self.standby = new, old
        return time.monotonic() - started
