# SPDX-License-Identifier: MIT
"""convertd and its peer, a service of the older kind. Each runs in its own folder on a free loopback port and
is stopped by process id."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from servers import Server, program
from sides import Failed

PYTHON = "/usr/bin/python3"  # Debian's Python, which has the packages


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port, path="/"):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def descendants(process):
    """A process and all its descendants."""
    found = [process]
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                for child in file.read().split():
                    found += descendants(int(child))
    except OSError:
        pass
    return found


def pss_kib(processes):
    """Their total memory; shared pages count once."""
    total = 0
    for process in processes:
        try:
            with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
                total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1])
        except (OSError, TypeError):
            pass
    return total


class Convertd(Server):
    """convertd with command-line `options`."""

    def __init__(self, place, *options):
        super().__init__()
        self.log = os.path.join(self.folder, "log")
        begun = time.monotonic()
        self.spawn(
            [
                place.program("convertd"),
                "--data",
                os.path.join(self.folder, "data"),
                "--listen",
                "127.0.0.1:0",
                "--log-level",
                "warning",
                *options,
            ],
            lambda: self.wait_for_output(r"http://127\.0\.0\.1:(\d+)"),
        )
        self.port = int(self.wait_for_output(r"http://127\.0\.0\.1:(\d+)")[1])
        while not self.wait_for_output("ready: "):
            if self.process.poll() is not None or time.monotonic() > begun + 20:
                self.close()
                raise Failed("convertd did not come to be ready")
            time.sleep(0.01)

    def wait_for_output(self, pattern):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return re.search(pattern, file.read())

    def processes(self):
        return descendants(self.process.pid)


class OlderService(Server):
    """bench/peers/service: gunicorn, Celery and Redis."""

    def __init__(self, root):
        redis, gunicorn, celery = (
            program(*words)
            for words in (
                ("redis-server", "redis-server", "/usr/sbin"),
                ("gunicorn", "gunicorn", "/usr/bin"),
                ("celery", "celery", "/usr/bin"),
            )
        )
        super().__init__()
        self.port = free_port()
        self.others = []
        environment = {**os.environ, "SERVICE_FOLDER": self.folder, "PYTHONDONTWRITEBYTECODE": "1"}
        source = root / "bench/peers/service"

        def start(words):
            with open(os.path.join(self.folder, f"log-{len(self.others)}"), "wb") as file:
                self.others.append(
                    subprocess.Popen(
                        words, cwd=source, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
                    )
                )

        start(
            [
                redis,
                "--port",
                "0",
                "--unixsocket",
                os.path.join(self.folder, "redis"),
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                self.folder,
            ]
        )
        while not os.path.exists(os.path.join(self.folder, "redis")):
            if self.others[0].poll() is not None:
                raise Failed("redis-server did not start")
            time.sleep(0.02)
        start(
            [
                PYTHON,
                celery,
                "-A",
                "tasks",
                "worker",
                "--concurrency",
                str(os.cpu_count()),
                "--prefetch-multiplier",
                "1",
                "--loglevel",
                "INFO",
            ]
        )
        self.wait_for("log-1", " ready.")
        self.spawn(
            [PYTHON, gunicorn, "-w", str(2 * os.cpu_count() + 1), "-b", f"127.0.0.1:{self.port}", "app:app"],
            lambda: answers(self.port),
            cwd=source,
            env=environment,
        )

    def wait_for(self, log, text):
        deadline = time.monotonic() + 30
        path = os.path.join(self.folder, log)
        while True:
            with open(path, encoding="utf-8", errors="replace") as file:
                said = file.read()
            if text in said:
                return
            if time.monotonic() > deadline or self.others[-1].poll() is not None:
                self.close()
                raise Failed(f"the older service did not start: {said[-600:]}")
            time.sleep(0.05)

    def processes(self):
        return [number for process in (self.process, *self.others) for number in descendants(process.pid)]

    def close(self):
        for process in reversed(self.others):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.others = []
        super().close()
