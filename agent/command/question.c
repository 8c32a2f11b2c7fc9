/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are answered in slices, see question.h.
 */
#include "question.h"

#include <stdlib.h>
#include <string.h>

#include "reply.h"

void *question_ask(struct agent *agent, uint64_t client, const struct question_kind *kind,
                   const void *question)
{
    struct question **end = &agent->questions, *asked = malloc(kind->size);

    if (asked == NULL) {
        reply_error(agent, client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return NULL;
    }
    memcpy(asked, question, kind->size);
    *asked = (struct question){.kind = kind, .client = client};
    while (*end != NULL)
        end = &(*end)->next;
    *end = asked;
    return asked;
}

size_t question_count(const struct agent *agent, const struct question_kind *kind)
{
    size_t count = 0;

    for (const struct question *one = agent->questions; one != NULL; one = one->next)
        count += one->kind == kind;
    return count;
}

void *question_first(const struct agent *agent, const struct question_kind *kind)
{
    struct question *one = agent->questions;

    while (one != NULL && one->kind != kind)
        one = one->next;
    return one;
}

static void drop(struct question **place)
{
    struct question *question = *place;

    *place = question->next;
    if (question->kind->end != NULL)
        question->kind->end(question);
    free(question);
}

static void drop_gone(struct agent *agent)
{
    struct question **place = &agent->questions;

    while (*place != NULL)
        if ((*place)->kind->lasts || control_is_connected(agent->control, (*place)->client))
            place = &(*place)->next;
        else
            drop(place);
}

/* How many of its kind were asked earlier. */
static size_t earlier(const struct agent *agent, const struct question *question)
{
    size_t count = 0;

    for (const struct question *one = agent->questions; one != question; one = one->next)
        count += one->kind == question->kind;
    return count;
}

static bool is_ready(const struct agent *agent, const struct question *question)
{
    const struct question_kind *kind = question->kind;

    return earlier(agent, question) < kind->at_once &&
           (kind->lasts ||
            control_unsent(agent->control, question->client) < QUESTION_UNSENT_BYTES) &&
           (kind->is_ready == NULL || kind->is_ready(agent, question));
}

static size_t count_ready(const struct agent *agent)
{
    size_t count = 0;

    for (const struct question *one = agent->questions; one != NULL; one = one->next)
        count += is_ready(agent, one);
    return count;
}

/* What changes much goes on in slices of one size, and so do its lines in the log. */
static size_t work_of_turn(const struct agent *agent)
{
    bool beside = agent->mapwriter.checked_ms == agent->now.mono_ms;

    for (const struct question *one = agent->questions; one != NULL; one = one->next)
        beside &= !one->kind->lasts;
    return beside ? QUESTION_WORK_BESIDE : QUESTION_WORK;
}

/* What one leaves of its part is shared by those behind it, among them the next of its kind. */
void question_turn(struct agent *agent)
{
    struct question **place = &agent->questions;
    size_t left = work_of_turn(agent), sharers;

    drop_gone(agent);
    sharers = count_ready(agent);
    while (*place != NULL && left > 0) {
        struct question *question = *place;
        size_t part = sharers > 1 ? left / sharers : left;
        bool answered = false;

        if (is_ready(agent, question)) {
            left -= part;
            answered = question->kind->go_on(agent, question, &part);
            left += part;
            sharers -= sharers > 0;
        }
        if (answered)
            drop(place);
        else
            place = &question->next;
    }
}

void question_spend(size_t *work, size_t cost)
{
    *work -= cost < *work ? cost : *work;
}

bool question_is_ready(const struct agent *agent)
{
    const struct question *question = agent->questions;

    while (question != NULL && !is_ready(agent, question))
        question = question->next;
    return question != NULL;
}

void question_close(struct agent *agent)
{
    while (agent->questions != NULL)
        drop(&agent->questions);
}
