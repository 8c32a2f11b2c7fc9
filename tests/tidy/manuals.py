# SPDX-License-Identifier: Apache-2.0
"""The manuals tell all that there is and nothing else: commands, their options, global options, counters, metrics, exit codes,
members of requests, roles, reasons of NACK and schemas. What there is comes from the tables of the source, never from output.

usage: manuals.py SOURCE_DIR (see manuals.sh)
"""

import glob
import os
import re
import sys

SOURCE = sys.argv[1]
failures = 0


def fail(text, *values):
    global failures
    failures += 1
    print(text % values, file=sys.stderr)


def read(*names):
    with open(os.path.join(SOURCE, *names), encoding="utf-8") as file:
        return file.read()


def compare(where, what, told, wanted):
    """told: as in the manual, in its order; wanted: as in the source."""
    for one in sorted(set(wanted) - set(told)):
        fail("%s: %s %s is missing", where, what, one)
    for one in sorted(set(told) - set(wanted)):
        fail("%s: there is no %s %s", where, what, one)
    for one in sorted({one for one in told if told.count(one) > 1}):
        fail("%s: %s %s is told twice", where, what, one)


def rows(macro, *path):
    """The arguments of each MACRO(...) of a table, texts without their quotes."""
    lines = re.findall(r"^%s\((.*)\)$" % macro, read(*path), re.M)
    if not lines:
        fail("%s: no line of %s(...) that this test can read", os.path.join(*path), macro)
    return [[one[1:-1] if one.startswith('"') else one for one in re.findall(r'"(?:[^"\\]|\\.)*"|[^\s,][^,]*', line)]
            for line in lines]


# --- What there is -----------------------------------------------------------------------------------

def command_table():
    """{name: (role, operands, {option: takes a value})}"""
    return {name: (role, operands, {word.split("=")[0][2:]: "=" in word for word in options.split()})
            for _, name, role, operands, options, _ in rows("COMMAND", "include", "bansync", "command.def")}


def global_options():
    """{option: takes a value}"""
    table = re.search(r"options_globals\[\] = \{(.*?)\n\};", read("ctl", "options.c"), re.S)
    return {name: value != "NULL" for name, value in re.findall(r'^    \{"([\w-]+)", ("\w+"|NULL),', table[1], re.M)}


def enumeration(name):
    """Numbers of an enum of control.h."""
    text = re.search(r"enum %s \{(.*?)\};" % name, read("include", "bansync", "control.h"), re.S)[1]
    return [number for number in re.findall(r"= (\d+)", text)]


def schemas():
    found = set()
    for path in glob.glob(os.path.join(SOURCE, "agent", "**", "*.c"), recursive=True) + glob.glob(
            os.path.join(SOURCE, "ctl", "*.c")):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r"\bbanctl\.[a-z_]+/\d+", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)))
    return found


# --- What is told ------------------------------------------------------------------------------------

class Manual:
    def __init__(self, name):
        self.path = os.path.join("docs", name)
        self.text = read("docs", name)

    def part(self, head):
        """Lines of the section or subsection, up to the next one."""
        match = re.search(r"^%s\n(.*?)(?=^\.S[hs] |\Z)" % re.escape(head), self.text, re.S | re.M)
        if not match:
            fail("%s: there is no \"%s\"", self.path, head)
        return match[1].splitlines() if match else []

    def items(self, head, macro):
        """[(rest of the line, lines of text below it)] of each .It MACRO of the part."""
        found = []
        text = re.sub(r"^\.It Xo\n((?:.*\n)*?)\.Xc$", lambda head: ".It " + " ".join(
            line.lstrip(".") for line in head[1].splitlines()), "\n".join(self.part(head)), flags=re.M)
        for line in text.split("\n"):
            if line.startswith(".It %s " % macro):
                found.append((line[len(".It %s " % macro):], []))
            elif line.startswith((".It ", ".El", ".Ss ")):
                found.append((None, []))
            elif found:
                found[-1][1].append(line)
        return [item for item in found if item[0] is not None]


def names_of(head):
    """The commands that an .It Ic names: words up to a macro, several apart by commas."""
    words = re.split(r" (?:Ar|Op|Oo|Fl|Cm|Ns|Po|Brq|No)\b", head)[0]
    return [name.strip() for name in words.split(" , ")]


def check_commands(manual):
    table = command_table()
    told = []
    for head, body in manual.items(".Sh DESCRIPTION", "Ic"):
        names = names_of(head)
        told += names
        options = set(re.findall(r"Fl Fl ([\w-]+)", head))
        known = [set(table[name][2]) for name in names if name in table]
        for option in sorted(set().union(*known) - options - set(re.findall(r"Fl Fl ([\w-]+)", "\n".join(body)))):
            fail("%s: option --%s of %s is missing", manual.path, option, ", ".join(names))
        for option in sorted(options - set().union(*known)):
            fail("%s: %s takes no option --%s", manual.path, ", ".join(names), option)
        for name in names:
            if name in table and bool(table[name][1]) != bool(re.search(r"\bAr\b", re.sub(
                    r"Fl Fl [\w-]+ Ar \w+", "", head))):
                fail("%s: %s is told with other operands than it takes", manual.path, name)
    compare(manual.path, "command", told, table)


def check_options(manual):
    wanted = global_options()
    for name, (_, _, options) in command_table().items():
        for option, takes_value in options.items():
            if wanted.setdefault(option, takes_value) != takes_value:
                fail("command.def: --%s takes a value in some commands only", option)
    told = []
    for head, _ in manual.items(".Sh DESCRIPTION", "Fl"):
        match = re.fullmatch(r"(?:\w , Fl )?Fl ([\w-]+)( (?:Ar|Cm) .*)?", head)
        if not match:
            fail("%s: an option this test cannot read: .It Fl %s", manual.path, head)
            continue
        told.append(match[1])
        if match[1] in wanted and bool(match[2]) != wanted[match[1]]:
            fail("%s: --%s takes %s value", manual.path, match[1], "a" if wanted[match[1]] else "no")
    compare(manual.path, "option", ["--" + one for one in told], ["--" + one for one in wanted])


def check_list_words(manual):
    """The words of list.def, each in the item of its option."""
    bodies = {head.split()[1]: "\n".join(body) for head, body in manual.items(".Sh DESCRIPTION", "Fl")}
    for option, macro in (("source", "LIST_SOURCE"), ("sort", "LIST_ORDER")):
        told = re.findall(r"\bLi (\w+)", bodies.get(option, ""))
        compare(manual.path, "word of --%s" % option, told, [word for _, word in rows(macro, "include", "bansync", "list.def")])


def check_words(manual):
    """Wherever a command of banctl is named in a manual there is one."""
    known = set(command_table()) | {name.split()[0] for name in command_table()} | {"help"}
    for words in re.findall(r"^\.Xr banctl 1 Cm ([a-z ]+?)(?: Fl Fl [\w-]+)*(?: [.,;:])?$", manual.text, re.M):
        if words not in known:
            fail("%s: there is no command %s", manual.path, words)


def check_counters(manual):
    table = rows("COUNTER", "include", "bansync", "counter.def")
    told = [head.split()[0] for head, _ in manual.items(".Ss Counters", "Sy")]
    compare(manual.path, "counter", told, [row[0] for row in table])
    before = "\n".join(manual.part(".Ss Counters")).split(".Bl", maxsplit=1)[0]
    alarms = [word for line in re.findall(r"^\.Sy (.*)$", before, re.M) for word in re.findall(r"\w+", line)]
    compare(manual.path, "alarm", alarms, [row[0] for row in table if row[1] == "1"])


def check_metrics(manual):
    table = {"bansync_" + row[0]: row[1] for row in rows("METRIC", "include", "bansync", "metric.def")}
    told = {}
    for head, _ in manual.items(".Ss Metrics", "Sy"):
        match = re.fullmatch(r"(\w+)(?: Brq Ar (\w+))?", head)
        told[match[1] if match else head] = match[2] or "" if match else None
    compare(manual.path, "metric", list(told), table)
    for name in set(told) & set(table):
        if told[name] != table[name]:
            fail("%s: the label of %s is \"%s\"", manual.path, name, table[name])
    if "bansync_ Ns Ar counter Ns Sy _total" not in manual.text:
        fail("%s: how counters are named as metrics is missing", manual.path)


def check_exits(manual, name):
    told = [line.split()[1] for line in manual.part(".Sh EXIT STATUS") if line.startswith(".It ")]
    compare(manual.path, "exit code", told, enumeration(name))


def check_members(manual):
    table = re.search(r"\} members\[\] = \{(.*?)\n\};", read("agent", "command", "command.c"), re.S)
    wanted = re.findall(r'\{"(\w+)", MEMBER_', table[1])
    told = re.findall(r"^\.It Sy (\w+) Ta (?!Sy)", "\n".join(manual.part(".Ss Requests")), re.M)
    compare(manual.path, "member of a request", told, wanted)


def check_roles(manual):
    text = " ".join(line for line in manual.part(".Ss Requests") if not line.startswith("."))
    match = re.search(r"Roles: (.*?) needs? the role admin", text)
    if not match:
        fail("%s: no sentence \"Roles: ... need the role admin\"", manual.path)
        return
    told = re.split(r", (?:and )?| and ", match[1])
    compare(manual.path, "command with the role admin", told,
            [name for name, (role, _, _) in command_table().items() if role == "admin"])


def check_refusals(manual):
    told = re.search(r"^Reasons: (.*?)\.$", manual.text, re.S | re.M)
    if not told:
        fail("%s: no sentence \"Reasons: ...\" of NACK", manual.path)
        return
    compare(manual.path, "reason of NACK", re.findall(r"\d+", told[1]),
            re.findall(r"\bNACK_[A-Z]+ = (\d+)", read("agent", "wire", "message.h")))


def check_schemas(manual):
    compare(manual.path, "schema", sorted(set(re.findall(r"\bbanctl\.[a-z_]+/\d+", manual.text))), schemas())


banctl, bansyncd, protocol = Manual("banctl.1"), Manual("bansyncd.8"), Manual("bansync-protocol.7")
check_commands(banctl)
check_options(banctl)
check_list_words(banctl)
for one in (banctl, bansyncd, protocol, Manual("bansync.conf.5")):
    check_words(one)
check_counters(bansyncd)
check_metrics(bansyncd)
check_exits(banctl, "exit_code")
check_exits(bansyncd, "daemon_exit")
check_members(protocol)
check_roles(protocol)
check_refusals(protocol)
check_schemas(protocol)
sys.exit(1 if failures else 0)
