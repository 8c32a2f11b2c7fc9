# SPDX-License-Identifier: Apache-2.0
"""fail2ban: its server with a folder of its own, with the recipe that writes rspamd's map by printf and sed, and fail2ban-regex."""
import os
import re
import shutil
import subprocess

import wait
from clock import Cost
from frame import Skip
from member import cpu_s

JAIL = "rspamd-ratelimit"
FAILREGEX = r'^.*rspamd_proxy.*ip: <HOST>.*?Ratelimit ".*?" exceeded'

MAIN = """[Definition]
loglevel = ERROR
logtarget = {dir}/fail2ban.log
syslogsocket = auto
socket = {dir}/sock
pidfile = {dir}/pid
dbfile = {database}
dbpurgeage = 1d
dbmaxmatches = 10
[Thread]
stacksize = 0
"""
ACTION = """[Definition]
actionstart = touch {dir}/map
actionban = printf %%b "<ip>\\n" >> {dir}/map
actionunban = sed -i "/^<ip>$/d" {dir}/map
[Init]
"""
JAILS = """[{jail}]
enabled = true
{action}
backend = {backend}
filter = {jail}
logpath = {log}
maxretry = 10
findtime = 86400
bantime = 864000
"""


def needed():
    if not shutil.which("fail2ban-server"):
        raise Skip("package fail2ban is not installed")


def regex_cost(path, lines):
    """(CPU seconds without its start, hits found) of fail2ban-regex on a log of that many lines."""
    needed()
    with open(path, "rb") as source, open(path + ".one", "wb") as one:
        one.write(source.readline())
    command = ["fail2ban-regex", "--usedns", "no"]
    whole, start = Cost(command + [path, FAILREGEX]), Cost(command + [path + ".one", FAILREGEX])
    return (whole.cpu_s - start.cpu_s) / lines, int(re.search(r"(\d+) matched", whole.text()).group(1))


class Server:
    """fail2ban-server that reads a log. action: ban into self.map; else it only remembers, in a database."""

    def __init__(self, place, name, log, backend="auto", action=True):
        needed()
        self.place, self.dir = place, place.folder(name)
        self.map = os.path.join(self.dir, "map")
        place.folder(name, "filter.d")
        place.folder(name, "action.d")
        place.write(MAIN.format(dir=self.dir, database=os.path.join(self.dir, "db.sqlite3")), name, "fail2ban.conf")
        place.write("[Definition]\nfailregex = %s\n" % FAILREGEX, name, "filter.d", JAIL + ".conf")
        place.write(ACTION.format(dir=self.dir), name, "action.d", "map.conf")
        place.write(JAILS.format(jail=JAIL, action="action = map" if action else "action =", backend=backend, log=log), name,
                    "jail.conf")
        self.process = None

    def start(self, seconds=120):
        argv = ["fail2ban-server", "-c", self.dir, "-s", self.dir + "/sock", "-p", self.dir + "/pid", "-x", "-f", "start"]
        self.process = self.place.start(argv, "root", output=self.dir + "/out")
        wait.until("fail2ban answers", lambda: self.process.poll() is not None or self.client("status", JAIL).returncode == 0,
                   seconds)
        if self.process.poll() is not None:
            raise Skip("fail2ban-server does not start: %s" % self.said())

    def client(self, *words):
        return subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def command(self, *words):
        return ["fail2ban-client", "-c", self.dir, "-s", self.dir + "/sock"] + list(words)

    def banned(self):
        """How many it says are banned."""
        match = re.search(r"Currently banned:\s*(\d+)", self.client("status", JAIL).stdout)
        return int(match.group(1)) if match else -1

    def said(self):
        with open(self.dir + "/out", encoding="utf-8", errors="replace") as file:
            return file.read()[-300:].replace("\n", "; ")

    def cpu_s(self):
        """With the shells of its actions."""
        with open("/proc/%d/stat" % self.process.pid, encoding="utf-8") as file:
            fields = file.read().rpartition(") ")[2].split()
        return cpu_s(self.process.pid) + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.client("stop")
        self.place.end(self.process)
