# SPDX-License-Identifier: Apache-2.0
"""The examples of bansync-protocol(7), word by word, against a real agent: those for a shell need socat and are left out
where it is missing."""
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))

import lab  # noqa: E402
from agent import Agent  # noqa: E402

MANUAL = os.path.join(HERE, "..", "..", "docs", "bansync-protocol.7")
SOCKET = "/run/bansync/control.sock"
SENDER = "203.0.113.7"


def examples():
    """The literal blocks of the section, as a reader sees them."""
    with open(MANUAL, encoding="utf-8") as file:
        section = file.read().split(".Ss Examples\n", 1)[1].split("\n.Sh ", 1)[0]
    return [block.replace("\\e", "\\") for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", section, re.S | re.M)]


def parts(block):
    """The command of a block, and the answer that it shows, as one line a document."""
    end = re.search(r"^\{", block, re.M).start()
    answer = re.sub(r"\n (?=\S)", "", block[end:])
    return block[:end].removeprefix("$ "), answer.splitlines()


def names(text):
    return re.findall(r'"(\w+)":', text)


def compare(shown, line):
    """A shown answer that is cut by "..." has the members it names in its order, and their texts."""
    if "..." not in shown:
        lab.check(json.loads(shown) == json.loads(line), "%s is answered, not %s", line, shown)
        return
    wanted = [name for name in names(shown)]
    lab.check([name for name in names(line) if name in wanted] == wanted, "%s has not the members of %s", line, shown)
    for text in re.findall(r'"\w+":"[^"]*"', shown):
        lab.check(text in line, "%s has not %s", line, text)


def test(place):
    agent = Agent(place, "mx1")
    agent.configure(place.write("", "mx1", "rspamd.log"), [agent])
    agent.start()
    agent.wait_ready()
    blocks = examples()
    lab.check(len(blocks) == 3, "%d examples", len(blocks))
    shells = [block for block in blocks if block.startswith("$ ")]
    for block in blocks:
        lab.check(SOCKET in block, "an example without the socket: %s", block)
        lab.check(agent.ask("ban", SENDER)[0] == 0, "ban")
        if block not in shells:
            run = subprocess.run([sys.executable, "-c", block.replace(SOCKET, agent.socket)], stdout=subprocess.PIPE,
                                 text=True, check=True, timeout=60)
            lab.check(run.stdout == SENDER + "/32\n", "the example in Python prints %r", run.stdout)
            continue
        if not shutil.which("socat"):
            print("left out: there is no socat")
            continue
        command, shown = parts(block)
        run = subprocess.run(["sh", "-c", command.replace(SOCKET, agent.socket)], stdout=subprocess.PIPE, text=True,
                             check=True, timeout=60)
        lines = run.stdout.splitlines()
        lab.check(len(lines) == len(shown), "%s is answered by %s", command, lines)
        for due, line in zip(shown, lines):
            compare(due, line)
    agent.stop()


lab.run(test)
