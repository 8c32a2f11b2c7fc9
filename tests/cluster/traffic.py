# SPDX-License-Identifier: Apache-2.0
"""Continuous mail from many senders through several rspamd, and how often each sender was answered 451."""
import collections
import random
import threading

import milter

PER_NODE_MAX = 250  # of one sender on one node; agents keep the newest 256


class Traffic:
    """Each sender is one address with one account. Every rspamd gets clients of its own, each a thread that sends
    without a pause for senders chosen at random, from start() to stop()."""

    def __init__(self, rspamds, senders, seed, clients=2):
        self.rspamds, self.senders, self.seed, self.clients = rspamds, senders, seed, clients
        self.limited = collections.Counter()  # by sender
        self.verdicts = collections.Counter()
        self.errors = []
        self._per_node = collections.Counter()
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._threads = []

    def start(self):
        self._halt.clear()
        self._threads = [threading.Thread(target=self._send, args=(rspamd, self.seed * 100 + 10 * node + client))
                         for node, rspamd in enumerate(self.rspamds) for client in range(self.clients)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Every message under way is answered before it returns. Raises what went wrong in a client."""
        self._halt.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
        if self.errors:
            raise AssertionError("clients failed: %s" % self.errors[:3])

    def flows(self):
        """Whether mail flows at every rspamd."""
        return all(thread.is_alive() for thread in self._threads)

    def total(self):
        with self._lock:
            return sum(self.limited.values())

    def by_sender(self):
        """Answers 451 by sender, those without one included."""
        with self._lock:
            return {sender: self.limited[sender] for sender in self.senders}

    def _take(self, rspamd, rng):
        """A sender for the next message; None if all have had enough here."""
        with self._lock:
            free = [sender for sender in self.senders if self._per_node[rspamd.name, sender] < PER_NODE_MAX]
            if not free:
                return None
            sender = rng.choice(free)
            self._per_node[rspamd.name, sender] += 1
            return sender

    def _send(self, rspamd, seed):
        rng = random.Random(seed)
        while not self._halt.is_set():
            sender = self._take(rspamd, rng)
            if sender is None:
                return
            try:
                answer = rspamd.play(sender, "account-%s@example.org" % sender)
            except OSError as error:
                self.errors.append("%s: %s" % (rspamd.name, error))
                return
            with self._lock:
                self.verdicts[answer[0]] += 1
                self.limited[sender] += milter.is_limited(answer)
