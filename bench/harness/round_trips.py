# SPDX-License-Identifier: MIT
"""Counts round trips on a Unix socket: how often a client, having received something, sends again."""

import os
import pathlib
import selectors
import socket
import threading


class RoundTripCounter:
    """Listens on `folder`/.s.PGSQL.5432 and passes everything to the same name in `target`. A thread."""

    NAME = ".s.PGSQL.5432"

    def __init__(self, folder, target):
        self.target = os.path.join(target, self.NAME)
        self.path = os.path.join(folder, self.NAME)
        pathlib.Path(self.path).unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.lock = threading.Lock()
        self.round_trips = 0
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def count(self):
        with self.lock:
            return self.round_trips

    def close(self):
        self.ending = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()
        pathlib.Path(self.path).unlink(missing_ok=True)

    def _run(self):
        while not self.ending:
            for key, _ in self.selector.select(0.1):
                if key.fileobj is self.listener:
                    self._accept()
                else:
                    self._pass(*key.data)

    def _accept(self):
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.target)
        state = {"waiting": False}  # for an answer
        self.selector.register(client, selectors.EVENT_READ, (client, server, True, state))
        self.selector.register(server, selectors.EVENT_READ, (server, client, False, state))

    def _pass(self, source, target, from_client, state):
        try:
            data = source.recv(1 << 16)
            if data:
                if from_client and not state["waiting"]:
                    with self.lock:
                        self.round_trips += 1
                state["waiting"] = from_client
                target.sendall(data)
                return
        except OSError:
            pass
        for end in (source, target):
            try:
                self.selector.unregister(end)
            except KeyError:
                continue
            end.close()
