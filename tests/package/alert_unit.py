# SPDX-License-Identifier: Apache-2.0
"""Alerts under the shipped unit with all that it forbids: a mail to a real Postfix, a post to a web server, a program and what it
may do; and the folder in which alerts wait while the disk takes none."""
import json
import os
import re
import subprocess
import sys

import wait

MAILBOX = "/var/mail/admin"
TOLD = "/var/lib/bansync/told"
HOOK = """#!/bin/sh
# What bansyncd(8) says of the program's world.
exec > {0}.new 2>&1
env | sort
echo "in $(pwd) as $(id -un)"
ls /root /home > /dev/null && echo "sees home directories"
touch /etc/x /usr/x /srv/x && echo "writes anywhere"
touch /run/bansync/x && rm /run/bansync/x && echo "writes below /run/bansync"
mv {0}.new {0}
""".format(TOLD)
SETTINGS = """[alert]
mail_to = admin@example.org
mail_from = bansync@example.org
webhook = http://127.0.0.1:{0}/secret
exec = /usr/local/sbin/bansync-alert
"""
WEB = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8"), end="", flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def check(condition, text, *values):
    if not condition:
        raise AssertionError(text % values if values else text)


class Web:
    """A web server of this machine's Python on the loopback interface of the booted Debian."""

    def __init__(self, debian):
        self.process = subprocess.Popen(["nsenter", "--target=" + debian.first(), "--net", sys.executable, "-B", "-c", WEB],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def next(self):
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()


def deliver(debian, web):
    """Each channel has it when notify test says so."""
    debian.run("banctl notify test")
    wait.until("Postfix has put it into the mailbox", lambda: debian.exists(MAILBOX) and re.search(
        r"^Subject: \[bansync .*\] mx1: a test of alerts$", debian.read(MAILBOX), re.M))
    document = web.next()
    check(document["event"] == "test" and document["node"] == "mx1", "post: %s", document)
    told = debian.read(TOLD)
    for words in ("BANSYNC_EVENT=test\n", "BANSYNC_NODE=mx1\n", "in / as bansync\n", "writes below /run/bansync\n"):
        check(words in told, "the program told: %s", told)
    for words in ("sees home directories", "writes anywhere"):
        check(words not in told, "the program told: %s", told)


def inode(debian, path):
    return debian.run("stat -c %%i,%%a,%%U %s" % path).strip()


def second_spool(debian):
    """It is the agent's alone, and outlives a restart but no stop."""
    before = inode(debian, "/run/bansync/alerts")
    check(before.endswith(",700,bansync"), "/run/bansync/alerts: %s", before)
    debian.run("systemctl restart bansyncd")
    check(inode(debian, "/run/bansync/alerts") == before, "a restart made it anew")
    debian.run("systemctl stop bansyncd && ! test -e /run/bansync && systemctl start bansyncd")
    check(inode(debian, "/run/bansync/alerts").endswith(",700,bansync"), "it is not there again")


def examine(debian):
    """Alerts arrive by mail, web server and program from within the unit."""
    web = Web(debian)
    try:
        debian.write("/usr/local/sbin/bansync-alert", HOOK)
        debian.write("/etc/bansync/conf.d/alert.conf", SETTINGS.format(web.port))
        debian.run("chmod 755 /usr/local/sbin/bansync-alert && useradd admin && systemctl start postfix@- && systemctl restart bansyncd")
        deliver(debian, web)
        second_spool(debian)
        os.unlink(debian.path("/etc/bansync/conf.d/alert.conf"))
        debian.run("systemctl restart bansyncd; systemctl stop postfix@-")
    finally:
        web.end()
