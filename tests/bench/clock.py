# SPDX-License-Identifier: Apache-2.0
"""What a command costs."""
import os
import subprocess
import time


class Cost:
    """Of one run: CPU seconds of the process and its children, wall seconds, peak memory, and what it printed."""

    def __init__(self, argv, stdin=None, codes=(0,)):
        begin = time.monotonic()
        with open(stdin or os.devnull, "rb") as source, subprocess.Popen(argv, stdin=source, stdout=subprocess.PIPE,
                                                                        stderr=subprocess.STDOUT) as process:
            self.out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            self.wall_s = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            raise OSError("%s ended with %d: %s" % (argv[0], process.returncode, self.out[-2000:].decode("utf-8", "replace")))
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.peak_kb = usage.ru_maxrss

    def text(self):
        return self.out.decode("utf-8", "replace")

    def words(self):
        """name=number pairs that it printed, as numbers."""
        return {name: float(value) for name, _, value in (word.partition("=") for word in self.text().split()) if value}
