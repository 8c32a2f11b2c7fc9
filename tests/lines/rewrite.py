#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forms of log lines that rspamd 3.4 cannot write, made by hand from recorded lines and from the sources of other
versions: rewrite.py writes json, json-cut, json-syslog, journal, tags and versions beside itself. Run it after make.py.
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


if __name__ == "__main__":
    main()
