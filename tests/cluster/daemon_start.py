# SPDX-License-Identifier: Apache-2.0
"""Start and stop: logs that are missing or old, other agents in the same place, files of somebody else."""
import os
import shutil
import signal
import socket
import time

import lab
from agent import READS, USER
from daemon_lab import Daemon, run, until

SENDER, OTHER = "203.0.113.21", "203.0.113.22"


def test_missing_log(place, template):
    """Without its log an agent runs, and status says so; the lines of a log that appears later count from the first."""
    agent = Daemon(place, "missing", template)
    folder = os.path.dirname(agent.log.path)
    shutil.move(folder, folder + ".away")
    yield from agent.begin()
    yield until("status is degraded by the log", lambda: agent.is_degraded("log: ", agent.log.path, "No such file"))
    log = agent.status()["log"]
    lab.check(log["state"] == "unreadable" and log["file"] == agent.log.path and log["detail"], "status tells %s", log)
    lab.check(agent.tell("status").code == 6, "status without --json does not exit 6")
    os.remove(os.path.join(folder + ".away", "rspamd.log"))
    agent.log.path = os.path.join(folder + ".away", "rspamd.log")
    agent.log.hit(SENDER, 3)
    shutil.move(folder + ".away", folder)
    agent.log.path = os.path.join(folder, "rspamd.log")
    yield until("status is healthy", agent.is_healthy)
    yield until("the first lines count", lambda: agent.count(SENDER) == 3)
    agent.log.hit(SENDER)
    yield until("the next line counts", lambda: agent.count(SENDER) == 4)
    agent.stop()


def test_appears_while_away(place, template):
    """A log that appears while the agent is away counts from its first line, too."""
    agent = Daemon(place, "appears", template)
    os.remove(agent.log.path)
    yield from agent.begin()
    agent.stop()
    agent.log.hit(SENDER, 3)
    yield from agent.begin()
    yield until("the first lines count", lambda: agent.count(SENDER) == 3, 5)
    agent.stop()


def test_start_at(place, template):
    """start_at says where to begin in a log that is there, and only as long as no position is stored."""
    for place_in_log, before in (("end", 0), ("beginning", 4), (None, 0)):
        agent = Daemon(place, "at-%s" % place_in_log, template, start_at=place_in_log)
        agent.log.hit(SENDER, 4)
        yield from agent.begin()
        agent.log.hit(SENDER)
        yield until("%d hits count" % (before + 1), lambda asked=agent, want=before + 1: asked.count(SENDER) == want)
        agent.set("detect", start_at="beginning" if before == 0 else "end")
        agent.kill()
        agent.log.hit(SENDER, 2)
        yield from agent.begin()
        yield until("%d hits count" % (before + 3), lambda asked=agent, want=before + 3: asked.count(SENDER) == want)
        lab.check(agent.status()["counters"]["lines_read"] == 2, "lines were read twice")
        agent.stop()


def test_another_log(place, template):
    """The same file by another path is read on; another log is read from its end: it may hold the same mail."""
    agent = Daemon(place, "another-log", template, start_at="beginning")
    agent.log.hit(SENDER, 3)
    yield from agent.begin()
    yield until("3 hits count", lambda: agent.count(SENDER) == 3)
    agent.kill()
    agent.log.hit(SENDER, 2)
    link = agent.log.path + ".link"
    os.symlink(agent.log.path, link)
    agent.set("detect", log=link)
    yield from agent.begin()
    yield until("5 hits count", lambda: agent.count(SENDER) == 5)
    lab.check(agent.status()["counters"]["lines_read"] == 2, "lines were read twice")
    agent.kill()
    other = agent.log.path + ".other"
    with open(agent.log.path, encoding="utf-8") as here, open(other, "w", encoding="utf-8") as there:
        there.write("another first line\n" + here.read())
    agent.set("detect", log=other)
    agent.log.path = other
    yield from agent.begin()
    agent.log.hit(SENDER)
    yield until("6 hits count", lambda: agent.count(SENDER) == 6)
    lab.check(agent.status()["counters"]["lines_read"] == 1, "lines were read twice")
    lab.check(agent.written("is another log than the one read before"), "the log does not say it")
    agent.stop()


def early(seconds):
    """The time that a line of so long ago tells."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - seconds))


def test_closed_log(place, template):
    """What stood in the log before the first start does not count, also if the log could not be read then."""
    for restarts in (False, True):
        agent = Daemon(place, "closedlog%d" % restarts, template)
        agent.log.hit(SENDER, 12, early(60))
        os.chmod(agent.log.path, 0o600)
        os.chown(agent.log.path, os.geteuid(), os.getegid())
        yield from agent.begin()
        if not agent.is_degraded("log: ", "Permission denied"):
            print("left out: the log cannot be closed to the agent's user")
            agent.stop()
            return
        if restarts:
            agent.stop()
        agent.log.hit(SENDER, 2)
        os.chmod(agent.log.path, 0o644)
        if restarts:
            yield from agent.begin()
        yield until("what came since then counts", lambda asked=agent: asked.count(SENDER) == 2)
        lab.check(agent.status()["counters"]["lines_early"] == 12 and agent.banned() == [], "%s", agent.status()["counters"])
        agent.stop()


def test_source_and_lost_log(place, template):
    """What stood in the log while rspamd's socket was the source does not count later, whatever becomes of the file."""
    agent = Daemon(place, "lostlog", template, source="rspamd", rspamd_socket=place.path("lostlog", "agent", "rspamd.sock"),
                   rspamd_user=USER)
    agent.log.hit(OTHER, 2, early(120))
    agent.log.hit(SENDER, 12, early(60))
    yield from agent.begin()
    agent.stop()
    agent.set("detect", source="log")
    yield from agent.begin()
    agent.log.hit(SENDER, 2)
    yield until("the first lines count", lambda: agent.count(SENDER) == 2)
    agent.stop()
    with open(agent.log.path, encoding="utf-8") as file:
        rest = file.readlines()[1:]
    with open(agent.log.path + ".1", "w", encoding="utf-8") as file:
        file.writelines(rest)
    os.remove(agent.log.path)
    agent.log.hit(OTHER)
    yield from agent.begin()
    yield until("the new file is read", lambda: agent.count(OTHER) == 1)
    found = agent.status()["counters"]
    lab.check((found["log_gone"], found["lines_early"]) == (1, 13) and agent.banned() == [], "%s", found)
    agent.stop()


def test_stop(place, template):
    """SIGTERM and SIGINT end it with 0: the map stays as it is, the socket is gone; banctl then exits 3."""
    agent = Daemon(place, "stop", template)
    for number in (signal.SIGTERM, signal.SIGINT):
        yield from agent.begin()
        lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
        yield until("the map holds it", lambda: agent.banned() == [SENDER])
        before = os.stat(agent.map)
        if number == signal.SIGINT:  # the second time nothing is written
            written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(before.st_mtime)))
            lab.check(agent.status()["map"]["written"] == written, "%s: %s", written, agent.status()["map"])
        agent.process.send_signal(number)
        yield until("it ends", lambda: agent.process.poll() is not None)
        lab.check(agent.process.returncode == 0, "signal %d: exit %d", number, agent.process.returncode)
        agent.stop()
        after = os.stat(agent.map)
        lab.check((before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns), "the map was touched")
        lab.check(not os.path.lexists(agent.socket), "the socket is still there")
        lab.check(agent.written("stopped; the map stays in force"), "the log does not say so")
        lab.check(agent.tell("status").code == 3, "banctl does not exit 3")


def test_second_agent(place, template):
    """A second agent on the same state directory, or the same socket, is refused and does the first no harm."""
    first = Daemon(place, "first", template)
    yield from first.begin()
    lab.check(first.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: first.banned() == [SENDER])
    before = (first.status()["node"], os.stat(first.map).st_ino, first.map_bytes())
    state_dir = first.options["node"]["state_dir"]

    same_state = Daemon(place, "samestate", template)
    same_state.set("node", state_dir=state_dir)
    same_state.refused("another bansyncd uses %s: stop it first" % state_dir)
    lab.check(not os.path.lexists(same_state.socket), "it made a socket")
    lab.check(not os.path.exists(same_state.map), "it made a map")

    same_socket = Daemon(place, "samesocket", template)
    same_socket.set("control", socket=first.socket)
    same_socket.refused("%s: in use: an agent is already running" % first.socket)
    lab.check(not os.path.exists(same_socket.map), "it made a map")

    both = Daemon(place, "sameall", template)
    both.config = first.config
    both.refused("another bansyncd uses")
    after = (first.status()["node"], os.stat(first.map).st_ino, first.map_bytes())
    for what in ("id", "pid", "key"):
        lab.check(before[0][what] == after[0][what], "%s was %s, is %s", what, before[0][what], after[0][what])
    lab.check(before[1:] == after[1:], "the map of the first changed")
    lab.check(first.ask("ban", "203.0.113.22")[0] == 0, "the first does not work any more")
    first.stop()


def test_socket_in_the_way(place, template):
    """A socket that a killed agent left behind is replaced; anything else in its place is left alone."""
    agent = Daemon(place, "stale", template)
    yield from agent.begin()
    agent.kill()
    lab.check(os.path.lexists(agent.socket), "kill -9 should leave the socket behind")
    lab.check(agent.tell("status").code == 3, "banctl does not exit 3 on a stale socket")
    yield from agent.begin()
    agent.stop()
    with open(agent.socket, "w", encoding="utf-8") as file:
        file.write("precious")
    agent.refused("%s: exists and is not a socket" % agent.socket)
    with open(agent.socket, encoding="utf-8") as file:
        lab.check(file.read() == "precious", "the file was changed")
    os.remove(agent.socket)
    with socket.socket(socket.AF_UNIX) as other:  # another program's
        other.bind(agent.socket)
        os.chmod(agent.socket, 0o666)
        other.listen()
        agent.refused("%s: in use" % agent.socket)
        lab.check(os.path.lexists(agent.socket), "the socket of another program is gone")


def test_special_map(place, template):
    """In place of a map something that is no file is refused and left untouched."""
    agent = Daemon(place, "foreign", template)
    target = place.write("203.0.113.1\n", "foreign", "target.map")
    os.symlink(target, agent.map)
    agent.refused(agent.map, "it is a symbolic link")
    os.remove(agent.map)
    os.mkdir(agent.map)
    agent.refused(agent.map, "it is no regular file")
    os.rmdir(agent.map)
    users = os.path.join(os.path.dirname(agent.map), "user_blacklist_ratelimit.map")
    os.mkfifo(users)
    agent.refused(users, "it is no regular file")
    os.remove(users)
    for suffix in "", ".would":
        other = os.path.join(os.path.dirname(agent.map), ".", os.path.basename(agent.map) + suffix)
        agent.set("map", users_file=other)
        agent.refused("%s: the map has that file" % other)
    agent.set("map", users_file=None)
    lab.check(os.listdir(os.path.dirname(agent.map)) == [], "left behind: %s", os.listdir(os.path.dirname(agent.map)))
    agent.write_map("")  # nothing is lost with an empty one
    yield from agent.begin()
    yield until("the empty map is ours", lambda: agent.map_bytes().startswith(b"#") and agent.banned() == [])
    agent.stop()


def test_closed(place, template):
    """Started with its standard files closed, neither agent nor banctl writes to what took their numbers."""
    agent = Daemon(place, "closedfds", template)
    agent.process = place.start(["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh", place.path("bin", "bansyncd"), "--foreground",
                                 "--config", agent.config], USER, READS)
    yield agent.ready()
    agent.log.hit(SENDER)
    yield until("a hit counts", lambda: agent.count(SENDER) == 1)
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    for number in range(3):
        name = os.readlink("/proc/%d/fd/%d" % (agent.process.pid, number))
        lab.check(name == "/dev/null", "%d is %s", number, name)
    for words in (["list"], ["status"], ["list", "--json"]):
        done = run(["sh", "-c", "exec \"$@\" >&-", "sh", place.path("bin", "banctl"), "--socket", agent.socket] + words)
        lab.check(done.code == 8 and "cannot write the output" in done.err, "%s: %s", words, done)
    agent.stop()


PARTS = (test_missing_log, test_appears_while_away, test_start_at, test_another_log, test_closed_log,
         test_source_and_lost_log, test_stop, test_second_agent, test_socket_in_the_way,
         test_special_map, test_closed)
