/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bans would not be without one node, see blame.h.
 */
#include "blame.h"

static uint32_t strikes_of(const struct fact *fact, uint64_t node, uint32_t *total)
{
    uint32_t strikes = 0;

    *total = 0;
    for (size_t i = 0; i < fact->node_count; i++) {
        *total += fact->nodes[i].strikes;
        if (fact->nodes[i].node == node)
            strikes = fact->nodes[i].strikes;
    }
    return strikes;
}

/* False: the fact stands without the node. */
static bool take_fact(const struct fact *fact, uint64_t node, uint32_t threshold, int64_t since_ms,
                      struct blame *blame)
{
    uint32_t total, strikes = strikes_of(fact, node, &total);

    if (strikes == 0 || total - strikes >= threshold || fact->last_ms < since_ms)
        return false;
    if (blame->strikes == 0 || fact->last_ms >= blame->newest_ms) {
        blame->strikes = strikes;
        blame->total = total;
        blame->newest_ms = fact->last_ms;
    }
    return true;
}

bool blame_node(const struct record *record, uint64_t node, uint32_t threshold, int64_t since_ms,
                int64_t now_ms, struct blame *blame)
{
    const struct manual *manual = &record->manual;

    *blame = (struct blame){.is_manual = record_manual_is_live(record, now_ms)};
    if (blame->is_manual && (manual->stamp.node != node || stamp_ms(manual->stamp.hlc) < since_ms))
        return false;
    for (size_t i = 0; i < record->facts.count; i++)
        if (record_fact_is_live(record, &record->facts.list[i], now_ms) &&
            !take_fact(&record->facts.list[i], node, threshold, since_ms, blame))
            return false;
    if (blame->is_manual && stamp_ms(manual->stamp.hlc) > blame->newest_ms)
        blame->newest_ms = stamp_ms(manual->stamp.hlc);
    return blame->is_manual || blame->strikes > 0;
}
