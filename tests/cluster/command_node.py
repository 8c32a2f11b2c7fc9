# SPDX-License-Identifier: Apache-2.0
"""A node that went wrong: what it caused is seen, undone on all nodes, and its allow entries end."""
import json
import os
import re
import socket

import lab
from agent import USER
from command_cluster import begin, change, changes, in_maps, stop, three
from daemon_lab import run, until

ITS_OWN, NEEDS_IT, STANDS, ITS_OPERATOR, OPERATOR = ["203.0.113.%d" % number for number in range(161, 166)]
OFFICE = "198.51.100.0/28"
NODE = ["name", "id", "key", "state", "version", "last_seen_ms", "last_seen", "strikes", "bans", "operator_bans", "allow_entries", "refused",
        "detail"]


def nodes(agent):
    code, answer = agent.ask("node", "list")
    lab.check(code == 0 and list(answer) == ["schema", "nodes"] and answer["schema"] == "banctl.node_list/1", "%s", answer)
    for row in answer["nodes"]:
        lab.check([name for name in row if name != "old_keys"] == NODE, "%s", row)
    return {row["name"]: row for row in answer["nodes"]}


def undo(agent, code, *words):
    """unban --by-node: outcome by network, and the result."""
    found, answer = agent.ask("unban", "--by-node", *words)
    lab.check(found == code and answer["schema"] == "banctl.unban/1", "%s: %d %s", words, found, answer)
    return {row["net"]: row for row in answer["changes"]}, answer


def wrong(agent, code, text, *words):
    output = agent.tell(*words)
    lab.check(output.code == code and output.out == "" and text in output.err, "%s: %s", words, output)


def owners(agent):
    return {row["owner"] for row in agent.ask("allow", "list")[1]["entries"]}


def sent(agent, **request):
    """The first line of the answer to a request that banctl would make another way by now."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(agent.socket)
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def test_node(place, template):
    """node list tells what each node contributed; unban --by-node lifts what needs it, node forget ends what it allows."""
    one, two, last = agents = yield from three(place, template, "wrong")
    last.set("never-ban", net=[OFFICE])
    lab.check(last.tell("reload").code == 0, "reload")
    last.log.hit(ITS_OWN, 10)
    one.log.hit(NEEDS_IT, 9)
    last.log.hit(NEEDS_IT)
    one.log.hit(STANDS, 10)
    last.log.hit(STANDS, 3)
    change(last, 0, "ban", ITS_OPERATOR)
    change(one, 0, "ban", OPERATOR)
    yield in_maps(agents, ITS_OWN, NEEDS_IT, STANDS, ITS_OPERATOR, OPERATOR)
    yield until("all strikes are known", lambda: sum(row["strikes"] for row in nodes(two).values()) == 33)
    yield until("its lease is known", lambda: last.name in owners(two))
    row = nodes(two)[last.name]
    lab.check((row["key"], row["state"], row["strikes"], row["bans"], row["operator_bans"], row["refused"], row["detail"]) ==
              (last.key, "up", 14, 2, 1, 0, None) and row["allow_entries"] > 1 and row["last_seen_ms"] < 5000, "%s", row)
    row = nodes(two)[two.name]
    lab.check((row["state"], row["strikes"], row["bans"], row["last_seen_ms"]) == ("self", 0, 0, None), "%s", row)
    lab.check(nodes(two)[one.name]["bans"] == 2, "%s", nodes(two))
    found, answer = undo(two, 0, last.name, "--dry-run")
    lab.check(sorted(found) == sorted(net + "/32" for net in (ITS_OWN, NEEDS_IT, ITS_OPERATOR)) and
              {row["outcome"] for row in found.values()} == {"would_unban"}, "%s", found)
    lab.check((answer["count"], answer["dry_run"], answer["message"]) ==
              (3, True, "dry run: 3 bans would be lifted, nothing was changed") and
              answer["hint"].startswith("%s is still a member: " % last.name), "%s", answer)
    lab.check(found[NEEDS_IT + "/32"]["message"].startswith("%s: would be unbanned: 1 of 10 hits are %s's, the newest 20" %
                                                            (NEEDS_IT, last.name)), "%s", found)
    lab.check(found[ITS_OPERATOR + "/32"]["ban_by"] == "operator" and
              "banned by an operator at %s, 20" % last.name in found[ITS_OPERATOR + "/32"]["message"], "%s", found)
    yield in_maps(agents, ITS_OWN, NEEDS_IT, STANDS, ITS_OPERATOR, OPERATOR)
    wrong(one, 5, "%s is a peer of this node" % last.name, "node", "forget", last.name)
    wrong(one, 5, "is this node", "node", "forget", one.name)
    wrong(one, 2, "no node is called \"mx99\"", "node", "forget", "mx99")
    wrong(one, 2, "no node is called \"mx99\"", "unban", "--by-node", "mx99")
    change(one, 0, "allow", "add", "198.51.100.77")
    wrong(one, 2, "no node is called \"%s\"" % ("0" * 16), "node", "forget", "0" * 16)  # the operators' entries bear it
    lab.check("operator" in owners(one), "the operators' entries are gone: %s", owners(one))
    wrong(one, 2, "leave out \"%s\"" % STANDS, "unban", STANDS, "--by-node", last.name)
    wrong(one, 2, "--since means nothing without --by-node", "unban", STANDS, "--since", "1h")
    wrong(last, 5, "of %s, which is this node, on every node: it needs --yes" % last.name, "unban", "--by-node", last.name)
    error = sent(two, command="unban", by_node=last.name, at_most=2)["error"]
    lab.check((error["code"], error["exit"], error["message"]) ==
              ("refused_more", 5, "there are 3 bans by now, where 2 at most were meant: nothing was changed"), "%s", error)
    yield in_maps(agents, ITS_OWN, NEEDS_IT, STANDS, ITS_OPERATOR, OPERATOR)
    stop(agents)
    rest = agents[:2]
    for agent in rest:
        agent.meet(rest)
    yield from begin(rest)
    row = nodes(two)[last.name]
    lab.check((row["key"], row["state"], row["bans"]) == (last.key, "no peer", 2) and row["last_seen_ms"] is not None, "%s", row)
    output = two.tell("node", "list")
    lab.check(re.search(r"^%s +no peer +.* ago +\S+ +14 +2 +1 +" % last.name, output.out, re.M), "%s", output)
    found, answer = undo(two, 0, last.key, "--since", "2h", "--reason", "key stolen")
    lab.check({row["outcome"] for row in found.values()} == {"unbanned"} and len(found) == 3 and
              (answer["message"], answer["hint"], answer["failed"]) == ("3 bans lifted on 2 of 2 nodes", "what %s lifted or allowed stays: banctl history" % last.name, 0), "%s", answer)
    yield in_maps(rest, STANDS, OPERATOR)
    lab.check(one.show(ITS_OWN)["manual"]["reason"] == "key stolen", "%s", one.show(ITS_OWN))
    output = one.tell("unban", "--by-node", last.name)
    lab.check(output.code == 1 and output.err == "no ban needs hits of %s, and none was made there\n" % last.name, "%s", output)
    code, answer = one.ask("node", "forget", last.name)
    lab.check(code == 0 and answer["schema"] == "banctl.node_forget/1" and
              answer["message"] == "%s is forgotten; %d allow entries ended on 2 of 2 nodes" % (last.name, answer["count"]) and
              OFFICE in {row["net"] for row in answer["changes"]}, "%s", answer)
    gone = {last.name, row["id"]}
    yield until("no entry of it is left", lambda: not any(gone & owners(agent) for agent in rest))
    for agent in rest:  # also where it was not commanded
        yield until("it is told to be forgotten", lambda: nodes(agent)[last.name]["state"] == "forgotten")
        row = nodes(agent)[last.name]
        lab.check((row["key"], row["strikes"], row["allow_entries"]) == (last.key, 14, 0), "%s", row)
    lab.check(re.search(r"^%s +forgotten +" % last.name, one.tell("node", "list").out, re.M), "%s", one.tell("node", "list"))
    entries = [(entry["action"], entry["object"], entry["node"]) for entry in two.ask("history")[1]["entries"]
               if entry["object"]]
    lab.check(entries[0] == ("node forget", "%s %s" % (last.name, row["id"]), one.name), "history: %s", entries)
    lab.check(entries[1:] == [("unban --by-node", last.name, two.name)], "history: %s", entries)
    found = changes(two, 0, "ban", "198.51.100.3")
    lab.check(found[0]["outcome"] == "banned", "%s", found)
    stop(rest)
    yield from begin(rest)
    lab.check(nodes(two)[last.name]["state"] == "forgotten", "behind a restart: %s", nodes(two))
    stop(rest)
    for agent in rest:
        agent.meet(agents)
    yield from begin(agents)
    yield until("it is a member again", lambda: nodes(two)[last.name]["state"] == "up")
    stop(agents)


def replace_key(agent):
    """A new key for it, as its operator would make one. Returns the name of the old one for people."""
    path = os.path.join(agent.home, "new.key")
    agent.key = run(agent.lab.command([agent.lab.path("bin", "banctl"), "keygen", "--out", path], USER)).out.strip()
    agent.set("node", key=path)
    return agent.name + " (old key)"


def test_old_key(place, template):
    """A key that was replaced is shown by the name it had, everywhere and also once it is forgotten, and since when it is not used."""
    one, _two, last = agents = yield from three(place, template, "rotated")
    last.log.hit(ITS_OWN, 10)
    change(last, 0, "ban", ITS_OPERATOR, "--reason", "by hand")
    yield in_maps(agents, ITS_OWN, ITS_OPERATOR)
    first = nodes(one)[last.name]["last_seen"]
    yield until("it is seen again", lambda: nodes(one)[last.name]["last_seen"] > first)
    seen, identity = nodes(one)[last.name]["last_seen"], nodes(one)[last.name]["id"]
    lab.check(re.search(r"^%s +up +now " % last.name, one.tell("node", "list").out, re.M), "%s", one.tell("node", "list"))
    stop(agents)
    label = replace_key(last)
    for agent in agents:
        agent.meet(agents)
    yield from begin(agents)
    for agent in agents:  # also the one whose key it was
        row = nodes(agent)[identity]
        lab.check((row["old_keys"], row["state"], row["strikes"]) == ({identity: last.name}, "no peer", 10), "%s", row)
        lab.check(row["last_seen"] >= seen, "%s: seen at %s: %s", agent.name, seen, row)
        lab.check("old_keys" not in nodes(agent)[last.name], "%s", nodes(agent))
    for forgotten in (False, True):
        ban = one.show(ITS_OWN)
        lab.check((ban["nodes"], ban["old_keys"]) == ({identity: 10}, {identity: last.name}), "%s", ban)
        lab.check(ban["strikes"][0]["node"] == identity and ban["strikes"][0]["old_keys"] == {identity: last.name}, "%s", ban)
        lab.check(one.ask("explain", ITS_OWN)[1]["deciding"]["old_keys"] == {identity: last.name}, "%s", one.ask("explain", ITS_OWN))
        for words, text in ((["show", ITS_OWN], "nodes     %s 10\n" % label), (["node", "list"], label + "  "),
                            (["explain", ITS_OWN], "The hit that decided was on %s, " % label),
                            (["history"], label + "  "), (["history", ITS_OWN], "10 hits: %s 10; 1st ban" % label),
                            (["stats"], label + "  ")):
            for agent in agents:
                out = agent.tell(*words).out
                lab.check(text in out and identity not in out.replace("%s %s" % (label, identity), ""), "no \"%s\": %s", text, out)
        if not forgotten:
            code, answer = one.ask("node", "forget", label)
            lab.check(code == 0 and answer["message"].startswith("%s is forgotten; " % label), "%s", answer)
            entry = one.ask("history")[1]["entries"][0]
            lab.check((entry["action"], entry["object"]) == ("node forget", "%s %s" % (label, identity)), "%s", entry)
            for agent in agents:
                yield until("it is told to be forgotten", lambda: nodes(agent)[identity]["state"] == "forgotten")
    found, answer = undo(one, 0, label)
    lab.check(sorted(found) == [ITS_OWN + "/32", ITS_OPERATOR + "/32"] and answer["node"] == identity and
              answer["old_keys"] == {identity: last.name}, "%s", answer)
    yield in_maps(agents)
    stop(agents)


PARTS = (test_node, test_old_key)
