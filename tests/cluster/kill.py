# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of all agents under continuous mail: at the end every agent counts, for every sender,
exactly the 451 answers that the clients got, and all maps are the same bytes; and again after all were restarted."""
import os
import random
import threading
import time

import lab
from cluster import Cluster
from rspamd import Redis, Rspamd, limit
from traffic import Traffic

NIGHTLY = bool(os.environ.get("BANSYNC_NIGHTLY"))
KILLS = 400 if NIGHTLY else 100
PAUSE_SECONDS = (0.1, 0.9) if NIGHTLY else (0.1, 0.5)  # between two kills
THRESHOLD = 64
NETS = ("198.51.100", "203.0.113", "198.18.0") if NIGHTLY else ("198.51.100",)
SENDERS = ["%s.%d" % (net, number) for net in NETS for number in range(1, 201)]


def kill_at_random(cluster, traffic, rng):
    """One kill after the other, each agent started again at once."""
    moment = threading.Event()
    for _ in range(KILLS):
        moment.wait(rng.uniform(*PAUSE_SECONDS))
        lab.check(not traffic.errors, "clients failed: %s", traffic.errors[:3])
        lab.check(traffic.flows(), "the clients ran out of senders")
        agent = rng.choice(cluster.agents)
        agent.kill()
        agent.start()


def test(place):
    seed = int(os.environ.get("BANSYNC_SEED") or random.randrange(1 << 30))
    print("BANSYNC_SEED=%d" % seed)
    rng = random.Random(seed)
    cluster = Cluster(place)
    redis = Redis(place)
    # A burst of one: nearly every message is over the limit.
    rspamds = [Rspamd(place, agent.name, redis, agent.map, limit(1, "1 / 1d")) for agent in cluster]
    cluster.configure([rspamd.log for rspamd in rspamds], threshold=THRESHOLD, window="12h")
    cluster.start()
    for rspamd in rspamds:
        rspamd.start()
    for rspamd in rspamds:
        rspamd.wait_ready()

    traffic = Traffic(rspamds, SENDERS, seed)
    begin = time.monotonic()
    traffic.start()
    try:
        kill_at_random(cluster, traffic, rng)
    finally:
        traffic.stop()
    end = time.monotonic()
    print("%d kills (%s) in %.0f s, %d answers 451 of %d" %
          (KILLS, ", ".join("%s %d" % (agent.name, agent.kills) for agent in cluster), end - begin, traffic.total(),
           sum(traffic.verdicts.values())))
    cluster.check(traffic.by_sender(), THRESHOLD, 90)
    print("counted exactly, on all nodes, %.1f s after the last mail" % (time.monotonic() - end))
    cluster.restart()
    cluster.check(traffic.by_sender(), THRESHOLD)
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
