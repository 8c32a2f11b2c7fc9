# SPDX-License-Identifier: Apache-2.0
"""On what a report was made: the machine, and the versions of all that was measured."""
import os
import re
import subprocess

PROGRAMS = (("fail2ban", ["fail2ban-client", "--version"]), ("redis", ["redis-server", "--version"]),
            ("haproxy", ["haproxy", "-v"]), ("rspamd", ["rspamd", "--version"]), ("gcc", ["gcc", "-dumpfullversion"]))
LIBRARIES = (("libzmq", "libzmq"), ("SQLite", "sqlite3"))


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = re.findall(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory_kb = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1))
    return {"processor": "%d x %s" % (os.cpu_count(), names[0] if names else os.uname().machine),
            "memory": "%.0f GiB" % (memory_kb / 1048576), "kernel": os.uname().release,
            "load": "%.1f" % os.getloadavg()[0]}


def versions(bansyncd):
    """Of bansync, and of what is installed of the others."""
    found = {"bansync": _asked([bansyncd, "--version"])}
    for name, command in PROGRAMS:
        found[name] = _asked(command)
    for name, package in LIBRARIES:
        found[name] = _asked(["pkg-config", "--modversion", package])
    return {name: version for name, version in found.items() if version}


def _asked(command):
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"\d+(\.\d+)+\S*", run.stdout)
    return match.group(0).rstrip(",") if match else None
