# SPDX-License-Identifier: MIT
"""convertd under load, on this machine alone: listeners, beside them many users at once, then many uploads at once."""
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
    parser = argparse.ArgumentParser(prog="bench/load", description="Puts convertd under load, on the loopback.")
    parser.add_argument("--users", type=int, default=750, help="at once: log in, upload 3 MB of MP3, list, wait for the WAV, download it (750)")
    parser.add_argument("--uploads", type=int, default=160, help="at once, of 3 MB, of one account (160)")
    parser.add_argument("--listeners", type=int, default=2000, help="event streams beside them (2000)")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    parser.add_argument("--build", metavar="FOLDER", help="where the programs were built (build/release)")
    return parser.parse_args()


class Memory(threading.Thread):
    """Looks each second at the memory of a server and its workers."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.most = {"in all": 0, "convertd": 0}
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(1):
            self.look()

    def look(self):
        for name, processes in (("in all", self.server.processes()), ("convertd", [self.server.process.pid])):
            self.most[name] = max(self.most[name], pss_kib(processes))


class Listeners:
    """bench_load listeners, there until it is asked for its figures."""

    def __init__(self, place, port, count):
        self.process = subprocess.Popen([place.program("bench_load"), "listeners", str(port), str(count), place.file("second.mp3")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "listening":
            raise Failed("the listeners did not come to listen")

    def figures(self):
        said, _ = self.process.communicate(timeout=120)
        return json.loads(said)


def client(place, mode, port, *words):
    done = subprocess.run([place.program("bench_load"), mode, str(port), *(str(word) for word in words)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, text=True, timeout=2400)
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
    # One account uploads them all, so that what it may have at once has no limit.
    server = Convertd(place, "--quota-at-once", "0")
    memory = Memory(server)
    try:
        memory.start()
        listeners = Listeners(place, server.port, args.listeners)
        results["users"] = client(place, "users", server.port, args.users, place.file("song.mp3"))
        show(f"{args.users} users at once, beside {args.listeners} listeners", results["users"])
        results["uploads"] = client(place, "uploads", server.port, args.uploads, place.file("song.mp3"))
        show(f"{args.uploads} uploads at once, beside {args.listeners} listeners", results["uploads"])
        results["listeners"] = listeners.figures()
        show(f"{args.listeners} listeners; {results['listeners']['listening']:.0f} were there to the end", results["listeners"])
        memory.ended.set()
        results["memory"] = memory.most
        print(f"\nMost memory (PSS): convertd {memory.most['convertd'] / 1024:.0f} MiB, with its workers "
              f"{memory.most['in all'] / 1024:.0f} MiB")
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
