# SPDX-License-Identifier: Apache-2.0
"""The brake with real agents: a log that would ban too many senders a minute is held, whatever ends and starts meanwhile;
release bans them all, on every node, and drop nobody. One part has a real rspamd that puts off every mail."""
import sqlite3
import sys
import time

import daemon_lab
import lab
import logline
import milter
from command_cluster import in_maps, stop, three
from daemon_lab import Daemon, until
from rspamd import Redis, Rspamd

LIMIT, THRESHOLD, STORM = 5, 3, 40
SENDERS = ["203.0.113.%d" % number for number in range(1, STORM + 1)]
# One bucket for all, as a limit of the whole site is, and used up for good by the first mail.
SITE = """rates { site = { selector = "id('all')"; bucket = { burst = 1; rate = "1 / 1d"; skip_recipients = true; } } }
"""
REAL_LIMIT, REAL_STORM, REAL_THRESHOLD = 20, 200, 2
REAL_SENDERS = ["198.51.100.%d" % number for number in range(1, REAL_STORM + 1)]


def storm(agent, senders=tuple(SENDERS), count=THRESHOLD):
    """Hits of one sender after the other, all of one minute. Of the first one over the limit all but one have passed."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S")
    for sender in senders:
        agent.log.hit(sender, count, shown)


def cluster(place, template, name):
    agents = yield from three(place, template, name, detect={"threshold": THRESHOLD}, ban={"max_new_per_minute": LIMIT})
    return agents


def held(agent):
    code, answer = agent.ask("held")
    lab.check(code == 0, "held: %d %s", code, answer)
    return {row["net"].removesuffix("/32"): row for row in answer["held"]}


def wait_held(agent, senders, hits):
    def all_held():
        found = held(agent)
        return sorted(found) == sorted(senders) and sum(row["hits"] for row in found.values()) == hits
    return until("%d hits of %d senders are held" % (hits, len(senders)), all_held)


def counter(agent, name):
    return agent.status()["counters"][name]


def told(agent, code, *words):
    found, answer = agent.ask(*words)
    lab.check(found == code, "%s: exit %d, wanted %d: %s", words, found, code, answer)
    return answer


def test_release(place, template):
    """What is over the limit is held: over a restart, over kill -9, and with a log that is read again; release bans them all."""
    one, two, last = agents = yield from cluster(place, template, "release")
    lab.check(told(one, 0, "held")["held"] == [] and one.status()["brake"] is None, "something is held before")
    told(one, 1, "release")
    storm(one)
    hits = (STORM - LIMIT) * THRESHOLD - (THRESHOLD - 1)
    yield wait_held(one, SENDERS[LIMIT:], hits)
    yield in_maps(agents, *SENDERS[:LIMIT])
    lab.check(one.is_degraded("brake: %d senders held since " % (STORM - LIMIT),
                              "look with banctl held, then banctl release or banctl drop"), "%s", one.reasons())
    brake = one.status()["brake"]
    lab.check((brake["senders"], brake["hits"]) == (STORM - LIMIT, hits), "%s", brake)
    answer = one.ask("explain", SENDERS[-1])[1]
    lab.check(answer["held"] > 0 and two.ask("explain", SENDERS[-1])[1]["held"] == 0, "explain of a held sender: %s", answer)
    output = one.tell("explain", SENDERS[-1])
    lab.check("%d hits of it are held by the brake on this node: banctl held" % answer["held"] in output.out, "%s", output)
    lab.check(two.is_healthy() and told(two, 0, "held")["held"] == [], "another node holds something")
    lab.check(len(one.written("brake engaged max_new_per_minute=%d" % LIMIT)) == 1, "the log does not tell it once")
    yield until("the others have what was not held", lambda: one.list() == two.list() == last.list())
    for end in (one.kill, one.stop):
        end()
        yield from one.begin()
        yield wait_held(one, SENDERS[LIMIT:], hits)
    lab.check(not one.written("brake engaged", "again"), "it is told again")
    one.log.hit(SENDERS[0], 1)  # who is banned is not held
    one.log.hit("192.0.2.201", 1)
    yield wait_held(one, SENDERS[LIMIT:] + ["192.0.2.201"], hits + 1)
    yield until("a hit of who is banned counts", lambda: two.show(SENDERS[0])["hits"] == THRESHOLD + 1)
    two.log.hit(SENDERS[-1], THRESHOLD)  # what others log bans
    yield in_maps(agents, *SENDERS[:LIMIT], SENDERS[-1])
    yield until("held tells that it is banned", lambda: held(one)[SENDERS[-1]]["banned"])
    answer = told(one, 0, "release", SENDERS[-2], "192.0.2.0/24")
    lab.check(answer["message"] == "2 senders released, with %d hits: 1 is banned now" % (THRESHOLD + 1), "%s", answer)
    yield in_maps(agents, *SENDERS[:LIMIT], *SENDERS[-2:])
    told(one, 1, "release", SENDERS[0])
    told(one, 2, "release", "nonsense")
    answer = told(one, 0, "release")
    lab.check((answer["senders"], answer["banned"]) == (STORM - LIMIT - 1, STORM - LIMIT - 1), "%s", answer)
    yield in_maps(agents, *SENDERS)
    yield until("it is healthy again", one.is_healthy)
    lab.check(told(one, 0, "held")["held"] == [], "something is held still")
    entries = [(entry["action"], entry["net"], entry["subjects"]) for entry in told(last, 0, "history")["entries"]]
    lab.check(entries == [("release", None, STORM - LIMIT - 1), ("release", "192.0.2.0/24", 1),
                          ("release", SENDERS[-2] + "/32", 1)], "history: %s", entries)
    for agent in agents:
        yield until("%s counts each hit once" % agent.name, lambda asked=agent: all(
            asked.show(sender)["hits"] == THRESHOLD for sender in SENDERS[1:-1]))
    stop(agents)


def rows(agent):
    with sqlite3.connect("file:%s/state/bansync.db?mode=ro" % agent.home, uri=True) as file:
        return dict(file.execute("SELECT note, count(*) FROM held GROUP BY note"))


def test_drop(place, template):
    """drop bans nobody, not even if the log is read again, and they begin anew; other nodes never hear of it."""
    one, two, _last = agents = yield from cluster(place, template, "drop")
    storm(one)
    hits = (STORM - LIMIT) * THRESHOLD - (THRESHOLD - 1)
    yield wait_held(one, SENDERS[LIMIT:], hits)
    answer = told(one, 0, "drop", SENDERS[-1])
    lab.check(answer["message"] == "1 sender dropped, with %d hits: none of these hits counts" % THRESHOLD, "%s", answer)
    told(one, 0, "drop")
    lab.check(rows(one) == {"dropped": hits}, "%s", rows(one))
    told(one, 1, "drop")
    yield until("it is healthy again", one.is_healthy)
    one.stop()
    with open(one.log.path, encoding="utf-8") as file:
        text = file.read()
    one.set("detect", start_at="beginning")
    with sqlite3.connect("%s/state/bansync.db" % one.home) as file:
        file.execute("DELETE FROM meta WHERE name = 'log'")  # as if it had lost its place
        file.execute("DELETE FROM meta WHERE name = 'cursor'")
    yield from one.begin()
    yield until("all of the log was read again", lambda: counter(one, "lines_hit") == text.count("\n"))
    lab.check(told(one, 0, "held")["held"] == [], "what was dropped is held again")
    yield in_maps(agents, *SENDERS[:LIMIT])
    sender = SENDERS[-1]
    one.log.hit(sender, THRESHOLD - 1)
    yield until("they begin anew", lambda: two.count(sender) == THRESHOLD - 1)
    yield in_maps(agents, *SENDERS[:LIMIT])
    two.log.hit(sender, 1)
    yield in_maps(agents, *SENDERS[:LIMIT], sender)
    stop(agents)


def test_limit(place, template):
    """The limit is that of the configuration, by the time of the lines; who is on the allowlist does not count."""
    agent = Daemon(place, "limit", template)
    agent.set("detect", threshold=THRESHOLD, start_at="beginning")
    agent.set("ban", max_new_per_minute=LIMIT)
    agent.set("never-ban", net=["198.51.100.0/24"])
    now = int(time.time())
    for number, sender in enumerate(SENDERS):  # read at once, and of as many minutes
        shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now - 60 * (len(SENDERS) - number + 2)))
        agent.log.hit(sender, THRESHOLD, shown)
    yield from agent.begin()
    yield until("a log of an hour is no storm", lambda: len(agent.banned()) == STORM)
    storm(agent, ["198.51.100.%d" % number for number in range(1, STORM)])
    yield until("all are read", lambda: agent.count("198.51.100.%d" % (STORM - 1)) == THRESHOLD)
    lab.check(told(agent, 0, "held")["held"] == [], "who is on the allowlist is held")
    agent.set("ban", max_new_per_minute=2 * LIMIT)
    told(agent, 0, "reload")
    others = ["192.0.2.%d" % (100 + number) for number in range(STORM)]
    storm(agent, others)
    yield wait_held(agent, others[2 * LIMIT:], (STORM - 2 * LIMIT) * THRESHOLD - (THRESHOLD - 1))
    code, answer = agent.ask("metrics")
    values = {row["name"]: row["value"] for row in answer["metrics"]}
    lab.check(code == 0 and values["bansync_brake_held_senders"] == STORM - 2 * LIMIT and
              values["bansync_brakes_total"] == 1 and values["bansync_healthy"] == 0, "%s", values)
    output = agent.tell("held")
    lab.check(output.code == 0 and others[-1] in output.out and "banctl drop" in output.err, "%s", output)
    agent.stop()


def play(rspamd, senders):
    for sender in senders:
        for _ in range(REAL_THRESHOLD):
            answer = rspamd.play(sender, "user-%s@example.org" % sender)
            lab.check(milter.is_limited(answer), "%s is answered %s", sender, answer)


def test_rspamd(place, template):
    """An rspamd that puts off every mail: of hundreds of senders no more than the limit are banned, and all once released."""
    if not place.root:
        print("without root rspamd is left out")
        return
    one, two = agents = [Daemon(place, name, template) for name in ("rspamd1", "rspamd2")]
    rspamd = Rspamd(place, "rspamd", Redis(place), place.write("", "rspamd", "no.map"), SITE)
    for agent in agents:
        agent.meet(agents)
        agent.set("detect", threshold=REAL_THRESHOLD)
        agent.set("ban", max_new_per_minute=REAL_LIMIT)
    one.set("detect", log=rspamd.log)
    rspamd.start()
    rspamd.wait_ready()  # and the bucket is empty
    for agent in agents:
        yield from agent.begin()
    yield until("they see each other", lambda: all(agent.is_healthy() for agent in agents))
    begun = time.monotonic()
    play(rspamd, REAL_SENDERS)
    print("%d mails put off in %.1f s" % (REAL_STORM * REAL_THRESHOLD, time.monotonic() - begun))
    hits = (REAL_STORM - REAL_LIMIT) * REAL_THRESHOLD - (REAL_THRESHOLD - 1)
    yield wait_held(one, REAL_SENDERS[REAL_LIMIT:], hits)
    yield in_maps(agents, *REAL_SENDERS[:REAL_LIMIT])
    drop = REAL_SENDERS[-10:]
    told(one, 0, "drop", *drop)
    answer = told(one, 0, "release")
    lab.check(answer["banned"] == REAL_STORM - REAL_LIMIT - len(drop), "%s", answer)
    yield in_maps(agents, *REAL_SENDERS[:-10])
    yield until("both are healthy", lambda: all(agent.is_healthy() for agent in agents))
    stop(agents)


PARTS = (test_release, test_drop, test_limit, test_rspamd)


def test(place):
    daemon_lab.run_parts(PARTS, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
