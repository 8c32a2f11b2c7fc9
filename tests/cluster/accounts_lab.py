# SPDX-License-Identifier: Apache-2.0
"""What the tests of accounts share."""
import os

import lab
from daemon_lab import Daemon, until

THRESHOLD = 3


class Accounts(Daemon):
    """An agent that bans accounts, and the file of those."""

    def __init__(self, place, name, template, **detect):
        super().__init__(place, name, template, **dict({"threshold": THRESHOLD, "accounts": "ban"}, **detect))
        self.users_file = os.path.join(os.path.dirname(self.map), "user_blacklist_ratelimit.map")

    def users_bytes(self, suffix=""):
        """The file as it is; None if there is none."""
        try:
            with open(self.users_file + suffix, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write_users(self, data):
        """Changes the file in place, as an editor might."""
        with open(self.users_file, "wb") as file:
            file.write(data)

    def users(self, suffix=""):
        """The lines of the file; None if there is none."""
        data = self.users_bytes(suffix)
        return None if data is None else [line for line in data.decode("utf-8", "surrogateescape").splitlines()
                                          if not line.startswith("# ")]

    def hits(self, account, *addresses):
        """One hit of the account from each address."""
        for address in addresses:
            self.hit_from(address, account if isinstance(account, bytes) else account.encode())

    def of_account(self, name):
        """What show tells."""
        return self.ask("show", "--account", name)[1]

    def lose(self):
        """Its database is gone: a new disk."""
        folder = os.path.join(self.home, "state")
        for name in os.listdir(folder):
            if name.startswith("bansync.db"):
                os.remove(os.path.join(folder, name))


def named(*names):
    """The words that name these accounts."""
    return [word for name in names for word in ("--account", name)]


def several(place, template, *names, **detect):
    """Agents that see each other once they have begun."""
    agents = [Accounts(place, name, template, **detect) for name in names]
    for agent in agents:
        agent.meet(agents)
    return agents


def in_files(agents, *lines, seconds=8):
    """All user maps hold exactly these lines, and are the same bytes."""
    def equal():
        return all(agent.users() == list(lines) for agent in agents) and len({agent.users_bytes() for agent in agents}) == 1
    return until("all user maps hold exactly %s" % list(lines), equal, seconds)


def told(agent, code, *words):
    """The document of banctl WORDS, which must exit with code."""
    found, answer = agent.ask(*words)
    lab.check(found == code, "%s: exit %d, wanted %d: %s", words, found, code, answer)
    return answer


def says(agent, code, *words, has=()):
    """banctl WORDS as text, which must exit with code and have all these texts on standard output."""
    output = agent.tell(*words)
    lab.check(output.code == code and all(text in output.out for text in has), "%s, wanted %d and %s: %s", words, code, has, output)
    return output
