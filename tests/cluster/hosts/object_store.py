# SPDX-License-Identifier: MIT
"""Ceph's object gateway (S3) on one machine, with its objects in memory, and the proxy in front of it."""

import contextlib
import json
import pathlib
import socket
import sys
import uuid

from hosts.namespaces import Failed
from hosts.s3_client import S3Client
from hosts.server_process import ServerProcess, accepts, program, wait_until

PORT = 7480
MONITOR_PORT = 6789
PROXY_PORT = 9000
CONTROL_PORT = 9001
REGION = "default"
BUCKET = "convert-cluster"
ACCESS_KEY = "CLUSTERACCESSKEY"
SECRET_KEY = "clusterSecretKeyOnlyForTheTests000000000"
MEMORY = 4 << 30
ATTEMPTS = 5

CONFIGURATION = """[global]
fsid = {fsid}
mon_initial_members = a
monmap = {folder}/monmap
public_addr = {address}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_pool_default_pg_autoscale_mode = off
osd_pool_default_pgp_num = 1
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_tick_interval = 1
mon_data = {folder}/mon
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = {memory}
osd_scrub_begin_hour = 3
osd_scrub_end_hour = 4
run_dir = {folder}
admin_socket = {folder}/$name.$pid.asok
pid_file =
log_file = {folder}/$name.ceph.log
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_to_file = false

[client]
keyring = {folder}/keyring
rgw_frontends = beast endpoint={address}:{port} tcp_nodelay=1
rgw_data = {folder}/rgw
rgw_enable_usage_log = false
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 2
"""


class ObjectStore:
    """Monitor, object daemon and gateway. Killing the gateway loses no object. bench/compare uses it, too."""

    def __init__(self, machine, folder, port=PORT, monitor_port=MONITOR_PORT):
        self.machine = machine
        self.port = port
        self.monitor_port = monitor_port
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        self.configuration = self.folder / "ceph.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                fsid=uuid.uuid4(), address=machine.address, folder=self.folder, memory=MEMORY, port=port
            ),
            encoding="ascii",
        )
        (self.folder / "keyring").touch()
        conf = ["-c", self.configuration]
        self.monitor = self._server("ceph-mon", "ceph-mon", [*conf, "-f", "-i", "a"])
        self.daemon = self._server("ceph-osd", "ceph-osd", [*conf, "-f", "-i", "0"])
        self.gateway = self._server("radosgw", "radosgw", [*conf, "-f", "-n", "client.admin"])

    def _server(self, name, package, arguments):
        return ServerProcess(self.machine, name, [program(name, package), *arguments], self.folder)

    def _tool(self, name, package, *arguments):
        words = (program(name, package), "-c", self.configuration, *arguments)
        for attempt in range(ATTEMPTS):
            try:
                return self.machine.run(*words, timeout=120)
            except Failed as failure:
                is_race = "command descriptions" in str(failure) or "fsid" in str(failure)
                if not is_race or attempt == ATTEMPTS - 1:
                    raise

    def client(self):
        """Directly at the gateway, without the proxy that injects faults."""
        return S3Client(f"{self.machine.address}:{self.port}", REGION, ACCESS_KEY, SECRET_KEY)

    def answers(self):
        return accepts(self.machine.address, self.port)

    def start(self):
        map_file = self.folder / "monmap"
        fsid = self.configuration.read_text(encoding="ascii").split("fsid = ")[1].split()[0]
        self.machine.run(
            *(program("monmaptool", "ceph-common"), "--create", "--fsid", fsid),
            *("--addv", "a", f"[v1:{self.machine.address}:{self.monitor_port}]", map_file),
        )
        self._tool("ceph-mon", "ceph-mon", "--mkfs", "-i", "a", "--monmap", map_file)
        self.monitor.start(lambda: accepts(self.machine.address, self.monitor_port))
        number = str(uuid.uuid4())
        self._tool("ceph", "ceph-common", "osd", "new", number)
        self._tool("ceph-osd", "ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", number)
        self._start_daemon()
        self.gateway.start(self.answers, 120)
        self._tool(
            *("radosgw-admin", "radosgw", "user", "create", "--uid=convert", "--display-name=convert"),
            *(f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"),
        )
        wait_until(self._make_bucket, 30, "the bucket can be created", 0.3)

    def _start_daemon(self):
        """Ceph 16 may ask the monitor before it knows the cluster's id, and end with "wrong fsid"."""
        for attempt in range(ATTEMPTS):
            try:
                self.daemon.start(self._is_up, 60)
                return
            except Failed:
                self.daemon.kill()
                if attempt == ATTEMPTS - 1:
                    raise

    def _is_up(self):
        status = json.loads(self._tool("ceph", "ceph-common", "osd", "stat", "-f", "json"))
        return status.get("num_up_osds", status.get("osdmap", {}).get("num_up_osds")) == 1

    def _make_bucket(self):
        with contextlib.suppress(OSError):
            return self.client().create_bucket(BUCKET) in (200, 409)
        return False

    def kill(self):
        self.gateway.kill()

    def restart(self):
        self.gateway.start(self.answers, 120)

    def close(self):
        for server in (self.gateway, self.daemon, self.monitor):
            server.kill()

    def pids(self):
        return [server.pid for server in (self.gateway, self.daemon, self.monitor)]


class FaultProxy:
    """hosts/fault_proxy.py in front of an ObjectStore, on its machine."""

    def __init__(self, store, folder, port=PROXY_PORT, control_port=CONTROL_PORT):
        machine = store.machine
        self.target = (machine.address, port)
        self.control = (machine.address, control_port)
        self.address = f"{machine.address}:{port}"
        script = pathlib.Path(__file__).with_name("fault_proxy.py")
        words = [self.address, f"{machine.address}:{store.port}", f"{machine.address}:{control_port}"]
        arguments = [sys.executable, "-B", script, *words]
        self.process = ServerProcess(machine, "fault-proxy", arguments, folder)

    def start(self):
        self.process.start(lambda: accepts(*self.target))

    def set(self, **faults):
        """Injects these from now on. Returns what happened since the last call."""
        with contextlib.closing(socket.create_connection(self.control, 5)) as control:
            control.sendall(json.dumps(faults).encode() + b"\n")
            return json.loads(control.makefile().readline())
