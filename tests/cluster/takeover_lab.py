# SPDX-License-Identifier: Apache-2.0
"""What the tests of taking over share: an old recipe's map, its watcher, and agents beside it."""
import os
import subprocess
import sys

import lab
from daemon_lab import Daemon, until

OLD = """# one address a line, as the old recipe wrote it
203.0.113.1
203.0.113.2 2026-11-01 ten hits\r
  203.0.113.3\t
198.51.100.77/24   host bits do not count

2001:db8::7
203.0.113.1
"""
OLD_ENTRIES = ["198.51.100.0/24", "203.0.113.1", "203.0.113.2", "203.0.113.3", "2001:db8::7"]
UNREADABLE = "mail.example.org\n203.0.113.4-203.0.113.9\n10.0.0.0/7\n0.0.0.0/0\n203.0.113.5/\n"


class Beside(Daemon):
    """An agent whose map file somebody else wrote."""

    def __init__(self, place, name, template, old=OLD):
        super().__init__(place, name, template)
        self.old = old.encode()
        self.copy = self.map + ".before-bansync"
        self.would = self.map + ".would"
        with open(self.map, "wb") as file:
            file.write(self.old)

    def watch(self, always=()):
        """Starts the watcher: yield from agent.watch(...)"""
        original = self.lab.write("", self.name, "original")
        with open(original, "wb") as file:
            file.write(self.old)
        listed = self.lab.write("".join("%s\n" % net for net in always), self.name, "always")
        self.seen = self.lab.path(self.name, "watch.out")
        self.watcher = self._watch(original, listed)
        yield until("the watcher looks", lambda: b"watching" in self.read(self.seen))

    def _watch(self, original, listed):
        with open(self.seen, "wb") as out:
            process = subprocess.Popen([os.path.join(sys.argv[3], "map_watch"), self.map, original, listed], stdout=out,
                                       stderr=out)
        self.lab.processes.append(process)
        return process

    def unwatch(self):
        code = self.lab.end(self.watcher)
        text = self.read(self.seen).decode()
        lab.check(code == 0 and "never missing" in text, "the watcher of %s saw (%s): %s", self.name, code, text)
        print("%s: %s" % (self.name, text.splitlines()[-1]))

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    def database(self):
        return os.path.join(self.home, "state", "bansync.db")

    def lose(self):
        """Its database is gone: a new disk."""
        for name in os.listdir(os.path.join(self.home, "state")):
            if name.startswith("bansync.db"):
                os.remove(os.path.join(self.home, "state", name))

    def spoil(self):
        """Its database is damaged."""
        with open(self.database(), "r+b") as file:
            file.write(b"\xa5" * 100)

    def held(self):
        return self.status()["map"]["held"]

    def copies(self):
        folder = os.path.dirname(self.map)
        return sorted(name for name in os.listdir(folder) if ".before-bansync" in name)

    def holds(self, *entries):
        """Waits until the map holds exactly these: yield agent.holds(...)"""
        return until("%s holds %s" % (self.name, list(entries)), lambda: sorted(self.banned()) == sorted(entries))
