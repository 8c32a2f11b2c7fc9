# SPDX-License-Identifier: Apache-2.0
"""rspamd's log is rotated as logrotate does it (rename, then SIGUSR1) under continuous mail, with the agent running and
with it away, and truncated in place while no mail flows: every 451 counts once."""
import os
import shutil

import lab
import wait
from cluster import Cluster
from rspamd import Redis, Rspamd, limit
from traffic import Traffic

ROTATIONS = 8
KEEP = 16
MESSAGES = 500  # between two rotations
SENDERS = ["198.51.100.%d" % number for number in range(1, 31)]
THRESHOLD = 20


def shift(log):
    """rspamd.log.1 becomes rspamd.log.2, and so on; the oldest goes."""
    for number in range(KEEP - 1, 0, -1):
        if os.path.exists("%s.%d" % (log, number)):
            os.rename("%s.%d" % (log, number), "%s.%d" % (log, number + 1))


def rotate(rspamd):
    shift(rspamd.log)
    os.rename(rspamd.log, rspamd.log + ".1")
    rspamd.reopen_log()


def copy_and_truncate(rspamd):
    shift(rspamd.log)
    shutil.copy2(rspamd.log, rspamd.log + ".1")
    os.truncate(rspamd.log, 0)


def more_mail(traffic):
    begin = traffic.total()
    wait.until("%d more messages" % MESSAGES, lambda: traffic.errors or traffic.total() >= begin + MESSAGES, 60)


def under_mail(cluster, rspamds, traffic):
    for _ in range(ROTATIONS):
        for rspamd in rspamds:
            rotate(rspamd)
        more_mail(traffic)
    # The same while an agent is away: it finds the rest in the rotated file.
    cluster[1].kill()
    more_mail(traffic)
    rotate(rspamds[1])
    more_mail(traffic)
    rotate(rspamds[1])
    cluster[1].start()
    more_mail(traffic)


def test(place):
    cluster = Cluster(place)
    redis = Redis(place)
    rspamds = [Rspamd(place, agent.name, redis, agent.map, limit(1, "1 / 1d")) for agent in cluster]
    cluster.configure([rspamd.log for rspamd in rspamds], threshold=THRESHOLD, window="12h")
    cluster.start()
    for rspamd in rspamds:
        rspamd.start()
    for rspamd in rspamds:
        rspamd.wait_ready()

    traffic = Traffic(rspamds, SENDERS, 1, clients=1)
    traffic.start()
    try:
        under_mail(cluster, rspamds, traffic)
    finally:
        traffic.stop()
    cluster.check(traffic.by_sender(), THRESHOLD)
    print("%d answers 451, %d rotations of each log: counted exactly" % (traffic.total(), ROTATIONS))

    for rspamd in rspamds:
        copy_and_truncate(rspamd)
    traffic.start()
    try:
        more_mail(traffic)
    finally:
        traffic.stop()
    cluster.check(traffic.by_sender(), THRESHOLD)
    print("%d answers 451 after copytruncate: counted exactly" % traffic.total())
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
