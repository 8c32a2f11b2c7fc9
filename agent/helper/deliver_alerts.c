/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver-alerts VERSION: the process that delivers alerts, for bansyncd of that version, which
 * starts it (see courier.h).
 *
 * A program of its own: what speaks SMTP and HTTP brings some thirty libraries along, for TLS,
 * names and more. So none of them is in the agent, whose memory and start they would be a third of.
 */
#include <string.h>
#include <sysexits.h>

#include "courier_child.h"
#include "log.h"

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], COURIER_CHILD_WORD) != 0 || !courier_child_is_started()) {
        log_error("deliver-alerts " COURIER_CHILD_WORD " is for bansyncd " COURIER_CHILD_WORD
                  " itself, which starts it");
        return EX_USAGE;
    }
    courier_child_run();
}
