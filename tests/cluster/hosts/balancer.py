# SPDX-License-Identifier: MIT
"""haproxy in front of the API hosts. It asks each for /readyz and drops those that do not answer."""

import pathlib

from hosts.server_process import ServerProcess, accepts, program

PORT = 8080
CONFIGURATION = """global
  maxconn 2000
  log stdout format raw local0 notice
defaults
  mode http
  log global
  option redispatch
  option http-keep-alive
  option forwardfor
  retries 3
  timeout connect 2s
  timeout check 2s
  timeout client 120s
  timeout server 120s
  timeout http-keep-alive 60s
frontend web
  bind {address}:{port}
  default_backend api
backend api
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 300ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class Balancer:
    """The only address that clients know."""

    def __init__(self, machine, folder, hosts, port):
        self.machine = machine
        self.hosts = hosts
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        servers = "\n".join(f"  server {host.name} {host.address}:{port}" for host in hosts)
        configuration = folder / "haproxy.cfg"
        configuration.write_text(
            CONFIGURATION.format(address=machine.address, port=PORT, servers=servers), encoding="ascii"
        )
        arguments = [program("haproxy", "haproxy"), "-db", "-f", configuration]  # one process
        self.process = ServerProcess(machine, "haproxy", arguments, folder)

    @property
    def address(self):
        return f"{self.machine.address}:{PORT}"

    def start(self):
        self.process.start(lambda: accepts(self.machine.address, PORT))
