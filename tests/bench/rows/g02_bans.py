# SPDX-License-Identifier: Apache-2.0
"""G2: reading a big log in which 200 senders cross the threshold."""
from rows.scan import Scan


class G2(Scan):
    name, title = "G2", "scanning a big rspamd log, 200 senders cross the threshold"
    abusers, floors = 200, 3
