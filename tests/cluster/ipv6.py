# SPDX-License-Identifier: Apache-2.0
"""IPv6 senders with real rspamd, and agents that talk over IPv6: hits of several hosts of one /64, over two nodes, ban the
/64 at the tenth; rspamd then rejects a host of it that never sent and accepts the /64 beside it. A v4-mapped address is
the IPv4 address, whether rspamd or the agent makes it that."""
import itertools
import random
import socket
import sys

import lab
import logline
import milter
import wait
from cluster import Cluster
from rspamd import Redis, Rspamd, limit

NET = "2001:db8:7:1::/64"
HOSTS = ("2001:db8:7:1::25", "2001:db8:7:1:ffff:ffff:ffff:ffff", "2001:db8:7:1:0:5efe:192.0.2.1", "2001:db8:7:1::")
SILENT = "2001:db8:7:1:abcd::1"  # a host of the network that never sends over a limit
BESIDE = ("2001:db8:7:2::25", "2001:db8:7::25")
MAPPED, PLAIN = "::ffff:192.0.2.7", "192.0.2.7"
LOGGED = "192.0.2.8"
ACCOUNT = "alice@example.org"
THRESHOLD = 10

_fresh = itertools.count(1)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def endpoint():
    """A free port of ::1, below the range that the kernel gives to outgoing connections."""
    while True:
        port = random.randint(11000, 31000)
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", port))
                return "tcp://[::1]:%d" % port
            except OSError:
                pass


def verdict(rspamd, client):
    """On a user never seen before: only the map counts."""
    return rspamd.play(client, "fresh-%d@example.org" % next(_fresh))[0]


def reach_limit(rspamd, client, user):
    """Sends until the burst of the user is used up; the first 451 counts already."""
    for _ in range(30):
        answer = rspamd.play(client, user)
        if milter.is_limited(answer):
            return
        lab.check(answer[0] == "accept", "unexpected answer %s", answer)
    raise AssertionError("%s: no limit was reached" % rspamd.name)


def hit(rspamd, client, user):
    answer = rspamd.play(client, user)
    lab.check(milter.is_limited(answer), "%s: over the limit, but answered %s", rspamd.name, answer)


def wait_count(cluster, net, count):
    wait.until("every node counts %d for %s" % (count, net),
               lambda: all(agent.show(net).get("count") == count for agent in cluster))


def nine_hits(rspamds):
    """From the hosts in turn, on the nodes in turn."""
    reach_limit(rspamds[0], HOSTS[0], ACCOUNT)
    for number in range(1, THRESHOLD - 1):
        hit(rspamds[number % 2], HOSTS[number % len(HOSTS)], ACCOUNT)


def check_log(rspamd, *texts):
    """What rspamd wrote is what the test is about."""
    with open(rspamd.log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    for one in texts:
        lab.check("ip: %s," % one in text, "rspamd's log does not name %s", one)


def network(cluster, rspamds):
    """The tenth hit bans the /64, an unban lifts it."""
    nine_hits(rspamds)
    wait_count(cluster, NET, THRESHOLD - 1)
    for agent, rspamd in zip(cluster, rspamds):
        lab.check(agent.banned() == [], "%s bans at the ninth hit: %s", agent.name, agent.banned())
        lab.check(verdict(rspamd, HOSTS[0]) == "accept", "%s does not accept at the ninth hit", rspamd.name)
    hit(rspamds[1], HOSTS[1], ACCOUNT)
    cluster.wait_banned([NET])
    for rspamd in rspamds:
        for client in HOSTS[:2] + (SILENT,):
            wait.until("%s rejects %s" % (rspamd.name, client),
                       lambda asked=rspamd, host=client: verdict(asked, host) == "reject", 20)
        for client in BESIDE:
            lab.check(verdict(rspamd, client) == "accept", "%s does not accept %s", rspamd.name, client)
    for agent in cluster:
        bans = agent.list()["bans"]
        lab.check([ban["net"] for ban in bans] == [NET], "the list is %s", bans)
        lab.check(bans[0]["count"] == THRESHOLD and bans[0]["nodes"] == {"mx1": 5, "mx2": 5}, "the list is %s", bans)
        lab.check(agent.ask("check", SILENT)[0] == 0 and agent.ask("check", BESIDE[0])[0] == 1, "check on %s", agent.name)
    cluster.verify()
    code, answer = cluster[0].ask("unban", SILENT, "--wait")  # any host names its network
    lab.check(code == 0, "unban ended with %d: %s", code, answer)
    cluster.wait_banned([])
    for rspamd in rspamds:
        wait.until("%s accepts after the unban" % rspamd.name,
                   lambda asked=rspamd: verdict(asked, SILENT) == "accept", 20)


def mapped(cluster, rspamds):
    """An IPv4 address and its v4-mapped form are one sender; its ban is that of the IPv4 address."""
    reach_limit(rspamds[0], MAPPED, "bob@example.org")
    for number in range(1, THRESHOLD):
        hit(rspamds[number % 2], MAPPED if number % 3 else PLAIN, "bob@example.org")
    cluster.wait_banned([PLAIN])
    check_log(rspamds[0], PLAIN)  # rspamd 3.4 logs a v4-mapped client so; others may not
    lab.check([ban["net"] for ban in cluster[1].list()["bans"]] == [PLAIN + "/32"], "the list: %s", cluster[1].list())
    for rspamd in rspamds:
        wait.until("%s rejects %s" % (rspamd.name, PLAIN),
                   lambda asked=rspamd: verdict(asked, PLAIN) == "reject", 20)
        lab.check(verdict(rspamd, MAPPED) == "reject", "%s does not reject %s", rspamd.name, MAPPED)
    for rspamd in rspamds:
        logline.Log(rspamd.log, logline.template(sys.argv[2])).hit("::ffff:" + LOGGED, THRESHOLD // 2)
    cluster.wait_banned([PLAIN, LOGGED])


def test(place):
    cluster = Cluster(place, ("mx1", "mx2"))
    for agent in cluster:
        agent.endpoint = endpoint()
    redis = Redis(place)
    rspamds = [Rspamd(place, agent.name, redis, agent.map, limit(10, "1 / 1min")) for agent in cluster]
    cluster.configure([rspamd.log for rspamd in rspamds])
    cluster.start()
    for rspamd in rspamds:
        rspamd.start()
    for rspamd in rspamds:
        rspamd.wait_ready()
    network(cluster, rspamds)
    check_log(rspamds[0], HOSTS[0])
    mapped(cluster, rspamds)
    cluster.verify()
    cluster.wait_healthy()
    cluster.stop()


if __name__ == "__main__":
    if not has_ipv6():
        print("SKIPPED: this machine has no ::1")
        raise SystemExit(77)
    lab.run(test)
