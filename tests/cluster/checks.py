# SPDX-License-Identifier: MIT
"""What has to hold after each fault."""

import contextlib
import time

from hosts.convertd_host import CLEANUP, ORPHAN_TTL
from hosts.object_store import BUCKET
from records import described, history_problem, repeated_runs, restart_delay

SETTLE = 160  # seconds in which all users have finished the task they are at
LEFTOVER_LIMIT = ORPHAN_TTL + 3 * CLEANUP + 10
SWEEP_DELAY = 45  # seconds: a request of a sweep that hangs is given up after 30
LOG_LIMIT = 5.0 + 1.0  # a host that is stopped inside a transaction; one second for the way to the client
MAX_INTERRUPTIONS = 3  # a job that was interrupted so often waits on purpose


class Checks:
    """Compares the ledger of the users with the records and with the objects in the bucket."""

    def __init__(self, cluster, records, users, watcher, ledger):
        self.cluster = cluster
        self.records = records
        self.users = users
        self.watcher = watcher
        self.ledger = ledger
        self.kept = set()  # tasks that stay
        self.baseline = set()  # their objects, and those that are not ours
        self.unreferenced = {}  # key: when it was first seen
        self.host_delays = []
        self.process_delays = []
        self.log_delays = []
        self.repeated = 0
        self.jobs = 0

    def settle(self):
        """Lets all users finish. Returns complaints."""
        self.watcher.is_waiting = True
        late = self.users.pause(SETTLE)
        if not self.watcher.is_idle.wait(SETTLE):
            late.append(self.watcher.name)
        complaints = [f"{name} did not finish within {SETTLE} s" for name in late]
        for task in self.ledger.unfinished():
            complaints.append(f"Task {task.id} of {task.account}, acknowledged, has not ended.")
        return complaints

    def resume(self):
        self.users.resume()
        self.watcher.is_idle.clear()
        self.watcher.is_waiting = False

    def after(self, scene):
        """All checks. Users have to be idle."""
        changes = self.records.read_changes()
        complaints = [
            *self.ledger.take_complaints(),
            *self._histories({change.job for change in changes}),
            *self._restarts(scene),
            *self._log_delays(scene),
            *self._jobs(),
            *self._objects(),
        ]
        return complaints

    def _histories(self, jobs):
        for job in sorted(jobs):
            history = self.records.history[job]
            problem = history_problem(history)
            if problem:
                yield f"The history of task {job}: {problem}."
            self.repeated += repeated_runs(history)
            self.jobs += 1

    def _restarts(self, scene):
        for jobs, since, limit in scene.restarts:
            for job in jobs:
                history = self.records.history.get(job, [])
                delay = restart_delay(history, since)
                interruptions = sum(change.kind == "interrupted" for change in history)
                if delay is None or interruptions >= MAX_INTERRUPTIONS:
                    continue
                (self.process_delays if limit <= 1 else self.host_delays).append(delay)
                scene.note(f"running again after {delay:.2f} s")
                if delay > limit:
                    steps = described(history, since)
                    yield f"Task {job} ran again after {delay:.2f} s; the limit is {limit:g} s ({steps})."

    def _log_delays(self, scene):
        for job, arrived in self.watcher.take().items():
            ends = [c.at for c in self.records.history.get(job, []) if c.kind == "completed"]
            if not ends:
                continue
            delay = arrived - ends[0]
            if scene.log_delay_counts:
                self.log_delays.append(delay)
                if delay > LOG_LIMIT:
                    yield f"The end of task {job} arrived {delay:.2f} s after its commit."

    def _jobs(self):
        expected = set(self.ledger.existing()) | self.kept
        found = set(self.records.jobs())
        for job in sorted(found - expected):
            yield f"Job {job} exists, but its task was deleted or never acknowledged."
        for job in sorted(expected - found):
            yield f"Task {job} was acknowledged, and is gone."

    def find_unreferenced(self):
        """Objects and unfinished uploads that no task has, with the time since they were first seen."""
        client = self.cluster.object_store.client()
        now = time.monotonic()
        found = {key for key in client.objects(BUCKET) if key not in self.baseline}
        found |= {f"upload {name} of {key}" for key, name in client.uploads(BUCKET)}
        self.unreferenced = {key: self.unreferenced.get(key, now) for key in found}
        return {key: now - seen for key, seen in self.unreferenced.items()}

    def _objects(self):
        missing = self.baseline - set(self.cluster.object_store.client().objects(BUCKET))
        for key in sorted(missing):
            yield f"The object {key} is gone."
        # A fault may hold up a sweep; then it has to succeed once nothing is disturbed.
        deadline = time.monotonic() + SWEEP_DELAY
        while True:
            late = {key: age for key, age in self.find_unreferenced().items() if age > LEFTOVER_LIMIT}
            if not late or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        for key, age in late.items():
            yield f"{key} is left over after {age:.0f} s, {SWEEP_DELAY} s of them undisturbed."

    def at_end(self):
        """Waits until nothing is left over. Users have to be idle."""
        deadline = time.monotonic() + LEFTOVER_LIMIT + 5
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if not self.find_unreferenced():
                    return []
            time.sleep(1)
        return [f"{key} is left over at the end." for key in sorted(self.find_unreferenced())]
