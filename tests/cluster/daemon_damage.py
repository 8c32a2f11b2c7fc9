# SPDX-License-Identifier: Apache-2.0
"""The map is changed, truncated, deleted or made impossible to write while the agent runs."""
import os
import shutil

import lab
from agent import USER
from daemon_lab import Daemon, until

SENDER, LATER = "203.0.113.41", "203.0.113.42"
REPAIR_SECONDS = 15


def delete(agent):
    os.remove(agent.map)


def truncate(agent):
    os.truncate(agent.map, 0)


def append(agent):
    agent.write_map(agent.map_bytes().decode() + "203.0.113.99\n")


def replace(agent):
    agent.write_map("# nobody's\n0.0.0.0/0\n")


def after(damage):
    """The part of the test for one kind of damage; side by side they wait for the same ten seconds."""
    def part(place, template):
        agent = Daemon(place, damage.__name__, template)
        yield from agent.begin()
        lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
        yield until("the map holds it", lambda: agent.banned() == [SENDER])
        before = agent.map_bytes()

        def seen():
            if agent.map_bytes() == before:  # at first, and if the agent was quicker
                damage(agent)
            code, answer = agent.ask("verify")
            return code == 6 and not answer["equal"] and answer["nodes"][0]["outcome"] == "file_differs"
        yield until("verify sees the damage", seen)
        yield until("it is put right", lambda: agent.map_bytes() == before, REPAIR_SECONDS)
        yield until("verify is content", lambda: agent.ask("verify")[0] == 0, 5)
        lab.check(os.stat(agent.map).st_mode & 0o777 == 0o644, "its mode is %o", os.stat(agent.map).st_mode)
        lab.check(agent.status()["counters"]["map_writes"] >= 2, "map_writes does not count it")
        agent.stop()
    part.__name__ = "test_map_" + damage.__name__
    part.__doc__ = "A map changed by somebody else (%s) is put right within 15 s." % damage.__name__
    return part


def test_changed_map_logged(place, template):
    """A map that somebody edited is not put right in silence."""
    agent = Daemon(place, "edited", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    append(agent)
    yield until("it is put right", lambda: agent.banned() == [SENDER], REPAIR_SECONDS)
    yield until("the log says so", lambda: agent.written("map %s had been changed by someone else and was written again" %
                                                         agent.map), 5)
    agent.stop()


def test_map_in_the_way(place, template):
    """A directory or a symbolic link in place of the map shows in status; when it is gone the map is back."""
    agent = Daemon(place, "inway", template)
    target = place.write("untouched\n", "inway", "target.map")
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    os.remove(agent.map)
    os.symlink(target, agent.map)
    yield until("status names the link", lambda: agent.is_degraded("map: ", agent.map, "symbolic link"), REPAIR_SECONDS)
    with open(target, encoding="utf-8") as file:
        lab.check(file.read() == "untouched\n", "it wrote through the link")
    lab.check(agent.ask("status")[1]["map"]["matches"] is False, "status says that the map matches")
    os.remove(agent.map)
    os.mkdir(agent.map)
    yield until("status names it", lambda: agent.is_degraded("map: ", agent.map, "no regular file"))
    os.rmdir(agent.map)
    yield until("the map is back", lambda: agent.banned() == [SENDER])
    yield until("status is healthy", agent.is_healthy)
    agent.stop()


def test_unwritable_folder(place, template):
    """While the map's folder cannot be written the former map stays and status says why; then the new one is written."""
    agent = Daemon(place, "closed", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    agent.make_public(0o555, "maps")
    lab.check(agent.ask("ban", LATER)[0] == 0, "ban failed")
    yield until("status names it", lambda: agent.is_degraded("map: ", agent.map, "Permission denied"))
    lab.check(agent.banned() == [SENDER], "the former map is not in force: %s", agent.banned())
    lab.check(agent.ask("status")[1]["counters"]["map_failures"] > 0, "map_failures is 0")
    yield until("the log names it", lambda: agent.written("cannot write the map: ", "Permission denied"), 5)
    agent.make_public(0o755, "maps")
    yield until("the new map is written", lambda: sorted(agent.banned()) == [SENDER, LATER])
    yield until("status is healthy", agent.is_healthy)
    yield until("the log tells the end", lambda: agent.written("map is written again"), 5)
    agent.stop()


def away(agent):
    """The map's folder, moved out of the way."""
    folder = os.path.dirname(agent.map)
    os.rename(folder, folder + ".away")


def test_removed_folder(place, template):
    """When the map's folder is removed status says so; when it is there again the map is in it."""
    agent = Daemon(place, "removed", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    shutil.rmtree(os.path.dirname(agent.map))
    yield until("status names it", lambda: agent.is_degraded("map: ", agent.map), REPAIR_SECONDS)
    place.folder("removed", "agent", "maps", user=USER)
    yield until("the map is back", lambda: agent.banned() == [SENDER], REPAIR_SECONDS)
    yield until("status is healthy", agent.is_healthy)
    agent.stop()


def test_moved_folder(place, template):
    """When the map's folder is moved away the agent notices: status says so, or the map is made anew."""
    agent = Daemon(place, "moved", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    away(agent)
    yield until("status names it, or the map is back", lambda: agent.is_degraded("map: ", agent.map) or
                agent.banned() == [SENDER], REPAIR_SECONDS)


def test_replaced_folder(place, template):
    """When another folder takes the place of the map's, the map is made in it."""
    agent = Daemon(place, "replaced", template)
    yield from agent.begin()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the map holds it", lambda: agent.banned() == [SENDER])
    away(agent)
    place.folder("replaced", "agent", "maps", user=USER)
    lab.check(agent.ask("ban", LATER)[0] == 0, "ban failed")
    yield until("the map is in the new folder", lambda: sorted(agent.banned()) == [SENDER, LATER], REPAIR_SECONDS)
    agent.stop()


PARTS = (*[after(damage) for damage in (delete, truncate, append, replace)], test_changed_map_logged, test_map_in_the_way,
         test_unwritable_folder, test_removed_folder, test_moved_folder, test_replaced_folder)
