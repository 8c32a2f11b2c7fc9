# SPDX-License-Identifier: Apache-2.0
"""Single agents: what they refuse, how they start, reload, stop and are killed, and what they do with damaged files, full
disks and hostile text."""
import sys

import daemon_damage
import daemon_database
import daemon_joins
import daemon_lab
import daemon_mistakes
import daemon_neverban
import daemon_notice
import daemon_reload
import daemon_service
import daemon_start
import daemon_time
import lab
import logline


def test(place):
    parts = [part for module in (daemon_damage, daemon_database, daemon_start, daemon_reload, daemon_notice, daemon_mistakes,
                                 daemon_neverban, daemon_service, daemon_time, daemon_joins)
             for part in module.PARTS]
    daemon_lab.run_parts(parts, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
