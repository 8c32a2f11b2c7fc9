# SPDX-License-Identifier: Apache-2.0
"""Export and import: a round trip of bans is the same bytes, a list of many is imported while the agent goes on, an import that
breaks off can be given again, and the database of fail2ban is read."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import daemon_lab
import lab
import logline
from command_cluster import in_maps, linked, paused, stop, three
from daemon_lab import Daemon, until

NIGHTLY = bool(os.environ.get("BANSYNC_NIGHTLY"))
MANY = 100000 if NIGHTLY else 4000
PIECE = 512  # IMPORT_TARGETS_MAX
FORMATS = ("csv", "json", "plain", "map")
HELPER = ("libexec", "bansync", "fail2ban-bans")
# What fail2ban 1.0.2 makes, and what 0.9 made.
SCHEMA = """CREATE TABLE jails(name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);
CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
  bancount INTEGER NOT NULL default 1, data JSON, FOREIGN KEY(jail) REFERENCES jails(name));
CREATE TABLE bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
  bancount INTEGER NOT NULL default 1, data JSON, PRIMARY KEY(ip, jail), FOREIGN KEY(jail) REFERENCES jails(name));"""
OLD_SCHEMA = "CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, data JSON);"
FAIL2BAN = """[Definition]
loglevel = ERROR
logtarget = {0}/log
syslogsocket = auto
socket = {0}/socket
pidfile = {0}/pid
dbfile = {0}/fail2ban.sqlite3
dbpurgeage = 1d
"""
JAILS = """[DEFAULT]
backend = polling
filter = none
logpath = {0}/mail.log
[hour]
enabled = true
bantime = 3600
[forever]
enabled = true
bantime = -1
"""


def told(agent, code, *words, **options):
    found, answer = agent.ask(*words, **options)
    lab.check(found == code, "%s: exit %d, wanted %d: %s", words, found, code, answer)
    return answer


def exports(agent):
    """What it exports in every format."""
    out = {}
    for name in FORMATS:
        output = agent.tell("export", "--format", name)
        lab.check(output.code == 0 and output.err == "", "%s: %s", name, output)
        out[name] = output.out
    return out


def numbers(answer, *names):
    return tuple(answer[name] for name in names)


def audited(agent):
    """What operators commanded, as it tells it, the newest first."""
    return [numbers(entry, "action", "subjects", "object") for entry in told(agent, 0, "history")["entries"]]


def many(count):
    return ["%d.%d.%d.%d" % (11 + number % 7, number >> 16, number >> 8 & 255, number & 255) for number in range(count)]


def start(place, agent, *words, output=subprocess.DEVNULL):
    """banctl WORDS in the background."""
    process = subprocess.Popen([place.path("bin", "banctl"), "--socket", agent.socket] + list(words), stdout=subprocess.DEVNULL,
                               stderr=output)
    place.processes.append(process)
    return process


def test_round_trip(place, template):
    """Bans by hits and by operators go out, and into an empty cluster: its exports are the same bytes, its maps the same."""
    agents = yield from three(place, template, "trip", detect={"threshold": 2})
    one = agents[0]
    other = Daemon(place, "target", template)
    yield from other.begin()
    one.log.hit("203.0.113.77", 2)
    told(one, 0, "ban", "198.51.100.0/24", "--reason", "a, \"quoted\"; reason")
    told(one, 0, "ban", "198.51.100.7", "2001:db8:7::1", "--for", "1h")
    told(one, 0, "ban", "2001:db8:8::1/128", "--reason", "one address, Zoë")
    yield until("the hits have banned", lambda: "203.0.113.77" in one.banned())
    before = exports(one)
    lab.check(before["map"].splitlines()[1:] != [] and "2001:db8:8::1/128" in before["plain"].split(), "%s", before)
    for name, text in (("csv", before["csv"]), ("json", before["json"]), ("list.json", one.tell("list", "--json").out)):
        text = place.write(text, "trip." + name)
        answer = told(other, 0, "import", text, "--dry-run")
        lab.check(numbers(answer, "format", "banned", "rejected_count") == (name.split(".")[-1], 5, 0), "%s", answer)
        lab.check(told(other, 0, "import", text)["banned"] == 5, "not all are imported")
        lab.check(exports(other) == before, "%s: %s is not %s", name, exports(other), before)
        lab.check(numbers(told(other, 0, "import", text), "banned", "already_banned") == (0, 5), "again")
        told(other, 0, "unban", "--all", "--yes")
        yield until("nothing is banned", lambda: other.banned() == [])
        lab.check(audited(other)[:2] == [("unban --all", 5, None), ("import", 5, "trip." + name)], "%s", audited(other))
    for name in ("plain", "map"):
        text = place.write(before[name], "trip." + name)
        lab.check(told(other, 0, "import", text, "--for", "2h", "--reason", name)["banned"] == 5, "not all are imported")
        found = exports(other)
        lab.check((found["plain"], found["map"]) == (before["plain"], before["map"]), "%s: %s", name, found)
        told(other, 0, "unban", "--all", "--yes")
    shown = json.loads(before["json"])["bans"]
    lab.check([ban["reason"] for ban in shown if ban["net"] == "203.0.113.77/32"] == ["2 hits, alice@example.org"], "why hits banned: %s", shown)
    lab.check([ban["actor"] for ban in shown] == ["root" if place.root else shown[0]["actor"]] * 2 + [None] + [shown[0]["actor"]] * 2,
              "%s", shown)
    other.stop()
    stop(agents)


def test_allowed(place, template):
    """A list for other programs is what is in force; one that comes back here has all bans. Either way it is told."""
    one = Daemon(place, "spared", template)
    yield from one.begin()
    for net in ("203.0.113.64/29", "198.51.100.7", "203.0.113.9"):
        told(one, 0, "ban", net)
    for net in ("203.0.113.69", "198.51.100.7"):
        told(one, 0, "allow", "add", net)
    wanted = ["203.0.113.9", "203.0.113.64/30", "203.0.113.68", "203.0.113.70/31"]
    yield until("the map is written", lambda: list(one.banned()) == wanted)
    for name in ("map", "plain"):
        output = one.tell("export", "--format", name)
        lab.check([line for line in output.out.split("\n") if line and line[0] != "#"] == wanted, "%s", output)
        lab.check(output.err == "1 ban is on the allowlist, and not in it: banctl allow list\n", "%s", output)
    output = one.tell("export")
    lab.check([row.split(",")[0] for row in output.out.splitlines()] == ["net", "198.51.100.7/32", "203.0.113.9/32", "203.0.113.64/29"],
              "%s", output)
    lab.check(output.err == "1 ban is on the allowlist, which is not exported: banctl allow list\n", "%s", output)
    one.stop()


def test_guards(place, template):
    """What ban would refuse is listed like a line that cannot be read; the rest is banned on all nodes; many need a yes."""
    agents = yield from three(place, template, "guards", **{"never-ban": {"net": "192.0.2.0/24"}, "map": {"max_entries": 300}})
    one = agents[0]
    told(one, 0, "allow", "add", "203.0.113.9", "--reason", "office")
    told(one, 0, "ban", "198.51.100.0/24")
    lines = ["198.51.100.7", "203.0.113.9", "192.0.2.7", "127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.10", "nobody", "203.0.113.11"]
    path = place.write("\n".join(lines) + "\n", "guards.txt")
    caller = {"SSH_CLIENT": "203.0.113.11 51514 22"}
    output = one.tell("import", path, "--dry-run", env=caller)
    lab.check(output.code == 7 and "2 would be banned (1 of them inside a wider ban), 7 rejected" in output.out, "%s", output)
    lab.check(len(output.err.splitlines()) == 7 and "line 9: \"203.0.113.11\": refusing to ban" in output.err, "%s", output)
    yield in_maps(agents, "198.51.100.0/24")
    output = one.tell("import", path, env=caller)
    lab.check(output.code == 7 and "2 banned" in output.out and "on 3 of 3 nodes" in output.out, "%s", output)
    yield until("the import is in the history", lambda: audited(agents[2])[0] == ("import", 2, "guards.txt"))
    yield in_maps(agents, "198.51.100.0/24", "198.51.100.7", "203.0.113.10")
    answer = told(one, 5, "import", place.write("\n".join(many(101)), "guards.many"))
    lab.check(answer["error"]["code"] == "needs_yes", "%s", answer)
    told(one, 0, "import", place.write("\n".join(many(100)), "guards.hundred"), "--reason", "a hundred")
    line = told(one, 0, "history")["entries"][0]
    lab.check((line["action"], line["subjects"], line["reason"]) == ("import", 100, "a hundred"), "the history: %s", line)
    wide = place.write("100.64.0.0/16\n", "guards.wide")
    told(one, 7, "import", wide)
    told(one, 5, "import", wide, "--force")
    lab.check(told(one, 0, "import", wide, "--force", "--yes")["banned"] == 1, "a wide one")
    answer = told(one, 5, "import", place.write("\n".join(many(400)), "guards.full"), "--yes")
    lab.check(answer["error"]["code"] == "refused_full", "%s", answer)
    lab.check(told(one, 7, "import", place.write("nobody\n127.0.0.1\n", "guards.bad"))["banned"] == 0, "all bad")
    lab.check(one.tell("unban", "--all").code == 5, "all without a yes")
    told(one, 0, "unban", "--all", "--yes")
    yield in_maps(agents)
    stop(agents)


def its_agent_ends(place, agents, path):
    """In the midst of an import."""
    one, two, _ = agents
    with paused(two):
        process = start(place, one, "import", path, "--yes")
        yield until("more are in", lambda: len(one.tell("export", "--format=plain").out.split()) > PIECE)
        one.kill()
        yield until("the import ends", lambda: process.poll() is not None)
        lab.check(place.end(process) in (3, 8), "its agent ended: %s", process.returncode)
    yield from one.begin()
    yield linked(agents)


def test_many(place, template):
    """Many bans at once, while others ask; an import that is interrupted, or, nightly, whose agent ends, can be given again."""
    agents = yield from three(place, template, "many")
    one, two, last = agents
    nets = many(MANY)
    rows = ["net,until,reason"] + ["%s,2031-01-02T03:04:00Z,ticket %d" % (net, number % 50) for number, net in enumerate(nets)]
    path = place.write("\n".join(rows) + "\n", "many.csv")
    with open(place.path("many.err"), "wb") as err, paused(last):  # so that no piece is confirmed at once
        process = start(place, one, "import", path, "--yes", output=err)
        yield until("some are in", lambda: one.tell("check", nets[0]).code == 0)
        process.send_signal(signal.SIGINT)
        yield until("the import ends", lambda: process.poll() is not None)
        lab.check(place.end(process) == -signal.SIGINT, "interrupted it ends with %s", process.returncode)
    with open(place.path("many.err"), encoding="utf-8") as err:
        text = err.read()
    lab.check("interrupted; %d of {:,} entries are banned".format(MANY) % PIECE in text and "import it again" in text, "%s", text)
    yield linked(agents)
    if NIGHTLY:
        yield from its_agent_ends(place, agents, path)
    begun, slowest = time.monotonic(), 0
    process = start(place, one, "import", path, "--yes")
    while process.poll() is None:
        asked = time.monotonic()
        lab.check(one.tell("check", "192.0.2.1").code == 1, "another command is not answered")
        slowest = max(slowest, time.monotonic() - asked)
        yield until("others go on", lambda: True)
    lab.check(place.end(process) == 0, "the import ends with %s", process.returncode)
    print("import of %d: %.1f s, slowest other command %.0f ms" % (MANY, time.monotonic() - begun, slowest * 1000))
    found = one.tell("export").out.splitlines()
    lab.check(len(found) == MANY + 1 and [row.split("/32,")[0] for row in found[1:]] == sorted(
        nets, key=lambda net: tuple(int(part) for part in net.split("."))), "%d rows", len(found))
    yield until("all hold the same", lambda: one.tell("export").out == two.tell("export").out == last.tell("export").out, 60)
    stop(agents)
    other = Daemon(place, "manyagain", template)
    yield from other.begin()
    path = place.write("\n".join(found) + "\n", "many.export")
    lab.check(told(other, 0, "import", path, "--yes")["banned"] == MANY, "the export is not imported")
    lab.check(other.tell("export").out.splitlines() == found, "the export of the import is another one")
    other.stop()


def jails(answer):
    return [numbers(row, "jail", "count") for row in answer["jails"]]


def one_jail(place, agent, path):
    """--jail takes one of them alone; without it the number of each is told."""
    output = agent.tell("import", path, "--dry-run")
    lab.check(output.code == 7 and "; entries by jail: a\"b, c d 1, forever 1, hour 2; dry run" in output.out, "%s", output)
    output = agent.tell("import", path, "--dry-run", "--jail", "forever")
    lab.check(output.code == 0 and output.err == "" and ": 1 would be banned; dry run" in output.out, "one of its jails: %s", output)
    answer = told(agent, 0, "import", path, "--jail", "forever")
    lab.check((answer["banned"], jails(answer)) == (1, [("forever", 1)]), "%s", answer)
    lab.check(agent.banned() == ["198.51.100.8"], "%s", agent.banned())
    told(agent, 0, "unban", "198.51.100.8")
    yield until("nothing is banned", lambda: agent.banned() == [])
    for words, text in ((["--jail", "mail"], "no ban of jail \"mail\" is in it; jails: a\"b, c forever hour\n"),
                        (["--jail", "hour\" OR 1 --"], "no ban of jail \"hour")):
        output = agent.tell("import", path, *words)
        lab.check(output.code == 2 and output.err.startswith("banctl: %s: %s" % (path, text)) and agent.banned() == [], "%s: %s", words,
                  output)
        lab.check(output.err.count("\n") == 1, "a hint: %s", output)
    output = agent.tell("import", place.write("ip\n192.0.2.1\n", "jail.csv"), "--jail", "hour")
    lab.check(output.code == 2 and "--jail is for a database of fail2ban, which " in output.err, "%s", output)


def long_jails(place, agent):
    """The name of a jail that is too long for the reason of a ban is cut, between characters and with a mark; the ban comes."""
    path = place.path("long.sqlite3")
    names = ["j" * 217, "k" * 218, "l" * 213 + "\u00e9" * 200, "m" * 5000]
    wanted = ["j" * 217, "k" * 214 + "...", "l" * 213 + "...", "m" * 214 + "..."]
    nets = ["203.0.113.%d" % (number + 21) for number in range(len(names))]
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO bips(ip, jail, timeofban, bantime) VALUES(?, ?, ?, -1)", [
            (net, name, int(time.time()) - 60) for net, name in zip(nets, names)])
    answer = told(agent, 0, "import", path)
    lab.check(answer["banned"] == len(names) and [jail for jail, _ in jails(answer)] == wanted, "%s", answer)
    rows = {row["net"]: row for row in json.loads(agent.tell("export", "--json").out)["bans"]}
    lab.check([rows[net + "/32"]["reason"] for net in nets] == ["fail2ban " + name for name in wanted], "%s", rows)
    lab.check(all(rows[net + "/32"]["since"] for net in nets), "%s", rows)
    told(agent, 0, "unban", *nets)
    lab.check(told(agent, 0, "import", path, "--jail", names[3])["banned"] == 1, "its whole name does not stand for it")


def strange_jails(place, agent):
    """Control bytes and what is no UTF-8 in the name of a jail are told as "?", and the ban comes; also where it is cut."""
    path = place.path("strange.sqlite3")
    names = [b"ssh\x1b[2Jd", b"post\xfffix", "m\u00e4il\u0085".encode(), b"nul\0l\r\x7f", b"n" * 213 + b"\xff" * 5, b"\xc3" * 218]
    wanted = ["ssh?[2Jd", "post?fix", "m\u00e4il??", "nul?l??", "n" * 213 + "?...", "?" * 214 + "..."]
    nets = ["203.0.113.%d" % (number + 41) for number in range(len(names))]
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        for net, name in zip(nets, names):
            database.execute("INSERT INTO bips(ip, jail, timeofban, bantime) VALUES(?, CAST(? AS TEXT), ?, -1)",
                             (net, name, int(time.time()) - 60))
    answer = told(agent, 0, "import", path)
    lab.check(answer["banned"] == len(names) and answer["rejected_count"] == 0 and
              sorted(jail for jail, _ in jails(answer)) == sorted(wanted), "%s", answer)
    rows = {row["net"]: row for row in json.loads(agent.tell("export", "--json").out)["bans"]}
    lab.check([rows[net + "/32"]["reason"] for net in nets] == ["fail2ban " + name for name in wanted], "%s", rows)
    told(agent, 0, "unban", *nets)


def test_fail2ban(place, template):
    """The database of fail2ban: its schema of today and of old, and, if it is installed, one that it has made and holds open."""
    agent = Daemon(place, "moved", template)
    yield from agent.begin()
    now = int(time.time())
    path = place.path("new.sqlite3")
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO bips(ip, jail, timeofban, bantime) VALUES(?, ?, ?, ?)", [
            ("198.51.100.7", "hour", now - 60, 3600), ("198.51.100.8", "forever", now - 60, -1),
            ("198.51.100.8", "hour", now - 60, 3600), ("198.51.100.9", "hour", now - 7200, 3600),
            ("nobody", "hour", now, 3600), ("2001:db8:7::1", "a\"b, c\nd", now, 3600)])
    yield from one_jail(place, agent, path)
    answer = told(agent, 7, "import", path)
    lab.check(jails(answer) == [("a\"b, c d", 1), ("forever", 1), ("hour", 2)], "%s", answer)
    lab.check(numbers(answer, "format", "banned", "ended", "repeated", "rejected_count") == ("fail2ban", 3, 1, 1, 1), "%s",
              answer)
    lab.check(answer["rejected"][0]["line"] == 5 and answer["rejected"][0]["text"] == "nobody", "%s", answer)
    rows = json.loads(agent.tell("export", "--json").out)["bans"]
    lab.check([(row["net"], row["reason"], row["until"] is None) for row in rows] == [
        ("198.51.100.7/32", "fail2ban hour", False), ("198.51.100.8/32", "fail2ban forever", True),
        ("2001:db8:7::/64", "fail2ban a\"b, c d", False)], "%s", rows)
    lab.check(rows[0]["since"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60)), "%s", rows)
    path = place.path("old.sqlite3")
    with sqlite3.connect(path) as database:
        database.executescript(OLD_SCHEMA)
        database.executemany("INSERT INTO bans VALUES(?, ?, ?, '{}')", [("ssh", "203.0.113.7", 1), ("ssh", "203.0.113.7", now)])
    lab.check(agent.tell("import", path, "--jail", "hour").code == 2, "another jail of the old schema")
    lab.check(told(agent, 0, "import", path, "--for", "1h", "--jail", "ssh")["banned"] == 1, "the old schema")
    path = place.path("view.sqlite3")
    with sqlite3.connect(path) as database:
        database.executescript("CREATE VIEW bips AS SELECT '203.0.113.8' ip, 'x' jail, 1 timeofban, -1 bantime;")
    lab.check(told(agent, 2, "import", path)["error"]["code"] == "unreadable", "a view is no table")
    place.write("SQLite format 3\0 and no more", "torn.sqlite3")
    lab.check(told(agent, 2, "import", place.path("torn.sqlite3"))["error"]["code"] == "unreadable", "a torn one")
    long_jails(place, agent)
    strange_jails(place, agent)
    if shutil.which("fail2ban-server"):
        yield from real_fail2ban(place, agent)
    agent.stop()


def real_fail2ban(place, agent):
    folder = place.folder("fail2ban")
    place.write(FAIL2BAN.format(folder), "fail2ban", "fail2ban.conf")
    place.write(JAILS.format(folder), "fail2ban", "jail.conf")
    place.write("[Definition]\nfailregex = ^<HOST> never$\n", "fail2ban", "filter.d", "none.conf")
    place.write("", "fail2ban", "mail.log")
    place.folder("fail2ban", "action.d")
    words = ["-c", folder, "-s", folder + "/socket", "-p", folder + "/pid"]
    server = place.start(["fail2ban-server"] + words + ["-f", "start"], "root" if place.root else None)
    yield until("fail2ban answers", lambda: subprocess.run(["fail2ban-client"] + words + ["ping"], check=False,
                                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0)
    for jail, nets in (("hour", ["192.0.2.7", "192.0.2.8"]), ("forever", ["192.0.2.8", "192.0.2.9", "10.0.0.0/8", "nobody"])):
        subprocess.run(["fail2ban-client"] + words + ["set", jail, "banip"] + nets, check=True, stdout=subprocess.DEVNULL)
    path = folder + "/fail2ban.sqlite3"
    for when in ("while it runs", "when it has ended"):
        yield until("all is in its database", lambda: told(agent, 7, "import", path, "--dry-run")["banned"] == 3)
        if when == "while it runs":
            place.end(server)
    answer = told(agent, 7, "import", path)
    lab.check(numbers(answer, "banned", "repeated", "rejected_count") == (3, 1, 2), "%s", answer)
    lab.check({"192.0.2.7", "192.0.2.8", "192.0.2.9"} <= set(agent.tell("export", "--format=plain").out.split()), "not all")


def test_not_durable(place, template):
    """What the database does not take is not banned, and can be imported again."""
    agent = Daemon(place, "locked", template)
    yield from agent.begin()
    path = place.write("198.51.100.7\n198.51.100.8\n", "locked.txt")
    database = sqlite3.connect(os.path.join(agent.home, "state", "bansync.db"), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    answer = told(agent, 8, "import", path)
    lab.check(answer["error"]["code"] == "not_durable" and "0 of 2 entries are known to be banned" in answer["error"]["message"],
              "%s", answer)
    lab.check(agent.tell("check", "198.51.100.7").code == 1, "it is banned all the same")
    database.execute("ROLLBACK")
    database.close()
    yield until("it can be imported", lambda: agent.ask("import", path)[0] == 0)
    lab.check(agent.tell("export", "--format=plain").out.split() == ["198.51.100.7", "198.51.100.8"], "it is not banned")
    agent.stop()


def test_undone(place, template):
    """An import is undone as banctl(1) says, and the reason of that is in the history of each sender."""
    agent = Daemon(place, "undone", template)
    yield from agent.begin()
    path = place.write("ip,reason\n203.0.113.7,spam\n198.51.100.0/24,\n2001:db8:1::/48,six\n", "wrong.csv")
    lab.check(told(agent, 0, "import", path, "--yes")["banned"] == 3, "it is not imported")
    nets = [row["net"] for row in json.loads(agent.tell("list", "--source", "manual", "--since", "1h", "--json").out)["bans"]]
    lab.check(len(nets) == 3, "banned within the hour: %s", nets)
    output = agent.tell("unban", "--reason", "wrong list", *nets)
    lab.check(output.code == 0 and agent.banned() == [], "%s", output)
    for net in nets:
        output = agent.tell("history", net)
        lab.check(" unban " in output.out and output.out.splitlines()[1].endswith("  wrong list"), "history of %s: %s", net, output)
    agent.stop()


PARTS = (test_not_durable, test_round_trip, test_allowed, test_guards, test_many, test_undone, test_fail2ban)


def test(place):
    place.copy(os.path.join(sys.argv[1], "..", *HELPER), *HELPER)
    daemon_lab.run_parts(PARTS, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
