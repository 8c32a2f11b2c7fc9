# SPDX-License-Identifier: Apache-2.0
"""Why an address is banned or is not, and who comes next: explain and top against real agents."""
import json
import socket
import time

import lab
from command_cluster import change, in_maps, stop, three
from command_view import BAN, TIME, document, members
from daemon_lab import Daemon, until
from takeover_lab import Beside

SENDER, OTHER, THIRD = "203.0.113.171", "203.0.113.172", "203.0.113.173"
EXPLAIN = ["schema", "address", "known", "observe", "in_force", "banned", "verdict", "decided_by", "buckets", "threshold", "counts",
           "window_ms", "counted", "missing", "oldest_counts_until", "newest_counts_until", "level", "manual", "unban", "cover",
           "covered_by", "allowed_by", "map_entry", "former_entry", "deciding", "strikes_total", "strikes"] + BAN
TOP = ["schema", "total", "limit", "threshold", "counts", "window_ms", "node", "senders"]
ROW = ["net", "count", "threshold", "hits", "messages", "last", "nodes", "accounts", "cover", "allowed"]


def explained(agent, code, address, **wanted):
    """explain --json of the address must exit with code and tell these. The document, and the lines of the text."""
    found = document(agent, code, "explain", address)
    members(found, EXPLAIN)
    told = {name: found[name] for name in wanted}
    lab.check(told == wanted, "explain %s: %s, wanted %s", address, told, wanted)
    output = agent.tell("explain", address)
    lab.check((output.code, output.err) == (code, ""), "explain %s as text: %s", address, output)
    return found, output.out.splitlines()


def begins(lines, *wanted):
    """The first lines, up to the times in them."""
    lab.check(len(lines) >= len(wanted) and all(line.startswith(want) for line, want in zip(lines, wanted)), "%s, wanted %s", lines,
              wanted)


def has(lines, text):
    lab.check(any(text in line for line in lines), "no \"%s\" in %s", text, lines)


def test_explain(place, template):
    """What decides about an address, from the first hit over ban, unban and wider ban to the allowlist."""
    one, two, last = agents = yield from three(place, template, "why", detect={"threshold": 4})
    _, lines = explained(one, 1, SENDER, known=False, verdict="not_banned", decided_by=None, counted=0, missing=4, unban=None,
                         strikes=[], map_entry=None, level=0, oldest_counts_until=None)
    lab.check(lines == [SENDER + " is not banned: nothing is known of it",
                        "It would take 4 hits within 10m, on whatever nodes, to reach the threshold"], "%s", lines)

    two.log.hit(SENDER, 2)
    last.log.hit(SENDER)
    yield until("three hits are known", lambda: all(agent.count(SENDER) == 3 for agent in agents))
    found, lines = explained(one, 1, SENDER, known=True, banned=False, decided_by=None, counted=3, missing=1, deciding=None,
                             strikes_total=3, nodes={"why2": 2, "why3": 1}, accounts=["alice@example.org"])
    lab.check(TIME.fullmatch(found["oldest_counts_until"]) and found["oldest_counts_until"] <= found["newest_counts_until"], "%s", found)
    lab.check([row["node"] for row in found["strikes"]].count("why2") == 2 and found["strikes"][0]["bucket"] == "user", "%s", found)
    begins(lines, SENDER + " is not banned: it has 3 of the 4 hits within 10m that ban",
           "Counted: 3 hits of 3 messages; nodes why2 2, why3 1; accounts alice@example.org; limits user",
           "Last hit: 20", "1 more hit would reach the threshold; the oldest one counts until 20", "the hits that count now, the newest first")

    one.log.hit(SENDER)
    yield in_maps(agents, SENDER)
    one.log.hit(SENDER, 2)  # hits during the ban do not decide
    yield until("they are known", lambda: all(agent.show(SENDER)["hits"] == 6 for agent in agents))
    for agent in agents:
        found, lines = explained(agent, 0, SENDER, verdict="banned", decided_by="threshold", source="auto", in_force=True, level=1,
                                 strikes_total=4, map_entry=SENDER + "/32", cover=None, missing=0, hits=6)
        lab.check(found["since"] == found["deciding"]["time"] == found["strikes"][0]["time"] and found["last_hit"] >= found["since"] and len(found["strikes"]) == 4, "%s", found)
        begins(lines, SENDER + " is banned: it reached the threshold 20", "The hit that decided was on why", "Counted: 6 hits")
        has(lines, "In the map it is covered by " + SENDER)

    change(one, 0, "unban", SENDER, "--reason", "ticket 4711")
    yield in_maps(agents)
    found, lines = explained(two, 1, SENDER, decided_by=None, counted=0, missing=4, strikes_total=0, deciding=None, level=1)
    lab.check((found["unban"]["void_hits"], found["unban"]["void_bans"], found["unban"]["reason"], found["manual"]["kind"]) ==
              (6, 1, "ticket 4711", "unban") and found["unban"]["actor"], "%s", found["unban"])
    has(lines, "what was before does not count (6 hits, 1 ban): ticket 4711")
    has(lines, "Its hits have banned it before; level 1")

    change(one, 0, "ban", "203.0.113.0/24", "--for", "1d", "--reason", "all of them")
    yield in_maps(agents, "203.0.113.0/24")
    found, lines = explained(last, 0, SENDER, decided_by="net", source=None, map_entry="203.0.113.0/24",
                             covered_by=["203.0.113.0/24"])
    lab.check((found["cover"]["net"], found["cover"]["source"], found["cover"]["reason"]) ==
              ("203.0.113.0/24", "manual", "all of them"), "%s", found["cover"])
    begins(lines, SENDER + " is banned: it is inside 203.0.113.0/24, which ")
    lab.check(lines[0].endswith(": all of them"), "%s", lines)
    change(two, 0, "ban", SENDER, "--reason", "this one")
    yield until("it is known", lambda: last.show(SENDER)["banned"])
    found, lines = explained(last, 0, SENDER, decided_by="operator", cover=None, reason="this one")
    lab.check(found["manual"]["until"] is None and found["unban"]["actor"] == found["unban"]["reason"] == "", "%s", found["unban"])
    has(lines, "It is also inside 203.0.113.0/24, which is banned, too")

    change(one, 0, "allow", "add", SENDER, "--for", "1h", "--reason", "office")
    yield until("it is allowed", lambda: last.show(SENDER)["allowed"])
    found, lines = explained(last, 1, SENDER, banned=False, in_force=False, verdict="not_banned", decided_by="allowlist", map_entry=None)
    lab.check([(row["owner"], row["reason"]) for row in found["allowed_by"]] == [("operator", "office")], "%s", found)
    begins(lines, "%s is not banned: it is on the allowlist: %s (operator " % (SENDER, SENDER), "Without that it would be banned: ")
    has(explained(last, 0, OTHER, known=False, decided_by="net")[1], "In the map it is covered by 203.0.113.")

    change(one, 0, "ban", "2001:db8:7::9/128")
    yield until("it is known", lambda: last.ask("check", "2001:db8:7::9")[0] == 0)
    found, lines = explained(last, 0, "2001:db8:7::9", net="2001:db8:7::/64", decided_by="operator", map_entry="2001:db8:7::9/128")
    has(lines, "Its hits count for 2001:db8:7::/64")
    explained(last, 1, "2001:db8:7::8", net="2001:db8:7::/64", decided_by=None, map_entry=None)
    for words in (["explain"], ["explain", "203.0.113.0/24"], ["explain", SENDER, OTHER], ["explain", "example.org"]):
        lab.check(one.tell(*words).code == 2, "%s: exit %d", words, one.tell(*words).code)
    stop(agents)


def test_explain_again(place, template):
    """A ban after an unban rests on the hits since then alone."""
    agent = Daemon(place, "again", template, threshold=4)
    yield from agent.begin()
    agent.log.hit(SENDER, 4)
    yield until("it is banned", lambda: agent.banned() == [SENDER])
    change(agent, 0, "unban", SENDER)
    began = time.time()
    yield until("the next second but one", lambda: time.time() > began + 2)  # hits of the unban's own second are void
    agent.log.hit(SENDER, 4)
    yield until("it is banned again", lambda: agent.banned() == [SENDER])
    found, _ = explained(agent, 0, SENDER, decided_by="threshold", strikes_total=4, hits=4)
    lab.check(found["unban"]["void_hits"] == 4, "%s", found["unban"])
    agent.stop()


def test_explain_policy(place, template):
    """What a node with a stricter policy decided is told as such by the others."""
    one, two, last = agents = yield from three(place, template, "strict", detect={"threshold": 4})
    one.set("detect", threshold=2)
    lab.check(one.ask("reload")[0] == 0, "reload")
    two.log.hit(SENDER, 2)
    yield in_maps(agents, SENDER)
    _, lines = explained(last, 0, SENDER, decided_by="threshold", count=2, threshold=4, counted=2, missing=2, strikes_total=2)
    has(lines, "The hit that decided was on strict2, the last of 2 within 10m; by the stricter policy of another node")
    _, lines = explained(one, 0, SENDER, decided_by="threshold", threshold=2, missing=0)
    lab.check(not any("stricter" in line for line in lines), "%s", lines)
    stop(agents)


def test_explain_former(place, template):
    """What is kept of a former map decides; in mode observe nothing is in force but what the file holds."""
    agent = Beside(place, "kept", template)
    yield from agent.begin()
    yield until("the old entries are kept", lambda: agent.status()["map"]["held"])
    found, lines = explained(agent, 0, "198.51.100.9", known=False, decided_by="former_map", in_force=True, map_entry=None)
    lab.check(found["former_entry"] == {"net": "198.51.100.0/24", "kind": "foreign"}, "%s", found["former_entry"])
    begins(lines, "198.51.100.9 is banned: 198.51.100.0/24 of a former map covers it, which is kept in force until \"banctl map adopt\"")
    explained(agent, 1, "198.51.101.9", decided_by=None, former_entry=None)
    change(agent, 0, "ban", "198.51.100.9")
    explained(agent, 0, "198.51.100.9", decided_by="operator", map_entry="198.51.100.9/32")
    lab.check(agent.tell("map", "discard").code == 0, "map discard")
    explained(agent, 1, "198.51.100.10", decided_by=None, former_entry=None, in_force=False)
    yield agent.holds("198.51.100.9")
    agent.set("ban", mode="observe")
    lab.check(agent.tell("reload").code == 0, "reload")
    _, lines = explained(agent, 0, "198.51.100.9", verdict="would_be_banned", observe=True, in_force=True, decided_by="operator")
    begins(lines, "198.51.100.9 would be banned, but this node only observes: ")
    has(lines, "The map of this node holds it all the same, from before (mode = observe)")
    change(agent, 0, "ban", OTHER)
    _, lines = explained(agent, 0, OTHER, verdict="would_be_banned", in_force=False)
    has(lines, "The map of this node does not hold it (mode = observe)")
    agent.stop()


def rows(agent, *words):
    found = document(agent, 0, "top", *words)
    members(found, TOP)
    for row in found["senders"]:
        members(row, ROW)
        lab.check(TIME.fullmatch(row["last"]) and row["threshold"] == found["threshold"], "%s", row)
    return found, [(row["net"].removesuffix("/32"), row["count"]) for row in found["senders"]]


def test_top(place, template):
    """The nearest first, on each node the same; the banned are not in it; hostile accounts are harmless."""
    one, two, last = agents = yield from three(place, template, "top", detect={"threshold": 5})
    found, senders = rows(one)
    lab.check((found["total"], found["limit"], senders) == (0, 20, []), "%s", found)
    output = one.tell("top")
    lab.check((output.code, output.out, output.err) == (0, "", "no sender approaches the threshold of 5 hits within 10m\n"), "%s", output)
    one.log.hit(SENDER, 2)
    two.log.hit(SENDER)
    last.log.hit(OTHER, 4)
    two.hit_from(THIRD, b"b\x1b[2J\xffob@example.org")
    one.log.hit("203.0.113.174", 5)
    one.log.hit("2001:db8:7::1")
    yield in_maps(agents, "203.0.113.174")
    wanted = [(OTHER, 4), (SENDER, 3)]
    yield until("all hits are known", lambda: all(agent.ask("top")[1]["total"] == 4 for agent in agents))
    for agent in agents:
        found, senders = rows(agent)
        lab.check(senders[:2] == wanted and sorted(senders[2:]) == [("2001:db8:7::/64", 1), (THIRD, 1)], "%s", senders)
        row = found["senders"][1]
        lab.check((row["hits"], row["messages"], row["nodes"], row["accounts"], row["cover"], row["allowed"]) ==
                  (3, 3, {"top1": 2, "top2": 1}, ["alice@example.org"], None, False), "%s", row)
        found, senders = rows(agent, "--limit", "2")
        lab.check(senders == wanted and (found["total"], found["limit"]) == (4, 2), "%s", found)
    accounts = [row["accounts"] for row in rows(two)[0]["senders"] if row["net"] == THIRD + "/32"]
    lab.check(accounts == [["b\\x1B[2J\\xFFob@example.org"]], "accounts: %s", accounts)
    output = two.tell("top", "--limit", "3")
    lab.check(output.code == 0 and output.err == "3 of 4 senders that approach the threshold of 5 hits within 10m\n" and
              output.out.splitlines()[1].split()[:6] == [OTHER, "4", "of", "5", "4", "4"] and "\x1b" not in output.out, "%s", output)

    change(one, 0, "ban", "203.0.113.172/31")
    change(one, 0, "allow", "add", SENDER)
    yield until("it is known", lambda: last.show(SENDER)["allowed"])
    notes = {row["net"]: (row["cover"], row["allowed"]) for row in rows(last)[0]["senders"]}
    lab.check(notes == {OTHER + "/32": ("203.0.113.172/31", False), SENDER + "/32": (None, True),
                        THIRD + "/32": ("203.0.113.172/31", False), "2001:db8:7::/64": (None, False)}, "%s", notes)
    change(one, 5, "unban", OTHER)  # the wider ban stays
    yield until("its hits are void", lambda: rows(last)[0]["total"] == 3)
    stop(agents)


def test_top_many(place, template):
    """Questions of many clients, of such as go away, and ones that ask for too much."""
    agent = Daemon(place, "topmany", template)
    yield from agent.begin()
    for number in range(1, 41):
        agent.log.hit("198.51.100.%d" % number, 1 + number % 3)
    yield until("all hits are known", lambda: agent.ask("top")[1]["total"] == 40)
    clients = []
    for number in range(60):
        client = socket.socket(socket.AF_UNIX)
        client.connect(agent.socket)
        client.sendall(b'{"command":"top","limit":%d}\n' % (number % 50 + 1))
        if number % 4 == 0:
            client.close()
        else:
            clients.append((number % 50 + 1, client))
    for limit, client in clients:
        with client, client.makefile() as lines:
            answer = [json.loads(next(lines)) for _ in range(min(limit, 40) + 1)]
            counts = [line["item"]["count"] for line in answer[:-1]]
            lab.check(counts == sorted(counts, reverse=True) and answer[-1]["result"]["total"] == 40, "%d: %s", limit, answer[-1])
    for limit in (b"0", b"1001", b"-1", b"true"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(agent.socket)
            client.sendall(b'{"command":"top","limit":%s}\n' % limit)
            with client.makefile() as lines:
                answer = json.loads(next(lines))
            lab.check(answer["error"]["code"] == "usage", "limit %s: %s", limit, answer)
    agent.stop()


PARTS = (test_explain, test_explain_again, test_explain_policy, test_explain_former, test_top, test_top_many)
