# SPDX-License-Identifier: Apache-2.0
"""The exit codes of banctl, each with the commands that end with it: one agent that is real, and has a peer that is not
there. The codes are those of control.h, and none is left out."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))

import lab  # noqa: E402
import wait  # noqa: E402
from agent import Agent  # noqa: E402

CONTROL = os.path.join(HERE, "..", "..", "include", "bansync", "control.h")
STRANGER = "daemon"  # a user of every Debian, member of none of our groups


class Desk:
    def __init__(self, place):
        self.place, self.seen = place, {}
        self.agent = Agent(place, "mx1")
        absent = Agent(place, "mx2")
        self.agent.configure(place.write("", "mx1", "rspamd.log"), [self.agent, absent])
        self.agent.start()
        self.agent.wait_ready()

    def run(self, *words, socket=None, text=None, output=subprocess.DEVNULL, user=None):
        argv = [self.place.path("bin", "banctl"), "--socket", socket or self.agent.socket, *words]
        if user:
            argv = self.place.command(argv, user)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
        run = subprocess.run(argv, input=text, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                             env=environment)
        lab.check(not lab.REPORT.search(run.stderr.encode()), "%s: %s", words, run.stderr)
        return run

    def expect(self, code, *words, said="", **options):
        """It ends with that code, and says so on standard error."""
        run = self.run(*words, **options)
        lab.check(run.returncode == code, "%s: exit %d, not %d: %s", " ".join(words), run.returncode, code, run.stderr)
        lab.check(said in run.stderr, "%s does not say %r: %s", " ".join(words), said, run.stderr)
        self.seen.setdefault(code, []).append(words[0])


def wanted():
    with open(CONTROL, encoding="utf-8") as file:
        text = re.search(r"enum exit_code \{(.*?)\};", file.read(), re.S)[1]
    return {int(code) for code in re.findall(r"= (\d+)", text)}


def test(place):
    desk = Desk(place)
    bad = place.write("[node]\nnaem = mx1\n", "bad.conf")
    commands = desk.run("--help", output=subprocess.PIPE).stdout
    desk.expect(0, "list")
    desk.expect(0, "config", "show")
    desk.expect(1, "check", "203.0.113.99")
    desk.expect(1, "show", "203.0.113.99")
    desk.expect(1, "map", "discard", said="no entries")
    desk.expect(2, "lst", said='unknown command "lst"; did you mean "list"?')
    desk.expect(2, "config", "shwo", said='did you mean "config show"?')
    desk.expect(2, "list", "--jsno", said='unknown option "--jsno"; did you mean "--json"?')
    desk.expect(2, "ban", "203.0.113.300", said='"203.0.113.300" is not an IP address or network')
    desk.expect(2, "replay", "/nonexistent", said="cannot read")
    desk.expect(3, "list", socket=place.path("none.sock"), said="no such file\n  is it running?  systemctl status bansyncd")
    desk.expect(3, "doctor", socket=place.path("none.sock"))
    desk.expect(5, "ban", "127.0.0.1", said="refusing to ban 127.0.0.1")
    desk.expect(5, "ban", "10.0.0.0/8", said="wider than /24 ([ban] max_prefix4)\n  if you mean it: banctl ban 10.0.0.0/8 --socket %s --force" %
                desk.agent.socket)
    desk.expect(5, "config", "check", bad, said="%s:2: unknown key" % bad)
    desk.expect(5, "config", "init", "--out", bad, said="is left as it is")
    desk.expect(0, "status", output=subprocess.DEVNULL)  # its peer may still come
    wait.until("it does not come", lambda: desk.run("status").returncode == 6)
    desk.expect(6, "status", output=subprocess.DEVNULL)
    if "\n  import" in commands:
        desk.expect(7, "import", "-", text="203.0.113.20\nnonsense\n")
    with open("/dev/full", "w", encoding="utf-8") as full:
        desk.expect(8, "status", output=full, said="cannot write the output")
    desk.expect(2, "keygen", "--out", place.path("none", "node.key"), said="cannot write")
    if place.root:
        desk.expect(4, "list", user=STRANGER, said="permission denied")
    missing = wanted() - set(desk.seen)
    allowed = set() if place.root else {4}
    if "\n  import" not in commands:
        allowed.add(7)  # reserved for it
    lab.check(missing <= allowed, "nothing ends with %s", missing)
    print(", ".join("%d: %s" % (code, " ".join(sorted(set(words)))) for code, words in sorted(desk.seen.items())))
    wait.until("a clean end", lambda: desk.agent.process.poll() is None)
    desk.agent.stop()


lab.run(test)
