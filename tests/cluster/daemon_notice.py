# SPDX-License-Identifier: Apache-2.0
"""What the agent tells: one NOTICE line for each ban and unban, and text of senders that does no harm in it."""
import json
import os
import re

import lab
from command_cluster import linked
from daemon_lab import Daemon, until

SENDER, OTHER, HOSTILE = "203.0.113.71", "203.0.113.72", "203.0.113.73"
AUTO = ["net", "source", "until", "level", "allowed", "count", "hits", "messages", "nodes", "accounts"]
MANUAL = AUTO + ["actor", "reason"]
UNBAN = ["net", "source", "count", "hits", "messages", "nodes", "accounts", "actor", "reason"]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# A quote, a backslash, a blank, terminal controls, C1 controls, bytes that are no UTF-8.
EVIL = b"a\x1b[2J\x07b\"c\\d e=f\x7f\xc2\x9b31m\xff\xfe net=0.0.0.0/0\tx\xc3\xa9"


def only(found):
    lab.check(len(found) == 1, "not one line: %s", found)
    return found[0]


def test_notices(place, template):
    """Each ban and unban is one NOTICE line with the documented keys, of the journal's priority 5 if that reads it."""
    agent = Daemon(place, "notice", template, threshold=4)
    with open(agent.stderr, "w", encoding="utf-8") as file:
        status = os.fstat(file.fileno())
    os.environ["JOURNAL_STREAM"] = "%d:%d" % (status.st_dev, status.st_ino)
    try:
        yield from agent.begin()
    finally:
        del os.environ["JOURNAL_STREAM"]
    agent.log.hit(SENDER, 4)
    yield until("four hits ban", lambda: agent.banned() == [SENDER])
    agent.log.hit(SENDER, 2)
    yield until("six hits count", lambda: agent.count(SENDER) == 6)
    line = only(agent.notices("ban", SENDER + "/32"))
    lab.check(list(line) == AUTO, "keys: %s", line)
    lab.check(line["source"] == "auto" and line["until"] == "permanent" and line["allowed"] == "no" and line["count"] == "4" and
              line["nodes"] == "notice:4" and line["accounts"] == "alice@example.org", "line: %s", line)

    lab.check(agent.ask("unban", SENDER, "--reason", "password changed")[0] == 0, "unban failed")
    yield until("the map is empty", lambda: agent.banned() == [])
    line = only(agent.notices("unban", SENDER + "/32"))
    lab.check(list(line) == UNBAN and line["source"] == "manual" and line["actor"] and line["reason"] == "password\\x20changed" and
              line["accounts"] == "alice@example.org" and line["nodes"].startswith("notice:"), "line: %s", line)

    lab.check(agent.ask("ban", OTHER, "--for", "1s", "--reason", "stolen \"account\" x=y")[0] == 0, "ban failed")
    line = only(agent.notices("ban", OTHER + "/32"))
    lab.check(list(line) == MANUAL and line["source"] == "manual" and TIME.fullmatch(line["until"]) and line["count"] == "0" and
              line["actor"] and line["reason"] == "stolen\\x20\\x22account\\x22\\x20x=y", "line: %s", line)
    yield until("it is over", lambda: agent.notices("unban", OTHER + "/32"), 25)
    line = only(agent.notices("unban", OTHER + "/32"))
    lab.check(list(line) == UNBAN and line["source"] == "expired" and line["actor"] == "", "line: %s", line)
    for line in agent.written("ban net="):
        lab.check(line.startswith("<5>"), "no NOTICE for the journal: %s", line)
    agent.set("log", level="warning")
    lab.check(agent.ask("reload")[0] == 0 and agent.ask("ban", OTHER)[0] == 0, "reload or ban failed")
    agent.set("log", level="notice")
    lab.check(agent.ask("reload")[0] == 0 and agent.ask("unban", OTHER)[0] == 0, "reload or unban failed")
    lab.check(len(agent.notices("ban", OTHER + "/32")) == 1 and len(agent.notices("unban", OTHER + "/32")) == 2,
              "NOTICE lines do not follow the level")
    agent.stop()


def sums(agent, word):
    """What follows the word in its lines about many."""
    return [line.split(word + " ", 1)[1] for line in agent.written(" %s source=" % word)]


def test_many(place, template):
    """More than fifty of an operator at once are one line, here and on a peer; each has its own at level debug, and below fifty."""
    one, two = agents = Daemon(place, "notemany1", template), Daemon(place, "notemany2", template)
    for agent in agents:
        agent.meet(agents)
    two.set("log", level="debug")
    for agent in agents:
        yield from agent.begin()
    yield linked(agents)
    fifty = ["198.51.100.%d" % number for number in range(1, 51)]
    lab.check(one.ask("ban", *fifty, "--reason", "fifty")[0] == 0, "ban failed")
    yield until("the peer tells each", lambda: len(two.written("ban net=198.51.100.")) == 50)
    lab.check(len(one.written("ban net=198.51.100.")) == 50 and sums(one, "bans") == sums(two, "bans") == [], "%s", sums(one, "bans"))
    path = place.write("account\n" + "\n".join("user%d" % number for number in range(51)) + "\n", "notemany.csv")
    code, answer = one.ask("import", path, "--reason", "a list")
    lab.check(code == 0 and answer["confirmed"] == 2, "%d %s", code, answer)
    yield until("the peer tells of them", lambda: sums(two, "bans"))
    line = only(sums(one, "bans"))
    lab.check(re.fullmatch(r"source=manual count=51 accounts=51 node=notemany1 actor=\S+ reason=a\\x20list", line), "%s", line)
    lab.check(sums(two, "bans") == [line], "%s", sums(two, "bans"))
    lab.check(one.written("ban account=") == [] and len(two.written("ban account=")) == 51, "the lines of each")
    lab.check(one.ask("unban", "--all", "--yes")[0] == 0, "unban --all failed")
    yield until("the peer tells of them", lambda: sums(two, "unbans"))
    for agent in agents:  # which has them in slices of a hundred, its peer in one turn or two
        lab.check(re.match(r"source=manual count=10[01] accounts=5[01] node=notemany1 actor=", only(sums(agent, "unbans"))), "%s", sums(agent, "unbans"))
    lab.check(len(one.written(" unban ")) == 1, "%s", one.written(" unban "))
    lab.check(one.ask("ban", *fifty, "192.0.2.1", "--for", "1s")[0] == 0, "ban failed")
    yield until("they end", lambda: all(len(sums(agent, "unbans")) == 2 for agent in agents), 25)
    lab.check(sums(one, "unbans")[1].startswith("source=expired count=51 accounts=0 node=notemany1 "), "%s", sums(one, "unbans"))
    lab.check(len(one.written(" unban ")) == 1, "a line each")
    for agent in agents:
        agent.stop()


def test_learned(place, template):
    """Bans by hits have a line each where they are decided, and are one line for who was away."""
    one, two = agents = [Daemon(place, name, template, threshold=2) for name in ("learned1", "learned2")]
    senders = ["198.51.100.%d" % number for number in range(1, 52)]
    for agent in agents:
        agent.meet(agents)
        agent.set("ban", max_new_per_minute="1000")
    yield from one.begin()
    for sender in senders:
        one.log.hit(sender, 2)
    yield until("all are banned", lambda: len(one.written(" ban net=198.51.100.")) == len(senders))
    yield from two.begin()
    yield until("the other has them, too", lambda: sums(two, "bans"))
    line = only(sums(two, "bans"))
    lab.check(line == "source=auto count=51 accounts=0 node= actor= reason=", "%s", line)
    lab.check(sums(one, "bans") == [] and two.written(" ban net=") == [], "%s", two.written(" ban net="))
    for agent in agents:
        agent.stop()


def printable(text, what):
    for sign in text:
        lab.check(sign == "\n" or sign.isprintable(), "%s holds %r: %r", what, sign, text)


def test_hostile_account(place, template):
    """What a sender chose as account name is harmless in NOTICE lines, list and show."""
    agent = Daemon(place, "hostile", template, threshold=3)
    yield from agent.begin()
    for _ in range(3):
        agent.hit_from(HOSTILE, EVIL)
    yield until("three hits ban", lambda: agent.banned() == [HOSTILE])
    row = only(agent.written(" ban net="))
    printable(row, "NOTICE")
    line = only(agent.notices("ban", HOSTILE + "/32"))
    lab.check(list(line) == AUTO and line["net"] == HOSTILE + "/32", "keys: %s", line)
    for piece in ("\\x1B[2J", "\\x22c\\x5Cd\\x20e=f\\x7F", "\\xFF\\xFE\\x20net=0.0.0.0/0\\x09x"):
        lab.check(piece in line["accounts"], "no %s in %s", piece, line["accounts"])
    for words in (["list"], ["show", HOSTILE]):
        output = agent.tell(*words)
        lab.check(output.code == 0 and "\\x1B[2J" in output.out and "\\xFF\\xFE" in output.out, "%s: %s", words, output)
        printable(output.out, "banctl %s" % words[0])
        output = agent.tell("--json", *words)
        lab.check(re.fullmatch(r"[\x20-\x7e\n]*", output.out), "banctl --json %s: %r", words[0], output.out)
        document = json.loads(output.out)
        account = (document["bans"][0] if words == ["list"] else document)["accounts"][0]
        lab.check("a\\x1B[2J\\x07b\"c\\d e=f\\x7F\\xC2\\x9B31m" in account and "\\xFF\\xFE net=" in account and
                  account.endswith("x\xe9"), "account: %r", account)
        lab.check(not re.search(r"[\x00-\x1f\x7f-\x9f]", account), "control bytes in %r", account)
    lab.check(agent.status()["counters"]["lines_hit"] == 3, "counters: %s", agent.status()["counters"])
    agent.stop()


def test_direction_signs(place, template):
    """Signs that turn the direction of text are escaped as well: in NOTICE lines, list and show."""
    agent = Daemon(place, "direction", template, threshold=1)
    yield from agent.begin()
    agent.hit_from(HOSTILE, "alice\u202e\u2066moc.elpmaxe".encode())
    yield until("the hit bans", lambda: agent.banned() == [HOSTILE])
    for words in (["list"], ["show", HOSTILE]):
        printable(agent.tell(*words).out, "banctl %s" % words[0])
    printable(only(agent.written("ban net=")), "NOTICE")
    agent.stop()


PARTS = (test_many, test_learned, test_notices, test_hostile_account, test_direction_signs)
