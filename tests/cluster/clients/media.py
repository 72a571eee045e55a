# SPDX-License-Identifier: MIT
"""Inputs that differ from each other in bytes but not in sound, and what has to come out of them."""

import array
import dataclasses
import hashlib
import io
import math
import pathlib
import random
import struct
import subprocess
import sys
import wave

from hosts.namespaces import Failed

RATE = 44_100


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of task. `seconds` is the length of its sound."""

    name: str
    seconds: int
    source: str
    target: str
    share: int  # of a hundred tasks


KINDS = (
    Kind("short", 2, "wav", "mp3", 45),
    Kind("exact", 3, "wav", "aiff", 20),  # the result is compared sample by sample
    Kind("large", 75, "wav", "aiff", 8),  # 13 MB: uploads in several parts, both ways
    Kind("long", 90, "flac", "mp3", 27),  # seconds of work, to be interrupted
)


def sound(seconds, seed):
    """A WAV file of tones and a little noise, 16 bits, stereo."""
    choice = random.Random(seed)
    block = array.array("h")
    for n in range(RATE):
        tone = 9_000 * math.sin(n * 2 * math.pi * 440 / RATE) + 4_000 * math.sin(n * 2 * math.pi * 997 / RATE)
        block.append(int(tone) + choice.randrange(-8, 8))
        block.append(int(tone * 0.7) + choice.randrange(-8, 8))
    if sys.byteorder == "big":
        block.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, RATE, 0, "NONE", ""))
        out.writeframes(block.tobytes() * seconds)
    return file.getvalue()


def samples_of_wav(data):
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes())


def samples_of_aiff(data):
    """The sample data of an AIFF file as little-endian bytes; empty if it is damaged."""
    if data[:4] != b"FORM" or data[8:12] not in (b"AIFF", b"AIFC"):
        return b""
    place = 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack(">I", data[place + 4 : place + 8])[0]
        if name == b"SSND":
            swapped = array.array("h", data[place + 16 : place + 8 + size])
            swapped.byteswap()
            return swapped.tobytes()
        place += 8 + size + size % 2
    return b""


def marked_wav(data, mark):
    """With a chunk of its own that no decoder reads. Its length is even."""
    chunk = b"junk" + struct.pack("<I", len(mark)) + mark
    body = data[12:] + chunk
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def marked_flac(data, mark):
    """With an application block after the first metadata block (RFC 9639, section 8)."""
    first = 4 + 4 + int.from_bytes(data[5:8], "big")
    is_last = data[4] & 0x80
    head = bytes([data[4] & 0x7F]) + data[5:first]
    content = b"test" + mark
    block = bytes([2 | is_last]) + len(content).to_bytes(3, "big") + content
    return data[:4] + head + block + data[first:]


@dataclasses.dataclass(frozen=True)
class Input:
    kind: Kind
    content: bytes
    file_name: str


class Media:
    """The sounds, and the digests of their undisturbed results. Threads may share it."""

    def __init__(self, converter, folder):
        folder = pathlib.Path(folder)
        self.sounds = {}
        self.samples = {}
        self.digests = {}
        for number, kind in enumerate(KINDS):
            wav = sound(kind.seconds, number)
            self.samples[kind.name] = hashlib.sha256(samples_of_wav(wav)).hexdigest()
            if kind.source == "flac":
                plain, packed = folder / f"{kind.name}.wav", folder / f"{kind.name}.flac"
                plain.write_bytes(wav)
                done = subprocess.run(
                    [converter, "--quiet", plain, packed], capture_output=True, check=False, text=True
                )
                if done.returncode:
                    raise Failed(f"{converter}: {done.stderr.strip()}")
                wav = packed.read_bytes()
            self.sounds[kind.name] = wav

    def make(self, kind, mark):
        """Equal marks make equal inputs, which are one piece of work for the service."""
        marked = marked_flac if kind.source == "flac" else marked_wav
        content = marked(self.sounds[kind.name], mark.encode())
        return Input(kind, content, f"{kind.name}.{kind.source}")

    def learn(self, kind, result):
        """Remembers an undisturbed result; a second one has to be the same."""
        digest = hashlib.sha256(result).hexdigest()
        if self.digests.setdefault(kind.name, digest) != digest:
            raise Failed(f"Two undisturbed results of {kind.name} differ: they cannot be compared.")

    def problem(self, kind, result):
        """What is wrong with a result; empty if it is whole."""
        if kind.target == "aiff":
            samples = hashlib.sha256(samples_of_aiff(result)).hexdigest()
            if samples != self.samples[kind.name]:
                return f"{len(result)} bytes whose samples differ from the input's"
        digest = hashlib.sha256(result).hexdigest()
        if digest != self.digests.get(kind.name, digest):
            return f"{len(result)} bytes with the SHA-256 {digest} instead of {self.digests[kind.name]}"
        return ""
