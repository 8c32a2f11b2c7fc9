# SPDX-License-Identifier: Apache-2.0
"""What banctl writes to a terminal: a pseudo terminal of a given width, answers from fake_agent.py.

usage: terminal.py BIN_DIR
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

HERE = os.path.dirname(os.path.realpath(__file__))
BANCTL = os.path.join(os.path.realpath(sys.argv[1]), "banctl")
COLOR = re.compile("\x1b\\[[0-9;]*m")
GREEN, YELLOW, RED, BOLD, END = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[1m", "\x1b[0m"
LONG = "the password of bob was guessed and 12,000 mails went out before anybody saw it, ticket 4711"

failures = 0


def check(condition, what, *values):
    global failures
    if not condition:
        failures += 1
        print("FAILED %s: %s" % (what, " ".join(repr(value) for value in values)))


def read_all(descriptor):
    """What a terminal shows until its last writer has gone."""
    out = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # the other side is closed
            return out
        if not piece:
            return out
        out += piece


def shown(words, reply, columns=80, env=None, tty=True, tty_error=False, request=None):
    """banctl WORDS on a terminal (or a pipe): its standard output as text, lines ended by LF; with tty_error its standard
    error on a terminal. request: the file that what it sends goes to."""
    argv = [sys.executable, os.path.join(HERE, "fake_agent.py")] + (["--request", request] if request else []) + [reply, BANCTL] + words
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "LC_ALL", "LANG")}
    variables["TERM"] = "xterm"
    variables.update(env or {})
    variables = {name: value for name, value in variables.items() if value is not None}
    if not tty and not tty_error:
        run = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=variables, check=False)
        return run.stdout.decode()
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    streams = {"stdout": subprocess.DEVNULL, "stderr": inside} if tty_error else {"stdout": inside,
                                                                                 "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=variables, **streams)
    os.close(inside)
    out = read_all(outside)
    os.close(outside)
    process.wait()
    return out.decode().replace("\r\n", "\n")


def width(line):
    """Columns of a line on a terminal."""
    line = COLOR.sub("", line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def rows(text):
    return COLOR.sub("", text).splitlines()


class Replies:
    """Files for fake_agent.py."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, schema, items, **result):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            for item in items:
                file.write(json.dumps({"item": item}, ensure_ascii=False) + "\n")
            file.write(json.dumps({"result": dict(result, schema=schema, exit=0)}) + "\n")
        return path

    def list(self, name, bans):
        return self.write(name, "banctl.list/1", bans, total=len(bans), digest="9f31c0a2")


def ban(net, reason, actor=None, count=10):
    return {"net": net, "kind": "temporary", "count": count, "nodes": {"mx1": count}, "accounts": [], "since": "@-7230@",
            "expires": "@+86000@", "source": "manual" if actor else "auto", "actor": actor, "reason": reason}


def test_width(replies):
    """A table fits 80, 100 and 60 columns; nothing of the network, the counts and the reason is lost."""
    wide = replies.list("wide", [ban("2001:db8:1234:5678::/64", LONG, "alice.the.second@postmaster.example.org"),
                                 ban("203.0.113.7/32", "日本語の理由" * 12, "日本語日本語日本語日本語")])
    for columns in (80, 100, 60):
        lines = rows(shown(["list"], wide, columns))
        check(all(width(line) <= columns for line in lines), "width at %d" % columns, lines)
        check(re.match(r"IP/NET +(COUNT +)?(NODES +)?(SINCE +)?(LEVEL +)?EXPIRES +(FORGOTTEN +)?BY +REASON$", lines[0]), "titles at %d" % columns, lines[0])
        start = lines[0].index("REASON")
        reason = []
        for line in lines[1:]:
            if line.startswith("203.0.113.7 "):
                break
            reason.append(line[start:])
        check(" ".join(reason) == LONG, "the reason at %d" % columns, reason)
        check(lines[1].startswith("2001:db8:1234:5678::/64") and "…" in lines[1], "what is cut at %d" % columns, lines[1])
        wide_text = "".join(line[line.rindex(" "):].strip() for line in lines[len(reason) + 1:])
        check("日本語の理由" * 12 in wide_text, "wide characters at %d" % columns, lines)
    for columns, titles in ((80, "COUNT EXPIRES BY REASON"), (100, "COUNT SINCE LEVEL EXPIRES BY REASON")):
        found = rows(shown(["list"], wide, columns))[0].split()[1:]
        check(found == titles.split(), "what is left out at %d" % columns, found)


def test_narrow_needs(replies):
    """What fits is neither cut nor left out, on a terminal as in a pipe."""
    reply = os.path.join(HERE, "replies", "list")
    piped = shown(["list", "--color=never"], reply, tty=False)
    check(shown(["list", "--color=never"], reply, 150) == piped, "150 columns", shown(["list"], reply, 150))
    check("NODES" in piped and "carol@example.org" in piped, "in a pipe", piped)
    long = replies.list("long", [ban("203.0.113.7/32", LONG * 2, "a" * 60)])
    check(LONG * 2 in shown(["list"], long, tty=False) and "a" * 60 in shown(["list"], long, tty=False), "cut in a pipe")


def test_limit(replies):
    """On a terminal list asks for the first 100, unless it is told otherwise."""
    for words, wanted in (([], 100), (["--limit", "7"], 7), (["--all"], None), (["--json"], None)):
        for tty in (True, False):
            sent = os.path.join(replies.folder, "request%d%s" % (tty, "".join(words)))
            shown(["list"] + words, os.path.join(HERE, "replies", "list"), 80, tty=tty, request=sent)
            with open(sent, encoding="utf-8") as file:
                limit = json.load(file).get("limit")
            check(limit == (wanted if tty or wanted == 7 else None), "limit", words, tty, limit)


def test_peers(_replies):
    """peers at 80 columns: who, how it is and what is wrong stay."""
    text = shown(["peers"], os.path.join(HERE, "replies", "peers"))
    lines = rows(text)
    check(all(width(line) <= 80 for line in lines), "peers at 80", lines)
    check(lines[0].split()[:3] == ["NAME", "STATE", "SEEN"] and lines[0].endswith("DETAIL"), "titles of peers", lines[0])
    check("it does not know our key" in " ".join(text.split()) and "ENDPOINT" not in text, "peers", lines)


def test_history(replies):
    """history at 80 columns has two lines an entry, below 120 too: whom it is about is whole, and all else is below that."""
    reply = os.path.join(HERE, "replies", "history_old_key")
    row = {"time": "@-60@", "node": "mx1.example.org", "source": "operator", "actor": "alice.the.second@example.org", "uid": 100000,
           "action": "unban --by-node", "net": None, "subjects": 100000, "object": "mx2.example.org", "until": None, "permanent": False,
           "reason": LONG}
    nets = ["2001:db8:1234:5678:9abc:def0:1234:5678/128", "2001:db8:1111:2222::/64", "198.51.100.128/25", "203.0.113.7/32"]
    rows_of = [dict(row, net=net, object=None, until="@%+d@" % until) for net, until in zip(nets, (3630, -3630, 3630, 3630))]
    worst = replies.write("history", "banctl.history/1", [row, dict(row, time="2020-11-23T09:44:00Z", node="mx2", actor=None)] + rows_of,
                          total=6)
    for path in (reply, worst):
        for columns in (80, 119, 120, 150, 72):
            lines = rows(shown(["history"], path, columns))
            check(all(width(line) <= columns for line in lines), "history at %d" % columns, lines)
            titles = lines[0].split()
            check(titles == ["WHEN", "ACTION", "SUBJECT"] if columns < 120 else
                  titles[0] == "WHEN" and {"WHO", "ACTION", "SUBJECT", "REASON"} <= set(titles), "titles of history at %d" % columns, titles)
            day = r"\d{4}-\d\d-\d\dT[0-9:]{8}Z " if columns >= 120 else r"\d\d-\d\d \d\d:\d\dZ "
            check(re.match(day, lines[1]), "when at %d" % columns, lines[1])
            for net in nets if path == worst and columns >= 80 else []:
                net = net.removesuffix("/32")
                check(any(net in line.split() for line in lines), "whole at %d" % columns, net, lines)
    lines = rows(shown(["history"], worst, 80))
    start = lines[0].index("SUBJECT")
    text = " ".join(line[start:].strip() for line in lines[1:])
    check(text.replace(" ", "").count("alice.the.second@example.org (100000) on mx1.example.org".replace(" ", "")) == 5 and
          text.replace(" ", "").count(LONG.replace(" ", "")) == 6, "who, where and why at 80", lines)
    check("ends in 1h" in text and "ended 1h" in text, "until at 80", lines)
    check(any(line.startswith("2020-11-23 ") for line in lines) and "(100000) on mx2" in text, "an old one at 80", lines)
    text = " ".join(line[start:].strip() for line in rows(shown(["history"], reply, 80))[1:])
    check("203.0.113.7 10 hits: mx2 (old key) 6, mx1 4; 2nd ban, ends in 1h" in " ".join(text.split()) and "on mx2 (old key)" in text,
          "a ban by hits at 80", text)
    piped = shown(["history"], os.path.join(HERE, "replies", "history"), tty=False)
    check(re.search(r"^\d{4}-\d\d-\d\dT[0-9:]{8}Z +mx2 +alice \(1000\)", piped, re.M), "history in a pipe", piped)


def test_status(replies):
    """status at 80 columns: a path has a line of its own where it and what is said of it do not fit, and breaks at a slash."""
    with open(os.path.join(HERE, "replies", "status"), encoding="utf-8") as file:
        document = json.loads(file.readline())
    text = shown(["status"], os.path.join(HERE, "replies", "status"))
    check("\n  log     /var/log/rspamd/rspamd.log\n          last line 3m ago, last hit 6m ago\n" in text, "status at 80", text)
    folder = "/srv/containers/mail/production/bansync/volumes/var/lib/"
    document["result"]["map"]["file"] = folder + "bansync/maps/ip_blacklist_ratelimit.map"
    path = os.path.join(replies.folder, "status_long")
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(document) + "\n")
    text = shown(["status"], path)
    check(all(width(line) <= 80 for line in rows(text)), "the width of status", text)
    check("\n  map     %sbansync/maps/\n          ip_blacklist_ratelimit.map\n          42 entries, " % folder in text, "a long path", text)


def test_facts(_replies):
    """show at 80 columns: when the first and the last strike of a fact were is whole, and which node they are of."""
    for columns, day in ((80, r"\d\d-\d\d \d\d:\d\dZ"), (100, r"\d{4}-\d\d-\d\dT[0-9:]{8}Z")):
        lines = rows(shown(["show", "203.0.113.7"], os.path.join(HERE, "replies", "show_old_key"), columns))
        check(all(width(line) <= columns for line in lines) and "…" not in "".join(lines), "show at %d" % columns, lines)
        facts = [line for line in lines if re.match(r"  %s  %s  " % (day, day), line)]
        check(len(facts) == 2 and facts[0].endswith("mx3 (old key) 4, mx1 6"), "facts at %d" % columns, lines)


def test_nodes(_replies):
    """node list at 80 columns: keys are whole, in a table of their own; with enough columns they are beside the rest."""
    reply = os.path.join(HERE, "replies", "node_list")
    keys = ["l5xQ9JmAk3nyXJk4fY1QbqS8YAPDGEzVfrSX3bVCV1Y=", "77aa01bc22de9f00", "Zq0ZQzR0P0vA0q0iGmVd5y0V0l5xH6t3sC0mJ9nE1Xo="]
    for columns in (80, 149, 150):
        lines = rows(shown(["node", "list"], reply, columns))
        check(all(width(line) <= columns for line in lines), "node list at %d" % columns, lines)
        check(("" in lines) == (columns < 150), "keys apart at %d" % columns, lines)
        below = lines[lines.index("") + 1:] if "" in lines else lines
        check("KEY" in below[0] and all(any(key in line.split() for line in below) for key in keys), "keys at %d" % columns, lines)
        check(any(re.match(r"mx2 \(old key\) +Zq0Z" if "" in lines else r"mx2 \(old key\) +no peer +2h ago ", line) for line in below),
              "an old key at %d" % columns, lines)
        check(any(re.match(r"mx2 +up +now ", line) for line in lines), "seen at %d" % columns, lines)


def test_digest(_replies):
    """digest at 80 columns: each node is one line, with all of its digest."""
    lines = rows(shown(["digest"], os.path.join(HERE, "replies", "digest")))
    check(len(lines) == 4 and lines[0].split() == ["NODE", "STATE", "SAME", "MAP", "DIGEST"] and
          lines[1].endswith("9f31c0a25e6d7788a0b1c2d3e4f50617"), "digest at 80", lines)


def test_wide(replies):
    """Wide characters count two columns, in a pipe too: what stands behind them is aligned."""
    reply = replies.list("cjk", [ban("203.0.113.7/32", "x", "日本"), ban("203.0.113.8/32", "x", "abcd"),
                                 ban("203.0.113.9/32", "x", "e\u0301bcd")])
    for tty in (True, False):
        lines = rows(shown(["list"], reply, 80, tty=tty))
        ends = {width(line) for line in lines[1:]}
        check(len(ends) == 1, "aligned behind wide characters", lines)


def test_harmless(replies):
    """Nothing a sender controls reaches the terminal raw, whatever it does to the widths."""
    bad = ["\x1b[2J\x1b]0;x\x07", "a\u202eb", "a\u009b31mb", "line\u2028break", "\u0378unassigned", "\x7f\r\n\t", "\ufeff\u200b"]
    reply = replies.list("bad", [ban("203.0.113.%d/32" % i, text * 20, text) for i, text in enumerate(bad)])
    for words in (["list"], ["list", "--color=always"]):
        for columns in (80, 40):
            text = shown(words, reply, columns)
            plain = COLOR.sub("", text)
            raw = [c for c in plain if c != "\n" and (unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in "\u202e\u009b")]
            check(raw == [] and "\\x1B[2J" in plain.replace("\n", ""), "raw bytes at %d" % columns, raw, text)
            check(set(COLOR.findall(text)) <= {BOLD, GREEN, YELLOW, RED, END}, "sequences", COLOR.findall(text))


def test_many(replies):
    """Over 5,000 rows come plain and whole, also on a terminal."""
    for count, plain in ((5000, False), (5001, True)):
        reply = replies.list("many", [ban("203.0.113.7/32", LONG)] * count)
        text = shown(["list", "--color=never"], reply, 80)
        check((text.count(LONG) == count) == plain, "%d rows" % count, text[:400])


def test_colors(_replies):
    """Colors: on a terminal; not in a pipe, with NO_COLOR, TERM=dumb, without TERM; --color decides before all of these."""
    peers = os.path.join(HERE, "replies", "peers")
    for words, env, tty, wanted in ((["peers"], {}, True, True),
                                    (["peers", "--color=auto"], {}, True, True),
                                    (["peers"], {}, False, False),
                                    (["peers"], {"NO_COLOR": "1"}, True, False),
                                    (["peers"], {"NO_COLOR": ""}, True, True),
                                    (["peers"], {"TERM": "dumb"}, True, False),
                                    (["peers"], {"TERM": None}, True, False),
                                    (["peers", "--color=never"], {}, True, False),
                                    (["peers", "--color", "always"], {}, False, True),
                                    (["peers", "--color=always"], {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
                                    (["peers", "--json"], {}, True, False),
                                    (["peers", "--json", "--color=always"], {}, True, False)):
        text = shown(words, peers, env=env, tty=tty)
        check(("\x1b" in text) == wanted, "colors", words, env, tty, text)
    text = shown(["peers"], peers)
    check(BOLD + "NAME" in text and GREEN + "up" in text and RED + "down" in text, "which colors", text)
    check(COLOR.sub("", text) == shown(["peers", "--color=never"], peers), "colors change nothing else", text)
    piped = shown(["peers", "--color=always"], peers, tty=False)
    check(COLOR.sub("", piped) == shown(["peers"], peers, tty=False), "colors in a pipe change nothing else", piped)
    for name, color in (("status", GREEN), ("status_degraded", YELLOW)):
        text = shown(["status"], os.path.join(HERE, "replies", name))
        check(text.startswith(color + "●" + END), name, text)
    text = shown(["status"], os.path.join(HERE, "replies", "status_degraded"))
    check(YELLOW + "DEGRADED" + END in text and YELLOW + "  ! " in text, "degraded", text)
    text = shown(["verify"], os.path.join(HERE, "replies", "verify_different"))
    check(RED in text and GREEN not in text, "verify", text)


def test_watch(_replies):
    """Events: each is one line that fits the terminal, in its color; a pipe gets all of it."""
    reply = os.path.join(HERE, "replies", "watch_enough")
    for columns in (80, 60, 40):
        text = shown(["watch"], reply, columns, env={"TZ": "UTC0"})
        found = rows(text)
        check(len(found) == 16 and all(width(line) <= columns for line in found), "watch at %d" % columns, found)
        check(RED + "09:44:02  ban" in text and GREEN + "09:46:00  unban" in text and YELLOW + "09:48:00  brake" in text and
              YELLOW + "09:50:00  …" in text, "colors of watch", text)
    check("(mx1 …\n" in COLOR.sub("", shown(["watch"], reply, env={"TZ": "UTC0"})), "a line that is cut says so")
    whole = shown(["watch"], reply, env={"TZ": "UTC0"}, tty=False)
    check("bob@example.org, carol@example.org (on the allowlist)\n" in whole and "\x1b" not in whole, "watch in a pipe", whole)


def test_stats(_replies):
    """How hits lie in time: blocks where the terminal shows them, letters elsewhere; no line is wider than the terminal."""
    reply = os.path.join(HERE, "replies", "stats")
    for locale, has_blocks in (("en_US.UTF-8", True), ("C", False), ("de_DE.utf8", True)):
        text = shown(["stats"], reply, env={"LC_ALL": locale, "LC_CTYPE": locale, "LANG": locale, "TZ": "UTC0"})
        check(("█" in text) == has_blocks and ("@" in text.split("SENDER")[0]) != has_blocks, "bars", locale, text)
        check(all(width(line) <= 80 for line in rows(text)), "stats at 80", rows(text))
    check("█" not in shown(["stats"], reply, env={"LC_ALL": "C.UTF-8"}, tty=False), "stats in a pipe")


LONG_WORDS = (("config show", "config_show"), ("status", "status_degraded"), ("peers", "peers_refusals"), ("node list", "node_list"),
              ("digest", "digest"), ("list --accounts", "list_account"), ("held", "held"), ("explain 203.0.113.7", "explain_count"),
              ("check 203.0.113.7", "check"), ("allow check 203.0.113.9", "allow_check"), ("stats", "stats"), ("show 203.0.113.7", "show"),
              ("verify", "verify_different"), ("ban 203.0.113.9", "ban_unconfirmed"), ("map discard", "map_discard"),
              ("reload", "reload_mode"), ("drop", "drop"))


def longest(text):
    """An answer in which every name, address and account is as long as it may be."""
    for pattern, long in (("\\b(mx[0-9])\\b", "\\1-" + "n" * 59), ("192\\.0\\.2\\.([0-9])(:11339)", "[2001:db8:1111:2222:3333:4444:5555:\\1]\\2"),
                          ("\\b203\\.0\\.113\\.([0-9]+)(/32)?(?![0-9/])", "2001:db8:1111:2222:3333:4444:5555:\\1"),
                          ("(alice|bob|carol)@", "\\1" + "a" * 106 + "@")):
        text = re.sub(pattern, long, text)
    return text


def test_long(replies):
    """Where every name is as long as it may be no line of any page is wider than the terminal, and none of its words is lost."""
    path = os.path.join(replies.folder, "long")
    for words, name in LONG_WORDS:
        with open(os.path.join(HERE, "replies", name), encoding="utf-8") as source, open(path, "w", encoding="utf-8") as file:
            file.write(longest(source.read()))
        for columns in (80, 132):
            text = shown(words.split(), path, columns)
            wide = [line for line in rows(text) if width(line) > columns]
            check(text and not wide, "%s at %d" % (words, columns), wide)
        if name in ("config_show", "allow_check", "ban_unconfirmed"):
            piped = shown(words.split(), path, tty=False)
            found = COLOR.sub("", text if name != "config_show" else text.replace("\n#   ", "\n"))
            check("".join(found.split()) == "".join(piped.split()), "words of %s" % words, text, piped)
            check(max(len(line) for line in piped.splitlines()) > 132, "%s in a pipe is not wrapped" % words, piped)


def test_config(replies):
    """A value that goes on stands below its key; in a pipe each is one line, whatever its length."""
    path = "/etc/bansync/" + "long/" * 30 + "peers.conf"
    value = "mx2 tcp://[2001:db8:1111:2222:3333:4444:5555:6666]:11339 Dv4KUCw2rFkgIyKxFkAHcjkQJRFMDxOGx5GAcBFFi2Q="
    reply = replies.write("config", "banctl.config_show/1", [
        {"section": "cluster", "key": "peer", "value": value, "default": None, "differs": True, "file": path, "line": 2}])
    check(shown(["config", "show"], reply, tty=False) == "[cluster]\n# %s:2\npeer = %s\n" % (path, value), "config in a pipe")
    lines = rows(shown(["config", "show"], reply))
    check(lines[-2:] == ["peer = " + value[:-45], "    " + value[-44:]] and all(line[0] == "#" for line in lines[1:-2]) and
          len(lines) == 6, "config at 80", lines)


def test_errors(_replies):
    """An error is red where standard error is a terminal, and never with --json."""
    reply = os.path.join(HERE, "replies", "permission")
    check(shown(["list"], reply, tty_error=True).startswith(RED + "banctl:" + END), "red", shown(["list"], reply, tty_error=True))
    check("\x1b" not in shown(["list", "--json", "--color=always"], reply), "an error in JSON")
    check("\x1b" not in shown(["list"], reply, env={"NO_COLOR": "1"}, tty_error=True), "an error with NO_COLOR")


def test_error_width(replies):
    """An error and its hint go on in further lines where standard error is a terminal; where it is none each is one line."""
    message, hint = "this cannot be, since %s" % LONG, "what to do: %s" % LONG
    path = os.path.join(replies.folder, "error")
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps({"error": {"code": "refused", "exit": 5, "message": message + "\nand " + LONG, "hint": hint}}) + "\n")
    for columns in (80, 60):
        lines = rows(shown(["list"], path, columns, tty_error=True))
        check(all(width(line) <= columns for line in lines), "an error at %d" % columns, lines)
        check(lines[0].startswith("banctl: this cannot") and all(line[:2] == "  " for line in lines[1:]), "its indent", lines)
        check(" ".join(" ".join(lines).split()) == " ".join(("banctl: " + message + " and " + LONG, hint)), "its words", lines)
    lines = shown(["ban", "192.0.2.7"], replies.write("hint", "banctl.ban/1", [{"message": "done", "hint": hint}]), tty_error=True).splitlines()
    check(all(width(line) <= 80 for line in lines) and " ".join(" ".join(lines).split()) == hint, "a hint", lines)


class Screen:
    """banctl WORDS whose standard error is a terminal of 80 columns, read until it shows a text."""

    def __init__(self, words):
        self.outside, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen([BANCTL] + words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=inside)
        os.close(inside)
        self.text = ""

    def feed(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def until(self, text, data):
        """Feeds data until text is on the screen."""
        while text not in self.text:
            self.feed(data)
            if select.select([self.outside], [], [], 0)[0]:
                self.text += os.read(self.outside, 4096).decode()

    def end(self):
        """The end of input; standard output, and all that was on the screen."""
        self.process.stdin.close()
        out = self.process.stdout.read().decode()
        self.text += read_all(self.outside).decode()
        os.close(self.outside)
        self.process.wait()
        return out


def test_progress(_replies):
    """What replay shows while it reads, in numbers where the size is not known, and that it takes it away."""
    line = b"2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: filler\n" * 1000
    quiet = Screen(["replay", "--json", "-"])  # is older than the other: what that one shows, this one would
    quiet.feed(line)
    screen = Screen(["replay", "-"])
    screen.until("0 lines  ", line)
    quiet.feed(line)
    quiet.end()
    out = screen.end()
    check(screen.text.endswith("\r\x1b[K"), "progress stays on the screen", screen.text[-80:])
    check("000 lines\n" in out and "\x1b" not in out, "report on standard output", out)
    check(quiet.text == "", "progress with --json", quiet.text)


def run_alone(words, columns=80):
    """banctl WORDS on a terminal, without an agent."""
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([BANCTL, "--socket", "/nonexistent/control.sock"] + words, stdin=subprocess.DEVNULL,
                               stdout=inside, stderr=subprocess.DEVNULL, env=dict(os.environ, TERM="xterm"))
    os.close(inside)
    out = read_all(outside)
    os.close(outside)
    process.wait()
    return out.decode().replace("\r\n", "\n")


def test_help(_replies):
    """Every help page, and what the doctor says, fits 80 columns; no word of it is lost."""
    table = os.path.join(HERE, "..", "..", "include", "bansync", "command.def")
    with open(table, encoding="utf-8") as file:
        names = re.findall(r'^COMMAND\(\w+, "([^"]+)"', file.read(), re.M)
    check(len(names) > 20, "the table of commands", names)
    for words in [["--help"]] + [name.split() + ["--help"] for name in names] + [["doctor", "--rspamd-config", "/nonexistent"]]:
        out = run_alone(words)
        wide = [line for line in rows(out) if width(line) > 80]
        check(out and not wide, "80 columns of %s" % " ".join(words), wide)
    piped = subprocess.run([BANCTL, "unban", "--help"], stdout=subprocess.PIPE, check=False).stdout.decode()
    check(piped.split() == run_alone(["unban", "--help"]).split(), "words of a help page")
    check(max(len(line) for line in piped.splitlines()) > 80, "a help page in a pipe is not wrapped")
def asked(reply, answer, *words, request=None):
    """banctl WORDS whose standard input and error are a terminal, on which the answer is typed behind the question: exit code,
    standard output, and what was on the terminal."""
    outside, inside = pty.openpty()
    argv = [sys.executable, os.path.join(HERE, "fake_agent.py")] + (["--request", request] if request else [])
    argv += [os.path.join(HERE, "replies", reply), BANCTL] + list(words)
    process = subprocess.Popen(argv, stdin=inside, stdout=subprocess.PIPE, stderr=inside, env=dict(os.environ, TERM="xterm"))
    os.close(inside)
    text = b""
    while answer is not None and not text.rstrip(b" ").endswith((b"[y/N]", b"\":")):
        try:
            text += os.read(outside, 4096)
        except OSError:  # it has ended and did not ask
            break
    os.write(outside, answer or b"\x04")  # who asks all the same gets an end of input
    out = process.stdout.read().decode()
    text += read_all(outside)
    os.close(outside)
    return process.wait(), out, text.decode()


def test_questions(replies):
    """Who asks for much is asked, once; only a clear yes, or the name of the cluster, is an answer."""
    path = os.path.join(replies.folder, "many")
    with open(path, "w", encoding="utf-8") as file:
        file.write("nobody\n" + "".join("192.0.2.%d\n" % number for number in range(1, 102)))
    with open(path + ".good", "w", encoding="utf-8") as file:
        file.write("".join("192.0.2.%d\n" % number for number in range(1, 102)))
    for answer, wanted in ((b"y\n", 0), (b"YES\n", 0), (b"n\n", 5), (b"\n", 5), (b"yes please\n", 5), (b"\x04", 5)):
        code, out, text = asked("ban", answer, "ban", "-f", path + ".good")
        check(code == wanted and ("banned 203.0.113.9" in out) == (wanted == 0), "an answer to ban", answer, code, out, text)
        check("this would ban 101 entries on every node. Go on? [y/N] " in text, "the question of ban", text)
        check(("not confirmed: nothing was changed" in text) == (wanted == 5), "what is said", answer, text)
    code, out, text = asked("import_many", b"y\n", "import", path)
    check(code == 7 and "101 banned" in out, "import", code, out, text)
    check(text.index("line 1: \"nobody\"") < text.index("this would ban 101 entries"), "what is rejected, then the question", text)
    check(text.count("nobody") == 1, "it is told once", text)
    code, out, text = asked("import_many", b"n\n", "import", path)
    check(code == 5 and out == "", "import, no", code, out, text)
    for words in (["--yes"], ["--dry-run"]):
        code, out, text = asked("import_many", None, "import", path, *words)
        check(code == 7 and "101 " in out and "Go on" not in text, "nothing is asked with %s" % words, code, out, text)
    for words in (["ban", "-f", path + ".good"], ["import", path], ["unban", "--all"]):
        code, out, text = asked("unban_all" if words[0] == "unban" else "import_many", None, *words, "--no-input")
        check(code == 5 and "it needs --yes" in text and out == "", "--no-input", words, code, text)
    for answer, wanted in ((b"mail\n", 0), (b"y\n", 5), (b"mai\n", 5), (b"\x04", 5)):
        code, out, text = asked("unban_all", answer, "unban", "--all")
        check(code == wanted and ("1284 bans lifted" in text) == (wanted == 0), "an answer to unban --all", answer, code, text)
        check("this would lift all 1,284 bans on every node. To go on type the name of the cluster, \"mail\": " in text,
              "its question", text)
    for answer, wanted in ((b"y\n", 0), (b"\n", 5)):
        code, out, text = asked("unban_by_node_many", answer, "unban", "--by-node", "mx3")
        check(code == wanted and ("1284 bans lifted" in text) == (wanted == 0), "an answer to unban --by-node", answer, code, text)
        check("this would lift 1,284 bans of mx3 on every node. Go on? [y/N] " in text, "its question", text)
    sent = os.path.join(replies.folder, "sent")
    asked("unban_by_node_many", b"y\n", "unban", "--by-node", "mx3", request=sent)
    with open(sent, encoding="utf-8") as file:
        check([json.loads(line).get("at_most") for line in file] == [None, 1284], "how many were confirmed")


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as why:
        print("skipped: %s" % why)
        return False
    return True


def main():
    with tempfile.TemporaryDirectory() as folder:
        tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]
        for test in tests:
            test(Replies(folder))
    print("%d parts, %d checks failed" % (len(tests), failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main() if has_terminals() else 77)
