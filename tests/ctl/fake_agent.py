#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An agent that gives one scripted answer, for the tests of banctl.

usage: fake_agent.py [--how HOW] [--base TIME] [--request FILE] REPLY COMMAND [ARGUMENT...]

Listens on a socket of its own, names it in BANCTL_SOCKET, runs COMMAND, answers its only request with
the lines of the file REPLY ("-": none; what is between lines of "---": one request after the other, each with
a connection of its own) and ends with COMMAND's exit code. Since it listens before COMMAND
starts, there is nothing to wait for.

@-7230@ in REPLY becomes the time 7,230 s before TIME, @+60@ the time 60 s after it; TIME is now unless
--base says otherwise.

HOW the answer comes:
  whole   all at once, then the connection is closed (default)
  pieces  in pieces of seven bytes
  open    all at once, and the connection stays open
  hang    nothing, and the connection stays open
  reset   closed with the request unread
  nobody  the socket exists and nobody listens
  each    as many requests as come; REPLY has a line "# COMMAND" before the lines of each
"""

import argparse
import datetime
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading


def fill_times(text, base):
    """Replaces @SECONDS@ by times seen from base."""

    def fill(match):
        moment = base + datetime.timedelta(seconds=int(match.group(1)))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return re.sub(r"@([+-]\d+)@", fill, text)


def read_request(connection):
    """All bytes up to the first LF."""
    request = b""
    while not request.endswith(b"\n"):
        piece = connection.recv(65536)
        if not piece:
            break
        request += piece
    return request


def part_of(reply, command):
    """The lines of a reply to many requests that belong to one."""
    return reply.split(b"# %s\n" % command.encode())[1].split(b"# ")[0]


def serve(listener, options, replies, done):
    """A connection for each reply, answered in the way options.how says; with "each" as many as come."""
    for reply in itertools.repeat(replies[0]) if options.how == "each" else replies:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the command did not connect
        answer(connection, options, reply, done)


def answer(connection, options, reply, done):
    with connection:
        if options.how == "reset":
            return
        request = read_request(connection)
        if options.how == "each":
            reply = part_of(reply, json.loads(request)["command"])
        if options.request:
            with open(options.request, "ab") as file:
                file.write(request)
        try:
            if options.how == "pieces":
                for i in range(0, len(reply), 7):
                    connection.sendall(reply[i : i + 7])
            elif options.how != "hang":
                connection.sendall(reply)
        except OSError:
            pass  # the command had enough
        if options.how in ("open", "hang"):
            done.wait(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--how", default="whole")
    parser.add_argument("--base")
    parser.add_argument("--request")
    parser.add_argument("reply")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    base = datetime.datetime.now(datetime.timezone.utc)
    if options.base:
        base = datetime.datetime.strptime(options.base, "%Y-%m-%dT%H:%M:%SZ")
    reply = ""
    if options.reply != "-":
        with open(options.reply, encoding="utf-8") as file:
            reply = file.read()
    replies = [part.encode() for part in re.split(r"^---\n", fill_times(reply, base), flags=re.M)]
    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "control.sock")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        server = threading.Thread(target=serve, args=(listener, options, replies, done))
        if options.how == "nobody":
            listener.close()
        else:
            listener.listen(8)
            server.start()
        environment = dict(os.environ, BANCTL_SOCKET=path)
        code = subprocess.run(options.command, env=environment, check=False).returncode
        done.set()
        if options.how != "nobody":
            listener.shutdown(socket.SHUT_RDWR)
            server.join()
            listener.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
