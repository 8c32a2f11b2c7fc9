# SPDX-License-Identifier: Apache-2.0
"""Follows docs/INSTALL.md to the letter on three fresh Debian 12 under their own systemd, each with a real rspamd and redis, the
first with fail2ban and the recipe that bansync replaces too; and looks at what senders of mail are told on the way.

The page's fenced blocks are the script: "sh all" runs on every node, "sh one" on the first, "sh old" on the one that has fail2ban;
"conf NODE PATH" is the content of a file. A line that fails ends the test.

Run as: install.py BIN_DIR SOURCE_DIR. The package is the one that package.py has built of the same source and kept beside BIN_DIR;
if there is none it is built.
"""
import ctypes
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))

import package
import wait
from debian import Debian, Unreachable, cgroups
from rspamd import QUIET

SOURCE = os.path.abspath(sys.argv[2])
BLOCK = re.compile(r"^```(sh|conf) (\S+) ?(\S*)\n(.*?)^```$|^## (\d+)", re.M | re.S)
KEY = "ExampleKeyOfMx%dReplaceItByTheOneOfYourNode0="
MAP = "/var/lib/bansync/maps/ip_blacklist_ratelimit.map"
OLD_MAP = "/etc/rspamd/local.d/maps/ip_blacklist_ratelimit.map"
ACCOUNT = "nobody@example.org"  # of the page
OLD_SENDER, SPAMMER, NEWSLETTER, WEBMAIL = "203.0.113.50", "203.0.113.7", "198.51.100.7", "198.51.100.25"
MESSAGE = "Sending limit exceeded; contact postmaster"
BEFORE = {  # the node as the operator has it
    "/etc/systemd/system/redis.service": "[Service]\nUser=_rspamd\nExecStart=/usr/local/bin/redis-server --save '' --dir /tmp\n",
    "/etc/postfix/main.cf": "compatibility_level = 3.6\ninet_interfaces = loopback-only\nmydestination = example.org\nalias_maps =\n",
    "/etc/apt/apt.conf.d/91yes": 'APT::Get::Assume-Yes "true";\n',
    "/etc/rspamd/local.d/redis.conf": 'servers = "127.0.0.1:6379";\n',
    "/etc/rspamd/local.d/ratelimit.conf": 'rates { user = { bucket = { burst = 1; rate = "1 / 10min"; } } }\n',
    "/etc/rspamd/local.d/options.inc": 'dns { nameserver = ["127.0.0.1:9:1"]; timeout = 0.2s; retransmits = 1; }\n'
    'filters = "";\nurl_tld = "/etc/rspamd/suffixes.dat";\n',  # what takes long to compile and plays no part here
    "/etc/rspamd/suffixes.dat": "com\nnet\norg\n",
    "/etc/rspamd/rspamd.conf.local": 'lang_detection { languages = "/var/empty"; }\n',
    "/etc/rspamd/local.d/multimap.conf": 'IP_BLACKLIST_RATELIMIT { type = "ip"; map = "%s"; action = "reject"; }\n' % OLD_MAP,
    "/etc/rspamd/local.d/worker-proxy.inc": 'upstream "local" { self_scan = yes; default = yes; }\n',
    OLD_MAP: "",
    "/etc/fail2ban/jail.d/rspamd.conf": """[rspamd-ratelimit]
enabled = true
filter = rspamd-ratelimit
action = rspamd-banip
backend = polling
logpath = /var/log/rspamd/rspamd.log
maxretry = 10
bantime = 3600
""",
    "/etc/fail2ban/jail.d/defaults-debian.conf": "[sshd]\nenabled = false\n",
    "/etc/fail2ban/filter.d/rspamd-ratelimit.conf": """[Definition]
failregex = ip: <HOST>.*Ratelimit ".*" exceeded
""",
    "/etc/fail2ban/action.d/rspamd-banip.conf": """[Definition]
actionban = printf '%%b' "<ip>\\n" >> {0}
actionunban = sed -i '/^<ip>$/d' {0}
""".format(OLD_MAP),
}
MAIL = """
import sys
sys.path.insert(0, sys.argv[1])
import milter
for user in sys.argv[3:]:
    print(*milter.play(("127.0.0.1", 11332), sys.argv[2], user), sep="|")
"""
PACKAGES = "systemd procps rspamd redis-tools nftables fail2ban adduser postfix"
CLONE_NEWNET = 0x40000000


class Node(Debian):
    """A Debian on top of a common one, on a cable of the bridge."""

    def __init__(self, folder, base, number):
        self.folder, self.number, self.name = folder, number, "mx%d" % number
        self.users, self.key = 0, None
        for name in ("root", "upper", "work"):
            os.makedirs(os.path.join(folder, name))
        super().__init__(os.path.join(folder, "root"))
        package.run(["mount", "-t", "overlay", "overlay", "-o", "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (
            base, folder, folder), self.root])

    def begin(self):
        """Boots, and is reachable as 192.0.2.NUMBER; rspamd runs."""
        self.boot()
        port = "port%d" % self.number
        for words in ("ip link add %s type veth peer name eth0 netns %s" % (port, self.first()),
                      "ip link set %s master br0 up" % port):
            package.run(words.split())
        self.inside("ip link set lo up && ip address add 192.0.2.%d/24 dev eth0 && ip link set eth0 up" % self.number)
        self.run("systemctl start redis rspamd postfix")
        wait.until("%s: mail flows" % self.name, self._mail_flows, 90)

    def _mail_flows(self):
        try:
            return self.mail("192.0.2.250")[0][0] == "accept"
        except (AssertionError, IndexError):
            return False

    def inside(self, line):
        """A line with this machine's programs on the node's network."""
        return package.run(["nsenter", "--target=" + self.first(), "--net", "sh", "-c", line])

    def sh(self, line, exits=(0,)):
        """A line of the page, as root; what it printed."""
        done = subprocess.run(self._command(["sh", "-c", line], None, None), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
        print("%s# %s\n%s" % (self.name, line, done.stdout), end="", flush=True)
        package.check(done.returncode in exits, "%s: exit %d: %s", self.name, done.returncode, line)
        return done.stdout

    def mail(self, client, count=1, user=None):
        """The answers to messages from that address, each of a new user or all of one."""
        users = []
        for _ in range(count):
            self.users += 1
            users.append(user or "user%d-%s@example.org" % (self.users, self.name))
        text = package.run(["nsenter", "--target=" + self.first(), "--net", sys.executable, "-B", "-c", MAIL,
                            os.path.join(SOURCE, "tests/cluster"), client, *users])
        return [tuple(line.split("|", 1)) for line in text.splitlines()]

    def hits(self, client, count):
        """So many messages of one user that is over its limit."""
        while count > 0:
            answers = self.mail(client, count, "over@" + client)
            count -= sum(answer[1].startswith("451") for answer in answers)

    def must(self, client, verdict):
        """A user within the limits is answered so."""
        wait.until("%s: mail from %s gets %s" % (self.name, client, verdict), lambda: self.mail(client)[0][0] == verdict)

    def must_user(self, user, verdict, seconds=30):
        """That account, from an address that is not banned, is answered so; by the ratelimit or not."""
        wait.until("%s: mail of %s gets %s" % (self.name, user, verdict),
                   lambda: (self.mail(WEBMAIL, user=user)[0][0] == "reject") == (verdict == "reject"), seconds)


def prepare(base):
    """The common Debian: rspamd and fail2ban as the operator has them, and what the package will need from the mirror."""
    base.run("apt-get -q -y install %s 2>&1" % PACKAGES)
    os.symlink("/usr/bin/redis-check-rdb", base.path("/usr/local/bin/redis-server"))
    for path, text in BEFORE.items():
        base.write(path, text)
    for module in QUIET:
        base.write("/etc/rspamd/override.d/%s.conf" % module, "enabled = false;\n")
    base.run("apt-get -q -y --download-only install /bansync_*.deb 2>&1")
    base.run("useradd postmaster")
    base.run("systemctl disable rspamd fail2ban 2>&1; rm -f /etc/resolv.conf")
    package.run(["umount", base.path("/proc")])


def lay_network():
    """A network of our own, with a bridge; we are the stranger on it."""
    package.check(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, "no network namespace")
    for words in ("link add br0 type bridge", "address add 192.0.2.9/24 dev br0", "link set br0 up"):
        package.run(["ip"] + words.split())


def blocks():
    """(section, kind, where, path, text) of each fenced block of the page."""
    with open(os.path.join(SOURCE, "docs/INSTALL.md"), encoding="utf-8") as page:
        text = page.read()
    section = 0
    for found in BLOCK.finditer(text):
        if found[5]:
            section = int(found[5])
        else:
            yield section, found[1], found[2], found[3], found[4]


class Walk:
    """The page's blocks in their order, and what must be true behind each section."""

    EXITS = {"banctl status": (0, 6)}  # 6: the other nodes are started after it

    def __init__(self, nodes):
        self.nodes, self.old, self.before = nodes, nodes[0], []

    def go(self):
        section = 0
        for number, kind, where, path, text in blocks():
            while section < number:
                getattr(self, "behind_%d" % section, lambda: None)()
                section += 1
            if "banctl verify" in text:
                self.a_moment_passes()
            if "list --would" in text:
                self.a_day_passes()
            if "unban --account" in text:
                self.account_is_banned()
            if section == 11 and "reload rspamd" in text:
                self.take_multimap_out()
            for node in self.select(where):
                getattr(self, kind)(node, path, text)
        self.behind_11()

    def select(self, where):
        if where in ("one", "old"):
            return [self.old]
        return [node for node in self.nodes if where in ("all", node.name)]

    def sh(self, node, _, text):
        for line in text.splitlines():
            output = node.sh(line, self.EXITS.get(line, (0,)))
            if "keygen" in line:
                node.key = output.split()[-1]
            if line == "banctl reload":
                package.check("into force" in output, "reload does not say what comes into force")

    def conf(self, node, path, text):
        for other in self.nodes:
            text = text.replace(KEY % other.number, other.key or "")
        node.write(path, text)

    def behind_0(self):
        """The recipe works: the first node bans a sender of its own."""
        self.old.sh("systemctl start fail2ban")
        wait.until("fail2ban answers", lambda: "pong" in self.old.sh("fail2ban-client ping", (0, 255)))
        self.old.hits(OLD_SENDER, 10)
        wait.until("fail2ban has banned", lambda: OLD_SENDER in self.old.read(OLD_MAP))
        self.old.must(OLD_SENDER, "reject")
        self.before = [self._settings(node) for node in self.nodes]

    def _settings(self, node):
        return {path: node.read(path) for path in BEFORE}

    def behind_1(self):
        """Installing changed nothing and started nothing."""
        for node, before in zip(self.nodes, self.before):
            package.check(self._settings(node) == before, "%s: rspamd or fail2ban was changed", node.name)
            node.sh("banctl status", (3,))
            package.check("_rspamd" in node.sh("id -nG bansync"), "%s: not in the group _rspamd", node.name)

    def a_moment_passes(self):
        for node in self.nodes:
            wait.until("all are healthy", lambda: " healthy " in node.sh("banctl status", (0, 6)))

    def a_day_passes(self):
        """Everybody is counted and nobody is shut out."""
        for node, count in zip(self.nodes, (4, 3, 3)):
            node.hits(SPAMMER, count)
            node.hits(NEWSLETTER, count)
        self.nodes[1].hits(WEBMAIL, 12)
        for sender in (SPAMMER, NEWSLETTER):
            wait.until("%s would be banned" % sender,
                       lambda: all(sender in node.sh("banctl list --would") for node in self.nodes))
        for node in self.nodes:
            node.sh("banctl status")
            package.check(WEBMAIL not in node.read(MAP + ".would"), "%s would ban the webmail", node.name)
            node.must(SPAMMER, "accept")
        for words, count in (("banned", 3), ("but only observed", 2), ("but allowed", 1)):
            wait.until("postmaster has %d mails: %s" % (count, words), lambda: self._mails(words) == count)

    def _mails(self, words):
        """How many mails to postmaster have these words in the subject, on all nodes."""
        boxes = [node.read("/var/mail/postmaster") for node in self.nodes if node.exists("/var/mail/postmaster")]
        return len(re.findall("^Subject:(?:[^\\n]|\\n )*" + words, "".join(boxes), re.M))

    def behind_7(self):
        for node in self.nodes:
            wait.until("the newsletter is allowed", lambda: NEWSLETTER not in node.read(MAP + ".would"))
            node.must(SPAMMER, "accept")
        self.old.must(OLD_SENDER, "reject")

    def behind_8(self):
        """rspamd reads the new map: still nobody else is shut out, and nobody is let in."""
        for node in self.nodes:
            node.must(SPAMMER, "accept")
        self.old.must(OLD_SENDER, "reject")

    def behind_9(self):
        for node in self.nodes:
            node.must(SPAMMER, "reject")
            package.check(MESSAGE in node.mail(SPAMMER)[0][1], "%s: another message", node.name)
            package.check(node.mail(SPAMMER, user="over@" + SPAMMER)[0][1].startswith("451"),
                          "%s: no 451 for a user over the limit", node.name)
            node.must(OLD_SENDER, "reject")
            for sender in (NEWSLETTER, WEBMAIL):
                node.must(sender, "accept")
            node.sh("banctl status")
        maps = {node.read(MAP) for node in self.nodes}
        package.check(len(maps) == 1, "the maps differ: %s", maps)
        try:
            socket.create_connection(("192.0.2.1", 11339), 1).close()
        except OSError:
            return
        raise AssertionError("the port is open to others")

    def account_is_banned(self):
        """On every node, and nobody else from there; the file is new to rspamd."""
        for node in self.nodes:
            node.must_user(ACCOUNT, "reject", 90)
            package.check(MESSAGE in node.mail(WEBMAIL, user=ACCOUNT)[0][1], "%s: another message for the account", node.name)
            node.must(WEBMAIL, "accept")

    def behind_10(self):
        for node in self.nodes:
            node.must_user(ACCOUNT, "accept")

    def take_multimap_out(self):
        for node in self.nodes:
            node.write("/etc/rspamd/local.d/multimap.conf", "")

    def behind_11(self):
        for node in self.nodes:
            node.must(SPAMMER, "accept")
            for path in ("/etc/bansync", "/var/lib/bansync", "/usr/sbin/bansyncd"):
                package.check(not node.exists(path), "%s: %s is left", node.name, path)


def follow(work, deb):
    nodes = []
    try:
        for number in (1, 2, 3):
            nodes.append(Node(os.path.join(work, "mx%d" % number), os.path.join(work, "base"), number))
            nodes[-1].begin()
        Walk(nodes).go()
    except BaseException:
        for node in nodes:
            print(node.sh("ls -l /var/mail; mailq; cat /var/mail/postmaster; journalctl --no-pager -n 60 -o cat", range(256)))
        raise
    finally:
        for node in nodes:
            node.halt()


def main():
    if cgroups() is None:
        print("skipped: there is no unified cgroup hierarchy for systemd")
        return 77
    work = tempfile.mkdtemp(prefix="bansync-install-")
    try:
        package.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=4g", "bansync-install", work])
        kept = package.Kept(sys.argv[1])
        base = Debian(os.path.join(work, "base"), kept.debian)
        base.begin()  # it comes over the network while the compiler works
        deb = kept.package(SOURCE) or kept.keep(SOURCE, package.build(SOURCE, os.path.join(work, "built"), package.RELEASES[:1])[0])
        base.wait()
        shutil.copy(deb, base.path("/"))
        prepare(base)
        lay_network()
        follow(work, deb)
    except Unreachable as why:
        print("skipped: %s" % why)
        return 77
    finally:
        subprocess.run(["umount", "--lazy", work], check=False)
        os.rmdir(work)
    print("docs/INSTALL.md was followed to its end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
