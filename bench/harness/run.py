# SPDX-License-Identifier: MIT
"""Runs one row: both sides alternate, so that other load on the machine affects both equally."""

import statistics

from limits import Limit


def run_row(row, runs):
    if isinstance(row, Limit):
        return row.result()
    runs = min(runs, row.max_runs)
    try:
        row.ours.run()  # warms the page cache, and loads the library in processes that stay
        row.theirs.run()
        ours, theirs, memory = [], [], []
        for _ in range(runs):
            ours.append(row.ours.run())
            theirs.append(row.theirs.run())
        if row.theirs_one_thread:
            memory = [row.theirs_one_thread.run() for _ in range(min(runs, 3))]
    finally:
        for side in (row.ours, row.theirs, row.theirs_one_thread):
            if side:
                side.close()
    return result_of(row, ours, theirs, memory or theirs)


def result_of(row, ours, theirs, memory):
    our_time = statistics.median(sample.seconds for sample in ours)
    their_time = statistics.median(sample.seconds for sample in theirs)
    our_peak = max((sample.peak_kib for sample in ours if sample.peak_kib), default=None)
    their_peak = min((sample.peak_kib for sample in memory if sample.peak_kib), default=None)
    ratio = their_time / our_time
    fast = row.target is None or ratio >= row.target
    small = not row.memory_counts or our_peak <= their_peak
    return {
        "kind": row.kind,
        "name": row.name,
        "peer": row.peer,
        "jobs": row.jobs,
        "our_seconds": our_time,
        "their_seconds": their_time,
        "ratio": ratio,
        "target": row.target,
        "our_peak_kib": our_peak,
        "their_peak_kib": their_peak,
        "memory_counts": row.memory_counts,
        "fast": fast,
        "small": small,
        "met": fast and small,
        "our_runs": [sample.seconds for sample in ours],
        "their_runs": [sample.seconds for sample in theirs],
    }
