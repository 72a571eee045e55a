#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests of one run of CTest.

usage: count_results.py CTEST_JUNIT RESULTS_FOLDER FAILURES_FILE

A CTest test with a file RESULTS_FOLDER/NAME.xml is a shard of a GoogleTest program: the tests in that file
are counted instead of the shard. Any other CTest test counts as one. Prints "PASSED FAILED SKIPPED", appends
the failures to FAILURES_FILE, each with the end of its output.
"""
import os
import sys
import xml.etree.ElementTree as ElementTree

MAX_LINES = 60  # of the output of a failed test: its end


def outcomes(ctest_junit, folder):
    """Yields (name, status, output) of each test; the status is passed, failed or skipped."""
    for test in ElementTree.parse(ctest_junit).getroot().iter("testcase"):
        name = test.get("name")
        status = {"run": "passed", "fail": "failed"}.get(test.get("status"), "skipped")
        output = test.findtext("system-out") or ""
        report = os.path.join(folder, name + ".xml")
        if not os.path.exists(report):
            yield name, status, output
            continue
        any_failed = False
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            failure = case.find("failure")
            any_failed = any_failed or failure is not None
            if failure is not None:
                yield f"{case.get('classname')}.{case.get('name')}", "failed", failure.text or ""
            else:
                yield case.get("name"), "passed" if case.find("skipped") is None else "skipped", ""
        if status == "failed" and not any_failed:
            yield name, "failed", output


def main():
    ctest_junit, folder, failures_file = sys.argv[1:]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with open(failures_file, "a", encoding="utf-8") as failures:
        for name, status, output in outcomes(ctest_junit, folder):
            counts[status] += 1
            if status == "failed":
                failures.write(f"---- {name}\n" + "\n".join(output.splitlines()[-MAX_LINES:]) + "\n")
    print(counts["passed"], counts["failed"], counts["skipped"])


if __name__ == "__main__":
    main()
