# SPDX-License-Identifier: MIT
"""Converts to WAV with pydub: the arguments INPUT OUTPUT, or each line INPUT<tab>OUTPUT of stdin. It
answers each line with "ok SECONDS PEAK_KIB"."""

import resource
import sys
import time

from pydub import AudioSegment


def convert(source, target):
    AudioSegment.from_file(source, format="mp3").export(target, format="wav").close()


def peak_kib():
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def serve():
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        begin = time.perf_counter()
        convert(source, target)
        print("ok", time.perf_counter() - begin, peak_kib(), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        convert(*sys.argv[1:])
    else:
        serve()
