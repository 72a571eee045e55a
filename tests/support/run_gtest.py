#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one shard of a GoogleTest program and writes the result of each test.

usage: run_gtest.py [--isolated] --timeout SECONDS --shard I/N --results FILE PROGRAM

A shard is every N-th test of the program, starting with the I-th (counted from 1). Its tests share a process;
with --isolated, each runs in its own process. A test that crashes or takes more than SECONDS fails, and the
others of the shard continue in a new process. FILE is JUnit XML with a <testcase> for each test of the shard.
The output of failed tests is printed. The exit status is 0 only if every test passed or was skipped.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

EVENT = re.compile(r"\[( RUN      |       OK |  FAILED  |  SKIPPED )\] ([^\s,]+)")
MAX_OUTPUT = 60_000  # characters of a failed test that are kept: its end


class Case:
    """One test: its status is passed, failed, skipped or, before it has run, None."""

    def __init__(self, name):
        self.name = name
        self.status = None
        self.seconds = 0.0
        self.output = ""


def tests_of(program):
    """The names of a program's tests, without disabled ones."""
    listed = subprocess.run([program, "--gtest_list_tests"], check=True, capture_output=True, text=True)
    names, suite = [], ""
    for line in listed.stdout.splitlines():
        text = line.split("#", 1)[0].rstrip()
        if not text.startswith(" "):
            suite = text if text.endswith(".") else ""
        elif suite and not re.search(r"(^|[./])DISABLED_", suite + text.strip()):
            names.append(suite + text.strip())
    return names


def kill(process):
    """Kills a process and its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Run:
    """One process that runs some tests. Its output shows which test is running."""

    def __init__(self, program, cases, timeout):
        self.cases = {case.name: case for case in cases}
        self.current = None
        self.started = time.monotonic()
        self.timed_out = False
        self.rest = []  # output outside of any test
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.xml")
            names = os.path.join(folder, "flags")
            with open(names, "w", encoding="utf-8") as flags:
                flags.write("--gtest_filter=" + ":".join(self.cases) + "\n")
            command = [program, f"--gtest_flagfile={names}", f"--gtest_output=xml:{report}",
                       "--gtest_color=no"]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            watchdog = threading.Thread(target=self.watch, args=(process, timeout), daemon=True)
            watchdog.start()
            for line in process.stdout:
                self.read(line.decode("utf-8", "replace"))
            self.status = process.wait()
            self.report = ElementTree.parse(report).getroot() if os.path.exists(report) else None
        self.finish(timeout)

    def watch(self, process, timeout):
        while process.poll() is None:
            if time.monotonic() - self.started > timeout:
                self.timed_out = True
                kill(process)
                return
            time.sleep(0.2)

    def read(self, line):
        event = EVENT.search(line)
        case = self.cases.get(event.group(2)) if event else None
        if case is None:
            self.keep(line)
            return
        self.keep(line[: event.start()])
        kind = event.group(1).strip()
        now = time.monotonic()
        if kind == "RUN":
            self.current = case
            self.started = now
        elif case is self.current:
            case.status = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}[kind]
            case.seconds = now - self.started
            self.current = None
            self.started = now

    def keep(self, text):
        if self.current is not None:
            self.current.output = (self.current.output + text)[-MAX_OUTPUT:]
        else:
            self.rest = (self.rest + [text])[-200:]

    def finish(self, timeout):
        """Reads the results from the program's own report. Without one, the running test failed."""
        if self.report is not None:
            for element in self.report.iter("testcase"):
                case = self.cases.get(f"{element.get('classname')}.{element.get('name')}")
                if case is None or element.get("status") == "notrun":
                    continue
                case.seconds = float(element.get("time", "0"))
                if element.find("failure") is not None:
                    case.status = "failed"
                elif element.get("result") == "skipped":
                    case.status = "skipped"
                else:
                    case.status = "passed"
            return
        if self.current is not None:
            self.current.status = "failed"
            if self.timed_out:
                self.current.output += f"The test took longer than {timeout} s.\n"
            else:
                self.current.output += f"The test ended its process with status {self.status}.\n"

    def failed_outside(self):
        """Whether the process failed although no test did, for instance because of a leak at its end."""
        return self.status != 0 and not any(case.status == "failed" for case in self.cases.values())


def run_all(program, cases, timeout, isolated):
    """Runs all cases. Returns failures outside of tests, as texts."""
    stray = []
    waiting = list(cases)
    while waiting:
        run = Run(program, waiting[:1] if isolated else waiting, timeout)
        if run.failed_outside():
            output = "".join(run.rest)[-MAX_OUTPUT:]
            stray.append(f"{output}{os.path.basename(program)}: exit status {run.status}\n")
        left = [case for case in waiting if case.status is None]
        if len(left) == len(waiting):  # no test has run, and none would in another process
            for case in left[: 1 if isolated else None]:
                case.status = "failed"
                case.output = f"The process ended with status {run.status} before this test.\n"
            left = [case for case in left if case.status is None]
        waiting = left
    return stray


def write_report(path, program, cases, stray):
    suite = ElementTree.Element("testsuite", name=program)
    for case in cases:
        suite_name, _, name = case.name.partition(".")
        element = ElementTree.SubElement(suite, "testcase", classname=f"{program}.{suite_name}", name=name,
                                         time=f"{case.seconds:.3f}")
        if case.status == "skipped":
            ElementTree.SubElement(element, "skipped")
        elif case.status != "passed":
            ElementTree.SubElement(element, "failure").text = printable(case.output)
    for text in stray:
        element = ElementTree.SubElement(suite, "testcase", classname=program, name="(outside of its tests)")
        ElementTree.SubElement(element, "failure").text = printable(text)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def printable(text):
    """Replaces characters that XML cannot contain."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "?", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--shard", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("program")
    arguments = parser.parse_args()
    index, count = (int(part) for part in arguments.shard.split("/"))

    if os.path.exists(arguments.results):
        os.remove(arguments.results)
    cases = [Case(name) for name in tests_of(arguments.program)[index - 1 :: count]]
    stray = run_all(arguments.program, cases, arguments.timeout, arguments.isolated)
    write_report(arguments.results, os.path.basename(arguments.program), cases, stray)

    for case in cases:
        if case.status == "failed":
            print(f"==== {case.name}\n{case.output}")
    for text in stray:
        print(f"==== outside of its tests\n{text}")
    counts = [sum(case.status == status for case in cases) for status in ("passed", "failed", "skipped")]
    print("{} passed, {} failed, {} skipped".format(counts[0], counts[1] + len(stray), counts[2]))
    return 1 if counts[1] or stray else 0


if __name__ == "__main__":
    sys.exit(main())
