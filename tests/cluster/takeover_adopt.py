# SPDX-License-Identifier: Apache-2.0
"""banctl map adopt and map discard; a lost database that a peer or the operator makes good."""
import itertools
import os

import lab
import wait
from daemon_database import small_files
from daemon_lab import until
from takeover_lab import OLD, OLD_ENTRIES, Beside

MANY = 10000  # entries that are adopted in slices
OWN, SENDER, WIDE, NEVER = "192.0.2.50", "192.0.2.51", "198.18.0.0/15", "192.0.2.60"


def test_adopt(place, template):
    """The old entries become bans of the operator, exactly as they were; refused ones are listed."""
    agent = Beside(place, "adopt", template, OLD + "%s\n%s\n127.0.0.1\n" % (WIDE, NEVER))
    agent.set("never-ban", net=[NEVER])
    yield from agent.watch(OLD_ENTRIES)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES, WIDE, "127.0.0.1")
    output = agent.tell("map", "adopt", as_user=())
    lab.check(output.code == 4, "a stranger adopted: %s", output)
    code, answer = agent.ask("map", "adopt")
    lab.check(code == 0 and answer["adopted"] == 5 and answer["refused"] == 3 and answer["confirmed"] == 1, "%s", answer)
    refused = {item["net"]: item["code"] for item in answer["refused_entries"]}
    lab.check(refused == {WIDE: "refused_wide", NEVER + "/32": "refused_protected", "127.0.0.1/32": "refused_special"}, "%s",
              refused)
    yield agent.holds(*OLD_ENTRIES)
    yield until("it is healthy", agent.is_healthy)
    ban = agent.show("2001:db8::7/128")
    lab.check(ban["banned"] and ban["net"] == "2001:db8::7/128", "%s", ban)
    lab.check([ban["net"] for ban in agent.list()["bans"]] == ["198.51.100.0/24"] + [net + "/32" for net in OLD_ENTRIES[1:4]]
              + ["2001:db8::7/128"], "%s", agent.list())
    listed = agent.list()["bans"][0]
    lab.check(listed["kind"] == "permanent" and listed["reason"] == "adopted from %s" % agent.map and listed["actor"], "%s",
              (ban, listed))
    entry = agent.ask("history", "--limit", "1")[1]["entries"][0]
    lab.check((entry["action"], entry["subjects"], entry["object"]) == ("map adopt", answer["entries"], agent.map), "%s", entry)
    code, answer = agent.ask("map", "adopt")
    lab.check(code == 1 and answer["error"]["message"] == "nothing to adopt", "%d %s", code, answer)
    lab.check(agent.ask("map", "discard")[0] == 1, "something was discarded")
    agent.unwatch()
    lab.check(agent.ask("unban", "2001:db8::7/128")[0] == 0, "unban failed")
    yield agent.holds(*OLD_ENTRIES[:4])
    agent.kill()
    yield from agent.begin()
    lab.check(agent.held() is None and sorted(agent.banned()) == sorted(OLD_ENTRIES[:4]), "after a restart: %s", agent.held())
    agent.stop()


def test_adopt_killed(place, template):
    """kill -9 while entries are adopted: they are still kept, and adopting again does the rest."""
    nets = ["198.18.%d.%d" % (number // 250, number % 250 + 1) for number in range(MANY)]
    agent = Beside(place, "adoptkill", template, "".join("%s\n" % net for net in nets))
    yield from agent.watch(nets)
    yield from agent.begin()
    yield until("they are kept", lambda: (agent.held() or {}).get("entries") == MANY)
    asking = agent.lab.start([place.path("bin", "banctl"), "--socket", agent.socket, "map", "adopt"], "root")
    wait.until("some are bans", lambda: agent.status()["bans"]["permanent"] > 0)  # the others do not run meanwhile
    agent.kill()
    agent.lab.end(asking)
    yield from agent.begin()
    before = agent.status()["bans"]["permanent"]
    lab.check(0 < before < MANY and agent.held()["entries"] == MANY, "%d adopted, kept: %s", before, agent.held())
    print("killed with %d of %d adopted" % (before, MANY))
    code, answer = agent.ask("map", "adopt", seconds=120)
    lab.check(code == 0 and answer["already_banned"] == before and answer["adopted"] == MANY - before, "%s", answer)
    yield agent.holds(*nets)
    lab.check(agent.ask("verify")[0] == 0 and agent.held() is None, "verify is not content")
    agent.stop()
    agent.unwatch()


def test_discard(place, template):
    """The old entries leave the map, new bans stay; the answer names the copy."""
    agent = Beside(place, "discard", template)
    yield from agent.watch()
    yield from agent.begin()
    agent.ask("ban", OWN)
    yield agent.holds(*OLD_ENTRIES, OWN)
    output = agent.tell("map", "discard")
    lab.check(output.code == 0 and "5 entries" in output.out and agent.copy in output.out, "%s", output)
    yield agent.holds(OWN)
    yield until("it is healthy", agent.is_healthy)
    agent.kill()
    yield from agent.begin()
    lab.check(agent.banned() == [OWN] and agent.read(agent.copy) == agent.old, "after a restart: %s", agent.banned())
    agent.stop()
    agent.lose()
    yield from agent.begin()
    lab.check(agent.held()["kind"] == "lost" and agent.held()["copy"] is None, "%s", agent.held())
    code, answer = agent.ask("map", "discard")
    lab.check(code == 0 and OWN.encode() in agent.read(answer["copy"]) and answer["copy"] == agent.copy + ".1", "%s", answer)
    yield agent.holds()
    agent.stop()
    agent.unwatch()


def test_discard_copy(place, template):
    """Whatever became of the copies: the one that the answer names holds all entries that were dropped."""
    agent = Beside(place, "discardcopy", template)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    agent.set("ban", mode="observe")
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    os.remove(agent.map)
    agent.write_map("%s\n" % NEVER)
    agent.set("ban", mode="enforce")
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    yield agent.holds(*OLD_ENTRIES, NEVER)
    copies = agent.copies()
    code, answer = agent.ask("map", "discard")
    lab.check(code == 0 and os.path.basename(answer["copy"]) not in copies, "%d %s", code, answer)
    held = agent.read(answer["copy"]).decode().splitlines()
    lab.check(sorted(line for line in held if line[0] != "#") == sorted([*OLD_ENTRIES, NEVER]), "the copy holds %s", held)
    agent.stop()
    agent = Beside(place, "discardgone", template)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    os.remove(agent.copy)
    code, answer = agent.ask("map", "discard")
    lab.check(code == 0 and OLD_ENTRIES[1].encode() in agent.read(answer["copy"]), "%d %s", code, answer)
    agent.stop()


def test_lost_adopt(place, template):
    """Without any peer the operator can make the entries of a lost database bans again."""
    agent = Beside(place, "lostadopt", template, "")
    yield from agent.begin()
    agent.ask("ban", OWN, "203.0.113.0/28")
    yield agent.holds(OWN, "203.0.113.0/28")
    agent.stop()
    agent.lose()
    yield from agent.watch([OWN, "203.0.113.0/28"])
    yield from agent.begin()
    lab.check(agent.is_degraded("map: ", "2 entries", "database was lost", "banctl map adopt"), "%s", agent.reasons())
    lab.check(agent.ask("map", "adopt")[1]["adopted"] == 2, "not adopted")
    yield until("it is healthy", agent.is_healthy)
    agent.stop()
    yield from agent.begin()
    lab.check(sorted(agent.banned()) == [OWN, "203.0.113.0/28"], "the map holds %s", agent.banned())
    agent.stop()
    agent.unwatch()


def test_join(place, template):
    """A node with a lost disk joins its peer and lets go of the former map once both agree."""
    agents = [Beside(place, "join" + name, template, "") for name in "ab"]
    for agent in agents:
        agent.meet(agents)
        yield from agent.begin()
    a, b = agents
    yield until("they see each other", lambda: all(agent.status().get("peers_up") == 1 for agent in agents))
    a.ask("ban", OWN, "203.0.113.9", "--wait")
    yield b.holds(OWN, "203.0.113.9")
    b.stop()
    a.ask("unban", "203.0.113.9")
    b.lose()
    yield from b.watch([OWN])
    yield from b.begin()
    yield b.holds(OWN)  # an unban that it slept through wins as well
    yield until("it lets go", lambda: b.held() is None)
    yield until("both agree", lambda: a.map_bytes() == b.map_bytes() and a.ask("verify")[0] == b.ask("verify")[0] == 0)
    yield until("both are healthy", lambda: a.is_healthy() and b.is_healthy())
    b.stop()
    yield from b.begin()
    lab.check(b.banned() == [OWN] and b.held() is None, "%s", b.held())
    for agent in agents:
        agent.stop()
    b.unwatch()
    lab.check(os.listdir(os.path.dirname(b.map)) == [os.path.basename(b.map)], "left: %s", os.listdir(os.path.dirname(b.map)))


def test_all_lost(place, template):
    """All nodes lost their databases: they agree, but nobody knows the entries. They stay until the operator decides."""
    agents = [Beside(place, "alllost" + name, template, "") for name in "ab"]
    for agent in agents:
        agent.meet(agents)
        yield from agent.begin()
    yield until("they see each other", lambda: all(agent.status().get("peers_up") == 1 for agent in agents))
    agents[0].ask("ban", OWN, "203.0.113.9", "--wait")
    for agent in agents:
        yield agent.holds(OWN, "203.0.113.9")
    for agent in agents:
        agent.stop()
        agent.lose()
    for agent in agents:
        yield from agent.watch([OWN, "203.0.113.9"])
        yield from agent.begin()
    a, b = agents
    a.log.hit(OWN)
    yield until("a hit that both know", lambda: b.count(OWN) == 1)
    yield until("both agree", lambda: all(agent.ask("peers")[1]["peers"][0]["same"] for agent in agents))
    lab.check(all(agent.held() is not None for agent in agents), "%s", [agent.held() for agent in agents])
    lab.check(a.ask("map", "adopt")[1]["adopted"] == 2, "not adopted")
    yield until("b is told", lambda: b.held() is None)
    yield until("both are healthy", lambda: a.is_healthy() and b.is_healthy())
    for agent in agents:
        lab.check(sorted(agent.banned()) == [OWN, "203.0.113.9"], "the map holds %s", agent.banned())
        agent.stop()
        agent.unwatch()


def test_not_durable(place, template):
    """While the database cannot be written an old map is not replaced, and nothing is adopted; afterwards all is."""
    agent = Beside(place, "notdurable", template)
    senders = ("10.8.%d.%d" % (number // 250, number % 250 + 1) for number in itertools.count())
    agent.set("ban", mode="observe")
    yield from agent.watch(OLD_ENTRIES)
    yield from agent.begin()
    agent.ask("ban", OWN)
    with small_files(agent) as (fill, clear):
        fill()
        agent.log.hit(SENDER)
        yield until("the database fails", lambda: agent.is_degraded("database: failing"))
        agent.set("ban", mode="enforce")
        agent.ask("reload")
        yield until("the original is copied", lambda: agent.copies() != [])
        agent.log.hit(SENDER)
        yield until("a later hit counts", lambda: agent.count(SENDER) == 2)
        lab.check(agent.map_bytes() == agent.old, "the map was written before what is kept was durable")
        clear()
        yield agent.holds(*OLD_ENTRIES, OWN)
        yield until("the database works", lambda: len(agent.reasons()) == 1)
        fill()

        def fails_again():
            """A log of the database that began anew has room for some turns."""
            agent.log.hit(next(senders))
            return agent.is_degraded("database: failing")
        yield until("the database fails again", fails_again)
        code, answer = agent.ask("map", "adopt")
        lab.check(code == 8 and answer["error"]["code"] == "not_durable", "%d %s", code, answer)
        code, answer = agent.ask("map", "discard")
        lab.check(code == 8 and answer["error"]["code"] == "not_durable", "%d %s", code, answer)
        lab.check(agent.held()["entries"] == 5 and sorted(agent.banned()) == sorted([*OLD_ENTRIES, OWN]), "%s", agent.held())
        clear()
        yield until("the database works again", lambda: len(agent.reasons()) == 1)
        lab.check(agent.ask("map", "adopt")[1]["adopted"] == 5, "not adopted")
        agent.kill()
        yield from agent.begin()
        yield agent.holds(*OLD_ENTRIES, OWN)
        lab.check(agent.held() is None, "%s", agent.held())
        agent.stop()
    agent.unwatch()


PARTS = (test_not_durable, test_adopt_killed, test_adopt, test_discard, test_discard_copy, test_lost_adopt, test_join, test_all_lost)
