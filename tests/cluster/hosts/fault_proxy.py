# SPDX-License-Identifier: MIT
"""fault_proxy.py LISTEN TARGET CONTROL (each ADDRESS:PORT): an HTTP/1.1 proxy in front of the object store.
It injects faults. A program of its own, so that the harness does not slow it down.

Each line to CONTROL is a JSON object with the faults from now on; the answer is a line with the counts since
the last one:

    {}                                            none
    {"status": 503, "share": 0.5, "retry_after": 1}    that answer for half of the requests
    {"delay": 0.5, "rate": 200000}                seconds before each request; bytes per second each way
    {"cut": 3000000, "share": 0.5}                half of the requests are cut after up to so many bytes
    {"hang": true, "share": 0.2}                  a fifth of the requests is read and never answered
    {"seed": 7}                                   with any of them: the random choices
"""

import asyncio
import contextlib
import json
import random
import socket
import struct
import sys

BLOCK = 1 << 16
MAX_HEAD = 1 << 16
ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
    "<Message>injected</Message><RequestId>injected</RequestId></Error>"
)
CODES = {500: ("InternalError", "Internal Server Error"), 503: ("SlowDown", "Service Unavailable")}


class Cut(Exception):
    """Ends the connection on purpose."""


class Faults:
    """What to inject, and what was injected."""

    def __init__(self):
        self.settings = {}
        self.random = random.Random()
        self.counts = {}

    def change(self, settings):
        """Returns the counts since the last change."""
        counts, self.counts = self.counts, {}
        self.settings = settings
        if "seed" in settings:
            self.random.seed(settings["seed"])
        return counts

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def hits(self, name):
        return name in self.settings and self.random.random() < self.settings.get("share", 1)

    def budget(self):
        """The number of bytes after which a request's connection is cut, or None."""
        if not self.hits("cut"):
            return None
        # Most are small, so that heads and small objects are cut, too.
        return int(self.settings["cut"] ** self.random.random())


class Connection:
    """One connection of a client, and the connection to the object store that serves it."""

    def __init__(self, faults, target, reader, writer):
        self.faults = faults
        self.target = target
        self.client = (reader, writer)
        self.store = None
        self.left = None  # bytes of this request and its response until the cut

    async def run(self):
        try:
            while await self._exchange():
                pass
        except Cut:
            self.faults.count("cut")
            reset(self.client[1])
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            for side in (self.client, self.store):
                if side is not None:
                    with contextlib.suppress(OSError):
                        side[1].close()

    async def _exchange(self):
        """One request and its response. False: the connection is over."""
        head = await read_head(self.client[0])
        if head is None:
            return False
        self.faults.count("requests")
        self.faults.count(head.method)
        if self.faults.settings.get("delay"):
            await asyncio.sleep(self.faults.settings["delay"])
        if self.faults.hits("hang"):
            self.faults.count("hung")
            await drain(self.client[0], 3600)
            return False
        if self.faults.hits("status"):
            return await self._refuse(head)
        if self.store is None:
            self.store = await asyncio.open_connection(*self.target, limit=MAX_HEAD)
        self.left = self.faults.budget()
        upload = asyncio.create_task(self._pass_request(head))
        answer = asyncio.create_task(self._pass_response(head))
        try:
            await asyncio.wait({upload, answer}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done() and isinstance(upload.exception(), Cut):
                raise Cut
            # The object store may answer before it has read everything, and then close.
            ends = await answer
            if ends or not upload.done():
                return False
            await upload
            return True
        finally:
            for task in (upload, answer):
                task.cancel()
            await asyncio.gather(upload, answer, return_exceptions=True)

    async def _refuse(self, head):
        """Answers by itself. Half of the time before the body was read, as servers under load do."""
        status = self.faults.settings["status"]
        self.faults.count(f"status {status}")
        code, reason = CODES[status]
        body = b"" if head.method == "HEAD" else ERROR.format(code=code).encode()
        early = bool(head.length) and self.faults.random.random() < 0.5
        if not early and head.length:
            if head.expects_continue:
                self.client[1].write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await skip(self.client[0], head.length)
        lines = [f"HTTP/1.1 {status} {reason}", "Content-Type: application/xml"]
        lines.append(f"Content-Length: {len(body)}")
        if "retry_after" in self.faults.settings:
            lines.append(f"Retry-After: {self.faults.settings['retry_after']}")
        if early:
            lines.append("Connection: close")
        self.client[1].write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.client[1].drain()
        if early:
            with contextlib.suppress(OSError):
                self.client[1].write_eof()
            await drain(self.client[0], 5)
        return not early

    async def _pass_request(self, head):
        await self._pass(head.raw, self.store[1])
        if head.is_chunked:
            await self._pass_chunks(self.client[0], self.store[1])
        else:
            await self._pass_bytes(self.client[0], self.store[1], head.length or 0)

    async def _pass_response(self, request):
        """True if the connection ends with it."""
        while True:
            head = await read_head(self.store[0])
            if head is None:
                return True
            await self._pass(head.raw, self.client[1])
            if head.status >= 200:
                break
        if request.method != "HEAD" and head.status not in (204, 304):
            if head.is_chunked:
                await self._pass_chunks(self.store[0], self.client[1])
            elif head.length is not None:
                await self._pass_bytes(self.store[0], self.client[1], head.length)
            else:
                await self._pass_bytes(self.store[0], self.client[1], None)
                return True
        return head.closes or request.closes

    async def _pass(self, data, target):
        rate = self.faults.settings.get("rate")
        if rate:
            await asyncio.sleep(len(data) / rate)
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
        target.write(data)
        await target.drain()
        if self.left == 0:
            raise Cut

    async def _pass_bytes(self, source, target, count):
        while count is None or count > 0:
            data = await source.read(BLOCK if count is None else min(BLOCK, count))
            if not data:
                if count is None:
                    return
                raise asyncio.IncompleteReadError(data, count)
            await self._pass(data, target)
            if count is not None:
                count -= len(data)

    async def _pass_chunks(self, source, target):
        while True:
            line = await source.readuntil(b"\r\n")
            await self._pass(line, target)
            size = int(line.split(b";")[0], 16)
            if size:
                await self._pass_bytes(source, target, size + 2)
                continue
            while line != b"\r\n":  # trailers
                line = await source.readuntil(b"\r\n")
                await self._pass(line, target)
            return


class Head:
    """The start line and the fields of a message, as far as its length depends on them."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        self.method = words[0]
        self.status = int(words[1]) if words[0].startswith("HTTP/") else 0
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        self.is_chunked = "chunked" in fields.get("transfer-encoding", "").lower()
        self.length = int(fields["content-length"]) if "content-length" in fields else None
        self.closes = fields.get("connection", "").lower() == "close"
        self.expects_continue = fields.get("expect", "").lower() == "100-continue"


async def read_head(reader):
    try:
        return Head(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None


async def skip(reader, count):
    while count > 0:
        data = await reader.read(min(BLOCK, count))
        if not data:
            raise asyncio.IncompleteReadError(data, count)
        count -= len(data)


async def drain(reader, seconds):
    """Reads and drops what comes, until the other side closes."""

    async def read_all():
        while await reader.read(BLOCK):
            pass

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(read_all(), seconds)


def reset(writer):
    """Ends a connection with RST, as a dying server or a firewall does."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def control(faults, reader, writer):
    while line := await reader.readline():
        writer.write(json.dumps(faults.change(json.loads(line))).encode() + b"\n")
        await writer.drain()
    writer.close()


def endpoint(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


async def main(listen, target, control_at):
    faults = Faults()

    async def serve(reader, writer):
        await Connection(faults, endpoint(target), reader, writer).run()

    async def serve_control(reader, writer):
        await control(faults, reader, writer)

    server = await asyncio.start_server(serve, *endpoint(listen), limit=MAX_HEAD)
    commands = await asyncio.start_server(serve_control, *endpoint(control_at))
    async with server, commands:
        await asyncio.gather(server.serve_forever(), commands.serve_forever())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
