# SPDX-License-Identifier: MIT
"""A server on a machine: starts, waits until it answers, is killed, stopped and continued."""

import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from hosts.namespaces import Failed, Missing


def program(name, package, *folders):
    """The path of a program, searched in PATH and in these folders."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", *folders])
    found = shutil.which(name, path=path)
    if not found:
        raise Missing(f"{name} is not installed (Debian's package {package})")
    return found


def accepts(address, port, timeout=0.5):
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((address, port), timeout):
            return True
    except OSError:
        return False


def wait_until(done, seconds, what, between=0.05):
    """Polls until `done` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = done()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:g} s")
        time.sleep(between)


def clean_environment():
    """Without this machine's own settings for databases and S3."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PG"))}


def clock_words(offset):
    """Words before a command line that shift its wall clock. The monotonic clock stays."""
    if not offset:
        return []
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Missing("libfaketime is not installed (Debian's package faketime)")
    library = os.path.abspath(found[0])
    return ["env", f"LD_PRELOAD={library}", f"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]


def descendants(pid):
    """The process ids below a process, parents first."""
    found = []
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return found
    # A process may be started by any thread.
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            if task != str(pid):
                path = pathlib.Path(f"/proc/{pid}/task/{task}/children")
                children += path.read_text(encoding="ascii").split()
    except OSError:
        pass
    for child in children:
        found.append(int(child))
        found += descendants(int(child))
    return found


def processor_time(pid):
    """Ticks that a process has used; 0 if it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return sum(int(field) for field in fields.rpartition(")")[2].split()[11:13])
    except OSError:
        return 0


def busiest(pids, seconds=0.2):
    """The process that works most of these; one that uses no processor time is not returned."""
    before = {pid: processor_time(pid) for pid in pids}
    time.sleep(seconds)
    used = {pid: processor_time(pid) - ticks for pid, ticks in before.items()}
    best = max(used, key=used.get, default=None)
    return best if best is not None and used[best] > 0 else None


class ServerProcess:
    """`arguments` is started on `machine` by `start`, as often as needed. Its output goes to a log file."""

    def __init__(self, machine, name, arguments, folder, user=None, environment=None):
        self.machine = machine
        self.name = name
        self.arguments = arguments
        self.user = user
        self.environment = environment or {}
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.process = None
        self.is_stopped = False

    @property
    def pid(self):
        return self.process.pid if self.is_running() else None

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def start(self, answers=None, seconds=30):
        """Starts it, and waits until `answers()` is true."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.machine.inside(self.arguments, self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**clean_environment(), **self.environment},
                cwd=self.log.parent,
                start_new_session=True,
            )
        self.is_stopped = False
        if answers is not None:
            self.wait_for(answers, seconds)

    def wait_for(self, answers, seconds=30):
        def answered():
            if not self.is_running():
                raise Failed(f"{self.name} ended with {self.process.returncode}:\n{self.log_end()}")
            return answers()

        try:
            wait_until(answered, seconds, f"{self.name} answers")
        except Failed as failure:
            raise Failed(f"{failure}\n{self.log_end()}") from failure

    def log_end(self, size=2000):
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:]

    def send(self, number):
        if self.is_running():
            self.process.send_signal(number)

    def kill(self):
        """SIGKILL to the process alone. What it started has to end by itself."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        self.is_stopped = False

    def stop(self):
        """SIGSTOP."""
        self.send(signal.SIGSTOP)
        self.is_stopped = True

    def resume(self):
        """SIGCONT."""
        if self.is_stopped:
            self.send(signal.SIGCONT)
        self.is_stopped = False

    def terminate(self, seconds=60):
        """SIGTERM; returns the exit status."""
        self.resume()
        self.send(signal.SIGTERM)
        if self.process is None:
            return None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not stop within {seconds:g} s\n{self.log_end()}") from None
