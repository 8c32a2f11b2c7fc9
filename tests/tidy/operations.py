# SPDX-License-Identifier: Apache-2.0
"""docs/OPERATIONS.md tells what to do about every reason that status can name, and every alert: the texts come from the
source.

usage: operations.py SOURCE_DIR (see operations.sh)
"""

import os
import re
import sys

SOURCE = sys.argv[1]
# The functions whose texts become reasons; None: all of the file.
PLACES = (
    (("agent", "command", "judge.c"), None),
    (("agent", "command", "peers.c"), ("describe_policy", "describe_clock", "peer_detail")),
    (("agent", "command", "refusal.c"), ("refusal_of", "refusal_print")),
    (("agent", "command", "release.c"), ("release_print",)),
    (("agent", "command", "guard.c"), ("guard_print_entries", "guard_print_accounts", "guard_print_clock")),
    (("agent", "alert.c"), ("alert_problem",)),
    (("agent", "adapter", "store_trouble.c"), ("store_trouble_hint",)),
)
SHORT = 4  # what is left of a text between two values, and no longer, says nothing
CONVERSION = re.compile(r"%[-+ #0-9.*]*(?:ll|l|z|h)?[a-zA-Z]")
failures = 0


def fail(text, *values):
    global failures
    failures += 1
    print(text % values, file=sys.stderr)


def read(*names):
    with open(os.path.join(SOURCE, *names), encoding="utf-8") as file:
        return file.read()


def body(source, function):
    """From the head of a definition to its closing brace in the first column."""
    found = re.search(r"^[^\n;]*\b%s\([^;{]*\)\n\{.*?^\}" % function, source, re.S | re.M)
    return found[0] if found else None


def texts(source):
    """The string literals, those beside each other joined; not of includes and comments."""
    source = re.sub(r"/\*.*?\*/|^#\s*include.*?$", "", source, flags=re.S | re.M)
    for run in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', source):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', run)).replace('\\"', '"')


def reasons():
    for path, functions in PLACES:
        source = read(*path)
        for function in functions or (None,):
            part = body(source, function) if function else source
            if part is None:
                fail("%s: there is no %s", os.path.join(*path), function)
                continue
            for text in texts(part):
                yield os.path.join(*path), text
    for name, alarm, meaning in re.findall(r'^COUNTER\((\w+), (\d), "(.*)"\)$', read("include", "bansync", "counter.def"), re.M):
        if alarm == "1":
            yield "counter.def", "%s: %%llu %s" % (name, meaning)


def alerts():
    """The words by which alerts are chosen and named."""
    return re.findall(r'^    \[ALERTKIND_\w+\] = \{"([\w-]+)"', read("agent", "adapter", "alertkind.c"), re.M)


def main():
    manual = read("docs", "OPERATIONS.md")
    count = 0
    for place, text in reasons():
        pieces = [piece.strip("; ") for piece in CONVERSION.split(text)]
        for piece in pieces:
            if len(piece) > SHORT and piece not in manual:
                fail("docs/OPERATIONS.md does not say what to do about %r (%s)", text, place)
                break
        count += 1
    told = re.search(r"^### What alerts tell$.*?(?=^### )", manual, re.S | re.M)
    for name in alerts():
        if told is None or "`%s`" % name not in told[0].replace(", ", " ").split("| what to do |")[-1]:
            fail("docs/OPERATIONS.md does not say what to do about the alert %s", name)
        count += 1
    if count < 40:
        fail("only %d texts were found", count)
    print("%d texts" % count)
    sys.exit(1 if failures else 0)


main()
