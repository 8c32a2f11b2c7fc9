# SPDX-License-Identifier: Apache-2.0
"""The main job with everything real but the mail: three rspamd with one redis, three agents. One account sends from one
address until the limit fires; ten hits spread over the three nodes ban the address on all of them, at the tenth and not
before; an unban on one node lifts it on all."""
import itertools
import os
import threading
import time

import lab
import milter
import wait
from cluster import Cluster
from rspamd import Redis, Rspamd, limit

SENDER = "203.0.113.7"
ACCOUNT = "alice@example.org"
SPREAD = (4, 3, 3)
THRESHOLD = 10

_fresh = itertools.count(1)


def fresh_user(rspamd):
    """The verdict on a user never seen before who sends from the same address: only the map counts."""
    return rspamd.play(SENDER, "fresh-%d@example.org" % next(_fresh))[0]


def reach_limit(rspamd):
    """Sends until the burst of the account is used up; the first 451 counts already and is returned as 1."""
    accepted = 0
    while True:
        answer = rspamd.play(SENDER, ACCOUNT)
        if milter.is_limited(answer):
            print("accepted until the limit: %d" % accepted)
            return 1
        lab.check(answer[0] == "accept", "unexpected answer %s", answer)
        accepted += 1


def hit(rspamd):
    answer = rspamd.play(SENDER, ACCOUNT)
    lab.check(milter.is_limited(answer), "%s: over the limit, but answered %s", rspamd.name, answer)


def show_times(cluster, rspamds, begin):
    """Prints for each node how long after begin its map holds the sender, and its rspamd rejects a fresh user."""
    mapped, rejected = {}, {}

    def watch(times, name, what, condition):
        wait.until("%s %s" % (name, what), condition, 20)
        times[name] = "%s %.0f ms" % (name, 1000 * (time.monotonic() - begin))

    threads = [threading.Thread(target=watch, args=(mapped, agent.name, "bans", lambda asked=agent: asked.banned()))
               for agent in cluster]
    threads += [threading.Thread(target=watch, args=(rejected, rspamd.name, "rejects",
                                                     lambda asked=rspamd: fresh_user(asked) == "reject"))
                for rspamd in rspamds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lab.check(len(mapped) == len(rejected) == len(rspamds), "only %s ban and %s reject", mapped, rejected)
    print("from the tenth hit's 451 to the map: %s" % ", ".join(sorted(mapped.values())))
    print("from the tenth hit's 451 to the reject: %s" % ", ".join(sorted(rejected.values())))


def nine_hits(rspamds):
    """All hits but the last; the last belongs to the last node."""
    hits = reach_limit(rspamds[0])
    for node, rspamd in enumerate(rspamds):
        while hits < min(sum(SPREAD[:node + 1]), THRESHOLD - 1):
            hit(rspamd)
            hits += 1


def wait_count(cluster, count):
    wait.until("every node counts %d" % count,
               lambda: all(agent.show(SENDER).get("count") == count for agent in cluster))


def check_users(cluster, rspamds):
    """As on Debian: the log is closed to all but rspamd's group, and the agent is not root."""
    for agent, rspamd in zip(cluster, rspamds):
        lab.check(os.stat(rspamd.log_dir).st_mode & 0o777 == 0o750, "the folder of the log is open")
        lab.check(os.stat("/proc/%d" % agent.process.pid).st_uid != 0, "%s runs as root", agent.name)
        lab.check(os.stat("/proc/%d" % rspamd.process.pid).st_uid != 0, "%s: rspamd runs as root", rspamd.name)


def check_list(cluster):
    cluster.wait_equal()
    bans = cluster[0].list()["bans"]
    lab.check(len(bans) == 1 and bans[0]["net"] == SENDER + "/32", "the list is %s", bans)
    lab.check(bans[0]["count"] == THRESHOLD, "the list counts %s", bans[0]["count"])
    lab.check(bans[0]["nodes"] == dict(zip(("mx1", "mx2", "mx3"), SPREAD)), "the list names %s", bans[0]["nodes"])
    lab.check(bans[0]["accounts"] == [ACCOUNT], "the list names %s", bans[0]["accounts"])


def test(place):
    cluster = Cluster(place)
    redis = Redis(place)
    # Debian's ratelimit.conf has no limits; these are those of the sample: 10 at once, then one a minute.
    rspamds = [Rspamd(place, agent.name, redis, agent.map, limit(10, "1 / 1min")) for agent in cluster]
    cluster.configure([rspamd.log for rspamd in rspamds])
    cluster.start()
    for rspamd in rspamds:
        rspamd.start()
    for rspamd in rspamds:
        rspamd.wait_ready()
    check_users(cluster, rspamds)

    nine_hits(rspamds)
    wait_count(cluster, THRESHOLD - 1)
    for agent, rspamd in zip(cluster, rspamds):
        lab.check(agent.banned() == [], "%s bans at the ninth hit: %s", agent.name, agent.banned())
        lab.check(fresh_user(rspamd) == "accept", "%s does not accept at the ninth hit", rspamd.name)

    hit(rspamds[-1])
    show_times(cluster, rspamds, time.monotonic())
    cluster.wait_banned([SENDER])
    check_list(cluster)
    cluster.verify()

    code, answer = cluster[1].ask("unban", SENDER, "--wait")
    lab.check(code == 0, "unban ended with %d: %s", code, answer)
    for rspamd in rspamds:
        wait.until("%s accepts after the unban" % rspamd.name, lambda asked=rspamd: fresh_user(asked) == "accept", 20)
    cluster.wait_banned([])
    cluster.wait_healthy()
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
