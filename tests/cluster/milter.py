# SPDX-License-Identifier: Apache-2.0
"""The MTA's side of the milter protocol, version 6: plays one message through a filter and tells the verdict."""
import itertools
import socket
import struct
import time

VERSION = 6
ACTIONS = 0x1FF  # all that a filter may do to a message
# By command: the bit with which a filter says that it does not want the command, or sends no reply to it.
UNWANTED = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40, "T": 0x200}
SILENT = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "N": 0x40000, "L": 0x80, "B": 0x80000}
FINAL = {b"a": "accept", b"c": "accept", b"r": "reject", b"t": "tempfail", b"d": "discard"}

_number = itertools.count(1)


class Connection:
    """One milter connection: commands out, replies in."""

    def __init__(self, address, timeout_seconds=60):
        self.socket = socket.create_connection(address, timeout_seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.steps = 0
        self.send("O", struct.pack(">III", VERSION, ACTIONS, 0))
        code, data = self.receive()
        if code != b"O" or len(data) < 12:
            raise OSError("the filter did not negotiate")
        self.steps = struct.unpack(">III", data[:12])[2]

    def close(self):
        try:
            self.send("Q")
        except OSError:
            pass
        self.stream.close()
        self.socket.close()

    def send(self, command, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + command.encode() + data)

    def receive(self):
        head = self.stream.read(4)
        if len(head) < 4:
            raise OSError("the filter closed the connection")
        size = struct.unpack(">I", head)[0]
        body = self.stream.read(size)
        if len(body) < size or size == 0:
            raise OSError("the filter closed the connection within a reply")
        return body[:1], body[1:]

    def macros(self, command, **values):
        words = b"".join(_macro_name(name) + b"\0" + value.encode() + b"\0" for name, value in values.items())
        self.send("D", command.encode() + words)

    def step(self, command, data=b""):
        """Sends a command unless the filter does not want it; returns its reply, or "continue" if it sends none."""
        if self.steps & UNWANTED.get(command, 0):
            return b"c", b""
        self.send(command, data)
        if self.steps & SILENT.get(command, 0):
            return b"c", b""
        return self.receive()


def _macro_name(name):
    return name.encode() if len(name) == 1 else b"{" + name.encode() + b"}"


def _text(*words):
    return b"".join(word.encode() + b"\0" for word in words)


def verdict(code, data):
    if code != b"y":
        return FINAL.get(code, "error"), ""
    text = data.split(b"\0")[0].decode("utf-8", "replace")
    return {"4": "tempfail", "5": "reject"}.get(text[:1], "error"), text


def final(connection):
    """The reply that ends a message; changes to the message come before it."""
    while True:
        code, data = connection.receive()
        if code in FINAL or code in (b"y", b"4"):
            return code, data


def _origin(client):
    if client is None:  # the mail server does not know it
        return _text("unknown") + b"U"
    return _text("unknown") + (b"6" if ":" in client else b"4") + struct.pack(">H", 40000) + _text(client)


def _dialog(connection, client, user, sender, recipient, queue_id, headers):
    number = next(_number)
    queue_id = queue_id or "4T%07X" % number
    yield connection.step("C", _origin(client))
    yield connection.step("H", _text("client.example"))
    connection.macros("M", i=queue_id, auth_type="PLAIN", auth_authen=user, mail_addr=sender)
    yield connection.step("M", _text("<%s>" % sender))
    connection.macros("R", rcpt_addr=recipient)
    yield connection.step("R", _text("<%s>" % recipient))
    yield connection.step("T")
    for name, value in (("From", sender), ("To", recipient), ("Subject", "hello"),
                        ("Date", time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())),
                        ("Message-ID", "<%d.%d@mail.example.org>" % (number, time.time_ns()))) + headers:
        yield connection.step("L", _text(name, value))
    yield connection.step("N")
    yield connection.step("B", b"hello\r\n")
    connection.macros("E", i=queue_id)
    connection.send("E")
    yield final(connection)


def play(address, client, user, sender="sender@example.org", recipient="recipient@example.net", queue_id=None,
         headers=()):
    """Plays one message that `user` (SASL) sends from the address `client` (None: not known) through the filter at
    address (host, port); headers: more of them, as (name, value). Returns (verdict, text of the reply); verdict: accept
    reject tempfail discard error. OSError if the filter fails."""
    connection = Connection(address)
    try:
        for code, data in _dialog(connection, client, user, sender, recipient, queue_id, headers):
            if code != b"c":
                return verdict(code, data)
        return verdict(code, data)
    finally:
        connection.close()


def is_limited(answer):
    """Whether the answer is that of rspamd's ratelimit: what the agent is to count once."""
    return answer[0] == "tempfail" and answer[1].startswith("451") and "Ratelimit" in answer[1]
