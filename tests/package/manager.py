# SPDX-License-Identifier: Apache-2.0
"""The part of a service manager, and somebody who never takes his eyes off the map."""
import os
import socket
import threading

import wait


class Manager:
    """Collects what agents tell: datagrams to `path`, which they know as `inside`."""

    def __init__(self, path, inside):
        self.inside, self.messages = inside, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            self.messages += self.socket.recv(4096).decode().split("\n")

    def variables(self):
        """The environment of an agent that is started; what was heard before is forgotten."""
        self.messages = []
        return {"NOTIFY_SOCKET": self.inside, "WATCHDOG_USEC": "1000000"}

    def wait(self, process, word):
        def heard():
            if process.poll() is not None:
                raise AssertionError("it ended with %d before it said %s" % (process.returncode, word))
            return word in self.messages
        wait.until("it says %s" % word, heard)


class MapWatch:
    """Reads the map again and again: `faults` says how often it was missing, or without the entry, or had no end."""

    def __init__(self, path, entry):
        self.path, self.entry = path, entry
        self.looks, self.faults, self.going = 0, [], True

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()

    def _watch(self):
        while self.going:
            self.looks += 1
            try:
                with open(self.path, encoding="utf-8") as file:
                    text = file.read()
            except OSError as error:
                self.faults.append(str(error))
                continue
            if self.entry + "\n" not in text or not text.startswith("#"):
                self.faults.append("it holds %r" % text)
