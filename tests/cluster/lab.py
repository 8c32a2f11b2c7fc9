# SPDX-License-Identifier: Apache-2.0
"""A private place for one test: a folder, an address with free ports, users, and processes that end with the test."""
import contextlib
import grp
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import wait

REPORT = re.compile(rb"ERROR: (Address|Leak|UndefinedBehavior)Sanitizer|AddressSanitizer:|runtime error:|Assertion")
DELIVER = ("libexec", "bansync", "deliver-alerts")  # bansyncd finds it from its own place
SOCKET_PATH_MAX = 60  # what is left of sun_path's 108 bytes goes to the names below


class Lab:
    """Whatever is started here is ended here, by its own process id.

    As root the parts run as Debian's own users and the agents as nobody, as they would on a mail server; otherwise all
    of them run as the caller. `root` tells which.
    """

    def __init__(self, bin_dir=None):
        os.umask(0o022)
        self.root = os.geteuid() == 0
        self.dir = tempfile.mkdtemp(prefix="bansync-", dir=_base())
        os.chmod(self.dir, 0o755)
        self.processes = []
        self.reports = []  # standard error of the agents
        self.address = "127.%d.%d.%d" % (random.randint(1, 254), random.randint(0, 255), random.randint(1, 254))
        self.ports = set()
        for name in ("bansyncd", "banctl") if bin_dir else ():  # the build's folder may be closed to other users
            self.copy(os.path.join(bin_dir, name), "bin", name)
        if bin_dir:
            self.copy(os.path.join(bin_dir, os.pardir, *DELIVER), *DELIVER)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def copy(self, source, *names):
        os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
        shutil.copy(source, self.path(*names))

    def folder(self, *names, user=None, mode=0o755):
        """Makes the folder, of `user` (default: the caller)."""
        path = self.path(*names)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if user and self.root:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def write(self, text, *names):
        path = self.path(*names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def port(self):
        """A free port of the lab's address, below the range that the kernel gives to outgoing connections."""
        while True:
            port = random.randint(11000, 31000)
            with socket.socket() as probe:
                with contextlib.suppress(OSError):
                    if port not in self.ports:
                        probe.bind((self.address, port))
                        self.ports.add(port)
                        return port

    def command(self, argv, user, groups=()):
        """argv as `user` (with supplementary groups) if we are root, and ended when this program ends."""
        words = ["setpriv", "--pdeathsig", "TERM"]
        if self.root:
            entry = pwd.getpwnam(user)
            words += ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid)]
            ids = ",".join(str(grp.getgrnam(group).gr_gid) for group in groups)
            words += ["--groups", ids] if ids else ["--clear-groups"]
        return words + ["--"] + argv

    def start(self, argv, user, groups=(), output=os.devnull, wrap=()):
        """Starts a process in the background. Only for the main thread: a process ends with the thread it came from.
        wrap: words before the command, which become it in the end."""
        with open(output, "ab") as out:
            process = subprocess.Popen(list(wrap) + self.command(argv, user, groups), cwd=self.dir,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.processes.append(process)
        return process

    def end(self, process, seconds=20):
        """Ends one process: politely, then not. Returns its exit code."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        self.processes.remove(process)
        return process.wait()

    def close(self):
        """Ends what still runs and removes the folder; it stays if BANSYNC_TEST_KEEP is set."""
        for process in reversed(self.processes[:]):
            self.end(process)
        if os.environ.get("BANSYNC_TEST_KEEP"):
            print("kept: %s" % self.dir)
        else:
            shutil.rmtree(self.dir)

    def mistakes(self):
        """What sanitizers and assertions have written, as text; "" if nothing."""
        found = []
        for path in self.reports:
            if os.path.exists(path):
                with open(path, "rb") as file:
                    text = file.read()
                match = REPORT.search(text)
                if match:
                    begin = max(0, match.start() - 200)
                    found.append("%s: %s" % (path, text[begin:begin + 6000].decode("utf-8", "replace")))
        return "\n".join(found)

    def tails(self, lines=8):
        """The end of what the agents wrote."""
        out = []
        for path in self.reports:
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    out.append("--- %s\n%s" % (path, "".join(file.readlines()[-lines:])))
        return "\n".join(out)


def _base():
    """The folder for temporary files, if every user may pass through it."""
    base = os.path.realpath(tempfile.gettempdir())
    path = base
    while path != "/" and os.stat(path).st_mode & 0o001:
        path = os.path.dirname(path)
    return base if path == "/" and len(base) < SOCKET_PATH_MAX else "/tmp"


def _ended(number, _frame):
    raise SystemExit("ended by signal %d" % number)


def run(test):
    """main() of a test: calls test(lab) with a fresh lab; BIN_DIR is the first argument. Ends the program."""
    signal.signal(signal.SIGTERM, _ended)
    begin = time.monotonic()
    lab = Lab(sys.argv[1])
    failed = False
    try:
        test(lab)
        for process in reversed(lab.processes[:]):
            lab.end(process)
        check(lab.mistakes() == "", "a sanitizer or an assertion spoke")
    except (wait.Late, AssertionError, OSError, subprocess.SubprocessError, LookupError, ValueError) as error:
        traceback.print_exc()
        print("%s%s\nFAILED: %s" % (lab.tails(), lab.mistakes(), error), file=sys.stderr)
        failed = True
    finally:
        lab.close()
    print("%.1f s" % (time.monotonic() - begin))
    sys.exit(1 if failed else 0)


def check(condition, text, *values):
    """Fails the test with a text if the condition is not true."""
    if not condition:
        raise AssertionError(text % values if values else text)
