# SPDX-License-Identifier: Apache-2.0
"""What bansyncd refuses to start with: arguments, configurations, keys."""
import os
import subprocess

import lab
from agent import READS, USER
from daemon_lab import Daemon, run

USAGE, CONFIG = 64, 78
KEY_DEFAULT = "/etc/bansync/node.key"

# Lines of a configuration, and what is said about each.
MISTAKES = [
    ("[node]", None),
    ("name = mx1", None),
    ("listn = tcp://127.0.0.1:11339", "unknown key \"listn\" in [node]; did you mean \"listen\"?"),
    ("listen = 127.0.0.1:11339", "write tcp://HOST:PORT"),
    ("state_dir = state", "an absolute path"),
    ("maxretry = 3", "did you mean \"threshold\" in [detect]?"),
    ("name = mx2", "[node] name is set twice, in lines 2 and 7; keep one of them"),
    ("[detec]", "unknown section \"detec\"; did you mean [detect]?"),
    ("threshold = 3", None),  # of an unknown section: the section is the mistake
    ("[detect]", None),
    ("threshold = 65", "a whole number from 1 to 64"),
    ("window = 10", "a whole number with its unit"),
    ("start_at = middle", "write end or beginning"),
    ("log /var/log/rspamd/rspamd.log", "has no \"=\"; write key = value"),
    ("buckets = " + "x" * 5000, "the line is over 4096 bytes and nothing of it is taken; shorten it"),
    ("[ban]", None),
    ("durations = 1h permanent 4h", "\"permanent\" is not valid; write it as the last one: no ban comes after a permanent one"),
    ("memory = 1s", "write a duration from 1h to 3650d"),
    ("[map]", None),
    ("coalesce = 50ms # often", "comment"),
    ("[never-ban]", None),
    ("net = 203.0.113.5/24", "203.0.113.0/24"),
    ("net = 203.0.113.300", "203.0.113.300"),
    ("net = 0.0.0.0/0", "/8"),
    ("[cluster]", None),
    ("peer = mx2 tcp://127.0.0.1:11340 abc", "write the public key, 44 characters"),
    ("peer = mx2", "write LABEL tcp://HOST:PORT PUBLICKEY"),
    ("[control]", None),
    ("socket = /tmp/" + "x" * 120, "the path is over 107 bytes; write a shorter one"),
    ("admin_group =", "no value; write one behind \"=\" or remove the line"),
    ("[log]", None),
    ("level = loud", "write error, warning, notice, info or debug"),
]


def bansyncd(place, *words):
    return run(place.command([place.path("bin", "bansyncd")] + list(words), USER, READS))


def both(place, config, wanted, code=CONFIG):
    """--check-config and a start must both end with the code and say the same, in which all wanted texts are."""
    said = set()
    for words in (["--check-config"], ["--foreground"]):
        output = bansyncd(place, "--config", config, *words)
        lab.check(output.code == code, "%s: exit %d, wanted %d: %s", words, output.code, code, output.err)
        lab.check(output.out == "", "%s: on standard output: %s", words, output.out)
        said.add(output.err.replace("bansyncd: ", ""))
        for text in wanted:
            lab.check(text in output.err, "no \"%s\" in: %s", text, output.err)
    lab.check(len(said) == 1, "check and start differ: %s", said)
    return said.pop()


def test_arguments(place, _template):
    """The exit codes of --version, --help and of what is unknown."""
    yield from ()
    version, usage = bansyncd(place, "--version"), bansyncd(place, "--help")
    lab.check(version.code == 0 and version.out.startswith("bansyncd ") and version.err == "", "--version: %s", version)
    lab.check(usage.code == 0 and "--check-config" in usage.out and usage.err == "", "--help: %s", usage)
    for words in (["--bogus"], ["operand"], ["--config"], ["--check-config=yes"]):
        output = bansyncd(place, *words)
        lab.check(output.code == USAGE and output.out == "" and "usage: bansyncd" in output.err, "%s: %s", words, output)
    version = bansyncd(place, "--version").out.split()[1]
    for words in ([], [version], [version + "1"]):
        output = subprocess.run([place.path(*lab.DELIVER)] + words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        lab.check(output.returncode == USAGE and "is for bansyncd %s itself" % version in output.stderr, "deliver-alerts: %s", output)


def test_mistakes(place, _template):
    """All mistakes of all files are told at once, each with file, line, what is wrong and what to do; exit 78."""
    yield from ()
    config = place.write("\n".join(line for line, _ in MISTAKES) + "\n", "mistakes", "bansync.conf")
    other = place.write("[detect]\n\nwindow = 13h\n", "mistakes", "conf.d", "10-window.conf")
    place.write("nonsense\n", "mistakes", "conf.d", ".hidden.conf")
    place.write("nonsense\n", "mistakes", "conf.d", "backup.conf.bak")
    said = both(place, config, ["%s:3: [detect] window: \"13h\" is not valid; write a duration from 1s to 12h" % other])
    rows = said.splitlines()
    for number, (_, text) in enumerate(MISTAKES, 1):
        found = [row for row in rows if row.startswith("%s:%d: " % (config, number))]
        lab.check(len(found) == (text is not None), "line %d: %s", number, found)
        lab.check(text is None or text in found[0], "line %d: no \"%s\" in %s", number, text, found)
    lab.check(len(rows) == 1 + sum(text is not None for _, text in MISTAKES), "what else is said: %s", said)


def test_files(place, _template):
    """A file that cannot be read, a directory and a file that is not there: exit 78, named."""
    yield from ()
    secret = place.write("[node]\nname = mx1\n", "files", "secret.conf")
    os.chmod(secret, 0)
    both(place, secret, ["%s: cannot be opened: Permission denied; " % secret])
    both(place, place.path("files"), ["%s: is a directory; name a regular file" % place.path("files")])
    both(place, place.path("files", "none.conf"), ["none.conf: cannot be opened: No such file or directory; "])
    config = place.write("[node]\nname = mx1\n", "files", "bansync.conf")
    os.makedirs(place.path("files", "conf.d", "dir.conf"))
    both(place, config, ["conf.d/dir.conf: is a directory; "])


def test_needs_key(place, template):
    """Without a key a node neither listens beyond loopback nor has peers: exit 78, and nothing was made."""
    yield from ()
    agent = Daemon(place, "nokey", template)
    key = os.path.join(agent.home, "no.key")
    for endpoint in ("tcp://203.0.113.1:11339", "tcp://*:11339", "tcp://[2001:db8::1]:11339", "tcp://127.example.org:11339"):
        agent.set("node", listen=endpoint, key=key)
        both(place, agent.config, [key, "banctl keygen --out %s" % key])
    if not os.path.exists(KEY_DEFAULT):
        agent.set("node", key=None)
        both(place, agent.config, [KEY_DEFAULT, "banctl keygen --out %s" % KEY_DEFAULT])
    agent.set("node", listen=None, key=key)
    agent.set("cluster", peer=["mx2 tcp://127.0.0.1:11339 " + agent.key])
    both(place, agent.config, [key, "banctl keygen --out %s" % key])
    lab.check(os.listdir(os.path.join(agent.home, "state")) == [], "the state directory is not empty")
    lab.check(not os.path.exists(agent.map) and not os.path.exists(agent.socket), "a map or a socket was made")


def test_key_file(place, template):
    """A key that others can read is refused, and so is a file that is no key; its group may read it."""
    yield from ()
    agent = Daemon(place, "keymode", template)
    path = agent.options["node"]["key"]
    agent.meet([agent])
    for mode in (0o644, 0o604, 0o602):
        os.chmod(path, mode)
        both(place, agent.config, [path + ": is open to others (mode %04o)" % mode, "chmod o= "])
    for mode in (0o640, 0o600, 0o400):
        os.chmod(path, mode)
        output = agent.once("--check-config")
        lab.check((output.code, output.err) == (0, "") and "no mistakes" in output.out, "mode %o: %s", mode, output)
    with open(path, encoding="utf-8") as file:
        secret = file.read().strip()
    os.chmod(path, 0o600)
    for text in ("", "no key\n", secret + "\n" + secret + "\n", secret[:-1] + "\n"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        said = both(place, agent.config, [path + ": does not hold one key of 44 characters", "banctl keygen"])
        lab.check(secret[:20] not in said, "the secret is told: %s", said)


PARTS = (test_arguments, test_mistakes, test_files, test_needs_key, test_key_file)
