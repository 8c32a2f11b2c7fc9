# SPDX-License-Identifier: Apache-2.0
"""G1: reading a big log in which no ban is due."""
from rows.scan import Scan


class G1(Scan):
    name, title = "G1", "scanning a big rspamd log, no ban due"
    abusers, floors = 0, 2
