# SPDX-License-Identifier: Apache-2.0
"""Starting beside an old map, lost databases and mode observe, with a watcher that looks at the map a thousand times a
second: it is never missing, short or unparsable, and what must be in it always is."""
import sys

import daemon_lab
import lab
import logline
import takeover_adopt
import takeover_first
import takeover_import
import takeover_observe


def test(place):
    parts = [part for module in (takeover_import, takeover_first, takeover_adopt, takeover_observe) for part in module.PARTS]
    daemon_lab.run_parts(parts, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
