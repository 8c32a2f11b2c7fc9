/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for many bans or unbans, see notice_many.h.
 */
#include "notice_many.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "notice.h"

/* NOTICE_KINDS: it is none of an operator. */
static enum notice_kind kind_of(const struct agent *agent, const struct effect *effect,
                                const struct subject *subject)
{
    const struct record *record = subject != NULL ? &subject->record : NULL;

    if (record == NULL)
        return NOTICE_KINDS;
    if (effect->type == EFFECT_UNBANNED && record_is_lifted(record))
        return NOTICE_LIFTED;
    if (record->manual.kind != MANUAL_BAN)
        return NOTICE_KINDS;
    if (effect->type == EFFECT_UNBANNED)
        return NOTICE_ENDED;
    return record->manual.until_ms > state_now_ms(&agent->node.state) ? NOTICE_BANS : NOTICE_KINDS;
}

static const char *text(const char *text)
{
    return text != NULL ? text : "";
}

static void add(struct notice_sum *sum, const struct subject *subject)
{
    const struct manual *manual = &subject->record.manual;

    if (sum->count == 0) {
        *sum = (struct notice_sum){
            .node = manual->stamp.node, .one_node = true, .one_actor = true, .one_reason = true};
        snprintf(sum->actor, sizeof(sum->actor), "%s", text(manual->actor));
        snprintf(sum->reason, sizeof(sum->reason), "%s", text(manual->reason));
    }
    sum->count++;
    sum->accounts += subject->addr.kind == ADDR_ACCOUNT;
    sum->one_node = sum->one_node && manual->stamp.node == sum->node;
    sum->one_actor = sum->one_actor && strcmp(text(manual->actor), sum->actor) == 0;
    sum->one_reason = sum->one_reason && strcmp(text(manual->reason), sum->reason) == 0;
}

/* The kind of an effect that may be any; *subject is whom it is about, perhaps in room. */
static enum notice_kind look(const struct agent *agent, const struct effect *effect,
                             const struct subject **subject, struct unpacked *room)
{
    if (effect->type != EFFECT_BANNED && effect->type != EFFECT_UNBANNED)
        return NOTICE_KINDS;
    *subject = state_find(&agent->node.state, &effect->addr, room);
    return kind_of(agent, effect, *subject);
}

void notice_many_count(const struct agent *agent, struct notice_many *many)
{
    const struct effects *effects = &agent->node.effects;

    *many = (struct notice_many){0};
    if (effects->count <= NOTICE_LINES_MAX)
        return;
    for (size_t i = 0; i < effects->count; i++) {
        const struct subject *subject;
        struct unpacked room;
        enum notice_kind kind = look(agent, &effects->list[i], &subject, &room);

        if (kind != NOTICE_KINDS)
            add(&many->sums[kind], subject);
    }
}

bool notice_many_has(const struct agent *agent, const struct notice_many *many,
                     const struct effect *effect)
{
    const struct subject *subject;
    struct unpacked room;
    enum notice_kind kind = look(agent, effect, &subject, &room);

    return kind != NOTICE_KINDS && many->sums[kind].count > NOTICE_LINES_MAX;
}

static void log_sum(const struct agent *agent, enum notice_kind kind, const struct notice_sum *sum)
{
    char actor[4 * ACTOR_BYTES_MAX + 1], reason[4 * REASON_BYTES_MAX + 1], node[17];
    const char *who = sum->one_actor ? sum->actor : "";
    const char *why = sum->one_reason ? sum->reason : "";

    log_notice("%s source=%s count=%zu accounts=%zu node=%s actor=%s reason=%s",
               kind == NOTICE_BANS ? "bans" : "unbans", kind == NOTICE_ENDED ? "expired" : "manual",
               sum->count, sum->accounts,
               sum->one_node ? notice_node_name(agent, sum->node, node) : "",
               log_escape(who, strlen(who), actor, sizeof(actor)),
               log_escape(why, strlen(why), reason, sizeof(reason)));
}

void notice_many_log(const struct agent *agent, const struct notice_many *many)
{
    for (size_t kind = 0; kind < NOTICE_KINDS; kind++)
        if (many->sums[kind].count > NOTICE_LINES_MAX)
            log_sum(agent, (enum notice_kind)kind, &many->sums[kind]);
}
