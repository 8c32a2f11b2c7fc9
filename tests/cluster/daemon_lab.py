# SPDX-License-Identifier: Apache-2.0
"""Agents whose configuration a test writes freely, banctl as a user calls it, and parts of a test that wait side by side."""
import collections
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


def as_stranger(groups):
    """The words before a command that make it run as a user nobody has, who is a member of these groups."""
    ids = ",".join(str(grp.getgrnam(name).gr_gid) for name in groups)
    return ["setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER)] + (["--groups", ids] if ids else ["--clear-groups"]) + [
        "--"]


def banctl(place, *words, socket=None, as_user=None, env=None, **options):
    """banctl WORDS. as_user: () or names of groups that a stranger is a member of; env: added to an environment without
    the variables that banctl reads."""
    argv = [place.path("bin", "banctl")] + (["--socket", socket] if socket else []) + list(words)
    if as_user is not None:
        argv = as_stranger(as_user) + argv
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
        """Starts it: yield from agent.begin()"""
        self.start()
        yield self.ready()

    def ready(self):
        def answers():
            code = self.process.poll()
            lab.check(code is None, "%s ended with %s", self.name, code)
            return self.ask("status")[0] in (0, 6)
        return until("%s answers" % self.name, answers)

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

    def doctor(self, check):
        """What banctl doctor says of one thing."""
        _, document = self.ask("doctor", "--rspamd-config", "/nonexistent")
        return next(one for one in document["checks"] if one["check"] == check)

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
        for line in self.written("%s net=%s " % (word, net)):
            found = re.fullmatch(r"(?:bansyncd: |<\d>)(\w+) (.*)", line)
            if found and found[1] == word:
                out.append(dict(pair.split("=", 1) for pair in found[2].split(" ")))
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
    """For a part of a test: `value = yield until(...)` is what `wait.until(...)` is elsewhere."""
    return what, condition, seconds


class Part:
    """One generator function of a test, run up to where it waits."""

    def __init__(self, function, arguments):
        self.name = function.__doc__.split("\n", maxsplit=1)[0]
        self.begin = time.monotonic()
        self.generator = function(*arguments)
        self.waiting = None  # what it yielded
        self.since = 0
        self.ended = False
        self.failure = None
        self.advance(None)

    def advance(self, value):
        try:
            self.waiting, self.since = self.generator.send(value), time.monotonic()
        except StopIteration:
            self.end()
        except Exception:  # whatever it is, the other parts go on
            self.end(traceback.format_exc())

    def look(self):
        """Goes on if what it waits for has come, or will not."""
        what, condition, seconds = self.waiting
        try:
            value = condition()
            if not value and time.monotonic() - self.since > seconds:
                self.generator.throw(wait.Late("waited %g s in vain: %s" % (seconds, what)))
        except Exception:
            self.end(traceback.format_exc())
        else:
            if value:
                self.advance(value)

    def end(self, failure=None):
        self.ended, self.failure = True, failure
        self.generator.close()
        print("%s (%.1f s): %s" % ("FAILED" if failure else "passed", time.monotonic() - self.begin, self.name), flush=True)
        if failure:
            print(failure, flush=True)


def run_parts(functions, *arguments):
    """Runs all parts; while one waits the others go on. AssertionError at the end if some failed. BANSYNC_PARTS: the names
    of the functions that are wanted."""
    wanted = os.environ.get("BANSYNC_PARTS", "").split()
    parts = []
    try:
        for function in functions:
            if not wanted or function.__name__ in wanted:
                parts.append(Part(function, arguments))
        while not all(part.ended for part in parts):
            for part in parts:
                if not part.ended:
                    part.look()
            time.sleep(wait.POLL_SECONDS)  # poll interval
    finally:
        for part in parts:
            part.generator.close()
    failed = [part.name for part in parts if part.failure]
    lab.check(not failed, "%d of %d parts failed: %s", len(failed), len(parts), "; ".join(failed))
