#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forms of log lines that rspamd 3.4 cannot write, made by hand from recorded lines and from the sources of other
versions: rewrite.py writes json, json-cut, json-syslog, journal, tags, versions and tricks beside itself. Run it after make.py.
Labels are those of the recorded lines."""
import calendar
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import make  # noqa: E402

LINE = re.compile(rb"(?P<date>\S+ [0-9:]+)(?P<fraction>\.\d+)?(?: \[(?P<severity>\w+)\])? #(?P<pid>\d+)\((?P<worker>\w+)\) "
                  rb"(?:<(?P<tag>\w*)>; )?(?:(?P<module>\w+); )?(?P<function>\S+?): (?P<message>.*)", re.DOTALL)
SYSLOG = re.compile(rb"(?P<head>.*? rspamd\[(?P<pid>\d+)\]: )(?:<(?P<tag>\w*)>; )?(?:(?P<module>\w*); )?"
                    rb"(?P<function>\S*?): (?P<message>.*)", re.DOTALL)
SHORT = [b"\\\\", b'\\"', b"\\n", b"\\r", b"\\b", b"\\t", b"\\f"]
PREFIX_BYTES = 63  # of "<tag>; module; function: "


def read(name):
    """Lines of a recorded set, and its labels from kind on."""
    with open(os.path.join(HERE, name + ".log"), "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    with open(os.path.join(HERE, name + ".tsv"), "rb") as file:
        rows = [row.split(b"\t")[2:] for row in file.read().split(b"\n")[1:-1]]
    return lines, rows


def escape(message):
    """As rspamd does it: only these bytes, all others raw."""
    table = dict(zip(b'\\"\n\r\b\t\f', SHORT))
    table.update({0: b"\\u0000", 11: b"\\u000B"})
    return b"".join(table.get(byte, bytes([byte])) for byte in message)


def fields(line, pattern=LINE):
    found = {key: value or b"" for key, value in pattern.fullmatch(line).groupdict().items()}
    if not found.get("severity"):
        found["severity"] = b"notice" if found["function"] == b"rspamd_task_write_log" else b"info"
    return found


def json_text(stamp, part):
    return (b'{"ts": %s, "pid": %s, "severity": "%s", "worker_type": "%s", "id": "%s", "module": "%s", "function": "%s", '
            b'"message": "%s"}' % (stamp, part["pid"], part["severity"], part["worker"], part["tag"] or b"(NULL)",
                                   part["module"], part["function"], escape(part["message"])))


def seconds(part):
    return calendar.timegm(time.strptime(part["date"].decode(), "%Y-%m-%d %H:%M:%S"))


def json_line(line):
    part = fields(line)
    return json_text(b"%d.%s" % (seconds(part), part["fraction"][1:] or b"25507"), part)


def json_syslog(line):
    part = fields(line, SYSLOG)
    part["worker"] = b"rspamd_proxy"
    return part["head"] + json_text(b"1795950804", part)


def whole(row):
    """An object has an end: it is not cut."""
    return [b"limited", row[5]] + row[2:] if row[0] == b"limited-cut" else row


def clock(part, form):
    return time.strftime(form, time.gmtime(seconds(part))).encode()


# Of journalctl --output=short, short-precise, and short-iso of older and of newer versions.
JOURNAL = ("%b %e %H:%M:%S", "%b %e %H:%M:%S.123456", "%Y-%m-%dT%H:%M:%S+0000", "%Y-%m-%dT%H:%M:%S+00:00")


def journal(line, form):
    """rspamd writes to its standard output, under systemd, whose prefix has the process id of the main process."""
    part = fields(line)
    tag = b"<%s>; %s; " % (part["tag"], part["module"]) if part["tag"] else b""
    return b"%s mail rspamd[700]: (%s) %s%s: %s" % (clock(part, form), part["worker"], tag, part["function"], part["message"])


def long_tag(line, size):
    part = fields(line)
    if not part["tag"]:
        return line
    tag = (part["tag"] * 6)[:size]
    prefix = b"<%s>; %s; %s: " % (tag, part["module"], part["function"])
    if len(prefix) > PREFIX_BYTES:
        prefix = prefix[:PREFIX_BYTES - 1] + b" "
    return line[:line.index(b"<" + part["tag"])] + prefix + part["message"]


class Version:
    """number: lines of ratelimit.lua that tell of an exceeded bucket (the first with `symbol`)."""

    def __init__(self, name, numbers, symbol_text="", dynamic="(1:1 dyn)", has_virtual=False, own_module=b"Unknown lua"):
        self.name, self.numbers, self.symbol_text, self.dynamic = name, numbers, symbol_text, dynamic
        self.has_virtual, self.own_module = has_virtual, own_module


OFF = "(dynamic ratelimits disabled)"
OLD = "set_symbol_only: "
VERSIONS = [
    Version("1.9.4", (600, 611), OLD, has_virtual=True), Version("2.0", (603, 614), OLD),
    Version("2.7", (604, 615), OLD), Version("3.0", (605, 616), OLD), Version("3.1", (618, 618)),
    Version("3.5", (625, 625)), Version("3.6", (488, 488)), Version("3.8.0", (511, 511), own_module=b"ratelimit"),
    Version("3.9.0", (539, 539), dynamic=OFF, own_module=b"ratelimit"),
    Version("3.11.0", (402, 402), own_module=b"ratelimit"), Version("3.14.3", (408, 408), dynamic=OFF, own_module=b"ratelimit"),
    Version("4.0.1", (413, 413), own_module=b"ratelimit"), Version("4.1.5", (430, 430), dynamic=OFF, own_module=b"ratelimit"),
]
MODES = {"default": b"limited", "symbol": b"exceeded", "message": b"exceeded", "settings_id": b"limited"}


def conversation(version, mode, number):
    """The lines of one message over a limit, and their labels."""
    address, qid, tag = b"203.0.113.%d" % (number % 250 + 1), b"4V%05X" % number, b"%06x" % (number * 7919)
    head = b"2026-11-29 10:%02d:00 #700(rspamd_proxy) <%s>; " % (number % 60, tag)
    symbols = b"R_RATELIMIT(0.00){user(RLabc);}" if mode == "symbol" else b""
    action = b"F (no action)" if mode == "symbol" else b"F (soft reject)"
    reply = b"Slow down" if mode == "message" else b'Ratelimit "user" exceeded'
    module = version.own_module if mode == "message" else b"ratelimit"
    took = b"1.900ms real, 0.512ms virtual" if version.has_virtual else b"1.9ms"
    text = (version.symbol_text if mode == "symbol" else "") + 'ratelimit "user(10000:carl)" exceeded, (1 / 0.016): 0.99 '
    told = b"%slua; ratelimit.lua:%d: %s%s; redis key: RLabc" % (head, version.numbers[mode != "symbol"], text.encode(),
                                                                version.dynamic.encode())
    end = b"" if mode == "symbol" else b', forced: soft reject "%s"; score=nan (set by %s)' % (reply, module)
    if mode == "settings_id":
        end += b", settings_id: outbound"
    lines = [head + b"milter; rspamd_milter_process_command: got connection from %s:40000" % address, told]
    if mode != "symbol":
        lines.append(b"%sproxy; rspamd_add_passthrough_result: <v%d@mail.example.org>: set pre-result to 'soft reject' "
                     b"(no score): '%s' from %s(1)" % (head, number, reply, module))
    lines.append(b"%sproxy; rspamd_task_write_log: id: <v%d@mail.example.org>, qid: <%s>, ip: %s, user: carl, from: <c@example.org>, "
                 b"(default: %s: [0.00/15.00] [%s]), len: 168, time: %s, dns req: 0, digest: <0123456789abcdef>, "
                 b"rcpts: <d@example.net>, mime_rcpts: <d@example.net,>%s" %
                 (head, number, qid, address, action, symbols, took, end))
    note = ("%s, %s" % (version.name, mode)).encode()
    rows = [[b"none"] + [b"-"] * 5 + [note] for _ in lines]
    rows[1] = [b"evidence", b"-", b"user", b"carl", qid, b"-", note]
    kind = MODES[mode]
    rows[-1] = [kind, address if kind == b"limited" else b"-", b"user", b"carl", qid, address, note]
    return lines, rows


def versions():
    lines, rows = [], []
    for version in VERSIONS:
        for mode in MODES:
            if mode == "settings_id" and version.has_virtual:  # not in that version
                continue
            more = conversation(version, mode, len(lines) + 1)
            lines, rows = lines + more[0], rows + more[1]
    return lines, rows


HEAD = b"2026-11-29 10:00:00 #700(rspamd_proxy) <aa0001>; "
FIELDS = b"id: <t@mail.example.org>, qid: <4T1>, ip: 203.0.113.9, from: <c@example.org>, (default: F (%s): [0.00/15.00] []), len: 1, " \
         b"time: 1.0ms, dns req: 0, digest: <0123456789abcdef>, rcpts: <d@example.net>"
LET_THROUGH, REJECTED = FIELDS % b"no action", FIELDS % b"soft reject"
END = b'forced: soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)'
TOLD = b'lua; ratelimit.lua:617: ratelimit "user(1:x)" exceeded, (1 / 0.1): 1 (1:1 dyn); redis key: RLx'
HIT = b"proxy; rspamd_task_write_log: " + REJECTED + b", " + END
OBJECT = b'{"ts": 1795950804, "pid": 700, "severity": "notice", "worker_type": "rspamd_proxy", "id": "aa0001", "module": "proxy", ' \
         b'"function": "rspamd_task_write_log", "message": "%s"}' % escape(REJECTED + b", " + END)
NONE = [b"none"] + [b"-"] * 5
EVIDENCE = [b"evidence", b"-", b"user"] + [b"-"] * 3
EXCEEDED = [b"exceeded", b"-", b"user", b"-", b"4T1", b"203.0.113.9"]
LIMITED = [b"limited", b"203.0.113.9"] + EXCEEDED[2:]
PASSED = b"proxy; rspamd_task_write_log: " + LET_THROUGH
TRICKS = [
    (b"2026-11-29 10:00:00 #700(rspamd_proxy) <aa0001>; " + HIT, LIMITED, b"as it should be"),
    (HEAD + PASSED + b", file: a, " + END, NONE, b"name of a file, of an HTTP client"),
    (HEAD + PASSED + b"\0>, " + END, NONE, b"NUL"),
    (b"Nov 29 10:00:00 mail postfix/cleanup[7]: rspamd[700]: <aa0001>; " + HIT, NONE, b"another program"),
    (b"Nov 29 10:00:00 mail rspamd-x[700]: <aa0001>; " + HIT, NONE, b"another program"),
    (b"Nov 29 10:00:00 mail rspamd: <aa0001>; " + HIT, NONE, b"no process"),
    (b"<22>1 2026-11-29T10:00:00Z mail cleanup 700 - - rspamd[700]: <aa0001>; " + HIT, NONE, b"another program"),
    (b" " + HEAD + HIT, NONE, b"a blank before"),
    (b"x " + HEAD + HIT, NONE, b"text before"),
    (HEAD + b"proxy; rspamd_message_parse: " + HEAD + HIT, NONE, b"another function"),
    (OBJECT, LIMITED, b"as it should be"),
    (OBJECT[:-2], NONE, b"no end"),
    (OBJECT + b" ", NONE, b"text behind the end"),
    (OBJECT[:-1] + b', "x": 1}', NONE, b"another member"),
    (OBJECT.replace(b'"pid": 700, ', b""), NONE, b"a member is missing"),
    (OBJECT.replace(b'"module": "proxy"', b'"module": "lua"'), NONE, b"another module"),
    (HEAD + TOLD, EVIDENCE, b""),
    (HEAD.replace(b"#700", b"#701") + PASSED, NONE, b"the tag of another process"),
    (HEAD.replace(b"aa0001", b"aa0002") + PASSED, NONE, b"another tag"),
    (HEAD.replace(b"aa0001", b"aa00011") + PASSED, NONE, b"a longer tag"),
    (HEAD + PASSED, EXCEEDED, b"the one that was meant"),
    (HEAD + PASSED, NONE, b"a later message with the same tag"),
    (HEAD + TOLD.replace(b"lua; ", b"proxy; "), NONE, b"evidence of another module"),
    (HEAD + TOLD.replace(b"ratelimit.lua:617", b"ratelimit.lua"), NONE, b"no line number"),
    (HEAD + TOLD.replace(b'ratelimit "', b'x ratelimit "'), NONE, b"text before the evidence"),
    (HEAD + PASSED, NONE, b"and nothing was evidence"),
]


def tricks():
    return [line for line, _, _ in TRICKS], [row + [note] for _, row, note in TRICKS]


def write(name, lines, rows):
    make.write(name, lines, rows, b"hand")


def main():
    for name, source in (("json", "severity"), ("json-cut", "cut")):
        lines, rows = read(source)
        write(name, [json_line(line) for line in lines], rows)
    lines, rows = read("syslog-daemon-traditional")
    write("json-syslog", [json_syslog(line) for line in lines], [whole(row) for row in rows])
    lines, rows = read("usec")
    write("journal", [journal(line, form) for form in JOURNAL for line in lines], rows * len(JOURNAL))
    sizes = (8, 20, 32)
    write("tags", [long_tag(line, size) for size in sizes for line in lines], rows * len(sizes))
    write("versions", *versions())
    write("tricks", *tricks())


if __name__ == "__main__":
    main()
