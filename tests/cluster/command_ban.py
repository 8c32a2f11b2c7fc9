# SPDX-License-Identifier: Apache-2.0
"""ban and unban that are accepted: what they count as, how long, on how many nodes, who and why."""
import os
import pwd
import re
import time

import lab
from command_cluster import begin, change, changes, in_maps, linked, paused, stop, three
from daemon_lab import until

SENDER, OTHER = "203.0.113.101", "203.0.113.102"
ME = pwd.getpwuid(os.geteuid()).pw_name
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MEMBERS = ["target", "net", "outcome", "message", "hint", "code", "confirmed", "total", "unconfirmed", "missing"]
AWAY = r"; away3 (did not confirm|last seen \d+ s ago)"


def test_forms(place, template):
    """What a target counts as: IPv6 hosts are their prefix, and the reply says so; networks, mapped addresses, --force."""
    one, two, last = agents = yield from three(place, template, "form")
    for given, net, text in ((SENDER, SENDER + "/32", SENDER + ": banned"),
                             ("2001:db8:1:2::3", "2001:db8:1:2::/64", "2001:db8:1:2::3 counts as 2001:db8:1:2::/64: banned"),
                             ("::ffff:203.0.113.103", "203.0.113.103/32", "::ffff:203.0.113.103 counts as 203.0.113.103: "),
                             ("198.51.100.0/24", "198.51.100.0/24", "198.51.100.0/24: banned"),
                             ("2001:db8:2::/48", "2001:db8:2::/48", "2001:db8:2::/48: banned")):
        found = change(one, 0, "ban", given)
        lab.check(list(found) == MEMBERS, "members: %s", found)
        lab.check(found["target"] == given and found["net"] == net and found["outcome"] == "banned", "%s", found)
        lab.check(found["message"].startswith(text), "no \"%s\" in: %s", text, found["message"])
        lab.check((found["confirmed"], found["total"], found["unconfirmed"]) == (3, 3, []), "%s", found)
        lab.check("on 3 of 3 nodes (" in found["message"] and "banctl unban" in found["hint"], "%s", found)
    output = two.tell("ban", "2001:db8:3::1", "--force")
    lab.check(output.code == 0 and output.out.startswith("2001:db8:3::1 counts as 2001:db8:3::/64: banned permanently ")
              and output.err == "  undo: banctl unban 2001:db8:3::/64\n", "as text: %s", output)
    lab.check(last.ask("check", "2001:db8:1:2:ffff::9", "198.51.100.255")[0] == 0, "hosts inside are not banned")
    lab.check(last.ask("check", "2001:db8:1:3::3")[0] == 1, "a host outside is banned")
    found = changes(two, 0, "ban", OTHER, "2001:db8:4::1", "2001:db8:4::2", OTHER)
    lab.check([row["net"] for row in found] == [OTHER + "/32", "2001:db8:4::/64"], "given twice: %s", found)
    yield in_maps(agents, SENDER, OTHER, "203.0.113.103", "198.51.100.0/24", "2001:db8:1:2::/64", "2001:db8:2::/48",
                  "2001:db8:3::/64", "2001:db8:4::/64")
    lab.check(last.ask("list")[1]["total"] == 8, "the list: %s", last.list())
    stop(agents)


def test_single(place, template):
    """One host of an IPv6 prefix: what is hinted at can be typed, and the host itself is asked about."""
    one, two, last = agents = yield from three(place, template, "single")
    found = change(one, 0, "ban", "2001:db8:6::9/128")
    lab.check(found["message"].startswith("2001:db8:6::9/128: banned") and found["hint"] == "undo: banctl unban 2001:db8:6::9/128",
              "%s", found)
    yield in_maps(agents, "2001:db8:6::9")
    lab.check(two.ask("check", "2001:db8:6::9")[0] == 0 and two.ask("check", "2001:db8:6::8")[0] == 1, "check takes the prefix")
    found = change(last, 5, "unban", "2001:db8:6::9")
    lab.check(found["outcome"] == "covered" and "2001:db8:6::/64, which is not banned" in found["message"] and
              found["hint"].endswith("banctl unban 2001:db8:6::9/128"), "%s", found)
    change(last, 0, "unban", "2001:db8:6::9/128")
    change(last, 0, "ban", "2001:db8:6::/64")
    found = change(last, 0, "allow", "add", "2001:db8:6::9/128")
    lab.check("undo: banctl allow remove 2001:db8:6::9/128" in found["hint"], "%s", found)
    lab.check(two.ask("check", "2001:db8:6::9")[0] == 1 and two.ask("check", "2001:db8:6::8")[0] == 0, "the host is not let in")
    stop(agents)


def test_reason(place, template):
    """Reason and actor are shown on another node; a ban that lasts as long already is said to be there already."""
    one, two, last = agents = yield from three(place, template, "reason", ban={"durations": "1h"})
    change(one, 0, "ban", SENDER, "--reason", "ticket 4711: \"bob\" \u00e9")
    rows = last.list()["bans"]
    lab.check(len(rows) == 1 and (rows[0]["actor"], rows[0]["reason"]) == (ME, "ticket 4711: \"bob\" \u00e9"), "list: %s", rows)
    lab.check((rows[0]["kind"], rows[0]["source"], rows[0]["count"], rows[0]["nodes"], rows[0]["accounts"]) ==
              ("temporary", "manual", 0, {}, []) and TIME.fullmatch(rows[0]["expires"]), "list: %s", rows)
    output = last.tell("list")
    lab.check(output.code == 0 and re.search(r"^%s +- +- +\S.* +- +in \d+[hm] +- +%s +ticket 4711: \"bob\" \u00e9$" %
                                             (re.escape(SENDER), ME), output.out, re.M), "list: %s", output)
    found = change(two, 0, "ban", SENDER, "--permanent", "--reason", "again")
    lab.check(found["outcome"] == "banned" and SENDER + ": banned permanently on 3 of 3" in found["message"], "%s", found)
    row = one.list()["bans"][0]
    lab.check((row["kind"], row["expires"], row["reason"]) == ("permanent", None, "again"), "list: %s", row)
    found = change(last, 0, "ban", SENDER, "--permanent")
    lab.check(found["outcome"] == "already_banned" and SENDER + ": already banned permanently on 3 of 3 nodes (" in
              found["message"], "%s", found)
    output = last.tell("ban", SENDER, "--permanent")
    lab.check(output.code == 0 and "already banned permanently" in output.out and "undo" not in output.out + output.err,
              "as text, without a way to lift what was there: %s", output)
    change(last, 0, "ban", OTHER)
    row = [row for row in two.list()["bans"] if row["net"] == OTHER + "/32"][0]
    lab.check(row["kind"] == "temporary", "[ban] durations is not the default: %s", row)
    output = one.tell("ban", "203.0.113.103", "--reason", "a\x1b[2J\nb")
    for row in last.list()["bans"]:
        lab.check(not re.search(r"[\x00-\x1f\x7f]", row["reason"] or ""), "control bytes in %r", row)
    lab.check(output.code in (0, 2), "a reason with control bytes: %s", output)
    yield in_maps(agents, SENDER, OTHER, *(["203.0.113.103"] if output.code == 0 else []))
    stop(agents)


def test_shorter(place, template):
    """When an operator's ban is made shorter the reply does not say that nothing changed."""
    one, two, last = agents = yield from three(place, template, "short")
    change(one, 0, "ban", SENDER, "--permanent")
    before = one.list()["bans"][0]["expires"]
    found = change(two, 0, "ban", SENDER, "--for", "1h")
    after = last.list()["bans"][0]["expires"]
    lab.check((before == after) == (found["outcome"] == "already_banned"), "expires was %s and is %s; the reply is: %s", before,
              after, found["message"])
    stop(agents)


def test_for(place, template):
    """A ban for a time ends on all nodes without another word; a permanent one stays."""
    one, two, last = agents = yield from three(place, template, "for")
    found = changes(one, 0, "ban", SENDER, "2001:db8:5::/48", "--for", "1s")
    lab.check(all(re.search(r": banned until 20\S+Z on 3 of 3", row["message"]) for row in found), "%s", found)
    change(two, 0, "ban", OTHER, "--for", "permanent")
    change(two, 0, "ban", "203.0.113.103", "--permanent")
    for row in last.list()["bans"]:
        wanted = "permanent" if row["net"] in (OTHER + "/32", "203.0.113.103/32") else "temporary"
        lab.check(row["kind"] == wanted and (row["expires"] is None) == (wanted == "permanent"), "%s", row)
    yield until("the first ends everywhere", lambda: all(agent.ask("check", SENDER)[0] == 1 for agent in agents), 25)
    yield in_maps(agents, OTHER, "203.0.113.103")
    for agent in agents:
        yield until("the log tells the end", lambda asked=agent: asked.notices("unban", SENDER + "/32"), 5)
        lab.check([row["source"] for row in agent.notices("unban", SENDER + "/32")] == ["expired"], "NOTICE: %s",
                  agent.notices("unban", SENDER + "/32"))
        lab.check(agent.ask("list")[1]["total"] == 2, "the list still has it")
    lab.check(change(two, 1, "unban", SENDER)["outcome"] == "not_banned", "it is over, and yet was unbanned")
    stop(agents)


def test_unban(place, template):
    """unban: of what another node banned, of the unknown (exit 1), of what a wider ban covers (exit 5), of several."""
    one, two, last = agents = yield from three(place, template, "unban")
    changes(one, 0, "ban", SENDER, OTHER, "198.51.100.0/24", "198.51.100.7", "2001:db8:6::1")
    found = change(last, 0, "unban", SENDER, "--reason", "password changed")
    lab.check(list(found) == MEMBERS and found["outcome"] == "unbanned", "%s", found)
    lab.check(found["message"].startswith(SENDER + ": unbanned on 3 of 3 nodes (") and found["hint"] is None, "%s", found)
    yield in_maps(agents, OTHER, "198.51.100.0/24", "198.51.100.7", "2001:db8:6::/64")
    found = change(two, 1, "unban", SENDER)
    lab.check(found["outcome"] == "not_banned" and SENDER + " is not banned" in found["message"], "%s", found)
    output = two.tell("unban", "203.0.113.199")
    lab.check(output.code == 1 and "203.0.113.199 is not banned" in output.out + output.err, "of the unknown: %s", output)
    found = change(one, 5, "unban", "198.51.100.7")
    lab.check(found["outcome"] == "covered" and "still covered by the ban of 198.51.100.0/24" in found["hint"], "%s", found)
    output = one.tell("unban", "198.51.100.8")
    lab.check(output.code == 5 and "198.51.100.0/24: banctl unban 198.51.100.0/24\n" in output.err, "covered: %s", output)
    out_alone = re.search(r"^ *let out (\S+) alone, whatever covers it: banctl (allow add \1)$", output.err, re.M)
    lab.check(out_alone, "to let out one address alone: %s", output)
    lab.check(one.tell(*out_alone[2].split()).code == 0 and one.tell("check", out_alone[1]).code == 1, "what the hint says does not")
    lab.check(one.tell("allow", "remove", out_alone[1]).code == 0, "as it was")
    found = changes(last, 5, "unban", OTHER, "203.0.113.198", "198.51.100.9")
    lab.check([row["outcome"] for row in found] == ["unbanned", "not_banned", "covered"], "%s", found)
    yield in_maps(agents, "198.51.100.0/24", "2001:db8:6::/64")
    found = changes(last, 1, "unban", "2001:db8:6::ffff", "198.51.100.0/24", "203.0.113.198")
    lab.check([row["net"] for row in found][0] == "2001:db8:6::/64", "%s", found)
    yield in_maps(agents)
    for words in (["unban", "203.0.113.300"], ["unban"], ["unban", "--force", SENDER], ["unban", "203.0.113.5/24"]):
        lab.check(one.tell(*words).code == 2, "%s: exit %d", words, one.tell(*words).code)
    stop(agents)


def test_void(place, template):
    """An unban voids the hits so far on all nodes: as many new ones ban again, not one fewer."""
    one, two, last = agents = yield from three(place, template, "void", detect={"threshold": 4})
    for agent, count in zip(agents, (2, 1, 1)):
        agent.log.hit(SENDER, count)
    yield in_maps(agents, SENDER)
    row = two.list()["bans"][0]
    lab.check((row["source"], row["count"], row["nodes"], row["accounts"], row["actor"], row["reason"]) ==
              ("auto", 4, {"void1": 2, "void2": 1, "void3": 1}, ["alice@example.org"], None, None), "%s", row)
    lab.check(change(last, 0, "unban", SENDER)["outcome"] == "unbanned", "not unbanned")
    second = one.show(SENDER)["cut"]
    lab.check(TIME.fullmatch(second), "show does not tell the unban: %s", one.show(SENDER))
    yield in_maps(agents)
    yield until("a later second", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > second)
    for agent in agents:
        agent.log.hit(SENDER)
    yield until("three hits count", lambda: all(agent.count(SENDER) == 3 for agent in agents))
    yield in_maps(agents)
    two.log.hit(SENDER)
    yield in_maps(agents, SENDER)
    stop(agents)


def test_absent(place, template):
    """With a node away: --wait exits 6 and names it, without --wait the exit is 0; it catches up when it is back."""
    one, two, last = agents = yield from three(place, template, "away")
    change(one, 0, "ban", SENDER, "--wait")
    last.stop()
    found = change(one, 6, "ban", OTHER, "--wait")
    lab.check((found["outcome"], found["confirmed"], found["total"], found["unconfirmed"]) == ("banned", 2, 3, ["away3"]) and
              re.search(AWAY, found["message"]) and [one["name"] for one in found["missing"]] == ["away3"], "%s", found)
    output = two.tell("unban", SENDER)
    lab.check(output.code == 0 and re.search(AWAY, output.out), "without --wait: %s", output)
    output = two.tell("unban", OTHER, "--wait")
    lab.check(output.code == 6 and re.search(AWAY, output.out), "unban --wait: %s", output)
    yield until("it is down", lambda: two.is_degraded("peer away3", "silent"))
    found = change(two, 0, "ban", "203.0.113.103")
    lab.check(found["unconfirmed"] == ["away3"] and found["missing"][0]["state"] == "down" and
              re.search(r"\); away3 last seen \d+ s ago$", found["message"]), "the absent node is not named: %s", found)
    yield in_maps([one, two], "203.0.113.103")
    lab.check(last.banned() == sorted([SENDER]), "the map of the absent node: %s", last.banned())
    yield from begin([last])
    yield linked(agents)
    yield in_maps(agents, "203.0.113.103", seconds=30)
    with paused(two):
        found = change(one, 6, "ban", SENDER, "--wait")
        lab.check(found["unconfirmed"] == ["away2"] and found["message"].endswith("; away2 did not confirm"),
                  "a node that stands still: %s", found)
    yield in_maps(agents, "203.0.113.103", SENDER, seconds=30)
    yield linked(agents)
    change(one, 0, "ban", OTHER, "--wait")
    stop(agents)


PARTS = (test_for, test_absent, test_forms, test_single, test_reason, test_shorter, test_unban, test_void)
