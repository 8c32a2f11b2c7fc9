# SPDX-License-Identifier: Apache-2.0
"""One bansyncd with its key, configuration and state, and banctl to talk to it."""
import json
import os
import signal
import subprocess

import wait
from lab import REPORT

USER = "nobody"
READS = ("_rspamd",)  # the group that may read rspamd's log

CONFIG = """[node]
name = {name}
listen = {endpoint}
key = {home}/node.key
state_dir = {home}/state
[cluster]
name = test
{peers}
[detect]
log = {log}
threshold = {threshold}
window = {window}
{detect}
[map]
file = {map}
[control]
socket = {socket}
"""


class Agent:
    """Made in three steps, as all keys must be there before the first agent starts: Agent, configure, start."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.home = lab.folder(name, "agent", user=USER)
        for folder in ("state", "maps"):
            lab.folder(name, "agent", folder, user=USER)
        self.endpoint = "tcp://%s:%d" % (lab.address, lab.port())
        self.map = os.path.join(self.home, "maps", "ip_blacklist_ratelimit.map")
        self.socket = os.path.join(self.home, "control.sock")
        self.stderr = os.path.join(lab.dir, name, "bansyncd.err")
        self.process = None
        self.kills = 0
        lab.reports.append(self.stderr)
        key = os.path.join(self.home, "node.key")
        self.key = subprocess.run(lab.command([lab.path("bin", "banctl"), "keygen", "--out", key], USER), check=True,
                                  stdout=subprocess.PIPE, text=True).stdout.split()[-1]

    def peer_line(self):
        return "peer = %s %s %s" % (self.name, self.endpoint, self.key)

    def configure(self, log, agents, threshold=10, window="10m", detect=""):
        """log: the file it reads; agents: all of the cluster, itself too; detect: more lines for that section."""
        peers = "\n".join(agent.peer_line() for agent in agents)
        self.config = self.lab.write(CONFIG.format(name=self.name, endpoint=self.endpoint, home=self.home, peers=peers,
                                                   log=log, threshold=threshold, window=window, detect=detect,
                                                   map=self.map, socket=self.socket), self.name, "bansync.conf")

    def start(self):
        """Does not wait."""
        self.process = self.lab.start([self.lab.path("bin", "bansyncd"), "--foreground", "--config", self.config], USER,
                                      READS, self.stderr)

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.lab.processes.remove(self.process)
        code = self.process.wait()
        self.kills += 1
        if code != -signal.SIGKILL:
            raise AssertionError("%s ended by itself with %d" % (self.name, code))

    def stop(self):
        code = self.lab.end(self.process)
        if code != 0:
            raise AssertionError("%s: clean stop ended with %d" % (self.name, code))

    def ask(self, *words, seconds=60):
        """banctl WORDS --json: (exit code, document). {} if it printed none."""
        run = subprocess.run([self.lab.path("bin", "banctl"), "--socket", self.socket] + list(words) + ["--json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds,
                             env=dict(os.environ, SSH_CLIENT=""))
        if REPORT.search(run.stderr):
            raise AssertionError("banctl: %s" % run.stderr.decode("utf-8", "replace"))
        return run.returncode, json.loads(run.stdout) if run.stdout.strip() else {}

    def wait_ready(self, seconds=60):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError("%s ended with %d" % (self.name, self.process.returncode))
            return self.ask("status")[1].get("node")  # an error is no answer
        wait.until("%s answers" % self.name, answers, seconds)

    def status(self):
        return self.ask("status")[1]

    def wait_healthy(self, seconds=30):
        """Its status names nothing that is wrong, and all peers are linked."""
        def is_healthy():
            code, result = self.ask("status")
            return code == os.EX_OK and result["state"] != "starting"

        try:
            wait.until("%s is healthy" % self.name, is_healthy, seconds)
        except wait.Late as late:
            raise wait.Late("%s: %s" % (late, self.status().get("reasons"))) from None

    def list(self):
        return self.ask("list")[1]

    def show(self, net):
        return self.ask("show", net)[1]

    def map_bytes(self):
        """The map file as it is; b"" before the first one is written."""
        try:
            with open(self.map, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def banned(self):
        """The entries of the map file."""
        return [line for line in self.map_bytes().decode().splitlines() if line and not line.startswith("#")]

    def counts(self, senders):
        """Count by sender as this agent has it."""
        found = {ban["net"].removesuffix("/32"): ban["count"] for ban in self.list().get("bans", [])}
        return {sender: found[sender] if sender in found else self.show(sender).get("count") for sender in senders}
