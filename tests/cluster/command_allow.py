# SPDX-License-Identifier: Apache-2.0
"""The allowlist as operators use it: what an entry lifts and where, whose it is, how it ends, unban --allow."""
import re
import time

import lab
from command_ban import ME, MEMBERS, TIME
from command_cluster import begin, change, changes, in_maps, linked, paused, stop, three
from command_refusal import own_addresses
from daemon_lab import Daemon, until

SENDER, OTHER, THIRD = "203.0.113.121", "203.0.113.122", "203.0.113.123"
LIST_MAX, TARGETS_MAX = 65536, 1024  # entries; targets of a request
ENTRY = ["net", "owner", "since", "until", "actor", "reason"]


def entries(agent, net=None):
    """The allowlist, or the entries of one prefix."""
    code, answer = agent.ask("allow", "list")
    lab.check(code == 0 and list(answer) == ["schema", "total", "entries"] and answer["schema"] == "banctl.allow_list/1" and
              answer["total"] == len(answer["entries"]), "allow list: %d %s", code, answer)
    for row in answer["entries"]:
        lab.check(list(row) == ENTRY and TIME.fullmatch(row["since"]), "entry: %s", row)
    return [row for row in answer["entries"] if net in (None, row["net"])]


def is_allowed(agent, *addresses):
    return agent.ask("allow", "check", *addresses)[0] == 0


def test_allow_lift(place, template):
    """allow add lifts on all maps at once, also out of a wider ban; allow remove names the bans that come back."""
    one, two, last = agents = yield from three(place, template, "lift")
    changes(one, 0, "ban", SENDER, OTHER, "198.51.100.0/29", "2001:db8:9:1::1")
    yield in_maps(agents, SENDER, OTHER, "198.51.100.0/29", "2001:db8:9:1::/64")
    found = change(two, 0, "allow", "add", SENDER, "--reason", "office")
    lab.check(list(found) == MEMBERS and found["outcome"] == "allowed" and (found["confirmed"], found["total"]) == (3, 3),
              "%s", found)
    lab.check(re.fullmatch(re.escape(SENDER) + r": allowed on 3 of 3 nodes \(\d+ ms\)", found["message"]), "%s", found)
    lab.check(found["hint"] == "lifts the ban of %s\nundo: banctl allow remove %s" % (SENDER, SENDER), "%s", found)
    yield in_maps(agents, OTHER, "198.51.100.0/29", "2001:db8:9:1::/64")
    output = last.tell("allow", "add", "198.51.100.1", "--for", "2h")
    lab.check(output.code == 0 and re.match(r"198.51.100.1: allowed until 20\S+Z on 3 of 3 nodes", output.out) and
              output.err == "  cut out of the ban of 198.51.100.0/29\n  undo: banctl allow remove 198.51.100.1\n", "%s", output)
    yield in_maps(agents, OTHER, "198.51.100.0", "198.51.100.2/31", "198.51.100.4/30", "2001:db8:9:1::/64")
    found = change(one, 0, "allow", "add", "2001:db8:9:1::1")
    lab.check(found["net"] == "2001:db8:9:1::/64" and
              found["message"].startswith("2001:db8:9:1::1 counts as 2001:db8:9:1::/64: allowed on 3 of 3"), "%s", found)
    found = change(one, 0, "allow", "add", "203.0.113.0/24")
    lab.check(found["hint"].startswith("lifts the ban of %s\n" % OTHER), "one is lifted already: %s", found)
    yield in_maps(agents, "198.51.100.0", "198.51.100.2/31", "198.51.100.4/30")
    lab.check([row["allowed"] for row in last.list()["bans"]] == [False, True, True, True], "list: %s", last.list())
    output = last.tell("list")
    lab.check(len(re.findall(r"^203\.0\.113\.12[12] .*\(on the allowlist: not in the map\)$", output.out, re.M)) == 2, "list: %s",
              output)
    found = change(last, 5, "allow", "remove", SENDER)
    lab.check(found["outcome"] == "covered" and found["hint"].startswith("still allowed: 203.0.113.0/24 added by %s " % ME) and
              found["hint"].endswith("; end it: banctl allow remove 203.0.113.0/24"), "%s", found)
    found = change(last, 0, "allow", "remove", "203.0.113.0/24", "--wait")
    lab.check(re.fullmatch(r"203.0.113.0/24: off the allowlist on 3 of 3 nodes \(\d+ ms\)", found["message"]), "%s", found)
    lab.check(found["outcome"] == "removed" and found["hint"] == "2 bans come into force again: %s, %s; lift them: banctl unban "
              "%s %s" % (SENDER, OTHER, SENDER, OTHER), "%s", found)
    found = change(two, 0, "allow", "remove", "198.51.100.1")
    lab.check(found["hint"] == "it is part of the ban of 198.51.100.0/29 again; lift that: banctl unban 198.51.100.0/29", "%s",
              found)
    found = change(two, 1, "allow", "remove", "198.51.100.1")
    lab.check((found["outcome"], found["message"], found["hint"], found["confirmed"]) ==
              ("not_allowed", "198.51.100.1: no operator has it on the allowlist", None, 0), "%s", found)
    found = change(one, 0, "allow", "remove", "2001:db8:9:1::2")
    lab.check(found["hint"].startswith("1 ban comes into force again: 2001:db8:9:1::/64; lift it: banctl unban 2001:"), "%s", found)
    yield in_maps(agents, SENDER, OTHER, "198.51.100.0/29", "2001:db8:9:1::/64")
    stop(agents)


def test_allow_words(place, template):
    """list, check, show and the refusal of a ban say whose the entry is, since when, how long and why; it is never shortened."""
    one, two, last = agents = yield from three(place, template, "words")
    change(one, 0, "allow", "add", "203.0.113.0/24", "--reason", "the \"office\"")
    row = entries(last, "203.0.113.0/24")
    lab.check(len(row) == 1 and (row[0]["owner"], row[0]["until"], row[0]["actor"], row[0]["reason"]) ==
              ("operator", None, ME, "the \"office\""), "%s", row)
    found = change(two, 0, "allow", "add", "203.0.113.0/24", "--for", "1h")
    lab.check(found["outcome"] == "already_allowed" and "203.0.113.0/24: already allowed on 3 of 3" in found["message"] and
              found["hint"] is None, "%s", found)
    lab.check(entries(last, "203.0.113.0/24") == row, "what was there already was changed: %s", entries(last))
    output = two.tell("allow", "list")
    lab.check(output.code == 0 and re.match(r"NET +BY +EXPIRES +REASON\n", output.out) and
              re.search(r"^203\.0\.113\.0/24 +operator +permanent +the \"office\" \(%s\)$" % ME, output.out, re.M), "%s", output)
    output = two.tell("allow", "check", SENDER)
    lab.check((output.code, output.out) == (0, "%s is on the allowlist: 203.0.113.0/24 (operator %s, permanent: the \"office\")\n" %
                                            (SENDER, ME)), "%s", output)
    code, answer = two.ask("allow", "check", SENDER, "198.51.100.9")
    lab.check(code == 1 and [(one["address"], one["allowed"], len(one["allowed_by"])) for one in answer["results"]] ==
              [(SENDER, True, 1), ("198.51.100.9", False, 0)] and list(answer["results"][0]["allowed_by"][0]) == ENTRY, "%s", answer)
    lab.check(two.tell("allow", "check", "198.51.100.9").out == "198.51.100.9 is not on the allowlist\n", "check")
    lab.check(two.show(SENDER)["allowed_by"] == row, "show: %s", two.show(SENDER))
    output = two.tell("show", SENDER)
    lab.check("allowed by  203.0.113.0/24 (operator %s, permanent: the \"office\")" % ME in output.out, "show: %s", output)
    code, answer = last.ask("ban", SENDER, "--force")
    lab.check(code == 5 and answer["error"]["code"] == "refused_allowlist" and
              re.fullmatch(r"refusing to ban %s: 203.0.113.0/24 is on the allowlist \(added by %s \d+[smh] ago: \"the \"office\"\"\)" %
                           (re.escape(SENDER), ME), answer["error"]["message"]) and
              answer["error"]["hint"] == "if you mean it, first: banctl allow remove 203.0.113.0/24", "ban: %d %s", code, answer)
    for agent in agents:
        line = agent.notices("allow_add", "203.0.113.0/24")
        lab.check(len(line) == 1 and line[0] == {"net": "203.0.113.0/24", "until": "permanent", "node": "words1", "actor": ME,
                                                 "reason": "the\\x20\\x22office\\x22"}, "NOTICE: %s", line)
    change(last, 0, "allow", "remove", "203.0.113.0/24", "--reason", "moved")
    for agent in agents:
        line = agent.notices("allow_remove", "203.0.113.0/24")
        lab.check(len(line) == 1 and line[0] == {"net": "203.0.113.0/24", "source": "manual", "node": "words3", "actor": ME,
                                                 "reason": "moved"}, "NOTICE: %s", line)
    for words, code, text in ((["0.0.0.0/0"], 5, "refusing to allow 0.0.0.0/0: an entry wider than /8 has no effect"),
                              (["2001:d80::/31"], 5, "an entry wider than /32 has no effect"),
                              (["203.0.113.5/24"], 2, "did you mean \"203.0.113.0/24\"?"), ([SENDER, "--force"], 2, "--force"),
                              ([SENDER, "--for", "soon"], 2, "\"soon\" is not a duration (--for)")):
        output = one.tell("allow", "add", "198.51.100.9", *words)
        lab.check(output.code == code and text in output.err, "%s: %s", words, output)
    lab.check(not is_allowed(one, "198.51.100.9"), "a refused request had effect")
    lab.check(one.tell("allow", "add", "10.0.0.0/8").code == 0, "an office of 10/8 is refused")
    stop(agents)


def test_allow_leases(place, template):
    """What a node's configuration says is listed with its owner, outlives the operator's entry, and ends with a reload there."""
    one, two, last = agents = yield from three(place, template, "lease", **{"never-ban": {"net": ["198.51.100.4"]}})
    net = "198.51.100.4/32"
    own = Daemon(place, "lonely", template)
    own.set("cluster", peer=["far tcp://203.0.113.2:11339 %s" % two.key])
    yield from own.begin()
    lab.check([row["owner"] for row in entries(own, "203.0.113.2/32")] == ["lonely"], "a peer's address: %s", entries(own))
    for address in own_addresses():
        lab.check(is_allowed(own, address) and not is_allowed(own, "203.0.113.3"), "own address %s: %s", address, entries(own))
    own.stop()
    yield until("all leases are known", lambda: [row["owner"] for row in entries(one, net)] == ["lease1", "lease2", "lease3"])
    row = entries(one, net)[0]
    lab.check(row["actor"] == "" and row["reason"] == "configuration" and TIME.fullmatch(row["until"]), "%s", row)
    output = two.tell("allow", "list")
    lab.check(re.search(r"^198\.51\.100\.4 +lease1 lease2 lease3 +renewed +configuration$", output.out, re.M), "%s", output)
    found = change(last, 5, "allow", "remove", "198.51.100.4")
    lab.check(found["outcome"] == "covered" and "no operator has it on the allowlist" in found["message"] and
              found["hint"].startswith("still allowed: 198.51.100.4 by lease") and
              "taken out of [never-ban] there" in found["hint"], "%s", found)
    change(one, 0, "allow", "add", "198.51.100.4", "--reason", "router")
    output = two.tell("allow", "list")
    lab.check(re.search(r"^198\.51\.100\.4 +operator lease1 lease2 lease3 +permanent +router \(%s\)$" % ME, output.out, re.M), "%s",
              output)
    changes(one, 0, "ban", "198.51.100.0/29", "--force")
    yield in_maps(agents, "198.51.100.0/30", "198.51.100.5", "198.51.100.6/31")
    lab.check(change(one, 5, "allow", "remove", "198.51.100.4")["outcome"] == "covered", "removed for good")
    for agent in (one, two):
        agent.set("never-ban", net=[])
        lab.check(agent.ask("reload")[0] == 0, "reload failed")
    yield until("one lease is left", lambda: [[row["owner"] for row in entries(agent, net)] for agent in agents] ==
                [["lease3"]] * 3)
    yield in_maps(agents, "198.51.100.0/30", "198.51.100.5", "198.51.100.6/31")
    last.set("never-ban", net=[])
    lab.check(last.ask("reload")[0] == 0, "reload failed")
    yield in_maps(agents, "198.51.100.0/29")
    lab.check(entries(one, net) == [], "the leases stay: %s", entries(one))
    stop(agents)


def test_allow_end(place, template):
    """An entry with an end comes off the list at the tick, on all nodes; the log says so."""
    one, two, last = agents = yield from three(place, template, "allowend")
    change(one, 0, "ban", SENDER)
    found = change(two, 0, "allow", "add", SENDER, "--for", "11s", "--wait")
    lab.check(re.match(re.escape(SENDER) + r": allowed until 20\S+Z on 3 of 3 nodes", found["message"]), "%s", found)
    yield in_maps(agents)
    yield in_maps(agents, SENDER, seconds=30)
    for agent in agents:
        lab.check(not is_allowed(agent, SENDER) and entries(agent, SENDER + "/32") == [], "still listed: %s", entries(agent))
        yield until("the log tells the end", lambda asked=agent: asked.notices("allow_remove", SENDER + "/32"), 5)
        lab.check([row["source"] for row in agent.notices("allow_remove", SENDER + "/32")] == ["expired"], "NOTICE: %s",
                  agent.notices("allow_remove", SENDER + "/32"))
    lab.check(change(last, 1, "allow", "remove", SENDER)["outcome"] == "not_allowed", "it is over, and yet was removed")
    stop(agents)


def test_allow_unban(place, template):
    """unban of a sender that goes on says so; unban --allow lifts the ban and keeps the next hits from banning."""
    one, two, last = agents = yield from three(place, template, "unballow", detect={"threshold": 4})
    one.log.hit(SENDER, 4)
    two.log.hit(OTHER, 4)
    yield in_maps(agents, SENDER, OTHER)
    found = change(two, 0, "unban", SENDER)
    lab.check(re.fullmatch(r"still sending: 4 hits in the last 10m, the last \d+s ago; new hits ban it again after 4\n"
                           r"let it send: banctl unban %s --allow 1h; permanently: banctl allow add %s" %
                           ((re.escape(SENDER),) * 2), found["hint"]), "%s", found)
    found = change(last, 0, "unban", OTHER, "--allow", "1h", "--reason", "newsletter")
    lab.check(found["outcome"] == "unbanned" and
              re.match(re.escape(OTHER) + r": unbanned, and allowed until 20\S+Z on 3 of 3 nodes \(", found["message"]) and
              found["hint"] == "end it sooner: banctl allow remove " + OTHER, "%s", found)
    lab.check(entries(one, OTHER + "/32")[0]["reason"] == "newsletter", "%s", entries(one))
    yield in_maps(agents)
    found = change(one, 0, "unban", THIRD, "--allow", "permanent")
    lab.check(found["outcome"] == "allowed" and (THIRD + " is not banned; allowed permanently on 3 of 3") in found["message"], "%s",
              found)
    second = one.show(THIRD)["cut"]
    yield until("a later second", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > second)
    two.log.hit(OTHER, 9)
    one.log.hit(THIRD, 9)
    yield until("they are banned, and kept out of the map", lambda: len([row for row in last.list()["bans"] if row["allowed"]]) == 2)
    yield in_maps(agents)
    lab.check(one.tell("unban", "0.0.0.0/0", "--allow", "1h").code == 5, "too wide an entry was taken")
    lab.check(one.tell("unban", OTHER, "--allow", "0s").code == 2, "no time at all was taken")
    stop(agents)


def test_allow_absent(place, template):
    """With a node away: --wait exits 6 and names it; it catches up when it is back, with what was removed, too."""
    one, two, last = agents = yield from three(place, template, "allowaway")
    changes(one, 0, "ban", SENDER, OTHER)
    change(one, 0, "allow", "add", OTHER)
    yield in_maps(agents, SENDER)
    last.stop()
    found = change(one, 6, "allow", "add", SENDER, "--wait")
    lab.check((found["outcome"], found["confirmed"], found["unconfirmed"]) == ("allowed", 2, ["allowaway3"]) and
              re.search(r"; allowaway3 (did not confirm|last seen \d+ s ago)$", found["message"]), "%s", found)
    lab.check(change(two, 0, "allow", "remove", OTHER)["unconfirmed"] == ["allowaway3"], "the absent node is not named")
    yield in_maps([one, two], OTHER)
    yield from begin([last])
    yield linked(agents)
    yield in_maps(agents, OTHER, seconds=30)
    with paused(two):
        lab.check(change(one, 6, "allow", "remove", SENDER, "--wait")["unconfirmed"] == ["allowaway2"], "a node that stands still")
    yield in_maps(agents, SENDER, OTHER, seconds=30)
    one.kill()
    yield from begin([one])
    lab.check(entries(one) == entries(two), "after kill -9: %s", entries(one))
    stop(agents)



def test_full(place, template):
    """A full allowlist says so; the last place of it can be had by unban --allow."""
    agent = Daemon(place, "fullallow", template)
    yield from agent.begin()
    nets = ["10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255) for number in range(LIST_MAX)]
    used = len(entries(agent))
    for first in range(0, LIST_MAX, TARGETS_MAX):
        last = min(first + TARGETS_MAX, LIST_MAX - used - 1)
        lab.check(agent.ask("allow", "add", "--yes", *nets[first:last])[0] == 0, "at %d", first)
        yield until("others go on", lambda: True)
    code, answer = agent.ask("unban", SENDER, "--allow", "1h")
    lab.check(code == 0, "the last place: %d %s", code, answer)
    for words in (["allow", "add", OTHER], ["unban", OTHER, "--allow", "1h"]):
        output = agent.tell(*words)
        lab.check(output.code == 8 and "the allowlist is full" in output.out, "%s: %s", words, output)
    agent.stop()


PARTS = (test_full, test_allow_end, test_allow_lift, test_allow_words, test_allow_leases, test_allow_unban, test_allow_absent)
