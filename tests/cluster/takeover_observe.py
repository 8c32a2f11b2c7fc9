# SPDX-License-Identifier: Apache-2.0
"""Mode observe: what would be banned is in FILE.would, and the map gets nothing but what leaves it."""
import os
import signal

import lab
from daemon_lab import until
from takeover_lab import OLD, OLD_ENTRIES, Beside

SENDER, OTHER, THIRD = "192.0.2.81", "192.0.2.82", "192.0.2.83"


def would(agent):
    """The entries of FILE.would."""
    return [line for line in agent.read(agent.would).decode().splitlines() if not line.startswith("#")]


def listed(agent, *words):
    return [ban["net"] for ban in agent.ask("list", *words)[1]["bans"]]


def test_observe_foreign(place, template):
    """observe -> enforce -> observe beside a map that is not ours."""
    agent = Beside(place, "observe", template)
    agent.set("ban", mode="observe")
    yield from agent.watch(OLD_ENTRIES)
    yield from agent.begin()
    agent.ask("ban", SENDER)
    agent.log.hit(OTHER, 10)
    yield until("both are in FILE.would", lambda: would(agent) == [SENDER, OTHER])
    lab.check(agent.map_bytes() == agent.old and agent.copies() == [], "the map was touched")
    lab.check(os.stat(agent.would).st_mode & 0o777 == 0o644, "mode %o", os.stat(agent.would).st_mode)
    status = agent.status()
    lab.check(agent.is_healthy() and status["map"]["mode"] == "observe" and status["map"]["would"] == 2, "%s", status["map"])
    lab.check("observe: 2 bans would come into force" in agent.tell("status").out, "%s", agent.tell("status"))
    output = agent.tell("verify")
    lab.check(output.code == 0 and "observes" in output.out, "%s", output)
    lab.check(listed(agent, "--would") == [SENDER + "/32", OTHER + "/32"], "%s", listed(agent, "--would"))
    lab.check(agent.ask("map", "adopt")[0] == 1, "adopted in mode observe")
    agent.kill()
    yield from agent.begin()
    yield until("nothing changed", lambda: would(agent) == [SENDER, OTHER] and agent.map_bytes() == agent.old)

    agent.set("ban", mode="enforce")
    output = agent.tell("reload")
    lab.check(output.code == 0 and "mode enforce: 2 bans come into force" in output.out, "%s", output)
    yield agent.holds(*OLD_ENTRIES, SENDER, OTHER)
    yield until("FILE.would is gone", lambda: not os.path.exists(agent.would))
    lab.check(agent.read(agent.copy) == agent.old and agent.held()["entries"] == 5, "%s", agent.held())
    lab.check(listed(agent, "--would") == [] and "mode enforce" in agent.tell("list", "--would").err, "list --would")

    agent.set("ban", mode="observe")
    agent.process.send_signal(signal.SIGHUP)
    yield until("it observes", lambda: agent.status()["map"]["mode"] == "observe")
    lab.check(agent.written("mode observe: new bans go to %s only" % agent.would), "the log is silent")
    agent.ask("ban", THIRD)
    agent.ask("unban", OTHER)
    yield agent.holds(*OLD_ENTRIES, SENDER)
    yield until("FILE.would follows", lambda: would(agent) == [SENDER, THIRD])
    lab.check(listed(agent, "--would") == [THIRD + "/32"], "%s", listed(agent, "--would"))
    agent.stop()
    agent.set("ban", mode="enforce")
    yield from agent.begin()
    lab.check(agent.written("mode enforce, was observe: 1 ban comes into force"), "the log is silent")
    yield agent.holds(*OLD_ENTRIES, SENDER, THIRD)
    yield until("FILE.would is gone", lambda: not os.path.exists(agent.would))
    agent.stop()
    agent.unwatch()


def test_observe_new(place, template):
    """Without any map an empty one is made; one of ours only loses, also on a node with a lost disk."""
    agent = Beside(place, "observenew", template)
    os.remove(agent.map)
    agent.set("ban", mode="observe")
    yield from agent.begin()
    agent.ask("ban", SENDER, OTHER)
    yield until("they are in FILE.would", lambda: would(agent) == [SENDER, OTHER])
    lab.check(agent.map_bytes().startswith(b"# bansync") and agent.banned() == [], "the map holds %s", agent.banned())
    agent.set("ban", mode="enforce")
    agent.ask("reload")
    yield agent.holds(SENDER, OTHER)
    agent.set("ban", mode="observe")
    agent.ask("reload")
    yield from agent.watch([OTHER])
    agent.ask("unban", SENDER)
    yield agent.holds(OTHER)
    agent.stop()
    agent.lose()
    yield from agent.begin()
    yield agent.holds(OTHER)
    lab.check(agent.held()["kind"] == "lost", "%s", agent.held())
    agent.ask("ban", SENDER)
    yield until("FILE.would has it", lambda: would(agent) == [SENDER])
    yield agent.holds(OTHER)
    agent.ask("map", "adopt")
    yield until("it is adopted", lambda: would(agent) == [SENDER, OTHER] and agent.banned() == [OTHER])
    agent.stop()
    agent.unwatch()


def test_observe_peer(place, template):
    """Two nodes of which one observes: both say so, hold the same, and are healthy."""
    agents = [Beside(place, "mode" + name, template, "") for name in "ab"]
    for agent in agents:
        agent.meet(agents)
    a, b = agents
    b.set("ban", mode="observe")
    for agent in agents:
        yield from agent.begin()
    yield until("they see each other", lambda: all(agent.status().get("peers_up") == 1 for agent in agents))
    a.ask("ban", SENDER, "--wait")
    yield a.holds(SENDER)
    yield until("the observer has it in FILE.would", lambda: would(b) == [SENDER] and b.banned() == [])
    yield until("both are equal", lambda: a.ask("verify")[0] == b.ask("verify")[0] == 0)
    lab.check("modeb: same state, same map; it only observes" in a.tell("verify").out, "%s", a.tell("verify"))
    lab.check("observes" in a.tell("peers").out and "observes" not in b.tell("peers").out, "%s", a.tell("peers"))
    lab.check([agent.ask("peers")[1]["peers"][0]["mode"] for agent in agents] == ["observe", "enforce"], "peers")
    yield until("both are healthy", lambda: a.is_healthy() and b.is_healthy())
    b.set("ban", mode="enforce")
    b.ask("reload")
    yield b.holds(SENDER)
    yield until("the peer knows", lambda: a.ask("peers")[1]["peers"][0]["mode"] == "enforce")
    for agent in agents:
        agent.stop()


def test_observe_large(place, template):
    """A file that is too large to be taken over is not read either: all bans would be new."""
    agent = Beside(place, "observelarge", template, ("%s\n" % SENDER) * (48 << 16))
    agent.set("ban", mode="observe")
    yield from agent.begin()
    agent.ask("ban", SENDER, OTHER)
    yield until("they are in FILE.would", lambda: would(agent) == [SENDER, OTHER])
    state = agent.status()["map"]
    lab.check(state["bytes"] == len(agent.old) and state["entries"] == 0 and state["would"] == 2, "%s", state)
    lab.check(listed(agent, "--would") == [SENDER + "/32", OTHER + "/32"], "%s", listed(agent, "--would"))
    agent.set("ban", mode="enforce", max_new_per_minute=1)
    lab.check("bring 2 bans into force" in agent.tell("reload").err, "the reload was not refused")
    lab.check(agent.map_bytes() == agent.old, "it was not left alone")
    agent.stop()


PARTS = (test_observe_large, test_observe_peer, test_observe_foreign, test_observe_new)
