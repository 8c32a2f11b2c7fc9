# SPDX-License-Identifier: Apache-2.0
"""Bans that grow: on whatever node the hits are, each ban of a sender has the length of its level, until that is forgotten."""
import re
import time

import lab
from command_cluster import change, in_maps, stop, three
from daemon_lab import until

SENDER = "203.0.113.111"
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def level(agent):
    return agent.show(SENDER)["level"]


def fact(agent):
    """The newest one of the sender."""
    return max(agent.show(SENDER)["facts"], key=lambda one: one["last"])


def hit(*agents, count=1):
    """So many on each, all of the present second, however long it takes to write them."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S")
    for agent in agents:
        agent.log.hit(SENDER, count, shown)


def on_the_next_second():
    """Hits are logged in whole seconds: those of the present one may be void, or of the ban before. By the clock that dates
    them, which lags some milliseconds behind that of time.time()."""
    second = int(time.time())
    return until("another second", lambda: time.mktime(time.localtime()) > second)


def test_levels(place, template):
    """One node bans, then another, then all together: first, second and permanent; at the same tick it is over everywhere."""
    one, two, last = agents = yield from three(place, template, "level", detect={"threshold": 3, "window": "1s"},
                                               ban={"durations": "12s 14s permanent", "memory": "1h"})
    for agent, count, least_ms in ((one, 1, 12000), (two, 2, 14000)):
        yield on_the_next_second()
        hit(agent, count=3)
        yield in_maps(agents, SENDER)
        row = last.list()["bans"][0]
        lab.check((row["level"], row["source"], row["kind"]) == (count, "auto", "temporary"), "list: %s", row)
        lab.check(least_ms <= row["ban_ms"] < least_ms + 10000 and TIME.fullmatch(row["forgotten"]), "list: %s", row)
        ends = {fact(asked)["until"] for asked in agents}
        lab.check(len(ends) == 1, "ends at %s", ends)
        output = two.tell("list")
        lab.check("%s ban, " % ("1st", "2nd")[count - 1] in output.out, "as text: %s", output)
        yield until("it is over everywhere", lambda: all(asked.ask("check", SENDER)[0] == 1 for asked in agents), 60)
        yield in_maps(agents)
        lab.check([level(asked) for asked in agents] == [count] * 3, "levels: %s", [level(asked) for asked in agents])
        output = last.tell("show", SENDER)
        lab.check(re.search(r"level +%d bans? remembered; forgotten 20\S+Z \(in (59m|1h)\)" % count, output.out), "%s", output)
    yield on_the_next_second()
    hit(*agents)
    yield in_maps(agents, SENDER)
    row = one.list()["bans"][0]
    lab.check((row["level"], row["kind"], row["ban_ms"], row["forgotten"]) == (3, "permanent", None, None), "list: %s", row)
    lab.check("3rd ban " in last.tell("list").out, "as text: %s", last.tell("list"))
    stop(agents)


def test_forget(place, template):
    """An unban keeps the level, one that forgets starts over, also for who is not banned; nothing else is forgotten."""
    one, two, last = agents = yield from three(place, template, "forget", detect={"threshold": 3, "window": "1s"},
                                               ban={"durations": "12s 1h"})
    hit(one, count=3)
    yield in_maps(agents, SENDER)
    yield until("it is over everywhere", lambda: all(asked.ask("check", SENDER)[0] == 1 for asked in agents), 60)
    yield on_the_next_second()
    hit(two, count=3)
    yield until("the second ban", lambda: all(level(asked) == 2 for asked in agents))
    found = change(last, 0, "unban", SENDER)
    lab.check(found["outcome"] == "unbanned" and "forgotten" not in found["message"], "%s", found)
    lab.check([level(asked) for asked in agents] == [2] * 3, "an unban changed levels: %s", [level(asked) for asked in agents])
    yield on_the_next_second()
    hit(one, count=3)
    yield in_maps(agents, SENDER)
    lab.check(level(two) == 2, "after an unban: %s", two.show(SENDER))
    found = change(two, 0, "unban", SENDER, "--forget", "--reason", "new owner")
    lab.check(found["outcome"] == "unbanned" and "unbanned, with its former bans forgotten, on 3 of 3 nodes" in found["message"],
              "%s", found)
    yield in_maps(agents)
    lab.check([level(asked) for asked in agents] == [0] * 3, "levels: %s", [level(asked) for asked in agents])
    lab.check(TIME.fullmatch(one.show(SENDER)["cut_levels"]), "show: %s", one.show(SENDER))
    found = change(one, 1, "unban", SENDER, "--forget")
    lab.check(found["outcome"] == "not_banned" and "forgotten" not in found["message"], "nothing to forget: %s", found)
    yield on_the_next_second()
    hit(last, count=3)
    yield in_maps(agents, SENDER)
    lab.check([level(asked) for asked in agents] == [1] * 3, "levels: %s", [level(asked) for asked in agents])
    yield until("it is over everywhere", lambda: all(asked.ask("check", SENDER)[0] == 1 for asked in agents), 60)
    one.stop()  # what was forgotten outlives the process
    one.start()
    yield one.ready()
    lab.check(level(one) == 1 and TIME.fullmatch(one.show(SENDER)["cut_levels"]), "after a restart: %s", one.show(SENDER))
    found = change(one, 0, "unban", SENDER, "--forget")
    lab.check(found["outcome"] == "forgotten" and "hits it had are void and its former bans forgotten" in found["message"],
              "%s", found)
    stop(agents)


def test_forget_many(place, template):
    """--by-node and --all forget what they lift if they are told to, on all nodes, and keep it if not."""
    one, two, _ = agents = yield from three(place, template, "forgets", detect={"threshold": 3, "window": "1s"}, ban={"durations": "1h"})
    for words, wanted in (([], 1), (["--forget"], 0)):
        for which in (["--by-node", one.name], ["--all", "--yes"]):
            yield on_the_next_second()
            hit(one, count=3)
            yield in_maps(agents, SENDER)
            lab.check([level(asked) for asked in agents] == [1] * 3, "the ban: %s", [level(asked) for asked in agents])
            code, answer = two.ask("unban", *which, *words)
            lab.check((code, answer["count"]) == (0, 1), "unban %s %s: %d %s", which, words, code, answer)
            yield in_maps(agents)
            lab.check([level(asked) for asked in agents] == [wanted] * 3, "levels after %s %s: %s", which, words,
                      [level(asked) for asked in agents])
    stop(agents)


def test_other_durations(place, template):
    """A node that bans for other times, or remembers for another one, is named with both; a bad list is refused as a whole."""
    one, two, last = agents = yield from three(place, template, "times", ban={"durations": "1h 1d permanent"})
    two.set("ban", durations="1h 1d 7d permanent")
    lab.check(two.tell("reload").code == 0, "the new list was refused: %s", two.tell("reload"))
    for agent, text in ((one, "peer times2: policy differs: durations are 1h 1d permanent here, 1h 1d 7d permanent there"),
                        (two, "peer times1: policy differs: durations are 1h 1d 7d permanent here, 1h 1d permanent there")):
        yield until("status names both", lambda asked=agent, wanted=text: asked.is_degraded(wanted))
    two.set("ban", durations="1h 1d permanent", memory="30d")
    lab.check(two.tell("reload").code == 0, "the new memory was refused: %s", two.tell("reload"))
    yield until("status names both", lambda: last.is_degraded("peer times2: policy differs: memory is 90d here, 30d there"))
    two.set("ban", durations="1h permanent 1d", memory="90d")
    output = two.tell("reload")
    lab.check(output.code == 5 and "write it as the last one: no ban comes after a permanent one" in output.err, "%s", output)
    lab.check(last.is_degraded("peer times2: policy differs: memory is 90d here, 30d there"), "half of it was taken over")
    stop(agents)


PARTS = (test_levels, test_forget, test_forget_many, test_other_durations)
