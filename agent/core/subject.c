/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject with all that is known of it, see subject.h.
 */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

/* A copy of what there is of a text; false without memory. */
static bool copy_text(const char *text, char **copy)
{
    *copy = text != NULL ? strdup(text) : NULL;
    return *copy != NULL || text == NULL;
}

struct subject *subject_copy(const struct subject *subject)
{
    struct subject *copy = calloc(1, sizeof(*copy));
    const struct manual *manual = &subject->record.manual;
    bool copied;

    if (copy == NULL)
        return NULL;
    *copy = *subject;
    copy->strikes = (struct strikes){0};
    copied = facts_copy(&subject->record.facts, &copy->record.facts) == 0;
    copied &= copy_text(manual->reason, &copy->record.manual.reason);
    copied &= copy_text(manual->actor, &copy->record.manual.actor);
    if (copied)
        return copy;
    subject_free(copy);
    return NULL;
}

void subject_free(struct subject *subject)
{
    if (subject == NULL)
        return;
    record_clear(&subject->record);
    strikes_clear(&subject->strikes);
    free(subject);
}

/* The bytes added without carries: any flipped bit flips one here. */
static uint8_t seal_of(int64_t deadline_ms)
{
    uint8_t seal = 0;

    for (unsigned byte = 0; byte < sizeof(deadline_ms); byte++)
        seal ^= (uint8_t)((uint64_t)deadline_ms >> (8 * byte));
    return seal;
}

void subject_set_deadline(struct subject *subject, int64_t deadline_ms)
{
    subject->deadline_ms = deadline_ms;
    subject->deadline_seal = seal_of(deadline_ms);
}

bool subject_deadline_is_sound(const struct subject *subject)
{
    return subject->deadline_seal == seal_of(subject->deadline_ms);
}

int subject_compare(const struct subject *subject, const struct addr *addr, uint64_t hash)
{
    if (subject->hash != hash)
        return subject->hash < hash ? -1 : 1;
    return addr_compare(&subject->addr, addr);
}
