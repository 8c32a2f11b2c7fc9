# SPDX-License-Identifier: Apache-2.0
"""Agents on hosts of their own: see net_world.py."""
import os
import shutil
import subprocess
import time

import logline
import wait
from agent import READS, USER, Agent
from cluster import Cluster
from net_world import PATH

HITS = 10  # the threshold
COARSE_S = 0.02  # time(2), which stamps log lines, is a clock tick behind clock_gettime(2)


class NetAgent(Agent):
    """An agent on one host, with a log that hits are written to."""

    def __init__(self, lab, world, host, line):
        super().__init__(lab, "mx%d" % host)
        self.world, self.host = world, host
        self.address = world.address(host)
        self.endpoint = world.endpoint(host)
        self.log = logline.Log(lab.path(self.name, "rspamd.log"), line)

    def start(self):
        argv = [self.lab.path("bin", "bansyncd"), "--foreground", "--config", self.config]
        with open(self.stderr, "ab") as out:
            self.process = subprocess.Popen(self.world.command(self.host, self.lab.command(argv, USER, READS)),
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.lab.dir,
                                            env=dict(os.environ, PATH=PATH))
        self.lab.processes.append(self.process)

    def wait_ready(self, seconds=60):
        """An error is an answer of banctl, not of the agent."""
        super().wait_ready(seconds)
        wait.until("status of %s" % self.name, lambda: "node" in self.status(), seconds)

    def wipe(self):
        """Empties state and map of a stopped agent, as on a new machine; the key stays."""
        for folder in ("state", "maps"):
            shutil.rmtree(os.path.join(self.home, folder))
            self.lab.folder(self.name, "agent", folder, user=USER)

    def text(self, *words):
        """What banctl WORDS prints for people: (exit code, text)."""
        run = subprocess.run([self.lab.path("bin", "banctl"), "--socket", self.socket] + list(words), timeout=60,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return run.returncode, run.stdout

    def do(self, command, *nets):
        """banctl ban or unban, with --json. Returns the document."""
        code, document = self.ask(command, "--yes", *nets)
        if code != os.EX_OK:
            raise AssertionError("%s: %s %s ended with %d: %s" % (self.name, command, nets[:3], code, document))
        return document

    def counter(self, name):
        return self.status()["counters"][name]

    def peers(self):
        """The items of banctl peers, by name."""
        return {peer["name"]: peer for peer in self.ask("peers")[1]["peers"]}


class NetCluster(Cluster):
    """One agent a host, on the first `count` hosts; each lists all of them."""

    def __init__(self, lab, world, source_dir, count):
        line = logline.template(source_dir)
        self.agents = [NetAgent(lab, world, host, line) for host in range(1, count + 1)]
        self.configure([agent.log.path for agent in self.agents])


def hits_of(agents, net):
    """HITS hits of one sender, as evenly as possible over the agents, none of which may ban alone."""
    for index, agent in enumerate(agents):
        agent.log.hit(net, HITS * (index + 1) // len(agents) - HITS * index // len(agents))


def wait_in_maps(agents, net, seconds=10):
    wait.until("%s in the maps of %s" % (net, ", ".join(agent.name for agent in agents)),
               lambda: all(net in agent.banned() for agent in agents), seconds)


def wait_maps(agents, nets, seconds=10):
    """Each map holds exactly these."""
    wanted = sorted(nets)
    try:
        wait.until("maps of %d networks" % len(wanted),
                   lambda: all(sorted(agent.banned()) == wanted for agent in agents), seconds)
    except wait.Late as late:
        raise wait.Late("%s; missing and too much: %s" % (late, {
            agent.name: (sorted(set(wanted) - set(agent.banned()))[:10], sorted(set(agent.banned()) - set(wanted))[:10])
            for agent in agents})) from None


def next_second():
    """Waits until hits are stamped with a later second than anything done so far."""
    second = int(time.time())
    wait.until("the next second", lambda: int(time.time() - COARSE_S) > second, 5)
