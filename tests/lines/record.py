# SPDX-License-Identifier: Apache-2.0
"""An rspamd whose log goes to a file, to its output, to a terminal or to a real rsyslog, for make.py."""
import os
import pty
import termios
import threading

import wait
from rspamd import USER, Rspamd

RSYSLOG = """global(workDirectory="{home}" localHostname="mail.example.org")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{home}/socket" RateLimit.Interval="0")
template(name="traditional" type="string" string="%timegenerated% {{}}\\n")
*.* action(type="omfile" file="{home}/traditional" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="{home}/precise" template="RSYSLOG_FileFormat")
*.* action(type="omfile" file="{home}/protocol" template="RSYSLOG_SyslogProtocol23Format")
"""
SYSLOG_FORMS = ("traditional", "precise", "protocol")
# Only the recorded rspamd finds another /dev/log: it gets a /dev of its own.
OWN_DEV = """set -e
mkdir "$1"
mount -t tmpfs -o mode=755 none "$1"
for name in null zero full random urandom; do
    : > "$1/$name"
    mount --bind "/dev/$name" "$1/$name"
done
mkdir "$1/shm"
mount --bind /dev/shm "$1/shm"
ln -s "$2" "$1/log"
mount --rbind "$1" /dev
shift 2
exec "$@"
"""
SCANNER = """bind_socket = "%s:%d";
count = 1;
"""
PROXY = """bind_socket = "%s:%d";
milter = yes;
timeout = 60s;
count = 1;
upstream "local" { hosts = "%s:%d"; default = yes; }
"""


class Recorder(Rspamd):
    """logging: text for its logging section. output: where the lines come out: file, out, terminal or syslog, where
    forms names the formats of rsyslog that are kept. workers: a normal worker scans, and the proxy does not."""

    def __init__(self, lab, name, redis, map_file, limits, logging="", output="file", forms=SYSLOG_FORMS, workers=False):
        self.logging, self.output, self.forms, self.workers = logging, output, forms, workers
        self._reader = self.daemon = None
        super().__init__(lab, name, redis, map_file, limits)
        os.makedirs(os.path.dirname(map_file), exist_ok=True)
        with open(map_file, "a", encoding="utf-8"):
            pass

    def _configure(self, redis, map_file, limits):
        super()._configure(redis, map_file, limits)
        etc = (self.name, "rspamd", "etc", "override.d")
        self.lab.write(self.logging + "\n", *etc, "logging.inc")
        if self.workers:
            scanner = (self.lab.address, self.lab.port())
            self.lab.write(SCANNER % scanner, *etc, "worker-normal.inc")
            self.lab.write(PROXY % (self.address + scanner), *etc, "worker-proxy.inc")

    def start(self):
        if self.output == "syslog":
            self._start_syslog()
        elif self.output == "terminal":
            self._start_terminal()
        else:
            super().start()

    def _start_syslog(self):
        home = self.lab.folder("syslog")
        self.lab.write(RSYSLOG.format(home=home), "syslog", "conf")
        self.daemon = self.lab.start(["rsyslogd", "-n", "-f", os.path.join(home, "conf"), "-i", os.path.join(home, "pid")],
                                     "root", output=os.path.join(home, "out"))
        wait.until("rsyslogd listens", lambda: os.path.exists(os.path.join(home, "socket")))
        super().start(wrap=["unshare", "-m", "sh", "-c", OWN_DEV, "sh", self.lab.path("dev"), os.path.join(home, "socket")])

    def _start_terminal(self):
        master, slave = pty.openpty()
        modes = termios.tcgetattr(slave)
        modes[1] &= ~termios.OPOST  # bytes as they come
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        self._reader = threading.Thread(target=_copy, args=(master, self._path("out")))
        self._reader.start()
        super().start(output=os.ttyname(slave))
        os.close(slave)

    def _paths(self):
        """By the ending of the set's name: where the lines come out."""
        if self.output == "syslog":
            return {"-" + form: self.lab.path("syslog", form) for form in self.forms}
        return {"": self.log if self.output == "file" else self._path("out")}

    def sizes(self):
        """How long the logs are."""
        return {ending: os.path.getsize(path) for ending, path in self._paths().items()}

    def read(self):
        """What is written so far; of several forms, the first."""
        with open(next(iter(self._paths().values())), "rb") as file:
            return file.read()

    def finish(self, begin):
        """Ends rspamd and returns by ending what its workers wrote from `begin` on, whole lines."""
        self.lab.end(self.process)
        if self._reader:
            self._reader.join()
        if self.output == "syslog":
            self.lab.end(self.daemon)
        found = {}
        for ending, path in self._paths().items():
            with open(path, "rb") as file:
                file.seek(begin[ending])
                found[ending] = file.read()
        return found


def _copy(master, path):
    """Until the other end is closed."""
    with open(path, "ab", buffering=0) as file:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            file.write(data)
