# SPDX-License-Identifier: MIT
"""Follows tasks by their event streams, on hosts other than the one that accepted them, and measures how long
after its commit a change arrives."""

import contextlib
import http.client
import json
import threading
import time
import uuid

from clients.media import KINDS
from clients.retrying_client import NotCured
from hosts.convertd_host import PORT


class EventWatcher(threading.Thread):
    """`user` signs up and submits; its events are read here."""

    def __init__(self, user, cluster):
        super().__init__(name="event-watcher", daemon=True)
        self.user = user
        self.cluster = cluster
        self.lock = threading.Lock()
        self.arrivals = {}  # time.time() at which the end of a task was received
        self.is_waiting = True
        self.is_idle = threading.Event()
        self.ending = False

    def take(self):
        with self.lock:
            taken, self.arrivals = self.arrivals, {}
        return taken

    def run(self):
        while not self.ending:
            if self.is_waiting:
                self.is_idle.set()
                time.sleep(0.05)
                continue
            self.is_idle.clear()
            try:
                task = self.user.submit(KINDS[0], uuid.uuid4().hex.ljust(40))
                arrived = self._follow(task)
                self.user.follow(task)
                self.user.delete(task)
                if arrived is not None:
                    with self.lock:
                        self.arrivals[task.id] = arrived
            except NotCured as error:
                self.user.ledger.complain(f"{self.name}: {error}")
            time.sleep(0.2)

    def _follow(self, task):
        """The time of arrival, or None if the host of the stream was disturbed."""
        host = next((host for host in self.cluster.apis if host.is_whole()), None)
        if host is None:
            return None
        connection = http.client.HTTPConnection(host.address, PORT, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self.user.client.token}"}
            connection.request("GET", f"/api/tasks/{task.id}/events", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                return None
            for line in answer:
                if line.startswith(b"data:"):
                    with contextlib.suppress(ValueError):
                        if json.loads(line[5:]).get("state") in ("PROCESSED", "FAILED"):
                            return time.time()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return None
