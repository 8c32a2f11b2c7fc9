# SPDX-License-Identifier: Apache-2.0
"""Banned accounts and a real rspamd: whom its multimap of type "user" rejects by what the agent writes, and nobody else."""
import lab
import session
from accounts_lab import in_files, named, several, told
from command_cluster import begin, stop
from daemon_lab import until
from rspamd import Redis, Rspamd, limit

BURST, THRESHOLD = 3, 10
STOLEN = "stolen@example.org"
# What rspamd's reader of maps has words for, in the order of the map: each between two plain neighbours.
ODD = ["#hash@example.org", "ha#sh@example.org", "back\\#hash@example.org", "blank in@example.org", "two  blanks", "key value",
       'quo"te@example.org', "it's@example.org", "back\\slash@example.org",
       "end\\", "\\begin@example.org", "a\\ b", "/slash@example.org", "/regexp/", "/regexp/i", "//comment", "a/b/c", "a=b", "{a}",
       "[section]", "a;b", "a,b", "*", "!not@example.org", "~tilde", "http://example.org/x", "j\u00f6rg@example.org",
       "\u043f\u043e\u0447\u0442\u0430@example.org", "\udcff\udcfe@example.org", "127.0.0.1", "n" * 115 + "@example.org"]
UNTOLD = [" begins", "ends ", '"quoted@example.org', '"both"@example.org', 'quo"te and blank', "hash#quo\"te", "hash#ends\\"]


def answer(rspamd, name, address="192.0.2.90"):
    """What rspamd makes of a mail of the account, whose name may be any bytes."""
    return session.play(rspamd.address, address, [session.Mail(user=name)])[0][0]


def shouted(name):
    """Its ASCII letters in upper case."""
    return "".join(letter.upper() if letter.isascii() else letter for letter in name)


def test_stolen(place, template):
    """An account sends from many addresses by two nodes and by rspamd itself: a third node's rspamd rejects it, and it alone."""
    if not place.root:
        print("without root rspamd is left out")
        return
    one, two, last = agents = several(place, template, "stolen1", "stolen2", "stolen3", threshold=THRESHOLD)
    rspamd = Rspamd(place, "stolen", Redis(place), last.map, limit(BURST, "1 / 1d"), users_file=last.users_file)
    last.set("detect", log=rspamd.log)
    rspamd.start()
    rspamd.wait_ready()
    lab.check(last.users() is None, "there is a user map already")  # rspamd finds it when it comes
    yield from begin(agents)
    two.hits("STOLEN@Example.org", *["198.51.100.%d" % number for number in range(1, 5)])
    one.hits(STOLEN, *["203.0.113.%d" % number for number in range(1, 5)])
    for number in range(BURST + 1):  # of which rspamd puts off and logs the last
        answer(rspamd, "Stolen@example.org", "192.0.2.%d" % (number + 1))
    yield until("nine hits are known", lambda: all(agent.of_account(STOLEN).get("count") == 9 for agent in agents))
    found = answer(rspamd, "Stolen@example.org", "192.0.2.20")  # and the tenth; its limits are by case
    lab.check(found == "tempfail", "the tenth is answered %s", found)
    yield in_files(agents, STOLEN)
    yield until("rspamd rejects it from a fresh address", lambda: answer(rspamd, STOLEN, "192.0.2.30") == "reject")
    lab.check(all(agent.banned() == [] for agent in agents), "an address is banned")
    found = two.of_account(STOLEN)
    lab.check((found["count"], found["address_count"], found["nodes"]) == (10, 10, {"stolen1": 4, "stolen2": 4, "stolen3": 2}),
              "%s", found)
    lab.check(answer(rspamd, "STOLEN@EXAMPLE.ORG") == "reject", "case matters")
    for name in ("other@example.org", STOLEN + "x", STOLEN[1:], "stolen"):
        lab.check(answer(rspamd, name) == "accept", "%s is not let through", name)
    told(one, 0, "unban", "--account", "Stolen@example.org")
    yield in_files(agents)
    yield until("rspamd lets it through", lambda: answer(rspamd, STOLEN) in ("accept", "tempfail"))
    yield from odd_names(agents, rspamd)
    stop(agents)


def odd_names(agents, rspamd):
    """Each is matched by rspamd exactly, and so are those around it; what no line can say is left out, and told."""
    one, two, last = agents
    around = sorted("%s!" % name for name in ODD if len(name) < 127 and '"' not in name + "!" and " " not in name and
                    "#" not in name and name[0] != "/")
    told(one, 0, "ban", *named(*ODD, *around))
    told(two, 0, "ban", *named(*UNTOLD))
    told(last, 0, "ban", *named("~~~last@example.org"))
    yield until("the last one is rejected", lambda: answer(rspamd, "~~~last@example.org") == "reject")
    lab.check(len({agent.users_bytes() for agent in agents}) == 1 and len(last.users()) == len(ODD) + len(around) + 1,
              "the maps differ: %s", last.users())
    wanted = {name.lower() for name in ODD + around}
    for name in ODD + around:
        lab.check(answer(rspamd, name) == "reject", "%r is let through", name)
        lab.check(answer(rspamd, shouted(name)) == "reject", "%r in upper case is let through", name)
        for near in (name + "x", "x" + name, name[:-1], name.split(" ")[0]):
            if near and near not in wanted and len(near) < 128:
                lab.check(answer(rspamd, near) == "accept", "%r is rejected for %r", near, name)
    status = one.status()
    lab.check(status["user_map"]["untold"] == len(UNTOLD) and status["user_map"]["entries"] == len(last.users()), "%s", status)
    lab.check(one.is_degraded("user map: rspamd has no way to write %d banned accounts" % len(UNTOLD)), "%s", one.reasons())
    lab.check(one.ask("ban", *named("n" * 128))[0] == 2, "a name of 128 bytes is taken")
    told(one, 0, "unban", *named(*UNTOLD))
    yield until("all are healthy", lambda: all(agent.is_healthy() for agent in agents))


PARTS = (test_stolen,)
