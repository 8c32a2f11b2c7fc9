# SPDX-License-Identifier: Apache-2.0
"""Several agents of one cluster."""
import filled
import wait
from member import Member


def team(bench, stack, name, count, bans=0, detect=""):
    """That many agents with a log each (agent.log), all with the same bans, started, linked and of one state."""
    place = bench.place
    agents = [Member(place, "%s-%d" % (name, number)) for number in range(1, count + 1)]
    for agent in agents:
        agent.log = place.write("", agent.name, "log")
        agent.configure(agent.log, agents, detect=detect)
        filled.fill(bench, agent, 0, bans)
    for agent in agents:
        filled.start(agent)
        stack.callback(agent.stop)
    for agent in agents:
        agent.wait_healthy(60)
        wait.until("the map is written", lambda: len(agent.banned()) == bans, 60)
    return agents
