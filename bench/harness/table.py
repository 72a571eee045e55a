# SPDX-License-Identifier: MIT
"""The lines of the table."""

KINDS = {
    "warm": "WARM: the library inside a running process, against one process of the peer per file",
    "cold": "COLD: convert-file as a process, against the peer as a process",
    "jobs": "JOBS: an Engine inside a running process, against other job queues and against processes",
    "service": "SERVICE: convertd over HTTP, against an older kind of service, our engine alone, and nginx",
    "hosts": "HOSTS: an Engine on PostgreSQL and S3, against other job queues there, and rclone",
    "long": "LONG: peak memory for eight hours of audio",
}


def heading(runs):
    return (
        f"Medians of {runs} alternating runs after one to warm up. Ratio: the peer's time divided by ours.\n"
        f"Peak memory: the maximum of our runs, the minimum of the peer's (ffmpeg's with -threads 1)."
    )


def section(kind):
    columns = f"{'':35}{'peer':30}{'ours':>10}{'peer':>10}{'ratio':>8}{'target':>8}" f"{'ours':>9}{'peer':>9}"
    return f"\n{KINDS[kind]}\n{columns}"


def line(result):
    target = "" if result["target"] is None else f"{result['target']:.2f}".rstrip("0").rstrip(".")
    return (
        f"{result['name']:35}{result['peer']:30}{pace(result, 'our_seconds'):>10}"
        f"{pace(result, 'their_seconds'):>10}{result['ratio']:>8.2f}{target:>8}"
        f"{memory(result['our_peak_kib']):>9}{memory(result['their_peak_kib']):>9}  {status_text(result)}"
    )


def limit_line(result):
    show = UNITS[result["unit"]]
    limit = "" if result["limit"] is None else f"at most {show(result['limit'])}"
    figures = f"{show(result['value']):>10}{limit:>26}{'':18}"
    return f"{result['name']:35}{result['peer']:30}{figures}  {status_text(result)}"


def skipped_line(row, reason):
    return f"{row.name:35}{row.peer:30}skipped: {reason}"


def long_line(result):
    return (
        f"{result['name']:35}{time(result['our_seconds'])}, peak {memory(result['our_peak_kib'])} of at most "
        f"{memory(result['their_peak_kib'])}, {result['hours']:.4f} h  {status_text(result)}"
    )


def status_text(result):
    if result["met"]:
        return "met" if result["target"] is not None or result["memory_counts"] else ""
    short = [name for name, good in (("time", result["fast"]), ("memory", result["small"])) if not good]
    return "SHORT: " + " and ".join(short)


def pace(result, side):
    """The time, or jobs per second."""
    return f"{result['jobs'] / result[side]:.0f}/s" if result["jobs"] else time(result[side])


def time(seconds):
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    if seconds < 1:
        return f"{seconds * 1e3:.{2 if seconds < 0.01 else 1}f} ms"
    return f"{seconds:.2f} s"


def memory(kib):
    if kib is None:
        return ""
    return f"{kib / 1024:.1f} M"


def count(number):
    return f"{number:.1f}"


def size(number):
    return f"{number:.0f} B" if number < 10_000 else f"{number / 1024:.1f} K"


UNITS = {"time": time, "memory": memory, "count": count, "bytes": size}


def summary(results):
    counted = [result for result in results if result["target"] is not None or result["memory_counts"]]
    short = [result for result in counted if not result["met"]]
    text = f"\n{len(counted) - len(short)} of {len(counted)} rows with a target met it."
    return text + "".join(f"\n  short: {row['kind']} {row['name']} | {row['peer']}" for row in short)
