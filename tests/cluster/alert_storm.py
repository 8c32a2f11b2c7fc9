# SPDX-License-Identifier: Apache-2.0
"""5,000 bans in a minute on three nodes, mailed through a real Postfix: each node tells of five by themselves and of all others in
one digest, and no ban is missing in what was told. Nightly."""
import os
import re
import sys
import time

import alert
import lab
import logline
import wait
from postfix import Postfix

SENDERS = ["198.%d.%d.%d" % (18 + number // 2500, number % 2500 // 250, number % 250 + 1) for number in range(5000)]
SECONDS = 60
SINGLE = 5  # [alert] digest_after
QUIET = 150  # longer than another node waits before it tells what one should have


def hits(world, sender, number):
    """As many as the threshold, by one node or, every third, by two of them."""
    first, second = world.agents[number % 3], world.agents[(number + (number % 9 < 3)) % 3]
    first.log.hit(sender, alert.THRESHOLD // 2)
    second.log.hit(sender, alert.THRESHOLD - alert.THRESHOLD // 2)


def banned(world):
    return [len(agent.banned()) for agent in world.agents]


def flood(world):
    begin = time.monotonic()
    for number, sender in enumerate(SENDERS):
        hits(world, sender, number)
        due = begin + SECONDS * (number + 1) / len(SENDERS)
        wait.until("its time", lambda at=due: time.monotonic() >= at, SECONDS)
    print("%d senders in %.0f s" % (len(SENDERS), time.monotonic() - begin))
    wait.until("all are banned on all nodes", lambda: banned(world) == [len(SENDERS)] * 3, 120)
    print("banned on all nodes after %.0f s" % (time.monotonic() - begin))


def read(world):
    """Who was told by himself, and how many each digest counts."""
    singles, digests = [], []
    for raw in world.postfix.mails():
        subject = alert.parse(raw)["Subject"]
        one = re.search(r"(mx\d): (\S+) banned", subject)
        many = re.search(r"(mx\d): digest: (\d+) permanent ban", subject)
        lab.check(one or many, "subject: %s", subject)
        if one:
            singles.append((one[1], one[2]))
        else:
            digests.append((many[1], int(many[2])))
    return singles, digests


def told(world):
    singles, digests = read(world)
    return len(singles) + sum(count for _, count in digests)


def test(place):
    os.environ["TZ"] = "UTC"
    world = alert.World(place, logline.template(sys.argv[2]))
    for agent in world.agents:
        agent.set("ban", max_new_per_minute=1000000)
        agent.set("alert", digest_every="3m")
    world.postfix.start()
    world.start()
    flood(world)
    wait.until("all are told", lambda: told(world) >= len(SENDERS), 300)
    end = time.monotonic()
    wait.until("nobody stands in", lambda: time.monotonic() - end > QUIET, QUIET + 60)
    singles, digests = read(world)
    print("mails: %d singles, digests %s" % (len(singles), digests))
    for agent in world.agents:
        print(agent.name, {name: alert.counter(agent, name) for name in
                           ("alerts_sent", "alerts_digested", "alerts_dropped", "alerts_unwatched", "alerts_failed")})
    lab.check(told(world) == len(SENDERS), "%d bans are told, of %d", told(world), len(SENDERS))
    lab.check(len({sender for _, sender in singles}) == len(singles), "told twice: %s", singles)
    for agent in world.agents:
        lab.check([node for node, _ in singles].count(agent.name) == SINGLE, "%s: %s", agent.name, singles)
        lab.check([node for node, _ in digests].count(agent.name) == 1, "%s: %s", agent.name, digests)
    world.stop()


if __name__ == "__main__":
    if not os.environ.get("BANSYNC_NIGHTLY") or not Postfix.is_there():
        print("skipped: nightly, with root and Postfix")
        sys.exit(77)
    lab.run(test)
