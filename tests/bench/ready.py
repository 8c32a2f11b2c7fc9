# SPDX-License-Identifier: Apache-2.0
"""When an agent says that it is ready, as it says it to a service manager."""
import contextlib
import os
import socket
import time


class Ready:
    """A notification socket; use it in a with statement around the start of an agent."""

    def __init__(self, place, name):
        self.path = place.path("ready-%s" % name)

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        os.environ["NOTIFY_SOCKET"] = self.path
        return self

    def __exit__(self, *_):
        os.environ.pop("NOTIFY_SOCKET", None)
        self.socket.close()
        os.unlink(self.path)

    def wait(self, seconds=300):
        """Until READY=1 comes; the monotonic time of that."""
        self.socket.settimeout(seconds)
        while b"READY=1" not in self.socket.recv(4096):
            pass
        return time.monotonic()
