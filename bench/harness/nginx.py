# SPDX-License-Identifier: MIT
"""nginx with a minimal configuration: a two-byte answer, files of a folder, and PUT."""

import os
import subprocess

from servers import Server, program
from service import answers, free_port
from sides import Missing

CONFIGURATION = """
{user}
worker_processes auto;
pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
  sendfile on;
  tcp_nopush on;
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/tmp;
  proxy_temp_path {folder}/tmp-proxy;
  fastcgi_temp_path {folder}/tmp-fastcgi;
  uwsgi_temp_path {folder}/tmp-uwsgi;
  scgi_temp_path {folder}/tmp-scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    location = /healthz {{ return 200 "ok"; }}
    location /files/ {{ }}
    location /up/ {{
      dav_methods PUT;
      client_max_body_size 0;
      client_body_buffer_size 1m;
    }}
  }}
}}
"""


class Nginx(Server):
    """Serves `folder`/files. PUT writes to `folder`/up, on the same file system, so that it ends in a rename.
    It flushes nothing."""

    def __init__(self):
        nginx = program("nginx", "nginx", "/usr/sbin")
        if (
            "--with-http_dav_module"
            not in subprocess.run([nginx, "-V"], capture_output=True, check=False, text=True).stderr
        ):
            raise Missing("this nginx was built without its module for PUT")
        super().__init__()
        for name in ("files", "up", "tmp"):
            os.mkdir(os.path.join(self.folder, name))
        self.port = free_port()
        configuration = os.path.join(self.folder, "nginx.conf")
        with open(configuration, "w", encoding="ascii") as file:
            file.write(
                CONFIGURATION.format(
                    folder=self.folder, port=self.port, user="user root;" if os.getuid() == 0 else ""
                )
            )
        self.spawn(
            [nginx, "-e", "stderr", "-p", self.folder, "-c", configuration, "-g", "daemon off;"],
            lambda: answers(self.port, "/healthz"),
        )
