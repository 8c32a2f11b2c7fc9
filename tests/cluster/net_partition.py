# SPDX-License-Identifier: Apache-2.0
"""Three hosts, one of them cut off: both sides ban, unban and read hits; then they meet again.

usage: net_partition.py BIN_DIR SOURCE_DIR TOOL_DIR
"""
import sys
import time

import lab
import wait
from lab import check
from net_cluster import HITS, NetCluster, hits_of, next_second, wait_in_maps, wait_maps
from net_world import World

DEADLINE_S = 10  # the promise is 3 s; what is measured is printed
DIFFERENT = 6    # exit code of verify
FLAPS = 3


def absence(cluster, world, number, far, expected):
    """The last host is away for a while. expected: what all maps hold; it is changed to what they hold afterwards."""
    here, also, away = cluster.agents
    net = ("198.51.100.%d" % last for last in range(number * 20, number * 20 + 20))
    kept, freed_here, freed_away, proven, again = (next(net) for _ in range(5))
    here.do("ban", kept, freed_here, freed_away)
    hits_of(cluster.agents, proven)
    hits_of(cluster.agents, again)
    expected |= {kept, freed_here, freed_away, proven, again}
    wait_maps(cluster.agents, expected)

    world.pull(away.host, far)
    new_here, new_away, split, nine, alone, void = (next(net) for _ in range(6))
    prefix = "2001:db8:%d::/64" % number
    here.do("ban", new_here, prefix)
    away.do("ban", new_away)
    for agent, count in ((here, 3), (also, 3), (away, HITS - 6)):
        agent.log.hit(split, count)
    for agent, count in ((here, 3), (also, 2), (away, HITS - 6)):
        agent.log.hit(nine, count)
    away.log.hit(alone, HITS)
    away.log.hit(void, HITS)
    wait_in_maps([away], alone)
    wait_in_maps([away], void)
    next_second()
    here.do("unban", freed_here, proven, again)
    away.do("unban", freed_away)
    check(here.ask("unban", void)[0] == 1, "%s is not known here, and unban does not say so", void)
    next_second()
    away.log.hit(again, HITS)

    wait_maps([here, also], (expected | {new_here, prefix}) - {freed_here, proven, again})
    wait_maps([away], (expected | {new_away, alone, void}) - {freed_away})
    for agent in cluster:
        check(agent.ask("verify")[0] == DIFFERENT, "verify on %s while %s is away", agent.name, away.name)

    expected |= {new_here, prefix, new_away, split, alone, again}
    expected -= {freed_here, freed_away, proven, void}
    world.plug(away.host, far)
    begin = time.monotonic()
    wait_maps(cluster.agents, expected, DEADLINE_S)
    check(cluster.maps_equal(), "maps hold the same and are not the same bytes")
    maps_s = time.monotonic() - begin
    cluster.verify(DEADLINE_S)
    print("absence %d (%s end down): maps equal %.2f s after link up, verified %.2f s after"
          % (number, "far" if far else "own", maps_s, time.monotonic() - begin))
    wait_maps(cluster.agents, expected)


def flap(cluster, world, number, far, expected):
    """The last host is away again, soon after the maps were equal, and comes back the moment this is noticed: what was
    sent last is lost with the old connections."""
    here, also, away = cluster.agents
    sides = {here: "203.0.113.%d" % number, away: "203.0.113.%d" % (100 + number)}
    world.pull(away.host, far)
    for agent, sender in sides.items():
        agent.log.hit(sender, HITS)
        wait_in_maps([agent], sender)
    wait.until("the cut is noticed", lambda: [agent.status()["peers_up"] for agent in cluster] == [1, 1, 0], 20)
    expected |= set(sides.values())
    world.plug(away.host, far)
    begin = time.monotonic()
    wait_maps(cluster.agents, expected, DEADLINE_S)
    print("flap %d (%s end down): maps equal %.2f s after link up" % (number, "far" if far else "own",
                                                                      time.monotonic() - begin))


def blank(cluster, expected):
    """The last host loses everything but its key."""
    node = cluster.agents[-1]
    node.stop()
    node.wipe()
    begin = time.monotonic()
    node.start()
    wait_maps(cluster.agents, expected)
    check(cluster.maps_equal(), "the map of a blank node is not the same bytes")
    maps_s = time.monotonic() - begin
    node.wait_ready()
    cluster.wait_linked()
    cluster.verify(DEADLINE_S)
    print("blank node: same map %.2f s after its start" % maps_s)


def test(place):
    with World(3) as world:
        cluster = NetCluster(place, world, sys.argv[2], 3)
        cluster.start()
        cluster.verify()
        expected = set()
        absence(cluster, world, 1, True, expected)
        for number in range(FLAPS):
            flap(cluster, world, number, number % 2 == 1, expected)
        blank(cluster, expected)
        cluster.stop()


if __name__ == "__main__":
    lab.run(test)
