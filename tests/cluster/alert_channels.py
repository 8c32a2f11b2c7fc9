# SPDX-License-Identifier: Apache-2.0
"""Alerts by a web server and a program: what they get, a server that refuses for now, a spool that survives kill -9 and holds
what is none of its own; notify test; and, nightly, three nodes of which the one that should tell is killed at every step."""
import http.server
import json
import os
import random
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time

import alert
import lab
import logline
import wait
from agent import USER
from daemon_lab import Daemon
from postfix import Postfix

THRESHOLD = 10
SECRET = "T000-secret"
KILLS = 5  # the pauses between the starts make a minute
HOOK = """#!/bin/sh
env | grep ^BANSYNC_ | sort > {out}.new && mv {out}.new {out}.$BANSYNC_EVENT
"""


SLEEPER = """#!/bin/sh
cd {out} && : > $$
sh -c ': > $$; exec tail -f /dev/null' &
setsid sh -c ': > $$; exec tail -f /dev/null' &
exec tail -f /dev/null
"""


class Web:
    """A web server that answers with `code` and remembers what it was told."""

    def __init__(self, address, certificate=None):
        self.code, self.posts = 204, []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(web.code)
                self.end_headers()
                if web.code < 300:
                    web.posts.append((self.path, self.headers["Content-Type"], body))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.host = "http%s://%s:%d" % ("s" if certificate else "", *self.server.server_address)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count):
        wait.until("%d posts" % count, lambda: len(self.posts) >= count)
        lab.check(len(self.posts) == count, "posts: %s", self.posts)
        return self.posts[-1]


def spooled(agent):
    return sorted(name for name in os.listdir(os.path.join(agent.home, "state", "alerts")) if name.endswith(".alert"))


def make_hook(place, agent):
    """A program that writes down what it is told."""
    out = os.path.join(agent.home, "told")
    path = place.write(HOOK.format(out=out), "hook")
    os.chmod(path, 0o755)
    return path, out


def read(path):
    wait.until(path, lambda: os.path.exists(path))
    with open(path, encoding="ascii") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def both_channels(agent, web, out):
    """The program gets it while the server refuses for now; then the server gets it, too. Nobody sees the secret."""
    web.code = 503
    agent.log.hit("203.0.113.7", THRESHOLD)
    told = read(out + ".permanent")
    lab.check(told["BANSYNC_TARGET"] == "203.0.113.7" and told["BANSYNC_UNTIL"] == "permanent" and told["BANSYNC_NODE"] == "alone" and
              told["BANSYNC_HITS"] == "10" and told["BANSYNC_ACCOUNTS"] == "alice@example.org", "told: %s", told)
    wait.until("status says so", lambda: agent.is_degraded("alerts: the webhook fails since", "the server answers 503"))
    lab.check(agent.status()["alerts"]["waiting"] == 1 and agent.status()["alerts"]["webhook"] == web.host, "%s", agent.status())
    web.code = 204
    path, kind, body = web.wait(1)
    lab.check(path == "/services/" + SECRET and kind == "application/json", "post: %s %s", path, kind)
    document = json.loads(body)
    lab.check(document["schema"] == "banctl.alert/1" and document["event"] == "permanent" and document["node"] == "alone" and
              document["id"] == told["BANSYNC_ID"] and document["ban"]["target"] == "203.0.113.7" and
              document["ban"]["nodes"] == {"alone": 10} and document["ban"]["until"] is None and
              len(document["ban"]["lines"]) == 3 and "203.0.113.7" in document["ban"]["lines"][0], "document: %s", document)
    wait.until("status is healthy", agent.is_healthy)
    lab.check(spooled(agent) == [] and alert.counter(agent, "alerts_sent") == 2, "%s %s", spooled(agent), agent.status()["counters"])
    lab.check(SECRET not in json.dumps(agent.status()) and not agent.written(SECRET), "the secret is told")


def survives(agent, web, place):
    """Both processes are killed while an alert waits; meanwhile the spool gets what is none of ours."""
    courier = alert.mail_process(agent)
    os.kill(courier, signal.SIGSTOP)
    agent.log.hit("203.0.113.8", THRESHOLD)
    wait.until("it is on disk", lambda: len(spooled(agent)) == 1)
    agent.kill()
    os.kill(courier, signal.SIGKILL)
    wait.until("the process is gone", lambda: not alert.is_running(courier))
    folder = os.path.join(agent.home, "state", "alerts")
    mode = stat.S_IMODE(os.stat(folder).st_mode)
    lab.check(mode == 0o700, "mode %o", mode)
    victim = place.write("untouched\n", "victim")
    names = ["%015d-%032x.alert" % (n, n) for n in (1, 2, 3)]
    os.symlink(victim, os.path.join(folder, names[0]))
    with open(os.path.join(folder, names[1]), "wb") as file:
        file.write(b"bansync-alert 1\nid \0\xff")
    os.mkfifo(os.path.join(folder, names[2]))
    agent.start()
    agent.wait_ready()
    document = json.loads(web.wait(2)[2])
    lab.check(document["ban"]["target"] == "203.0.113.8", "document: %s", document)
    wait.until("three are set aside", lambda: alert.counter(agent, "alerts_aside") == 3)
    lab.check(spooled(agent) == [] and sorted(os.listdir(folder)) == [name + ".bad" for name in names] + ["reserve"],
              "files: %s", os.listdir(folder))
    with open(victim, encoding="ascii") as file:
        lab.check(file.read() == "untouched\n", "the link was followed")


def programs_end(agent, place):
    """A program that sleeps, a child of its and one that has left its session end with the process that delivers, and with
    the agent."""
    former, folder = agent.options["alert"]["exec"], place.folder("asleep", user=USER)
    path = place.write(SLEEPER.format(out=folder), "sleeper")
    os.chmod(path, 0o755)
    agent.set("alert", exec=path)
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    agent.log.hit("203.0.113.9", THRESHOLD)
    for end in (lambda: os.kill(alert.mail_process(agent), signal.SIGKILL), agent.stop):
        wait.until("they sleep", lambda: len(os.listdir(folder)) == 3, 60)
        pids = [int(name) for name in os.listdir(folder)]
        lab.check(all(alert.is_running(pid) for pid in pids), "not all run")
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        end()
        wait.until("none is left", lambda left=pids: not any(alert.is_running(pid) for pid in left))
    agent.set("alert", exec=former)
    agent.start()
    agent.wait_ready()
    wait.until("it is told", lambda: read(os.path.join(agent.home, "told.permanent"))["BANSYNC_TARGET"] == "203.0.113.9")


def notify_test(agent, web, place):
    """Each channel by itself and all at once; what fails says why, is not tried again, and degrades nothing."""
    code, document = agent.ask("notify", "test")
    lab.check(code == 0 and document["delivered"] == 2 and {one["target"] for one in document["channels"]} ==
              {web.host, agent.options["alert"]["exec"]}, "%d %s", code, document)
    lab.check(json.loads(web.wait(3)[2])["event"] == "test", "posts: %s", web.posts)
    code, document = agent.ask("notify", "test", "mail")
    lab.check(code == 5 and document["error"]["message"].startswith("mail_to is not set"), "%d %s", code, document)
    agent.set("alert", mail_to="a@example.org", smtp="%s:%d" % (place.address, place.port()), webhook_format="slack")
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    code, document = agent.ask("notify", "test")
    failed = [one for one in document["channels"] if not one["delivered"]]
    lab.check(code == 6 and document["delivered"] == 2 and len(failed) == 1 and failed[0]["channel"] == "mail" and
              "onnect" in failed[0]["detail"], "%d %s", code, document)
    text = json.loads(web.wait(4)[2])
    lab.check(list(text) == ["text"] and text["text"].startswith("[bansync test] alone: a test of alerts\n"), "text: %s", text)
    lab.check(agent.is_healthy() and spooled(agent) == [], "%s %s", agent.reasons(), spooled(agent))
    agent.set("alert", webhook_format="text", mail_to=None)
    lab.check(agent.ask("reload")[0] == 0 and agent.ask("notify", "test", "webhook")[0] == 0, "test of text")
    lab.check(web.wait(5)[1:] == ("text/plain; charset=utf-8", text["text"].encode()), "post: %s", web.posts[-1])


def certificate_of_nobody(agent, web, place):
    """A server whose certificate nobody vouches for is not told anything."""
    path = place.path("self.pem")
    if not shutil.which("openssl"):
        return
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=%s" % place.address, "-addext", "subjectAltName=IP:%s" % place.address, "-keyout", path, "-out", path],
                   check=True, stderr=subprocess.DEVNULL)
    secure = Web(place.address, path)
    agent.set("alert", webhook=secure.host + "/" + SECRET)
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    code, document = agent.ask("notify", "test", "webhook")
    detail = document["channels"][0]["detail"]
    lab.check(code == 6 and document["channels"][0]["target"] == secure.host and "certificate" in detail and SECRET not in detail and
              secure.posts == [], "%d %s", code, document)
    agent.set("alert", webhook="%s/services/%s" % (web.host, SECRET))
    secure.server.shutdown()


def one_node(place):
    web = Web(place.address)
    agent = Daemon(place, "alone", logline.template(sys.argv[2]), threshold=THRESHOLD)
    agent.options["alert"] = {}
    hook, out = make_hook(place, agent)
    agent.set("alert", webhook="%s/services/%s" % (web.host, SECRET), exec=hook)
    agent.start()
    agent.wait_ready()
    both_channels(agent, web, out)
    survives(agent, web, place)
    notify_test(agent, web, place)
    certificate_of_nobody(agent, web, place)
    programs_end(agent, place)
    agent.stop()
    web.server.shutdown()


# --- Nightly: the node that should tell is killed at every step --------------------------------------

def mails_on(world, sender):
    return [mail for mail in map(alert.parse, world.postfix.mails()) if (" %s banned" % sender) in mail["Subject"]]


def kill_both(agent, courier):
    agent.kill()
    os.kill(courier, signal.SIGKILL)
    wait.until("the process is gone", lambda: not alert.is_running(courier))


def ban(world, agent, sender):
    wait.next_second()
    agent.log.hit(sender, THRESHOLD)
    for one in world.agents:
        wait.until("%s bans %s" % (one.name, sender), lambda asked=one: sender in asked.banned())


def others_sent(world, agent):
    return sum(alert.counter(one, "alerts_sent") for one in world.agents if one is not agent)


def another_tells(world, agent, sender, before):
    """One of the others has told it, and knows that it has: the mail is in its box a moment before."""
    wait.until("another node tells", lambda: len(mails_on(world, sender)) == 1 and others_sent(world, agent) > before, 150)


def before_spool(world, agent, sender):
    """Its disk takes no alert, nor does the folder beside its socket: it lives, and another node tells."""
    folders = [os.path.join(agent.home, "state", "alerts"), os.path.join(os.path.dirname(agent.socket), "alerts")]
    world.stop(agent)
    for folder in folders:
        os.rename(folder, folder + ".kept")
        with open(folder, "wb"):
            pass
    world.start(agent)
    ban(world, agent, sender)
    wait.until("status says so", lambda: agent.is_degraded("alerts: they are lost"))
    wait.until("another node tells", lambda: len(mails_on(world, sender)) == 1, 150)
    world.stop(agent)
    for folder in folders:
        os.unlink(folder)
        os.rename(folder + ".kept", folder)
    world.start(agent)
    return 1


def after_spool(world, agent, sender):
    before = others_sent(world, agent)
    courier = alert.mail_process(agent)
    os.kill(courier, signal.SIGSTOP)
    ban(world, agent, sender)
    wait.until("it is on disk", lambda: len(spooled(agent)) == 1)
    kill_both(agent, courier)
    another_tells(world, agent, sender, before)
    world.start(agent)
    wait.until("it knows", lambda: spooled(agent) == [])
    return 1


def mid_smtp(world, agent, sender):
    before = others_sent(world, agent)
    with socket.create_server((world.place.address, 0)) as listener:
        agent.set("alert", smtp="%s:%d" % listener.getsockname())
        lab.check(agent.ask("reload")[0] == 0, "reload failed")
        courier = alert.mail_process(agent)
        ban(world, agent, sender)
        client = listener.accept()[0]
        client.sendall(b"220 x\r\n")
        client.recv(100)
        kill_both(agent, courier)
        client.close()
    another_tells(world, agent, sender, before)
    agent.set("alert", smtp=world.postfix.server)
    world.start(agent)
    wait.until("it knows", lambda: spooled(agent) == [])
    return 1


def before_mark(world, agent, sender):
    """It is delivered, and nobody knows: it is told twice, with one Message-ID."""
    courier = alert.mail_process(agent)
    os.kill(courier, signal.SIGSTOP)
    ban(world, agent, sender)
    wait.until("it is on disk", lambda: len(spooled(agent)) == 1)
    os.kill(agent.process.pid, signal.SIGSTOP)
    os.kill(courier, signal.SIGCONT)
    wait.until("it is delivered", lambda: len(mails_on(world, sender)) == 1)
    kill_both(agent, courier)
    wait.until("another node tells", lambda: len(mails_on(world, sender)) == 2, 150)
    lab.check(len({mail["Message-ID"] for mail in mails_on(world, sender)}) == 1, "two Message-IDs")
    world.start(agent)
    return 2


def killed_often(world, agent):
    """The process that delivers is killed at random moments of many mails: each arrives, and of those that come twice, at most
    one a kill, both have one Message-ID."""
    seed = int(os.environ.get("BANSYNC_SEED") or random.randrange(1 << 30))
    print("BANSYNC_SEED=%d" % seed)
    rng, senders = random.Random(seed), ["203.0.113.%d" % number for number in range(100, 100 + 8 * KILLS)]
    agent.set("alert", digest_after=1000)
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    for kill in range(KILLS):
        for sender in senders[8 * kill:8 * kill + 8]:
            agent.log.hit(sender, THRESHOLD)
        moment = time.monotonic() + rng.uniform(0, 0.7)
        wait.until("the moment", lambda at=moment: time.monotonic() >= at)
        os.kill(alert.mail_process(agent), signal.SIGKILL)
        wait.until("it is started again", lambda wanted=kill + 1: alert.counter(agent, "alerts_restarts") == wanted, 120)
    wait.until("each is told", lambda: all(mails_on(world, sender) for sender in senders), 60)
    wait.until("nothing waits", lambda: agent.status()["alerts"]["waiting"] == 0)
    ids = {sender: [mail["Message-ID"] for mail in mails_on(world, sender)] for sender in senders}
    twice = sum(len(found) - 1 for found in ids.values())
    print("%d kills, %d mails came twice" % (KILLS, twice))
    lab.check(all(len(set(found)) == 1 for found in ids.values()) and twice <= KILLS, "twice: %s", ids)


def three_nodes(place):
    os.environ["TZ"] = "UTC"
    world = alert.World(place, logline.template(sys.argv[2]))
    world.postfix.start()
    world.start()
    expected = {}
    for number, step in enumerate((before_spool, after_spool, mid_smtp, before_mark)):
        agent, sender = world.agents[number % 3], "203.0.113.%d" % (50 + number)
        expected[sender] = step(world, agent, sender)
        wait.until("all are up", lambda: all(one.status().get("peers_up") == 2 for one in world.agents), 60)
    killed_often(world, world.agents[0])
    world.stop()
    for sender, count in expected.items():
        lab.check(len(mails_on(world, sender)) == count, "%s: %d mails", sender, len(mails_on(world, sender)))


def test(place):
    one_node(place)
    if os.environ.get("BANSYNC_NIGHTLY") and Postfix.is_there():
        three_nodes(place)


if __name__ == "__main__":
    lab.run(test)
