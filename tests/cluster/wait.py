# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition, with a deadline. No test sleeps for a fixed time."""
import time

POLL_SECONDS = 0.01


class Late(Exception):
    """The condition did not come true in time."""


def until(what, condition, seconds=30):
    """Calls condition until it returns something true, which is returned. Late after seconds; what says what for."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Late("waited %g s in vain: %s" % (seconds, what))
        time.sleep(POLL_SECONDS)  # poll interval


def next_second(after=None):
    """Waits until log lines show the second after that of `after` (default: now), as rspamd logs whole ones.

    They are dated by strftime(), whose clock lags some milliseconds behind that of time.time().
    """
    second = int(time.time() if after is None else after)
    until("the next second", lambda: time.mktime(time.localtime()) > second, 5)
