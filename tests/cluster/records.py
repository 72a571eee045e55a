# SPDX-License-Identifier: MIT
"""What the database recorded, read by SQL. Only this file knows the tables of libconvert's JobStore."""

import dataclasses

KINDS = (
    *("", "submitted", "claimed", "completed", "attempt_failed", "released", "interrupted", "cancelled"),
    *("retried", "replaced", "outputs_expired", "inputs_expired", "removed"),
)
BUSY = 6  # tables
RUNNING = 2  # JobState::running as a number
NEXT = {
    "": {"submitted"},
    "submitted": {"claimed", "cancelled", "removed"},
    "claimed": {"completed", "attempt_failed", "released", "interrupted", "cancelled", "removed"},
    "attempt_failed": {"claimed", "cancelled", "removed"},
    "released": {"claimed", "cancelled", "removed"},
    "interrupted": {"claimed", "cancelled", "removed"},
    "completed": {"removed"},
    "cancelled": {"removed"},
    "removed": set(),
}


@dataclasses.dataclass(frozen=True)
class Change:
    revision: int
    job: int
    kind: str
    at: float  # time.time() of the database, which runs on the same machine


class Records:
    """Reads the change log with a cursor, as the service's own readers do."""

    def __init__(self, database):
        self.database = database
        self.schema = None
        self.revision = 0
        self.history = {}  # of each job

    def _table(self, name):
        if self.schema is None:
            self.schema = self.database.query(
                "select schemaname from pg_tables where tablename = 'jobs' and tableowner = 'convertd'"
            )[0][0]
        return f'"{self.schema}".{name}'

    def busy_tables(self):
        """The tables that are written most, for locks."""
        self._table("jobs")
        rows = self.database.query(
            f"select relname from pg_stat_user_tables where schemaname = '{self.schema}' "
            f"order by n_tup_ins + n_tup_upd + n_tup_del desc limit {BUSY}"
        )
        return [self._table(row[0]) for row in rows]

    def running_on(self, pid):
        """The jobs that run on the host whose process has this id: the name of a worker contains it."""
        rows = self.database.query(
            f"select id from {self._table('job_states')} where state = {RUNNING} and worker like '%-{pid}-%'"
        )
        return [int(row[0]) for row in rows]

    def jobs(self):
        """All jobs: their ids and how often each was interrupted."""
        rows = self.database.query(f"select id, interruptions from {self._table('job_states')}")
        return {int(row[0]): int(row[1]) for row in rows}

    def read_changes(self):
        """The entries since the last call. They are added to `history`."""
        rows = self.database.query(
            f"select revision, job, kind, at / 1000.0 from {self._table('changes')} "
            f"where revision > {self.revision} order by revision"
        )
        changes = [Change(int(row[0]), int(row[1]), KINDS[int(row[2])], float(row[3])) for row in rows]
        for change in changes:
            self.history.setdefault(change.job, []).append(change)
            self.revision = change.revision
        return changes


def history_problem(changes):
    """What is wrong with the history of a job; empty if it ended at most once, by allowed steps."""
    before = ""
    for change in changes:
        if change.kind not in NEXT.get(before, set()):
            steps = ", ".join(change.kind for change in changes)
            return f"{change.kind} after {before or 'nothing'} ({steps})"
        before = change.kind
    return ""


def repeated_runs(changes):
    return max(0, sum(change.kind == "claimed" for change in changes) - 1)


def restart_delay(changes, since):
    """Seconds from `since` until the job was claimed again, or None if it was not interrupted after that."""
    was_interrupted = False
    for change in changes:
        if change.at < since:
            continue
        if change.kind in ("interrupted", "released", "attempt_failed"):
            was_interrupted = True
        elif change.kind == "claimed" and was_interrupted:
            return change.at - since
    return None


def described(changes, since):
    """The history with its times, in seconds after `since`."""
    return ", ".join(f"{change.kind} at {change.at - since:.2f}" for change in changes)
