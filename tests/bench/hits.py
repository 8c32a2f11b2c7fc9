# SPDX-License-Identifier: Apache-2.0
"""Hits as rspamd 3.4 logs them, appended to a log in one write."""
import itertools
import time

LINE = ("%s #7001(rspamd_proxy) <%06x>; proxy; rspamd_task_write_log: id: <%x@mail.example.org>, qid: <4X%07X>, ip: %s, "
        "user: alice@example.org, from: <alice@example.org>, (default: F (soft reject): [0.00/15.00] []), len: 1234, "
        "time: 2.345ms, dns req: 0, digest: <0123456789abcdef0123456789abcdef>, rcpts: <bob@example.net>, "
        "mime_rcpts: <bob@example.net>, forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)\n")

_number = itertools.count(1)


class HitLog:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "ab", buffering=0)

    def hit(self, address, count=10):
        """Returns the monotonic time of the write."""
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        numbers = [next(_number) for _ in range(count)]
        text = "".join(LINE % (now, number & 0xffffff, number, number, address) for number in numbers)
        begin = time.monotonic()
        self.file.write(text.encode())
        return begin

    def close(self):
        self.file.close()
