# SPDX-License-Identifier: Apache-2.0
"""Mail whose every field tries to be taken for a part of rspamd's log."""
import random

LONG = 8300  # more than rspamd's log line holds
SHORT_MAX = 1500  # what a command of SMTP can carry
VERDICT = b'soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)'
LUA = b'ratelimit "user(1:x)" exceeded, (1 / 0.1): 1 (1:1 dyn); redis key: RLx'
WRITE_LOG = (b"rspamd_task_write_log: id: <x@y>, qid: <4Q>, ip: %(ip)s, user: x, from: <a@b>, (default: F (soft reject): "
             b"[0.00/15.00] []), len: 1, time: 1.0ms, dns req: 0, digest: <0>, rcpts: <a@b>, forced: ")
TEXTS = [
    b"a, ip: %(ip)s, ",
    b">, ip: %(ip)s, user: x, from: <",
    b"x>, qid: <4Q>, ip: %(ip)s, ",
    b"ip: %(ip)s Ratelimit \"user\" exceeded",
    b">, ip: %(ip)s, (default: F (soft reject): [0/15] []), forced: " + VERDICT,
    b">, forced: " + VERDICT,
    b"forced: " + VERDICT + b", settings_id: x",
    b"(rspamd_proxy) <aaaaaa>; proxy; " + WRITE_LOG + VERDICT,
    b"2026-11-29 10:00:00 #1(rspamd_proxy) <aaaaaa>; proxy; " + WRITE_LOG + VERDICT,
    b"Nov 29 10:00:00 mail rspamd[1]: <aaaaaa>; proxy; " + WRITE_LOG + VERDICT,
    b"<aaaaaa>; lua; ratelimit.lua:617: " + LUA,
    b"lua; ratelimit.lua:617: " + LUA,
    b"%(ip)s", b"[%(ip)s]:25", b"ip: <%(ip)s>", b"\\\\x0A ip: %(ip)s, ", b"\t, ip:\t%(ip)s,\t",
    b'{"ts": 1, "pid": 1, "id": "aaaaaa", "module": "proxy", "function": "rspamd_task_write_log", "message": "id: <x>, '
    b'ip: %(ip)s, "}',
]
ENVELOPE = ("sender", "recipient", "helo", "login")
HEADERS = ("Cc", "To", "From", "Sender", "Reply-To", "Bcc", "Return-Path", "Errors-To")
WORDS = ("Subject", "X-Mailer", "Comments", "List-Id", "Authentication-Results", "Received")
FIELDS = ENVELOPE + HEADERS + WORDS + ("display", "Message-ID", "attachment", "body", "many", "folded")


def _quoted(text):
    """A local part that holds this text."""
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class Hostile:
    """The mail of one sender; address and login are where it comes from and what it logged in as."""

    def __init__(self, seed, number, address, victim):
        rng = random.Random("%s %d" % (seed, number))
        self.number, self.address = number, address
        self.fields = rng.sample(FIELDS, rng.choice((1, 1, 2, 3)))
        self.text = rng.choice(TEXTS) % {b"ip": victim.encode()}
        self.is_long = rng.random() < 0.25
        self.at_end = rng.random() < 0.5  # where the text stands in a long field
        if number % 30 == 7:  # nobody can tell from the log whose these are
            self.fields, self.is_long = ["Message-ID"], True
        self._envelope()

    @classmethod
    def plain(cls, number, address):
        """Mail that does not try anything."""
        mail = cls(0, number, address, "192.0.2.1")
        mail.fields, mail.is_long = [], False
        mail._envelope()
        return mail

    def _padded(self, size):
        if not self.is_long:
            return self.text
        pad = b"p" * max(0, size - len(self.text))
        return pad + self.text if self.at_end else self.text + pad

    def _envelope(self):
        self.login = b"user%d" % self.number
        self.helo = b"client.example"
        self.sender = b"sender%d@example.org" % self.number
        self.recipients = [b"recipient@example.net"]
        short = self._padded(SHORT_MAX)
        if "sender" in self.fields:
            self.sender = _quoted(short) + b"@example.org"
        if "recipient" in self.fields:
            self.recipients = [_quoted(short.replace(b"@", b"#")) + b"@example.net"]  # an '@' would be a relay attempt
        if "many" in self.fields:
            self.recipients = [_quoted(b"%d, %s" % (index, short.replace(b"@", b"#"))) + b"@example.net" for index in range(9)]
        if "helo" in self.fields:
            self.helo = short[:500].replace(b" ", b"_")
        if "login" in self.fields:
            self.login += self.text[:75]  # Postfix takes 255 bytes, encoded

    def data(self, turn):
        """Header and body of its message number `turn`."""
        text = self._padded(LONG)
        flat = text.replace(b"\t", b" ")
        headers = [(b"From", b"sender@example.org"), (b"To", b"recipient@example.net"), (b"Subject", b"hello"),
                   (b"Date", b"Sun, 29 Nov 2026 10:00:00 +0000"),
                   (b"Message-ID", b"<%d.%d@mail.example.org>" % (self.number, turn))]
        for field in self.fields:
            name = field.encode()
            if field in HEADERS:
                headers = [pair for pair in headers if pair[0] != name] + [(name, b"<" + _quoted(flat) + b"@example.com>")]
            elif field in WORDS:
                headers = [pair for pair in headers if pair[0] != name] + [(name, flat)]
            elif field == "display":
                headers = [pair for pair in headers if pair[0] != b"From"] + [(b"From", _quoted(flat) + b" <a@example.org>")]
            elif field == "Message-ID":
                headers = headers[:-1] if headers[-1][0] == name else headers
                headers.append((name, b"<%d.%d%s@mail.example.org>" % (self.number, turn, flat.replace(b" ", b"_"))))
            elif field == "folded":
                headers.append((b"X-Folded", b"a\r\n\t" + flat + b"\r\n " + flat))
        return b"".join(name + b": " + value + b"\r\n" for name, value in headers) + self._body(flat)

    def _body(self, flat):
        if "attachment" not in self.fields:
            return b"\r\n" + (flat if "body" in self.fields else b"hello") + b"\r\n"
        name = flat[:900].replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        return (b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n'
                b'hello\r\n--x\r\nContent-Type: application/zip; name="%s"\r\nContent-Disposition: attachment; filename="%s"'
                b"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n" % (name, name))

    def hides_address(self):
        """Its Message-ID fills the line."""
        return "Message-ID" in self.fields and self.is_long
