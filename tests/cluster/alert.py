# SPDX-License-Identifier: Apache-2.0
"""One mail for each ban, from one node of three, through a real Postfix: what is in it, what is not mailed, a server that
is down, refuses or hangs, and whatever end the agent and its mail process come to."""
import email
import email.policy
import email.utils
import glob
import os
import re
import signal
import socket
import sys
import time

import lab
import logline
import wait
from daemon_lab import Daemon
from postfix import ADMIN, Postfix

SENDER, FROM, THRESHOLD = "203.0.113.7", "bansync@example.org", 10
SPREAD = (4, 3, 3)
HOSTILE = (b"ren\xc3\xa9e=?utf-8?q?=0ABcc:_x?=", b"b\r\\n.\\n\r.\rBcc: x@example.org\r\r.\r", b"\x1b[2J\xff\xfe\xe2\x80\xae.")
BODY = """Sender:     203.0.113.7
Banned:     permanently, on every node
Level:      1st ban
Counted:    10 hits
  mx1       4
  mx2       3
  mx3       3
First hit:  {first}
Last hit:   {last}
Decided by: {last}, a hit on mx3

Accounts seen (is one stolen? then its password is to be changed):
  alice@example.org

Ratelimit buckets:
  {bucket}

Seen in the log of mx3, the newest last:
  {lines}

Undo it:    banctl unban 203.0.113.7
Let it send: banctl unban 203.0.113.7 --allow 1h; permanently: banctl allow add 203.0.113.7
See more:   banctl show 203.0.113.7

--{blank}
bansyncd on mx3, cluster test
"""


class World:
    def __init__(self, place, template):
        self.place = place
        self.postfix = Postfix(place)
        self.agents = [Daemon(place, name, template, threshold=THRESHOLD) for name in ("mx1", "mx2", "mx3")]
        for agent in self.agents:
            agent.options["alert"] = {}
            agent.set("alert", mail_to=ADMIN, mail_from=FROM, smtp=self.postfix.server, digest_after=1000)
            agent.meet(self.agents)

    def start(self, *agents):
        """Starts these, or all, and waits until all see each other."""
        for agent in agents or self.agents:
            agent.start()
        for agent in agents or self.agents:
            agent.wait_ready()
        wait.until("all agents see each other", lambda: all(agent.status().get("peers_up") == 2 for agent in self.agents), 60)

    def stop(self, *agents):
        for agent in agents or self.agents:
            agent.stop()

    def wait_banned(self, *senders):
        for agent in self.agents:
            wait.until("%s bans %s" % (agent.name, senders), lambda asked=agent: sorted(asked.banned()) == sorted(senders))

    def wait_same(self):
        def same():
            lists = [agent.list() for agent in self.agents]
            return lists[0] and all(one == lists[0] for one in lists)
        wait.until("equal lists", same)

    def sent(self):
        return sum(counter(agent, "alerts_sent") for agent in self.agents)


def counter(agent, name):
    return agent.status()["counters"][name]


def children(agent):
    """Process ids of its children."""
    found = []
    for path in glob.glob("/proc/%d/task/*/children" % agent.process.pid):
        with open(path, encoding="ascii") as file:
            found += [int(word) for word in file.read().split()]
    return found


def is_running(pid):
    """A zombie is not."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def mail_process(agent):
    found = children(agent)
    lab.check(len(found) == 1, "%s has the children %s", agent.name, found)
    return found[0]


def span(text):
    """A time as the mail tells it."""
    moment = time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return "%s (%s+00:00 here)" % (text, time.strftime("%Y-%m-%dT%H:%M:%S", moment))


def check_headers(mail, node, text):
    lab.check(mail["From"] == "bansync %s <%s>" % (node, FROM), "From: %s", mail["From"])
    lab.check(mail["To"] == ADMIN and mail["Return-Path"] == "<%s>" % FROM, "To: %s", mail["To"])
    lab.check(mail["Subject"] == "[bansync test] %s: %s" % (node, text), "Subject: %s", mail["Subject"])
    lab.check(abs(email.utils.parsedate_to_datetime(mail["Date"]).timestamp() - time.time()) < 60, "Date: %s", mail["Date"])
    lab.check(mail["MIME-Version"] == "1.0" and mail["Auto-Submitted"] == "auto-generated", "headers: %s", mail.items())
    lab.check(mail.get_content_type() == "text/plain" and not mail.defects, "defects: %s", mail.defects)
    lab.check(mail["Bcc"] is None and len(mail.get_all("Message-ID")) == 1, "headers: %s", mail.items())


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def first_ban(world):
    """4, 3 and 3 hits: the node of the last one sends, and nobody else."""
    for agent, count in zip(world.agents[:2], SPREAD):
        agent.log.hit(SENDER, count)
    for agent in world.agents:
        wait.until("%s counts seven" % agent.name, lambda asked=agent: asked.count(SENDER) == 7)
    wait.next_second()  # so that no hit of the others has the time of the last one
    world.agents[2].log.hit(SENDER, SPREAD[2])
    world.wait_banned(SENDER)
    raw = world.postfix.wait_mails(1)
    mail = parse(raw)
    check_headers(mail, "mx3", "203.0.113.7 banned permanently (10 ratelimit hits)")
    fact = world.agents[0].show(SENDER)["facts"][0]
    bucket = world.agents[0].show(SENDER)["buckets"][0]
    with open(world.agents[2].log.path, encoding="ascii") as file:
        lines = [line.rstrip("\n") for line in file][-3:]
    lines = "\n  ".join(line[:240] + ("..." if len(line) > 240 else "") for line in lines)
    wanted = BODY.format(first=span(fact["first"]), last=span(fact["last"]), bucket=bucket, lines=lines, blank=" ")
    lab.check(mail.get_content() == wanted, "body: %s", mail.get_content())
    wait.until("it is counted", lambda: world.sent() == 1)
    status = world.agents[2].status()
    lab.check(status["alerts"]["to"] == ADMIN and status["alerts"]["server"] == world.postfix.server and
              status["alerts"]["last_sent"] and status["alerts"]["failing_since"] is None and status["alerts"]["running"],
              "alerts: %s", status["alerts"])
    lab.check("alerts  %s by %s" % (ADMIN, world.postfix.server) in world.agents[2].tell("status").out, "no alerts in status")
    return mail["Message-ID"]


def hostile_accounts(world, sender="203.0.113.8"):
    """Three accounts that try to be headers, the end of the mail and terminal commands."""
    for number in range(THRESHOLD):
        world.agents[number % 3].hit_from(sender, HOSTILE[number % 3])
    world.wait_banned(SENDER, sender)
    raw = world.postfix.wait_mails(2)
    mail = parse(raw)
    check_headers(mail, mail["From"].split()[1], "203.0.113.8 banned permanently (10 ratelimit hits, 1 message)")
    lab.check(not any(byte > 126 or byte < 32 and byte not in b"\t\n" for byte in raw), "not ASCII: %r", raw)
    body = mail.get_content()
    lab.check("\n  ren\u00e9e=?utf-8?q?=0ABcc:_x?=\n" in body, "body: %r", body)
    lab.check("\n  b\\x0D\\x5Cn.\\x5Cn\\x0D.\\x0DBcc:\\x20x@example.org\\x0D\\x0D.\\x0D\n" in body, "body: %r", body)
    lab.check("\n  \\x1B[2J\\xFF\\xFE\\xE2\\x80\\xAE.\n" in body, "body: %r", body)
    lab.check(body.endswith(", cluster test\n"), "body: %r", body)


def no_news(world):
    """A restart of all, and a node that lost its database: nobody is told again."""
    senders = (SENDER, "203.0.113.8")
    world.stop()
    world.start()
    world.wait_same()
    for agent in world.agents:
        wait.next_second()  # the second of a start belongs to the run
        world.stop(agent)
        for path in glob.glob(os.path.join(agent.home, "state", "bansync.db*")):
            os.unlink(path)
        world.start(agent)
        world.wait_banned(*senders)
        world.wait_same()
    lab.check(world.sent() == 0 and len(world.postfix.mails()) == 2, "mails: %d", len(world.postfix.mails()))
    code, _ = world.agents[0].ask("ban", "203.0.113.99", "--wait")
    lab.check(code == 0, "ban ended with %d", code)
    world.wait_banned("203.0.113.99", *senders)
    lab.check(world.agents[0].ask("unban", "203.0.113.99", "--wait")[0] == 0, "unban failed")


def second_ban(world, former):
    """After an unban new hits are news, under another Message-ID."""
    lab.check(world.agents[1].ask("unban", SENDER, "--wait")[0] == 0, "unban failed")
    world.wait_banned("203.0.113.8")
    wait.next_second()
    world.agents[1].log.hit(SENDER, THRESHOLD)
    world.wait_banned(SENDER, "203.0.113.8")
    mail = parse(world.postfix.wait_mails(3))
    check_headers(mail, "mx2", "203.0.113.7 banned permanently (10 ratelimit hits)")
    lab.check(mail["Message-ID"] != former, "the same Message-ID")
    wait.until("it is counted", lambda: world.sent() == 1)


def server_down(world):
    """Bans go on, the status says so, and the mail comes when the server is back."""
    one = world.agents[0]
    world.postfix.stop()
    one.log.hit("203.0.113.10", THRESHOLD)
    world.wait_banned(SENDER, "203.0.113.8", "203.0.113.10")
    wait.until("status says so", lambda: one.is_degraded("alerts: mails fail since", "onnect"))
    lab.check(one.status()["alerts"]["failing_since"], "alerts: %s", one.status()["alerts"])
    world.agents[1].wait_healthy()
    world.postfix.start()
    mail = parse(world.postfix.wait_mails(4))
    check_headers(mail, "mx1", "203.0.113.10 banned permanently (10 ratelimit hits)")
    wait.until("status is healthy", one.is_healthy)
    lab.check(counter(one, "alerts_failed") == 0, "counters: %s", one.status()["counters"])


def server_refuses(world):
    """An address that the server does not know: said with its reply, and over with the next reload."""
    one = world.agents[0]
    one.set("alert", mail_to="%s, nobody-there@example.org" % ADMIN)
    lab.check(one.ask("reload")[0] == 0, "reload failed")
    one.log.hit("203.0.113.11", THRESHOLD)
    wait.until("it is refused", lambda: counter(one, "alerts_failed") == 1)
    parse(world.postfix.wait_mails(5))
    lab.check(one.is_degraded("alerts: mails fail since", "550 5.1.1 <nobody-there@example.org>"), "%s", one.reasons())
    one.set("alert", mail_to=ADMIN)
    lab.check(one.ask("reload")[0] == 0 and one.is_healthy(), "status: %s", one.reasons())


def server_hangs(world):
    """A server that takes connections and never speaks holds up no ban and no command; kill -9 ends the mail process, and the
    next one sends what it held."""
    two = world.agents[1]
    before = len(world.postfix.mails())
    with socket.create_server((world.place.address, 0)) as listener:
        two.set("alert", smtp="%s:%d" % listener.getsockname())
        lab.check(two.ask("reload")[0] == 0, "reload failed")
        two.log.hit("203.0.113.12", THRESHOLD)
        client = listener.accept()[0]
        two.log.hit("203.0.113.13", THRESHOLD)
        for agent in world.agents:
            wait.until("it is banned", lambda asked=agent: "203.0.113.13" in asked.banned())
        lab.check(counter(two, "alerts_sent") == 1, "counters: %s", two.status()["counters"])
        pid = mail_process(two)
        two.kill()
        wait.until("the mail process ends", lambda: not is_running(pid), 30)
        client.close()
    two.set("alert", smtp=world.postfix.server)
    world.start(two)
    world.postfix.wait_mails(before + 2)


def mail_process_dies(world):
    """Killed in the midst of a mail: it is started again, and the mail arrives."""
    three = world.agents[2]
    before = len(world.postfix.mails())
    with socket.create_server((world.place.address, 0)) as listener:
        three.set("alert", smtp="%s:%d" % listener.getsockname())
        lab.check(three.ask("reload")[0] == 0, "reload failed")
        three.log.hit("203.0.113.14", THRESHOLD)
        client = listener.accept()[0]
        client.sendall(b"220 mail.example.org\r\n")
        client.recv(100)
        three.set("alert", smtp=world.postfix.server)
        os.kill(mail_process(three), signal.SIGKILL)
        lab.check(three.ask("reload")[0] == 0, "reload failed")
        client.close()
    check_headers(parse(world.postfix.wait_mails(before + 1)), "mx3", "203.0.113.14 banned permanently (10 ratelimit hits)")
    lab.check(three.written("delivers alerts was ended by signal 9; it is started again in 1 s"), "%s", three.written("alerts"))
    lab.check(counter(three, "alerts_restarts") == 1 and three.status()["alerts"]["running"], "%s", three.status())
    lab.check(re.search(r"alerts_restarts +1 ", three.tell("status").out), "status: %s", three.tell("status").out)
    wait.until("status is healthy", three.is_healthy)
    wait.until("nothing waits", lambda: three.status()["alerts"]["waiting"] == 0)
    lab.check(is_running(mail_process(three)), "a zombie is left")


def stop_after_a_ban(world):
    """The agent has ended, and its last mail still arrives."""
    three = world.agents[2]
    pid = mail_process(three)
    os.kill(pid, signal.SIGSTOP)
    three.log.hit("203.0.113.15", THRESHOLD)
    wait.until("it is banned", lambda: "203.0.113.15" in three.banned())
    os.kill(pid, signal.SIGTERM)
    three.stop()
    before = len(world.postfix.mails())
    os.kill(pid, signal.SIGCONT)
    check_headers(parse(world.postfix.wait_mails(before + 1)), "mx3", "203.0.113.15 banned permanently (10 ratelimit hits)")
    wait.until("the mail process ends", lambda: not is_running(pid), 30)
    world.start(three)


def storm(world):
    """Of 40 bans at once five are told by themselves, the others together by one node; all are banned, and none is lost in
    the count, not even when all agents are killed before one has told of them."""
    three = world.agents[2]
    world.stop()
    for agent in world.agents:
        agent.set("alert", digest_after=5)
    world.start()
    wait.next_second()  # what is decided in the second of its start a node leaves to others
    before = len(world.postfix.mails())
    senders = ["198.51.100.%d" % number for number in range(1, 41)]
    for sender in senders:
        three.log.hit(sender, THRESHOLD)
    for agent in world.agents:
        wait.until("all are banned", lambda asked=agent: set(senders) <= set(asked.banned()))
    wait.until("five are told", lambda: counter(three, "alerts_sent") == 5, 60)
    lab.check(counter(three, "alerts_digested") == 35, "%s", three.status()["alerts"])
    for agent in world.agents:  # one that left others of them to that node has them two minutes later
        wait.until("%s gathers 35" % agent.name, lambda asked=agent: asked.status()["alerts"]["gathered"] == 35, 150)
    for agent in world.agents:
        agent.kill()
        agent.set("alert", digest_every="1s")
    world.start()
    mail = parse(world.postfix.wait_mails(before + 6))
    check_headers(mail, mail["From"].split()[1], "digest: 35 permanent bans")
    lab.check("\n35 permanent bans\n" in mail.get_content(), "body: %s", mail.get_content())
    for agent in world.agents:
        wait.until("nothing is gathered", lambda asked=agent: asked.status()["alerts"]["gathered"] == 0)
    lab.check(len(world.postfix.mails()) == before + 6, "%d mails", len(world.postfix.mails()) - before)


def brake(world):
    """The bans of before have used up the mails of their minute; the brake is mailed all the same, once."""
    two = world.agents[1]
    two.set("ban", max_new_per_minute=1)
    lab.check(two.ask("reload")[0] == 0, "reload failed")
    before = len(world.postfix.mails())
    for number in range(51, 60):
        two.log.hit("198.51.100.%d" % number, THRESHOLD)
    wait.until("the others are held", lambda: (two.status()["brake"] or {}).get("senders") == 8)
    world.postfix.wait_mails(before + 2)
    subjects = sorted(str(parse(raw)["Subject"]) for raw in world.postfix.mails()[before:])
    lab.check(subjects == ["[bansync test] mx2: 198.51.100.51 banned permanently (10 ratelimit hits)",
                           "[bansync test] mx2: brake: more than 1 sender a minute"], "%s", subjects)
    lab.check(two.ask("drop")[0] == 0 and two.is_healthy(), "drop: %s", two.reasons())


def test(place):
    os.environ["TZ"] = "UTC"
    world = World(place, logline.template(sys.argv[2]))
    world.postfix.start()
    world.start()
    former = first_ban(world)
    hostile_accounts(world)
    no_news(world)
    second_ban(world, former)
    server_down(world)
    server_refuses(world)
    server_hangs(world)
    mail_process_dies(world)
    stop_after_a_ban(world)
    brake(world)
    storm(world)
    world.stop()


if __name__ == "__main__":
    if not Postfix.is_there():
        print("skipped: needs root and Postfix")
        sys.exit(77)
    lab.run(test)
