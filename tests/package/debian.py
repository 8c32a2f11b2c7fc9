# SPDX-License-Identifier: Apache-2.0
"""A bare Debian 12 in a folder, from the mirror that this machine uses."""
import os
import re
import shutil
import signal
import subprocess
import time

import wait

SUITE = "bookworm"
FALLBACK = "http://deb.debian.org/debian"
FORMAT = "$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)"
# What its packages need to be tried where systemd does not run.
EXTRA = "systemd-standalone-sysusers,systemd-standalone-tmpfiles"
KEPT_SECONDS = 3600  # the mirror may have changed since


class Unreachable(Exception):
    """There is no mirror."""


def _output(argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def mirrors():
    """[(URI, suite, component)] of this machine's Debian; security updates too."""
    found = []
    for line in _output(["apt-get", "indextargets", "--format", FORMAT, "Created-By: Packages"]).splitlines():
        origin, *rest = line.split(" ")
        if origin == "Debian" and rest[0].startswith(SUITE) and rest[2] == "main":
            found.append((rest[1].rstrip("/"), rest[0], rest[2]))
    return found or [(FALLBACK, SUITE, "main")]


def cgroups():
    """Where the unified cgroup hierarchy is mounted; None if it is not."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        return next((line.split()[1] for line in file if line.split()[2] == "cgroup2"), None)


class Debian:
    """`root` is its folder. Processes run in it by chroot(8), with nothing mounted but /proc, until it is booted.

    `kept` is a file: what is made is packed there, for one more test of the same run to begin with. None: there is none.
    """

    def __init__(self, root, kept=None):
        self.root, self.bootstrap, self.kept = root, None, kept
        self.unpacks = False
        self.enter = ["chroot", root]
        self.cgroup = self.machine = None
        self.mirrors = mirrors()
        self.main = next((uri for uri, suite, _ in self.mirrors if suite == SUITE), FALLBACK)
        self.log = root + ".log"

    def begin(self):
        """Starts to make it. Unreachable if there is no mirror."""
        os.makedirs(self.root)
        probe = subprocess.run(["/usr/lib/apt/apt-helper", "download-file", "%s/dists/%s/Release" % (self.main, SUITE),
                                self.root + ".Release"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               check=False, timeout=60)
        if probe.returncode != 0:
            raise Unreachable("no mirror: %s" % probe.stdout[-300:])
        self.unpacks = self.kept is not None and os.path.exists(self.kept) and (
            time.time() - os.stat(self.kept).st_mtime < KEPT_SECONDS)
        argv = ["debootstrap", "--variant=minbase", "--include=" + EXTRA, SUITE, self.root, self.main]
        if self.unpacks:
            argv = ["tar", "--numeric-owner", "-C", self.root, "-xpf", self.kept]
        with open(self.log, "w", encoding="utf-8") as log:
            self.bootstrap = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self):
        """It is there, and its apt knows the mirror."""
        if self.bootstrap.wait() != 0:
            with open(self.log, encoding="utf-8") as log:
                raise AssertionError("%s: %s" % (self.bootstrap.args[0], log.read()[-2000:]))
        subprocess.run(["mount", "-t", "proc", "proc", self.path("/proc")], check=False)
        if self.unpacks:
            os.unlink(self.kept)
            return
        self.write("/etc/apt/sources.list", "".join("deb %s %s %s\n" % mirror for mirror in self.mirrors))
        settings = [line for line in _output(["apt-config", "dump"]).splitlines()
                    if re.match(r"Acquire::(https?|Check|Retries|ForceIPv)", line)]
        self.write("/etc/apt/apt.conf.d/90host", "\n".join(settings + ['APT::Install-Recommends "false";', ""]))
        for name in ("resolv.conf", "hosts"):
            shutil.copy("/etc/" + name, self.path("/etc/" + name))
        self.run("apt-get -q update")
        if self.kept is not None:
            self.run("apt-get clean")
            part = "%s.%d" % (self.kept, os.getpid())
            subprocess.run(["tar", "--numeric-owner", "--one-file-system", "-C", self.root, "-cf", part, "."], check=True)
            os.rename(part, self.kept)

    def boot(self):
        """Starts its systemd in namespaces of its own; from then on processes run under it, without network."""
        self.cgroup = os.path.join(cgroups(), "bansync-%d-%s" % (os.getppid(), self.root.replace("/", "-")))
        os.mkdir(self.cgroup)
        join = "echo $$ > %s/cgroup.procs; exec " % self.cgroup
        self.machine = subprocess.Popen(
            ["sh", "-c", join + "unshare --mount --pid --fork --kill-child --cgroup --ipc --uts --net --propagation private "
             "\"$0\" \"$@\"", os.path.join(os.path.dirname(os.path.abspath(__file__)), "boot.sh"), self.root],
            stdin=subprocess.DEVNULL)
        wait.until("the first process is there", self.first)
        self.enter = ["nsenter", "--target=" + self.first(), "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--net",
                      "--root", "--wd"]
        wait.until("systemd has started", lambda: subprocess.run(
            self._command(["systemctl", "is-system-running"], None, None), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, check=False).stdout.strip() in ("running", "degraded"))

    def first(self):
        """The process id of its systemd as we see it."""
        if self.machine.poll() is not None:
            raise AssertionError("it did not boot: exit %d" % self.machine.returncode)
        with open("/proc/%d/task/%d/children" % (self.machine.pid, self.machine.pid), encoding="utf-8") as file:
            return file.read().strip()

    def halt(self):
        """Ends what boot started, at once."""
        if self.machine is None:
            return
        first = self.first() if self.machine.poll() is None else ""
        if first:
            os.kill(int(first), signal.SIGKILL)
        self.machine.wait()
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            os.rmdir(folder)
        self.machine, self.enter = None, ["chroot", self.root]

    def path(self, path):
        return self.root + path

    def exists(self, path):
        return os.path.lexists(self.path(path))

    def read(self, path):
        with open(self.path(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8") as file:
            file.write(text)

    def _command(self, command, user, env):
        as_user = ["setpriv", "--reuid=" + user, "--regid=" + user if user != "nobody" else "--regid=nogroup",
                   "--init-groups", "--"] if user else []
        variables = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        variables += ["%s=%s" % (name, value) for name, value in (env or {}).items()]
        return self.enter + as_user + variables + command

    def run(self, command, user=None):
        """A line for its shell, as root or the user. Returns what it printed; AssertionError unless it ends with 0."""
        done = subprocess.run(self._command(["sh", "-c", command], user, None), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
        if done.returncode != 0:
            raise AssertionError("%s: exit %d\n%s" % (command, done.returncode, done.stdout[-3000:]))
        return done.stdout

    def start(self, command, user, env):
        """A program in the background; it ends with us."""
        return subprocess.Popen(self._command(command.split(), user, env), stdin=subprocess.DEVNULL)

    def install(self, package):
        """apt-get install of a file of ours. Returns what apt and dpkg said."""
        os.makedirs(self.path("/package"), exist_ok=True)
        shutil.copy(package, self.path("/package"))
        return self.run("apt-get -q -y install /package/%s 2>&1" % os.path.basename(package))

    def version(self, name):
        return self.run("dpkg-query -W -f '${Version}' %s" % name)
