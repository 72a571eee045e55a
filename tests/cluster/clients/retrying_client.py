# SPDX-License-Identifier: MIT
"""An HTTP client that retries as a careful client does, and remembers what it saw."""

import dataclasses
import http.client
import json
import secrets
import threading
import time

ATTEMPT_TIMEOUT = 20  # seconds without a byte
DEADLINE = 150  # longer than any outage; a request whose host was killed blocks its key for a minute
MAX_WAIT = 2.0


class NotCured(Exception):
    """Retries did not help, or the answer is one that a retry must never lead to."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Statistics:
    """Counts of all clients, by reason."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = 0
        self.retries = {}
        self.slowest = {}
        self.blocked = 0.0

    def retried(self, reason):
        with self.lock:
            self.retries[reason] = self.retries.get(reason, 0) + 1

    def answered(self, what, seconds):
        with self.lock:
            self.requests += 1
            self.slowest[what] = max(self.slowest.get(what, 0.0), seconds)

    def was_blocked(self, seconds):
        """So long a request was answered with 409: an attempt of a dead host held its Idempotency-Key."""
        with self.lock:
            self.blocked = max(self.blocked, seconds)

    def take(self):
        """What happened since the last call."""
        with self.lock:
            taken = (self.requests, self.retries, self.slowest, self.blocked)
            self.requests, self.retries, self.slowest, self.blocked = 0, {}, {}, 0.0
        return taken


def is_retryable(answer):
    """What HTTP and the API's documentation name as worth a retry."""
    if answer.status in (408, 429, 500, 502, 503, 504):
        return True
    return answer.status == 409 and b'"in_progress"' in answer.body


class RetryingClient:
    """One keep-alive connection, for one thread."""

    def __init__(self, address, statistics):
        self.address = address
        self.statistics = statistics
        self.token = None
        self.connection = None

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def _attempt(self, method, path, body, headers):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=ATTEMPT_TIMEOUT)
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def request(self, method, path, body=None, headers=None, what=None):
        """Sends it until it is answered with something other than a temporary error."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        fields.update(headers or {})
        started = time.monotonic()
        problem = None
        blocked_since = None
        while time.monotonic() - started < DEADLINE:
            wait = 0.2
            try:
                answer = self._attempt(method, path, body, fields)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                problem = f"{type(error).__name__}"
            else:
                if not is_retryable(answer):
                    self.statistics.answered(what or f"{method} {path}", time.monotonic() - started)
                    if blocked_since is not None:
                        self.statistics.was_blocked(time.monotonic() - blocked_since)
                    return answer
                problem = f"{answer.status}"
                if answer.status == 409:
                    blocked_since = blocked_since or time.monotonic()
                wait = min(float(answer.headers.get("retry-after", wait)), MAX_WAIT)
            self.statistics.retried(problem)
            time.sleep(wait)
        raise NotCured(f"{method} {path}: {problem} for {DEADLINE} s")

    def get(self, path, what=None):
        return self.request("GET", path, what=what)


def multipart(fields, file_name, content):
    """The body and the type of a form with one file."""
    boundary = secrets.token_hex(12)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
    )
    parts += [content, f"\r\n--{boundary}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
