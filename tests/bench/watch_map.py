# SPDX-License-Identifier: Apache-2.0
"""Waiting until a file that somebody replaces, or appends to, has a line."""
import ctypes
import os
import select
import time

import wait

MOVED_TO, CLOSE_WRITE, NONBLOCK = 0x80, 0x8, 0o4000
LOOK_S = 0.02  # without a word of inotify

_libc = ctypes.CDLL(None, use_errno=True)


class MapFile:
    """appended: it is appended to; else it is replaced by rename."""

    def __init__(self, path, appended=False):
        self.path = path
        self.events = _libc.inotify_init1(NONBLOCK)
        folder = os.path.dirname(path).encode()
        if _libc.inotify_add_watch(self.events, folder, CLOSE_WRITE if appended else MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def has(self, line):
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return False
        return data.startswith(line + b"\n") or b"\n" + line + b"\n" in data

    def wait(self, line, seconds=30):
        """Until the line is in it; the monotonic time at which that was seen."""
        end = time.monotonic() + seconds
        while not self.has(line):
            if time.monotonic() > end:
                raise wait.Late("%s: %s is not in it after %g s" % (self.path, line.decode(), seconds))
            select.select([self.events], [], [], LOOK_S)
            try:
                os.read(self.events, 65536)
            except BlockingIOError:
                pass
        return time.monotonic()

    def lines(self):
        """None: there is no file."""
        try:
            with open(self.path, encoding="ascii") as file:
                return {line.strip() for line in file if line.strip() and not line.startswith("#")}
        except FileNotFoundError:
            return None

    def close(self):
        os.close(self.events)
