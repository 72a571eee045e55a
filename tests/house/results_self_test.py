#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that run_gtest.py and count_results.py count each test, also when one crashes or hangs.

usage: results_self_test.py SUPPORT_FOLDER PROGRAM

PROGRAM is built from outcomes.cpp.
"""
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

SUPPORT, PROGRAM = sys.argv[1:3]
EXPECTED = {"Passes": "passed", "Crashes": "failed", "Fails": "failed", "TakesTooLong": "failed",
            "IsSkipped": "skipped", "PassesAfterACrash": "passed"}


def run(script, *arguments):
    return subprocess.run([sys.executable, os.path.join(SUPPORT, script), *arguments], capture_output=True,
                          text=True, check=False)


def run_shard(results, shard, *options):
    return run("run_gtest.py", *options, "--timeout", "2", "--shard", shard, "--results", results, PROGRAM)


def outcomes(results):
    """The outcome of each test in a report."""
    found = {}
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        failed, skipped = case.find("failure") is not None, case.find("skipped") is not None
        found[case.get("name")] = "failed" if failed else "skipped" if skipped else "passed"
    return found


class Results(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_reports_each_test_though_one_crashes_and_one_hangs(self):
        done = run_shard(self.path("r.xml"), "1/1")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(outcomes(self.path("r.xml")), EXPECTED)
        self.assertIn("the reason", done.stdout)
        self.assertIn("longer than 2", done.stdout)

    def test_reports_the_same_with_a_process_for_each_test(self):
        self.assertNotEqual(run_shard(self.path("r.xml"), "1/1", "--isolated").returncode, 0)
        self.assertEqual(outcomes(self.path("r.xml")), EXPECTED)

    def test_shards_hold_each_test_once(self):
        names = []
        for shard in ("1/3", "2/3", "3/3"):
            run_shard(self.path("r.xml"), shard)
            names += outcomes(self.path("r.xml"))
        self.assertEqual(sorted(names), sorted(EXPECTED))

    def test_counts_the_tests_of_a_shard_instead_of_the_shard(self):
        run_shard(self.path("shard.xml"), "1/1")
        with open(self.path("ctest.xml"), "w", encoding="utf-8") as report:
            report.write('<testsuite><testcase name="shard" status="fail"/>'
                         '<testcase name="other" status="run"/></testsuite>')
        counted = run("count_results.py", self.path("ctest.xml"), self.folder, self.path("failures"))
        self.assertEqual(counted.stdout.split(), ["3", "3", "1"])
        with open(self.path("failures"), encoding="utf-8") as failures:
            self.assertIn("Outcome.Crashes", failures.read())

    def test_counts_a_failed_shard_without_failed_tests(self):
        run_shard(self.path("shard.xml"), "1/6")  # the test that passes
        with open(self.path("ctest.xml"), "w", encoding="utf-8") as report:
            report.write('<testsuite><testcase name="shard" status="fail"/></testsuite>')
        counted = run("count_results.py", self.path("ctest.xml"), self.folder, self.path("failures"))
        self.assertEqual(counted.stdout.split(), ["1", "1", "0"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
