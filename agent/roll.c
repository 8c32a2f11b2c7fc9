/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes that were ever known here, see roll.h.
 */
#include "roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/control.h>

#include "audit.h"
#include "hash.h"
#include "keyfile.h"

#define ROLL_META "nodes"
#define ROLL_LINE_BYTES 256      /* longer than any */
#define ROLL_SEEN_STEP_MS 600000 /* being seen is worth a commit so often */
#define ROLL_LOOK_MS 100
#define ROLL_ID_DIGITS 16

enum {
    FIELD_ID,
    FIELD_NAME,
    FIELD_KEY,
    FIELD_VERSION,
    FIELD_SEEN,
    FIELDS_MIN,
    FIELD_FORGOTTEN = FIELDS_MIN,
    FIELDS
};

static struct roll_node *find(const struct roll *roll, uint64_t id)
{
    for (size_t i = 0; i < roll->count; i++)
        if (roll->list[i].id == id)
            return &roll->list[i];
    return NULL;
}

bool roll_is_member(const struct agent *agent, uint64_t id)
{
    return id == agent->node.state.node || node_peer_of(&agent->node, id) != NULL;
}

/* A node's place, that of another if there is no room; NULL if only peers are known. */
static struct roll_node *make(struct agent *agent, uint64_t id)
{
    struct roll *roll = &agent->roll;
    struct roll_node *node = find(roll, id);

    if (node != NULL || roll->list == NULL)
        return node;
    if (roll->count < ROLL_NODES_MAX) {
        node = &roll->list[roll->count++];
    } else {
        for (size_t i = 0; i < roll->count; i++)
            if (!roll_is_member(agent, roll->list[i].id) &&
                (node == NULL || roll->list[i].seen_ms < node->seen_ms))
                node = &roll->list[i];
        if (node == NULL)
            return NULL;
    }
    *node = (struct roll_node){.id = id};
    roll->dirty = true;
    return node;
}

/* Puts text in place of *old; a version is a peer's own word. */
static bool replace(char *old, size_t size, const char *text)
{
    char clean[NAME_BYTES_MAX + 1];
    size_t i = 0;

    for (; text[i] != '\0' && i + 1 < sizeof(clean) && i + 1 < size; i++)
        clean[i] = text[i] > ' ' && text[i] < 0x7f ? text[i] : '?';
    clean[i] = '\0';
    if (strcmp(old, clean) == 0)
        return false;
    memcpy(old, clean, i + 1);
    return true;
}

static void note(struct agent *agent, uint64_t id, const char *name, const uint8_t *key,
                 const char *version, int64_t seen_ms)
{
    struct roll_node *node = make(agent, id);
    char text[NODE_KEY_TEXT_SIZE];

    if (node == NULL)
        return;
    agent->roll.dirty |= replace(node->name, sizeof(node->name), name);
    if (key != NULL) {
        keyfile_text(key, text);
        agent->roll.dirty |= replace(node->key, sizeof(node->key), text);
    }
    if (version[0] != '\0')
        agent->roll.dirty |= replace(node->version, sizeof(node->version), version);
    if (seen_ms <= node->seen_ms)
        return;
    agent->roll.dirty |=
        node->seen_ms == 0 || (roll_is_forgotten(node) && seen_ms > node->forgotten_ms);
    agent->roll.seen = true;
    node->seen_ms = seen_ms;
}

/* "ID NAME KEY VERSION SEEN [FORGOTTEN]", "-" where nothing is known. */
static void take_line(struct agent *agent, char *line)
{
    char *fields[FIELDS], *rest = line;
    struct roll_node *node;
    uint64_t id;

    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&rest, " ");
        if (fields[i] == NULL && i < FIELDS_MIN)
            return;
        if (fields[i] != NULL && strcmp(fields[i], "-") == 0)
            fields[i][0] = '\0';
    }
    id = strtoull(fields[FIELD_ID], NULL, 16);
    node = id != 0 ? make(agent, id) : NULL;
    if (node == NULL)
        return;
    replace(node->name, sizeof(node->name), fields[FIELD_NAME]);
    replace(node->key, sizeof(node->key), fields[FIELD_KEY]);
    replace(node->version, sizeof(node->version), fields[FIELD_VERSION]);
    node->seen_ms = strtoll(fields[FIELD_SEEN], NULL, 10);
    if (fields[FIELD_FORGOTTEN] != NULL)
        node->forgotten_ms = strtoll(fields[FIELD_FORGOTTEN], NULL, 10);
}

static void load(struct agent *agent)
{
    const size_t room = ROLL_NODES_MAX * ROLL_LINE_BYTES;
    char *text = malloc(room + 1), *rest = text, *line;
    int size = text != NULL ? store_meta_get(agent->persist.store, ROLL_META, text, room) : 0;

    if (size > 0 && (size_t)size <= room) {
        text[size] = '\0';
        while ((line = strsep(&rest, "\n")) != NULL)
            take_line(agent, line);
    }
    free(text);
    agent->roll.dirty = false;
}

void roll_open(struct agent *agent)
{
    agent->roll.list = calloc(ROLL_NODES_MAX, sizeof(*agent->roll.list));
    if (agent->roll.list == NULL)
        return;
    load(agent);
    agent->roll.seen_put_ms = agent->now.mono_ms;
    note(agent, agent->node.state.node, agent->node.name, agent->key.public_key, "", 0);
    for (size_t i = 0; i < agent->config->peer_count; i++)
        note(agent, hash_node(agent->config->peers[i].key), agent->config->peers[i].name,
             agent->config->peers[i].key, "", 0);
}

void roll_close(struct agent *agent)
{
    free(agent->roll.list);
    agent->roll = (struct roll){.list = NULL};
}

static void see_nodes(struct agent *agent)
{
    note(agent, agent->node.state.node, agent->node.name, NULL, "", agent->now.wall_ms);
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        const struct node_peer *peer = &agent->node.peers[i];

        if (peer->greeted)
            note(agent, peer->id, peer->name, NULL, peer->hello.version,
                 agent->now.wall_ms - (agent->now.mono_ms - peer->seen_ms));
    }
}

void roll_turn(struct agent *agent)
{
    struct roll *roll = &agent->roll;

    if (roll->looked_ms != 0 && agent->now.mono_ms - roll->looked_ms < ROLL_LOOK_MS)
        return;
    roll->looked_ms = agent->now.mono_ms;
    see_nodes(agent);
    roll->dirty |= roll->seen && agent->now.mono_ms - roll->seen_put_ms >= ROLL_SEEN_STEP_MS;
}

void roll_stop(struct agent *agent)
{
    see_nodes(agent);
    agent->roll.dirty |= agent->roll.seen;
}

static const char *or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

void roll_put(struct agent *agent, bool anew)
{
    const struct roll *roll = &agent->roll;
    char *text;
    size_t used = 0;

    if (roll->count == 0 || !(roll->dirty || anew))
        return;
    text = malloc(roll->count * ROLL_LINE_BYTES);
    for (size_t i = 0; text != NULL && i < roll->count; i++) {
        const struct roll_node *node = &roll->list[i];

        used += (size_t)snprintf(text + used, ROLL_LINE_BYTES, "%016llx %s %s %s %lld %lld\n",
                                 (unsigned long long)node->id, or_dash(node->name),
                                 or_dash(node->key), or_dash(node->version),
                                 (long long)node->seen_ms, (long long)node->forgotten_ms);
    }
    if (text != NULL)
        store_meta_put(agent->persist.store, ROLL_META, text, used);
    free(text);
}

void roll_put_done(struct agent *agent)
{
    if (agent->roll.dirty) {
        agent->roll.seen_put_ms = agent->now.mono_ms;
        agent->roll.seen = false;
    }
    agent->roll.dirty = false;
}

const struct roll_node *roll_find(const struct agent *agent, uint64_t id)
{
    return find(&agent->roll, id);
}

bool roll_is_forgotten(const struct roll_node *node)
{
    return node->forgotten_ms != 0 && node->seen_ms <= node->forgotten_ms;
}

void roll_object(const char *name, uint64_t id, char *object, size_t size)
{
    char digits[ROLL_ID_DIGITS + 1];

    snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)id);
    snprintf(object, size, "%s%s%s", strcmp(name, digits) != 0 ? name : "",
             strcmp(name, digits) != 0 ? " " : "", digits);
}

/* The id is the last word, so that it means the same node everywhere. */
static struct roll_node *find_object(struct agent *agent, const char *object)
{
    const char *last = strrchr(object, ' ');
    const char *digits = last != NULL ? last + 1 : object;

    if (strlen(digits) != ROLL_ID_DIGITS || strspn(digits, "0123456789abcdef") != ROLL_ID_DIGITS)
        return NULL;
    return find(&agent->roll, strtoull(digits, NULL, 16));
}

/* Also one that is a peer here: it will be none, or it will be seen again. */
static void forget(struct agent *agent, const struct audit *audit)
{
    struct roll_node *node = find_object(agent, audit->object);
    int64_t at_ms = stamp_ms(audit->stamp.hlc);

    if (node == NULL || node->id == agent->node.state.node || node->seen_ms > at_ms ||
        node->forgotten_ms >= at_ms)
        return;
    node->forgotten_ms = at_ms;
    agent->roll.dirty = true;
}

void roll_audits(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        struct audit audit;

        if (effect->type == EFFECT_PERSIST && effect->kind == ENTRY_AUDIT &&
            audit_read(effect_body(effects, effect), effect->body_size, &audit) == 0 &&
            audit.action == AUDIT_NODE_FORGET)
            forget(agent, &audit);
    }
}

/* Another node has the name now, or had it, too. */
static bool is_shared(const struct agent *agent, const struct roll_node *former)
{
    for (size_t i = 0; i < agent->node.peer_count; i++)
        if (strcmp(agent->node.peers[i].name, former->name) == 0)
            return true;
    for (size_t i = 0; i < agent->roll.count; i++)
        if (&agent->roll.list[i] != former && strcmp(agent->roll.list[i].name, former->name) == 0)
            return true;
    return strcmp(agent->node.name, former->name) == 0;
}

const char *roll_old_name(const struct agent *agent, uint64_t id)
{
    const struct roll_node *node = find(&agent->roll, id);

    return node != NULL && node->name[0] != '\0' && !roll_is_member(agent, id) &&
                   is_shared(agent, node)
               ? node->name
               : NULL;
}

/* How many keys are called "mx3 (old key)"; *id is one of them. */
static size_t find_old(const struct agent *agent, const char *text, bool forgotten, uint64_t *id)
{
    size_t size = strlen(text), mark = strlen(CONTROL_OLD_KEY), found = 0;

    if (size <= mark || strcmp(text + size - mark, CONTROL_OLD_KEY) != 0)
        return 0;
    for (size_t i = 0; i < agent->roll.count; i++) {
        const struct roll_node *node = &agent->roll.list[i];
        const char *name = roll_old_name(agent, node->id);

        if (name == NULL || roll_is_forgotten(node) != forgotten || strlen(name) != size - mark ||
            strncmp(name, text, size - mark) != 0)
            continue;
        *id = node->id;
        found++;
    }
    return found;
}

/* Those that are not forgotten come first: a key is rotated and forgotten again and again. */
static size_t resolve_old(const struct agent *agent, const char *text, uint64_t *id)
{
    size_t found = find_old(agent, text, false, id);

    return found > 0 ? found : find_old(agent, text, true, id);
}

void roll_unknown(const struct agent *agent, const char *text, char *message, size_t size)
{
    uint64_t id;
    size_t found = resolve_old(agent, text, &id);

    if (found > 1)
        snprintf(message, size, "%zu keys are called \"%.64s\": name one by its key or id", found,
                 text);
    else
        snprintf(message, size, "no node is called \"%.64s\"", text);
}

static bool resolve_former(const struct agent *agent, const char *text, bool forgotten,
                           uint64_t *id)
{
    for (size_t i = 0; i < agent->roll.count; i++) {
        const struct roll_node *node = &agent->roll.list[i];

        *id = node->id;
        if (roll_is_forgotten(node) == forgotten && strcmp(node->name, text) == 0)
            return true;
    }
    return false;
}

static bool resolve_name(const struct agent *agent, const char *text, uint64_t *id)
{
    if (strcmp(agent->node.name, text) == 0) {
        *id = agent->node.state.node;
        return true;
    }
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        *id = agent->node.peers[i].id;
        if (strcmp(agent->node.peers[i].name, text) == 0)
            return true;
    }
    return resolve_former(agent, text, false, id) || resolve_former(agent, text, true, id);
}

bool roll_resolve(const struct agent *agent, const char *text, uint64_t *id)
{
    uint8_t key[NODE_KEY_BYTES];

    if (resolve_name(agent, text, id) || resolve_old(agent, text, id) == 1)
        return true;
    if (keyfile_text_parse(text, key) == 0) {
        *id = hash_node(key);
        return true;
    }
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *id = strtoull(text, NULL, 16);
    return *id != ALLOW_OPERATOR; /* which no node has */
}
