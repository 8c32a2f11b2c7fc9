# SPDX-License-Identifier: Apache-2.0
"""Counting and unbanning with agents that come and go. The logs are played: rspamd's own lines with another address."""
import os
import sys
import threading

import lab
import logline
import wait
from cluster import Cluster

THRESHOLD = 10


def play_all(logs, address, counts):
    """Appends counts[i] hits of address to logs[i], all logs at the same time."""
    threads = [threading.Thread(target=log.hit, args=(address, count)) for log, count in zip(logs, counts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_concurrent_hits(cluster, logs):
    """100 + 100 + 100 hits of one sender at the same time are 300 on every node."""
    address = "203.0.113.9"
    play_all(logs, address, (100, 100, 100))
    cluster.wait_counts({address: 300})
    cluster.wait_equal()
    ban = [ban for ban in cluster[0].list()["bans"] if ban["net"] == address + "/32"][0]
    lab.check(ban["nodes"] == {"mx1": 100, "mx2": 100, "mx3": 100}, "the list names %s", ban["nodes"])


def test_similar_addresses(cluster, logs):
    """An unban of 10.1.2.3 leaves 10.1.2.30 and 110.1.2.3 alone."""
    others = cluster[0].banned()
    similar = ["10.1.2.30", "110.1.2.3"]
    for address in ["10.1.2.3"] + similar:
        play_all(logs, address, (4, 3, 3))
    cluster.wait_banned(others + ["10.1.2.3"] + similar)
    code, answer = cluster[2].ask("unban", "10.1.2.3", "--wait")
    lab.check(code == 0, "unban ended with %d: %s", code, answer)
    cluster.wait_banned(others + similar)
    cluster.verify()


def test_unban_while_away(cluster, logs):
    """What a node missed is not undone when it returns; as many new hits ban again, not one fewer."""
    address = "203.0.113.10"
    others = cluster[0].banned()
    play_all(logs, address, (4, 3, 3))
    cluster.wait_banned(others + [address])
    away = cluster[2]
    away.kill()
    code, answer = cluster[0].ask("unban", address)
    lab.check(code == 0, "unban ended with %d: %s", code, answer)
    lab.check(address not in cluster[0].banned(), "the map of the node that unbanned still holds %s", address)
    wait.until("the other node lifts the ban", lambda: address not in cluster[1].banned())
    lab.check(address in away.banned(), "the map of the node that is away does not hold %s any more", address)
    away.start()
    away.wait_ready()
    cluster.wait_banned(others)
    cluster.wait_linked()
    cluster.verify()
    cluster.wait_banned(others, 1)
    wait.next_second()  # hits in the unban's own second are void
    play_all(logs, address, (3, 3, 3))
    cluster.wait_counts({address: THRESHOLD - 1})
    cluster.wait_banned(others, 1)
    logs[2].hit(address)
    cluster.wait_banned(others + [address])


def test_hits_while_away(cluster, logs):
    """What was written to the log of a node that was away counts when it returns."""
    address = "203.0.113.11"
    others = cluster[0].banned()
    away, present = cluster[1], (cluster[0], cluster[2])
    away.kill()
    play_all(logs, address, (4, 4, 2))
    for agent in present:
        wait.until("%s counts 6" % agent.name, lambda asked=agent: asked.show(address).get("count") == 6)
        lab.check(address not in agent.banned(), "%s bans %s at 6 hits", agent.name, address)
    away.start()
    cluster.wait_banned(others + [address])
    cluster.wait_counts({address: THRESHOLD})


def test_restart(cluster):
    """All three restarted: nothing lost."""
    before, banned = cluster[0].list()["bans"], cluster[0].banned()
    cluster.restart()
    cluster.wait_banned(banned)
    cluster.wait_equal()
    lab.check(cluster[0].list()["bans"] == before, "the list is another one after the restart")


def test(place):
    line = logline.template(sys.argv[2])
    cluster = Cluster(place)
    logs = [logline.Log(os.path.join(place.folder(agent.name, "log"), "rspamd.log"), line) for agent in cluster]
    cluster.configure([log.path for log in logs], threshold=THRESHOLD)
    cluster.start()
    for part in (test_concurrent_hits, test_similar_addresses, test_unban_while_away, test_hits_while_away):
        part(cluster, logs)
        print("passed: %s" % part.__doc__)
    test_restart(cluster)
    print("passed: %s" % test_restart.__doc__)
    cluster.wait_healthy()
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
