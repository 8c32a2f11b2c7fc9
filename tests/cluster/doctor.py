# SPDX-License-Identifier: Apache-2.0
"""banctl doctor beside a real rspamd, redis and two agents: of a good setup it fails nothing; of each planted fault it
fails exactly that line.

BANSYNC_NIGHTLY=1: all faults, not only those that are quick to plant. BANSYNC_PARTS: one part."""
import json
import os
import pwd
import re
import shutil
import subprocess
import sys

import lab
import wait
from agent import Agent
from rspamd import BLACKLIST, USER, Redis, Rspamd, limit

SENDER = "203.0.113.7"
NIGHTLY = bool(os.environ.get("BANSYNC_NIGHTLY"))
RATES = limit(2, "1 / 1h")
FOLDERS = {"LOCAL_CONFDIR": "etc", "CONFDIR": "etc", "DBDIR": "db", "LOGDIR": "log", "RUNDIR": "run"}


def in_place(rspamd):
    """rspamadm is not given rspamd's --var: its folders are written into the files."""
    for folder, _, names in os.walk(rspamd._path("etc")):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
            changed = re.sub(r"\$(\{)?(%s)\b(?(1)\})" % "|".join(FOLDERS), lambda word: rspamd._path(FOLDERS[word[2]]), text)
            if changed != text:
                with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(changed)
    return rspamd._path("etc", "rspamd.conf")


class Clinic:
    def __init__(self, place):
        self.place = place
        self.redis = Redis(place)
        self.agents = [Agent(place, "mx1"), Agent(place, "mx2")]
        self.one, self.two = self.agents
        self.user = USER if place.root else pwd.getpwuid(os.geteuid()).pw_name
        self.rspamd = Rspamd(place, "mx1", self.redis, self.one.map, RATES)
        self.config = in_place(self.rspamd)
        self.rule = self.rspamd._path("etc", "local.d", "multimap.conf")
        self.logs = {self.one: self.rspamd.log, self.two: place.write("", "mx2", "rspamd.log")}
        for agent in self.agents:
            self.configure(agent)

    def configure(self, agent, agents=None, log=None, more=""):
        detect = "rspamd_user = %s\n%s" % (self.user, more)
        agent.configure(log or self.logs[agent], agents or self.agents, threshold=64, detect=detect)

    def start(self):
        self.rspamd.start()
        for agent in self.agents:
            agent.start()
        for agent in self.agents:
            agent.wait_ready()
        self.rspamd.wait_ready()
        self.one.wait_healthy()

    def examine(self, agent=None):
        """(exit code, {check: [state, ...]}, the failed lines)"""
        code, document = (agent or self.one).ask("doctor", "--rspamd-config", self.config)
        lab.check(document.get("schema") == "banctl.doctor/1", "doctor: %s", document)
        failed = ["%s: %s" % (one["check"], one["message"]) for one in document["checks"] if one["state"] == "fail"]
        for one in document["checks"]:
            lab.check(one["state"] == "ok" or one["state"] == "skip" or one["fix"], "nothing to do about %s", one)
        states = {}
        for one in document["checks"]:
            states.setdefault(one["check"], []).append(one["state"])
        return code, states, failed

    def expect(self, what, *wanted, agent=None):
        """Exactly these lines fail; each is given by how it begins and, behind "...", what is in it."""
        code, _, failed = self.examine(agent)
        lab.check(len(failed) == len(wanted), "%s: %d lines are due: %s", what, len(wanted), failed)
        for line, due in zip(failed, wanted):
            begin, _, inside = due.partition("...")
            lab.check(line.startswith(begin) and inside in line, "%s: %s is due: %s", what, due, line)
        lab.check(code == (6 if wanted else 0), "%s: exit %d", what, code)

    def write_rule(self, text):
        with open(self.rule, "w", encoding="utf-8") as file:
            file.write(text)

    def write_line(self):
        """mx2 gets a line of rspamd's into its log."""
        with open(self.rspamd.log, encoding="utf-8") as log:
            line = next(line for line in log if "rspamd_task_write_log" in line)
        with open(self.logs[self.two], "a", encoding="utf-8") as log:
            log.write(line)

    def restart(self, agent, **options):
        agent.stop()
        self.configure(agent, **options)
        agent.start()
        agent.wait_ready()


def good(clinic):
    """Hits have senders, the ban is in force, all that can be checked is."""
    for _ in range(4):
        clinic.rspamd.play(SENDER, "alice@example.org")
    wait.until("hits", lambda: clinic.one.show(SENDER).get("count") == 2)
    code, _ = clinic.one.ask("ban", "203.0.113.9", "--wait")
    lab.check(code == 0, "ban: exit %d", code)
    wait.until("rspamd has read the map", lambda: clinic.examine()[1]["map loaded"] == ["ok"])
    code, states, failed = clinic.examine()
    lab.check(code == 0 and failed == [], "a good setup: exit %d, %s", code, failed)
    for check in ("agent", "log", "hits", "map", "map access", "map rule", "map reread", "ratelimit", "redis", "database", "key",
                  "peer", "digest"):
        lab.check(states.get(check) == ["ok"], "a good setup: %s is %s", check, states.get(check))
    print("a good setup: %s" % ", ".join("%s %s" % (check, "/".join(state)) for check, state in states.items()))


def configuration(clinic):
    """config show tells what is in force and where it stands, and no secret."""
    def shown(*words):
        code, document = clinic.one.ask("config", "show", *words)
        lab.check(code == 0 and document["schema"] == "banctl.config_show/1", "config show: %s", document)
        with open(os.path.join(clinic.one.home, "node.key"), encoding="utf-8") as file:
            secret = [line for line in file.read().splitlines() if line and not line.startswith("#")][0]
        lab.check(secret not in str(document), "the secret key is shown")
        return {(one["section"], one["key"]): one for one in document["options"]}

    with open(clinic.one.config, encoding="utf-8") as file:
        lines = file.read().splitlines()
    everything, different, defaults = shown(), shown("--diff"), shown("--defaults")
    threshold = everything["detect", "threshold"]
    lab.check((threshold["value"], threshold["default"], threshold["file"]) == ("64", "10", clinic.one.config), "%s", threshold)
    lab.check(lines[threshold["line"] - 1] == "threshold = 64", "%s is not line %d", lines, threshold["line"])
    lab.check(everything["ban", "mode"]["file"] is None and ("ban", "mode") not in different, "%s", different)
    lab.check(("detect", "window") in everything and ("detect", "window") not in different, "a value like the default")
    lab.check(defaults["detect", "threshold"]["value"] == "10" and set(defaults) == set(everything), "%s", defaults)
    clinic.configure(clinic.one)
    with open(clinic.one.config, "a", encoding="utf-8") as file:
        file.write("[ban]\nmode = observe\n[map]\ncoalesce = 51ms\n[detect]\nstart_at = beginning\n")
    lab.check(clinic.one.ask("reload")[0] == 0, "reload")
    everything = shown()
    lab.check((everything["ban", "mode"]["value"], everything["ban", "mode"]["line"]) == ("observe", len(lines) + 2), "%s",
              everything["ban", "mode"])
    lab.check(everything["detect", "start_at"]["value"] == "end", "what needs a restart is told as in force")
    lab.check(clinic.examine()[1]["map"] == ["warn"], "observing is no warning")
    clinic.configure(clinic.one)
    lab.check(clinic.one.ask("reload")[0] == 0, "reload")
    wait.until("rspamd has read the map", lambda: clinic.examine()[1]["map loaded"] == ["ok"])


def foreign(clinic):
    """The log of another program is no healthy log; one line of rspamd's is enough."""
    with open(clinic.logs[clinic.two], "a", encoding="utf-8") as log:
        log.write("Nov 29 09:00:00 mx2 postfix/smtpd[7]: connect from unknown[203.0.113.7]\n" * 1000)
    due = "log: none of the 1,000 lines"
    wait.until("mx2 says what its log is", lambda: any(due in reason for reason in clinic.two.status()["reasons"]))
    lab.check(any(line.startswith(due) for line in clinic.examine(clinic.two)[2]), "the doctor does not say so")
    clinic.write_line()
    clinic.two.wait_healthy()


def restarted(clinic):
    """When the last line was is known after a restart."""
    counters = clinic.two.status()["counters"]
    clinic.write_line()

    def is_stored():
        now = clinic.two.status()["counters"]
        return now["lines_read"] > counters["lines_read"] and now["store_commits"] > counters["store_commits"]
    wait.until("the place behind the line is stored", is_stored)
    clinic.two.stop()
    clinic.two.start()
    clinic.two.wait_ready()
    lab.check(clinic.two.status()["log"]["last_line"], "the last line is forgotten: %s", clinic.two.status()["log"])
    clinic.one.wait_healthy()


def accounts(clinic, rule):
    """With accounts = ban their map needs a rule, too. The agent's answers are scripted; the rest is as it is."""
    here = os.path.dirname(os.path.realpath(__file__))
    with open(os.path.join(here, "..", "ctl", "replies", "doctor"), encoding="utf-8") as file:
        reply = file.read()
    users = clinic.place.path("users.map")
    items = "".join('{"item":{"section":"%s","key":"%s","value":"%s"}}\n' % item for item in (
        ("detect", "accounts", "ban"), ("map", "users_file", users), ("map", "file", clinic.one.map)))
    reply = clinic.place.write(reply.replace("# config show\n", "# config show\n" + items), "reply")

    def states():
        run = subprocess.run([sys.executable, os.path.join(here, "..", "ctl", "fake_agent.py"), "--how", "each", reply,
                              clinic.place.path("bin", "banctl"), "doctor", "--json", "--rspamd-config", clinic.config],
                             stdout=subprocess.PIPE, timeout=60, check=False)
        return {one["check"]: one["state"] for one in json.loads(run.stdout)["checks"] if "rule" in one["check"]}
    lab.check(states() == {"map rule": "ok", "user rule": "fail"}, "no rule for accounts: %s", states())
    clinic.write_rule(rule + 'USERS { type = "user"; map = "%s"; action = "reject"; }\n' % users)
    lab.check(states() == {"map rule": "ok", "user rule": "ok"}, "a rule for accounts: %s", states())
    clinic.write_rule(rule)


def rules(clinic):
    """What rspamd's configuration can have wrong; rspamadm reads it anew each time."""
    rule = BLACKLIST % clinic.one.map
    faults = (
            ("a wrong word", rule.replace('"reject"', '"rejct"'), 'map rule: the rule IP_BLACKLIST_RATELIMIT has the action "rejct"'),
            ("another file", BLACKLIST % "/etc/rspamd/ip_blacklist_ratelimit.map", "map rule: ...the agent writes"),
            ("prefilter alone", rule.replace('action = "reject"', 'prefilter = "true"'), "map rule: ...prefilter does nothing"),
            ("a symbol alone", rule.replace('action = "reject";', ""), "map rule: ...only adds a symbol"),
            ("another type", rule.replace('"ip"', '"from"'), 'map rule: ...type "from", and not "ip"'),
            ("a rule that is off", rule.replace("action", "enabled = false;\n  action"), "map rule: ...is off"),
            ("no rule", "", "map rule: no multimap rule"))
    for what, text, due in faults if NIGHTLY else faults[:2]:
        clinic.write_rule(text)
        clinic.expect(what, due)
    if NIGHTLY:
        clinic.write_rule(rule.replace('"reject"', '"add header"'))
        lab.check(clinic.examine()[1]["map rule"] == ["warn"], "add header is no warning")
    clinic.write_rule('R { type = "ip"; map = ["file://%s"]; action = "soft reject"; }\n' % clinic.one.map)
    clinic.expect("a rule in other words")
    clinic.write_rule(rule)
    if NIGHTLY:
        accounts(clinic, rule)
    limits = clinic.rspamd._path("etc", "local.d", "ratelimit.conf")
    clinic.place.write("", limits)
    clinic.expect("no rates", "ratelimit: rspamd has no ratelimit")
    clinic.place.write(RATES, limits)
    servers = clinic.rspamd._path("etc", "override.d", "redis.conf")
    clinic.place.write("", servers)
    clinic.expect("no servers", "redis: rspamd has no Redis")
    clinic.place.write('servers = "%s:%d";\n' % clinic.redis.address, servers)
    code, document = clinic.one.ask("doctor", "--rspamd-config", clinic.place.path("nothing.conf"))
    lab.check(code == 6 and any(one["check"] == "rspamd" and one["state"] == "fail" for one in document["checks"]),
              "no configuration: %s", document)


def closed_map(clinic):
    """rspamd keeps what it read last: a later ban is not in force."""
    folder = os.path.dirname(clinic.one.map)
    if not clinic.place.root:
        return
    os.chmod(folder, 0o700)
    clinic.expect("a closed folder", "map access: ...%s is closed" % folder)
    due = "holds %d elements, the map %d" % (len(clinic.one.banned()), len(clinic.one.banned()) + 1)
    clinic.one.ask("ban", "203.0.113.10", "--wait")
    wait.until("the ban that rspamd does not know", lambda: any(due in line for line in clinic.examine()[2]), 20)
    os.chmod(folder, 0o755)
    clinic.one.ask("unban", "203.0.113.10", "--wait")
    wait.until("all is well again", lambda: clinic.examine()[0] == 0, 20)


def agents(clinic):
    """What is wrong with the agents themselves."""
    key = os.path.join(clinic.one.home, "node.key")
    os.chmod(key, 0o644)
    clinic.expect("an open key", "key: ...0644")
    os.chmod(key, 0o600)
    port = clinic.place.port()
    mail = "[alert]\nmail_to = postmaster@example.org\nsmtp = %s:%d\n" % (clinic.place.address, port)
    clinic.restart(clinic.one, more=mail)
    clinic.one.wait_healthy()
    clinic.expect("no mail server", "mail: the server")
    closed = clinic.place.write("", "closed", "rspamd.log")
    if clinic.place.root:
        os.chmod(os.path.dirname(closed), 0o700)
        clinic.restart(clinic.one, log=closed)
        wait.until("mx2 is up", lambda: clinic.one.status().get("peers_up") == 1)
        clinic.expect("a closed log", "log: ...cannot be read")
    clinic.restart(clinic.one)
    clinic.one.wait_healthy()
    clinic.restart(clinic.two, agents=[clinic.two])
    wait.until("mx2 is down", lambda: clinic.one.status().get("peers_up") == 0)
    wait.until("its detail", lambda: clinic.examine()[2])
    clinic.expect("a peer without our key", "peer: mx2: ")
    clinic.restart(clinic.two)
    clinic.one.wait_healthy()


def alone(clinic):
    """Without Redis; without an agent."""
    clinic.place.end(clinic.place.processes[0])
    clinic.expect("no Redis", "redis: the server")
    clinic.one.stop()
    code, states, failed = clinic.examine()
    lab.check(code == 3 and failed[0].startswith("agent: cannot reach the agent"), "no agent: %d, %s", code, failed)
    lab.check(states["map rule"] == ["skip"], "no agent: %s", states)
    clinic.two.stop()


def test(place):
    for program in ("rspamd", "rspamadm"):
        lab.check(shutil.which(program), "%s is not installed", program)
    clinic = Clinic(place)
    clinic.start()
    parts = (good, configuration, foreign, restarted, rules, closed_map, agents, alone)
    wanted = os.environ.get("BANSYNC_PARTS")
    for part in parts if wanted or NIGHTLY else (good, configuration, foreign, restarted, rules, alone):
        if not wanted or part.__name__ == wanted:
            part(clinic)
    place.end(clinic.rspamd.process)


lab.run(test)
