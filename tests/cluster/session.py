# SPDX-License-Identifier: Apache-2.0
"""Milter sessions of several messages, any of whose fields may be hostile bytes."""
import itertools
import struct
import time

import milter

DEFAULT_QID = "4S%06X"

_number = itertools.count(1)


class Mail:
    """One message. Fields are str (sent as UTF-8, \\udcXX as the byte XX) or bytes. Its number is in its Message-ID, at
    the front, unless `headers` bring another."""

    def __init__(self, user=None, sender="sender@example.org", recipients=("recipient@example.net",), qid=None,
                 message_id="", headers=(), body="hello\r\n", helo="client.example"):
        self.number = next(_number)
        self.user, self.sender, self.recipients, self.helo = user, sender, recipients, helo
        self.qid = DEFAULT_QID % self.number if qid is None else qid
        self.message_id = b"<m%d.%d" % (self.number, time.time_ns()) + _bytes(message_id) + b"@mail.example.org>"
        self.headers, self.body = headers, body


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _zero(*words):
    return b"".join(_bytes(word) + b"\0" for word in words)


def _macros(connection, command, pairs):
    connection.send("D", command.encode() + b"".join(_zero(name, value) for name, value in pairs))


def _connect(connection, client, port):
    """client: an address, None (not known) or the path of a socket."""
    if client is None:
        return connection.step("C", _zero("unknown") + b"U")
    family = "L" if client.startswith("/") else "6" if ":" in client else "4"
    return connection.step("C", _zero("unknown") + family.encode() + struct.pack(">H", port) + _zero(client))


def _headers(mail):
    names = {_bytes(name).lower() for name, _ in mail.headers}
    defaults = [("From", mail.sender or "nobody@example.org"), ("To", mail.recipients[0]), ("Subject", "hello"),
                ("Date", time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())), ("Message-ID", mail.message_id)]
    return [pair for pair in defaults if _bytes(pair[0]).lower() not in names] + list(mail.headers)


def _message(connection, mail):
    queue = [("i", mail.qid)] if mail.qid else []
    login = [("{auth_type}", "PLAIN"), ("{auth_authen}", mail.user)] if mail.user is not None else []
    _macros(connection, "M", queue + login + [("{mail_addr}", mail.sender)])
    yield connection.step("M", b"<" + _bytes(mail.sender) + b">\0")
    for recipient in mail.recipients:
        _macros(connection, "R", [("{rcpt_addr}", recipient)])
        yield connection.step("R", b"<" + _bytes(recipient) + b">\0")
    yield connection.step("T")
    for name, value in _headers(mail):
        yield connection.step("L", _zero(name, value))
    yield connection.step("N")
    yield connection.step("B", _bytes(mail.body))
    _macros(connection, "E", queue)
    connection.send("E")
    yield milter.final(connection)


def play(address, client, mails, port=40000):
    """Plays the mails in one session through the filter at address. Returns [(verdict, text of the reply)], one a mail."""
    connection = milter.Connection(address)
    answers = []
    try:
        _connect(connection, client, port)
        for mail in mails:
            connection.step("H", _zero(mail.helo))
            code, data = b"c", b""
            for code, data in _message(connection, mail):
                if code != b"c":
                    break
            answers.append(milter.verdict(code, data))
    finally:
        connection.close()
    return answers
