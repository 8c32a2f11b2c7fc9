# SPDX-License-Identifier: Apache-2.0
"""What banctl shows: exit codes and the shape of every document, of an empty cluster, a busy one and one with troubles."""
import json
import os
import re
import subprocess
import sys

import lab
from command_cluster import begin, change, changes, in_maps, linked, stop, three
from daemon_lab import READ_GROUP, Daemon, until

SENDER, OTHER = "203.0.113.151", "203.0.113.152"
LIST = ["schema", "total", "banned", "digest", "bans"]
BAN = ["net", "kind", "count", "hits", "messages", "nodes", "accounts", "since", "last_hit", "expires", "source", "actor", "reason"]
SHOW = ["banned", "buckets", "threshold", "counts", "window_ms", "cut", "covered_by", "allowed_by", "facts", "strikes"]
STATUS = ["schema", "state", "reasons", "node", "log", "map", "alerts", "bans", "subjects", "strikes", "peers", "peers_up", "peers_total",
          "refused", "digest", "counters"]
NODE = ["name", "id", "key", "version", "cluster", "uptime_ms", "pid"]
LOG = ["file", "state", "detail", "last_line", "last_hit", "quiet_ms", "polling", "damaged", "zone"]
MAP = ["file", "entries", "bytes", "written", "sha256", "matches"]
PEER = ["name", "state", "last_seen_ms", "same", "detail"]
PEERS = PEER + ["endpoint", "key", "version", "clock_offset_ms", "bytes_sent", "bytes_received"]
VERIFY = ["node", "outcome", "message", "digest", "map_hash", "differences"]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DIGEST = re.compile(r"[0-9a-f]{32}")


def members(found, wanted):
    """All these members, and no other that is not documented."""
    with open(os.path.join(sys.argv[2], "docs", "bansync-protocol.7"), encoding="utf-8") as file:
        documented = {name for line in file if line.startswith((".Sy", ".Brq Sy")) for name in re.findall(r"\w+", line)}
    lab.check(set(wanted) <= set(found), "members %s, wanted %s", sorted(found), sorted(wanted))
    lab.check(set(found) <= set(wanted) | documented, "not documented: %s", set(found) - set(wanted) - documented)


def document(agent, code, *words):
    """banctl WORDS --json: exit code, one document on standard output, nothing on standard error."""
    output = agent.tell(*words, "--json")
    lab.check(output.code == code and output.err == "" and output.out.endswith("\n"), "%s: %s", words, output)
    found = json.loads(output.out)
    lab.check(found["schema"] == "banctl.%s/1" % words[0], "%s: %s", words, found["schema"])
    return found


def test_empty(place, template):
    """An empty cluster: nothing to list, nothing known, all equal."""
    one, two, last = agents = yield from three(place, template, "empty")
    found = document(two, 0, "list")
    members(found, LIST)
    lab.check(found["total"] == 0 and found["bans"] == [] and DIGEST.fullmatch(found["digest"]), "list: %s", found)
    lab.check(found == last.list() == one.list(), "the lists differ")
    output = one.tell("list")
    lab.check((output.code, output.out, output.err) == (0, "", "no bans\n"), "list as text: %s", output)
    found = document(one, 1, "check", SENDER)
    members(found, ["schema", "results"])
    lab.check(found["results"] == [{"address": SENDER, "banned": False, "observe": False, "net": None}], "check: %s", found)
    output = one.tell("check", SENDER)
    lab.check((output.code, output.out) == (1, SENDER + " is not banned\n"), "check as text: %s", output)
    found = document(one, 1, "show", SENDER)
    members(found, ["schema"] + BAN + SHOW)
    lab.check((found["banned"], found["kind"], found["count"], found["nodes"], found["source"], found["facts"], found["cut"]) ==
              (False, None, 0, {}, None, [], None) and found["net"] == SENDER + "/32", "show: %s", found)
    lab.check(one.tell("show", SENDER).code == 1, "show as text")
    found = document(last, 0, "verify")
    members(found, ["schema", "equal", "nodes"])
    lab.check(found["equal"] and [row["node"] for row in found["nodes"]] == ["empty3", "empty1", "empty2"], "verify: %s", found)
    output = last.tell("verify")
    lab.check(output.code == 0 and "3 of 3 equal" in output.out, "verify as text: %s", output)
    stop(agents)


def test_views(place, template):
    """list, show, check, peers, status and verify of a cluster with an automatic ban, two of an operator and some hits."""
    one, two, last = agents = yield from three(place, template, "view", detect={"threshold": 4})
    for agent, count in zip(agents, (1, 2, 1)):
        agent.log.hit(SENDER, count)
    yield in_maps(agents, SENDER)
    two.log.hit(OTHER, 3)
    changes(one, 0, "ban", "203.0.113.64/26", "2001:db8:7::9", "--for", "1d", "--reason", "listed")
    yield until("the hits are known", lambda: all(agent.count(OTHER) == 3 for agent in agents))
    yield in_maps(agents, SENDER, "203.0.113.64/26", "2001:db8:7::/64")

    found = document(last, 0, "list")
    members(found, LIST)
    lab.check(found["total"] == 3 and DIGEST.fullmatch(found["digest"]), "list: %s", found)
    yield until("the lists are equal", lambda: one.list() == two.list() == last.list())
    rows = {row["net"]: row for row in found["bans"]}
    lab.check(sorted(rows) == ["2001:db8:7::/64", SENDER + "/32", "203.0.113.64/26"], "list: %s", rows)
    for row in rows.values():
        members(row, BAN)
        lab.check(TIME.fullmatch(row["since"]) and (row["last_hit"] is None) == (row["source"] == "manual"), "since: %s", row)
    row = rows[SENDER + "/32"]
    lab.check((row["kind"], row["count"], row["nodes"], row["accounts"], row["expires"], row["source"], row["actor"],
               row["reason"]) == ("permanent", 4, {"view1": 1, "view2": 2, "view3": 1}, ["alice@example.org"], None, "auto",
                                  None, None), "automatic: %s", row)
    row = rows["203.0.113.64/26"]
    lab.check((row["kind"], row["source"], row["reason"]) == ("temporary", "manual", "listed") and
              TIME.fullmatch(row["expires"]) and row["actor"], "operator's: %s", row)
    output = last.tell("list")
    lab.check(output.code == 0 and output.err == "3 of 3 bans\n" and len(output.out.splitlines()) == 4, "list: %s", output)
    lab.check(re.search(r"^IP/NET +COUNT +NODES +SINCE +LAST HIT +LEVEL +EXPIRES +FORGOTTEN +BY +REASON$", output.out, re.M), "header: %s", output.out)
    lab.check(re.search(r"^%s +4 hits(?:, \d messages?)? +3 +\S+ ago +\S+ ago +1st ban +permanent +never +auto +.*alice@example.org" % re.escape(SENDER), output.out, re.M), "%s",
              output.out)

    wide, net, sender = "203.0.113.64/26", "2001:db8:7::/64", SENDER + "/32"
    for words, wanted in (("--permanent", [sender]), ("--temporary", [wide, net]), ("--source auto", [sender]),
                          ("--source manual", [wide, net]), ("--node view2", [sender]), ("--node view1", [wide, sender, net]),
                          ("--node view3 --source manual", []), ("--in 203.0.113.0/24", [wide, sender]), ("--in 2001:db8:7::1", [net]),
                          ("--since 1h", [wide, sender, net]), ("--sort net --limit 2", [wide, sender]), ("--accounts", []),
                          ("--sort count", [sender, wide, net]), ("--sort expires --all", [wide, net, sender]),
                          ("--temporary --in 203.0.113.64/26 --node view1 --since 1d --sort since --limit 9", [wide])):
        found = document(last, 0, "list", *words.split())
        lab.check(([row["net"] for row in found["bans"]], found["banned"]) == (wanted, 3), "list %s: %s", words, found)
        lab.check(found["total"] == (3 if "--limit 2" in words else len(wanted)), "list %s: %s", words, found["total"])
    output = last.tell("list", "--temporary", "--limit", "1")
    lab.check((output.code, output.err) == (0, "1 of 2 bans that match, 3 in all; --all shows all of them\n"), "list: %s", output)
    output = last.tell("list", "--node", "view9")
    lab.check(output.code == 2 and "no node is called \"view9\"" in output.err, "list: %s", output)

    found = document(one, 0, "show", SENDER)
    members(found, ["schema"] + BAN + SHOW)
    lab.check((found["banned"], found["count"], found["buckets"], found["threshold"], found["window_ms"], found["cut"],
               found["allowed_by"]) == (True, 4, ["user"], 4, 600000, None, []), "show: %s", found)
    lab.check(len(found["strikes"]) == 4 and len(found["facts"]) == 1, "show: %s", found)
    for strike in found["strikes"]:
        members(strike, ["node", "time", "bucket", "account", "message"])
        lab.check(strike["bucket"] == "user" and strike["account"] == "alice@example.org", "strike: %s", strike)
    members(found["facts"][0], ["first", "last", "until", "level", "messages", "nodes"])
    lab.check(found["counts"] == "hits" and found["hits"] == 4 and 1 <= found["messages"] <= 4, "show: %s", found)
    found = document(one, 1, "show", "203.0.113.70")
    lab.check(found["covered_by"] == ["203.0.113.64/26"] and found["banned"] is False, "show of what is covered: %s", found)
    found = document(last, 0, "show", OTHER)
    lab.check(found["banned"] is False and found["count"] == 3 and found["nodes"] == {"view2": 3}, "show: %s", found)
    output = last.tell("show", OTHER)
    lab.check(output.code == 0 and "3" in output.out and "alice@example.org" in output.out, "show as text: %s", output)
    for words in (["show", SENDER, OTHER], ["show"], ["list", SENDER], ["check", "203.0.113.0/24"], ["check"]):
        lab.check(one.tell(*words).code == 2, "%s: exit %d", words, one.tell(*words).code)

    found = document(two, 1, "check", SENDER, OTHER, "203.0.113.127", "2001:db8:7:0:ffff::1")
    lab.check([(row["address"], row["banned"], row["net"]) for row in found["results"]] ==
              [(SENDER, True, SENDER + "/32"), (OTHER, False, None), ("203.0.113.127", True, "203.0.113.64/26"),
               ("2001:db8:7:0:ffff::1", True, "2001:db8:7::/64")], "check: %s", found)
    output = two.tell("check", SENDER, "203.0.113.127")
    lab.check((output.code, output.out.splitlines()) == (0, ["%s is banned (%s/32)" % (SENDER, SENDER),
                                                             "203.0.113.127 is banned (203.0.113.64/26)"]), "check: %s", output)

    for agent in agents:  # each tells the same of all
        found = document(agent, 0, "stats", "--since", "1h")
        lab.check((found["node"], found["hits"], sum(found["hits_by"]), found["bans"], sum(found["bans_by"]), found["unbans"],
                   found["banned"], found["senders_total"]) == (agent.name, 7, 7, {"auto": 1, "manual": 2}, 3, 0, 3, 2), "%s", found)
        lab.check(found["senders"] == [{"net": SENDER + "/32", "hits": 4, "banned": True, "allowed": False},
                                       {"net": OTHER + "/32", "hits": 3, "banned": False, "allowed": False}] and
                  found["networks"] == [{"net": "203.0.113.0/24", "hits": 7}] and
                  found["accounts"] == [{"account": "alice@example.org", "hits": 7}] and
                  sorted((row["hits"], row["node"]) for row in found["nodes"]) == [(1, "view1"), (1, "view3"), (5, "view2")], "%s", found)
    for words in (("--since", "2d"), ("--since", "1s"), ("--limit", "0")):
        lab.check(one.tell("stats", *words).code == 2, "stats %s", words)

    found = document(one, 0, "peers")
    members(found, ["schema", "peers"])
    lab.check([peer["name"] for peer in found["peers"]] == ["view2", "view3"], "peers: %s", found)
    for peer, agent in zip(found["peers"], (two, last)):
        members(peer, PEERS)
        lab.check((peer["state"], peer["same"], peer["detail"], peer["endpoint"], peer["key"]) ==
                  ("up", True, None, agent.endpoint, agent.key), "peer: %s", peer)
        lab.check(peer["last_seen_ms"] < 10000 and abs(peer["clock_offset_ms"]) < 60000 and peer["bytes_sent"] > 0 and
                  peer["bytes_received"] > 0, "peer: %s", peer)
    lab.check(one.tell("peers").code == 0 and "view3" in one.tell("peers").out, "peers as text")

    found = document(one, 0, "status")
    members(found, STATUS)
    for name, wanted in (("node", NODE), ("log", LOG), ("map", MAP), ("bans", ["permanent", "temporary"])):
        members(found[name], wanted)
    for peer in found["peers"]:
        members(peer, PEER)
    lab.check((found["state"], found["reasons"], found["bans"], found["subjects"], found["strikes"], found["peers_up"],
               found["peers_total"], found["refused"]) == ("healthy", [], {"permanent": 1, "temporary": 2}, 4, 7, 2, 2, None),
              "status: %s", found)
    lab.check((found["node"]["name"], found["node"]["key"], found["node"]["cluster"], found["node"]["pid"]) ==
              ("view1", one.key, "test", one.process.pid), "status: %s", found["node"])
    lab.check((found["map"]["entries"], found["map"]["bytes"], found["map"]["matches"], found["log"]["state"]) ==
              (3, len(one.map_bytes()), True, "read"), "status: %s %s", found["map"], found["log"])
    lab.check(found["digest"] == one.list()["digest"] and found["counters"]["strikes_own"] == 1 and
              found["counters"]["strikes_peer"] == 6, "status: %s", found)
    output = one.tell("status")
    lab.check(output.code == 0 and "view1" in output.out and "!" not in output.out, "status as text: %s", output)

    found = document(two, 0, "verify")
    members(found, ["schema", "equal", "nodes"])
    lab.check(found["equal"] and [row["outcome"] for row in found["nodes"]] == ["equal"] * 3, "verify: %s", found)
    lab.check(len({(row["digest"], row["map_hash"]) for row in found["nodes"]}) == 1, "verify: %s", found)
    for row in found["nodes"]:
        members(row, VERIFY)
    stop(agents)


def test_verify(place, template):
    """verify exits 6 and names the network in which a peer's map file, edited by hand, differs."""
    one, two, last = agents = yield from three(place, template, "proof")
    changes(one, 0, "ban", SENDER, OTHER)
    yield in_maps(agents, SENDER, OTHER)
    good = last.map_bytes()

    def edited(agent, node):
        """verify of the agent, after an edit of the last one's map that it has not yet put right."""
        def seen():
            if last.map_bytes() == good:
                last.write_map(good.decode().replace(OTHER, "203.0.113.199"))
            found = agent.ask("verify")
            return found if found[0] == 6 and outcome(found[1], node) == "file_differs" else None
        return until("verify of %s sees the edit" % agent.name, seen)

    for agent in agents:
        _, found = yield edited(agent, "proof3")
        lab.check(not found["equal"] and [row["outcome"] for row in found["nodes"]].count("equal") == 2, "verify: %s", found)
    if last.map_bytes() == good:
        last.write_map(good.decode().replace(OTHER, "203.0.113.199"))
    output = one.tell("verify")
    lab.check(output.code == 0 or "proof3: same map, but its file does not hold it" in output.out, "as text: %s", output)
    yield until("it is put right", lambda: last.map_bytes() == good, 15)
    yield until("verify is content", lambda: all(agent.ask("verify")[0] == 0 for agent in agents), 5)
    stop(agents)


def test_verify_names_net(place, template):
    """verify tells in which networks an edited map file differs from the map."""
    one, two, last = agents = yield from three(place, template, "names")
    changes(one, 0, "ban", SENDER, OTHER)
    yield in_maps(agents, SENDER, OTHER)
    good = last.map_bytes()

    def seen():
        if last.map_bytes() == good:
            last.write_map(good.decode().replace(OTHER, "203.0.113.199"))
        found = one.ask("verify")
        return found if found[0] == 6 and outcome(found[1], "names3") == "file_differs" else None
    _, found = yield until("verify sees the edit", seen)
    row = [row for row in found["nodes"] if row["node"] == "names3"][0]
    nets = sorted(one["net"] for one in row["differences"])
    lab.check(nets == [OTHER + "/32", "203.0.113.199/32"], "differences: %s", row)
    stop(agents)


def outcome(answer, node):
    return [row["outcome"] for row in answer.get("nodes", []) if row["node"] == node][0]


def test_repair(place, template):
    """verify --repair puts right what differs, here and elsewhere, and says what it was; exit 6 if something is left."""
    one, two, last = agents = yield from three(place, template, "repair")
    change(one, 0, "ban", SENDER)
    yield in_maps(agents, SENDER)

    def repaired():
        one.write_map(one.map_bytes().decode() + "203.0.113.99\n")  # unless it has just been put right by itself
        code, found = one.ask("verify", "--repair")
        row = found["nodes"][0]
        return row["before"] == "file_differs" and (code, found, row)
    code, found, row = yield until("its own file is repaired", repaired)
    lab.check(code == 0 and found["equal"] and found["map_written"] and found["looks"] == 2 and row["outcome"] == "equal" and row["repaired"] and
              [other["repaired"] for other in found["nodes"][1:]] == [False, False], "%d %s", code, found)
    lab.check(one.banned() == [SENDER], "the map: %s", one.banned())
    last.write_map("")
    repair = subprocess.Popen([place.path("bin", "banctl"), "--socket", one.socket, "verify", "--repair"], stdout=subprocess.PIPE,
                              text=True)
    yield until("it waits for another node's file", lambda: repair.poll() is not None)
    with repair.stdout:
        text = repair.stdout.read()
    lab.check(repair.returncode == 0 and re.search(r"^3 of 3 equal, [01] repaired; .*, 0 entries fetched$", text, re.M), "%s", text)
    lab.check(last.banned() == [SENDER], "the map: %s", last.banned())
    output = one.tell("verify", "--repair", as_user=[READ_GROUP])
    lab.check(output.code == 4 and "\"verify --repair\" needs the role admin" in output.err, "%s", output)
    stop([last])
    yield until("its end is noticed", lambda: one.status()["peers_up"] == 1)
    output = one.tell("verify", "--repair")  # nobody waits for who is down
    lab.check(output.code == 6 and "repair3: did not answer; why: banctl peers\n2 of 3 equal, 0 repaired; " in
              output.out.replace("repair2: same state, same map, and its file holds it\n", ""), "%s", output)
    stop([one, two])


def test_node_down(place, template):
    """With a node down verify exits 6 and names it, status and peers say so, list and check work."""
    one, two, last = agents = yield from three(place, template, "down")
    change(one, 0, "ban", SENDER)
    last.stop()
    yield until("verify names it", lambda: outcome(one.ask("verify")[1], "down3") == "no_answer")
    found = document(one, 6, "verify")
    lab.check(not found["equal"] and outcome(found, "down2") == outcome(found, "down1") == "equal", "verify: %s", found)
    row = [row for row in found["nodes"] if row["node"] == "down3"][0]
    lab.check((row["digest"], row["map_hash"], row["differences"]) == (None, None, []), "verify: %s", row)
    output = two.tell("verify")
    lab.check(output.code == 6 and "down3: did not answer" in output.out and "2 of 3 equal" in output.out, "verify: %s", output)
    yield until("status names it", lambda: two.is_degraded("peer down3: "))
    output = two.tell("status")
    lab.check(output.code == 6 and re.search(r"! peer down3: silent for \d+ s: is it up, can it be reached\?", output.out), "status as text: %s", output)
    output = two.tell("verify")
    lab.check("down3: did not answer; why: banctl peers\n" in output.out, "verify: %s", output)
    lab.check((two.status()["peers_up"], two.status()["peers_total"]) == (1, 2), "status: %s", two.status())
    states = {peer["name"]: peer["state"] for peer in document(two, 0, "peers")["peers"]}
    lab.check(states == {"down1": "up", "down3": "down"}, "peers: %s", states)
    lab.check(document(two, 0, "list")["total"] == 1 and two.ask("check", SENDER)[0] == 0, "list or check do not work")
    change(two, 0, "unban", SENDER)
    yield from begin([last])
    yield linked(agents)
    yield in_maps(agents, seconds=30)
    yield until("verify is content", lambda: all(agent.ask("verify")[0] == 0 for agent in agents))
    stop(agents)


def test_policy(place, template):
    """A node with another threshold, or one that counts messages, is named in status of all, with both values."""
    one, two, last = agents = yield from three(place, template, "policy")
    two.set("detect", threshold=12)
    lab.check(two.ask("reload")[0] == 0, "reload failed")
    for agent, text in ((one, "peer policy2: policy differs: threshold is 10 here, 12 there"),
                        (two, "peer policy1: policy differs: threshold is 12 here, 10 there")):
        yield until("status of %s says so" % agent.name, lambda asked=agent, want=text: asked.is_degraded(want), 10)
    two.set("detect", threshold=10, count="messages")
    two.tell("reload")
    for agent, text in ((one, "peer policy2: policy differs: count is hits here, messages there"),
                        (two, "peer policy1: policy differs: count is messages here, hits there")):
        yield until("status of %s says so" % agent.name, lambda asked=agent, want=text: asked.is_degraded(want), 10)
    two.set("detect", count="hits")
    two.tell("reload")
    yield linked(agents)
    stop(agents)


def test_alone(place, template):
    """A node without peers is healthy, equal to itself, and counts as one of one."""
    agent = Daemon(place, "alone", template)
    agent.set("node", listen=None, key=None)
    if os.path.exists("/etc/bansync/node.key"):
        agent.set("node", key=os.path.join(agent.home, "node.key"))
    yield from agent.begin()
    lab.check(agent.is_healthy(), "status: %s", agent.reasons())
    found = change(agent, 0, "ban", SENDER, "--wait")
    lab.check("on 1 of 1 node (" in found["message"] and found["total"] == 1, "%s", found)
    lab.check(document(agent, 0, "peers")["peers"] == [] and document(agent, 0, "verify")["equal"], "peers or verify")
    lab.check(agent.tell("peers").code == 0 and agent.tell("verify").code == 0, "peers or verify as text")
    agent.stop()


PARTS = (test_views, test_verify, test_verify_names_net, test_repair, test_node_down, test_policy, test_empty, test_alone)
