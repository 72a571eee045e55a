# SPDX-License-Identifier: MIT
"""A user: uploads files, follows their tasks, downloads and checks the results, deletes."""

import hashlib
import json
import random
import threading
import time
import uuid

from clients import media as media_kinds
from clients.retrying_client import NotCured, RetryingClient, multipart

ENDED = ("PROCESSED", "FAILED", "CANCELLED")
TASK_DEADLINE = 150  # seconds, with all outages


class Users:
    """Threads that work until `pause`, and go on after `resume`."""

    def __init__(self, count, address, media, ledger, statistics, seed):
        self.running = threading.Event()
        self.ending = False
        self.idle = threading.Semaphore(0)
        self.users = [User(n, address, media, ledger, statistics, self, seed) for n in range(count)]

    def start(self):
        self.running.set()
        for user in self.users:
            user.start()

    def pause(self, seconds):
        """Users finish the task they are at. Returns the names of those that did not in time."""
        self.running.clear()
        deadline = time.monotonic() + seconds
        for user in self.users:
            user.is_idle.wait(max(0.0, deadline - time.monotonic()))
        return [user.name for user in self.users if not user.is_idle.is_set()]

    def resume(self):
        for user in self.users:
            user.is_idle.clear()
        self.running.set()

    def stop(self):
        self.ending = True
        self.running.set()


class User(threading.Thread):
    """One account, one connection, one task at a time."""

    def __init__(self, number, address, media, ledger, statistics, users, seed):
        super().__init__(name=f"user-{number}", daemon=True)
        self.client = RetryingClient(address, statistics)
        self.media = media
        self.ledger = ledger
        self.users = users
        self.random = random.Random(f"{seed} {number}")
        self.is_idle = threading.Event()
        self.marks = [f"{self.name} {number}" for number in range(4)]  # of repeated inputs

    def sign_up(self):
        name = f"{self.name}-{uuid.uuid4().hex[:8]}"
        word = "correct-horse-battery"
        fields = {"username": name, "email": f"{name}@example.org", "password1": word, "password2": word}
        as_json = {"Content-Type": "application/json"}
        self.client.request("POST", "/api/auth/signup", json.dumps(fields), as_json)
        # A retried sign-up may find its own account.
        login = json.dumps({"username": name, "password": word})
        answer = self.client.request("POST", "/api/auth/login", login, as_json)
        if answer.status != 200:
            raise NotCured(f"login: {answer.status} {answer.body[:200]!r}")
        self.client.token = answer.json()["token"]

    def run(self):
        try:
            self.sign_up()
        except NotCured as error:
            self.ledger.complain(f"{self.name}: {error}")
        while not self.users.ending:
            if not self.users.running.is_set():
                self.is_idle.set()
                self.users.running.wait()
                continue
            try:
                self.one_task()
            except NotCured as error:
                self.ledger.complain(f"{self.name}: {error}")
            except Exception as error:  # a user that ends silently would prove nothing
                self.ledger.complain(f"{self.name}: {type(error).__name__}: {error}")
                self.client.close()
            time.sleep(self.random.uniform(0, 0.3))

    def one_task(self):
        kind = self.random.choices(media_kinds.KINDS, [kind.share for kind in media_kinds.KINDS])[0]
        repeated = kind.name == "short" and self.random.random() < 0.3
        mark = self.random.choice(self.marks) if repeated else uuid.uuid4().hex
        task = self.submit(kind, mark.ljust(40))
        if kind.name == "long" and self.random.random() < 0.15:
            self.cancel(task)
        self.follow(task)
        if task.ended == "PROCESSED":
            self.verify(task, kind)
        self.delete(task)

    def submit(self, kind, mark):
        source = self.media.make(kind, mark)
        body, content_type = multipart({"newFormat": kind.target}, source.file_name, source.content)
        headers = {"Content-Type": content_type, "Idempotency-Key": uuid.uuid4().hex}
        answer = self.client.request("POST", "/api/tasks", body, headers, "upload")
        if answer.status != 200:
            raise NotCured(f"upload: {answer.status} {answer.body[:300]!r}")
        number = answer.json()["task"]["id"]
        task = self.ledger.acknowledge(number, self.name, kind.name)
        if kind.name == "short" and self.random.random() < 0.2:
            again = self.client.request("POST", "/api/tasks", body, headers, "upload again")
            if again.status != 200 or again.json()["task"]["id"] != number:
                self.ledger.complain(f"Task {number}: its Idempotency-Key answered {again.body[:200]!r}.")
        return task

    def cancel(self, task):
        time.sleep(self.random.uniform(0, 1.5))
        task.may_end = frozenset({"PROCESSED", "CANCELLED"})
        answer = self.client.request("POST", f"/api/tasks/{task.id}/cancel", what="cancel")
        if answer.status not in (200, 409):  # it has ended, perhaps by an attempt whose answer was lost
            self.ledger.complain(f"Cancelling task {task.id}: {answer.status} {answer.body[:200]!r}")

    def follow(self, task):
        deadline = time.monotonic() + TASK_DEADLINE
        while time.monotonic() < deadline:
            answer = self.client.get(f"/api/tasks/{task.id}", "task")
            if answer.status != 200:
                raise NotCured(f"task {task.id}, acknowledged, answers {answer.status}")
            state = answer.json()["state"]
            if state in ENDED:
                if state == "FAILED":
                    self.ledger.complain(f"Task {task.id} failed: {answer.json()['error']}")
                self.ledger.end(task, state)
                return
            time.sleep(0.25)
        raise NotCured(f"task {task.id} has not ended within {TASK_DEADLINE} s: {state}")

    def verify(self, task, kind):
        shown = self.client.get(f"/api/tasks/{task.id}", "task").json()["outputs"][0]
        answer = self.client.get(f"/api/tasks/{task.id}/output", "download")
        if answer.status != 200:
            raise NotCured(f"output of task {task.id}: {answer.status} {answer.body[:200]!r}")
        problem = self.media.problem(kind, answer.body)
        if len(answer.body) != shown["size"]:
            problem = problem or f"{len(answer.body)} bytes instead of {shown['size']}"
        if shown["sha256"] and hashlib.sha256(answer.body).hexdigest() != shown["sha256"]:
            problem = problem or "a SHA-256 that differs from the recorded one"
        if problem:
            self.ledger.complain(f"The result of task {task.id} ({task.kind}) has {problem}.")
        task.verified = True

    def delete(self, task):
        answer = self.client.request("DELETE", f"/api/tasks/{task.id}", what="delete")
        if answer.status not in (200, 404):  # 404: an attempt whose answer was lost
            self.ledger.complain(f"Deleting task {task.id}: {answer.status} {answer.body[:200]!r}")
        task.deleted = True
