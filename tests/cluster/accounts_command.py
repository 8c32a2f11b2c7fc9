# SPDX-License-Identifier: Apache-2.0
"""Every command about accounts, against real agents."""
import json
import os
import socket
import subprocess
import time

import lab
from accounts_lab import THRESHOLD, in_files, named, says, several, told
from command_cluster import begin, stop
from daemon_lab import until

BOB, EVE, ODD = "bob@example.org", "eve@example.org", "it's odd \\ j\u00f6rg"
ADDRESSES = ["203.0.113.%d" % number for number in range(1, 9)]


def on_the_next_second():
    """By the clock that dates log lines."""
    second = int(time.time())
    return until("another second", lambda: time.mktime(time.localtime()) > second)


def rows(agent, *words):
    """(net, account) of what list tells."""
    return [(ban["net"], ban.get("account")) for ban in told(agent, 0, "list", *words)["bans"]]


def test_commands(place, template):
    """From the first hit over ban, unban and the next ban: show, check, explain, top, list, history and the log tell of the account."""
    one, two = agents = several(place, template, "tell1", "tell2")
    for agent in agents:
        agent.set("ban", durations="1h")
    yield from begin(agents)
    says(one, 1, "explain", "--account", BOB, has=["account %s is not banned: nothing is known of it" % BOB])
    one.hits("Bob@Example.ORG", ADDRESSES[0])
    two.hits(BOB, ADDRESSES[1])
    yield until("two hits are known", lambda: all(agent.of_account(BOB).get("count") == 2 for agent in agents))
    says(two, 1, "explain", "--account", "BOB@example.org", has=["account %s is not banned: it has 2 of the 3 hits within 10m" % BOB,
                                                                "addresses %s, %s" % tuple(ADDRESSES[:2]), "1 more hit"])
    says(one, 1, "check", "--account", BOB, has=["account %s is not banned" % BOB])
    found = told(one, 0, "top")["senders"]
    row = next(row for row in found if row["net"] is None)
    lab.check((row["account"], row["count"], row["addresses"]) == (BOB, 2, ADDRESSES[:2]), "top: %s", found)
    says(one, 0, "top", "--once", has=["account " + BOB])
    two.hits(BOB, ADDRESSES[2])
    yield in_files(agents, BOB)
    lab.check(all(agent.banned() == [] for agent in agents), "an address is banned")
    found = one.of_account("BOB@EXAMPLE.ORG")
    lab.check((found["net"], found["account"], found["banned"], found["count"], found["address_count"], found["level"]) ==
              (None, BOB, True, 3, 3, 1) and found["addresses"] == ADDRESSES[:3], "show: %s", found)
    lab.check(found["covered_by"] == [], "show: %s", found)
    lab.check([strike["address"] for strike in found["strikes"]] and "account" not in found["strikes"][0], "show: %s", found)
    says(two, 0, "show", "--account", BOB, has=["account %s is banned; expires in 1h" % BOB, "3 addresses: " + ", ".join(ADDRESSES[:3])])
    says(two, 0, "check", "--account", BOB, has=["account %s is banned" % BOB])
    says(one, 0, "explain", "--account", BOB, has=["account %s is banned: it reached the threshold" % BOB, "hit that decided was on tell"])
    lab.check(two.written("ban account=%s source=auto" % BOB, "addresses=%s" % ",".join(ADDRESSES[:3])), "the log is silent")
    lab.check(one.ask("explain", ADDRESSES[0])[1]["banned_accounts"] == [BOB], "%s", one.ask("explain", ADDRESSES[0]))
    rejected = "An account that was used from there is banned: banctl unban --account " + BOB
    says(one, 1, "explain", ADDRESSES[0], has=["%s is not banned" % ADDRESSES[0], rejected])
    says(two, 0, "show", ADDRESSES[0], has=[rejected])
    told(one, 0, "ban", ADDRESSES[0])
    output = says(one, 0, "unban", ADDRESSES[0], has=["%s: unbanned" % ADDRESSES[0]])
    lab.check("an account that was used from there is still banned: banctl unban --account " + BOB in output.out + output.err, "%s", output)
    told(one, 0, "ban", "192.0.2.9", *named(EVE, ODD))
    lab.check(rows(two) == [("192.0.2.9/32", None), (None, BOB), (None, EVE), (None, ODD)], "%s", rows(two))
    lab.check(rows(two, "--accounts") == [(None, BOB), (None, EVE), (None, ODD)], "%s", rows(two, "--accounts"))
    says(one, 0, "list", "--accounts", has=["account " + BOB, "account it's odd"])
    yield until("verify", lambda: one.ask("verify")[0] == two.ask("verify")[0] == 0)
    yield from unban(one, two)
    stop(agents)


def unban(one, two):
    agents = (one, two)
    output = says(two, 0, "unban", "--account", BOB, "--account", EVE, has=["account %s: unbanned on 2 of 2 nodes" % BOB])
    lab.check("still sending: 3 hits" in output.out + output.err and "banctl unban --account %s --allow" % BOB in output.out + output.err, "%s", output)
    yield in_files(agents, '"%s"' % ODD)
    says(one, 1, "unban", "--account", BOB, has=["account %s is not banned" % BOB])
    yield on_the_next_second()
    one.hits(BOB, *ADDRESSES[3:6])
    yield until("it is banned again", lambda: two.of_account(BOB)["banned"])
    found = two.of_account(BOB)
    lab.check((found["level"], found["manual"]["kind"]) == (1, "unban"), "level: %s", found)  # that one was not over
    lab.check((found["address_count"], found["addresses"]) == (6, ADDRESSES[:6]), "not all it was used from: %s", found)
    says(one, 0, "show", "--account", BOB, has=["1st ban, 1h", "unbanned"])
    found = told(two, 0, "history", "--account", BOB)["entries"]
    lab.check([(row["action"], row["source"]) for row in found] == [("ban", "hits")] + [("unban", "operator")] * 2, "history: %s", found)
    lab.check({(row["net"], row["account"]) for row in found} == {(None, BOB)}, "history: %s", found)
    says(one, 0, "history", "--account", BOB, has=["account " + BOB])
    says(one, 0, "history", has=["account " + EVE])
    output = says(two, 0, "unban", "--by-node", "tell1", has=["account " + BOB])
    lab.check(not one.of_account(BOB)["banned"], "what its hits banned is banned still: %s", output)


def test_allow(place, template):
    """An account on the allowlist, of operators, of [never-ban] and of its file, is in no user map; mistakes are named."""
    one, two = agents = several(place, template, "free1", "free2")
    never = os.path.join(one.home, "never")
    with open(never, "w", encoding="utf-8") as file:
        file.write("account %s  # the office\n" % EVE.upper())
    one.set("never-ban", file=never, account=["Root@example.org"])
    yield from begin(agents)
    told(two, 0, "ban", *named(BOB))
    for account in (EVE, "root@example.org"):
        code, answer = two.ask("ban", *named(account))
        lab.check(code == 5 and "allow" in str(answer), "a leased account is banned: %d %s", code, answer)
        two.hits(account, *ADDRESSES[:THRESHOLD])
    yield in_files(agents, BOB)
    yield until("its hits count", lambda: one.of_account(EVE).get("banned"))
    says(two, 0, "allow", "check", "--account", EVE, has=["account " + EVE, "free1"])
    says(one, 0, "show", "--account", EVE, has=["kept out of the map (allowlist)"])
    says(one, 1, "check", "--account", EVE)
    says(one, 0, "allow", "list", has=["account root@example.org", "account " + EVE])
    output = says(one, 0, "allow", "add", "--account", "BOB@example.org", "--reason", "test", has=["account %s: allowed" % BOB])
    lab.check(output.err == "  lifts the ban of account %s\n  undo: banctl allow remove --account %s\n" % (BOB, BOB), "%s", output)
    yield in_files(agents)
    says(two, 1, "explain", "--account", BOB, has=["account %s is not banned" % BOB, "allowlist"])
    says(two, 0, "allow", "remove", "--account", BOB, has=["account %s: off the allowlist" % BOB])
    yield in_files(agents, BOB)
    with open(never + ".new", "w", encoding="utf-8") as file:
        file.write("192.0.2.99\n")
    os.rename(never + ".new", never)
    yield in_files(agents, BOB, EVE)
    one.set("never-ban", account=None)
    told(one, 0, "reload")
    yield in_files(agents, BOB, EVE, "root@example.org")
    for words in (("show", *named(BOB, EVE)), ("show", *named("")), ("ban", *named("n" * 128)), ("ban", *named("a\tb")),
                  ("check", "192.0.2.1", *named("")), ("explain", "192.0.2.1", *named(BOB))):
        lab.check(two.ask(*words)[0] == 2, "%s is taken", words)
    stop(agents)


def test_unnamed(place, template):
    """A name that may have been cut is counted and told, and nobody's; one that is a byte shorter counts; so does an odd one."""
    agent, = several(place, template, "unnamed")
    yield from agent.begin()
    long = b"n" * 127
    agent.hits(b"n" * 128, *ADDRESSES[:THRESHOLD])
    agent.hits(b"n" * 200, ADDRESSES[0])
    agent.hits(long, *ADDRESSES[:THRESHOLD])
    yield in_files([agent], long.decode())
    yield until("they are counted", lambda: agent.status()["counters"]["accounts_unnamed"] == THRESHOLD + 1)
    lab.check(agent.count(ADDRESSES[0]) == 3, "of the address they count: %s", agent.show(ADDRESSES[0]))
    for text, name in (("A\\\\b", "a\\b"), ("a\\x5cB", "a\\b"), ("j\u00f6", "j\u00f6"), ("\\xff", "\\xFF")):
        item = asked(agent, text)[0]["item"]
        lab.check((item["account"], item["address"], item["banned"]) == (name, None, False), "%r: %s", text, item)
    for text in ("", "a\\", "a\\xZ1", "a\\x1", "a\\n", "a\\x0A", "\\x00", "n" * 128, "\\x41" * 128):
        found = asked(agent, text)[-1]["error"]
        lab.check((found["code"], found["exit"]) == ("bad_account", 2), "%r: %s", text, found)
    agent.stop()


def asked(agent, account):
    """The lines of the answer to check, the name as it stands in a request of bansync-protocol(7)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(agent.socket)
        connection.sendall(json.dumps({"command": "check", "accounts": [account]}).encode() + b"\n")
        lines = []
        with connection.makefile() as answer:
            while not lines or "item" in lines[-1]:
                lines.append(json.loads(answer.readline()))
        return lines


def test_expiry(place, template):
    """A ban of an account ends on all nodes, and the next one is longer."""
    one, two = agents = several(place, template, "end1", "end2", window="1s")
    for agent in agents:
        agent.set("ban", durations="8s 2h")  # 1s would be over before it is seen, where a tick ends
    yield from begin(agents)
    one.hits(BOB, *ADDRESSES[:THRESHOLD])
    yield in_files(agents, BOB)
    yield in_files(agents, seconds=30)
    yield until("the log tells", lambda: two.written("unban account=%s source=expired" % BOB))
    yield on_the_next_second()
    two.hits(BOB, *ADDRESSES[:THRESHOLD])
    yield in_files(agents, BOB)
    says(one, 0, "show", "--account", BOB, has=["2nd ban, 2h"])
    stop(agents)


def test_brake(place, template):
    """The brake holds hits of accounts; release and drop by name."""
    agent, = several(place, template, "hold")
    agent.set("ban", max_new_per_minute=1)
    yield from agent.begin()
    agent.hits("first@example.org", *ADDRESSES[:THRESHOLD])
    yield in_files([agent], "first@example.org")
    for name in (BOB, EVE):
        agent.hits(name, *ADDRESSES[:THRESHOLD])
    def held():
        return {row["account"]: row["hits"] for row in agent.ask("held")[1]["held"] if row["net"] is None}
    yield until("they are held", lambda: held() == {BOB: 1, EVE: 3})
    says(agent, 0, "held", has=["account " + EVE])
    told(agent, 0, "drop", *named(EVE))
    found = told(agent, 0, "release", *named(BOB.upper()))
    lab.check((found["senders"], found["banned"]) == (1, 1), "%s", found)
    yield in_files([agent], BOB, "first@example.org")
    agent.stop()


def test_replay(place, template):
    """replay --accounts finds in the log of an agent the accounts that it has banned, at the same hits."""
    agent, = several(place, template, "replay")
    yield from agent.begin()
    names = (BOB, EVE, "Bob@Example.org", b"j\xc3\xb6rg \xff", EVE, BOB, b"n" * 128, b"n" * 128, b"n" * 128, "bob@EXAMPLE.org", EVE)
    for number, name in enumerate(names):
        agent.hits(name, "203.0.113.%d" % (number + 1))
    yield in_files([agent], BOB, EVE)
    run = subprocess.run([place.path("bin", "banctl"), "replay", "--json", "--accounts", "--threshold", str(THRESHOLD), agent.log.path],
                         stdout=subprocess.PIPE, check=True)
    items = [json.loads(line) for line in run.stdout.splitlines()]
    due = {item["account"]: item["hits"] for item in items if item["item"] == "sender" and item["net"] is None and item["due_line"]}
    lab.check(due == {name: agent.of_account(name)["count"] for name in (BOB, EVE)}, "%s", items)
    summary = items[-1]
    lab.check((summary["accounts"], summary["accounts_due"], summary["accounts_unnamed"]) ==
              (3, 2, agent.status()["counters"]["accounts_unnamed"]), "%s", summary)
    agent.stop()


PARTS = (test_replay, test_commands, test_allow, test_unnamed, test_expiry, test_brake)
