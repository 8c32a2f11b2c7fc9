# SPDX-License-Identifier: Apache-2.0
"""HAProxy: a stick table with a counter for each address, which two processes share as peers."""
import re
import shutil
import socket

import wait
from frame import Skip
from member import cpu_s, memory_kb

BATCH = 150  # commands in one line of the stats socket
CONFIG = """global
  stats socket {dir}/{name}.sock mode 600 level admin
  stats timeout 1h
  nbthread 1
defaults
  timeout connect 5s
  timeout client 1h
  timeout server 1h
peers mypeers
{peers}
backend t
  stick-table type ip size 4m expire 24h store gpc0 peers mypeers
"""


class Server:
    """peers: (name, address, port) of all that share the table, this one too."""

    def __init__(self, place, name, peers):
        if not shutil.which("haproxy"):
            raise Skip("package haproxy is not installed")
        self.place, self.socket = place, place.path("haproxy", name + ".sock")
        folder = place.folder("haproxy")
        text = CONFIG.format(dir=folder, name=name, peers="\n".join("  peer %s %s:%d" % peer for peer in peers))
        path = place.write(text, "haproxy", name + ".cfg")
        self.process = place.start(["haproxy", "-L", name, "-f", path, "-db"], "root", output=place.path("haproxy", name + ".out"))
        wait.until("haproxy answers", lambda: self.process.poll() is not None or self._answers())
        if self.process.poll() is not None:
            raise Skip("haproxy does not start")

    def _answers(self):
        try:
            return self.used() >= 0
        except OSError:
            return False

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.socket)
            client.sendall(line.encode() + b"\n")
            client.shutdown(socket.SHUT_WR)
            parts = []
            while True:
                part = client.recv(1 << 20)
                if not part:
                    return b"".join(parts).decode()
                parts.append(part)

    def used(self):
        """Entries of its table."""
        return int(re.search(r"used:(\d+)", self.ask("show table")).group(1))

    def put(self, addresses):
        """Makes an entry for each."""
        for begin in range(0, len(addresses), BATCH):
            self.ask(";".join("set table t key %s data.gpc0 1" % address for address in addresses[begin:begin + BATCH]))

    def cpu_s(self):
        return cpu_s(self.process.pid)

    def rss_kb(self):
        return memory_kb(self.process.pid)

    def stop(self):
        self.place.end(self.process)


def pair(place):
    """Two of them, connected."""
    peers = [(name, place.address, place.port()) for name in ("a", "b")]
    servers = [Server(place, name, peers) for name, _, _ in peers]
    return servers
