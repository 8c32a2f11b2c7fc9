# SPDX-License-Identifier: Apache-2.0
"""Accounts as senders: counted and banned on all nodes, by rspamd, in every command and in the file of the user map."""
import sys

import accounts_command
import accounts_file
import accounts_port
import accounts_rspamd
import daemon_lab
import lab
import logline


def test(place):
    parts = [part for module in (accounts_rspamd, accounts_command, accounts_file, accounts_port) for part in module.PARTS]
    daemon_lab.run_parts(parts, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
