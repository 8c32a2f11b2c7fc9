# SPDX-License-Identifier: Apache-2.0
"""The client's side of SMTP, byte by byte: nothing is checked, quoted or folded on the way."""
import re
import socket


class Client:
    """One connection. A reply is (code, text)."""

    def __init__(self, address, timeout_seconds=60):
        self.socket = socket.create_connection(address, timeout_seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.reply()

    def close(self):
        self.stream.close()
        self.socket.close()

    def reply(self):
        text = b""
        while True:
            line = self.stream.readline()
            if len(line) < 4:
                raise OSError("the server closed the connection")
            text += line[4:]
            if line[3:4] != b"-":
                return int(line[:3]), text.decode("latin-1").strip()

    def tell(self, command):
        self.socket.sendall(command + b"\r\n")
        return self.reply()

    def appear(self, address, login=None, helo=b"client.example"):
        """Comes from this address, as this account, as far as the server can see (XCLIENT), and says EHLO."""
        words = [b"ADDR=" + (b"IPV6:" if ":" in address else b"") + address.encode(), b"NAME=[UNAVAILABLE]"]
        if login is not None:
            words.append(b"LOGIN=" + re.sub(rb"[^!-*,-<>-~]", lambda match: b"+%02X" % match[0][0], login))
        for command in (b"EHLO xclient.example", b"XCLIENT " + b" ".join(words), b"EHLO " + helo):
            code, text = self.tell(command)
            if code // 100 != 2:
                raise OSError("%s is answered %d %s" % (command, code, text))

    def mail(self, sender, recipients, data):
        """One message; data: header and body with lines that end at CR LF. Returns the last reply, of whatever step."""
        answer = self.tell(b"MAIL FROM:<" + sender + b">")
        for recipient in recipients:
            if answer[0] // 100 == 2:
                answer = self.tell(b"RCPT TO:<" + recipient + b">")
        if answer[0] // 100 == 2:
            answer = self.tell(b"DATA")
            if answer[0] == 354:
                return self.tell(re.sub(rb"(?m)^\.", b"..", data) + b"\r\n.")
        self.tell(b"RSET")
        return answer
