# SPDX-License-Identifier: Apache-2.0
"""Agents whose configuration a test writes freely, banctl as a user calls it, and parts of a test that wait side by side."""
import collections
import contextlib
import grp
import os
import re
import subprocess
import time
import traceback

import lab
import logline
import wait
from agent import READS, USER, Agent

ADMIN_GROUP, READ_GROUP = "games", "users"  # two groups that every Debian has
STRANGER = 54321  # a user id that nobody has

Output = collections.namedtuple("Output", "code out err")
SANITIZER = re.compile(r"Sanitizer|runtime error|Assertion")


def run(argv, seconds=60, **options):
    """Runs a program to its end. AssertionError if a sanitizer or an assertion spoke."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False, **options)
    output = Output(done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"))
    lab.check(not SANITIZER.search(output.err), "%s: %s", argv, output.err)
    return output


def banctl(place, *words, socket=None, as_user=None, env=None, **options):
    """banctl WORDS. as_user: () or names of groups that a stranger is a member of; env: added to an environment without
    the variables that banctl reads."""
    argv = [place.path("bin", "banctl")] + (["--socket", socket] if socket else []) + list(words)
    if as_user is not None:
        groups = ",".join(str(grp.getgrnam(name).gr_gid) for name in as_user)
        argv = ["setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER)] + (
            ["--groups", groups] if groups else ["--clear-groups"]) + ["--"] + argv
    variables = {name: value for name, value in os.environ.items()
                 if name not in ("BANCTL_SOCKET", "SSH_CLIENT", "SSH_CONNECTION")}
    variables.update(env or {})
    return run(argv, env=variables, **options)


class Daemon(Agent):
    """An Agent of which every option can be set. It has a log of its own."""

    def __init__(self, place, name, template, **detect):
        super().__init__(place, name)
        self.log = logline.Log(os.path.join(place.folder(name, "log"), "rspamd.log"), template)
        self.options = {
            "node": {"name": name, "listen": self.endpoint, "key": os.path.join(self.home, "node.key"),
                     "state_dir": os.path.join(self.home, "state")},
            "cluster": {"name": "test"},
            "detect": {"log": self.log.path, "threshold": 10, "window": "10m"},
            "ban": {},
            "map": {"file": self.map},
            "never-ban": {},
            "control": {"socket": self.socket, "admin_group": ADMIN_GROUP, "read_group": READ_GROUP},
            "log": {},
        }
        self.set("detect", **detect)

    def set(self, section, **values):
        """Sets options and writes the file; a list is one line an element, None removes the option."""
        self.options[section].update(values)
        text = []
        for name, options in self.options.items():
            text.append("[%s]" % name)
            for key, value in options.items():
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        text.append("%s = %s" % (key, one))
        self.config = self.lab.write("\n".join(text) + "\n", self.name, "bansync.conf")

    def meet(self, agents):
        """Makes the agents its peers."""
        self.set("cluster", peer=[agent.peer_line().split(" = ")[1] for agent in agents])

    def begin(self):
        self.start()
        self.wait_ready()

    def once(self, *words):
        """bansyncd as it is configured, run to its end."""
        argv = [self.lab.path("bin", "bansyncd"), "--config", self.config] + list(words)
        return run(self.lab.command(argv, USER, READS))

    def refused(self, *texts, code=1):
        """A start must fail with the code and say all texts."""
        output = self.once("--foreground")
        lab.check(output.code == code, "exit %d, wanted %d: %s", output.code, code, output.err)
        for text in texts:
            lab.check(text in output.err, "no \"%s\" in: %s", text, output.err)

    def tell(self, *words, **options):
        """banctl WORDS for this agent, as text."""
        return banctl(self.lab, *words, socket=self.socket, **options)

    def reasons(self):
        """Why status is degraded."""
        return self.status().get("reasons", ["no answer"])

    def is_degraded(self, *words):
        """Does status exit 6 and is there one reason with all words?"""
        code, status = self.ask("status")
        return code == 6 and status["state"] == "degraded" and any(
            all(word in reason for word in words) for reason in status["reasons"])

    def is_healthy(self):
        code, status = self.ask("status")
        return code == 0 and status["state"] == "healthy" and status["reasons"] == []

    def count(self, address):
        return self.show(address)["count"]

    def written(self, *words):
        """The lines of its own log with all words in them."""
        with open(self.stderr, encoding="utf-8") as file:
            return [line.rstrip("\n") for line in file if all(word in line for word in words)]

    def notices(self, word, net):
        """The NOTICE lines "WORD key=value..." of the network, each as a dictionary."""
        out = []
        for line in self.written(" %s net=%s " % (word, net)):
            out.append(dict(pair.split("=", 1) for pair in line.split(" " + word + " ", 1)[1].split(" ")))
        return out

    def hit_from(self, address, account):
        """One hit with the account as rspamd would log these bytes if it did not escape them."""
        with open(self.log.path, "ab", buffering=0) as file:
            line = time.strftime("%Y-%m-%d %H:%M:%S") + self.log.line[19:]
            before, after = line.replace("ip: %s," % logline.ADDRESS, "ip: %s," % address).split("alice@example.org", 1)
            file.write(before.encode() + account + after.encode())

    def write_map(self, text):
        """Changes the map file in place, as an editor might."""
        with open(self.map, "w", encoding="utf-8") as file:
            file.write(text)

    def make_public(self, mode, *names):
        os.chmod(os.path.join(self.home, *names), mode)


def until(what, condition, seconds=30):
    """For a part of a test: yield until(...) as one would call wait.until."""
    return what, condition, seconds


class Part:
    """A function, or a generator that yields what it waits for."""

    def __init__(self, function, *arguments):
        self.name = function.__doc__.split("\n")[0]
        self.started = time.monotonic()
        self.generator = self.steps(function, arguments)
        self.waiting = None
        self.deadline = 0
        self.failure = None

    @staticmethod
    def steps(function, arguments):
        result = function(*arguments)
        if result is not None:
            yield from result

    def go(self, value=None):
        """Runs it to its next wait. False at its end."""
        try:
            self.waiting = self.generator.send(value)
            self.deadline = time.monotonic() + self.waiting[2]
            return True
        except StopIteration:
            return False

    def look(self):
        """False at its end."""
        what, condition, seconds = self.waiting
        try:
            value = condition()
            if value:
                return self.go(value)
            if time.monotonic() > self.deadline:
                self.generator.throw(wait.Late("waited %g s in vain: %s" % (seconds, what)))
            return True
        except Exception:  # whatever it is, the other parts go on
            self.failure = traceback.format_exc()
            return False

    def begin(self):
        """False at its end."""
        try:
            return self.go()
        except Exception:
            self.failure = traceback.format_exc()
            return False


def run_parts(functions, *arguments):
    """Runs all functions; while one waits the others go on. Tells each, and raises AssertionError if some failed."""
    parts, failed = [], []
    wanted = os.environ.get("BANSYNC_PARTS", "").split()
    try:
        waiting = functions = [one for one in functions if not wanted or one.__name__ in wanted]
        waiting = []
        for function in functions:
            parts.append(Part(function, *arguments))
            (waiting if parts[-1].begin() else failed if parts[-1].failure else []).append(parts[-1])
            waiting = [part for part in waiting if step(part, failed)]
        while waiting:
            waiting = [part for part in waiting if step(part, failed)]
            time.sleep(wait.POLL_SECONDS)  # poll interval
    finally:
        for part in parts:
            part.generator.close()
    for part in failed:
        print("FAILED: %s\n%s" % (part.name, part.failure))
    lab.check(not failed, "%d of %d parts failed: %s", len(failed), len(parts), "; ".join(part.name for part in failed))


@contextlib.contextmanager
def paused(process, stop, go):
    """The process gets the signal `stop` now and `go` at the end."""
    process.send_signal(stop)
    try:
        yield
    finally:
        process.send_signal(go)
