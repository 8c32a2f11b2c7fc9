# SPDX-License-Identifier: Apache-2.0
"""A writer of numbered hits rotates its log in every way while the agent is killed with SIGKILL and started again: each
hit counts once. Only what deletion or truncation destroyed before it was read may be missing, and that is reported.

Each hit has an address of its own, so the database of the agent tells which were lost and which counted twice.
BANSYNC_NIGHTLY=1: 400 rotations instead of 6. BANSYNC_SEED: another order of events."""
import collections
import gzip
import json
import os
import random
import shutil
import socket
import sqlite3
import sys
import time

import lab
import logline
from daemon_lab import Daemon, run_parts, until

ROTATIONS = 400 if os.environ.get("BANSYNC_NIGHTLY") else 6
SEED = os.environ.get("BANSYNC_SEED", "1")
KEEP = 20  # rotated files
BURSTS = 6  # between two rotations
LINES_MAX = 60  # in one burst
DATE = "20261123"  # the first of the names of dateext is this with a number behind it


def address_of(number):
    return "10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)


def ask(agent, **members):
    """The members of the answer to one request on the control socket, quicker than by banctl. {}: the agent does not answer."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(agent.socket)
            link.sendall(json.dumps(members).encode() + b"\n")
            answer = {}
            for line in map(json.loads, link.makefile("rb")):
                answer.update(line.get("item", {}), **line.get("result", {}))
                if "item" not in line:
                    return answer
    except (FileNotFoundError, ConnectionError):
        pass
    return {}


class Churn:
    """One agent, its log, and what was written to it."""

    def __init__(self, place, template, name):
        self.agent = Daemon(place, name, template, threshold=64, window="12h", start_at="beginning")
        self.random = random.Random("%s %s" % (SEED, name))
        self.log = self.agent.log.path
        self.line = time.strftime("%Y-%m-%d %H:%M:%S") + template[19:]
        self.count = 0  # lines written
        self.unread = []  # numbers of lines in the present file that the agent was not seen to have read
        self.doomed = set()  # numbers of lines that were destroyed, and perhaps not read
        self.reported = 0
        self.kills = 0
        self.running = False
        self.late = None

    def write(self, lines, file=None):
        """Appends hits, one write a line, now and then torn in two."""
        fd = os.open(file or self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for _ in range(lines):
            self.count += 1
            text = self.line.replace("ip: %s," % logline.ADDRESS, "ip: %s," % address_of(self.count)).encode()
            if self.count % 7 == 0:
                os.write(fd, text[:100])
                text = text[100:]
            os.write(fd, text)
            self.unread.append(self.count)
        os.close(fd)

    def report(self):
        """What the running agent says was lost; seen before it is killed, as counters end with it."""
        counters = ask(self.agent, command="status")["counters"]
        self.reported += counters["log_truncated"] + counters["log_gone"]

    def seen(self):
        """Did the agent read the last line?"""
        return ask(self.agent, command="show", targets=[address_of(self.count)]).get("count") == 1

    def answers(self):
        code = self.agent.process.poll()
        lab.check(code is None, "%s ended with %s", self.agent.name, code)
        return ask(self.agent, command="status")

    def catch_up(self):
        if not self.running:
            self.agent.start()
            self.running = True
        yield until("it answers", self.answers, 120)
        if self.count:
            yield until("the last line counts", self.seen, 120)
        self.unread = []

    def trouble(self):
        """Perhaps kills the agent, or starts it, or waits for it, or does nothing."""
        chance = self.random.random()
        if not self.running and chance < 0.5:
            self.agent.start()
            self.running = True
        elif self.running and chance < 0.3:
            if chance < 0.1:
                yield until("it answers", self.answers, 120)
            self.agent.kill()
            self.running = False
            self.kills += 1
        elif self.running and chance < 0.4:
            yield from self.catch_up()
        else:
            yield until("others go on", lambda: True)

    def destroy(self):
        """The content of the log is about to be destroyed."""
        self.doomed.update(self.unread)
        self.unread = []

    def shift(self, suffix=""):
        """rspamd.log.1 becomes rspamd.log.2, and so on; the oldest goes."""
        for number in range(KEEP, 0, -1):
            if os.path.exists("%s.%d%s" % (self.log, number, suffix)):
                os.rename("%s.%d%s" % (self.log, number, suffix), "%s.%d%s" % (self.log, number + 1, suffix))

    def compress(self, name, to):
        """As gzip does: with the time of the file, which goes when the other is whole."""
        with open(name, "rb") as source, gzip.open(to, "wb") as target:
            shutil.copyfileobj(source, target)
        shutil.copystat(name, to)
        os.remove(name)

    def check(self):
        with sqlite3.connect("file:%s?mode=ro" % os.path.join(self.agent.home, "state", "bansync.db"), uri=True) as database:
            found = collections.Counter(row[0] for row in database.execute("SELECT subject FROM strike"))
        written = {address_of(number): number for number in range(1, self.count + 1)}
        lost = [number for address, number in written.items() if address not in found]
        twice = [address for address, count in found.items() if count > 1]
        strange = [address for address in found if address not in written]
        print("%s: %d hits, %d kills: %d lost, %d twice, %d strange; %d destroyed unread, %d reported" % (
            self.agent.name, self.count, self.kills, len(lost), len(twice), len(strange), len(self.doomed), self.reported), flush=True)
        lab.check(not twice and not strange, "twice: %s; strange: %s", twice[:9], strange[:9])
        lab.check(set(lost) <= self.doomed, "lost: %s", [number for number in lost if number not in self.doomed][:9])
        lab.check(not lost or self.reported, "%d lines are lost and nothing says so", len(lost))


def rename(churn):
    churn.shift()
    os.rename(churn.log, churn.log + ".1")


def late(churn):
    """The writer goes on in the old file for a while."""
    rename(churn)
    churn.write(3)
    churn.write(5, churn.log + ".1")
    churn.write(3)
    churn.write(5, churn.log + ".1")


def compressed(churn):
    """logrotate with compress."""
    churn.shift(".gz")
    os.rename(churn.log, churn.log + ".1")
    churn.write(2)
    churn.compress(churn.log + ".1", churn.log + ".1.gz")


def delayed(churn):
    """logrotate with delaycompress."""
    churn.shift(".gz")
    if os.path.exists(churn.log + ".1"):
        churn.compress(churn.log + ".1", churn.log + ".2.gz")
    os.rename(churn.log, churn.log + ".1")


def dated(churn):
    """logrotate with dateext and compress."""
    name = "%s-%s%d" % (churn.log, DATE, churn.count)
    os.rename(churn.log, name)
    churn.compress(name, name + ".gz")


def copytruncate(churn):
    churn.shift()
    shutil.copy2(churn.log, churn.log + ".1")
    os.truncate(churn.log, 0)


def copytruncate_compressed(churn):
    churn.shift(".gz")
    shutil.copy2(churn.log, churn.log + ".1")
    os.truncate(churn.log, 0)
    churn.compress(churn.log + ".1", churn.log + ".1.gz")


def symlink(churn):
    target = "%s.%d" % (churn.log, churn.count)
    if not os.path.islink(churn.log):
        os.rename(churn.log, churn.log + ".0")
    with open(target, "ab"):
        pass
    os.symlink(os.path.basename(target), churn.log + ".new")
    os.rename(churn.log + ".new", churn.log)


def delete(churn):
    churn.destroy()
    os.remove(churn.log)


def truncate(churn):
    churn.destroy()
    os.truncate(churn.log, 0)


def part(style, destroys=False):
    def run(place, template):
        churn = Churn(place, template, style.__name__.replace("_", "-"))
        yield from churn.catch_up()
        for _ in range(ROTATIONS):
            for _ in range(BURSTS):
                churn.write(churn.random.randint(1, LINES_MAX))
                yield from churn.trouble()
            style(churn)
            if destroys:  # what was lost is told by this agent, not by the next one
                churn.write(1)
                yield from churn.catch_up()
                churn.report()
        yield from churn.catch_up()
        churn.agent.stop()
        churn.check()
    run.__name__ = style.__name__
    run.__doc__ = "%s: %s" % (style.__name__, (style.__doc__ or "under SIGKILL.").split("\n", maxsplit=1)[0])
    return run


PARTS = [part(style) for style in (rename, late, compressed, delayed, dated, copytruncate, copytruncate_compressed, symlink)] + [
    part(style, True) for style in (delete, truncate)]


def test(place):
    run_parts(PARTS, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
