# SPDX-License-Identifier: Apache-2.0
"""What was commanded on one node is told by all, and no answer is lost: banctl history."""
import os
import pwd

import lab
from command_cluster import change, in_maps, stop, three
from daemon_lab import Daemon, until

BANNED = "203.0.113.121"
HIT = "203.0.113.122"
NET = "203.0.113.0/24"
WHO = pwd.getpwuid(os.getuid()).pw_name


def history(agent, *words, code=0):
    found, answer = agent.ask("history", *words)
    lab.check(found == code and answer["schema"] == "banctl.history/1", "history %s: exit %d: %s", words, found, answer)
    return answer["entries"]


def short(entries):
    return [(one["node"], one["action"], one["net"] or one["object"], one["reason"]) for one in entries]


def test_history(place, template):
    """What is commanded on one node is in the history of all, with who, where and why, and stays over a restart."""
    one, two, last = agents = yield from three(place, template, "history", detect={"threshold": 3})
    history(last, code=1)
    change(one, 0, "ban", BANNED, "--reason", "ticket 4711", "--for", "1h")
    change(two, 0, "unban", BANNED, "--allow", "1h")
    change(last, 0, "ban", NET, "--permanent")
    wanted = [(last.name, "ban", NET, None), (two.name, "allow add", BANNED + "/32", None),
              (two.name, "unban", BANNED + "/32", None), (one.name, "ban", BANNED + "/32", "ticket 4711")]
    for asked in agents:
        entries = history(asked)
        lab.check(short(entries) == wanted, "%s tells %s", asked.name, entries)
        lab.check(all((entry["actor"], entry["uid"]) == (WHO, os.getuid()) for entry in entries), "who: %s", entries)
        lab.check(entries[0]["permanent"] and entries[3]["until"] and not entries[3]["permanent"], "until: %s", entries)
        lab.check(short(history(asked, "--limit", "1")) == wanted[:1], "the newest: %s", history(asked, "--limit", "1"))
    two.log.hit(HIT, 3)
    yield until("three hits ban", lambda: last.show(HIT)["banned"])
    entries = {entry["source"]: entry for entry in history(last, HIT)}  # the hits are dated in whole seconds
    lab.check(sorted(entries) == ["hits", "operator"], "of one sender: %s", entries)
    lab.check(entries["operator"]["net"] == NET, "what covers it: %s", entries)
    hits = entries["hits"]
    lab.check((hits["hits"], hits["nodes"], hits["level"]) == (3, {two.name: 3}, 1), "%s", hits)
    history(last, "192.0.2.77", code=1)
    output = last.tell("history", HIT)
    lab.check(output.code == 0 and "3 hits: %s 3; 1st ban" % two.name in output.out, "as text: %s", output)
    lab.check("%s (%d)" % (WHO, os.getuid()) in output.out, "as text: %s", output)
    change(last, 0, "unban", NET)
    yield in_maps(agents, HIT)
    for agent in agents:
        agent.kill()
    for agent in agents:
        agent.start()
    for agent in agents:
        yield agent.ready()
        lab.check(len(history(agent)) == 5 and short(history(agent))[1:] == wanted, "after a restart: %s", history(agent))
    lifted = {"--by-node": (HIT, [two.name]), "--all": ("203.0.113.77", ["--yes"])}
    lab.check(last.ask("ban", "203.0.113.77")[0] == 0, "ban")
    for option, (sender, words) in lifted.items():
        code, answer = one.ask("unban", option, *words)
        lab.check(code == 0, "unban %s: %s", option, answer)
        yield until("it is lifted", lambda: not last.show(sender)["banned"])
        newest = history(last, sender)[0]
        lab.check((newest["action"], newest["node"], newest["actor"]) == ("unban " + option, one.name, WHO),
                  "who lifted %s: %s", sender, history(last, sender))
    stop(agents)


def test_killed(place, template):
    """Killed right behind the answer, a node without others has it in its history."""
    agent = Daemon(place, "killed", template)
    yield from agent.begin()
    for number in range(1, 6):
        change(agent, 0, "ban", "198.51.100.%d" % number, "--reason", "before kill %d" % number)
        agent.kill()
        yield from agent.begin()
        reasons = [entry["reason"] for entry in history(agent)]
        lab.check(reasons == ["before kill %d" % one for one in range(number, 0, -1)], "history: %s", reasons)
    agent.stop()


PARTS = (test_history, test_killed)
