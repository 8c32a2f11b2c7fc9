# SPDX-License-Identifier: Apache-2.0
"""Debian's Postfix with a configuration and a queue of its own, that puts all mail into one file."""
import mailbox
import os
import pwd
import socket
import subprocess

import wait

MASTER_PROGRAM = "/usr/lib/postfix/sbin/master"
ADMIN = "admin@example.org"
MAIN = """compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mail.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
disable_dns_lookups = yes
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = inline:{{ {{ {admin} = box }} }}
virtual_mailbox_base = {home}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
MASTER = """{address}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Needs root. settings: more lines for main.cf, services: for master.cf."""

    def __init__(self, lab, settings="", services=""):
        self.lab, self.port = lab, lab.port()
        self.process = None
        self.home = lab.folder("postfix")
        self.server = "%s:%d" % (lab.address, self.port)
        user = pwd.getpwnam("postfix")
        lab.folder("postfix", "spool")
        lab.folder("postfix", "data", user="postfix", mode=0o700)
        lab.folder("postfix", "mail", user="postfix", mode=0o700)
        names = {"home": self.home, "address": lab.address, "port": self.port, "admin": ADMIN, "uid": user.pw_uid,
                 "gid": user.pw_gid}
        lab.write(MAIN.format(**names) + settings, "postfix", "etc", "main.cf")
        lab.write(MASTER.format(**names) + services, "postfix", "etc", "master.cf")

    @staticmethod
    def is_there():
        return os.geteuid() == 0 and os.path.exists(MASTER_PROGRAM)

    def start(self):
        """Waits until it greets."""
        etc = os.path.join(self.home, "etc")
        subprocess.run(["postfix", "-c", etc, "check"], check=True)
        self.process = self.lab.start([MASTER_PROGRAM, "-c", etc, "-s"], "root")  # in the foreground
        wait.until("Postfix greets", self.greets, 60)

    def greets(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.home, "log"), encoding="utf-8") as file:
                raise AssertionError("Postfix ended: %s" % file.read())
        try:
            with socket.create_connection((self.lab.address, self.port), 10) as client:
                return client.recv(3) == b"220"
        except OSError:
            return False

    def stop(self):
        self.lab.end(self.process)

    def mails(self):
        """What was delivered, oldest first."""
        path = os.path.join(self.home, "mail", "box")
        if not os.path.exists(path):
            return []
        box = mailbox.mbox(path, create=False)
        try:
            return [box.get_bytes(key) for key in box.iterkeys()]
        finally:
            box.close()

    def wait_mails(self, count, seconds=60):
        """Waits until so many mails are there, and no more, and returns the newest."""
        wait.until("%d mails" % count, lambda: len(self.mails()) >= count, seconds)
        mails = self.mails()
        if len(mails) != count:
            raise AssertionError("%d mails instead of %d: %s" % (len(mails), count, [l for m in mails for l in m.split(b"\n") if l.startswith((b"Subject", b"From:", b"Message-I", b"Date"))]))
        return mails[-1]
