# SPDX-License-Identifier: MIT
"""Runs the rows of the comparison and prints the table."""

import argparse
import json
import os
import pathlib
import re
import sys

import database_growth
import database_rows
import host_costs
import jobs
import long_file
import object_store_rows
import rows
import service_rows
import table
from limits import Limit
from run import run_row
from sides import Failed, Missing, Place


def options():
    parser = argparse.ArgumentParser(
        prog="bench/compare",
        description="Compares libconvert with ffmpeg, ffprobe, zip, tar, 7z and pydub on the same files, "
        "with BullMQ, pg-boss and graphile-worker on jobs, and convertd with a Flask service and nginx.",
    )
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help="only rows of these kinds: warm, cold, jobs, service, hosts"
    )
    parser.add_argument(
        "--runs", type=int, default=7, help="alternating runs of each side (7); medians count"
    )
    parser.add_argument(
        "--quick", action="store_true", help="three runs, without the slow rows"
    )
    parser.add_argument(
        "--only", metavar="PATTERN", help="only rows whose kind, name or peer matches"
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures, including each run")
    parser.add_argument(
        "--long",
        action="store_true",
        help="also eight hours of WAV to MP3 (0.3 GB), and a million jobs on PostgreSQL (15 minutes)",
    )
    parser.add_argument("--list", action="store_true", help="list the rows, run none")
    parser.add_argument("--build", metavar="FOLDER", help="the build folder (build/release)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a row misses its target")
    return parser.parse_args()


def chosen(all_rows, args):
    pattern = re.compile(args.only or "")
    return [
        row
        for row in all_rows
        if not args.kinds or row.kind in args.kinds
        if pattern.search(f"{row.kind} {row.name} {row.peer}") and not (args.quick and row.slow)
    ]


def main():
    args = options()
    root = pathlib.Path(__file__).resolve().parents[2]
    place = Place(build=pathlib.Path(args.build or root / "build/release"), media=root / "build/bench-media")
    every_row = [
        *rows.warm_rows(place),
        *rows.cold_rows(place),
        *rows.archive_rows(place),
        *jobs.job_rows(place),
        *jobs.sandbox_rows(place),
        *service_rows.service_rows(place),
        *database_rows.database_rows(place),
        *host_costs.cost_rows(place),
        *object_store_rows.object_store_rows(place),
    ]
    selection = chosen(every_row, args)
    if args.list:
        for row in selection:
            print(f"{row.kind:7} {row.name} | {row.peer}")
        return 0
    runs = min(args.runs, 3) if args.quick else args.runs
    print(table.heading(runs), flush=True)
    results = []
    kind = None
    for row in selection:
        if row.kind != kind:
            kind = row.kind
            print(table.section(kind), flush=True)
        try:
            results.append(run_row(row, runs))
        except Missing as missing:
            print(table.skipped_line(row, missing), flush=True)
            continue
        print(
            table.limit_line(results[-1]) if isinstance(row, Limit) else table.line(results[-1]), flush=True
        )
    if args.long:
        print(table.section("long"), flush=True)
        results.append(long_file.run(place))
        print(table.long_line(results[-1]), flush=True)
        results.append(database_growth.growth(place).result())
        print(table.limit_line(results[-1]), flush=True)
    print(table.summary(results))
    if args.json:
        pathlib.Path(args.json).write_text(
            json.dumps({"load": os.getloadavg()[0], "runs": runs, "rows": results}, indent=1) + "\n"
        )
    return 1 if args.strict and not all(result["met"] for result in results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"bench/compare: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
