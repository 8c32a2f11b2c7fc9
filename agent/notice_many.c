/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for many bans or unbans, see notice_many.h.
 */
#include "notice_many.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "notice.h"

static const struct kind {
    const char *word, *source;
} kinds[NOTICE_KINDS] = {
    [NOTICE_BANS] = {"bans", "manual"},
    [NOTICE_LEARNED] = {"bans", "auto"},
    [NOTICE_LIFTED] = {"unbans", "manual"},
    [NOTICE_ENDED] = {"unbans", "expired"},
};

/* NOTICE_KINDS: it has a line of its own. */
static enum notice_kind kind_of(const struct agent *agent, const struct effect *effect,
                                const struct subject *subject)
{
    const struct record *record = subject != NULL ? &subject->record : NULL;

    if (record == NULL)
        return NOTICE_KINDS;
    if (effect->type == EFFECT_UNBANNED)
        return record_is_lifted(record) ? NOTICE_LIFTED : NOTICE_ENDED;
    if (record_manual_is_live(record, state_now_ms(&agent->node.state)))
        return NOTICE_BANS;
    return effect->own ? NOTICE_KINDS : NOTICE_LEARNED;
}

static const char *text(const char *text)
{
    return text != NULL ? text : "";
}

/* What is learned has neither node nor actor: its strikes may come later. */
static void add(struct notice_sum *sum, enum notice_kind kind, const struct subject *subject)
{
    static const struct manual none;
    const struct manual *manual = kind == NOTICE_LEARNED ? &none : &subject->record.manual;

    if (sum->count == 0) {
        *sum = (struct notice_sum){.node = manual->stamp.node,
                                   .one_node = manual->stamp.node != 0,
                                   .one_actor = true,
                                   .one_reason = true};
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
            add(&many->sums[kind], kind, subject);
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

    log_notice("%s source=%s count=%zu accounts=%zu node=%s actor=%s reason=%s", kinds[kind].word,
               kinds[kind].source, sum->count, sum->accounts,
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
