# SPDX-License-Identifier: Apache-2.0
"""Redis: a server on the lab's address, and redis-cli."""
import os
import re
import shutil
import subprocess

import wait
from clock import Cost
from frame import Skip
from member import cpu_s


class Server:
    """durable: each write is on disk before it is answered. words: more options of redis-server."""

    def __init__(self, place, name, durable=False, words=(), wrap=(), address=None):
        if not shutil.which("redis-server") or not shutil.which("redis-cli"):
            raise Skip("packages redis-tools (or redis-server) are not installed")
        self.place, self.dir = place, place.folder(name)
        self.address = address or (place.address, place.port())
        self.socket = os.path.join(self.dir, "sock")
        argv = ["redis-server", "--bind", self.address[0], "--port", str(self.address[1]), "--unixsocket", self.socket, "--dir",
                self.dir, "--save", "", "--appendonly", "yes" if durable else "no", "--protected-mode", "no"]
        if durable:
            argv += ["--appendfsync", "always"]
        self.process = place.start(argv + list(words), "root", output=os.path.join(self.dir, "out"), wrap=wrap)
        wait.until("redis answers", lambda: self.process.poll() is not None or self.ask("PING") == "PONG")
        if self.process.poll() is not None:
            raise Skip("redis-server does not start")

    def command(self, *words):
        return ["redis-cli", "-s", self.socket] + list(words)

    def ask(self, *words):
        return subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False).stdout.strip()

    def pipe(self, path):
        """Cost of handing over a file of commands."""
        cost = Cost(self.command("--pipe"), stdin=path)
        if "errors: 0" not in cost.text():
            raise OSError("redis-cli --pipe: %s" % cost.text())
        return cost

    def info(self, section, field):
        return int(re.search(r"^%s:(\d+)" % field, self.ask("INFO", section), re.M).group(1))

    def cpu_s(self):
        return cpu_s(self.process.pid)

    def stop(self):
        self.place.end(self.process)
