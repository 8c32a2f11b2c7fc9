# SPDX-License-Identifier: Apache-2.0
"""A real rspamd with a milter proxy, and a real redis, both from the distribution, with a configuration of our own."""
import os
import shutil
import signal
import socket

import milter
import wait

# Modules that want DNS, the internet or a learned base.
QUIET = """rspamd_update phishing surbl rbl asn spf dkim dkim_signing arc dmarc fuzzy_check mx_check hfilter
    once_received url_redirector neural reputation whitelist mid mime_types maillist greylist bayes_expiry bimi
    replies""".split()

MULTIMAP = """multimap {
  .include(try=true,priority=1,duplicate=merge) "$LOCAL_CONFDIR/local.d/multimap.conf"
}
"""
BLACKLIST = """IP_BLACKLIST_RATELIMIT {
  type = "ip";
  map = "%s";
  action = "reject";
}
"""
USERS = """USER_BLACKLIST_RATELIMIT {
  type = "user";
  map = "%s";
  action = "reject";
}
"""
PROXY = """bind_socket = "%s:%d";
milter = yes;
timeout = 60s;
count = 1;
upstream "local" { self_scan = yes; default = yes; }
"""
# Without rules for the text of mail, and with few domain suffixes: those take long to compile and play no part here.
OPTIONS = """dns {{ nameserver = ["127.0.0.1:9:1"]; timeout = 0.2s; retransmits = 1; }}
filters = "";
url_tld = "{etc}/suffixes.dat";
control_socket = "{run}/control.sock mode=0600";
"""
LOCAL = 'lang_detection { languages = "%s"; }\n'
USER = "_rspamd"


def _answers(address):
    try:
        socket.create_connection(address, 1).close()
        return True
    except OSError:
        return False


def limit(burst, rate):
    """Text of ratelimit.conf: one bucket per account, called "user"."""
    return 'rates { user = { bucket = { burst = %d; rate = "%s"; } } }\n' % (burst, rate)


class Redis:
    def __init__(self, lab):
        self.address = (lab.address, lab.port())
        folder = lab.folder("redis", user=USER)
        program = shutil.which("redis-server")
        if not program:  # redis-tools has it under another name
            program = lab.path("bin", "redis-server")
            if not os.path.lexists(program):
                os.symlink(shutil.which("redis-check-rdb"), program)
        lab.start([program, "--bind", self.address[0], "--port", str(self.address[1]), "--save", "",
                   "--appendonly", "no", "--dir", folder], USER, output=lab.path("redis.log"))
        wait.until("redis answers", lambda: _answers(self.address))


class Rspamd:
    """The proxy scans by itself, so its worker writes the lines that the agent reads. The folder of the log is as
    Debian makes it: 0750, of rspamd's own user and group."""

    def __init__(self, lab, name, redis, map_file, limits, local="", lua=None, users_file=None):
        """limits: text of ratelimit.conf; local: more for rspamd.conf.local; lua: text of rspamd.local.lua; users_file: the
        map of banned accounts, if there is a rule for it."""
        self.lab, self.name, self.local, self.lua = lab, name, local, lua
        self.address = (lab.address, lab.port())
        self.log_dir = lab.folder(name, "rspamd", "log", user=USER, mode=0o750)
        self.log = os.path.join(self.log_dir, "rspamd.log")
        self._configure(redis, map_file, limits, users_file)
        self.process = None

    def start(self, wrap=(), output=None):
        """Does not wait. wrap: see Lab.start; output: a file for what it prints."""
        argv = [shutil.which("rspamd") or "/usr/bin/rspamd", "-f", "-c", self._path("etc", "rspamd.conf")]
        for word, folder in (("CONFDIR", "etc"), ("LOCAL_CONFDIR", "etc"), ("DBDIR", "db"), ("LOGDIR", "log"),
                             ("RUNDIR", "run")):
            argv += ["--var", "%s=%s" % (word, self._path(folder))]
        self.process = self.lab.start(argv, USER, output=output or self._path("out"), wrap=wrap)

    def _path(self, *names):
        return self.lab.path(self.name, "rspamd", *names)

    def _configure(self, redis, map_file, limits, users_file):
        lab, home = self.lab, (self.name, "rspamd")
        etc = self._path("etc")
        for folder in ("db", "run"):
            lab.folder(*home, folder, user=USER)
        shutil.copytree("/etc/rspamd", etc)
        for folder in ("local.d", "override.d"):  # not those of this machine
            shutil.rmtree(os.path.join(etc, folder), ignore_errors=True)
        for module in QUIET:
            lab.write("enabled = false;\n", *home, "etc/override.d", module + ".conf")
        for worker in ("normal", "fuzzy"):
            lab.write("enabled = false;\n", *home, "etc/override.d", "worker-%s.inc" % worker)
        # Without a controller the first scanner takes over its work, and then reads a new map up to 4 s late.
        lab.write('bind_socket = "%s:%d";\n' % (lab.address, lab.port()), *home, "etc/override.d/worker-controller.inc")
        lab.write(PROXY % self.address, *home, "etc/override.d/worker-proxy.inc")
        lab.write(OPTIONS.format(etc=etc, run=self._path("run")), *home, "etc/override.d/options.inc")
        lab.write("com\nnet\norg\n", *home, "etc/suffixes.dat")
        lab.write(LOCAL % lab.folder(*home, "languages") + self.local, *home, "etc/rspamd.conf.local")
        if self.lua:
            lab.write(self.lua, *home, "etc/rspamd.local.lua")
        lab.write('servers = "%s:%d";\n' % redis.address, *home, "etc/override.d/redis.conf")
        lab.write(MULTIMAP, *home, "etc/modules.d/multimap.conf")
        lab.write(limits, *home, "etc/local.d/ratelimit.conf")
        rules = BLACKLIST % map_file + (USERS % users_file if users_file else "")
        lab.write(rules, *home, "etc/local.d/multimap.conf")

    def wait_ready(self):
        """Mail is scanned: the first message is one that no limit and no map touches."""
        wait.until("%s: rspamd listens" % self.name, lambda: self.process.poll() is not None or _answers(self.address),
                   90)
        verdict = self.play("192.0.2.250", "ready-%s@example.org" % self.name)
        if verdict[0] != "accept":
            raise AssertionError("%s: rspamd answers %s" % (self.name, verdict))

    def play(self, client, user, **options):
        return milter.play(self.address, client, user, **options)

    def reopen_log(self):
        """What logrotate tells it after the rename."""
        self.process.send_signal(signal.SIGUSR1)
