# SPDX-License-Identifier: Apache-2.0
"""Reading the configuration again, by signal and by command."""
import os
import signal

import lab
from daemon_lab import Daemon, until

SENDER, OTHER = "203.0.113.31", "203.0.113.32"


def test_threshold(place, template):
    """SIGHUP: a lower threshold bans at once what was already there; a higher one does not lift it."""
    agent = Daemon(place, "threshold", template)
    yield from agent.begin()
    agent.log.hit(SENDER, 5)
    agent.log.hit(OTHER, 4)
    yield until("5 and 4 hits count", lambda: (agent.count(SENDER), agent.count(OTHER)) == (5, 4))
    lab.check(agent.banned() == [], "banned below the threshold: %s", agent.banned())
    agent.set("detect", threshold=5)
    agent.process.send_signal(signal.SIGHUP)
    yield until("five hits ban", lambda: agent.banned() == [SENDER], 10)
    lab.check(agent.written("configuration read again"), "the log does not say that it was read")
    lab.check(agent.notices("ban", SENDER + "/32")[0]["count"] == "5", "NOTICE: %s", agent.notices("ban", SENDER + "/32"))
    lab.check(agent.show(OTHER)["threshold"] == 5, "show does not know the new threshold")
    agent.set("detect", threshold=10)
    code, answer = agent.ask("reload")
    lab.check(code == 0 and answer["restart"] == [], "reload: %d %s", code, answer)
    agent.log.hit(OTHER)
    yield until("5 hits count", lambda: agent.count(OTHER) == 5)
    lab.check(agent.banned() == [SENDER], "the map holds %s", agent.banned())
    agent.log.hit(OTHER, 5)
    yield until("ten hits ban", lambda: sorted(agent.banned()) == [SENDER, OTHER])
    agent.stop()


def test_bad_file(place, template):
    """A file with mistakes leaves the running configuration in force, and the log names the mistakes."""
    agent = Daemon(place, "badfile", template)
    yield from agent.begin()
    good = agent.options["detect"].copy()
    agent.set("detect", threshold=2, windw="1m")
    agent.process.send_signal(signal.SIGHUP)
    yield until("the log names the mistake", lambda: agent.written("%s:" % agent.config, "unknown key \"windw\""))
    lab.check(agent.written("reload refused, the running configuration stays in force"), "the log does not say what it means")
    code, answer = agent.ask("reload")
    error = answer["error"]
    lab.check(code == 5 and error["code"] == "config" and error["exit"] == 5, "reload: %d %s", code, answer)
    lab.check("%s:" % agent.config in error["message"] and "did you mean \"window\"?" in error["message"], "%s", error)
    lab.check("stays in force" in error["hint"], "%s", error)
    output = agent.tell("reload")
    lab.check(output.code == 5 and output.out == "" and "unknown key \"windw\"" in output.err, "reload: %s", output)
    agent.log.hit(SENDER, 3)
    yield until("3 hits count", lambda: agent.count(SENDER) == 3)
    lab.check(agent.show(SENDER)["threshold"] == 10 and agent.banned() == [], "the bad file took effect")
    os.rename(agent.config, agent.config + ".away")
    lab.check(agent.ask("reload")[0] == 5, "a missing file was taken")
    agent.options["detect"] = good
    agent.set("detect", threshold=3)
    lab.check(agent.ask("reload")[0] == 0, "the corrected file was not taken")
    yield until("three hits ban", lambda: agent.banned() == [SENDER])
    agent.stop()


def test_needs_restart(place, template):
    """Options that need a restart are named, one by one, and keep their values; the others take effect."""
    agent = Daemon(place, "restart", template)
    yield from agent.begin()
    agent.set("node", name="another")
    agent.set("map", file=agent.map + ".new", coalesce="1s")
    agent.set("detect", threshold=7)
    code, answer = agent.ask("reload")
    lab.check(code == 0 and answer["schema"] == "banctl.reload/1", "reload: %d %s", code, answer)
    status = agent.status()
    lab.check(status["node"]["name"] == "restart" and status["map"]["file"] == agent.map, "status: %s", status)
    lab.check(agent.show(SENDER)["threshold"] == 7, "the threshold was not taken")
    output = agent.tell("reload")
    lab.check(output.code == 0 and "[node] name" in output.err and "[map] file" in output.err, "reload: %s", output)
    lab.check(agent.written("configuration read again; needs a restart: [node] name, [map] file"), "the log is silent")
    lab.check(answer["restart"] == ["[node] name", "[map] file"], "restart: %s", answer["restart"])
    agent.stop()


def test_never_ban(place, template):
    """A network that comes under [never-ban] leaves the map at once, and is back when it goes."""
    agent = Daemon(place, "neverban", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER, "198.51.100.1")[0] == 0, "ban failed")
    both = ["198.51.100.1", SENDER]
    yield until("both are in the map", lambda: sorted(agent.banned()) == both)
    agent.set("never-ban", net=["203.0.113.0/24"])
    agent.process.send_signal(signal.SIGHUP)
    yield until("one has left it", lambda: agent.banned() == ["198.51.100.1"])
    lab.check(agent.ask("check", SENDER)[0] == 1, "check says that it is banned")
    agent.set("never-ban", net=None)
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    yield until("it is back", lambda: sorted(agent.banned()) == both)
    agent.stop()


def test_folder(place, template):
    """Files in conf.d come later and win; lists add up."""
    agent = Daemon(place, "folder", template)
    agent.set("never-ban", net=["198.51.100.1"])
    agent.lab.write("[detect]\nthreshold = 3\n", "folder", "conf.d", "10-threshold.conf")
    agent.lab.write("[detect]\nthreshold = 4\n[never-ban]\nnet = 198.51.100.2\n", "folder", "conf.d", "20-threshold.conf")
    yield from agent.begin()
    lab.check(agent.show(SENDER)["threshold"] == 4, "the last file does not win")
    for address in ("198.51.100.1", "198.51.100.2"):
        lab.check(agent.ask("ban", address)[0] == 5, "%s was banned", address)
    os.remove(place.path("folder", "conf.d", "20-threshold.conf"))
    agent.process.send_signal(signal.SIGHUP)
    yield until("the other file rules", lambda: agent.show(SENDER)["threshold"] == 3)
    lab.check(agent.ask("ban", "198.51.100.2")[0] == 0, "an address that left [never-ban] is still refused")
    agent.stop()


def refuses(agent, count, names):
    """What banctl says of a reload that would ban too many."""
    output = agent.tell("reload")
    said = "would ban %d senders at once (%s, ...); [ban] max_new_per_minute is 6" % (count, ", ".join(names))
    lab.check(output.code == 5 and said in output.err and "banctl reload --yes" in output.err, "reload: %s", output)
    lab.check(agent.written("reload refused: this configuration " + said), "the log does not say it")


def test_too_many(place, template):
    """A reload that would ban more than [ban] max_new_per_minute is refused as a whole, by command and by signal, unless
    it is meant."""
    agent = Daemon(place, "toomany", template)
    agent.set("ban", max_new_per_minute=6)
    yield from agent.begin()
    senders = ["203.0.113.%d" % last for last in range(41, 48)]
    for sender in senders:
        agent.log.hit(sender, 5)
    agent.log.hit(OTHER, 3)
    yield until("the hits count", lambda: agent.count(senders[-1]) == 5 and agent.count(OTHER) == 3)
    agent.set("never-ban", net=["198.51.100.1"])
    agent.set("detect", threshold=5)
    refuses(agent, 7, senders[:5])
    code, answer = agent.ask("reload")
    lab.check(code == 5 and answer["error"]["code"] == "refused_bans", "reload: %d %s", code, answer)
    lab.check(agent.show(OTHER)["threshold"] == 10, "the threshold was taken")
    lab.check(agent.ask("ban", "198.51.100.1")[0] == 0, "[never-ban] was taken")
    lab.check(agent.ask("unban", "198.51.100.1")[0] == 0, "unban failed")
    before = len(agent.written("reload refused"))
    agent.process.send_signal(signal.SIGHUP)
    yield until("the log says so again", lambda: len(agent.written("reload refused")) > before)
    yield until("the map is empty", lambda: agent.banned() == [])

    agent.set("never-ban", net=senders[:1])  # one less: what is never banned does not count
    code, answer = agent.ask("reload")
    lab.check(code == 0 and answer["bans"] == 6, "reload: %d %s", code, answer)
    yield until("the others are banned", lambda: sorted(agent.banned()) == senders[1:])
    agent.set("ban", max_new_per_minute=1)
    more = ["198.51.100.%d" % last for last in range(2, 5)]
    for sender in more:
        agent.log.hit(sender, 3)
    yield until("the hits count", lambda: agent.count(more[-1]) == 3)
    agent.set("detect", threshold=3)
    lab.check(agent.tell("reload").code == 5, "four were banned at once")
    output = agent.tell("reload", "--yes")
    lab.check(output.code == 0 and output.out == "configuration read again; 4 newly banned\n", "reload: %s", output)
    yield until("they are banned", lambda: sorted(agent.banned()) == sorted(more + [OTHER] + senders[1:]))
    lab.check(agent.written("configuration banned at once count=4"), "the log does not say how many")
    output = agent.tell("reload")
    lab.check(output.code == 0 and output.out == "configuration read again\n", "reload: %s", output)
    agent.stop()


def test_start_bans(place, template):
    """A start with another policy says how many it bans; a start without does not."""
    agent = Daemon(place, "startbans", template)
    yield from agent.begin()
    for sender in (SENDER, OTHER):
        agent.log.hit(sender, 4)
    yield until("the hits count", lambda: agent.count(SENDER) == agent.count(OTHER) == 4)
    agent.stop()
    agent.set("detect", threshold=4)
    yield from agent.begin()
    yield until("both are banned", lambda: agent.banned() == [SENDER, OTHER])
    said = agent.written("banned at start by strikes already stored count=2:")
    lab.check(len(said) == 1, "the log says %s", said)
    agent.stop()
    yield from agent.begin()
    lab.check(agent.banned() == [SENDER, OTHER], "the map holds %s", agent.banned())
    lab.check(len(agent.written("banned at start by strikes")) == 1, "bans that were there are told as new")
    agent.stop()


PARTS = (test_threshold, test_bad_file, test_needs_restart, test_never_ban, test_folder, test_too_many,
         test_start_bans)
