/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between core's rows and the database, see persist.h.
 *
 * While the store fails, strikes are merged and sent all the same (their ids make a second reading
 * harmless); only the log position waits, so that nothing is lost, and commands answer "not
 * durable".
 */
#include "persist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "heldmap.h"
#include "log.h"
#include "roll.h"
#include "rownote.h"
#include "source.h"

#define PERSIST_RETRY_MS 5000

static enum store_table table_of(uint8_t kind)
{
    return kind == ENTRY_STRIKE   ? STORE_STRIKE
           : kind == ENTRY_RECORD ? STORE_RECORD
           : kind == ENTRY_ALLOW  ? STORE_ALLOW
           : kind == ENTRY_AUDIT  ? STORE_AUDIT
           : kind == ENTRY_MARK   ? STORE_MARK
                                  : STORE_HELD;
}

static uint8_t kind_of(enum store_table table)
{
    return table == STORE_STRIKE   ? ENTRY_STRIKE
           : table == STORE_RECORD ? ENTRY_RECORD
           : table == STORE_ALLOW  ? ENTRY_ALLOW
           : table == STORE_AUDIT  ? ENTRY_AUDIT
           : table == STORE_MARK   ? ENTRY_MARK
                                   : ENTRY_HELD;
}

static bool is_intact(const struct agent *agent, const struct store_row *row, struct hash128 *hash)
{
    *hash = hash128(&agent->node.state.key, row->body, row->body_size);
    return hash->lane[0] == row->hash;
}

static bool is_misplaced(const struct agent *agent, const struct store_row *row)
{
    return row->table == STORE_RECORD &&
           !entry_is_record_key(&agent->node.state.key, row->key, row->key_size, row->body,
                                row->body_size);
}

/* A row that is damaged stays as it is, for who wants to look at it. */
static bool load_row(void *context, const struct store_row *row)
{
    struct agent *agent = context;
    struct node *node = &agent->node;
    struct hash128 hash;

    if (is_intact(agent, row, &hash) &&
        node_load_hashed(node, kind_of(row->table), row->body, row->body_size, &hash)) {
        agent->persist.misplaced |= is_misplaced(agent, row);
        return true;
    }
    node->state.counters.store_rows_corrupt++;
    log_warning("row skipped table=%d subject=%s: damaged; repair will fetch it from a peer",
                (int)row->table, row->subject != NULL ? row->subject : "?");
    return true;
}

/* Keys and hashes of all rows come from the name of the cluster: under another one each would be
 * skipped as damaged. */
static bool is_of_this_cluster(struct agent *agent)
{
    const char *name = agent->config->cluster_name;
    char held[NAME_BYTES_MAX + 1] = "";
    int size = store_meta_get(agent->persist.store, "cluster", held, sizeof(held) - 1);

    agent->persist.named = size > 0;
    if (size <= 0 || (size == (int)strlen(name) && memcmp(held, name, (size_t)size) == 0))
        return true;
    log_error(
        "%s/bansync.db is of the cluster \"%s\", and [cluster] name is \"%s\": set it back, or "
        "move the file away to start empty and fetch all from the other nodes",
        agent->config->state_dir, held, name);
    return false;
}

int persist_load(struct agent *agent)
{
    struct persist *persist = &agent->persist;
    uint64_t hlc = 0;

    if (!is_of_this_cluster(agent)) {
        errno = ENOTSUP;
        return -1;
    }
    /* Rows are judged at the tick of the last commit, as they were then. */
    if (store_meta_get(persist->store, "hlc", &hlc, sizeof(hlc)) != (int)sizeof(hlc))
        hlc = 0;
    if (store_load(persist->store, load_row, agent) != 0) {
        log_error("cannot load the database: %s", store_error(persist->store));
        errno = EIO;
        return -1;
    }
    /* What was skipped would be lost, and perhaps it is not its fault. */
    if (agent->node.state.counters.store_rows_corrupt > 0) {
        persist->misplaced = false;
        persist->named = true;
    }
    persist->saved_hlc = hlc;
    node_loaded(&agent->node, &agent->now, hlc);
    return 0;
}

static bool reload_row(void *context, const struct store_row *row)
{
    struct agent *agent = context;
    struct hash128 hash;

    if (is_intact(agent, row, &hash)) /* else repair fetches it from a peer */
        node_reload(&agent->node, kind_of(row->table), row->body, row->body_size);
    return true;
}

void persist_check(struct agent *agent)
{
    const uint64_t *repaired = &agent->node.state.counters.selfcheck_repaired;
    uint64_t before = *repaired;

    if (node_check(&agent->node, &agent->now)) {
        bool complete =
            !agent->persist.failing && store_load(agent->persist.store, reload_row, agent) == 0;

        if (!complete)
            log_error("damage found in memory; it stays until the database can be read");
        node_reloaded(&agent->node, &agent->now, complete);
    }
    if (*repaired > before)
        log_error("damage found in memory and put right parts=%llu: check the machine's memory",
                  (unsigned long long)(*repaired - before));
}

static void put_entry(struct agent *agent, uint8_t kind, const struct addr *addr, int64_t at_ms,
                      const void *key, size_t key_size, const void *body, size_t body_size,
                      uint64_t hash)
{
    char subject[ADDR_TEXT_SIZE], note[ROWNOTE_SIZE];
    struct store_row row = {.table = table_of(kind),
                            .key = key,
                            .key_size = key_size,
                            .subject = subject,
                            .note = note,
                            .at_ms = at_ms,
                            .body = body,
                            .body_size = body_size,
                            .hash = hash};

    rownote_print(kind, addr, body, body_size, subject, note);
    store_put(agent->persist.store, &row);
}

static void put_effects(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];

        if (effect->type == EFFECT_PERSIST)
            put_entry(agent, effect->kind, &effect->addr, effect->at_ms,
                      effect_key(effects, effect), effect->key_size, effect_body(effects, effect),
                      effect->body_size, effect->hash);
        else if (effect->type == EFFECT_DELETE)
            store_delete(agent->persist.store, table_of(effect->kind), effect_key(effects, effect),
                         effect->key_size);
        else if (effect->type == EFFECT_EXPIRE)
            store_expire_strikes(agent->persist.store, effect->at_ms);
    }
}

static void put_name(const struct agent *agent)
{
    const char *name = agent->config->cluster_name;

    store_meta_put(agent->persist.store, "cluster", name, strlen(name));
}

/* The clock is stored with what it stamped, so that it never runs backwards over a restart. */
static bool put_position(struct agent *agent, struct logposition *position)
{
    struct persist *persist = &agent->persist;
    bool moved = source_put(agent, false, position);

    roll_put(agent, false);
    if (store_is_dirty(persist->store) && !persist->named)
        put_name(agent);
    if (store_is_dirty(persist->store))
        store_meta_put(persist->store, "hlc", &agent->node.state.hlc,
                       sizeof(agent->node.state.hlc));
    return moved;
}

/* position: what was stored with the turn; NULL: none. */
static void succeeded(struct agent *agent, const struct logposition *position)
{
    struct persist *persist = &agent->persist;

    agent->node.state.counters.store_commits++;
    persist->saved_hlc = agent->node.state.hlc;
    if (position != NULL)
        source_put_done(agent, position);
    roll_put_done(agent);
    if (persist->failing)
        log_notice("database works again");
    persist->failing = persist->misplaced = false;
    persist->named = true;
    heldmap_committed(agent);
}

/* moved: its file was; else the last call of the store failed. */
static bool failed(struct agent *agent, bool moved)
{
    struct persist *persist = &agent->persist;
    enum store_trouble before = persist->trouble;

    agent->node.state.counters.store_failures++;
    snprintf(persist->error, sizeof(persist->error), "%s",
             moved ? "its file was moved or removed while in use" : store_error(persist->store));
    persist->trouble = moved ? STORE_TROUBLE_MOVED : store_trouble(persist->store);
    if (!persist->failing)
        persist->failing_since_ms = agent->now.wall_ms;
    if (!persist->failing || persist->trouble != before)
        log_error("database fails: %s; strikes still count, nothing is durable; %s", persist->error,
                  store_trouble_hint(persist->trouble));
    persist->failing = true;
    persist->retry_ms = agent->now.mono_ms + PERSIST_RETRY_MS;
    return false;
}

struct dump {
    struct agent *agent;
    enum entry_kind kind;
};

static void dump_entry(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct dump *dump = context;
    struct strike strike = {0};
    struct allow allow = {0};
    struct record record = {0};
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t key_size = 0;
    struct addr addr;

    if (dump->kind == ENTRY_STRIKE && entry_read_strike(bytes, size, &addr, &strike) == 0) {
        put_entry(dump->agent, ENTRY_STRIKE, &addr, strike.t_ms, NULL, 0, bytes, size, hash);
    } else if (dump->kind == ENTRY_RECORD && entry_read_record(bytes, size, &addr, &record) == 0) {
        key_size = entry_write_record_key(&dump->agent->node.state.key, &addr, key);
        put_entry(dump->agent, ENTRY_RECORD, &addr, 0, key, key_size, bytes, size, hash);
        record_clear(&record);
    } else if (dump->kind == ENTRY_ALLOW && entry_read_allow(bytes, size, &allow) == 0) {
        key_size = entry_write_allow_key(&allow, key);
        put_entry(dump->agent, ENTRY_ALLOW, &allow.addr, 0, key, key_size, bytes, size, hash);
        allow_clear(&allow);
    } else if (dump->kind >= ENTRY_AUDIT) {
        put_entry(dump->agent, dump->kind, NULL, 0, bytes, CHRONICLE_KEY_BYTES, bytes, size, hash);
    }
}

static void dump_held(void *context, const struct node_held *held)
{
    struct dump *dump = context;

    put_entry(dump->agent, ENTRY_HELD, held->addr, held->at_ms, held->key, held->key_size,
              held->bytes, held->size, held->hash);
}

/* After a failure the file no longer holds what memory does, and rows of before schema 6 have other
 * keys: a new one is written from memory. */
static bool rebuild(struct agent *agent, struct logposition *position)
{
    struct persist *persist = &agent->persist;
    struct dump dump = {.agent = agent};

    if (store_rebuild_begin(persist->store) != 0)
        return failed(agent, false);
    for (dump.kind = ENTRY_STRIKE; dump.kind <= ENTRY_KINDS; dump.kind++)
        for (unsigned leaf = 0; leaf < DIGEST_LEAVES; leaf++)
            state_visit_leaf(&agent->node.state, dump.kind, (uint16_t)leaf, NULL, dump_entry,
                             &dump);
    node_visit_held(&agent->node, dump_held, &dump);
    put_effects(agent); /* commands of this turn, which are not in the state yet */
    source_put(agent, true, position);
    store_meta_put(persist->store, "hlc", &agent->node.state.hlc, sizeof(agent->node.state.hlc));
    put_name(agent);
    heldmap_persist(agent);
    roll_put(agent, true);
    return store_rebuild_finish(persist->store) == 0 || failed(agent, false);
}

const char *persist_hint(const struct agent *agent)
{
    return agent->persist.failing ? store_trouble_hint(agent->persist.trouble) : NULL;
}

bool persist_turn(struct agent *agent)
{
    struct persist *persist = &agent->persist;
    struct logposition position;
    bool durable, moved = true;

    if (persist->failing && agent->now.mono_ms < persist->retry_ms)
        return false;
    if (persist->failing || persist->misplaced) {
        durable = rebuild(agent, &position);
    } else {
        put_effects(agent);
        moved = put_position(agent, &position);
        if (!store_is_dirty(persist->store))
            return true;
        durable = store_commit(persist->store) == 0 || failed(agent, false);
        if (durable && !store_is_in_place(persist->store))
            durable = failed(agent, true);
    }
    if (durable)
        succeeded(agent, moved ? &position : NULL);
    return durable;
}
