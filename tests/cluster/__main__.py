# SPDX-License-Identifier: MIT
"""The cluster suite: see README.md."""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import time

import bad_starts
import faults
from checks import Checks
from clients.event_watcher import EventWatcher
from clients.ledger import Ledger
from clients.media import KINDS, Media
from clients.retrying_client import RetryingClient, Statistics
from clients.user import User, Users
from hosts import namespaces
from hosts.cluster import Cluster
from hosts.namespaces import Failed, Missing
from hosts.object_store import BUCKET
from records import Records

SKIPPED = 77  # CTest's SKIP_RETURN_CODE
SAMPLE = 8  # kinds of fault in a run that is not full
EACH = 20  # faults of each kind in a full run
FOREIGN = ("tasks/notes.txt", "tasks/a/b c/%41+.txt", "other/ä")  # objects of others


def options():
    parser = argparse.ArgumentParser(prog="tests/cluster", description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder of convertd and convert-file")
    parser.add_argument("--kinds", help="only these kinds of fault, separated by commas")
    parser.add_argument("--each", type=int, help=f"faults of each kind ({EACH} if CONVERT_TEST_FULL is set)")
    parser.add_argument("--users", type=int, default=6)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CONVERT_TEST_SEED", "0")) or None)
    parser.add_argument("--folder", help="for all data and logs; kept (a temporary one)")
    parser.add_argument("--bad-starts", action="store_true", help="try them even if --kinds is given")
    parser.add_argument("--list", action="store_true", help="list the kinds of fault")
    return parser.parse_args()


def plan(args, choice):
    """The kinds of fault in the order in which they are injected."""
    kinds = args.kinds.split(",") if args.kinds else list(faults.KINDS)
    unknown = [kind for kind in kinds if kind not in faults.KINDS]
    if unknown:
        raise Failed(f"unknown kinds of fault: {', '.join(unknown)}; --list shows them")
    each = args.each or (EACH if os.environ.get("CONVERT_TEST_FULL") else None)
    if each is None and not args.kinds:
        kinds = choice.sample(kinds, SAMPLE)
    order = kinds * (each or 1)
    choice.shuffle(order)
    return order


class Suite:
    """One run."""

    def __init__(self, args, folder, choice):
        self.args = args
        self.random = choice
        programs = pathlib.Path(args.bin).resolve()
        self.cluster = Cluster(programs / "convertd", folder)
        self.media = Media(programs / "convert-file", folder)
        self.statistics = Statistics()
        self.ledger = Ledger()
        self.records = Records(self.cluster.database)
        self.complaints = []
        self.blocked = []  # per fault, the longest time that an Idempotency-Key was held

    def start(self):
        started = time.monotonic()
        self.cluster.start()
        client = self.cluster.object_store.client()
        for key in FOREIGN:
            client.put(BUCKET, key, b"not ours")
        address = self.cluster.balancer.address
        seed = self.args.seed
        self.users = Users(self.args.users, address, self.media, self.ledger, self.statistics, seed)
        observer = User(1000, address, self.media, self.ledger, self.statistics, self.users, seed)
        observer.sign_up()
        self.watcher = EventWatcher(observer, self.cluster)
        self.checks = Checks(self.cluster, self.records, self.users, self.watcher, self.ledger)
        self.learn(observer)
        self.users.start()
        self.watcher.start()
        self.checks.resume()
        print(f"The cluster runs after {time.monotonic() - started:.1f} s.", flush=True)

    def learn(self, observer):
        """The undisturbed results. The tasks of the first ones stay during the whole run."""
        for kind in KINDS:
            for mark in ("first", "second"):
                task = observer.submit(kind, mark.ljust(40))
                observer.follow(task)
                result = observer.client.get(f"/api/tasks/{task.id}/output").body
                self.media.learn(kind, result)
                observer.verify(task, kind)
                if mark == "second":
                    observer.delete(task)
        self.checks.kept = set(self.ledger.existing())
        # Objects of the deleted tasks vanish a moment later.
        time.sleep(1)
        self.checks.baseline = set(self.cluster.object_store.client().objects(BUCKET))
        expected = 2 * len(KINDS) + len(FOREIGN)
        if len(self.checks.baseline) != expected:
            raise Failed(f"the bucket holds {sorted(self.checks.baseline)} instead of {expected} objects")
        self.records.read_changes()
        problems = self.ledger.take_complaints()
        if problems:
            raise Failed(f"without any fault: {problems}")

    def inject(self, number, count, kind):
        started = time.monotonic()
        scene = faults.Scene(self.cluster, self.records, random.Random(self.random.random()))
        scene.pause(0.3, 1.5)
        complaints = []
        try:
            faults.KINDS[kind](scene)
        except Failed as failure:
            complaints.append(str(failure))
        finally:
            self.cluster.mend()
        complaints += self.checks.settle()
        complaints += self.checks.after(scene)
        requests, retries, slowest, blocked = self.statistics.take()
        self.blocked.append(blocked)
        self.checks.resume()
        worst = max(slowest.items(), key=lambda item: item[1], default=("none", 0))
        print(
            f"{number:3}/{count} {kind}: {'; '.join(scene.notes)}; {requests} requests, "
            f"retries {json.dumps(retries)}, slowest {worst[0]} {worst[1]:.1f} s, "
            f"longest 409 {blocked:.1f} s; "
            f"{time.monotonic() - started:.1f} s",
            flush=True,
        )
        for complaint in complaints:
            print(f"      COMPLAINT: {complaint}", flush=True)
        self.complaints += complaints

    def try_bad_starts(self):
        count, complaints = bad_starts.run_all(self.cluster)
        print(f"{count} starts with a mistake were tried.", flush=True)
        for complaint in complaints:
            print(f"      COMPLAINT: {complaint}", flush=True)
        self.complaints += complaints

    def run(self):
        order = plan(self.args, self.random)
        self.start()
        if self.args.bad_starts or not self.args.kinds:
            self.try_bad_starts()
        for number, kind in enumerate(order, 1):
            self.inject(number, len(order), kind)
        at_end = self.checks.settle() + self.checks.at_end() + self.ledger.take_complaints()
        for complaint in at_end:
            print(f"      COMPLAINT: {complaint}", flush=True)
        self.complaints += at_end
        self.users.stop()
        self.stop_in_order()
        print(self.summary(order))
        return 1 if self.complaints else 0

    def stop_in_order(self):
        for host in self.cluster.hosts:
            status = host.process.terminate(60)
            if status != 0:
                self.complaints.append(f"{host.name} ended with {status} at SIGTERM.")

    def summary(self, order):
        checks = self.checks

        def of(values):
            if not values:
                return "none measured"
            return f"median {statistics.median(values):.2f} s, slowest {max(values):.2f} s of {len(values)}"

        return (
            f"cluster: {len(order)} faults of {len(set(order))} kinds, {len(self.ledger.tasks)} tasks "
            f"acknowledged, {checks.repeated} runs repeated, {len(self.complaints)} complaints; "
            f"running again after the death of a host (lease {faults.LEASE:g} s): {of(checks.host_delays)}; "
            f"of a process: {of(checks.process_delays)}; "
            f"keys held by a lost attempt: {of([seconds for seconds in self.blocked if seconds])}; "
            f"from the end of a task to its event on another host: {of(checks.log_delays)}"
        )


def main():
    args = options()
    if args.list:
        print("\n".join(faults.KINDS))
        return 0
    namespaces.isolate()
    args.seed = args.seed or random.SystemRandom().randrange(1, 1 << 31)
    print(f"CONVERT_TEST_SEED={args.seed}", flush=True)
    folder = args.folder or tempfile.mkdtemp(prefix="convert-cluster-", dir="/var/tmp")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)  # PostgreSQL runs as another user
    try:
        status = Suite(args, folder, random.Random(args.seed)).run()
    except Exception:
        print(f"The logs are in {folder}.", file=sys.stderr, flush=True)
        raise
    if status == 0 and not args.folder:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"The logs are in {folder}.")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        print(f"SKIPPED: {missing}")
        sys.exit(SKIPPED)
    except Failed as failure:
        sys.exit(f"tests/cluster: {failure}")
