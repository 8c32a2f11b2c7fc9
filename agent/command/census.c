/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many subjects are banned, see census.h.
 */
#include "census.h"

#include "digest.h"
#include "question.h"

#define CENSUS_AT_ONCE 8 /* it holds nothing, and many monitors may ask */

struct count {
    struct question question;
    census_fn *answer;
    const struct state *state;
    uint32_t leaf; /* the next one to look at */
    struct census census;
};

static size_t look(void *context, const struct subject *subject)
{
    struct count *count = context;
    int64_t until_ms = record_until_ms(&subject->record, state_now_ms(count->state));

    count->census.permanent += until_ms == TIME_NEVER_MS;
    count->census.temporary += until_ms > 0 && until_ms < TIME_NEVER_MS;
    return 1;
}

/* Few are counted at once: to look at all leaves would take several turns. */
static void count_few(struct count *count, size_t *work)
{
    const struct table *table = &count->state->table;
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(table, &walk)) != NULL;)
        look(count, subject);
    question_spend(work, table->count);
    count->leaf = DIGEST_LEAVES;
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct count *count = question;

    count->state = &agent->node.state;
    if (count->leaf == 0 && count->state->table.count <= *work)
        count_few(count, work);
    else if (!table_slice(&count->state->table, &count->leaf, work, look, count))
        return false;
    count->answer(agent, count->question.client, &count->census);
    return true;
}

static const struct question_kind kind = {
    .size = sizeof(struct count), .at_once = CENSUS_AT_ONCE, .go_on = go_on};

void census_take(struct agent *agent, uint64_t client, census_fn *answer)
{
    const struct count count = {.answer = answer};

    question_ask(agent, client, &kind, &count);
}
