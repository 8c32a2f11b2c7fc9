# SPDX-License-Identifier: Apache-2.0
"""banctl top on a pseudo terminal that is its own: what it draws, that it follows the window, and that the terminal is as it
was whatever ends or stops it. The agent is one of this test that answers as often as it is asked.

usage: top.py BIN_DIR
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata

BANCTL = os.path.join(os.path.realpath(sys.argv[1]), "banctl")
TAKE, GIVE, CLEAR = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l", "\x1b[H\x1b[2J"
COLOR = re.compile("\x1b\\[[0-9;]*m")
LATE_S = 60  # to give up; nothing is measured

failures = 0


def check(condition, what, *values):
    global failures
    if not condition:
        failures += 1
        print("FAILED %s: %s" % (what, " ".join(repr(value) for value in values)))


def sender(number, **members):
    return dict({"net": "203.0.113.%d/32" % number, "count": 7, "threshold": 10, "hits": 7, "messages": 2,
                 "last": "2026-11-23T09:42:00Z", "nodes": {"mx1": 4, "mx2": 3}, "accounts": ["bob@example.org"],
                 "cover": None, "allowed": False}, **members)


class Fake:
    """An agent that tells the senders it is given, as many as are asked for; with `senders` None it never answers."""

    def __init__(self, folder, senders):
        self.path = os.path.join(folder, "control.sock")
        self.senders, self.error = senders, None
        self.limits = []
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.open = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            request = json.loads(connection.makefile().readline())
            if self.senders is None:
                self.open.append(connection)
            else:
                connection.sendall(self.answer(request).encode())
                connection.close()
            self.limits.append(request.get("limit"))

    def answer(self, request):
        if self.error:
            return json.dumps({"error": self.error}) + "\n"
        told = self.senders[:request.get("limit", 20)]
        result = {"schema": "banctl.top/1", "exit": 0, "total": len(self.senders), "limit": 20, "threshold": 10,
                  "counts": "hits", "window_ms": 600000, "node": "mx1"}
        return "".join(json.dumps({"item": one}) + "\n" for one in told) + json.dumps({"result": result}) + "\n"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.open:
            connection.close()


class Terminal:
    """A pseudo terminal and the program that it is the controlling terminal of."""

    def __init__(self, argv, fake, rows=24, columns=80, term="xterm", **streams):
        self.outside, self.inside = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.inside)
        variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "BANCTL_SOCKET")}
        variables.update({"BANCTL_SOCKET": fake.path, "LC_ALL": "C"}, **({"TERM": term} if term else {}))
        self.text = ""
        streams = dict({"stdin": self.inside, "stdout": self.inside, "stderr": self.inside}, **streams)
        self.process = subprocess.Popen(argv, env=variables, start_new_session=True, preexec_fn=self.become, **streams)

    def become(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        fcntl.ioctl(self.inside, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.outside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, wait_s):
        if select.select([self.outside], [], [], wait_s)[0]:
            self.text += os.read(self.outside, 65536).decode("utf-8", "replace")

    def until(self, what, condition):
        """Reads until the condition is true."""
        end = time.monotonic() + LATE_S
        while not condition():
            if time.monotonic() > end:
                check(False, "waited in vain: %s" % what, self.text[-600:])
                self.process.kill()
                return False
            self.read(0.01)
        return True

    def frames(self):
        """The pages drawn so far; the last one may not be whole."""
        return self.text.split(CLEAR)[1:]

    def drawn(self, count=1, ask=True):
        """Waits for that many whole pages: one more has begun, which is asked for."""
        self.until("%d pages" % count, lambda: len(self.frames()) >= count)
        if ask:
            self.process.send_signal(signal.SIGWINCH)
        self.until("%d whole pages" % count, lambda: len(self.frames()) > count)
        return self.frames()[count - 1]

    def keys(self, text):
        os.write(self.outside, text.encode())

    def modes(self):
        return termios.tcgetattr(self.inside)

    def ended(self):
        """Its exit code, and all that was written."""
        self.until("it ends", lambda: self.process.poll() is not None)
        code = self.process.wait()
        self.read(0)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.inside)
        os.close(self.outside)

    def is_as_before(self, what, given=True):
        """The terminal's modes are those of before, and its page is given back."""
        check(self.modes() == self.before, "%s: modes" % what, self.modes(), self.before)
        if given:
            check(self.text.count(TAKE) > 0 and self.text.rindex(GIVE) > self.text.rindex(TAKE), "%s: the screen" % what,
                  self.text[-300:])


@contextlib.contextmanager
def running(folder, senders, *words, **options):
    fake = Fake(folder, senders)
    argv = options.pop("argv", [BANCTL, "top"] + list(words))
    terminal = Terminal(argv, fake, **options)
    try:
        yield terminal, fake
    finally:
        terminal.close()
        fake.close()


def lines_of(frame):
    return COLOR.sub("", frame).replace("\r\n", "\n").split("\n")


def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def fits(frame, rows, columns, what):
    found = lines_of(frame)
    check(len(found) <= rows, "%s: %d lines of %d" % (what, len(found), rows), found)
    check(all(width(line) <= columns for line in found[1:]), "%s: too wide for %d" % (what, columns), found)


MANY = [sender(number) for number in range(1, 101)]


def test_page(folder):
    """A page: the summary, titles and as many senders as fit; it comes again by itself; q ends it."""
    with running(folder, MANY) as (terminal, fake):
        frame = terminal.drawn()
        fits(frame, 24, 80, "the first page")
        found = lines_of(frame)
        check(found[0] == "mx1: 21 of 100 senders that approach the threshold of 10 hits within 10m", "the summary", found[0])
        check(found[1].split() == "SENDER COUNT HITS MESSAGES LAST NODES ACCOUNTS".split(), "titles", found[1])
        check(found[2].split()[:4] == ["203.0.113.1", "7", "of", "10"] and len(found) == 24 and found[23] == "", "rows", found)
        check(fake.limits[:1] == [21], "asked for", fake.limits)
        check(terminal.text.startswith(TAKE + CLEAR), "it takes the screen", terminal.text[:80])
        check(not terminal.modes()[3] & (termios.ICANON | termios.ECHO), "keys", terminal.modes())
        terminal.drawn(2, ask=False)
        terminal.keys("x")
        terminal.drawn(len(terminal.frames()) + 1)
        terminal.keys("q")
        check(terminal.ended() == 0, "q", terminal.process.returncode)
        terminal.is_as_before("q")
        check(terminal.text.endswith(GIVE), "nothing is left behind", terminal.text[-80:])


def test_size(folder):
    """Another size of the window is followed, whatever it is."""
    with running(folder, MANY) as (terminal, fake):
        terminal.drawn()
        for rows, columns in ((10, 60), (50, 200), (5, 30), (3, 20), (2, 20), (24, 80)):
            terminal.resize(rows, columns)
            wanted = max(rows - 3, 1)
            terminal.until("a question for %d" % wanted, lambda: fake.limits[-1] == wanted)
            seen = len(terminal.frames())
            terminal.drawn(seen + 1)
            frame = terminal.frames()[seen]
            check(len(lines_of(frame)) <= rows, "%d lines" % rows, lines_of(frame))
            if columns >= 30:
                fits(frame, rows, columns, "%dx%d" % (rows, columns))
            check("203.0.113.1 " in COLOR.sub("", frame), "the first sender at %dx%d" % (rows, columns), frame)
        terminal.keys("q")
        check(terminal.ended() == 0, "q", terminal.process.returncode)


def test_limit(folder):
    """--limit: so many, but never more than fit."""
    for limit, wanted in ((5, 5), (500, 21)):
        with running(folder, MANY, "--limit", str(limit)) as (terminal, fake):
            fits(terminal.drawn(), 24, 80, "--limit %d" % limit)
            check(fake.limits[0] == wanted, "--limit %d" % limit, fake.limits)
            terminal.keys("q")
            terminal.ended()


def test_endings(folder):
    """Whatever ends it gives the terminal back first, and ends it as it would any program."""
    for key, number in (("\x03", signal.SIGINT), ("\x1c", signal.SIGQUIT), (None, signal.SIGTERM), (None, signal.SIGHUP),
                        (None, signal.SIGABRT), (None, signal.SIGPIPE)):
        with running(folder, MANY) as (terminal, _):
            terminal.drawn()
            if key:
                terminal.keys(key)
            else:
                terminal.process.send_signal(number)
            check(terminal.ended() == -number, "%s" % number, terminal.process.returncode)
            terminal.is_as_before(str(number))


def test_silence(folder):
    """An agent that does not answer holds up nobody who has seen enough."""
    with running(folder, None) as (terminal, fake):
        terminal.until("it asks", lambda: fake.limits != [])
        terminal.process.send_signal(signal.SIGTERM)
        check(terminal.ended() == -signal.SIGTERM, "SIGTERM", terminal.process.returncode)
        terminal.is_as_before("an agent that hangs")
    with running(folder, None, "--timeout", "1") as (terminal, _):
        check(terminal.ended() == 3, "a timeout", terminal.process.returncode)
        terminal.is_as_before("a timeout")
        check("did not answer within 1 s" in terminal.text.split(GIVE)[-1], "is told where it stays", terminal.text)


def test_errors(folder):
    """An error is told on the screen that stays."""
    with running(folder, MANY) as (terminal, fake):
        terminal.drawn()
        fake.error = {"code": "permission", "exit": 4, "message": "permission denied: \"top\" needs the role read", "hint": "ask"}
        check(terminal.ended() == 4, "permission", terminal.process.returncode)
        terminal.is_as_before("permission")
        check("permission denied" in terminal.text.split(GIVE)[-1], "permission", terminal.text[-300:])
    with running(folder, MANY) as (terminal, fake):
        terminal.drawn()
        os.unlink(fake.path)
        check(terminal.ended() == 3, "no agent", terminal.process.returncode)
        terminal.is_as_before("no agent")
        check("cannot reach the agent" in terminal.text.split(GIVE)[-1], "no agent", terminal.text[-300:])


def test_stop(folder):
    """Ctrl-Z gives the terminal to the shell, and fg takes it again."""
    with running(folder, MANY, argv=["bash", "--norc", "--noprofile", "-i"], term="xterm") as (terminal, _):
        terminal.keys("PS1='ready''> '; %s top\n" % BANCTL)
        terminal.drawn(ask=False)
        terminal.keys("\x1a")
        terminal.until("the shell is back", lambda: "Stopped" in terminal.text.split(TAKE)[-1])
        check(GIVE in terminal.text, "the screen is given back", terminal.text[-300:])
        terminal.keys("stty -a; echo END''ED\n")
        terminal.until("the modes", lambda: "ENDED" in terminal.text)
        modes = terminal.text.split("Stopped")[-1]
        check(re.search(r"[ ;]icanon", modes) and re.search(r" echo ", modes), "modes while it is stopped", modes)
        seen = len(terminal.frames())
        terminal.keys("fg\n")
        terminal.until("it goes on", lambda: len(terminal.frames()) > seen + 1)
        check(terminal.text.count(TAKE) >= 2 and not terminal.modes()[3] & termios.ICANON, "taken again", terminal.text[-300:])
        terminal.keys("q")
        terminal.until("the shell is back", lambda: "ready>" in terminal.text.split(GIVE)[-1])
        terminal.keys("echo CODE$?\n")
        terminal.until("the exit code", lambda: "CODE0" in terminal.text)
        terminal.keys("exit\n")
        terminal.ended()


def test_background(folder):
    """In the background the terminal is not its own: it waits there, and can be ended."""
    with running(folder, MANY, argv=["bash", "--norc", "--noprofile", "-i"], term="xterm") as (terminal, _):
        terminal.keys("PS1='ready''> '; %s top\n" % BANCTL)
        terminal.drawn(ask=False)
        terminal.keys("\x1a")
        terminal.until("the shell is back", lambda: "Stopped" in terminal.text.split(GIVE)[-1])
        terminal.keys("set -b; bg\n")
        terminal.until("it is stopped again", lambda: terminal.text.count("Stopped") == 2)
        terminal.keys("kill %1\n")
        terminal.until("it ends", lambda: "Terminated" in terminal.text)
        terminal.keys("exit\n")
        terminal.ended()


def test_continue(folder):
    """A stop that nobody could tell it of: it takes the terminal again when it goes on."""
    with running(folder, MANY) as (terminal, _):
        terminal.drawn()
        terminal.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOWAIT)
        termios.tcsetattr(terminal.inside, termios.TCSANOW, terminal.before)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.until("taken again", lambda: terminal.text.count(TAKE) == 2)
        seen = len(terminal.frames())
        terminal.drawn(seen + 1)
        check(not terminal.modes()[3] & (termios.ICANON | termios.ECHO), "keys", terminal.modes())
        terminal.keys("q")
        check(terminal.ended() == 0, "q", terminal.process.returncode)
        terminal.is_as_before("q after a stop")


def test_ignored(folder):
    """What is ignored, as by nohup, stays so."""
    argv = [sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1],"
                                  " sys.argv[1:])", BANCTL, "top"]
    with running(folder, MANY, argv=argv) as (terminal, _):
        terminal.drawn()
        terminal.process.send_signal(signal.SIGHUP)
        terminal.drawn(len(terminal.frames()) + 1)
        terminal.keys("q")
        check(terminal.ended() == 0, "SIGHUP was ignored", terminal.process.returncode)


def test_gone(folder):
    """A terminal that goes away takes it along."""
    fake = Fake(folder, MANY)
    terminal = Terminal([BANCTL, "top"], fake)
    terminal.drawn()
    os.close(terminal.inside)
    os.close(terminal.outside)
    code = terminal.process.wait(LATE_S)
    check(code == -signal.SIGHUP, "hung up", code)
    fake.close()


def test_no_keys(folder):
    """Without a terminal to type on it still goes on, until a signal."""
    with running(folder, MANY, stdin=subprocess.DEVNULL) as (terminal, _):
        terminal.drawn(2)
        terminal.process.send_signal(signal.SIGTERM)
        check(terminal.ended() == -signal.SIGTERM, "SIGTERM", terminal.process.returncode)
        terminal.is_as_before("without keys")


def test_once(folder):
    """Once: with --once, --json, TERM=dumb, without TERM, and where output is no terminal."""
    for words, term, limit in ((["--once"], "xterm", 21), ([], "dumb", 21), ([], None, 21), (["--once", "--limit=50"], "xterm", 50),
                               (["--json"], "xterm", None), (["--json", "--limit=3"], "xterm", 3)):
        with running(folder, MANY, *words, term=term) as (terminal, fake):
            check(terminal.ended() == 0 and fake.limits == [limit], "%s with %s" % (words, term), fake.limits)
            check(TAKE not in terminal.text and CLEAR not in terminal.text and terminal.modes() == terminal.before,
                  "%s with %s" % (words, term), terminal.text[:100])
            check(terminal.text.count("203.0.113.") == (limit or 20), "%s with %s" % (words, term), terminal.text)
    with running(folder, MANY, stdout=subprocess.PIPE) as (terminal, fake):
        out = terminal.process.stdout.read().decode()
        check(terminal.ended() == 0 and fake.limits == [None] and len(out.splitlines()) == 21, "in a pipe", out)
        check("20 of 100 senders" in terminal.text, "in a pipe", terminal.text)


def test_harmless(folder):
    """Nothing a sender controls reaches the terminal raw, and no row is more than a line."""
    bad = ["\x1b[2J\x1b]0;x\x07", "a\u202eb\u009b31m", "line\u2028break\r\n\t\x7f", "日本語" * 40, "x" * 300, "\u0378\ufeff\u200b"]
    senders = [sender(number + 1, accounts=[text, text], nodes={text: 1}) for number, text in enumerate(bad)]
    for columns in (80, 40, 200):
        with running(folder, senders, columns=columns) as (terminal, _):
            frame = terminal.drawn()
            found = lines_of(frame)
            check(len(found) == len(bad) + 3, "a line each at %d" % columns, found)
            fits(frame, 24, columns, "hostile at %d" % columns)
            raw = [c for c in "".join(found) if unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in "\u202e\u009b"]
            check(raw == [], "raw bytes at %d" % columns, raw)
            terminal.keys("q")
            terminal.ended()


def test_colors(folder):
    """Red is who may be banned by the next hit, yellow who is half way."""
    senders = [sender(1, count=9), sender(2, count=8), sender(3, count=5), sender(4, count=4)]
    with running(folder, senders) as (terminal, _):
        frame = terminal.drawn()
        found = re.findall("(?:\x1b\\[(\\d+)m)?(\\d) of 10", frame.split("\n", 1)[1])
        check([color for color, _ in found] == ["31", "33", "33", ""], "colors", found, frame)
        terminal.keys("q")
        terminal.ended()


def test_watch(folder):
    """watch: Ctrl-C is how it ends, also before anything happened; it takes no screen."""
    with running(folder, None, argv=[BANCTL, "watch"]) as (terminal, fake):
        terminal.until("it asks", lambda: fake.limits)
        terminal.keys("\x03")
        check(terminal.ended() == 0, "Ctrl-C", terminal.process.returncode)
        terminal.is_as_before("Ctrl-C", given=False)
        check(TAKE not in terminal.text and "banctl:" not in terminal.text, "nothing but ^C", terminal.text)


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as why:
        print("skipped: %s" % why)
        return False
    return True


def main():
    folder = tempfile.mkdtemp(prefix="bansync-")
    wanted = os.environ.get("PARTS", "").split()
    tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]
    tests = [test for test in tests if not wanted or test.__name__ in wanted]
    try:
        for test in tests:
            test(folder)
    finally:
        shutil.rmtree(folder)
    print("%d parts, %d checks failed" % (len(tests), failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main() if has_terminals() else 77)
