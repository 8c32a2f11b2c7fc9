# SPDX-License-Identifier: Apache-2.0
"""Many bans at once beside an old map."""
import os
import subprocess

import lab
from daemon_lab import until
from takeover_lab import OLD, OLD_ENTRIES, Beside

BANS = 100000 if os.environ.get("BANSYNC_NIGHTLY") else 40000
TARGETS = 1024


def test_import(place, template):
    """Bans by the thousand: the map grows, and is whole whenever somebody looks."""
    agent = Beside(place, "import", template)
    yield from agent.watch(OLD_ENTRIES)
    yield from agent.begin()
    nets = ["10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255) for number in range(BANS)]
    for first in range(0, BANS, TARGETS):
        process = subprocess.Popen([place.path("bin", "banctl"), "--socket", agent.socket, "--timeout", "120", "ban", "--yes"] +
                                   nets[first:first + TARGETS], stdout=subprocess.DEVNULL)
        place.processes.append(process)
        yield until("the request is answered", lambda asked=process: asked.poll() is not None, 120)
        lab.check(place.end(process) == 0, "banctl ban ended with %s", process.returncode)
    yield until("all are in the map", lambda: len(agent.banned()) == BANS + len(OLD_ENTRIES), 60)
    agent.kill()
    yield from agent.begin()
    lab.check(len(agent.banned()) == BANS + len(OLD_ENTRIES), "%d entries after a restart", len(agent.banned()))
    agent.stop()
    agent.unwatch()


def test_large(place, template):
    """An old map of 100,000 entries is taken over and adopted."""
    count = 100000
    nets = ["10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255) for number in range(count)]
    agent = Beside(place, "large", template, OLD + "".join("%s\n" % net for net in nets))
    yield from agent.watch(OLD_ENTRIES + nets)
    yield from agent.begin()
    yield until("all are kept", lambda: len(agent.banned()) == count + len(OLD_ENTRIES), 60)
    process = subprocess.Popen([place.path("bin", "banctl"), "--socket", agent.socket, "map", "adopt"], stdout=subprocess.DEVNULL)
    place.processes.append(process)
    yield until("all are adopted", lambda: process.poll() is not None, 600)
    lab.check(place.end(process) == 0 and agent.status()["bans"]["permanent"] == count + 5, "%s", agent.status()["bans"])
    agent.stop()
    agent.unwatch()


PARTS = (test_import, test_large)
