/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an imported ban's reason, see origin.h.
 */
#include "origin.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "escape.h"
#include "when.h"

static const char begin[] = "[since ";
static const char by[] = " by ";

static bool is_time(const char *text, size_t length);
static bool is_name(const char *text, size_t length);
static const char *find_end(const char *reason);
static size_t fit(const char *text, size_t room);

void origin_split(const char *reason, struct origin *origin)
{
    *origin = (struct origin){.reason = ""};
    if (!reason)
        return;
    const char *end = find_end(reason);
    if (!end) {
        snprintf(origin->reason, sizeof(origin->reason), "%.*s", (int)fit(reason, REASON_BYTES_MAX),
                 reason);
        return;
    }
    size_t length = (size_t)(end - reason) - (end > reason);
    snprintf(origin->reason, sizeof(origin->reason), "%.*s", (int)length, reason);
    const char *since = end + strlen(begin);
    memcpy(origin->since, since, ORIGIN_SINCE_SIZE - 1);
    const char *actor = since + ORIGIN_SINCE_SIZE - 1;
    if (*actor == ' ')
        snprintf(origin->actor, sizeof(origin->actor), "%.*s",
                 (int)(strlen(actor) - strlen(by) - 1), actor + strlen(by));
}

void origin_explain(struct origin *origin, const char *parts)
{
    size_t room = REASON_BYTES_MAX - strlen(begin) - (ORIGIN_SINCE_SIZE - 1) - strlen(" ]");
    size_t length = strlen(parts);
    if (length > room) {
        length = room;
        while (length > 0 && strncmp(parts + length, ", ", 2) != 0)
            length--;
    }
    snprintf(origin->reason, sizeof(origin->reason), "%.*s", (int)length, parts);
}

void origin_join(const struct origin *origin, char text[REASON_BYTES_MAX + 1])
{
    char end[ORIGIN_SINCE_SIZE + ACTOR_BYTES_MAX + sizeof(begin) + sizeof(by)] = "";
    bool named = is_name(origin->actor, strlen(origin->actor));
    if (is_time(origin->since, strlen(origin->since)))
        snprintf(end, sizeof(end), "%s%s%s%s]", begin, origin->since, named ? by : "",
                 named ? origin->actor : "");
    size_t room = REASON_BYTES_MAX - strlen(end) - (end[0] != '\0');
    size_t length = fit(origin->reason, room);
    snprintf(text, REASON_BYTES_MAX + 1, "%.*s%s%s", (int)length, origin->reason,
             length > 0 && end[0] != '\0' ? " " : "", end);
}

static bool is_time(const char *text, size_t length)
{
    char copy[ORIGIN_SINCE_SIZE], canonical[CLOCK_TEXT_SIZE];
    int64_t ms;
    if (length != ORIGIN_SINCE_SIZE - 1)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (when_parse(copy, &ms) < 0)
        return false;
    clock_print(ms, canonical);
    return strcmp(copy, canonical) == 0;
}

/* What the end can be found behind again. */
static bool is_name(const char *text, size_t length)
{
    if (length == 0 || length > ACTOR_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '[' || text[i] == ']' || text[i] == 0x7f || (unsigned char)text[i] < 0x20)
            return false;
    }
    return true;
}

/* Where the end begins; NULL if there is none. */
static const char *find_end(const char *reason)
{
    size_t length = strlen(reason);
    const char *found = strrchr(reason, '[');
    if (!found || length > REASON_BYTES_MAX || reason[length - 1] != ']' ||
        strncmp(found, begin, strlen(begin)) != 0 || (found > reason && found[-1] != ' '))
        return NULL;
    const char *since = found + strlen(begin);
    size_t rest = strlen(since) - 1; /* without "]" */
    if (rest < ORIGIN_SINCE_SIZE - 1 || !is_time(since, ORIGIN_SINCE_SIZE - 1))
        return NULL;
    const char *actor = since + ORIGIN_SINCE_SIZE - 1;
    rest -= ORIGIN_SINCE_SIZE - 1;
    if (rest == 0)
        return found;
    if (rest <= strlen(by) || strncmp(actor, by, strlen(by)) != 0 ||
        !is_name(actor + strlen(by), rest - strlen(by)))
        return NULL;
    return found;
}

/* Bytes of the text that fit, whole characters. */
static size_t fit(const char *text, size_t room)
{
    size_t used = 0;
    size_t next;
    while ((next = escape_next(text + used)) > 0 && used + next <= room)
        used += next;
    return used;
}
