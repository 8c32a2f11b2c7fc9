# SPDX-License-Identifier: Apache-2.0
"""Every command of banctl against real agents, most of them in clusters of three on loopback with CURVE."""
import sys

import command_allow
import command_ban
import command_explain
import command_history
import command_level
import command_node
import command_refusal
import command_role
import command_tool
import command_view
import command_watch
import daemon_lab
import lab
import logline


def test(place):
    modules = (command_ban, command_level, command_allow, command_refusal, command_view, command_explain, command_role,
               command_tool, command_node, command_history, command_watch)
    parts = [part for module in modules for part in module.PARTS]
    daemon_lab.run_parts(parts, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
