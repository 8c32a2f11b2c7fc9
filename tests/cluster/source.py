# SPDX-License-Identifier: Apache-2.0
"""Hits told by the socket: a real rspamd in each of its configurations tells of each message over a limit once, with the
right address and account, whatever the sender writes; the log tells the same. An agent that is down or hangs is nothing
to the mail. One that changes its source counts nothing twice."""
import os
import re
import signal
import sys
import time

import lab
import wait
from rspamd import Redis
from source_lab import BURST, SETUPS, Pair

ALICE, BOB = ("203.0.113.7", "alice@example.org"), ("2001:db8:0:1::9", "bob")
VICTIM = "192.0.2.66"
INJECTED = 'x, ip: %s, from: <a>, forced: soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)' % VICTIM
HOSTILE = (  # client, user, options; the log tells of the first two as well
    ("198.51.100.1", INJECTED[:100], {}),
    ("198.51.100.2", "carol", {"headers": (("Cc", '"%s"@example.net' % INJECTED.replace('"', "")),)}),
    ("198.51.100.3", "dave", {"queue_id": "Q>, ip: %s, user: <r" % VICTIM}),
    ("198.51.100.4", "erin", {"headers": (("Cc", ", ".join("%s@example.net" % ("x" * 900) for _ in range(10))),)}),
    ("198.51.100.5", "ip=%s\x01\x7f%s" % (VICTIM, "\xff" * 150), {}),
)
HUNG_MESSAGES = 25  # more than wait in the socket where net.unix.max_dgram_qlen is the kernel's own 10


def check_strikes(agent, sender):
    client, user = sender
    strikes = agent.show(client)["strikes"]
    lab.check(len(strikes) == 3 and {strike["account"] for strike in strikes} == {user} and
              {strike["bucket"] for strike in strikes} <= {"user", "ip"}, "%s: strikes of %s: %s", agent.name, user, strikes)


def test_plain(pair):
    for client, user in (ALICE, BOB):
        pair.play(client, user, BURST + 3)
    pair.wait_told()
    check_strikes(pair.told, ALICE)
    check_strikes(pair.told, BOB)
    for client, _ in (ALICE, BOB):
        wait.until("%s: the log tells the same of %s" % (pair.name, client),
                   lambda asked=client: pair.count(pair.reads, asked) == pair.sent[asked])
    check_strikes(pair.reads, ALICE)


def test_hostile(pair):
    """No text moves a hit to another address; what the log cannot see, the socket can."""
    for client, user, options in HOSTILE:
        pair.play(client, user, BURST + 2, **options)
    pair.play(None, "frank", BURST + 2)
    status = pair.wait_told()
    wait.until("the hits without an address are counted",
               lambda: pair.told.status()["counters"]["datagrams_unattributable"] == 2)
    lab.check(pair.count(pair.told, VICTIM) == 0, "the victim is counted")
    for client, _, _ in HOSTILE[:2]:
        wait.until("the log tells of %s" % client, lambda asked=client: pair.count(pair.reads, asked) == 2)
    print("hostile senders, hits told by the socket: %s" % {client: pair.count(pair.told, client) for client, _, _ in HOSTILE})
    print("the log tells of them:                    %s, and %d of %s, by the queue id" % (
        {client: pair.count(pair.reads, client) for client, _, _ in HOSTILE}, pair.count(pair.reads, VICTIM), VICTIM))
    lab.check(status["log"]["state"] == "off" and status["source"] == "rspamd", "status says %s", status)


def hung_answers(pair, user):
    begin, slowest = time.monotonic(), 0
    for _ in range(HUNG_MESSAGES):
        before = time.monotonic()
        answer = pair.rspamd.play("198.51.100.9", user)
        slowest = max(slowest, time.monotonic() - before)
        lab.check(answer[0] == "tempfail" and "Ratelimit" in answer[1], "answered %s", answer)
    print("%d messages over the limit: %.0f ms, the slowest %.0f ms" % (HUNG_MESSAGES, 1000 * (time.monotonic() - begin),
                                                                     1000 * slowest))


def test_agent_away(pair):
    """Mail is answered as ever, and rspamd has nothing to say, while the agent hangs and while it is gone."""
    user = "grace"
    pair.play("198.51.100.9", user, BURST)
    hung_answers(pair, user)
    wait.until("all are told", lambda: pair.count(pair.told, "198.51.100.9") == HUNG_MESSAGES)
    os.kill(pair.told.process.pid, signal.SIGSTOP)
    print("hangs: ", end="")
    hung_answers(pair, user)
    os.kill(pair.told.process.pid, signal.SIGCONT)
    wait.until("what waited is counted", lambda: pair.count(pair.told, "198.51.100.9") >= HUNG_MESSAGES + 1)
    pair.told.stop()
    lab.check(not os.path.exists(pair.socket), "the socket is left behind")
    print("is gone: ", end="")
    hung_answers(pair, user)
    pair.told.start()
    pair.told.wait_ready()
    before = pair.count(pair.told, "198.51.100.9")
    lab.check(HUNG_MESSAGES < before <= 2 * HUNG_MESSAGES, "%d hits", before)
    pair.rspamd.play("198.51.100.9", user)
    wait.until("hits are told again", lambda: pair.count(pair.told, "198.51.100.9") == before + 1)
    os.unlink(pair.socket)
    wait.until("the socket is made anew", lambda: os.path.exists(pair.socket))
    pair.rspamd.play("198.51.100.9", user)
    wait.until("hits are told by it", lambda: pair.count(pair.told, "198.51.100.9") == before + 2)
    with open(pair.rspamd.log, encoding="utf-8", errors="replace") as log:
        said = [line for line in log if re.search("bansync[.]lua:|BANSYNC", line) and "are told to" not in line]
    lab.check(not said, "rspamd says %s", said[:5])


def test_switch(pair):
    """From the socket to the log and back, at each stop hits that both know of."""
    client, user = "198.51.100.20", "heidi"
    pair.play(client, user, BURST + 3)
    wait.until("told", lambda: pair.count(pair.told, client) == 3)
    for source, due in (("log", 4), ("rspamd", 5), ("log", 6)):
        pair.told.stop()
        pair.configure(source)
        pair.told.start()
        pair.told.wait_ready()
        lab.check(pair.told.status()["source"] == source, "the source is not %s", source)
        pair.rspamd.play(client, user)
        wait.until("one more by the %s" % source, lambda wanted=due: pair.count(pair.told, client) >= wanted)
        lab.check(pair.count(pair.told, client) == due, "%s: %d hits, not %d", source, pair.count(pair.told, client), due)


def test(place):
    pairs = {name: Pair(place, name, Redis(place), sys.argv[2]) for name in SETUPS}
    for pair in pairs.values():
        pair.start()
    for pair in pairs.values():
        pair.wait_ready()
        test_plain(pair)
    test_hostile(pairs["info"])
    test_agent_away(pairs["default"])
    test_switch(pairs["blind"])
    for pair in pairs.values():
        pair.stop()


if __name__ == "__main__":
    lab.run(test)
