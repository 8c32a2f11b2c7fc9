# SPDX-License-Identifier: Apache-2.0
"""Hosts of a test: network namespaces on one bridge, whose cables can be pulled."""
import contextlib
import ctypes
import os
import shutil
import subprocess
import sys

SKIPPED = 77
CLONE_NEWNET = 0x40000000
PORT = 11339
PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"

libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print("SKIPPED: %s" % why)
    sys.exit(SKIPPED)


class World:
    """Hosts 1 to count with the addresses 10.77.0.1 and up. Use it in a with statement: the namespaces end with it.

    The bridge has a namespace of its own, so nothing of this is seen by the machine or by another test.
    """

    def __init__(self, count):
        self.count = count
        self.prefix = "bansync-%d-" % os.getpid()
        self.made = []

    def __enter__(self):
        if os.geteuid() != 0:
            skip("network namespaces need root")
        if not shutil.which("ip", path=PATH):
            skip("there is no ip (Debian: iproute2)")
        try:
            self._lay()
        except subprocess.CalledProcessError as error:
            self.__exit__()
            skip("no network namespaces here: %s: %s" % (" ".join(error.cmd), error.stderr.strip()))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in reversed(self.made):
            _ip("netns", "del", name, check=False)
        self.made = []

    def _lay(self):
        self._add("hub")
        self._hub("link", "add", "br0", "type", "bridge")
        self._hub("link", "set", "br0", "up")
        for host in range(1, self.count + 1):
            self._add(str(host))
            self._hub("link", "add", "port%d" % host, "type", "veth", "peer", "name", "eth0", "netns", self.name(host))
            self._hub("link", "set", "port%d" % host, "master", "br0", "up")
            _ip("-n", self.name(host), "link", "set", "lo", "up")
            _ip("-n", self.name(host), "address", "add", "%s/24" % self.address(host), "dev", "eth0")
            _ip("-n", self.name(host), "link", "set", "eth0", "up")

    def _add(self, name):
        _ip("netns", "add", self.prefix + name)
        self.made.append(self.prefix + name)

    def _hub(self, *words):
        _ip("-n", self.prefix + "hub", *words)

    def name(self, host):
        return "%s%d" % (self.prefix, host)

    def address(self, host):
        return "10.77.0.%d" % host

    def endpoint(self, host):
        return "tcp://%s:%d" % (self.address(host), PORT)

    def command(self, host, argv):
        """argv, run on the host; it keeps its process id."""
        return ["ip", "netns", "exec", self.name(host)] + argv

    def pull(self, host, far=True):
        """Takes the link of the host down: at the far end of its cable, or at its own."""
        self._set(host, far, "down")

    def plug(self, host, far=True):
        self._set(host, far, "up")

    def _set(self, host, far, state):
        if far:
            self._hub("link", "set", "port%d" % host, state)
        else:
            _ip("-n", self.name(host), "link", "set", "eth0", state)

    def kernel_bytes(self, host):
        """Bytes that the host's interface has received and sent, as the kernel counts them."""
        files = ["/sys/class/net/eth0/statistics/%s_bytes" % way for way in ("rx", "tx")]
        run = subprocess.run(self.command(host, ["cat"] + files), check=True, stdout=subprocess.PIPE, text=True,
                             env=dict(os.environ, PATH=PATH))
        return sum(int(number) for number in run.stdout.split())

    @contextlib.contextmanager
    def inside(self, host):
        """Sockets that are made in here belong to the host."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        away = os.open("/run/netns/%s" % self.name(host), os.O_RDONLY)
        try:
            _enter(away)
            try:
                yield
            finally:
                _enter(home)
        finally:
            os.close(home)
            os.close(away)


def _enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: %s" % os.strerror(ctypes.get_errno()))


def _ip(*words, check=True):
    subprocess.run(["ip"] + list(words), check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True, env=dict(os.environ, PATH=PATH))
