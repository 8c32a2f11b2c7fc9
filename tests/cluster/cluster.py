# SPDX-License-Identifier: Apache-2.0
"""Several agents that know each other."""
import os

import wait
from agent import Agent


def _differences(agent, wanted):
    """Says how the map of the agent differs from what it should hold."""
    held = agent.banned()
    return "%s misses %s and has %s too many" % (agent.name, sorted(set(wanted) - set(held)),
                                                 sorted(set(held) - set(wanted)))


class Cluster:
    def __init__(self, lab, names=("mx1", "mx2", "mx3")):
        self.agents = [Agent(lab, name) for name in names]

    def __iter__(self):
        return iter(self.agents)

    def __getitem__(self, index):
        return self.agents[index]

    def configure(self, logs, **options):
        for agent, log in zip(self.agents, logs):
            agent.configure(log, self.agents, **options)

    def start(self):
        for agent in self.agents:
            agent.start()
        for agent in self.agents:
            agent.wait_ready()
        self.wait_linked()

    def restart(self):
        """All of them stop cleanly, then all start again."""
        for agent in self.agents:
            agent.stop()
        self.start()

    def wait_linked(self):
        def linked():
            return all(agent.status().get("peers_up") == len(self.agents) - 1 for agent in self.agents)
        wait.until("all agents see each other", linked, 60)

    def stop(self):
        for agent in self.agents:
            agent.stop()

    def wait_banned(self, nets, seconds=30):
        """Every map holds exactly these networks, and all maps are the same bytes."""
        wanted = sorted(nets)

        def equal():
            return all(sorted(agent.banned()) == wanted for agent in self.agents) and self.maps_equal()
        try:
            wait.until("equal maps with what is due", equal, seconds)
        except wait.Late as late:
            raise wait.Late("%s; %s" % (late, "; ".join(_differences(agent, wanted) for agent in self.agents))) from None

    def maps_equal(self):
        return len({agent.map_bytes() for agent in self.agents}) == 1

    def lists_equal(self):
        first = self.agents[0].list()
        return bool(first) and all(agent.list() == first for agent in self.agents[1:])

    def wait_equal(self, seconds=30):
        """The lists of all agents are the same document, and their maps the same bytes."""
        wait.until("equal lists and maps", lambda: self.maps_equal() and self.lists_equal(), seconds)

    def wait_counts(self, wanted, seconds=30):
        """Every agent counts what wanted says, by sender."""
        for agent in self.agents:
            try:
                wait.until("%s counts as it should" % agent.name,
                           lambda asked=agent: asked.counts(wanted) == wanted, seconds)
            except wait.Late as late:
                found = agent.counts(wanted)
                differ = {sender: "%s for %s" % (found[sender], wanted[sender])
                          for sender in wanted if found[sender] != wanted[sender]}
                raise wait.Late("%s; it counts %s" % (late, differ)) from None

    def check(self, wanted, threshold, seconds=30):
        """Every agent counts what wanted says, and from that follow its list, its map and its answer to verify."""
        self.wait_counts(wanted, seconds)
        self.wait_banned([sender for sender in wanted if wanted[sender] >= threshold])
        self.wait_equal()
        self.verify()
        self.wait_healthy()

    def wait_healthy(self, seconds=30):
        for agent in self.agents:
            agent.wait_healthy(seconds)

    def verify(self, seconds=30):
        """banctl verify says so, too, on each of them."""
        for agent in self.agents:
            wait.until("verify on %s" % agent.name, lambda asked=agent: asked.ask("verify")[0] == os.EX_OK, seconds)
