# SPDX-License-Identifier: MIT
"""convertd under load, on the loopback: event streams and many users at once, then many uploads at once."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading

from service import Convertd, pss_kib
from sides import Failed, Place


def options():
    parser = argparse.ArgumentParser(
        prog="bench/load", description="Puts convertd under load, on the loopback."
    )
    parser.add_argument(
        "--users",
        type=int,
        default=750,
        help="at once: log in, upload 3 MB of MP3, list, wait for the WAV, download it (750)",
    )
    parser.add_argument("--uploads", type=int, default=160, help="at once, of 3 MB, of one account (160)")
    parser.add_argument("--event-streams", type=int, default=2000, help="open event streams meanwhile (2000)")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    parser.add_argument("--build", metavar="FOLDER", help="the build folder (build/release)")
    return parser.parse_args()


class Memory(threading.Thread):
    """Samples the memory of a server and its workers every second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.peak = {"in all": 0, "convertd": 0}
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(1):
            self.sample()

    def sample(self):
        for name, processes in (("in all", self.server.processes()), ("convertd", [self.server.process.pid])):
            self.peak[name] = max(self.peak[name], pss_kib(processes))


class EventStreams:
    """Event streams of bench_load. They stay open until `figures` is called."""

    def __init__(self, place, port, count):
        self.process = subprocess.Popen(
            [place.program("bench_load"), "listeners", str(port), str(count), place.file("second.mp3")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline().strip() != "listening":
            raise Failed("the event streams could not be opened")

    def figures(self):
        output, _ = self.process.communicate(timeout=120)
        return json.loads(output)


def client(place, mode, port, *words):
    done = subprocess.run(
        [place.program("bench_load"), mode, str(port), *(str(word) for word in words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
        timeout=2400,
    )
    if not done.stdout:
        raise Failed(f"bench_load {mode} ended with {done.returncode}")
    return json.loads(done.stdout)


def show(title, figures):
    print(f"\n{title}")
    print(f"{'':12}{'count':>8}{'p50':>12}{'p95':>12}{'p99':>12}{'most':>12}")
    for name, step in figures["steps"].items():
        times = "".join(f"{step[part]:>10.3f} s" for part in ("p50", "p95", "p99", "most"))
        print(f"{name:12}{step['count']:>8}{times}")
    if "files_a_minute" in figures:
        print(f"{figures['files_a_minute']:.0f} files a minute, {figures['seconds']:.1f} s in all")
    print(f"{figures['retries']} refused with Retry-After and tried again")
    for text, count in figures["errors"].items():
        print(f"ERROR, {count} times: {text}")
    sys.stdout.flush()


def run(args, place, results):
    # One account makes all uploads, so the number of its active tasks is not limited.
    server = Convertd(place, "--max-active-tasks", "0")
    memory = Memory(server)
    try:
        memory.start()
        streams = EventStreams(place, server.port, args.event_streams)
        results["users"] = client(place, "users", server.port, args.users, place.file("song.mp3"))
        show(f"{args.users} users at once, with {args.event_streams} event streams", results["users"])
        results["uploads"] = client(place, "uploads", server.port, args.uploads, place.file("song.mp3"))
        show(f"{args.uploads} uploads at once, with {args.event_streams} event streams", results["uploads"])
        results["listeners"] = streams.figures()
        show(
            f"{args.event_streams} event streams; {results['listeners']['listening']:.0f} open until the end",
            results["listeners"],
        )
        memory.ended.set()
        results["memory"] = memory.peak
        print(
            f"\nPeak memory (PSS): convertd {memory.peak['convertd'] / 1024:.0f} MiB, with its workers "
            f"{memory.peak['in all'] / 1024:.0f} MiB"
        )
    finally:
        server.close()


def main():
    args = options()
    root = pathlib.Path(__file__).resolve().parents[2]
    place = Place(build=pathlib.Path(args.build or root / "build/release"), media=root / "build/bench-media")
    results = {"load": os.getloadavg()[0]}
    run(args, place, results)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(results, indent=1) + "\n")
    return 1 if any(results[name]["errors"] for name in ("users", "uploads", "listeners")) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"bench/load: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
