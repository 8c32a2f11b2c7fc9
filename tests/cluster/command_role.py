# SPDX-License-Identifier: Apache-2.0
"""Who may do what: by group, as another user."""
import json
import os
import re
import sys

import lab
from daemon_lab import ADMIN_GROUP, READ_GROUP, STRANGER, Daemon, as_stranger, run

SENDER = "203.0.113.161"
LOOK = (["list"], ["status"], ["peers"], ["verify"], ["digest"], ["metrics"], ["check", SENDER], ["show", SENDER],
        ["explain", SENDER], ["top"],
        ["allow", "list"], ["allow", "check", SENDER])
CHANGE = (["ban", SENDER], ["unban", SENDER], ["allow", "add", SENDER], ["allow", "remove", SENDER], ["reload"])


def denied(agent, groups, command, role, group):
    name = " ".join(command[:2] if command[0] == "allow" else command[:1])
    output = agent.tell(*command, as_user=groups)
    lab.check(output.code == 4 and output.out == "" and "permission denied: \"%s\" needs the role %s" % (name, role) in
              output.err and "become root or a member of the group \"%s\"" % group in output.err, "%s: %s", command, output)


def test_roles(place, template):
    """Members of the read group may look, those of the admin group may change, strangers neither; reload moves the groups."""
    if not place.root:
        print("left out: only root may become another user")
        return
    agent = Daemon(place, "roles", template)
    yield from agent.begin()
    for command in LOOK:
        denied(agent, (), command, "read", READ_GROUP)
        for groups in ((READ_GROUP,), (ADMIN_GROUP,), ("mail", READ_GROUP)):
            output = agent.tell(*command, as_user=groups)
            lab.check(output.code in (0, 1) and "permission" not in output.err, "%s with %s: %s", command, groups, output)
    for command in CHANGE:
        denied(agent, (), command, "admin", ADMIN_GROUP)
        denied(agent, ("mail", READ_GROUP), command, "admin", ADMIN_GROUP)
    lab.check(agent.ask("list")[1]["total"] == 0, "a denied command had effect")
    lab.check(agent.status()["counters"]["control_refused"] == len(LOOK) + 2 * len(CHANGE), "counters: %s",
              agent.status()["counters"])
    for command in CHANGE:
        output = agent.tell(*command, as_user=("mail", ADMIN_GROUP))
        lab.check(output.code == 0, "%s: %s", command, output)
    lab.check(agent.tell("ban", SENDER, as_user=(ADMIN_GROUP,)).code == 0, "ban failed")
    lab.check(agent.list()["bans"][0]["actor"] == "uid %d" % STRANGER, "actor: %s", agent.list())
    agent.set("control", admin_group="mail", read_group="no-such-group")
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    denied(agent, (READ_GROUP, ADMIN_GROUP), ["list"], "read", "no-such-group")
    denied(agent, (READ_GROUP, ADMIN_GROUP), ["unban", SENDER], "admin", "mail")
    lab.check(agent.tell("unban", SENDER, as_user=("mail",)).code == 0, "the new admin group may not change")
    agent.make_public(0o700)
    output = agent.tell("list", as_user=("mail",))
    lab.check(output.code == 4 and "permission denied on %s" % agent.socket in output.err, "socket out of reach: %s", output)
    agent.make_public(0o755)
    agent.stop()


ASK = """
import json, socket, sys
answers = {}
for name in sys.argv[2:]:
    agent = socket.socket(socket.AF_UNIX)
    agent.connect(sys.argv[1])
    agent.sendall(json.dumps({"command": name}).encode() + b"\\n")
    answer = json.loads(agent.makefile().readline())
    answers[name] = answer.get("error", {}).get("code")
print(json.dumps(answers))
"""


def commands():
    """{name: role} of every command that asks the agent."""
    with open(os.path.join(sys.argv[2], "include", "bansync", "command.def"), encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("COMMAND(")]
    found = [re.match(r'COMMAND\(\w+, "([^"]+)", (read|admin|local), ', line).groups() for line in lines]
    return {name: role for name, role in found if role != "local"}


def codes(agent, groups, names):
    """{name: error code or None} of requests that hold nothing but the command, from a stranger in these groups."""
    output = run(as_stranger(groups) + [sys.executable, "-c", ASK, agent.socket] + list(names))
    lab.check(output.code == 0, "%s", output)
    return json.loads(output.out)


def test_every_command(place, template):
    """Of every command of the table: a stranger may use none, the read group those that look, the admin group all."""
    if not place.root:
        print("left out: only root may become another user")
        return
    agent = Daemon(place, "every", template)
    yield from agent.begin()
    roles = commands()
    lab.check(len(roles) >= 11 and set(roles.values()) == {"read", "admin"}, "the table: %s", roles)
    for groups, may in (((), ()), ((READ_GROUP,), ("read",)), ((ADMIN_GROUP,), ("read", "admin"))):
        found = codes(agent, groups, roles)
        wrong = {name: code for name, code in found.items() if (code == "permission") == (roles[name] in may)}
        lab.check(set(found) == set(roles) and not wrong, "%s with %s", wrong, groups)
        lab.check(agent.ask("list")[1]["total"] == 0, "something is banned")
    agent.stop()


PARTS = (test_roles, test_every_command)
