# SPDX-License-Identifier: Apache-2.0
"""A log that is written as rspamd does, without rspamd: a recorded line of a ratelimit hit, made present."""
import itertools
import os
import re
import time

RECORDED = "tests/lines/users.log"
ADDRESS = "203.0.113.5"

_number = itertools.count(1)


def template(source_dir):
    """The first recorded hit from ADDRESS."""
    with open(os.path.join(source_dir, RECORDED), encoding="utf-8") as file:
        for line in file:
            if "rspamd_task_write_log" in line and "forced: soft reject" in line and "ip: %s," % ADDRESS in line:
                return line
    raise ValueError("no hit from %s in %s" % (ADDRESS, RECORDED))


class Log:
    """One file that lines are appended to."""

    def __init__(self, path, line):
        self.path, self.line = path, line
        with open(path, "a", encoding="utf-8"):
            pass

    def hit(self, address, count=1, shown=None):
        """Appends hits of the address, one write a line; shown: the time they tell (default: now)."""
        with open(self.path, "a", buffering=1, encoding="utf-8") as file:
            for _ in range(count):
                number = next(_number)
                text = (shown or time.strftime("%Y-%m-%d %H:%M:%S")) + self.line[19:]
                text = text.replace("ip: %s," % ADDRESS, "ip: %s," % address)
                text = re.sub("id: <[^>]*>, qid: <[^>]*>",
                              "id: <%d@mail.example.org>, qid: <4P%06X>" % (number, number), text)
                file.write(text)
