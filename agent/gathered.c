/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans that are to be told in a digest, see gathered.h.
 */
#include "gathered.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keptline.h"
#include "markid.h"

#define NUMBER_MAX 1000000000000000 /* of ms: what is more is damage */
#define GONE_LINES_MAX 1024         /* so many are not worth a text that is printed anew */

_Static_assert(GATHERED_SLOTS >= 2 * ALERT_GATHERED_MAX && ALERT_GATHERED_MAX < UINT16_MAX,
               "there is always a free slot, and places fit into one");

/* --- The list ----------------------------------------------------------------------------------
 */

void gathered_open(struct gathered *gathered, const struct hash_key *key)
{
    assert(gathered->count == 0);
    gathered->key = *key;
}

/* The slot of that id, or the free one where it belongs. */
static size_t find_slot(const struct gathered *gathered, const uint8_t id[MARK_ID_BYTES])
{
    size_t slot = hash64(&gathered->key, id, MARK_ID_BYTES) % GATHERED_SLOTS;

    for (; gathered->slots[slot] != 0; slot = (slot + 1) % GATHERED_SLOTS)
        if (memcmp(gathered->list[gathered->slots[slot] - 1].id, id, MARK_ID_BYTES) == 0)
            break;
    return slot;
}

/* Only those that wait keep a place. */
static void compact(struct gathered *gathered)
{
    size_t kept = 0, printed = 0;

    memset(gathered->slots, 0, sizeof(gathered->slots));
    for (size_t i = 0; i < gathered->count; i++) {
        if (gathered->list[i].state == GATHERED_GONE)
            continue;
        gathered->list[kept] = gathered->list[i];
        gathered->slots[find_slot(gathered, gathered->list[kept].id)] = (uint16_t)(kept + 1);
        kept++;
        printed += i < gathered->printed;
    }
    gathered->count = kept;
    gathered->first = 0;
    gathered->printed = printed;
}

static void add_name(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES], const char *text)
{
    struct gathered_name *name = &gathered->names[gathered->name_count];

    if (gathered->name_count == ALERT_DIGEST_NAMES_MAX)
        return;
    memcpy(name->id, id, MARK_ID_BYTES);
    snprintf(name->text, sizeof(name->text), "%s", text);
    gathered->name_count++;
}

static const char *find_name(const struct gathered *gathered, const uint8_t id[MARK_ID_BYTES])
{
    for (size_t i = 0; i < gathered->name_count; i++)
        if (memcmp(gathered->names[i].id, id, MARK_ID_BYTES) == 0)
            return gathered->names[i].text;
    return NULL;
}

static void drop_name(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES])
{
    for (size_t i = gathered->name_count; i-- > 0;) {
        if (memcmp(gathered->names[i].id, id, MARK_ID_BYTES) != 0)
            continue;
        gathered->name_count--;
        memmove(&gathered->names[i], &gathered->names[i + 1],
                (gathered->name_count - i) * sizeof(gathered->names[0]));
    }
}

bool gathered_add(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES], enum alertkind kind,
                  const char *name, int64_t since_ms)
{
    struct gathered_ban *ban;

    if (gathered->slots[find_slot(gathered, id)] != 0)
        return true;
    if (gathered->count == ALERT_GATHERED_MAX)
        compact(gathered);
    if (gathered->count == ALERT_GATHERED_MAX)
        return false;
    ban = &gathered->list[gathered->count++];
    *ban =
        (struct gathered_ban){.since_ms = since_ms, .kind = (uint8_t)kind, .state = GATHERED_OPEN};
    memcpy(ban->id, id, MARK_ID_BYTES);
    gathered->slots[find_slot(gathered, id)] = (uint16_t)gathered->count;
    gathered->open++;
    if (name[0] != '\0')
        add_name(gathered, id, name);
    return true;
}

static void leave(struct gathered *gathered, struct gathered_ban *ban)
{
    gathered->open -= ban->state == GATHERED_OPEN;
    gathered->sent -= ban->state == GATHERED_SENT;
    ban->state = GATHERED_GONE;
    if (gathered->open + gathered->sent == 0)
        compact(gathered);
}

bool gathered_drop(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES])
{
    size_t place = gathered->slots[find_slot(gathered, id)];

    if (place == 0 || gathered->list[place - 1].state == GATHERED_GONE)
        return false;
    drop_name(gathered, id);
    leave(gathered, &gathered->list[place - 1]);
    return true;
}

int64_t gathered_since_ms(struct gathered *gathered, int64_t wall_ms)
{
    struct gathered_ban *list = gathered->list;

    if (gathered->open == 0)
        return wall_ms;
    while (list[gathered->first].state != GATHERED_OPEN)
        gathered->first++;
    if (list[gathered->first].since_ms > wall_ms)
        list[gathered->first].since_ms = wall_ms;
    return list[gathered->first].since_ms;
}

void gathered_count(const struct gathered *gathered, uint64_t kinds[ALERTKIND_CHOICES])
{
    for (size_t i = 0; i < gathered->count; i++)
        kinds[gathered->list[i].kind] += gathered->list[i].state == GATHERED_OPEN;
}

void gathered_send(struct gathered *gathered, const char digest[SPOOL_ID_SIZE])
{
    for (size_t i = 0; i < gathered->count; i++)
        if (gathered->list[i].state == GATHERED_OPEN)
            gathered->list[i].state = GATHERED_SENT;
    gathered->sent += gathered->open;
    gathered->open = gathered->name_count = 0;
    snprintf(gathered->digest, sizeof(gathered->digest), "%s", digest);
}

bool gathered_take(struct gathered *gathered, size_t *from, uint8_t id[MARK_ID_BYTES])
{
    for (; *from < gathered->count; ++*from) {
        struct gathered_ban *ban = &gathered->list[*from];

        if (ban->state != GATHERED_SENT)
            continue;
        memcpy(id, ban->id, MARK_ID_BYTES);
        leave(gathered, ban);
        return true;
    }
    return false;
}

void gathered_return(struct gathered *gathered)
{
    for (size_t i = 0; i < gathered->count; i++)
        if (gathered->list[i].state == GATHERED_SENT)
            gathered->list[i].state = GATHERED_OPEN;
    gathered->open += gathered->sent;
    gathered->sent = gathered->first = 0;
    gathered_close(gathered);
}

void gathered_forget(struct gathered *gathered)
{
    uint8_t id[MARK_ID_BYTES];
    size_t from = 0;

    while (gathered_take(gathered, &from, id))
        continue;
    gathered_close(gathered);
}

void gathered_close(struct gathered *gathered)
{
    gathered->digest[0] = '\0';
}

/* --- As text -----------------------------------------------------------------------------------
 *
 *   ban ID KIND SINCE_MS [NAME]
 *   told ID               all bans above are in that digest
 */

static size_t print_ban(const struct gathered *gathered, const struct gathered_ban *ban, char *out,
                        size_t size)
{
    const char *name = find_name(gathered, ban->id);
    char id[SPOOL_ID_SIZE];

    markid_print(ban->id, id);
    return (size_t)snprintf(out, size, "ban %s %s %lld%s%s\n", id,
                            alertkind_name((enum alertkind)ban->kind), (long long)ban->since_ms,
                            name != NULL ? " " : "", name != NULL ? name : "");
}

/* Behind what is used of out; returns how much is then. */
static size_t print_all(const struct gathered *gathered, enum gathered_state state, char *out,
                        size_t used)
{
    for (size_t i = 0; i < gathered->count; i++)
        if (gathered->list[i].state == state)
            used += print_ban(gathered, &gathered->list[i], out + used, GATHERED_TEXT_SIZE - used);
    return used;
}

size_t gathered_print(struct gathered *gathered, char out[GATHERED_TEXT_SIZE])
{
    size_t used = print_all(gathered, GATHERED_SENT, out, 0);

    if (used > 0)
        used += (size_t)snprintf(out + used, SPOOL_ID_SIZE + 8, "told %s\n", gathered->digest);
    used = print_all(gathered, GATHERED_OPEN, out, used);
    gathered->printed = gathered->count;
    gathered->lines = gathered->open + gathered->sent;
    gathered->bytes = used;
    return used;
}

size_t gathered_print_more(struct gathered *gathered, char out[GATHERED_LINE_SIZE])
{
    size_t size;

    if (gathered->printed == gathered->count)
        return 0;
    size = print_ban(gathered, &gathered->list[gathered->printed++], out, GATHERED_LINE_SIZE);
    gathered->lines++;
    gathered->bytes += size;
    return size;
}

bool gathered_is_overgrown(const struct gathered *gathered)
{
    return gathered->lines > 2 * (gathered->open + gathered->sent) + GONE_LINES_MAX ||
           gathered->bytes > GATHERED_TEXT_SIZE - GATHERED_LINE_SIZE;
}

static bool is_id(const char *text)
{
    return strlen(text) == SPOOL_ID_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == SPOOL_ID_SIZE - 1;
}

static int find_kind(const char *word)
{
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++)
        if (strcmp(word, alertkind_name((enum alertkind)kind)) == 0)
            return kind;
    return -1;
}

static void take_ban(struct gathered *gathered, char *id, int64_t oldest_ms)
{
    char *kind = keptline_cut(id), *since = keptline_cut(kind), *name = keptline_cut(since), *end;
    long long since_ms = strtoll(since, &end, 10);
    uint8_t bytes[MARK_ID_BYTES];

    if (!is_id(id) || find_kind(kind) < 0 || end == since || *end != '\0' || since_ms < 0 ||
        since_ms < oldest_ms || since_ms > NUMBER_MAX || !keptline_is_name(name) ||
        strlen(name) >= ADDR_TEXT_SIZE)
        return;
    markid_parse(id, bytes);
    gathered_add(gathered, bytes, (enum alertkind)find_kind(kind), name, since_ms);
}

static void take_line(struct gathered *gathered, char *line, int64_t oldest_ms)
{
    char *rest = keptline_cut(line);

    if (strcmp(line, "ban") == 0)
        take_ban(gathered, rest, oldest_ms);
    else if (strcmp(line, "told") == 0 && is_id(rest))
        gathered_send(gathered, rest);
}

void gathered_parse(struct gathered *gathered, const char *text, size_t size, int64_t oldest_ms)
{
    struct keptline lines = {text, size};
    char line[GATHERED_LINE_SIZE];

    while (keptline_take(&lines, line, sizeof(line)))
        take_line(gathered, line, oldest_ms);
}
