# SPDX-License-Identifier: MIT
"""What was acknowledged, how it ended, and what was wrong."""

import dataclasses
import threading
import time


@dataclasses.dataclass
class Task:
    """An acknowledged task."""

    id: int
    account: str
    kind: str
    acknowledged: float  # time.time()
    may_end: frozenset  # states of the API
    ended: str = ""
    verified: bool = False
    deleted: bool = False


class Ledger:
    """All tasks of all users. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tasks = {}
        self.complaints = []
        self.delays = []  # seconds from an acknowledgement to the end

    def complain(self, text):
        with self.lock:
            self.complaints.append(f"{time.strftime('%H:%M:%S')} {text}")

    def take_complaints(self):
        with self.lock:
            taken, self.complaints = self.complaints, []
        return taken

    def acknowledge(self, number, account, kind):
        task = Task(number, account, kind, time.time(), frozenset({"PROCESSED"}))
        with self.lock:
            known = self.tasks.get(number)
            if known is not None:
                self.complaints.append(f"Task {number} of {known.account} was acknowledged twice.")
            self.tasks[number] = task
        return task

    def end(self, task, state):
        with self.lock:
            self.delays.append(time.time() - task.acknowledged)
            if task.ended and task.ended != state:
                self.complaints.append(f"Task {task.id} ended as {task.ended} and then as {state}.")
            elif state not in task.may_end:
                self.complaints.append(f"Task {task.id} ({task.kind}) ended as {state}.")
            task.ended = state

    def unfinished(self):
        with self.lock:
            return [task for task in self.tasks.values() if not task.ended]

    def existing(self):
        """The tasks that have to exist in the service."""
        with self.lock:
            return {task.id: task for task in self.tasks.values() if not task.deleted}
