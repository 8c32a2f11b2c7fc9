# SPDX-License-Identifier: Apache-2.0
"""The database: kill -9, damage, a disk that is full, a folder that cannot be written."""
import contextlib
import os
import re
import shutil
import sqlite3
import subprocess

import lab
from agent import USER
from daemon_lab import Daemon, until

SENDER, OTHER, LATER = "203.0.113.51", "203.0.113.52", "203.0.113.53"
HEADER_BYTES = 100
SINCE = re.compile(r"database: failing since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ: ")
FILE_BYTES = 16384  # less than the database's log has, more than a map or an agent's own log


def database(agent, name="bansync.db"):
    return os.path.join(agent.options["node"]["state_dir"], name)


def ban(agent, *words):
    code, answer = agent.ask("ban", *words)
    lab.check(code == 0, "ban %s: %d %s", words, code, answer)


def test_kill(place, template):
    """A ban or unban that was answered is there after kill -9 and a restart, hits count once."""
    agent = Daemon(place, "kill", template)
    yield from agent.begin()
    agent.log.hit(OTHER, 3)
    yield until("3 hits count", lambda: agent.count(OTHER) == 3)
    wanted = []
    for number in range(4):
        address = "203.0.113.%d" % (60 + number)
        ban(agent, address, "--reason", "before kill -9")
        agent.kill()
        agent.log.hit(OTHER)
        wanted.append(address)
        yield from agent.begin()
        lab.check([one["net"] for one in agent.list()["bans"]] == [one + "/32" for one in wanted], "after restart %d: %s",
                  number, agent.list())
        yield until("the map holds them", lambda: agent.banned() == wanted)
        yield until("%d hits count" % (4 + number), lambda want=4 + number: agent.count(OTHER) == want)
    lab.check(agent.ask("unban", wanted[0])[0] == 0, "unban failed")
    agent.kill()
    yield from agent.begin()
    lab.check(agent.ask("check", wanted[0])[0] == 1, "the unban is lost")
    lab.check(agent.count(OTHER) == 7, "%d hits count, not 7", agent.count(OTHER))
    agent.stop()


def spoil_header(path):
    with open(path, "r+b") as file:
        file.write(b"\xa5" * HEADER_BYTES)


def cut(path):
    os.truncate(path, os.stat(path).st_size // 2)


def spoil_pages(path):
    with open(path, "r+b") as file:
        file.seek(HEADER_BYTES)
        file.write(b"\xa5" * (os.stat(path).st_size - HEADER_BYTES))


def test_damaged(place, template):
    """A damaged database is set aside and a new one begun; status and log name it, and what the map held stays in force."""
    for number, damage in enumerate((spoil_header, cut, spoil_pages)):
        agent = Daemon(place, "damaged%d" % number, template)
        yield from agent.begin()
        ban(agent, SENDER)
        yield until("the map holds it", lambda asked=agent: asked.banned() == [SENDER])
        agent.stop()
        damage(database(agent))
        with open(database(agent), "rb") as file:
            damaged = file.read()
        yield from agent.begin()
        aside = database(agent, "bansync.db.corrupt-1")
        lab.check(agent.is_degraded("database: ", "set aside", ".corrupt-"), "%s: %s", damage.__name__, agent.reasons())
        lab.check(agent.is_degraded("map: ", "kept"), "%s: %s", damage.__name__, agent.reasons())
        lab.check(agent.written("a new database was begun", database(agent), os.path.basename(aside)), "the log is silent")
        with open(aside, "rb") as file:
            lab.check(file.read() == damaged, "%s: what was set aside is not what was there", damage.__name__)
        ban(agent, OTHER)
        yield until("old and new ban are in the map", lambda asked=agent: sorted(asked.banned()) == [SENDER, OTHER])
        agent.kill()
        yield from agent.begin()
        lab.check(agent.ask("check", OTHER)[0] == 0, "%s: the new database does not keep", damage.__name__)
        lab.check(len(agent.reasons()) == 1 and agent.is_degraded("map: ", "kept"), "%s: %s", damage.__name__, agent.reasons())
        lab.check(sorted(agent.banned()) == [SENDER, OTHER], "%s: the map holds %s", damage.__name__, agent.banned())
        agent.stop()


def test_blank_unban(place, template):
    """While entries of the former map are kept an unban takes them out all the same."""
    agent = Daemon(place, "blankunban", template)
    yield from agent.begin()
    ban(agent, SENDER, OTHER)
    yield until("both are in the map", lambda: sorted(agent.banned()) == [SENDER, OTHER])
    agent.stop()
    spoil_header(database(agent))
    yield from agent.begin()
    lab.check(sorted(agent.banned()) == [SENDER, OTHER], "the map holds %s", agent.banned())
    code, answer = agent.ask("unban", SENDER)
    lab.check(code == 0 and answer["changes"][0]["outcome"] == "unbanned", "%d %s", code, answer)
    yield until("it is out of the map", lambda: agent.banned() == [OTHER], 5)
    code, answer = agent.ask("unban", SENDER)
    lab.check(code == 1 and answer["changes"][0]["outcome"] == "not_banned", "a second time: %d %s", code, answer)
    agent.stop()
    yield from agent.begin()
    lab.check(agent.banned() == [OTHER], "after a restart the map holds %s", agent.banned())
    agent.stop()


def two(place, template, name):
    """Two agents that know each other, with one ban of an operator and one by ten hits."""
    agents = [Daemon(place, name + number, template) for number in "12"]
    for agent in agents:
        agent.meet(agents)
    for agent in agents:
        yield from agent.begin()
    yield until("they see each other", lambda: all(agent.status().get("peers_up") == 1 for agent in agents))
    ban(agents[0], SENDER, "--reason", "kept", "--wait")
    agents[0].log.hit(OTHER, 10)
    for agent in agents:
        yield until("both bans are in the map", lambda asked=agent: sorted(asked.banned()) == [SENDER, OTHER])
    return agents


def test_damaged_with_peer(place, template):
    """While the database is blank the map stays as it was, and says so in status; the peer brings all of it back."""
    agent, peer = yield from two(place, template, "held")
    before, listed = agent.map_bytes(), peer.list()["bans"]
    agent.stop()
    peer.stop()
    spoil_header(database(agent))
    yield from agent.begin()
    yield until("status says that the map is kept", lambda: agent.is_degraded("map: ", "kept"))
    lab.check(agent.map_bytes() == before, "the map was changed: %s", agent.map_bytes())
    yield from peer.begin()
    yield until("the bans are back", lambda: agent.list()["bans"] == listed)
    yield until("the lists are equal", lambda: agent.list() == peer.list())
    yield until("the maps are equal", lambda: agent.map_bytes() == before == peer.map_bytes())
    yield until("only the damage is left to tell", lambda: len(agent.reasons()) == 1 and agent.is_degraded("set aside"))
    yield until("verify is content", lambda: agent.ask("verify")[0] == 0)
    for one in (agent, peer):
        one.stop()


def test_blank_protects(place, template):
    """While the map of a blank node is kept, a new ban is added to it."""
    agent, peer = yield from two(place, template, "blank")
    agent.stop()
    peer.stop()
    spoil_header(database(agent))
    yield from agent.begin()
    yield until("status says that the map is kept", lambda: agent.is_degraded("map: ", "kept"))
    agent.log.hit(LATER, 10)
    yield until("ten hits ban", lambda: agent.ask("check", LATER)[0] == 0)
    yield until("old and new bans are in the map", lambda: sorted(agent.banned()) == [SENDER, OTHER, LATER], 5)
    agent.stop()


def test_damaged_row(place, template):
    """A row whose hash does not fit is skipped, counted and logged, and comes back from the peer."""
    agent, peer = yield from two(place, template, "row")
    listed = peer.list()
    agent.stop()
    with contextlib.closing(sqlite3.connect(database(agent))) as file, file:
        file.execute("UPDATE record SET body = zeroblob(length(body)) WHERE subject LIKE ?", (SENDER + "%",))
        file.execute("UPDATE strike SET body = zeroblob(length(body)) WHERE rowid = 1")
    yield from agent.begin()
    lab.check(agent.status()["counters"]["store_rows_corrupt"] == 2, "counters: %s", agent.status()["counters"])
    lab.check(len(agent.written("row skipped", SENDER)) == 1, "the log does not name the record")
    yield until("the lists are equal", lambda: agent.list() == listed)
    yield until("verify is content", lambda: agent.ask("verify")[0] == 0)
    for one in (agent, peer):
        one.stop()


@contextlib.contextmanager
def small_disk(agent):
    """The state directory becomes a file system of 1 MiB. Yields functions that fill it and make room again."""
    folder = agent.options["node"]["state_dir"]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "none", folder], check=True)
    agent.lab.folder(agent.name, "agent", "state", user=USER)
    filler = os.path.join(folder, "filler")

    def fill():
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            for size in (4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size):
                        pass
    try:
        yield fill, lambda: os.remove(filler)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def dying_disk(agent):
    """The state directory becomes a file system of its own. Yields a function after which it takes no writes at all, as the
    kernel does it after an error of the disk."""
    folder = agent.options["node"]["state_dir"]
    image = agent.lab.path(agent.name, "disk")
    with open(image, "wb") as file:
        file.truncate(8 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop,errors=remount-ro", image, folder], check=True)
    agent.lab.folder(agent.name, "agent", "state", user=USER)
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,abort", folder], check=True)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def may_mount_images(place):
    return (place.root and os.path.exists("/dev/loop-control") and shutil.which("mkfs.ext4") and
            subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0)


@contextlib.contextmanager
def small_files(agent):
    """As small_disk, for those who may not mount: no file may grow beyond a size."""
    def limit(size):  # by the agent's own user, who may do it without any capability
        argv = ["prlimit", "--pid", str(agent.process.pid), "--fsize=%s:" % size]
        subprocess.run(agent.lab.command(argv, USER), check=True)
    yield lambda: limit(FILE_BYTES), lambda: limit("unlimited")


def fails_and_recovers(agent, disk):
    """Hits, commands and maps while the database cannot be written, and afterwards."""
    with disk(agent) as (fill, clear):
        yield from agent.begin()
        ban(agent, SENDER)
        agent.log.hit(OTHER, 4)
        yield until("4 hits count", lambda: agent.count(OTHER) == 4)
        fill()
        agent.log.hit(OTHER, 5)
        yield until("status says since when it fails", lambda: agent.is_degraded("database: failing since "))
        reasons = agent.reasons()
        since = SINCE.match(reasons[0])
        lab.check(len(reasons) == 1 and since, "reasons: %s", reasons)
        cause, hint = ("full", "make room on the disk of state_dir") if disk is small_disk else ("disk", "errors of the disk")
        told = agent.status()["database"]
        lab.check(told["state"] == "failing" and told["cause"] == cause and hint in told["hint"], "database: %s", told)
        lab.check(reasons[0].endswith(told["hint"]) and told["failing_since"] in reasons[0], "reasons: %s", reasons)
        yield until("hits still count", lambda: agent.count(OTHER) == 9)
        agent.log.hit(OTHER)
        yield until("they ban, and the map is written", lambda: sorted(agent.banned()) == [SENDER, OTHER])
        code, answer = agent.ask("ban", LATER)
        change = answer["changes"][0]
        lab.check(code == 8 and change["outcome"] == "failed" and "not durable" in change["message"], "ban: %d %s", code,
                  answer)
        lab.check(change["code"] == "not_durable" and change["hint"] == told["hint"], "ban: %s", change)
        code, answer = agent.ask("unban", SENDER)
        lab.check(code == 8 and answer["changes"][0]["hint"] == told["hint"], "unban: %d %s", code, answer)
        code, answer = agent.ask("unban", "--all", "--yes")
        lab.check(code == 8 and answer["message"].startswith("0 bans lifted, the others are as they were: not durable: ") and
                  answer["hint"] == told["hint"], "unban --all: %d %s", code, answer)
        doctor = agent.doctor("database")
        lab.check(doctor["state"] == "fail" and doctor["fix"] == told["hint"], "doctor: %s", doctor)
        code, answer = agent.ask("allow", "add", SENDER)
        lab.check(code == 8 and answer["changes"][0]["outcome"] == "failed" and "not durable" in
                  answer["changes"][0]["message"], "allow add: %d %s", code, answer)
        lab.check(agent.ask("allow", "check", SENDER)[0] == 1, "a failed entry is in force")
        output = agent.tell("ban", LATER)
        lab.check(output.code == 8 and "not durable, nothing was changed" in output.out + output.err, "ban: %s", output)
        lab.check(hint in output.err.replace("\n ", ""), "ban: %s", output)
        lab.check([agent.ask("check", one)[0] for one in (SENDER, OTHER, LATER)] == [0, 0, 1], "a failed command had effect")
        lab.check(agent.reasons()[0].startswith(since[0]), "it says %s after %s", agent.reasons(), reasons)
        lab.check(agent.status()["counters"]["store_failures"] > 0, "store_failures is 0")
        clear()
        yield until("status is healthy again", agent.is_healthy)
        lab.check(agent.status()["database"] == dict.fromkeys(told, None) | {"state": "written"}, "database: %s", agent.status())
        lab.check(agent.written("database fails: ") or disk is small_files, "the log does not say that it failed")
        ban(agent, LATER)
        before = agent.list()
        agent.kill()
        yield from agent.begin()
        lab.check(agent.list() == before, "after kill -9: %s, before: %s", agent.list(), before)
        lab.check(agent.is_healthy(), "after kill -9: %s", agent.reasons())
        agent.log.hit(OTHER)
        yield until("one hit more counts", lambda: agent.count(OTHER) == 11)
        lab.check(agent.status()["counters"]["lines_read"] <= 2, "%d lines were read", agent.status()["counters"]["lines_read"])
        agent.stop()


def test_full_disk(place, template):
    """Full disk: status says since when, hits count, the map is written, commands say "not durable"; then nothing is lost."""
    if not place.root or subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        print("left out: only root may mount")
        return
    yield from fails_and_recovers(Daemon(place, "fulldisk", template), small_disk)


def test_small_files(place, template):
    """The same with a limit on the size of files."""
    yield from fails_and_recovers(Daemon(place, "smallfiles", template), small_files)


def test_unwritable_folder(place, template):
    """While the state directory cannot be written either nothing is lost, or status says so."""
    agent = Daemon(place, "readonly", template)
    yield from agent.begin()
    ban(agent, SENDER)
    agent.make_public(0o555, "state")
    code, _ = agent.ask("ban", OTHER)
    if code == 0:  # the files were open
        agent.kill()
        agent.make_public(0o755, "state")
        yield from agent.begin()
        lab.check(agent.ask("check", SENDER, OTHER)[0] == 0, "a durable ban is lost: %s", agent.list())
    with small_files(agent) as (fill, clear):
        fill()
        agent.log.hit(LATER, 10)
        yield until("status says that it fails", lambda: agent.is_degraded("database: failing since "))
        agent.make_public(0o555, "state")
        clear()
        yield until("status says why it still fails", lambda: agent.is_degraded(
            "database: ", "Permission denied; state_dir and the files in it must be user bansync's"))
        lab.check(agent.status()["database"]["cause"] == "permission", "database: %s", agent.status()["database"])
        yield until("hits ban all the same", lambda: LATER in agent.banned())
        agent.make_public(0o755, "state")
        yield until("status is healthy again", agent.is_healthy)
    before = agent.list()
    agent.kill()
    yield from agent.begin()
    lab.check(agent.list() == before and len(before["bans"]) == 3, "after kill -9: %s, before: %s", agent.list(), before)
    agent.stop()


def test_closed_folder(place, template):
    """A start with a state directory that cannot be written is refused, and harms nothing."""
    agent = Daemon(place, "shut", template)
    yield from agent.begin()
    ban(agent, SENDER)
    agent.kill()
    agent.make_public(0, "state")
    agent.refused("cannot open directory", "Permission denied")
    lab.check(agent.banned() == [SENDER], "the map was changed")
    agent.make_public(0o755, "state")
    yield from agent.begin()
    lab.check(agent.ask("check", SENDER)[0] == 0, "the ban is lost")
    agent.stop()


def test_older_schema(place, template):
    """A database of schema 1 is migrated: bans and hits stay, a copy is kept, leases are published again."""
    agent = Daemon(place, "older", template, threshold=5)
    agent.set("never-ban", net=["198.51.100.0/28"])
    yield from agent.begin()
    ban(agent, SENDER, "--reason", "kept")
    agent.log.hit(OTHER, 4)
    yield until("4 hits count", lambda: agent.count(OTHER) == 4)
    before = agent.list()["bans"]
    agent.stop()
    with contextlib.closing(sqlite3.connect(database(agent))) as file, file:
        file.execute("UPDATE allow SET body = substr(body, 1, length(body) - 1), hash = 1")  # as they were, without the actor
        rows = file.execute("SELECT count(*) FROM allow").fetchone()
        file.execute("DROP TABLE held")
        file.execute("DROP TABLE audit")
        file.execute("DROP TABLE mark")
        file.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
        file.execute("PRAGMA user_version = 1")
    yield from agent.begin()
    lab.check(agent.list()["bans"] == before and agent.count(OTHER) == 4, "after the migration: %s", agent.list())
    lab.check(agent.is_healthy() and agent.status()["counters"]["store_rows_corrupt"] == 0, "%s", agent.reasons())
    copy = database(agent, "bansync.db.schema-1")
    lab.check(agent.written("database migrated from schema 1", copy), "the log does not say that it was migrated")
    lab.check(agent.ask("allow", "check", "198.51.100.1")[0] == 0, "the lease is gone")
    with contextlib.closing(sqlite3.connect(copy)) as file:
        lab.check(file.execute("PRAGMA user_version").fetchone() == (1,), "the copy is not of schema 1")
        lab.check(file.execute("SELECT count(*) FROM allow").fetchone() == rows and rows[0] > 0, "the copy lost rows")
        lab.check(file.execute("SELECT count(*) FROM strike").fetchone() == (4,), "the copy lost strikes")
    agent.log.hit(OTHER)
    yield until("the fifth hit bans", lambda: OTHER in agent.banned())
    agent.stop()


def test_newer_schema(place, template):
    """A database of a newer schema is refused with exit code 78, and untouched."""
    agent = Daemon(place, "newer", template)
    yield from agent.begin()
    ban(agent, SENDER)
    yield until("the map has it", lambda: agent.banned() == [SENDER])
    agent.stop()
    with contextlib.closing(sqlite3.connect(database(agent))) as file, file:
        file.execute("PRAGMA user_version = 9")
    with open(database(agent), "rb") as file:
        before = file.read()
    agent.refused(database(agent) + ": schema 9, but this bansyncd knows up to 6: install the newer version again", "move the "
                  "file away", code=78)
    with open(database(agent), "rb") as file:
        lab.check(file.read() == before, "the refused file was changed")
    lab.check(agent.banned() == [SENDER], "the map was changed")
    with contextlib.closing(sqlite3.connect(database(agent))) as file, file:
        file.execute("PRAGMA user_version = 6")
    yield from agent.begin()
    lab.check(agent.ask("check", SENDER)[0] == 0, "the ban is lost")
    agent.stop()


def test_other_cluster(place, template):
    """A database of another cluster is refused with exit code 78, and untouched: a name that was mistyped loses nothing."""
    agent = Daemon(place, "othername", template)
    yield from agent.begin()
    ban(agent, SENDER)
    yield until("the map has it", lambda: agent.banned() == [SENDER])
    agent.stop()
    name = agent.options["cluster"]["name"]
    with open(database(agent), "rb") as file:
        before = file.read()
    agent.set("cluster", name=name + "s")
    agent.refused("bansync.db is of the cluster \"%s\", and [cluster] name is \"%ss\": set it back" % (name, name), "move the file away", code=78)
    with open(database(agent), "rb") as file:
        lab.check(file.read() == before, "the refused file was changed")
    agent.set("cluster", name=name)
    yield from agent.begin()
    lab.check(agent.ask("check", SENDER)[0] == 0, "the ban is lost")
    agent.stop()


PARTS = (test_older_schema, test_newer_schema, test_other_cluster, test_full_disk, test_small_files, test_unwritable_folder, test_damaged_with_peer, test_blank_protects,
         test_blank_unban, test_damaged, test_damaged_row, test_kill, test_closed_folder)
