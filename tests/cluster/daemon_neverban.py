# SPDX-License-Identifier: Apache-2.0
"""[never-ban] file: followed while it changes, kept while it is broken or gone, entries with an end."""
import os
import time

import lab
from daemon_lab import Daemon, until

OFFICE, GUEST, OTHER = "203.0.113.71", "203.0.113.72", "203.0.113.73"


def write(agent, text):
    """In one step, as who keeps such a file should; also in the same second as before."""
    path = os.path.join(agent.home, "never")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def maps(agent, *nets):
    return until("the map holds %s" % list(nets), lambda: sorted(agent.banned()) == sorted(nets))


def test_file(place, template):
    """[never-ban] file is read again when it changes; with a mistake, or gone, what it held stays; an entry ends by itself."""
    agent = Daemon(place, "neverfile", template, threshold=2)
    path = os.path.join(agent.home, "never")
    write(agent, "# who is never banned\n%s/32   # office\n\n%s until 2099-12-31\n" % (OFFICE, GUEST))
    agent.set("never-ban", file=path)
    yield from agent.begin()
    for sender in (OFFICE, GUEST, OTHER):
        agent.log.hit(sender, 2)
    yield maps(agent, OTHER)
    lab.check(agent.ask("allow", "check", OFFICE, GUEST)[0] == 0, "allow check")
    write(agent, "%s\n%s until %s\n" % (OFFICE, GUEST, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))))
    yield until("the end is known", lambda: any("entries read from" in line for line in agent.written("[never-ban] file:")))
    yield maps(agent, OTHER, GUEST)
    lab.check(agent.ask("allow", "check", GUEST)[0] == 1, "it has ended")
    write(agent, "%s\n%s\n" % (OFFICE, OTHER))
    yield maps(agent, GUEST)
    write(agent, "%s\n%s for ever\n" % (GUEST, OFFICE))
    yield until("status names the mistake", lambda: agent.is_degraded("never-ban file: %s:2: behind the network" % path))
    lab.check(agent.banned() == [GUEST], "half of it is in force: %s", agent.banned())
    os.remove(path)
    yield until("status says that it is gone", lambda: agent.is_degraded("never-ban file: %s: No such file" % path))
    agent.stop()
    yield from agent.begin()
    yield until("status says it again", lambda: agent.is_degraded("never-ban file: %s: No such file" % path))
    lab.check(agent.banned() == [GUEST] and agent.ask("allow", "check", OFFICE, OTHER)[0] == 0, "what it held is lost")
    write(agent, "%s\n" % OFFICE)
    yield maps(agent, GUEST, OTHER)
    yield until("status is healthy", agent.is_healthy)
    agent.set("never-ban", file=path + ".other")
    output = agent.tell("reload")
    lab.check(output.code == 5 and "%s.other: No such file" % path in output.err, "reload: %s", output)
    lab.check(agent.banned() == sorted([GUEST, OTHER]), "the map changed")
    agent.set("never-ban", file=None)
    lab.check(agent.tell("reload").code == 0, "reload without")
    yield maps(agent, GUEST, OFFICE, OTHER)
    agent.stop()


PARTS = (test_file,)
