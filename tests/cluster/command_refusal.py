# SPDX-License-Identifier: Apache-2.0
"""What ban refuses. Each request has a good target, too: nothing of a refused request is changed."""
import ipaddress
import json
import re
import shlex
import subprocess

import lab
from command_cluster import changes, in_maps, linked, stop, three
from daemon_lab import Daemon, until

GOOD = "203.0.113.201"
SSH = "203.0.113.77 51514 22"
FORCE = ["--force"]

# Targets, more words, environment; exit code, code of the error, what its message and hint say.
REFUSED = [
    (["not-an-ip"], [], {}, 2, "usage", "\"not-an-ip\" is not an IP address or network"),
    (["203.0.113.300"], FORCE, {}, 2, "usage", "\"203.0.113.300\" is not an IP address or network"),
    (["203.0.113.1 "], [], {}, 2, "usage", "is not an IP address or network"),
    (["203.0.113.010"], [], {}, 2, "usage", "is not an IP address or network"),
    (["203.0.113.5/24"], [], {}, 2, "usage", "did you mean \"203.0.113.0/24\"?"),
    (["203.0.113.0/33"], [], {}, 2, "usage", "is not an IP address or network"),
    (["2001:db8::1%lo"], [], {}, 2, "usage", "is not an IP address or network"),
    ([""], [], {}, 2, "usage", "is not an IP address or network"),
    (["203.0.112.0/23"], [], {}, 5, "refused_wide", "refusing to ban 203.0.112.0/23: wider than /24"),
    (["203.0.0.0/16"], [], {}, 5, "refused_wide", "if you mean it: banctl ban "),
    (["2001:db8:2::/47"], [], {}, 5, "refused_wide", "refusing to ban 2001:db8:2::/47: wider than /48"),
    (["202.0.0.0/7"], FORCE, {}, 5, "refused_wide", "wider than /8 is never possible"),
    (["0.0.0.0/0"], FORCE, {}, 5, None, "refusing to ban 0.0.0.0/0: "),
    (["2001:db8::/31"], FORCE, {}, 5, "refused_wide", "wider than /32 is never possible"),
    (["::/0"], FORCE, {}, 5, None, "refusing to ban ::/0: "),
    (["127.0.0.1"], FORCE, {}, 5, "refused_special", "refusing to ban 127.0.0.1: loopback"),
    (["127.0.0.0/8"], FORCE, {}, 5, "refused_special", "refusing to ban 127.0.0.0/8: loopback"),
    (["::1"], FORCE, {}, 5, "refused_special", "loopback, unspecified and multicast addresses, and what is in ::/32, are never banned"),
    (["::fffe:0:0/95"], FORCE, {}, 5, "refused_special", "what is in ::/32"),  # for rspamd it is all of IPv4
    (["::192.0.2.1"], FORCE, {}, 5, "refused_special", "what is in ::/32"),
    (["::ffff:127.0.0.1"], FORCE, {}, 5, "refused_special", "refusing to ban 127.0.0.1: loopback"),
    (["224.0.0.1"], FORCE, {}, 5, "refused_special", "refusing to ban 224.0.0.1: "),
    (["239.255.255.250"], FORCE, {}, 5, "refused_special", "refusing to ban 239.255.255.250: "),
    (["ff02::1"], FORCE, {}, 5, "refused_special", "refusing to ban ff02::"),
    (["0.0.0.0"], FORCE, {}, 5, "refused_special", "refusing to ban 0.0.0.0: "),
    (["::"], FORCE, {}, 5, "refused_special", "refusing to ban ::"),
    (["198.51.100.5"], FORCE, {}, 5, None, "refusing to ban 198.51.100.5: 198.51.100.0/28 is "),
    (["198.51.100.0/28"], FORCE, {}, 5, None, "refusing to ban 198.51.100.0/28: 198.51.100.0/28 is "),
    (["198.51.100.0/26"], [], {}, 5, "refused_protected", "with --force all of it but that is banned"),
    (["2001:db8:dead:1::9"], FORCE, {}, 5, None, "2001:db8:dead::/48 is "),
    (["198.51.100.193"], FORCE, {}, 5, "refused_allowlist", "198.51.100.192/28 is on the allowlist (by refuse2)"),
    (["203.0.113.77"], [], {"SSH_CLIENT": SSH}, 5, "refused_caller", "ban 203.0.113.77: you are logged in from there"),
    (["203.0.113.0/24"], [], {"SSH_CLIENT": SSH}, 5, "refused_caller", "if you mean it: banctl ban "),
    (["203.0.113.77"], [], {"SSH_CONNECTION": SSH + " 192.0.2.1 22"}, 5, "refused_caller", "you are logged in from there"),
    (["::ffff:203.0.113.77"], [], {"SSH_CLIENT": SSH}, 5, "refused_caller", "refusing to ban 203.0.113.77"),
    (["2001:db8:77::5"], [], {"SSH_CLIENT": "2001:db8:77::1 51514 22"}, 5, "refused_caller", "refusing to ban 2001:db8:77::"),
    ([], ["--for", "1h", "--permanent"], {}, 2, "usage", "--for and --permanent contradict each other"),
    ([], ["--for", "soon"], {}, 2, "usage", "\"soon\" is not a duration (--for)"),
    ([], ["--for", "0s"], {}, 2, "usage", "\"0s\" is not a duration (--for)"),
    ([], ["--for"], {}, 2, "usage", "--for"),
    ([], ["--reason", "x" * 256], {}, 2, "usage", "the reason has 256 bytes; at most 255 are kept"),
    ([], ["--forced"], {}, 2, "usage", "--forced"),
    ([], ["--wait=yes"], {}, 2, "usage", "wait"),
    ([GOOD] * 1024, [], {}, 2, "usage", "1025 addresses are too many for one command"),
]


def snapshot(agents):
    return [(agent.list(), agent.map_bytes()) for agent in agents]


def refused(agent, row):
    targets, words, env, code, error_code, text = row
    for order in ([GOOD] + targets, targets + [GOOD]):
        output = agent.tell("ban", "--json", *order, *words, env=env)
        lab.check(output.code == code, "%s: exit %d, wanted %d: %s", order[:3] + words, output.code, code, output)
        document = json.loads(output.out)
        error = document["error"]
        lab.check(list(document) == ["error"] and list(error) == ["code", "exit", "message", "hint"] and output.err == "",
                  "%s: %s", order[:3] + words, output)
        lab.check(error["exit"] == code and error_code in (None, error["code"]), "%s: %s", order[:3] + words, error)
        lab.check(not text.startswith("if you mean it") or error["hint"] == "if you mean it: " + shlex.join(
            ["banctl", "ban", *order, "--socket", agent.socket, *words, "--force"]), "%s: %s", order[:3] + words, error)
        lab.check(text in error["message"] + "\n" + (error["hint"] or ""), "%s: no \"%s\" in %s", order[:3] + words, text,
                  error)
    output = agent.tell("ban", *targets, GOOD, *words, env=env)
    lab.check(output.code == code and output.out == "" and output.err.startswith("banctl: ") and text in output.err,
              "%s as text: %s", targets[:3] + words, output)


def own_addresses():
    """This host's addresses that others could reach it by."""
    output = subprocess.run(["ip", "-json", "address"], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = [ipaddress.ip_address(entry["local"]) for link in json.loads(output) for entry in link.get("addr_info", [])
             if "local" in entry]
    return [str(one) for one in found if not one.is_loopback and not one.is_link_local]


def test_refusals(place, template):
    """Every refusal, as text and as JSON, changes nothing on any node."""
    one, two, last = agents = yield from three(place, template, "refuse")
    one.set("never-ban", net=["198.51.100.0/28", "2001:db8:dead::/48"])
    two.set("never-ban", net=["198.51.100.192/28"])
    for agent in (one, two):
        lab.check(agent.ask("reload")[0] == 0, "reload failed")
    yield until("the entry of the other node is known", lambda: [(row["net"], row["owner"]) for row in
                                                                 one.show("198.51.100.193")["allowed_by"]] ==
                [("198.51.100.192/28", "refuse2")])
    yield linked(agents)
    own = own_addresses()
    print("own addresses: %s" % (", ".join(own) or "none beyond loopback, so that refusal is left out"))
    before = snapshot(agents)
    rows = REFUSED + [([address], [] if ":" in address else FORCE, {}, 5, None, ": %s is " % address) for address in own]
    for row in rows:
        refused(one, row)
    output = one.tell("ban")
    lab.check(output.code == 2 and "\"ban\" needs IP|NET..." in output.err, "without a target: %s", output)
    lab.check(snapshot(agents) == before, "something changed: %s", snapshot(agents))
    lab.check(one.show(GOOD)["banned"] is False and two.ask("show", GOOD)[0] == 1, "the good target is known")
    lab.check(before[0][0]["bans"] == [] and one.banned() == [], "there are bans: %s", before)
    stop(agents)


def test_accepted(place, template):
    """What a refusal offers instead: --force for wide networks, around what is never banned, and for the own session."""
    one, two, last = agents = yield from three(place, template, "accept", **{"never-ban": {"net": ["198.51.100.128/25"]}})
    session = {"SSH_CLIENT": SSH}
    lab.check(one.tell("ban", "203.0.113.78", env=session).code == 0, "another address than the own session's is refused")
    lab.check(one.tell("ban", "203.0.113.77", "--force", env=session).code == 0, "--force does not ban the own session")
    lab.check(one.tell("unban", "203.0.113.77", env=session).code == 0, "unban of the own session")
    lab.check(one.tell("ban", "203.0.113.79", env={"SSH_CLIENT": "nonsense"}).code == 0, "a strange SSH_CLIENT disturbs")
    found = changes(two, 0, "ban", "198.51.0.0/16", "2001:db8:4::/46", "--force")
    lab.check([row["outcome"] for row in found] == ["banned", "banned"], "%s", found)
    nets = [ipaddress.ip_network("198.51.0.0/16")]
    for hole in [ipaddress.ip_network("198.51.100.128/25")] + [ipaddress.ip_network(one) for one in own_addresses()]:
        nets = [piece for net in nets for piece in
                (net.address_exclude(hole) if hole.version == 4 and hole.subnet_of(net) else [net])]
    yield in_maps(agents, "203.0.113.78", "203.0.113.79", "2001:db8:4::/46", *map(str, nets))
    lab.check(last.ask("check", "198.51.100.127", "198.51.255.255")[0] == 0, "around it nothing is banned")
    code, answer = last.ask("check", "198.51.100.127", "198.51.100.128")
    lab.check(code == 1 and [row["banned"] for row in answer["results"]] == [True, False], "check: %d %s", code, answer)
    lab.check(last.list()["total"] == 4, "the list: %s", last.list())
    stop(agents)


def test_peer_address(place, template):
    """A peer's address is refused, and its prefix, too; a host name among the peers does no harm."""
    agent = Daemon(place, "lone", template)
    agent.set("cluster", peer=["far tcp://[2001:db8:ffff::2]:11339 %s" % Daemon(place, "far", template).key,
                               "near tcp://203.0.113.2:11339 %s" % Daemon(place, "near", template).key,
                               "named tcp://mx9.example.invalid:11339 %s" % Daemon(place, "named", template).key])
    yield from agent.begin()
    for target, covered in (("2001:db8:ffff::2", "2001:db8:ffff::"), ("2001:db8:ffff::/48", "2001:db8:ffff::"),
                            ("203.0.113.2", "203.0.113.2"), ("203.0.113.0/24", "203.0.113.2")):
        code, answer = agent.ask("ban", target)
        lab.check(code == 5 and re.search(": %s\\S* is " % re.escape(covered), answer["error"]["message"]) and
                  answer["error"]["code"] in ("refused_protected", "refused_allowlist"), "%s: %d %s", target, code, answer)
    code, answer = agent.ask("ban", "203.0.113.0/24", "--force")
    lab.check(code == 0 and answer["changes"][0]["total"] == 4, "ban around it: %d %s", code, answer)
    yield until("all but that address is in the map", lambda: len(agent.banned()) == 8 and "203.0.113.3" in agent.banned())
    lab.check(agent.ask("check", "203.0.113.2")[0] == 1, "the peer is banned")
    code, answer = agent.ask("list")
    lab.check(code == 0 and answer["total"] == 1, "list: %s", answer)
    agent.stop()


def refused_as(agent, code, text, *words):
    exit_code, answer = agent.ask("ban", *words)
    error = answer.get("error", {})
    lab.check(exit_code == 5 and error.get("code") == code and text in error["message"], "ban %s: %d %s", words, exit_code, answer)


def test_limits(place, template):
    """max_prefix4 and max_prefix6 say what needs --force, max_entries when the map is full; a reload applies them."""
    agent = Daemon(place, "limits", template)
    agent.set("ban", max_prefix4=28, max_prefix6=64)
    yield from agent.begin()
    refused_as(agent, "refused_wide", "wider than /28 ([ban] max_prefix4)", "203.0.113.0/27")
    refused_as(agent, "refused_wide", "wider than /64 ([ban] max_prefix6)", "2001:db8:1::/63")
    lab.check(agent.ask("ban", "203.0.113.0/28", "2001:db8:1::1")[0] == 0, "what is not wider is refused")
    lab.check(agent.ask("ban", "203.0.113.64/27", "--force")[0] == 0, "--force does not force")
    agent.set("ban", max_prefix4=16, max_prefix6=48)
    agent.set("map", max_entries=5)
    lab.check(agent.ask("reload")[0] == 0 and agent.ask("ban", "198.51.0.0/16")[0] == 0, "the reload changed nothing")
    refused_as(agent, "refused_full", "the map would have 6 entries; [map] max_entries is 5", "203.0.113.211", "203.0.113.212")
    lab.check(agent.status()["state"] == "healthy", "4 of 5: %s", agent.status()["reasons"])
    lab.check(agent.ask("ban", "203.0.113.211", "198.51.0.0/16")[0] == 0, "what is in the map already counts twice")
    yield until("the map is full", lambda: len(agent.banned()) == 5)
    status = agent.status()
    lab.check([reason for reason in status["reasons"] if reason.startswith("map: 5 entries, and [map] max_entries is 5")] and
              status["state"] == "degraded", "%s", status["reasons"])
    refused_as(agent, "refused_full", "the map would have 6 entries", "203.0.113.212")
    agent.log.hit("203.0.113.219", 10)
    yield until("the threshold bans beyond it", lambda: "203.0.113.219" in agent.banned())
    lab.check(agent.ask("unban", "203.0.113.0/28", "203.0.113.64/27", "2001:db8:1::1")[0] == 0, "unban")
    lab.check(agent.ask("ban", "203.0.113.212")[0] == 0 and agent.status()["state"] == "healthy", "there is room again")
    agent.stop()


PARTS = (test_refusals, test_accepted, test_peer_address, test_limits)
