/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals in words, see refusal.h.
 */
#include "refusal.h"

#include <stdio.h>

#define REFUSAL_SHOWN_MS 60000

/* The advice is for both sides: the same stands in the status of either node. */
struct refusal {
    const char *name;
    const char *advice;
};

static const struct refusal *refusal_of(uint8_t reason)
{
    static const struct refusal unknown = {"unknown reason", "update the older of the two nodes"};
    static const struct refusal refusals[] = {
        [NACK_VERSION] = {"protocol version", "run the same version of bansync on both nodes"},
        [NACK_CLUSTER] = {"cluster name", "name in [cluster] must be the same on both nodes"},
        [NACK_CLOCK] = {"clock", "set the clocks of both nodes right"},
        [NACK_MALFORMED] = {"malformed frame", "update the older of the two nodes; if that is no "
                                               "help, remove the key of the one that sends it"},
        [NACK_MEMORY] = {"no room", "see entries_memory in banctl status of the node that refuses"},
        [NACK_QUOTA] = {"quota", "the rest follows by itself; if this lasts, see what the node "
                                 "that sends it does, or remove its key"},
    };

    if (reason == 0 || reason >= sizeof(refusals) / sizeof(refusals[0]))
        return &unknown;
    return &refusals[reason];
}

static bool is_recent(int64_t at_ms, const struct now *now)
{
    return at_ms != 0 && now->mono_ms - at_ms < REFUSAL_SHOWN_MS;
}

/* Each frame that is refused is answered so, once a second at most. What a peer was before it fell
 * silent is no news: it may be another one when it comes back. */
bool refusal_is_total(const struct node_peer *peer, const struct now *now)
{
    return peer->refused != 0 && is_recent(peer->nacked_ms, now);
}

/* What a peer said before it fell silent is no news: that it is silent is. */
static bool refuses_ours(const struct node_peer *peer, const struct now *now)
{
    return is_recent(peer->nack_ms, now) &&
           (node_peer_is_up(peer, now) || peer->nack_ms >= peer->seen_ms);
}

bool refusal_print(const struct node_peer *peer, const struct now *now, char *out, size_t size)
{
    const struct refusal *here = refusal_of(peer->fault_reason);
    const struct refusal *there = refusal_of(peer->nack.reason);
    int used = 0;

    if (refusal_is_total(peer, now)) { /* all that it says: the rest is of no account */
        here = refusal_of(peer->refused);
        snprintf(out, size, "its frames are refused here: %s; %s", here->name, here->advice);
        return true;
    }
    if (refuses_ours(peer, now))
        used = snprintf(out, size, "refuses ours: %s: %s; %s", there->name, peer->nack.detail,
                        there->advice);
    if (is_recent(peer->fault_ms, now) && (size_t)used < size)
        used += snprintf(out + used, size - (size_t)used, "%swas dropped here: %s; %s",
                         used > 0 ? "; " : "", peer->fault, here->advice);
    return used > 0;
}
