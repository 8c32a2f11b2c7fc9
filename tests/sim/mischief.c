/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hostile member, see mischief.h.
 */
#include "mischief.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "hash.h"
#include "host.h"
#include "rules.h"

#define ENTRIES_MAX 200
#define ENTRIES_USUAL 12
#define BODY_BYTES_MAX 1024

static int64_t draw_ms(struct sim *sim)
{
    static const int64_t off_s[] = {0,  -1,   -30,    -3600,    30,       59,
                                    61, 3600, -90000, 31536000, -31536000};

    if (prng_chance(&sim->prng, 50000))
        return prng_chance(&sim->prng, 500000) ? TIME_NEVER_MS : 0;
    return sim->now_ms + off_s[prng_below(&sim->prng, 11)] * 1000;
}

static uint64_t draw_node(struct sim *sim)
{
    return 1000 + prng_below(&sim->prng, sim->host_count + 1);
}

static struct stamp draw_stamp(struct sim *sim)
{
    uint64_t ms = (uint64_t)draw_ms(sim) & 0xffffffffffff;

    return (struct stamp){ms << 16 | prng_below(&sim->prng, 3), draw_node(sim)};
}

static size_t write_strike(struct sim *sim, const struct addr *addr, uint8_t *bytes)
{
    struct prng aside = prng_aside(&sim->prng);
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    const struct ledger *ledger = &sim->ledger;
    struct strike strike = {
        .t_ms = draw_ms(sim), .id = prng_next(&sim->prng), .origin = draw_node(sim), .text = text};
    const struct ledger_line *line;

    strike_text_write("user", 4, "eve", 3, (uint32_t)prng_below(&aside, 3), text);
    /* A strike that somebody else made, with another time or text. */
    if (ledger->line_count > 0 && prng_chance(&sim->prng, 500000)) {
        line = &ledger->lines[prng_below(&sim->prng, ledger->line_count)];
        strike.id = line->id;
        strike.origin = 1000 + line->host;
        addr = &line->subject;
    }
    return entry_write_strike(addr, &strike, bytes, BODY_BYTES_MAX);
}

/* One of as many as possible, each of them new. */
static size_t write_flood(struct sim *sim, const struct addr *addr, uint8_t *bytes)
{
    static uint8_t text[] = {0, 0};
    struct strike strike = {.t_ms = sim->now_ms - prng_range(&sim->prng, 0, 60000),
                            .id = prng_next(&sim->prng),
                            .origin = draw_node(sim),
                            .text = text};

    return entry_write_strike(addr, &strike, bytes, BODY_BYTES_MAX);
}

static size_t write_record(struct sim *sim, const struct addr *addr, uint8_t *bytes)
{
    struct fact_node nodes[1] = {{draw_node(sim), 1000000}};
    struct fact fact = {.first_ms = draw_ms(sim),
                        .last_ms = draw_ms(sim),
                        .until_ms = draw_ms(sim),
                        .forget_ms = draw_ms(sim),
                        .level = (uint8_t)prng_below(&sim->prng, 256),
                        .node_count = 1,
                        .nodes = nodes};
    struct record record = {0};

    if (prng_chance(&sim->prng, 500000)) {
        record.manual.stamp = draw_stamp(sim);
        record.manual.kind = (uint8_t)prng_below(&sim->prng, 2);
        record.manual.until_ms = draw_ms(sim);
    }
    if (prng_chance(&sim->prng, 500000)) {
        record.cut.stamp = draw_stamp(sim);
        record.cut.ms = draw_ms(sim);
        if (record.cut.ms % 2 == 0)
            record.cut.forget_ms = record.cut.ms;
    }
    if (prng_chance(&sim->prng, 500000)) {
        record.facts.list = &fact;
        record.facts.count = 1;
    }
    return entry_write_record(addr, &record, bytes, BODY_BYTES_MAX);
}

/* What that host never bans, or does not list: said in its name, and ahead of its clock. */
static void forge_lease(struct sim *sim, const struct host *host, struct allow *allow)
{
    allow->owner = 1000 + host->identity;
    allow->stamp = (struct stamp){(uint64_t)(sim->now_ms + 30000) << 16, allow->owner};
    allow->until_ms = sim->now_ms + 3600000;
    if (host->lease_count > 0)
        allow->addr = host->leases[prng_below(&sim->prng, host->lease_count)];
}

static size_t write_allow(struct sim *sim, const struct addr *addr, uint8_t *bytes)
{
    struct allow allow = {.addr = *addr,
                          .owner =
                              prng_chance(&sim->prng, 500000) ? ALLOW_OPERATOR : draw_node(sim),
                          .stamp = draw_stamp(sim),
                          .on = prng_chance(&sim->prng, 500000),
                          .until_ms = draw_ms(sim)};

    if (prng_chance(&sim->prng, 250000))
        forge_lease(sim, sim->hosts[prng_below(&sim->prng, sim->plan.hosts)], &allow);
    return entry_write_allow(&allow, bytes, BODY_BYTES_MAX);
}

static void fill_push(struct sim *sim, struct message_push *push,
                      uint8_t bodies[ENTRIES_MAX][BODY_BYTES_MAX])
{
    bool flood = prng_chance(&sim->prng, 100000);

    push->ack = prng_below(&sim->prng, 5);
    push->answer = prng_chance(&sim->prng, 500000) ? 0 : prng_below(&sim->prng, 2000);
    push->last = prng_chance(&sim->prng, 500000);
    push->entry_count = flood ? ENTRIES_MAX : prng_below(&sim->prng, ENTRIES_USUAL + 1);
    for (size_t i = 0; i < push->entry_count; i++) {
        uint8_t kind = flood ? ENTRY_STRIKE : (uint8_t)prng_range(&sim->prng, 1, 3);
        struct addr addr = chaos_prefix(sim);
        size_t size = flood                  ? write_flood(sim, &addr, bodies[i])
                      : kind == ENTRY_STRIKE ? write_strike(sim, &addr, bodies[i])
                      : kind == ENTRY_RECORD ? write_record(sim, &addr, bodies[i])
                                             : write_allow(sim, &addr, bodies[i]);

        if (prng_chance(&sim->prng, 50000))
            bodies[i][prng_below(&sim->prng, size)] ^= (uint8_t)(1u << prng_below(&sim->prng, 8));
        lies_add(&sim->lies, kind, bodies[i], size);
        push->entries[i] = (struct message_entry){kind, bodies[i], size};
    }
}

static void fill_repair(struct sim *sim, struct message *message)
{
    struct message_pairs *pairs = &message->pairs;

    if (message->type == MESSAGE_TREE_GET || message->type == MESSAGE_TREE) {
        message->tree.number = prng_below(&sim->prng, 2000);
        message->tree.kind = (uint8_t)prng_below(&sim->prng, 5);
        message->tree.level = (uint8_t)prng_below(&sim->prng, 4);
        message->tree.count = prng_below(&sim->prng, 3);
    } else if (message->type == MESSAGE_LEAF_GET) {
        message->leaf_get.number = prng_below(&sim->prng, 2000);
        message->leaf_get.kind = (uint8_t)prng_below(&sim->prng, 5);
        message->leaf_get.count = prng_below(&sim->prng, 3);
        for (size_t i = 0; i < message->leaf_get.count; i++)
            message->leaf_get.leaves[i] = (uint16_t)prng_next(&sim->prng);
    } else {
        pairs->number = prng_below(&sim->prng, 2000);
        pairs->kind = (uint8_t)prng_below(&sim->prng, 5);
        pairs->last = prng_chance(&sim->prng, 500000);
        pairs->count = prng_below(&sim->prng, 50);
        for (size_t i = 0; i < pairs->count; i++)
            pairs->pairs[i] =
                (struct message_pair){(uint16_t)prng_next(&sim->prng), prng_next(&sim->prng)};
    }
}

static void fill_news(struct sim *sim, struct message *message)
{
    struct message_ping *ping = &message->ping;

    if (message->type == MESSAGE_HELLO) {
        message->hello.boot = prng_below(&sim->prng, 3);
        message->hello.wall_ms = draw_ms(sim);
        message->hello.answer = prng_chance(&sim->prng, 500000);
        memcpy(message->hello.name, "eve", sizeof("eve"));
    } else if (message->type == MESSAGE_PING) {
        ping->boot = prng_below(&sim->prng, 3);
        ping->wall_ms = draw_ms(sim);
        ping->tick = (uint64_t)sim->now_ms / TICK_MS;
        ping->second = prng_chance(&sim->prng, 900000) ? sim->now_ms / 1000 - 2
                                                       : (int64_t)prng_next(&sim->prng);
        for (size_t i = 0; i < MESSAGE_KINDS; i++)
            ping->roots[i].lane[0] = prng_next(&sim->prng);
        ping->ask = prng_below(&sim->prng, 2);
    } else if (message->type == MESSAGE_NACK) {
        message->nack.reason = (uint8_t)prng_below(&sim->prng, 9);
    } else {
        message->ack = prng_below(&sim->prng, 100);
    }
}

static void fill(struct sim *sim, struct message *message,
                 uint8_t bodies[ENTRIES_MAX][BODY_BYTES_MAX])
{
    switch (message->type) {
    case MESSAGE_PUSH:
        fill_push(sim, &message->push, bodies);
        break;
    case MESSAGE_TREE_GET:
    case MESSAGE_TREE:
    case MESSAGE_LEAF_GET:
    case MESSAGE_LEAF:
    case MESSAGE_PULL:
        fill_repair(sim, message);
        break;
    case MESSAGE_MAP_GET:
    case MESSAGE_MAP:
        message->map.bytes = bodies[0];
        message->map.offset = prng_below(&sim->prng, 100);
        break;
    default:
        fill_news(sim, message);
        break;
    }
}

void mischief_speak(struct sim *sim)
{
    static const uint8_t types[] = {MESSAGE_HELLO,    MESSAGE_PING, MESSAGE_PING,     MESSAGE_PUSH,
                                    MESSAGE_PUSH,     MESSAGE_PUSH, MESSAGE_PUSH,     MESSAGE_ACK,
                                    MESSAGE_TREE_GET, MESSAGE_TREE, MESSAGE_LEAF_GET, MESSAGE_LEAF,
                                    MESSAGE_PULL,     MESSAGE_NACK, MESSAGE_MAP_GET,  MESSAGE_MAP};
    static uint8_t bodies[ENTRIES_MAX][BODY_BYTES_MAX];
    struct host *host = sim->hosts[sim->plan.hosts - 1];
    struct message *message = sim->message;
    uint8_t *bytes;
    size_t size;

    if (!host->hostile)
        return;
    memset(message, 0, sizeof(*message));
    message->version = MESSAGE_VERSION;
    message->type = types[prng_below(&sim->prng, sizeof(types))];
    message->cluster = sim->cluster;
    message->hlc = ((uint64_t)draw_ms(sim) & 0xffffffffffff) << 16;
    fill(sim, message, bodies);
    if (message_encode(message, &bytes, &size) != 0)
        return;
    sim_trace(sim, "mx%zu says %s", host->index + 1, message_type_name(message->type));
    rules_watch_speech(sim, host, bytes, size);
    net_send(sim, host->index, host->peers[prng_below(&sim->prng, host->peer_count)], bytes, size);
}
