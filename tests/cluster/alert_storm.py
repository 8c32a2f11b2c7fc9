# SPDX-License-Identifier: Apache-2.0
"""5,000 bans in a minute on three nodes, mailed through a real Postfix: the cluster tells of about five by themselves and of all
others in one digest, and no ban is missing in what was told; not even when the node that is to tell them is killed before. Nightly."""
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
SINGLE_MAX = 2 * SINGLE  # of the first ones, which are banned at the same time, nodes may differ in which they are
BURST_MAX = 3 * SINGLE  # of all that come within a second, each node may tell as many as it may
FEW = 200
QUIET = 150  # longer than another node waits before it tells what one should have


def hits(world, sender, number):
    """As many as the threshold, by one node or, every third, by two of them."""
    first, second = world.agents[number % 3], world.agents[(number + (number % 9 < 3)) % 3]
    first.log.hit(sender, alert.THRESHOLD // 2)
    second.log.hit(sender, alert.THRESHOLD - alert.THRESHOLD // 2)


def banned(world):
    return [len(agent.banned()) for agent in world.agents]


def flood(world, senders, seconds):
    begin, before = time.monotonic(), banned(world)
    for number, sender in enumerate(senders):
        hits(world, sender, number)
        due = begin + seconds * (number + 1) / len(senders)
        wait.until("its time", lambda at=due: time.monotonic() >= at, seconds + 1)
    print("%d senders in %.0f s" % (len(senders), time.monotonic() - begin))
    wait.until("all are banned on all nodes", lambda: banned(world) == [count + len(senders) for count in before], 120)
    print("banned on all nodes after %.0f s" % (time.monotonic() - begin))


def read(world, before=0):
    """Who was told by himself, and how many each digest counts; without the first mails."""
    singles, digests = [], []
    for raw in world.postfix.mails()[before:]:
        subject = alert.parse(raw)["Subject"]
        one = re.search(r"(mx\d): (\S+) banned", subject)
        many = re.search(r"(mx\d): digest: (\d+) permanent ban", subject)
        lab.check(one or many, "subject: %s", subject)
        if one:
            singles.append((one[1], one[2]))
        else:
            digests.append((many[1], int(many[2])))
    return singles, digests


def told(world, before=0):
    singles, digests = read(world, before)
    return len(singles) + sum(count for _, count in digests)


def check(world, count, singles_max, before=0):
    """That many were told, one time each, in as few mails as may be."""
    singles, digests = read(world, before)
    print("mails: %d singles, digests %s" % (len(singles), digests))
    for agent in world.agents:
        print(agent.name, {name: alert.counter(agent, name) for name in
                           ("alerts_sent", "alerts_digested", "alerts_dropped", "alerts_unwatched", "alerts_failed")})
    lab.check(told(world, before) == count, "%d bans are told, of %d", told(world, before), count)
    lab.check(len({sender for _, sender in singles}) == len(singles), "told twice: %s", singles)
    lab.check(SINGLE <= len(singles) <= singles_max, "singles: %s", singles)
    lab.check(len(digests) == 1, "digests: %s", digests)


def kill_who_tells(world):
    """The node with the lowest id is killed when all have gathered; another one tells for it, and when it is back nothing is
    told again."""
    for agent in world.agents:
        agent.set("alert", digest_every="30s")
    world.stop()
    world.start()  # so that the first ones are told by themselves again
    wait.next_second()  # what is decided in the second of its start a node leaves to others
    before = len(world.postfix.mails())
    flood(world, ["203.0.%d.%d" % (113 + number // 250, number % 250 + 1) for number in range(FEW)], 1)
    first = min(world.agents, key=lambda agent: agent.status()["node"]["id"])
    print("%s is killed" % first.name)
    first.kill()
    wait.until("all are told", lambda: told(world, before) >= FEW, 300)
    world.start(first)
    end = time.monotonic()
    wait.until("nobody tells it again", lambda: time.monotonic() - end > QUIET, QUIET + 60)
    check(world, FEW, BURST_MAX, before)


def test(place):
    os.environ["TZ"] = "UTC"
    world = alert.World(place, logline.template(sys.argv[2]))
    for agent in world.agents:
        agent.set("ban", max_new_per_minute=1000000)
        agent.set("alert", digest_every="3m", digest_after=SINGLE)
    world.postfix.start()
    world.start()
    flood(world, SENDERS, SECONDS)
    wait.until("all are told", lambda: told(world) >= len(SENDERS), 300)
    end = time.monotonic()
    wait.until("nobody stands in", lambda: time.monotonic() - end > QUIET, QUIET + 60)
    check(world, len(SENDERS), SINGLE_MAX)
    kill_who_tells(world)
    world.stop()


if __name__ == "__main__":
    if not os.environ.get("BANSYNC_NIGHTLY") or not Postfix.is_there():
        print("skipped: nightly, with root and Postfix")
        sys.exit(77)
    lab.run(test)
