# SPDX-License-Identifier: Apache-2.0
"""Connections to the port of an agent that speak ZMTP badly or not at all (byte layouts: ZMTP 3.1)."""
import os
import random
import socket
import struct

import wait

MEGABYTE = 1 << 20


def greeting(mechanism, server=b"\0"):
    return b"\xff" + b"\0" * 7 + b"\x01" + b"\x7f" + b"\x03\x01" + mechanism.ljust(20, b"\0") + server + b"\0" * 31


def command(name, body):
    content = bytes([len(name)]) + name + body
    return b"\x04" + bytes([len(content)]) + content


def shapes(seed):
    """What strangers send, by name."""
    noise = random.Random(seed).randbytes(MEGABYTE)
    ready = command(b"READY", b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER")
    return {
        "nothing": b"",
        "noise": b"\x00" + noise,
        "noise that begins like a greeting": b"\xff" + b"\0" * 8 + b"\x7f\x03" + noise,
        "half a greeting": greeting(b"CURVE")[:20],
        "no encryption": greeting(b"NULL") + ready + b"\x00\x05hello",
        "password": greeting(b"PLAIN") + command(b"HELLO", b"\x05admin\x05admin"),
        "old version": b"\x01\x00\x01\x01\x05hello",
        "another protocol": b"GET / HTTP/1.1\r\nHost: mx1.example.org\r\n\r\n",
        "CURVE, then noise": greeting(b"CURVE") + noise,
        "CURVE, then a length of 2^62": greeting(b"CURVE") + b"\x06" + struct.pack(">Q", 1 << 62) + noise[:1000],
        "CURVE, then no handshake": greeting(b"CURVE") + ready,
        "CURVE, then a false hello": greeting(b"CURVE") + command(b"HELLO", b"\x01\x00" + noise[:192]),
    }


class Caller:
    """One connection; step() moves what can be moved."""

    def __init__(self, address, port, what):
        self.left = what
        self.ended = False
        self.socket = socket.create_connection((address, port), timeout=5)
        self.socket.setblocking(False)

    def step(self):
        """True once the agent has closed it."""
        try:
            while self.left:
                self.left = self.left[self.socket.send(self.left[:65536]):]
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
        try:
            while not self.ended:
                self.ended = not self.socket.recv(65536)
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
        return self.ended

    def close(self):
        self.socket.close()


def call_all(world, host, address, port, times):
    """Every shape so many times at once, from a host."""
    with world.inside(host):
        return {"%s (%d)" % (name, number): Caller(address, port, what)
                for name, what in shapes(os.getpid()).items() for number in range(times)}


def wait_closed(callers, seconds):
    def step_all():
        return all([caller.step() for caller in callers.values()])
    try:
        wait.until("the agent ends strange connections", step_all, seconds)
    except wait.Late as late:
        left = [name for name in callers if not callers[name].ended]
        raise wait.Late("%s; still there: %s" % (late, left)) from None
    finally:
        for caller in callers.values():
            caller.close()
