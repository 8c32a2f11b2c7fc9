# SPDX-License-Identifier: Apache-2.0
"""Hostile mail through a real Postfix and a real rspamd: under every limit it makes no strike, over a limit one for each
answer 451, of the address that it came from and of no other. With rspamd's default and with `symbol`, whose mail is let
through: there the answers to the same mail by default are the labels."""
import concurrent.futures
import itertools
import os
import sys

import lab
import wait
from daemon_lab import Daemon
from hostile_mail import Hostile
from postfix import Postfix
from rspamd import Redis, Rspamd
from smtp import Client

SEED = 20261129
MESSAGES = 500 if os.environ.get("BANSYNC_NIGHTLY") else 150
CLIENTS = 2  # of each rspamd
LIMITS = """%s
rates {
  user = { bucket = { burst = 1; rate = "1 / 1d"; skip_recipients = true; } }
  ip = { selector = "ip"; bucket = { burst = 1; rate = "1 / 1d"; skip_recipients = true; } }
}
"""
MODES = {"default": "", "symbol": 'symbol = "R_RATELIMIT";'}
SETTINGS = """smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = permit_auth_destination, reject
relay_domains = example.net
relay_transport = discard:
milter_default_action = tempfail
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
"""
ACTIONS = """reject = 10000;
add_header = 9000;
greylist = null;
"""
SERVICES = """cleanup-short unix n - n - 0 cleanup
  -o enable_long_queue_ids=no
cleanup-long unix n - n - 0 cleanup
  -o enable_long_queue_ids=yes
"""
SERVICE = """{address}:{port} inet n - n - - smtpd
  -o inet_protocols=all
  -o smtpd_milters=inet:{milter}
  -o cleanup_service_name=cleanup-{ids}
"""
MARKERS = ("203.0.113.253", "203.0.113.254")  # senders of plain mail
REFUSED_MAX = 0.1  # of the mail: what Postfix itself does not take


class Path:
    """One mode of rspamd, with its agent and the servers that lead to it: short and long queue ids."""

    def __init__(self, place, mode):
        self.place, self.mode = place, mode
        self.agent = Daemon(place, mode, "", threshold=1)
        ignored = place.write("", mode, "no.map")  # what is banned here goes on sending
        self.rspamd = Rspamd(place, mode, Redis(place), ignored, LIMITS % MODES[mode])
        place.write(ACTIONS, mode, "rspamd", "etc", "override.d", "actions.conf")
        self.agent.set("detect", log=self.rspamd.log)
        self.agent.set("ban", max_new_per_minute=1000000)  # all of them are banned within a minute
        self.ports = {"short": place.port(), "long": place.port()}
        self.turn = itertools.count(1)

    def services(self):
        return "".join(SERVICE.format(address=self.place.address, port=port, milter="%s:%d" % self.rspamd.address, ids=ids)
                       for ids, port in self.ports.items())

    def send(self, hostile, count=1):
        """count messages in one session; returns their answers."""
        client = Client((self.place.address, self.ports["long" if hostile.number % 2 else "short"]))
        try:
            client.appear(hostile.address, hostile.login, hostile.helo)
            return [client.mail(hostile.sender, hostile.recipients, hostile.data(next(self.turn))) for _ in range(count)]
        finally:
            client.close()

    def wait_marker(self, number):
        """Plain mail over the limit is counted, and so all that was written before it is read."""
        plain = Hostile.plain(1000 + number, MARKERS[number])
        answers = self.send(plain, 2)
        lab.check(answers[0][0] == 250, "%s: plain mail is answered %s", self.mode, answers)
        wait.until("%s: the marker is counted" % self.mode, lambda: self.agent.show(MARKERS[number]).get("count") == 1)

    def counts(self):
        """Hits by address, or network, of all that is banned."""
        return {ban["net"].removesuffix("/32"): ban["count"] for ban in self.agent.list()["bans"]}

    def counter(self, name):
        return self.agent.status()["counters"][name]

    def check(self, wanted, unattributable):
        """The agent has these hits by address, those of the markers, and no other."""
        found = self.counts()
        differ = {net: (found.get(net, 0), wanted.get(net, 0)) for net in set(found) | set(wanted)
                  if found.get(net, 0) != wanted.get(net, 0)}
        lab.check(not differ, "%s: counted for wanted: %s", self.mode, differ)
        lab.check(sorted(self.agent.banned()) == sorted(wanted), "%s: the map differs from the list", self.mode)
        lab.check(self.counter("strikes_own") == sum(wanted.values()), "%s: strikes", self.mode)
        lab.check(self.counter("lines_unattributable") == unattributable, "%s: %d unattributable, wanted %d", self.mode,
                  self.counter("lines_unattributable"), unattributable)


def addresses():
    for number in range(1, 251):
        yield "198.51.100.%d" % number
        yield "203.0.113.%d" % number
        yield "2001:db8:0:%x::1" % number


def net(address):
    return address.replace("::1", "::/64")


def send_all(paths, hostiles, count):
    """Sends count(hostile) messages of each; returns the answers, lists in the same order, by mode."""
    with concurrent.futures.ThreadPoolExecutor(len(paths) * CLIENTS) as pool:
        found = {path.mode: [pool.submit(path.send, hostile, count(hostile)) for hostile in hostiles] for path in paths}
        return {mode: [one.result() for one in futures] for mode, futures in found.items()}


def under_the_limit(paths, hostiles):
    """No strike. Returns the mail that came through."""
    answers = send_all(paths, hostiles, lambda hostile: 1)
    passed = []
    for index, hostile in enumerate(hostiles):
        codes = {mode: answers[mode][index][0][0] for mode in MODES}
        lab.check(codes["default"] == codes["symbol"] and codes["default"] // 100 in (2, 5),
                  "mail %d is answered %s", hostile.number, [answers[mode][index] for mode in MODES])
        if codes["default"] == 250:
            passed.append(hostile)
    lab.check(len(passed) >= (1 - REFUSED_MAX) * len(hostiles), "Postfix refused %d", len(hostiles) - len(passed))
    for path in paths:
        path.wait_marker(0)
        path.check({MARKERS[0]: 1}, 0)
    return passed


def over_the_limit(paths, hostiles):
    """One strike for each answer 451. Returns how many there were."""
    answers = send_all(paths, hostiles, lambda hostile: 1 + hostile.number % 2)
    wanted, hidden = {marker: 1 for marker in MARKERS}, 0
    for hostile, default, symbol in zip(hostiles, answers["default"], answers["symbol"]):
        limited = sum(code == 451 and 'Ratelimit "' in text for code, text in default)
        lab.check(limited == len(default), "mail %d over the limit is answered %s", hostile.number, default)
        lab.check({code for code, _ in symbol} == {250}, "mail %d is answered %s", hostile.number, symbol)
        if hostile.hides_address():
            hidden += limited
        else:
            wanted[net(hostile.address)] = limited
    for path in paths:
        path.wait_marker(1)
        path.check(wanted, hidden)
    return sum(wanted.values()) + hidden, hidden


def test(place):
    paths = [Path(place, mode) for mode in MODES]
    postfix = Postfix(place, SETTINGS, SERVICES + "".join(path.services() for path in paths))
    for path in paths:
        path.rspamd.start()
    postfix.start()
    for path in paths:
        path.rspamd.wait_ready()
        path.agent.start()
        path.agent.wait_ready()
    hostiles = [Hostile(SEED, number, address, "192.0.2.%d" % (number % 250 + 1))
                for number, address in zip(range(MESSAGES), addresses())]
    passed = under_the_limit(paths, hostiles)
    print("%d hostile messages under the limit (%d more refused by Postfix): 0 strikes" %
          (len(passed), len(hostiles) - len(passed)))
    limited, hidden = over_the_limit(paths, passed)
    print("%d answers 451, %d of them without an address in the log: counted exactly" % (limited, hidden))
    for path in paths:
        path.agent.stop()


if __name__ == "__main__":
    if not Postfix.is_there():
        print("skipped: needs root and Postfix")
        sys.exit(77)
    lab.run(test)
