/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 16: a frame says what was put into it. What was read from it makes the same frame again.
 */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

void rules_watch_speech(struct sim *sim, const struct host *host, const uint8_t *bytes, size_t size)
{
    static struct message message;
    uint8_t *again;
    size_t again_size;

    if (message_decode(bytes, size, &message) != MESSAGE_OK)
        return;
    if (message_encode(&message, &again, &again_size) != 0) {
        sim_break(sim, RULE_SPEECH, "mx%zu: a %s cannot be made again", host->index + 1,
                  message_type_name(message.type));
        return;
    }
    if (again_size != size || memcmp(again, bytes, size) != 0)
        sim_break(sim, RULE_SPEECH, "mx%zu: a %s is read as something else", host->index + 1,
                  message_type_name(message.type));
    free(again);
}
