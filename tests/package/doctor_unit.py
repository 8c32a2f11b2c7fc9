# SPDX-License-Identifier: Apache-2.0
"""banctl doctor where systemd runs: what it says of the unit when all is well, and of each thing that can be wrong with it."""
import json
import os
import subprocess

import wait

FOLDER = "/etc/systemd/system/bansyncd.service.d"


class Patient:
    """The unit bansyncd of a booted Debian."""

    def __init__(self, debian):
        self.debian = debian
        debian.run("systemctl enable bansyncd 2>&1; systemctl restart bansyncd")

    def lines(self, check="service"):
        """{message: what to do} of that check."""
        done = subprocess.run(self.debian._command(["banctl", "doctor", "--json"], None, None), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=False, timeout=60)
        return {one["message"]: one["fix"] or "" for one in json.loads(done.stdout)["checks"] if one["check"] == check}

    def expect(self, what, *wanted, check="service"):
        """These lines, each given by (words of the message, words of what to do), and no other."""
        found = self.lines(check)
        good = len(found) == len(wanted) and all(
            words in message and todo in fix for (words, todo), (message, fix) in zip(wanted, found.items()))
        if not good:
            raise AssertionError("%s: %s are due, found %s" % (what, wanted, found))

    def drop_in(self, text, read=True):
        """The drop-in, or none."""
        path = FOLDER + "/doctor.conf"
        if text:
            self.debian.write(path, text)
        else:
            os.unlink(self.debian.path(path))
        if read:
            self.debian.run("systemctl daemon-reload")


FINE = ("active and enabled", "")


def states(patient, run):
    """Disabled, stopped, failed, restarted again and again, masked."""
    run("systemctl disable bansyncd 2>&1")
    patient.expect("disabled", ("will not start at boot", "systemctl enable bansyncd"))
    run("systemctl enable bansyncd 2>&1; systemctl stop bansyncd")
    patient.expect("stopped", ("is not active", "systemctl start bansyncd"))
    patient.debian.write("/etc/bansync/conf.d/mistake.conf", "thresold = 3\n")
    run("! systemctl start bansyncd 2>&1")
    patient.expect("failed", ("has failed: exit-code, exit code 78", "bansyncd --check-config"))
    os.unlink(patient.debian.path("/etc/bansync/conf.d/mistake.conf"))
    run("systemctl reset-failed bansyncd; systemctl start bansyncd; systemctl mask bansyncd 2>&1; systemctl daemon-reload")
    patient.expect("masked while it runs", ("active, but masked", "systemctl unmask bansyncd"))
    run("systemctl stop bansyncd")
    patient.expect("masked", ("is masked: nothing can start it", "systemctl unmask bansyncd && systemctl enable --now bansyncd"))
    run("systemctl unmask bansyncd 2>&1 && systemctl enable --now bansyncd 2>&1")
    patient.expect("as it says", FINE)
    patient.drop_in("[Service]\nExecStart=\nExecStart=/bin/false\nRestartSec=10s\n")
    run("! systemctl restart bansyncd 2>&1")
    wait.until("it says that the agent ends again and again", lambda: any(
        "ends again and again" in line and "exit code 1" in line for line in patient.lines()))
    patient.drop_in(None)
    run("systemctl restart bansyncd")


def drop_ins(patient, run):
    """What drop-ins open, and what is none of that."""
    patient.drop_in("[Service]\nReadWritePaths=/srv\nMemoryMax=1G\n")
    patient.expect("a drop-in that opens one folder", FINE)
    patient.drop_in("[Service]\nProtectSystem=no\nNoNewPrivileges=no\nCapabilityBoundingSet=CAP_NET_ADMIN\n")
    patient.expect("a drop-in that opens", FINE, (
        "more than the unit of the package lets it: CapabilityBoundingSet=... NoNewPrivileges=no ProtectSystem=no",
        "systemctl cat bansyncd"))
    patient.drop_in("[Service]\nUser=root\nGroup=root\n")
    patient.expect("root", FINE, ("runs as user root, group root, and not as bansync", "systemctl cat bansyncd"))
    patient.drop_in("[Service]\nReadWritePaths=/srv\n", read=False)
    lines = patient.lines()
    if not any("systemd has not read them" in line and "daemon-reload" in todo for line, todo in lines.items()):
        raise AssertionError("a drop-in that systemd has not read: %s" % lines)
    patient.drop_in(None)
    run("systemctl restart bansyncd")
    patient.expect("without drop-in", FINE)


def groups(patient, run):
    """A group that came after the start; a log that is closed to the agent."""
    run("groupadd --system late; usermod -aG late bansync")
    patient.expect("a group of later", FINE, ("was put into a group after the agent was started: late",
                                              "systemctl restart bansyncd"))
    run("systemctl restart bansyncd")
    patient.expect("a group of later, restarted", FINE)
    run("gpasswd -d bansync _rspamd; systemctl restart bansyncd")
    patient.expect("not in the group of the log", ("cannot be read", "adduser bansync _rspamd && systemctl restart bansyncd"),
                   check="log")
    run("adduser --quiet bansync _rspamd 2>&1 || usermod -aG _rspamd bansync; systemctl restart bansyncd; "
        "gpasswd -d bansync late; groupdel late")
    patient.expect("back in the group", FINE)


def examine(debian):
    """The doctor sees what is wrong with the unit, and nothing where all is well."""
    patient = Patient(debian)
    patient.expect("all is well", FINE)
    for part in (states, drop_ins, groups):
        part(patient, debian.run)
    debian.run("systemctl disable bansyncd 2>&1; systemctl stop bansyncd")
