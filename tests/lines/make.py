#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records labelled lines of a real rspamd: make.py [SET...] writes SET.log and SET.tsv beside itself, all sets without
arguments. Run by hand, as root, with rspamd, redis-tools and rsyslog installed (README.md tells what the sets are).

A label is made from what the client sent and was answered; the log text is only searched for the number of the message,
which stands at the front of its Message-ID. Which message is over a limit follows from the order of sending: a bucket
takes one message. Where that shows in the answer (451), both must agree."""
import ipaddress
import os
import re
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cluster"))
sys.dont_write_bytecode = True

import lab  # noqa: E402
import record  # noqa: E402
import session  # noqa: E402
import wait  # noqa: E402
from rspamd import Redis  # noqa: E402
from session import Mail  # noqa: E402

CUT_BYTES = 8190  # of a message: from here on rspamd may have cut it
SYSLOG_LINE_BYTES = 1000  # and from here on a syslog daemon may have cut the line
ACCOUNT_BYTES_MAX = 128
COLUMNS = "line origin kind ip bucket user qid corr_ip note".split()
ONE = 'bucket = { burst = 1; rate = "1 / 1d"; %s }'
USER = "user = { %s }" % ONE % ""
WRITE_LOG = b"; rspamd_task_write_log: id: <"
VICTIM = "192.0.2.66"
FORGED = 'forced: soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)'


class Said:
    """A mail, who sent it, what the answer was, and the buckets that it exceeds."""

    def __init__(self, mail, client, first, answer, over, note):
        self.mail, self.client, self.first, self.answer, self.over, self.note = mail, client, first, answer, over, note

    def is_limited(self):
        return self.answer[0] == "tempfail" and 'Ratelimit "' in self.answer[1]

    def buckets(self):
        """Of several the one in the answer comes first, if there is one."""
        named = re.search('Ratelimit "(.*)" exceeded', self.answer[1])
        first = [named[1]] if named else []
        return "|".join(first + [name for name in self.over if name not in first]) or "-"


class Set:
    """limits: text of "rates" and what stands beside; over: the buckets that the second message of a user exceeds."""

    def __init__(self, tour, limits="rates { %s }" % USER, over=("user",), **options):
        self.tour, self.limits, self.over, self.options = tour, limits, over, options


class Client:
    """Sends mails and keeps what was said. A user's first message is under every limit, all others are over `over`."""

    def __init__(self, rspamd, over):
        self.rspamd, self.over = rspamd, over
        self.said, self._users = {}, set()

    def send(self, client, *mails, note=""):
        answers = session.play(self.rspamd.address, client, mails)
        for index, (mail, answer) in enumerate(zip(mails, answers)):
            over = self.over if mail.user in self._users else ()
            if mail.user is not None:
                self._users.add(mail.user)
            said = Said(mail, client, index == 0, answer, over, note)
            lab.check(over or answer[0] == "accept", "%s under no limit is answered %s", note, answer)
            lab.check(not said.is_limited() or over, "%s is limited", note)
            self.said[mail.number] = said

    def written(self, mail):
        """The line of a message that was sent, from its Message-ID on."""
        start = WRITE_LOG + b"m%d." % mail.number

        def find():
            data = self.rspamd.read()
            at = data.find(start)
            return data[at + len(WRITE_LOG):data.find(b"\n", at)] if at >= 0 and b"\n" in data[at:] else None
        return wait.until("the line of a message", find)


# --- What is sent --------------------------------------------------------------------------------


def ordinary(client):
    """Addresses of all kinds, over the limit and under it."""
    for number, address in enumerate(["203.0.113.5", "203.0.113.5", "2001:db8::9", "::ffff:203.0.113.9", None,
                                      "/run/mail.sock"]):
        client.send(address, Mail(user="alice@example.org"), note="first" if number == 0 else "")
    client.send("203.0.113.6", Mail(user="bob", sender=""))
    client.send("203.0.113.6", Mail(user="bob", sender=""), note="null sender")
    client.send("203.0.113.6", Mail(user="bob", qid=""), note="no queue id")
    many = ["r%d@example.net" % number for number in range(10)]
    client.send("203.0.113.7", Mail(user="bob", recipients=many), note="ten recipients")
    client.send("203.0.113.8", Mail(), note="no account")


def hostile(client):
    """Text that a sender controls, under the limit and over it."""
    ip = 'a, ip: %s, ' % VICTIM
    forged = '"%s' % FORGED.replace('"', '\\"')
    tricks = [
        ("Cc", dict(headers=[("Cc", '<"ip: %s Ratelimit \\"user\\" exceeded"@b.example>' % VICTIM)])),
        ("forged end in Cc", dict(headers=[("Cc", '<"%s"@b.example>, %s' % (ip, forged))])),
        ("From", dict(headers=[("From", '"%s" <"%s"@c.example>' % (ip, ip))])),
        ("sender", dict(sender='"%s"@c.example' % ip)),
        ("recipient", dict(recipients=['"%s>, ip: %s, user: x, from: <"@d.example' % (ip, VICTIM)])),
        ("Message-ID", dict(message_id='>,_ip:_%s,' % VICTIM)),
        ("Subject", dict(headers=[("Subject", "%s\t%s" % (ip, FORGED))])),
        ("HELO", dict(helo=ip + FORGED)),
        ("control and 8-bit bytes", dict(sender=b'"a\tb\xff, ip: 192.0.2.66,"@c.example')),
    ]
    for number, (note, fields) in enumerate(tricks):
        user = "mallory%d" % number
        client.send("203.0.113.20", Mail(user=user, **fields), note=note)
        client.send("203.0.113.21", Mail(user=user, **fields), note=note)
    for number, fields in enumerate((dict(sender='"%s"@c.example' % ip), dict(recipients=['"%s"@c.example' % ip]))):
        for address in ("203.0.113.24", None, "/run/mail.sock"):
            client.send(address, Mail(user="trudy%d" % number, **fields), note="no address but in the text")
    for user in (ip, "eve\t, from: <x>, (default: F", 'x"y'):
        client.send("203.0.113.22", Mail(user=user), note="account")
        client.send("203.0.113.23", Mail(user=user), note="account")


def short(client):
    ordinary(client)
    for number, fields in enumerate((dict(sender='"a, ip: %s, "@c.example' % VICTIM),
                                     dict(headers=[("Cc", '<"%s>, ip: %s,"@b.example>' % (VICTIM, VICTIM))]))):
        client.send("203.0.113.20", Mail(user="mallory%d" % number, **fields), note="hostile")
        client.send("203.0.113.21", Mail(user="mallory%d" % number, **fields), note="hostile")


def whole(client):
    ordinary(client)
    hostile(client)


def cut(client):
    """Fields so long that rspamd cuts the line: in the first message of a session and in a later one."""
    many = ["%d%s@example.net" % (number, "r" * 1100) for number in range(8)]
    client.send("203.0.113.5", Mail(user="alice"), note="first")
    client.send("203.0.113.5", Mail(user="alice"))
    for note, fields in (("long Message-ID", dict(message_id="m" * 8300)),
                         ("long sender", dict(sender="s" * 8300 + "@example.org")),
                         ("long Cc", dict(headers=[("Cc", "<%s@example.net>" % ("c" * 8300))])),
                         ("long recipients", dict(recipients=many))):
        client.send("203.0.113.30", Mail(user="alice", **fields), note=note)
        client.send("203.0.113.31", Mail(user="alice"), Mail(user="alice", **fields), note=note + ", second in its session")
    client.send("203.0.113.32", Mail(user="alice"), Mail(user="alice"), note="a session")


def cut_more(client):
    """The same where a bound is not far: the last line that is whole, and lines that grow by escaping."""
    client.send("203.0.113.5", Mail(user="alice"), note="first")
    client.send("203.0.113.5", Mail(user="alice"))
    for size in (7000, 7500):
        client.send("203.0.113.33", Mail(user="alice", sender="s" * size + "@example.org"), note="%d bytes" % size)
    for size in (2500, 8300):
        cc = b"<" + b"\x01" * size + b"@example.net>"
        client.send("203.0.113.34", Mail(user="alice", headers=[("Cc", cc)]), note="%d control bytes" % size)
    client.send("203.0.113.35", Mail(user="u" * 8300), note="long account")
    client.send("203.0.113.35", Mail(user="u" * 8300), note="long account")
    client.send("203.0.113.36", Mail(user="v" * 200), note="account of 200 bytes")
    client.send("203.0.113.36", Mail(user="v" * 200), note="account of 200 bytes")


def forged(client):
    """Mail under every limit whose line is cut, by rspamd or by the syslog daemon, where it looks like the end of one
    over a limit: the quoted local part of the sender may hold quotes and '>'."""
    client.send("203.0.113.5", Mail(user="alice"), note="first")
    client.send("203.0.113.5", Mail(user="alice"))
    quoted = FORGED.replace('"', '\\"')
    for tail in ("", ", settings_id: x"):
        size = 7000  # of the Message-ID; the next one brings the end of the text to the cut
        for _ in range(5):
            mail = Mail(sender='"a>, %s%s%s"@c.example' % (quoted, tail, "p" * 2500), message_id="m" * size)
            client.send("203.0.113.40", mail, note="forged end")
            line = client.written(mail)
            wanted = line.index(b", from: <") + len(", from: <a>, " + FORGED + tail)
            if wanted == len(line):  # the proof: the text ends where it was cut
                break
            size += len(line) - wanted
        else:
            raise AssertionError("no line was cut at the right place")


def many(client):
    """Eight clients at once, so that lines of several messages mix."""
    def work(number):
        for turn in range(2):
            client.send("198.51.100.%d" % (number + 1), *(Mail(user="user%d" % number) for _ in range(2)),
                        note="client %d, session %d" % (number, turn))
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def several(client):
    for user, address in (("gus", "203.0.113.80"), ("ann", "2001:db8::80")):
        for number in range(3):
            client.send(address, Mail(user=user, sender="%s@example.org" % user, recipients=["%s@example.net" % user]),
                        note="message %d" % (number + 1))
    client.send(None, Mail(user="ann", recipients=["zoe@example.net"]), note="no address")


SELECTOR = '"my sel" = { selector = "from(\'smtp\')"; %s }' % ONE % ""
MORE = "rates { %s %s }" % (USER, SELECTOR)
SETS = {
    "severity": Set(whole, logging="log_severity = true;"),
    "usec": Set(short, logging="log_usec = true;"),
    "notice": Set(short, logging='level = "notice";'),
    "buffered": Set(short, logging="log_buffered = true; log_buffer = 32768;"),
    "color": Set(short, logging='type = "console"; color = true;', output="terminal"),
    "systemd-file": Set(short, logging="systemd = true;"),
    "systemd-console": Set(short, logging='type = "console"; systemd = true;', output="out"),
    "syslog-daemon": Set(whole, logging='type = "syslog"; facility = "mail";', output="syslog"),
    "workers": Set(whole, workers=True),
    "syslog-cut": Set(cut, logging='type = "syslog"; facility = "mail";', output="syslog", forms=("traditional",)),
    "hostile": Set(hostile),
    "forged": Set(forged),
    "many": Set(many),
    "many-symbol": Set(many, limits='symbol = "R_RATELIMIT"; rates { %s }' % USER),
    "workers-cut": Set(cut, workers=True),
    "syslog-forged": Set(forged, logging='type = "syslog"; facility = "mail";', output="syslog", forms=("precise",)),
    "cut": Set(cut),
    "cut-escaped": Set(cut_more),
    "cut-symbol": Set(cut, limits='symbol = "R_RATELIMIT"; rates { %s }' % USER),
    "symbol": Set(short, limits='symbol = "R_RATELIMIT"; rates { %s }' % USER),
    "info-symbol": Set(short, limits='info_symbol = "R_RATELIMIT"; rates { %s }' % USER),
    "message": Set(short, limits="rates { user = { %s } }" % ONE % 'message = "Slow down";'),
    "skip-soft-reject": Set(short, limits="rates { user = { %s } }" % ONE % "skip_soft_reject = true;"),
    "several": Set(several, limits=MORE, over=("user", "my sel")),
    "several-symbol": Set(several, limits='symbol = "R_RATELIMIT"; ' + MORE, over=("user", "my sel")),
}

# --- Labels --------------------------------------------------------------------------------------


def logged(text):
    """As rspamd writes it: control bytes become \\xNN."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return re.sub(rb"[\0-\x1f\x7f]", lambda match: b"\\x%02X" % match[0][0], data)


def account(text):
    """As the scanner is to return it: up to the first text that ends such a field, and not too long."""
    if text is None or text == "":
        return b"-"
    return re.split(rb", from: <|, \(default: ", logged(text))[0][:ACCOUNT_BYTES_MAX]


def address(client):
    if client is None or client.startswith("/"):
        return b"-"
    parsed = ipaddress.ip_address(client)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed).encode()


def message_label(line, said, has_evidence, rspamd):
    """Columns from kind on for the line of a message."""
    note = said.note.encode()
    if not said.over:
        return [b"none"] + [b"-"] * 5 + [note]
    message = line[line.index(WRITE_LOG) + len(WRITE_LOG) - len(b"id: <"):]
    is_cut = len(message) >= CUT_BYTES or (rspamd.output == "syslog" and len(line) >= SYSLOG_LINE_BYTES)
    in_id = is_cut and b">," not in message[:CUT_BYTES - 2]  # the Message-ID fills it: nothing behind it is there
    client = address(said.client)
    user = b"-" if in_id else account(said.mail.user)
    qid = b"-" if in_id or not said.mail.qid else logged(said.mail.qid)
    known = b"-" if in_id else client
    if is_cut and not has_evidence:
        known = b"-"
    kind = b"exceeded" if not said.is_limited() else b"limited-cut" if is_cut else b"limited"
    return [kind, client if kind == b"limited" else b"-", said.buckets().encode(), user, qid, known, note]


def task(line):
    return re.search(rb"(?:#\d+\(\w+\)|\(\w+\)|rspamd\[\d+\]:|rspamd \d+ - - ) ?<\w+>", line)[0]


def evidence_label(line, said):
    bucket = [name for name in said.over if b'ratelimit "%s(' % name.encode() in line]
    lab.check(len(bucket) == 1, "which bucket? %s", line)
    return [b"evidence", b"-", bucket[0].encode(), account(said.mail.user), logged(said.mail.qid) or b"-", b"-",
            b"evidence line: no ip in it"]


def label(lines, client):
    """One row a line. Lines of a message come before its last one, and have the same process and tag."""
    rows, waiting, seen = [], {}, set()
    for line in lines:
        row = [b"none"] + [b"-"] * 5 + [b""]
        at = line.find(WRITE_LOG)
        number = re.match(rb"m(\d+)\.", line[at + len(WRITE_LOG):]) if at >= 0 else None
        if number:
            said = client.said[int(number[1])]
            lab.check(said.mail.number not in seen, "message %d comes twice", said.mail.number)
            seen.add(said.mail.number)
            evidence = waiting.pop(task(line), [])
            for index in evidence:
                rows[index] = evidence_label(lines[index], said)
            row = message_label(line, said, bool(evidence), client.rspamd)
        elif b"; lua; ratelimit.lua:" in line and b'ratelimit "' in line:
            waiting.setdefault(task(line), []).append(len(rows))
        rows.append(row)
    lab.check(seen == set(client.said), "messages without a line: %s", set(client.said) - seen)
    lab.check(not waiting, "evidence of no message: %s", waiting)
    return rows


def write(name, lines, rows, origin=b"real"):
    with open(os.path.join(HERE, name + ".log"), "wb") as file:
        file.write(b"".join(line + b"\n" for line in lines))
    with open(os.path.join(HERE, name + ".tsv"), "wb") as file:
        file.write("\t".join(COLUMNS).encode() + b"\n")
        for number, row in enumerate(rows):
            file.write(b"\t".join([b"%d" % (number + 1), origin] + row) + b"\n")
    kinds = [row[0].decode() for row in rows]
    print("%-20s %5d lines: %s" % (name, len(lines), ", ".join(
        "%d %s" % (kinds.count(kind), kind) for kind in sorted(set(kinds)) if kind != "none")))


def make(name, wanted):
    place = lab.Lab()
    try:
        rspamd = record.Recorder(place, "mx1", Redis(place), place.path("map"), wanted.limits, **wanted.options)
        rspamd.start()
        rspamd.wait_ready()
        begin = rspamd.sizes()
        client = Client(rspamd, wanted.over)
        wanted.tour(client)
        logs = rspamd.finish(begin)
    finally:
        place.close()
    for ending, data in logs.items():
        lines = data.replace(place.dir.encode(), b"/srv").split(b"\n")[:-1]
        write(name + ending, lines, label(lines, client))


def main():
    unknown = set(sys.argv[1:]) - set(SETS)
    if unknown:
        sys.exit("make.py: no such set: %s; there are: %s" % (", ".join(unknown), " ".join(SETS)))
    for name in sys.argv[1:] or SETS:
        make(name, SETS[name])


if __name__ == "__main__":
    main()
