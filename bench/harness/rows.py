# SPDX-License-Identifier: MIT
"""The rows of the table: a job, the programs of both sides, and the target ratio."""

import dataclasses
import os
import typing

from sides import Process, Resident

PROBED = {
    "wav": "song.wav",
    "mp3": "song.mp3",
    "m4a": "song.m4a",
    "flac": "song.flac",
    "ogg": "song.ogg",
    "mp4": "clip.mp4",
}

# Output formats: extension, our options, ffmpeg's options.
FORMATS = [
    ("mp3", ["bitrate=128k"], ["-c:a", "libmp3lame", "-b:a", "128k"]),
    ("aac", ["bitrate=128k"], ["-c:a", "aac", "-b:a", "128k"]),
    ("m4a", ["bitrate=128k"], ["-c:a", "aac", "-b:a", "128k"]),
    ("ogg", ["bitrate=128k"], ["-c:a", "libvorbis", "-b:a", "128k"]),
    ("opus", ["bitrate=96k"], ["-c:a", "libopus", "-b:a", "96k"]),
    ("flac", ["level=5"], ["-c:a", "flac", "-compression_level", "5"]),
    ("wav", ["sample_format=s24"], ["-c:a", "pcm_s24le"]),
    ("aiff", [], ["-c:a", "pcm_s16be"]),
    ("wma", ["bitrate=128k"], ["-c:a", "wmav2", "-b:a", "128k"]),
    ("ac3", ["bitrate=192k"], ["-c:a", "ac3", "-b:a", "192k"]),
    ("mka", ["codec=opus", "bitrate=96k"], ["-c:a", "libopus", "-b:a", "96k"]),
]

START = 1 / 0.55  # "starts in at most 0.55 of its time", as a ratio


@dataclasses.dataclass
class Row:
    kind: str  # "warm", "cold", "jobs" or "service"
    name: str
    peer: str
    ours: typing.Any
    theirs: typing.Any
    target: typing.Optional[float] = None  # their time divided by ours; None: no target
    theirs_one_thread: typing.Any = None  # the same with threads=1, for its memory
    memory_counts: bool = False
    slow: bool = False
    jobs: typing.Optional[int] = None  # per run; shown as jobs a second
    max_runs: int = 1000  # of each side, even if more were requested


def ffmpeg(place, source, target, settings, threads=None):
    limit = ["-threads", str(threads)] if threads else []
    return Process(
        place,
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *limit, "-i", source, *settings, *limit, target],
        output=target,
    )


def warm_rows(place):
    driver = place.program("bench_driver")

    def conversion(source, target, words, threads=0):
        output = place.out(target)
        return Resident([driver], ["convert", str(threads), place.file(source), output, *words], output)

    for kind, name in PROBED.items():
        peer = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", place.file(name)]
        yield Row(
            "warm",
            f"probe {kind}",
            "ffprobe",
            Resident([driver], ["probe", place.file(name)]),
            Process(place, peer),
            20,
        )
    yield Row(
        "warm",
        "1 s WAV to MP3",
        "ffmpeg",
        conversion("second.wav", "w1.mp3", ["bitrate=128k"]),
        ffmpeg(place, place.file("second.wav"), place.out("f1.mp3"), ["-c:a", "libmp3lame", "-b:a", "128k"]),
        5,
    )
    yield Row(
        "warm",
        "1 s WAV to FLAC",
        "ffmpeg",
        conversion("second.wav", "w1.flac", ["level=5"]),
        ffmpeg(
            place, place.file("second.wav"), place.out("f1.flac"), ["-c:a", "flac", "-compression_level", "5"]
        ),
        12,
    )
    yield Row(
        "warm",
        "3 min MP3 to WAV",
        "ffmpeg",
        conversion("song.mp3", "w3.wav", []),
        ffmpeg(place, place.file("song.mp3"), place.out("f3.wav"), ["-c:a", "pcm_s16le"]),
        1.6,
    )
    yield Row(
        "warm",
        "3 min MP3 to WAV, 1 thread",
        "ffmpeg -threads 1",
        conversion("song.mp3", "w3.wav", [], 1),
        ffmpeg(place, place.file("song.mp3"), place.out("f3.wav"), ["-c:a", "pcm_s16le"], threads=1),
    )
    yield from pydub_rows(place, conversion)
    yield Row(
        "warm",
        "AAC out of MP4",
        "ffmpeg",
        conversion("clip.mp4", "w4.m4a", ["codec=copy"]),
        ffmpeg(place, place.file("clip.mp4"), place.out("f4.m4a"), ["-vn", "-c:a", "copy"]),
        5,
    )


def pydub_rows(place, conversion):
    worker = os.path.join(os.path.dirname(__file__), "pydub_worker.py")
    python = "/usr/bin/python3"  # Debian's, which has python3-pydub
    files = [place.file("song.mp3"), place.out("p3.wav")]
    for threads, name, target in ((0, "3 min MP3 to WAV", 4), (1, "3 min MP3 to WAV, 1 thread", None)):
        ours = conversion("song.mp3", "w3.wav", [], threads)
        yield Row(
            "warm",
            name,
            "pydub, process per file",
            ours,
            Process(place, [python, worker, *files], output=files[1]),
            target,
        )
        yield Row(
            "warm", name, "pydub, in a running Python", ours, Resident([python, worker], files, files[1])
        )


def cold_rows(place):
    program = place.program("convert-file")

    def convert(source, target, words):
        return Process(place, [program, "--quiet", source, target, *words], output=target)

    def conversion(name, source, output, words, settings, **more):
        source, ours, theirs = place.file(source), place.out("c" + output), place.out("d" + output)
        return Row(
            "cold",
            name,
            "ffmpeg",
            convert(source, ours, words),
            ffmpeg(place, source, theirs, settings),
            theirs_one_thread=ffmpeg(place, source, theirs, settings, threads=1),
            memory_counts=True,
            **{"target": 1, **more},
        )

    yield Row(
        "cold",
        "start: --version",
        "ffmpeg -version",
        Process(place, [program, "--version"]),
        Process(place, ["ffmpeg", "-version"]),
        START,
        memory_counts=True,
    )
    yield conversion(
        "start: 50 ms WAV to FLAC",
        "blink.wav",
        "0.flac",
        ["level=5"],
        ["-c:a", "flac", "-compression_level", "5"],
        target=START,
    )
    yield conversion(
        "start: 50 ms WAV to MP3",
        "blink.wav",
        "0.mp3",
        ["bitrate=128k"],
        ["-c:a", "libmp3lame", "-b:a", "128k"],
        target=START,
    )
    yield Row(
        "cold",
        "probe mp3",
        "ffprobe",
        Process(place, [program, "--probe", "--json", place.file("song.mp3")]),
        Process(
            place,
            [
                "ffprobe",
                "-v",
                "error",
                "-show_format",
                "-show_streams",
                "-of",
                "json",
                place.file("song.mp3"),
            ],
        ),
        1,
        memory_counts=True,
    )
    yield conversion("AAC out of MP4", "clip.mp4", "4.m4a", ["codec=copy"], ["-vn", "-c:a", "copy"])
    yield conversion("3 min MP3 to WAV", "song.mp3", "3.wav", [], ["-c:a", "pcm_s16le"])
    for extension, words, settings in FORMATS:
        note = {"wav": "WAV, 24 bit", "mka": "MKA (Opus)"}.get(extension, extension.upper())
        yield conversion(f"3 min WAV to {note}", "song.wav", f"3.{extension}", words, settings, slow=True)
    yield conversion(
        "3 min WAV to M4A (ALAC)", "song.wav", "alac.m4a", ["codec=alac"], ["-c:a", "alac"], slow=True
    )


def archive_rows(place):
    program = place.program("convert-file")
    folder = place.file("files")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def row(name, peer, extension, level, command, target=1, slow=False):
        ours, theirs = place.out("a." + extension), place.out("b." + extension)
        return Row(
            "cold",
            name,
            peer,
            Process(place, [program, "--quiet", *names, ours, f"level={level}"], cwd=folder, output=ours),
            Process(place, [*command, theirs, *names], cwd=folder, output=theirs),
            target,
            slow=slow,
        )

    yield row("files to zip, level 6", "zip -6", "zip", 6, ["zip", "-q", "-6"])
    yield row("files to tar.gz, level 6", "tar, gzip -6", "tar.gz", 6, ["tar", "-I", "gzip -6", "-cf"])
    yield row("files to tar.zst, level 3", "tar, zstd -3", "tar.zst", 3, ["tar", "-I", "zstd -q -3", "-cf"])
    seven = ["7z", "a", "-bd", "-bso0", "-bsp0", "-mx=5", "-m0=lzma"]
    yield row("files to 7z, level 5", "7z, LZMA, 1 thread", "7z", 5, [*seven, "-mmt=off"], slow=True)
    yield row("files to 7z, level 5", "7z, LZMA, all threads", "7z", 5, seven, target=None, slow=True)
