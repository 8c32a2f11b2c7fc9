# SPDX-License-Identifier: Apache-2.0
"""An agent under measurement: what it costs, seen from outside, and questions to it over one open connection."""
import json
import os
import re
import socket
import time

import wait
from agent import Agent

READ_WAIT_S = 900


def cpu_s(pid):
    """CPU seconds of all threads of the process that live, so far."""
    folder = "/proc/%d/task" % pid
    total = 0
    for task in os.listdir(folder):
        with open(os.path.join(folder, task, "schedstat"), encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory_kb(pid, field="VmRSS"):
    """VmRSS now, VmHWM at its peak."""
    with open("/proc/%d/status" % pid, encoding="utf-8") as file:
        return int(re.search(r"%s:\s+(\d+)" % field, file.read()).group(1))


class Control:
    """One connection to the control socket."""

    def __init__(self, path, seconds=600):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb", 1 << 20)

    def send(self, command, **members):
        self.socket.sendall(json.dumps(dict({"command": command}, **members)).encode() + b"\n")

    def receive(self):
        line = self.stream.readline()
        if not line:
            raise OSError("the agent closed the connection")
        return json.loads(line)

    def lines(self, command, **members):
        """All lines of an answer; the last one has the result."""
        self.send(command, **members)
        found = [self.receive()]
        while "item" in found[-1]:
            found.append(self.receive())
        if "result" not in found[-1]:
            raise OSError("%s: %s" % (command, found[-1]))
        return found

    def ask(self, command, **members):
        """The result."""
        return self.lines(command, **members)[-1]["result"]

    def items(self, command, **members):
        return [line["item"] for line in self.lines(command, **members)[:-1]]

    def close(self):
        self.stream.close()
        self.socket.close()


class Member(Agent):
    """configure() and start() as in agent.py."""

    def cpu_s(self):
        return cpu_s(self.process.pid)

    def rss_kb(self):
        return memory_kb(self.process.pid)

    def peak_kb(self):
        return memory_kb(self.process.pid, "VmHWM")

    def counters(self):
        """{} while it does not answer."""
        if self.process.poll() is not None:
            raise OSError("%s ended with %d" % (self.name, self.process.returncode))
        return self.status().get("counters") or {}

    def bytes_read(self):
        """By read(2) and its like, of all files. Asking this costs the agent nothing, as asking itself would."""
        with open("/proc/%d/io" % self.process.pid, encoding="utf-8") as file:
            return int(re.search(r"rchar: (\d+)", file.read()).group(1))

    def wait_lines(self, lines, size):
        """Until it has read that many lines, of so many bytes, and the turn of the last one has ended: its counters."""
        end = time.monotonic() + READ_WAIT_S
        while time.monotonic() < end:
            counters = self.counters() if self.bytes_read() >= size else {}
            if counters.get("lines_read", -1) >= lines:
                return self.counters()
            time.sleep(0.05)  # poll interval
        raise wait.Late("the agent has not read %d lines in %d s" % (lines, READ_WAIT_S))
