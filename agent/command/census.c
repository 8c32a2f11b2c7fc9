/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many subjects are banned, see census.h.
 */
#include "census.h"

#include "question.h"

#define CENSUS_AT_ONCE 8 /* it holds nothing, and many monitors may ask */

struct count {
    struct question question;
    census_fn *answer;
    uint32_t leaf; /* the next one to look at */
    struct state_bans bans;
};

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct count *count = question;

    if (!state_count_bans(&agent->node.state, &count->leaf, work, &count->bans))
        return false;
    count->answer(agent, count->question.client, &count->bans);
    return true;
}

static const struct question_kind kind = {
    .size = sizeof(struct count), .at_once = CENSUS_AT_ONCE, .go_on = go_on};

void census_take(struct agent *agent, uint64_t client, census_fn *answer)
{
    const struct count count = {.answer = answer};

    question_ask(agent, client, &kind, &count);
}
