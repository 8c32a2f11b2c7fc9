/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On how many nodes a change is, and of the others: who, and since when they were not heard.
 */
#include <stdio.h>

#include "change.h"
#include "peers.h"
#include "refusal.h"

#define MISSING_NAMED_MAX 8

static size_t print_missing(const struct agent *agent, const struct node_peer *peer, char *out,
                            size_t size)
{
    int64_t ago_ms = agent->now.mono_ms - peer->seen_ms;
    int used;

    if (refusal_is_total(peer, &agent->now))
        used = snprintf(out, size, "; %s is refused: banctl peers", peer->name);
    else if (node_peer_is_up(peer, &agent->now))
        used = snprintf(out, size, "; %s did not confirm", peer->name);
    else if (peer->seen_ms == 0)
        used = snprintf(out, size, "; %s never seen", peer->name);
    else
        used = snprintf(out, size, "; %s last seen %lld s ago", peer->name,
                        (long long)(ago_ms / 1000));
    return (size_t)used < size ? (size_t)used : size - 1;
}

void change_print_scope(const struct agent *agent, const struct node_done *done, char *out,
                        size_t size)
{
    size_t total = agent->node.peer_count + 1, missing = 0, used;

    used = (size_t)snprintf(out, size, "on %zu of %zu node%s (%lld ms)", done->confirmed, total,
                            total == 1 ? "" : "s", (long long)done->took_ms);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        if (done->missing[i] && ++missing <= MISSING_NAMED_MAX)
            used += print_missing(agent, &agent->node.peers[i], out + used, size - used);
    if (missing > MISSING_NAMED_MAX)
        snprintf(out + used, size - used, "; and %zu more", missing - MISSING_NAMED_MAX);
}

void change_add_scope(const struct agent *agent, const struct node_done *done, struct json *item)
{
    struct json *names, *missing;

    json_add_number(item, "confirmed", (int64_t)done->confirmed);
    json_add_number(item, "total", (int64_t)agent->node.peer_count + 1);
    names = json_add_array(item, "unconfirmed");
    missing = json_add_array(item, "missing");
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        if (!done->missing[i])
            continue;
        json_append_text(names, agent->node.peers[i].name);
        peer_reply_seen(agent, json_append_object(missing), &agent->node.peers[i]);
    }
}
