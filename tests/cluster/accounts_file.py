# SPDX-License-Identifier: Apache-2.0
"""The file of the user map: modes, another program's file, what somebody edited, and a database that is lost."""
import os

import lab
from accounts_lab import THRESHOLD, in_files, named, says, several, told
from command_cluster import begin, stop
from daemon_lab import until

BOB, EVE, KIM = "bob@example.org", "eve@example.org", "kim@example.org"
ADDRESSES = ["198.51.100.%d" % number for number in range(1, THRESHOLD + 1)]


def reload(agent, section, **options):
    agent.set(section, **options)
    return says(agent, 0, "reload")


def test_modes(place, template):
    """off: nothing counts; count: nobody is banned; ban: those that have counted are, too; observe: FILE gets none."""
    agent, = several(place, template, "modes", accounts="off")
    yield from agent.begin()
    agent.hits(KIM, *ADDRESSES)
    yield until("the addresses count", lambda: agent.count(ADDRESSES[-1]) == 1)
    lab.check(agent.ask("show", "--account", KIM)[0] == 1 and agent.users() is None, "mode off counts accounts")
    lab.check(agent.status()["user_map"] is None, "%s", agent.status()["user_map"])
    reload(agent, "detect", accounts="count")
    yield in_files([agent])
    agent.hits(BOB, *ADDRESSES)
    yield until("they count", lambda: agent.of_account(BOB).get("count") == THRESHOLD)
    lab.check(not agent.of_account(BOB)["banned"] and agent.users() == [], "mode count bans")
    says(agent, 1, "explain", "--account", BOB, has=["account %s is not banned" % BOB, "No hits ban an account here"])
    told(agent, 0, "ban", *named(EVE))
    yield in_files([agent], EVE)
    says(agent, 0, "status", has=["users   %s  1 account" % agent.users_file])
    output = reload(agent, "detect", accounts="ban")
    lab.check("1" in output.out, "reload tells nothing of the ban: %s", output)
    yield in_files([agent], BOB, EVE)
    yield from observed(agent)
    agent.stop()


def observed(agent):
    reload(agent, "ban", mode="observe")
    told(agent, 0, "unban", *named(EVE))
    told(agent, 0, "ban", *named(KIM))
    yield until("FILE.would has what would be banned", lambda: agent.users(".would") == [BOB, KIM])
    yield in_files([agent], BOB)
    lab.check([ban["account"] for ban in told(agent, 0, "list", "--would")["bans"]] == [KIM], "list --would: %s", agent.ask("list", "--would"))
    says(agent, 0, "explain", "--account", KIM, has=["account %s would be banned" % KIM])
    yield until("verify", lambda: agent.ask("verify")[0] == 0)
    output = reload(agent, "ban", mode="enforce")
    lab.check("1 ban comes into force" in output.out, "reload: %s", output)
    yield in_files([agent], BOB, KIM)
    yield until("FILE.would is gone", lambda: agent.users(".would") is None)


def test_edited(place, template):
    """What somebody took out of the file, or put into it, verify finds; it is put right within ten seconds, as one that is gone."""
    one, two = agents = several(place, template, "edit1", "edit2")
    yield from begin(agents)
    told(one, 0, "ban", *named(BOB, EVE))
    yield in_files(agents, BOB, EVE)
    good = one.users_bytes()
    one.write_users(good.replace(EVE.encode(), KIM.encode()))
    os.remove(two.users_file)
    code, answer = one.ask("verify")
    wrong = {row["account"]: row["here"] for row in answer["nodes"][0]["differences"]}
    lab.check(code == 6 and answer["nodes"][0]["outcome"] == "file_differs" and wrong == {EVE: True, KIM: False}, "%d %s", code, answer)
    says(one, 6, "verify", has=["account %s  in the map of edit1, not in its file" % EVE])
    yield until("both are put right", lambda: one.users_bytes() == two.users_bytes() == good, 15)
    yield until("verify is content", lambda: one.ask("verify")[0] == two.ask("verify")[0] == 0)
    for agent in agents:
        lab.check(agent.written("user map %s had been changed by someone else" % agent.users_file), "the log is silent")
    stop(agents)


def test_foreign(place, template):
    """Another program's file is left alone, status names it, and once it is away ours takes its place."""
    agent, = several(place, template, "foreign")
    old = b"# my own list\nold@example.org\n"
    agent.write_users(old)
    yield from agent.begin()
    told(agent, 0, "ban", *named(BOB))
    yield until("status names it", lambda: agent.is_degraded("user map: %s was not written by bansyncd" % agent.users_file))
    lab.check(agent.users_bytes() == old and agent.status()["user_map"]["foreign"], "it was changed")
    says(agent, 6, "status", has=["left alone: it is not bansync's"])
    lab.check(agent.ask("verify")[0] == 6, "verify is content")
    agent.stop()
    yield from agent.begin()
    yield until("status names it again", lambda: agent.is_degraded("user map: "))
    os.rename(agent.users_file, agent.users_file + ".old")
    yield in_files([agent], BOB, seconds=15)
    yield until("it is healthy", agent.is_healthy)
    agent.stop()


def test_lost(place, template):
    """A node whose database is lost keeps the accounts in force, until the operator adopts them or a peer knows them."""
    one, two = agents = several(place, template, "lost1", "lost2")
    alone, = several(place, template, "alone")
    yield from begin(agents)
    yield from alone.begin()
    told(alone, 0, "ban", *named(BOB, EVE))
    yield in_files([alone], BOB, EVE)
    alone.stop()
    alone.lose()
    yield from alone.begin()
    lab.check(alone.users() == [BOB, EVE] and alone.status()["map"]["held"]["kind"] == "lost", "%s", alone.status()["map"])
    lab.check(alone.is_degraded("2 entries of the former map are kept, as the database was lost"), "%s", alone.reasons())
    says(alone, 0, "explain", "--account", BOB, has=["account %s is banned" % BOB])
    told(alone, 0, "unban", *named(EVE))
    yield in_files([alone], BOB)
    alone.kill()
    yield from alone.begin()
    lab.check(alone.users() == [BOB], "after kill -9: %s", alone.users())
    found = told(alone, 0, "map", "adopt")
    lab.check(found["adopted"] == 1, "%s", found)
    yield in_files([alone], BOB)
    lab.check(alone.of_account(BOB)["manual"]["kind"] == "ban", "%s", alone.of_account(BOB))
    yield until("it is healthy", alone.is_healthy)
    alone.stop()

    told(one, 0, "ban", "--wait", *named(BOB, EVE))
    yield in_files(agents, BOB, EVE)
    one.stop()
    one.lose()
    told(two, 6, "unban", *named(EVE), "--wait")
    one.start()
    yield one.ready()
    def followed():
        lab.check(BOB in one.users(), "it left the file: %s", one.users())
        return one.users() == [BOB] and one.status()["map"]["held"] is None
    yield until("it has what its peer has", followed)
    yield in_files(agents, BOB)
    yield until("both are healthy", lambda: all(agent.is_healthy() for agent in agents))
    stop(agents)


def test_discard(place, template):
    """Accounts of a lost database that are discarded are in a copy beside their file, which import reads, with and without networks."""
    agent, = several(place, template, "discard")
    yield from agent.begin()
    for names, nets in (([BOB, "o dd"], []), ([EVE], ["192.0.2.9"])):
        told(agent, 0, "ban", *nets, *named(*names))
        yield in_files([agent], *["\"%s\"" % name if " " in name else name for name in names])
        agent.stop()
        agent.lose()
        yield from agent.begin()
        kept = agent.users_bytes()
        answer = told(agent, 0, "map", "discard")
        copy = answer["users_copy"]
        lab.check(answer["entries"] == len(names) + len(nets) and copy.startswith(agent.users_file + ".before-bansync"), "%s", answer)
        lab.check((answer["copy"] is not None) == bool(nets) and copy in answer["message"], "%s", answer)
        with open(copy, "rb") as file:
            lab.check(file.read() == kept, "%s is not what was kept", copy)
        yield in_files([agent])
        lab.check(told(agent, 0, "import", copy, "--accounts")["accounts"] == len(names), "the copy is not imported")
        yield until("they are back", lambda was=kept: agent.users_bytes() == was)
        says(agent, 0, "unban", "--all", "--yes")
    agent.stop()


PARTS = (test_discard, test_modes, test_edited, test_foreign, test_lost)
