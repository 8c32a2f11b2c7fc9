# SPDX-License-Identifier: Apache-2.0
"""Agents that have many bans already, and the addresses of these."""
import os
import subprocess
import time

from agent import USER
from member import Member
from ready import Ready

CLUSTER = "test"  # of agent.py


def fill(bench, member, first, count):
    """Puts the bans first to first + count - 1 into the database of an agent that does not run."""
    place = bench.place
    if not os.path.exists(place.path("bin", "fill")):
        place.copy(bench.tool("fill"), "bin", "fill")
    if count:
        subprocess.run(place.command([place.path("bin", "fill"), os.path.join(member.home, "state"), CLUSTER, str(first),
                                      str(count)], USER), check=True)


def start(member):
    """Starts it and waits until it is ready: seconds that took."""
    with Ready(member.lab, member.name) as ready:
        begin = time.monotonic()
        member.start()
        return ready.wait() - begin


def member(bench, name, count, agents=None, detect="", log=None):
    """One that holds bans 0 to count - 1, not started."""
    made = Member(bench.place, name)
    made.configure(log or bench.place.write("", name, "empty.log"), agents or [made], detect=detect)
    fill(bench, made, 0, count)
    return made


def addresses(bench, first, count, *texts):
    """What the tool addresses prints, as bytes."""
    return subprocess.run([bench.tool("addresses"), str(first), str(count)] + list(texts), check=True,
                          stdout=subprocess.PIPE).stdout
