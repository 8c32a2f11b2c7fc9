# SPDX-License-Identifier: Apache-2.0
"""What three agents say to each other when nothing happens, and when one of them was away; with 10,000 bans.

Counted are the frames, as the agents do; what the kernel counts on the interface, with CURVE, ZMTP and TCP around
them, is printed beside it.

usage: net_bytes.py BIN_DIR SOURCE_DIR TOOL_DIR
"""
import sys
import time

import lab
import wait
from lab import check
from net_cluster import NetCluster, wait_maps
from net_world import World

BANS = 10000
BANS_A_CALL = 1000
QUIET_S = 30
QUIET_BYTES_A_SECOND_MAX = 2000  # of one link, both ways
DIFFERENCES = 10
HEALING_BYTES_MAX = 65536


def links(agent):
    """Bytes of frames on the links of one agent, both ways, by peer."""
    return {name: peer["bytes_sent"] + peer["bytes_received"] for name, peer in agent.peers().items()}


def ban_many(cluster):
    """Returns the networks; each node bans a part of them."""
    nets = ["10.20.%d.%d" % (number // 200, number % 200 + 1) for number in range(BANS)]
    begin = time.monotonic()
    slowest_s = 0
    for call, start in enumerate(range(0, BANS, BANS_A_CALL)):
        call_begin = time.monotonic()
        part = nets[start:start + BANS_A_CALL]
        document = cluster.agents[call % len(cluster.agents)].do("ban", *part)
        check(len(document["changes"]) == len(part), "%d of %d answers", len(document["changes"]), len(part))
        slowest_s = max(slowest_s, time.monotonic() - call_begin)
    wait_maps(cluster.agents, nets, 60)
    cluster.verify(60)
    print("%d bans: %.1f s until all maps held them, slowest call of %d took %.2f s"
          % (BANS, time.monotonic() - begin, BANS_A_CALL, slowest_s))
    return set(nets)


def quiet(cluster, world):
    """Nothing happens for a while."""
    begin = time.monotonic()
    before = [links(agent) for agent in cluster]
    kernel = [world.kernel_bytes(agent.host) for agent in cluster]
    repairs = [agent.counter("repairs_started") for agent in cluster]
    wait.until("the quiet time is over", lambda: time.monotonic() - begin >= QUIET_S, 2 * QUIET_S)
    after = [links(agent) for agent in cluster]
    elapsed_s = time.monotonic() - begin
    for number, agent in enumerate(cluster):
        for peer, count in after[number].items():
            rate = (count - before[number][peer]) / elapsed_s
            print("quiet: %s-%s %.0f bytes/s of frames" % (agent.name, peer, rate))
            check(rate <= QUIET_BYTES_A_SECOND_MAX, "more than %d bytes/s", QUIET_BYTES_A_SECOND_MAX)
            check(rate > 0, "the links are silent")
        rate = (world.kernel_bytes(agent.host) - kernel[number]) / elapsed_s
        print("quiet: %s %.0f bytes/s on its interface, %d links" % (agent.name, rate, len(after[number])))
    started = [agent.counter("repairs_started") - before for agent, before in zip(cluster, repairs)]
    check(not any(started), "repairs without a difference: %s", started)


def heal(cluster, world, nets):
    """The last host is away, and what differs afterwards is little."""
    here, also, away = cluster.agents
    world.pull(away.host)
    wait.until("the cut is noticed", lambda: (away.status()["peers_up"], here.status()["peers_up"],
                                              also.status()["peers_up"]) == (0, 1, 1), 20)
    fresh = ["10.30.0.%d" % number for number in range(1, DIFFERENCES + 1)]
    here.do("ban", *fresh[:DIFFERENCES // 2])
    away.do("ban", *fresh[DIFFERENCES // 2:])
    before, kernel, begin = links(away), world.kernel_bytes(away.host), time.monotonic()
    world.plug(away.host)
    wait_maps(cluster.agents, nets | set(fresh))
    healed_s = time.monotonic() - begin
    cluster.verify()
    after, kernel = links(away), world.kernel_bytes(away.host) - kernel
    elapsed_s = time.monotonic() - begin
    total = sum(after.values()) - sum(before.values())
    each = ", ".join("%s-%s %d" % (away.name, peer, after[peer] - before[peer]) for peer in after)
    print("healing %d differences on %d bans: %.2f s; %s: in all %d bytes of frames in %.1f s; %d on its interface"
          % (DIFFERENCES, len(nets), healed_s, each, total, elapsed_s, kernel))
    check(total < HEALING_BYTES_MAX, "healing took %d bytes, not below %d", total, HEALING_BYTES_MAX)


def test(place):
    with World(3) as world:
        cluster = NetCluster(place, world, sys.argv[2], 3)
        cluster.start()
        cluster.verify()
        nets = ban_many(cluster)
        quiet(cluster, world)
        heal(cluster, world, nets)
        cluster.stop()


if __name__ == "__main__":
    lab.run(test)
