# SPDX-License-Identifier: Apache-2.0
"""Export and import of accounts: what goes out comes back, whatever the names are, into maps that are the same bytes."""
import os
import subprocess
import time

import lab
from accounts_lab import Accounts, in_files, named, says, several, told
from accounts_rspamd import ODD, UNTOLD
from command_cluster import begin, stop
from daemon_lab import until

NIGHTLY = bool(os.environ.get("BANSYNC_NIGHTLY"))
MANY = 100000 if NIGHTLY else 3000
BOTH, ONE_A_LINE = ("csv", "json"), ("plain", "map")
# Beside those that rspamd finds odd: what lists and terminals have a meaning for.
ODDER = ["account", "ip", "\\xff", "\\x80", "\\x8", "\\\\", "a\\\\b\\", "{", "[1]", "<\u202ertl>", "c1\u0085", "null", "0", "-", "--accounts",
         "net,until", ";", "#", "' '", "a,\"b\"", "'quoted'", "\u00c4\u00d6", "n" * 127, "\udc80" * 127, "2001:db8::1", "192.0.2.0/24"]


def canonical(name):
    """Its ASCII letters in lower case."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


NAMES = sorted({canonical(name) for name in ODD + UNTOLD + ODDER})


def data(place, content, name):
    """A file with these bytes."""
    path = place.path(name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def output(agent, *words, data=None):
    """banctl WORDS, with data on standard input: exit code, standard output, standard error, as bytes."""
    run = subprocess.run([agent.lab.path("bin", "banctl"), "--socket", agent.socket] + list(words), input=data, timeout=120,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    lab.check(b"Sanitizer" not in run.stderr and b"runtime error" not in run.stderr, "%s", run.stderr)
    return run.returncode, run.stdout, run.stderr


def export(agent, *words, err=b""):
    code, out, found = output(agent, "export", *words)
    lab.check(code == 0 and found == err, "export %s: %d %s", words, code, found)
    return out


def files(agent):
    """Both maps as they are."""
    with open(agent.map, "rb") as file:
        return file.read(), agent.users_bytes()


def empty(agent):
    says(agent, 0, "unban", "--all", "--yes")
    return until("nothing is banned", lambda: agent.banned() == [] and agent.users() == [])


def bans(agent):
    """Bans of each kind: by hits, by operators, for a time, with reasons and without."""
    addresses = ["203.0.113.%d" % number for number in range(1, 4)]
    agent.hits("hits@example.org", *addresses)
    for first in range(0, len(NAMES), 8):
        told(agent, 0, "ban", *named(*NAMES[first:first + 8]), "--reason", "odd, \"%d\"" % first,
             *(["--for", "1h"] if first % 16 else ["--permanent"]))
    told(agent, 0, "ban", "198.51.100.0/24", "2001:db8:7::1", "--for", "2h")


def test_round_trip(place, template):
    """Every format that can say an account: an export goes into an empty node, whose maps and exports are the same bytes."""
    one, two = agents = several(place, template, "from1", "from2")
    other = Accounts(place, "into", template)
    yield from begin(agents)
    yield from other.begin()
    bans(one)
    total = len(NAMES) + 1
    yield until("all are banned", lambda: len(told(one, 0, "list", "--accounts")["bans"]) == total)
    unsaid = one.status()["user_map"]["untold"]
    lab.check(unsaid >= len(UNTOLD), "%d", unsaid)
    yield until("their files are the same", lambda: files(one) == files(two))
    wanted = files(one)
    before = {name: export(one, "--format", name) for name in BOTH}
    for name in BOTH:
        answer = told(other, 0, "import", data(place, before[name], "both." + name), "--yes")
        lab.check((answer["format"], answer["banned"], answer["accounts"], answer["rejected"]) == (name, total + 2, total, []), "%s", answer)
        yield until("its files are the same", lambda: files(other) == wanted)
        for again in BOTH:
            lab.check(export(other, "--format", again) == before[again], "%s by %s", again, name)
        answer = told(other, 0, "import", place.path("both." + name), "--yes")
        lab.check((answer["banned"], answer["already_banned"]) == (0, total + 2), "again: %s", answer)
        yield empty(other)
    yield from alone(place, one, other, total, unsaid)
    left = b"%d banned accounts are not in it: banctl export --accounts\n" % total
    for name in ONE_A_LINE:
        out = export(one, "--format", name, err=left)
        lab.check(b"@" not in out and b"198.51.100.0/24" in out, "%s: %s", name, out)
    other.stop()
    stop(agents)


def alone(place, one, other, total, unsaid):
    """Accounts alone, in every format."""
    first = b"%d accounts are not in it: no line of a user map says them; csv can\n" % unsaid
    for name in BOTH + ONE_A_LINE:
        out = export(one, "--accounts", "--format", name, err=first if name == "map" else b"")
        lab.check(b"198.51.100.0/24" not in out, "%s: %s", name, out)
        if name == "map":
            lab.check(out == one.users_bytes(), "the map is another one than the file: %s", out)
        words = ["--accounts"] if name in ONE_A_LINE else []
        code, text, err = output(other, "import", "-", "--yes", *words, data=out)
        count = total - unsaid if name == "map" else total
        lab.check(code == 0 and b"standard input, %s: %d banned (accounts)" % (name.encode(), count) in text, "%s: %d %s %s", name, code, text, err)
        yield until("its file is the same", lambda: other.users_bytes() == one.users_bytes())
        lab.check(export(other, "--accounts", "--format", name) == out or name in BOTH, "%s is another one", name)
        lab.check(other.banned() == [], "addresses are banned")
        yield empty(other)
    both = data(place, export(one), "whole.csv")
    answer = told(other, 0, "import", both, "--accounts", "--yes")
    lab.check((answer["banned"], answer["accounts"], answer["left_out"]) == (total, total, 2), "%s", answer)
    yield until("its file is the same", lambda: other.users_bytes() == one.users_bytes())
    yield empty(other)


def test_guards(place, template):
    """What ban would refuse is told by its line, and the rest banned on all nodes; the user map has a bound, too; nothing is guessed."""
    one, two = agents = several(place, template, "bound1", "bound2")
    one.set("map", max_entries=4)
    one.set("never-ban", account=["root"])
    yield from begin(agents)
    names = data(place, b"bob@example.org\nRoot\na\tb\n192.0.2.7\n  # none\n", "guards.names")
    answer = told(one, 7, "import", names, "--dry-run")
    lab.check((answer["banned"], answer["accounts"], answer["rejected_count"]) == (1, 0, 3), "guessed: %s", answer)
    answer = told(one, 7, "import", names, "--accounts", "--for", "1h", "--reason", "a list")
    lab.check((answer["banned"], answer["accounts"], answer["confirmed"]) == (2, 2, 2), "%s", answer)
    lab.check([(row["line"], row["code"]) for row in answer["rejected"]] == [(2, "refused_protected"), (3, "bad_account")], "%s", answer)
    yield in_files(agents, "192.0.2.7", "bob@example.org")
    lab.check(two.banned() == [], "an address is banned")
    row = told(two, 0, "history")["entries"][0]
    lab.check((row["action"], row["subjects"], row["reason"]) == ("import", 2, "a list"), "%s", row)
    told(one, 0, "ban", *named(" no line says it"))
    for words in (["import", data(place, b"c\nd\n", "guards.many"), "--accounts"], ["ban", *named("c", "d")]):
        answer = told(one, 5, *words)
        lab.check(answer["error"]["code"] == "refused_full" and "the user map" in answer["error"]["message"], "%s: %s", words, answer)
    told(one, 0, "ban", "198.51.100.1", "198.51.100.2", "198.51.100.3", *named("c"))
    yield until("the bound is told", lambda: one.is_degraded("user map: 4 banned accounts, and [map] max_entries is 4"))
    one.set("map", max_entries=280)
    told(one, 0, "reload")
    many = data(place, b"".join(b"user%d\n" % number for number in range(300)), "guards.pieces")
    answer = told(one, 5, "import", many, "--accounts", "--yes")
    lab.check(answer["error"]["code"] == "refused_full", "the second piece is within the bound: %s", answer)
    lab.check(len(told(one, 0, "list", "--accounts")["bans"]) == 4, "the first piece is banned")
    stop(agents)


def test_many(place, template):
    """Many accounts out of one node and into another."""
    one, other = Accounts(place, "many1", template), Accounts(place, "many2", template)
    yield from one.begin()
    yield from other.begin()
    rows = ["account,until,reason"] + ["user%06d@example.org,2031-01-02T03:04:00Z,ticket %d" % (number, number % 50) for number in range(MANY)]
    for agent, content in ((one, "\n".join(rows).encode()), (other, None)):
        path = data(place, content if content else export(one), agent.name + ".csv")
        begun = time.monotonic()
        process = subprocess.Popen([place.path("bin", "banctl"), "--socket", agent.socket, "import", path, "--yes"],
                                   stdout=subprocess.DEVNULL)
        place.processes.append(process)
        yield until("it is imported", lambda asked=process: asked.poll() is not None, 600)
        lab.check(place.end(process) == 0, "banctl import ended with %s", process.returncode)
        print("import of %d accounts: %.1f s" % (MANY, time.monotonic() - begun))
    yield until("all are in the file", lambda: len(one.users()) == MANY, 60)
    yield until("the files are the same", lambda: one.users_bytes() == other.users_bytes(), 60)
    lab.check(export(one) == export(other), "the exports differ")
    one.stop()
    other.stop()


PARTS = (test_round_trip, test_guards, test_many)
