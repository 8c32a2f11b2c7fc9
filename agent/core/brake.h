/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brake (docs/DESIGN.md section 4): the own log may newly ban only so many subjects a minute.
 * Above that, a limit of rspamd is more likely to be wrong than all those senders are.
 *
 * Decides alone; what is to be held is kept by held.h. By the time of the lines, so that hours of a
 * log that are read at once are no storm, and those of a storm are one.
 */
#ifndef BANSYNC_CORE_BRAKE_H
#define BANSYNC_CORE_BRAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

#define BRAKE_SPAN_S 60
#define BRAKE_SLOTS 128 /* seconds that are told apart; over two spans */

/* Of one second of line time; lines that come late find theirs as long as it is among the slots. */
struct brake_slot {
    int64_t second;
    uint32_t bans;
};

struct brake {
    uint32_t max; /* subjects newly banned by the own log within a minute; 0: no brake */
    struct brake_slot slots[BRAKE_SLOTS];
};

enum brake_verdict {
    BRAKE_PASS, /* to the state */
    BRAKE_HOLD,
};

/* What is to become of a strike of the own log, before it enters the state. engaged: strikes are
 * held already. A strike passes that is in the state, or whose subject is banned or on the
 * allowlist; a strike that completes a ban and passes is counted. */
enum brake_verdict brake_judge(struct brake *brake, const struct state *state,
                               const struct addr *addr, const struct strike *strike, bool engaged);

#endif
