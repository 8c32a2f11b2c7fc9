# SPDX-License-Identifier: Apache-2.0
"""Hits that only the line of ratelimit.lua tells from other mail, with kill -9 between that line and the message's own."""
import time

import lab
from daemon_lab import Daemon, until

JOINED, BOTH, NOBODY = "203.0.113.61", "203.0.113.62", "203.0.113.63"
WAIT_BYTES = 4194304  # DETECT_WAIT_BYTES: so much log later the message is no longer waited for
FILLER = "%Y-%m-%d %H:%M:%S #77(rspamd_proxy) <ee0001>; lua; filler: "  # that is skimmed over
FILLER_BYTES, FILLERS = 1024, WAIT_BYTES // 1024


class Mail(Daemon):
    """An agent whose log tells of messages that went through."""

    def write(self, tag, rest):
        with open(self.log.path, "a", buffering=1, encoding="utf-8") as file:
            file.write("%s #77(rspamd_proxy) <%s>; %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S"), tag, rest))

    def evidence(self, tag, bucket="user"):
        self.write(tag, "lua; ratelimit.lua:617: ratelimit \"%s(key)\" exceeded, (10 / 0.0166): 10.2 (1:1 dyn); redis key: RLx" %
                   bucket)

    def message(self, tag, address):
        self.write(tag, "proxy; rspamd_task_write_log: id: <%s@example.org>, qid: <4P%s>,%s from: <a@example.org>, (default: F (no "
                        "action): [0.00/15.00] []), len: 168, time: 1.2ms, dns req: 0, digest: <ae14>, rcpts: <b@example.net>, "
                        "mime_rcpts: <b@example.net>" % (tag, tag.upper(), " ip: %s," % address if address else ""))

    def counters(self):
        return self.status()["counters"]


def test_joined_lines(place, template):
    """A hit without a verdict of its own counts once a message, whatever the agent is when its lines come."""
    agent = Mail(place, "joins", template, threshold=4)
    yield from agent.begin()
    for i in range(3):
        agent.evidence("aa%04d" % i, "user")
        agent.evidence("aa%04d" % i, "ip")
        agent.message("bb%04d" % i, NOBODY)
        agent.message("aa%04d" % i, JOINED)
    yield until("three hits count", lambda: agent.count(JOINED) == 3)
    lab.check(agent.counters()["lines_joined"] == 3, "counters: %s", agent.counters())

    # The evidence is read, and more behind it; the message comes when nobody reads.
    agent.evidence("cc0001")
    agent.message("cc0002", NOBODY)
    read = agent.counters()["lines_read"]
    agent.log.hit(BOTH)
    yield until("all is read and stored", lambda: agent.count(BOTH) == 1 and agent.counters()["lines_read"] > read)
    agent.kill()
    agent.message("cc0001", JOINED)
    yield from agent.begin()
    yield until("the fourth hit bans", lambda: agent.banned() == [JOINED])
    lab.check(agent.count(JOINED) == 4 and agent.count(BOTH) == 1, "counts: %d, %d", agent.count(JOINED), agent.count(BOTH))
    lab.check(agent.count(NOBODY) == 0, "mail over no limit counts")

    # What cannot be told is counted as such.
    before = agent.counters()
    agent.evidence("dd0001")
    agent.message("dd0001", None)
    agent.evidence("dd0002")
    with open(agent.log.path, "a", encoding="utf-8") as file:
        file.write((time.strftime(FILLER) + "x" * FILLER_BYTES + "\n") * FILLERS)
    agent.message("dd0002", NOBODY)
    yield until("both are told", lambda: agent.counters()["lines_unattributable"] == before["lines_unattributable"] + 1 and
                agent.counters()["lines_unjoined"] == before["lines_unjoined"] + 1)
    lab.check(agent.count(NOBODY) == 0, "a hit was guessed")
    lab.check(agent.counters()["lines_read"] == before["lines_read"] + 4 + FILLERS, "lines: %s", agent.counters())
    agent.stop()


PARTS = (test_joined_lines,)
