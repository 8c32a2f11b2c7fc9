/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was over a limit, see senders.h.
 *
 * A sender who is due needs its strikes no longer. Of the others those are kept that a line can
 * meet in one window: lines of several processes are out of order by less than
 * LINETIME_DISORDER_MS.
 */
#include "senders.h"

#include <bansync/limits.h>
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "hash.h"
#include "keyset.h"
#include "linetime.h"
#include "memory.h"

enum { ROOM_MIN = 64 };

struct senders {
    const struct policy *policy;
    unsigned ipv6_prefix;
    struct hash_key key;
    struct sender *list;
    size_t count;
    size_t room;
    uint32_t *places; /* 2 * room of them: index + 1 in list; 0: free */
    struct keyset *messages;
    size_t due;
    uint64_t untold;
    uint64_t unsure;
};

static void make_room(struct senders *senders, size_t room);
static void add(struct senders *senders, const struct addr *subject, const struct detect_hit *hit,
                uint64_t line, int64_t t_ms);
static struct sender *find(struct senders *senders, const struct addr *subject);
static void count_message(struct senders *senders, struct sender *sender, uint64_t message);
static void judge(struct senders *senders, struct sender *sender, uint64_t message, uint64_t line,
                  int64_t t_ms);
static int compare(const void *a, const void *b);

struct senders *senders_new(const struct policy *policy, unsigned ipv6_prefix)
{
    struct senders *senders = calloc(1, sizeof(*senders));
    if (!senders)
        memory_exhausted();
    senders->policy = policy;
    senders->ipv6_prefix = ipv6_prefix;
    senders->key = hash_derive("bansync replay", "", 0);
    senders->messages = keyset_new(SENDERS_MESSAGES_MAX);
    make_room(senders, ROOM_MIN);
    return senders;
}

void senders_free(struct senders **senders)
{
    if (!*senders)
        return;
    for (size_t i = 0; i < (*senders)->count; i++)
        strikes_clear(&(*senders)->list[i].strikes);
    keyset_free(&(*senders)->messages);
    free((*senders)->list);
    free((*senders)->places);
    free(*senders);
    *senders = NULL;
}

void senders_add(struct senders *senders, const struct detect_hit *hit, uint64_t line, int64_t t_ms)
{
    struct addr subject = addr_subject(&hit->addr, senders->ipv6_prefix);
    add(senders, &subject, hit, line, t_ms);
}

bool senders_add_account(struct senders *senders, const struct detect_hit *hit, uint64_t line,
                         int64_t t_ms)
{
    struct addr account;
    if (addr_parse_account(hit->account.bytes, hit->account.length, &account) < 0)
        return false;
    add(senders, &account, hit, line, t_ms);
    return true;
}

size_t senders_count(const struct senders *senders)
{
    return senders->count;
}

size_t senders_due(const struct senders *senders)
{
    return senders->due;
}

uint64_t senders_untold(const struct senders *senders)
{
    return senders->untold;
}

uint64_t senders_unsure(const struct senders *senders)
{
    return senders->unsure;
}

const struct sender *senders_sorted(struct senders *senders)
{
    qsort(senders->list, senders->count, sizeof(*senders->list), compare);
    make_room(senders, senders->room); /* the places are others now */
    return senders->list;
}

static void add(struct senders *senders, const struct addr *subject, const struct detect_hit *hit,
                uint64_t line, int64_t t_ms)
{
    struct sender *sender = find(senders, subject);
    uint64_t message = 0;
    if (!sender) {
        senders->untold++;
        return;
    }
    if (hit->message_id.bytes)
        message = hash64(&senders->key, hit->message_id.bytes, hit->message_id.length);
    if (sender->hits++ == 0) {
        sender->first_line = line;
        sender->first_ms = t_ms;
    }
    sender->last_line = line;
    sender->last_ms = t_ms;
    sender->by_evidence += hit->by_evidence;
    count_message(senders, sender, message);
    if (sender->due_line == 0)
        judge(senders, sender, message, line, t_ms);
}

/* Unused bytes are zero. */
static uint64_t hash_of(const struct senders *senders, const struct addr *subject)
{
    size_t size = subject->kind == ADDR_ACCOUNT ? subject->length : sizeof(struct prefix) - 2;
    return hash64(&senders->key, subject, size + 2);
}

static uint32_t *place_of(struct senders *senders, const struct addr *subject)
{
    size_t mask = 2 * senders->room - 1;
    size_t at = (size_t)hash_of(senders, subject) & mask;
    while (senders->places[at] != 0 &&
           memcmp(&senders->list[senders->places[at] - 1].subject, subject, sizeof(*subject)) != 0)
        at = (at + 1) & mask;
    return &senders->places[at];
}

/* room: a power of two, not below count. */
static void make_room(struct senders *senders, size_t room)
{
    struct sender *list = realloc(senders->list, room * sizeof(*list));
    if (!list)
        memory_exhausted();
    senders->list = list;
    free(senders->places);
    senders->places = calloc(2 * room, sizeof(*senders->places));
    if (!senders->places)
        memory_exhausted();
    senders->room = room;
    for (size_t i = 0; i < senders->count; i++)
        *place_of(senders, &list[i].subject) = (uint32_t)i + 1;
}

/* Finds or makes it; NULL: there are too many. */
static struct sender *find(struct senders *senders, const struct addr *subject)
{
    uint32_t *place = place_of(senders, subject);
    if (*place != 0)
        return &senders->list[*place - 1];
    if (senders->count == SENDERS_MAX)
        return NULL;
    if (senders->count == senders->room) {
        make_room(senders, 2 * senders->room);
        place = place_of(senders, subject);
    }
    senders->list[senders->count] = (struct sender){.subject = *subject};
    *place = (uint32_t)++senders->count;
    return &senders->list[senders->count - 1];
}

/* message: its hash; 0: not known. */
static void count_message(struct senders *senders, struct sender *sender, uint64_t message)
{
    uint64_t both[2] = {hash_of(senders, &sender->subject), message};
    enum keyset_result result = KEYSET_ADDED;
    if (message != 0)
        result = keyset_add(senders->messages, hash64(&senders->key, both, sizeof(both)));
    sender->messages += result != KEYSET_THERE;
    senders->unsure += result == KEYSET_FULL;
}

/* The agent's own decision, at this hit. */
static void judge(struct senders *senders, struct sender *sender, uint64_t message, uint64_t line,
                  int64_t t_ms)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct strike strike = {.t_ms = t_ms, .id = line, .origin = 1, .text = text};
    static const struct record nothing_before;
    struct strikes *strikes = &sender->strikes;
    struct strikes_change change;
    strike_text_write("", 0, "", 0, (uint32_t)message + (message != 0 && (uint32_t)message == 0),
                      text);
    if (strikes_merge(strikes, &strike, &change) < 0)
        memory_exhausted();
    strikes_change_clear(&change);
    int64_t needed_ms =
        strikes->list[strikes->count - 1].t_ms - senders->policy->window_ms - LINETIME_DISORDER_MS;
    while (strikes->list[0].t_ms <= needed_ms) {
        struct strike old;
        strikes_take_oldest(strikes, &old);
        free(old.text);
    }
    if (strikes->count < senders->policy->threshold ||
        !derive_would_ban(senders->policy, strikes, &nothing_before, 0))
        return;
    sender->due_line = line;
    sender->due_ms = t_ms;
    senders->due++;
    strikes_clear(strikes);
}

static int compare(const void *a, const void *b)
{
    const struct sender *left = a, *right = b;
    if (left->hits != right->hits)
        return left->hits > right->hits ? -1 : 1;
    return addr_compare(&left->subject, &right->subject);
}
