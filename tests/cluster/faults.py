# SPDX-License-Identifier: MIT
"""The kinds of fault. Each function breaks something, waits, and may mend it in a way of its own. Afterwards,
Cluster.mend repairs what is still broken."""

import contextlib
import os
import signal
import time

from hosts.convertd_host import LEASE
from hosts.namespaces import Failed
from hosts.server_process import busiest

KINDS = {}
HOST_LIMIT = LEASE + 2  # until the jobs of a dead host run again
PROCESS_LIMIT = 1.0  # until a job runs again whose worker process died


def fault(name):
    def register(function):
        KINDS[name] = function
        return function

    return register


class Scene:
    """What a fault may use. It notes what the checks have to look at afterwards."""

    def __init__(self, cluster, records, random):
        self.cluster = cluster
        self.records = records
        self.random = random
        self.notes = []
        self.restarts = []  # (jobs, time.time() of the fault, limit)
        self.log_delay_counts = True  # no fault of the database itself

    def note(self, text):
        self.notes.append(text)

    def pause(self, least, most=None):
        time.sleep(self.random.uniform(least, most or least))

    def any_api(self):
        return self.random.choice(self.cluster.apis)

    def any_worker(self):
        return self.random.choice(self.cluster.workers)

    def busy_worker(self):
        """A worker host that runs a job, if there is one within some seconds."""
        deadline = time.monotonic() + 8
        hosts = list(self.cluster.workers)
        while time.monotonic() < deadline:
            self.random.shuffle(hosts)
            for host in hosts:
                if self.records.running_on(host.pid):
                    return host
            time.sleep(0.1)
        return self.any_worker()

    def expect_restart(self, host, limit):
        """The jobs that run there now have to run again within `limit` seconds from now."""
        self.restarts.append((self.records.running_on(host.pid), time.time(), limit))

    @contextlib.contextmanager
    def inside_transaction(self, host):
        """In the block, a transaction of this host waits for a table, in the middle of it if the table is not
        the first that it touches."""
        table = self.random.choice(self.records.busy_tables())
        with contextlib.closing(self.cluster.database.primary.session()) as session:
            session.query("begin")
            session.query(f"lock table {table} in exclusive mode")
            query = (
                "select pid from pg_stat_activity where wait_event_type = 'Lock' and xact_start is not null "
                f"and client_addr = '{host.address}'"
            )
            deadline = time.monotonic() + 5
            while not (found := bool(session.query(query))) and time.monotonic() < deadline:
                session.query("select pg_stat_clear_snapshot()")
                time.sleep(0.01)
            self.note(f"{'inside' if found else 'outside'} a transaction, at {table}")
            yield
            session.query("rollback")


@fault("kill-api")
def kill_api(scene):
    host = scene.any_api()
    scene.note(host.name)
    host.process.kill()
    scene.pause(0, 3)


@fault("kill-worker-host")
def kill_worker_host(scene):
    host = scene.busy_worker()
    scene.note(host.name)
    scene.expect_restart(host, HOST_LIMIT)
    host.process.kill()
    scene.pause(HOST_LIMIT + 0.5)


@fault("kill-worker-process")
def kill_worker_process(scene):
    host = scene.busy_worker()
    victims = host.workers()
    if not victims:
        return
    converts = busiest(victims[1:])
    victim = converts if converts and scene.random.random() < 0.8 else scene.random.choice(victims)
    scene.note(f"{host.name}, {'the zygote' if victim == victims[0] else 'a worker'}")
    scene.expect_restart(host, PROCESS_LIMIT)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    scene.pause(1.5)


@fault("stop-in-transaction")
def stop_in_transaction(scene):
    host = scene.random.choice([scene.any_api(), scene.busy_worker()])
    scene.note(host.name)
    with scene.inside_transaction(host):
        host.process.stop()
    scene.pause(2, LEASE + 3)
    host.process.resume()


@fault("cut-in-transaction")
def cut_in_transaction(scene):
    host = scene.random.choice([scene.any_api(), scene.busy_worker()])
    scene.note(host.name)
    with scene.inside_transaction(host):
        host.machine.cut()
    scene.pause(2, LEASE + 3)
    host.machine.repair()


@fault("cut-worker-past-lease")
def cut_worker_past_lease(scene):
    host = scene.busy_worker()
    scene.note(host.name)
    scene.expect_restart(host, HOST_LIMIT)
    host.machine.cut()
    scene.pause(HOST_LIMIT + 0.5, HOST_LIMIT + 3)
    host.machine.repair()


@fault("stop-worker-past-lease")
def stop_worker_past_lease(scene):
    host = scene.busy_worker()
    scene.note(host.name)
    scene.expect_restart(host, HOST_LIMIT)
    host.process.stop()
    scene.pause(HOST_LIMIT + 0.5, HOST_LIMIT + 2)
    host.process.resume()


@fault("cut-api")
def cut_api(scene):
    host = scene.any_api()
    scene.note(host.name)
    host.machine.cut()
    scene.pause(1, 6)
    host.machine.repair()


@fault("clock")
def clock(scene):
    host = scene.random.choice(scene.cluster.hosts)
    host.clock = scene.random.choice(["+3600", "-3600"])
    scene.note(f"{host.name} {host.clock} s")
    host.process.kill()
    host.start()
    scene.pause(5)


@fault("restart-database")
def restart_database(scene):
    scene.log_delay_counts = False
    scene.cluster.database.primary.restart()
    scene.pause(1)


@fault("kill-database")
def kill_database(scene):
    scene.log_delay_counts = False
    primary = scene.cluster.database.primary
    backends = scene.random.random() < 0.5
    if backends:  # the server ends all its sessions, and recovers by itself
        rows = primary.ask("select pid from pg_stat_activity where client_addr is not null order by random()")
        if rows:
            scene.note("a backend")
            os.kill(int(rows[0][0]), signal.SIGKILL)
            scene.pause(2)
            return
    primary.kill()
    scene.pause(0, 3)
    primary.start()


@fault("fail-over")
def fail_over(scene):
    scene.log_delay_counts = False
    database = scene.cluster.database
    how = scene.random.choice(["killed", "cut off"])
    if how == "killed":
        database.primary.kill()
    else:
        database.primary.machine.cut()
        scene.pause(1)
    seconds = database.fail_over()
    scene.note(f"{database.standby.machine.name} was {how}; promoted in {seconds:.2f} s")
    scene.pause(1)
    database.attach_standby()


@fault("kill-standby")
def kill_standby(scene):
    """Commits wait until it is back."""
    scene.log_delay_counts = False
    standby = scene.cluster.database.standby
    standby.kill()
    scene.pause(1, 3)
    standby.start()


@fault("read-only-database")
def read_only_database(scene):
    scene.log_delay_counts = False
    primary = scene.cluster.database.primary
    primary.ask("alter system set default_transaction_read_only = on")
    primary.ask("select pg_reload_conf()")
    scene.pause(3)
    primary.ask("set default_transaction_read_only = off; alter system reset default_transaction_read_only")
    primary.ask("select pg_reload_conf()")


@fault("full-database-disk")
def full_database_disk(scene):
    scene.log_delay_counts = False
    primary = scene.cluster.database.primary
    primary.fill_disk()
    with contextlib.suppress(Failed):
        for _ in range(3):  # small writes fit into the files that exist
            primary.ask("select pg_switch_wal()")
    scene.pause(1, 4)
    scene.note("PostgreSQL went on" if primary.process.is_running() else "PostgreSQL ended")
    primary.free_disk()
    scene.pause(0.5)


@fault("kill-object-store")
def kill_object_store(scene):
    scene.cluster.object_store.kill()
    scene.pause(0, 3)
    scene.cluster.object_store.restart()


@fault("kill-balancer")
def kill_balancer(scene):
    scene.cluster.balancer.process.kill()
    scene.pause(0, 2)


def object_store_fault(name, **settings):
    @fault(f"object-store-{name}")
    def run(scene):
        share = scene.random.uniform(0.2, 0.7)
        scene.cluster.proxy.set(**settings, share=share, seed=scene.random.randrange(1 << 30))
        scene.pause(4, 8)
        scene.note(f"share {share:.2f}, {scene.cluster.proxy.set()}")

    return run


object_store_fault("500", status=500)
object_store_fault("503", status=503, retry_after=1)
object_store_fault("slow", delay=0.3, rate=1_000_000)
object_store_fault("cut", cut=8_000_000)
object_store_fault("hang", hang=True)


@fault("stop-api-in-order")
def stop_api_in_order(scene):
    _stop_in_order(scene, scene.any_api())


@fault("stop-worker-in-order")
def stop_worker_in_order(scene):
    _stop_in_order(scene, scene.busy_worker())


@fault("change-secret")
def change_secret(scene):
    """Hosts get it one by one, in two steps. Tokens that are in use stay valid."""
    for step in ("stage", "activate"):
        scene.cluster.change_secret(step)
        for host in scene.random.sample(scene.cluster.apis, len(scene.cluster.apis)):
            host.take_secret()
            _stop_in_order(scene, host)


def _stop_in_order(scene, host):
    scene.note(host.name)
    status = host.process.terminate(30)
    if status != 0:
        raise Failed(f"{host.name} ended with {status} at SIGTERM")
    host.start()
