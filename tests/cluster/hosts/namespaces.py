# SPDX-License-Identifier: MIT
"""Machines as network namespaces, joined by a bridge.

`isolate` runs the harness itself in namespaces of its own. The kernel removes all processes, networks and
mounts of the cluster when the harness ends, in whatever way it ends."""

import os
import signal
import subprocess
import sys

NETWORK = "10.77.0"
HARNESS_ADDRESS = f"{NETWORK}.1"
BRIDGE = "cluster0"
MARK = "CONVERT_CLUSTER_ISOLATED"


class Missing(Exception):
    """This machine lacks something that the suite needs; the suite is skipped."""


class Failed(Exception):
    """The cluster could not be built."""


def command(*words, timeout=60, **how):
    """Runs a program and returns its standard output."""
    arguments = [str(word) for word in words]
    done = subprocess.run(arguments, capture_output=True, check=False, text=True, timeout=timeout, **how)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def isolate():
    """Starts this program again as process 1 of new namespaces, and ends with its exit status."""
    if os.environ.get(MARK):
        for words in (
            ("mount", "-t", "tmpfs", "tmpfs", "/run"),  # hides the machine's own sockets, too
            ("mkdir", "-p", "/run/netns", "/run/lock"),
            ("ip", "link", "set", "lo", "up"),
        ):
            command(*words)
        reap_in_background()
        return
    if os.getuid() != 0:
        raise Missing("network namespaces with several users need root")
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        raise Missing("this system does not permit new namespaces")
    arguments = [*unshare, sys.executable, "-B", *sys.argv]
    os.execvpe(arguments[0], arguments, {**os.environ, MARK: "1"})


def reap_in_background():
    """Goes on in a child. Process 1 collects the exit statuses of processes whose parents were killed."""
    harness = os.fork()
    if harness == 0:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the harness handles it
    while True:
        pid, status = os.wait()
        if pid == harness:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


class Machine:
    """A network namespace with one address and one cable to the bridge."""

    def __init__(self, name, number):
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self.cable = f"to-{name}"
        self.is_cut = False
        inside = ("ip", "-n", name)
        command("ip", "netns", "add", name)
        command("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        command("ip", "link", "set", self.cable, "master", BRIDGE, "up")
        command(*inside, "link", "set", "lo", "up")
        command(*inside, "address", "add", f"{self.address}/24", "dev", "eth0")
        command(*inside, "link", "set", "eth0", "up")

    def cut(self):
        """Drops all packets in both directions, without telling the peers."""
        command("ip", "link", "set", self.cable, "down")
        self.is_cut = True

    def repair(self):
        if self.is_cut:
            command("ip", "link", "set", self.cable, "up")
            self.is_cut = False

    def inside(self, arguments, user=None):
        """The command line that runs a program on this machine. The program keeps the process id."""
        words = ["ip", "netns", "exec", self.name]
        if user is not None:
            words += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return [*words, *(str(word) for word in arguments)]

    def run(self, *arguments, user=None, timeout=60, **how):
        return command(*self.inside(arguments, user), timeout=timeout, **how)


class ThisMachine:
    """The machine itself, without a namespace."""

    address = "127.0.0.1"

    def inside(self, arguments, user=None):
        return [str(word) for word in arguments]

    def run(self, *arguments, user=None, timeout=60, **how):
        return command(*arguments, timeout=timeout, **how)


def make_bridge():
    command("ip", "link", "add", BRIDGE, "type", "bridge")
    command("ip", "address", "add", f"{HARNESS_ADDRESS}/24", "dev", BRIDGE)
    command("ip", "link", "set", BRIDGE, "up")
