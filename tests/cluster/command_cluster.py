# SPDX-License-Identifier: Apache-2.0
"""Three agents for the tests of banctl, and what is asked of all of them."""
import contextlib
import signal

import lab
from daemon_lab import Daemon, until


def three(place, template, name, **sections):
    """Starts three agents that see each other: agents = yield from three(...). sections: options by section, for all."""
    agents = [Daemon(place, "%s%d" % (name, number), template) for number in (1, 2, 3)]
    for agent in agents:
        agent.meet(agents)
        for section, options in sections.items():
            agent.set(section, **options)
    yield from begin(agents)
    return agents


def begin(agents):
    for agent in agents:
        agent.start()
    for agent in agents:
        yield agent.ready()
    yield linked(agents)


def linked(agents):
    def all_up():
        return all(agent.is_healthy() for agent in agents)
    return until("all see each other and are healthy", all_up)


def in_maps(agents, *nets, seconds=8):
    """All maps hold exactly these, in any order, and are the same bytes. Sooner than the agents look by themselves, every
    10 s, whether the file is as it should be."""
    def equal():
        return all(sorted(agent.banned()) == sorted(nets) for agent in agents) and len({one.map_bytes() for one in agents}) == 1
    return until("all maps hold exactly %s" % list(nets), equal, seconds)


def stop(agents):
    for agent in agents:
        agent.stop()


def changes(agent, code, *words, **options):
    """ban, unban, allow add or allow remove with --json: must exit with code. Its changes."""
    found, answer = agent.ask(*words, **options)
    lab.check(found == code, "%s: exit %d, wanted %d: %s", words, found, code, answer)
    schema = "banctl.%s/1" % "_".join(words[:2] if words[0] == "allow" else words[:1])
    lab.check(list(answer) == ["schema", "changes"] and answer["schema"] == schema, "%s: %s", words, answer)
    return answer["changes"]


def change(agent, code, *words):
    """The same for one address."""
    found = changes(agent, code, *words)
    lab.check(len(found) == 1, "%s: %d changes", words, len(found))
    return found[0]


@contextlib.contextmanager
def paused(agent):
    """Its process stands still: its peers and clients get no answer, and no connection ends."""
    agent.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        agent.process.send_signal(signal.SIGCONT)
