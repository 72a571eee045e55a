# SPDX-License-Identifier: MIT
"""The checks of the suite can fail, and the proxy does what it says. Needs no cluster."""

import array
import contextlib
import http.client
import http.server
import io
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import types
import unittest
import wave

import checks
import faults
from clients import media
from clients.ledger import Ledger
from clients.retrying_client import Answer, is_retryable, multipart
from records import Change, history_problem, repeated_runs, restart_delay

PROXY = pathlib.Path(__file__).with_name("hosts") / "fault_proxy.py"


def history(*kinds):
    return [Change(number, 1, kind, 100.0 + number) for number, kind in enumerate(kinds)]


class Histories(unittest.TestCase):
    def test_accepts_what_may_happen(self):
        for kinds in (
            ("submitted", "claimed", "completed", "removed"),
            ("submitted", "claimed", "interrupted", "claimed", "released", "claimed", "completed"),
            ("submitted", "claimed", "attempt_failed", "claimed", "cancelled", "removed"),
            ("submitted", "removed"),
        ):
            self.assertEqual(history_problem(history(*kinds)), "")

    def test_finds_what_must_not_happen(self):
        for kinds in (
            ("claimed",),
            ("submitted", "completed"),
            ("submitted", "claimed", "completed", "completed"),
            ("submitted", "claimed", "completed", "claimed"),
            ("submitted", "claimed", "claimed"),
            ("submitted", "claimed", "cancelled", "completed"),
            ("submitted", "removed", "claimed"),
        ):
            self.assertNotEqual(history_problem(history(*kinds)), "", kinds)

    def test_measures_restarts(self):
        run = history("submitted", "claimed", "interrupted", "claimed", "completed")
        self.assertEqual(repeated_runs(run), 1)
        self.assertEqual(restart_delay(run, 101.5), 1.5)
        self.assertIsNone(restart_delay(run, 102.5))  # interrupted before
        self.assertIsNone(restart_delay(history("submitted", "claimed", "completed"), 100))


class Results(unittest.TestCase):
    def setUp(self):
        self.kind = next(kind for kind in media.KINDS if kind.target == "aiff")
        self.wav = media.sound(1, 1)
        self.media = media.Media.__new__(media.Media)
        samples = media.samples_of_wav(self.wav)
        self.media.samples = {self.kind.name: media.hashlib.sha256(samples).hexdigest()}
        self.media.digests = {}
        swapped = array.array("h", samples)
        swapped.byteswap()
        sound = bytes(8) + swapped.tobytes()
        chunk = b"SSND" + len(sound).to_bytes(4, "big") + sound
        self.aiff = b"FORM" + (4 + len(chunk)).to_bytes(4, "big") + b"AIFF" + chunk

    def test_accepts_a_whole_result(self):
        self.assertEqual(self.media.problem(self.kind, self.aiff), "")

    def test_finds_damage(self):
        altered = bytearray(self.aiff)
        altered[-1] ^= 1
        for damaged in (b"", self.aiff[:-2], self.aiff[:100], bytes(altered)):
            self.assertNotEqual(self.media.problem(self.kind, damaged), "")

    def test_finds_another_result(self):
        short = media.KINDS[0]
        self.media.learn(short, b"one")
        self.assertEqual(self.media.problem(short, b"one"), "")
        self.assertNotEqual(self.media.problem(short, b"other"), "")

    def test_marks_do_not_change_the_sound(self):
        marked = media.marked_wav(self.wav, b"mark")
        self.assertNotEqual(marked, self.wav)
        self.assertEqual(media.samples_of_wav(marked), media.samples_of_wav(self.wav))
        with wave.open(io.BytesIO(marked)) as file:
            self.assertEqual(file.getnframes(), media.RATE)
        stream_info, rest = bytes([0x80, 0, 0, 34]) + bytes(34), b"frames"
        flac = media.marked_flac(b"fLaC" + stream_info + rest, b"mark")
        self.assertEqual(flac[4] & 0x80, 0)  # another block follows
        self.assertEqual(flac[42:50], bytes([0x82, 0, 0, 8]) + b"test")
        self.assertTrue(flac.endswith(b"mark" + rest))


class Ledgers(unittest.TestCase):
    def test_complains(self):
        ledger = Ledger()
        task = ledger.acknowledge(1, "ann", "short")
        ledger.end(task, "PROCESSED")
        self.assertEqual(ledger.take_complaints(), [])
        ledger.acknowledge(1, "bob", "short")
        ledger.end(task, "CANCELLED")
        ledger.end(ledger.acknowledge(2, "ann", "short"), "FAILED")
        self.assertEqual(len(ledger.take_complaints()), 3)
        self.assertEqual([task.id for task in ledger.unfinished()], [1])

    def test_only_temporary_errors_are_retried(self):
        for status, body, expected in (
            (503, b"", True),
            (429, b"", True),
            (409, b'{"code":"in_progress"}', True),
            (409, b'{"code":"ended"}', False),
            (401, b"", False),
            (404, b"", False),
            (200, b"", False),
        ):
            self.assertEqual(is_retryable(Answer(status, {}, body)), expected, status)

    def test_multipart(self):
        body, content_type = multipart({"newFormat": "mp3"}, "a.wav", b"\0data")
        boundary = content_type.partition("boundary=")[2].encode()
        self.assertEqual(body.count(b"--" + boundary), 3)
        self.assertIn(b"\r\n\r\n\0data\r\n--" + boundary, body)


class Store:
    """Objects and uploads, as the object store's client shows them."""

    def __init__(self, *keys, uploads=()):
        self.keys, self.open = keys, list(uploads)

    def client(self):
        return self

    def objects(self, _):
        return {key: 1 for key in self.keys}

    def uploads(self, _):
        return self.open


class AfterAFault(unittest.TestCase):
    def make(self, store, jobs, acknowledged):
        ledger = Ledger()
        for number in acknowledged:
            ledger.acknowledge(number, "ann", "short")
        records = types.SimpleNamespace(jobs=lambda: {job: 0 for job in jobs}, history={})
        cluster = types.SimpleNamespace(object_store=store)
        watcher = types.SimpleNamespace(take=dict)
        made = checks.Checks(cluster, records, None, watcher, ledger)
        made.baseline = {"kept"}
        return made

    def test_jobs(self):
        self.assertEqual(list(self.make(Store("kept"), [1, 2], [1, 2])._jobs()), [])
        self.assertEqual(len(list(self.make(Store("kept"), [1, 3], [1, 2])._jobs())), 2)

    def test_objects(self):
        self.assertEqual(list(self.make(Store("kept"), [], [])._objects()), [])
        self.assertEqual(len(list(self.make(Store(), [], [])._objects())), 1)
        found = self.make(Store("kept", "left", uploads=[("key", "id")]), [], [])
        self.assertEqual(list(found._objects()), [])  # the sweeps may still remove it
        found.unreferenced = {key: seen - 1_000 for key, seen in found.unreferenced.items()}
        self.assertEqual(len(list(found._objects())), 2)

    def test_restarts(self):
        made = self.make(Store("kept"), [], [])
        made.records.history[1] = history("submitted", "claimed", "interrupted", "claimed")
        scene = faults.Scene(None, None, None)
        scene.restarts = [([1], 101.5, 2.0)]
        self.assertEqual(list(made._restarts(scene)), [])
        scene.restarts = [([1], 101.5, 1.0)]
        self.assertEqual(len(list(made._restarts(scene))), 1)


class Target(http.server.BaseHTTPRequestHandler):
    """Answers PUT with the number of bytes, GET with a million bytes."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_PUT(self):
        self.reply(str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode())

    def do_GET(self):
        self.reply(b"z" * 1_000_000)

    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)


class QuietServer(http.server.ThreadingHTTPServer):
    """Connections are cut on purpose."""

    def handle_error(self, *_):
        pass


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Proxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = QuietServer(("127.0.0.1", 0), Target)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.address = f"127.0.0.1:{free_port()}"
        control = free_port()
        target = f"127.0.0.1:{cls.server.server_port}"
        words = [sys.executable, "-B", str(PROXY), cls.address, target, f"127.0.0.1:{control}"]
        cls.process = subprocess.Popen(words)
        deadline = time.monotonic() + 20
        while True:
            try:
                cls.control = socket.create_connection(("127.0.0.1", control), 5)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        cls.commands = cls.control.makefile("rw")

    @classmethod
    def tearDownClass(cls):
        cls.process.kill()
        cls.process.wait()
        cls.commands.close()
        cls.control.close()
        cls.server.shutdown()
        cls.server.server_close()

    def set(self, **settings):
        self.commands.write(json.dumps(settings) + "\n")
        self.commands.flush()
        return json.loads(self.commands.readline())

    def ask(self, count=10):
        """What each of some requests came to."""
        results = []
        for number in range(count):
            connection = http.client.HTTPConnection(self.address, timeout=1)
            try:
                if number % 2:
                    connection.request("PUT", "/key", b"a" * 300_000)
                else:
                    connection.request("GET", "/key")
                answer = connection.getresponse()
                body = answer.read()
                whole = body == b"300000" if number % 2 else len(body) == 1_000_000
                results.append("whole" if answer.status == 200 and whole else answer.status)
            except (OSError, http.client.HTTPException) as error:
                results.append(type(error).__name__)
            finally:
                connection.close()
        return results

    def test_passes_everything(self):
        self.set()
        self.assertEqual(self.ask(), ["whole"] * 10)

    def test_answers_with_errors(self):
        self.set(status=503, share=0.5, retry_after=1, seed=1)
        results = self.ask(20)
        self.assertEqual(set(results) - {"BrokenPipeError", "ConnectionResetError"}, {"whole", 503})
        self.assertEqual(self.set()["status 503"], 20 - results.count("whole"))

    def test_cuts(self):
        self.set(cut=500_000, share=1, seed=1)
        results = self.ask(20)
        cut = self.set()["cut"]
        self.assertGreater(cut, 5)
        self.assertEqual(results.count("whole"), 20 - cut)

    def test_hangs(self):
        self.set(hang=True, share=1)
        self.assertEqual(self.ask(1), ["TimeoutError"])
        self.assertEqual(self.set()["hung"], 1)

    def test_slows_down(self):
        self.set(delay=0.1, rate=5_000_000)
        start = time.monotonic()
        self.assertEqual(self.ask(1), ["whole"])
        self.assertGreater(time.monotonic() - start, 0.3)
        self.set()


if __name__ == "__main__":
    unittest.main()
