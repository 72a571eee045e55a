# SPDX-License-Identifier: MIT
"""Eight hours of WAV to MP3: peak memory, and whether all of it was converted."""

import os
import struct
import subprocess

from sides import Failed, Process

HOURS = 8
RATE = 44100
FRAME = 4  # two channels of 16 bit
EVERY = 600 * RATE * FRAME  # ten seconds of music every ten minutes, the rest silence: a sparse file
LIMIT_KIB = 64 * 1024
HEADER = 80


def make(path, music):
    """RF64, because it has more than 4 GiB: its sizes are in a ds64 chunk (EBU Tech 3306)."""
    size = HOURS * 3600 * RATE * FRAME
    with open(music, "rb") as file:
        file.seek(100 * RATE * FRAME)
        piece = file.read(10 * RATE * FRAME)
    with open(path, "wb") as file:
        file.write(b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE")
        file.write(b"ds64" + struct.pack("<IQQQI", 28, HEADER - 8 + size, size, size // FRAME, 0))
        file.write(b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * FRAME, FRAME, 16))
        file.write(b"data" + struct.pack("<I", 0xFFFFFFFF))
        assert file.tell() == HEADER
        for begin in range(0, size, EVERY):
            file.seek(HEADER + begin)
            file.write(piece)
        file.truncate(HEADER + size)


def duration(path):
    answer = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(answer.stdout)


def run(place):
    source, target = place.out("long.wav"), place.out("long.mp3")
    try:
        make(source, place.file("song.wav"))
        sample = Process(
            place, [place.program("convert-file"), "--quiet", source, target, "bitrate=64k"], output=target
        ).run()
        seconds = duration(target)
    finally:
        for path in (source, target):
            if os.path.exists(path):
                os.remove(path)
    if abs(seconds - HOURS * 3600) > 0.06:
        raise Failed(f"of {HOURS} hours of WAV, {seconds:.3f} seconds arrived in the MP3")
    small = sample.peak_kib <= LIMIT_KIB
    return {
        "kind": "long",
        "name": f"{HOURS} h WAV to MP3",
        "peer": "64 MiB",
        "our_seconds": sample.seconds,
        "our_peak_kib": sample.peak_kib,
        "their_peak_kib": LIMIT_KIB,
        "memory_counts": True,
        "target": None,
        "hours": seconds / 3600,
        "fast": True,
        "small": small,
        "met": small,
    }
