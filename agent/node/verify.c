/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proving that all nodes hold the same, see verify.h.
 */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "hello.h"
#include "maps.h"

#define VERIFY_AGAIN_MS 200
#define VERIFY_SETTLE_MS 1000 /* a difference counts if it lasts so long */
#define VERIFY_TEXT_BYTES_MAX 67108864

bool verify_start(struct node *node, const struct now *now)
{
    if (node->verify != NULL)
        return false;
    node->verify = calloc(1, sizeof(*node->verify));
    if (node->verify == NULL)
        return false;
    node->verify->number = ++node->number;
    node->verify->started_ms = now->mono_ms;
    return true;
}

static bool is_settled(const struct verify_peer *peer)
{
    return peer->outcome != VERIFY_WAITING && !peer->fetching;
}

bool verify_is_done(const struct node *node, const struct now *now)
{
    const struct node_verify *verify = node->verify;

    if (verify == NULL || now->mono_ms - verify->started_ms >= VERIFY_MS)
        return true;
    for (size_t i = 0; i < node->peer_count; i++)
        if (!is_settled(&verify->peers[i]) && node_peer_is_up(&node->peers[i], now))
            return false;
    return verify->file_known;
}

void verify_end(struct node *node)
{
    if (node->verify == NULL)
        return;
    for (size_t i = 0; i < PEERS_MAX; i++)
        free(node->verify->peers[i].text);
    free(node->verify);
    node->verify = NULL;
}

void verify_tick(struct node *node, const struct now *now)
{
    struct node_verify *verify = node->verify;

    if (verify == NULL || now->mono_ms - verify->asked_ms < VERIFY_AGAIN_MS)
        return;
    verify->asked_ms = now->mono_ms;
    for (size_t i = 0; i < node->peer_count; i++)
        if (verify->peers[i].outcome == VERIFY_WAITING && node_peer_is_up(&node->peers[i], now))
            hello_send_ping(node, now, i, verify->number, 0);
}

static void ask_map(struct node *node, size_t peer)
{
    struct message_map *get = &node_message(node, MESSAGE_MAP_GET)->map;

    get->number = node->verify->number;
    get->offset = node->verify->peers[peer].text_size;
    get->file = node->verify->peers[peer].outcome == VERIFY_FILE;
    node_send(node, peer);
}

static bool roots_equal(const struct node *node, const struct message_ping *ping)
{
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(&node->state, kind);

        if (kind == ENTRY_STRIKE && !state_strike_root(&node->state, ping->second, &root))
            continue;
        if (root.lane[0] != ping->roots[kind - 1].lane[0] ||
            root.lane[1] != ping->roots[kind - 1].lane[1])
            return false;
    }
    return true;
}

static enum verify_outcome judge(const struct node *node, const struct message_ping *ping)
{
    if (ping->map_hash != node->map_hash)
        return VERIFY_MAP;
    if (!roots_equal(node, ping))
        return VERIFY_STATE;
    return ping->file_hash == ping->map_hash ? VERIFY_EQUAL : VERIFY_FILE;
}

void verify_ping(struct node *node, const struct now *now, size_t index)
{
    struct node_verify *verify = node->verify;
    const struct message_ping *ping = &node->in->ping;
    enum verify_outcome outcome;
    struct verify_peer *peer;

    if (verify == NULL || ping->answer != verify->number || ping->tick != node->state.tick)
        return; /* of another tick: asked again by verify_tick */
    peer = &verify->peers[index];
    if (peer->outcome != VERIFY_WAITING)
        return;
    node_map(node);
    outcome = judge(node, ping);
    if (outcome != VERIFY_EQUAL && now->mono_ms - verify->started_ms < VERIFY_SETTLE_MS)
        return; /* it may be on its way: asked again */
    peer->outcome = outcome;
    peer->ping = *ping;
    peer->fetching = outcome == VERIFY_MAP || outcome == VERIFY_FILE;
    if (peer->fetching)
        ask_map(node, index);
}

/* What is asked for: the map and behind it, if it has entries, the user map; or what their files
 * hold. An offset belongs to one of the two. NULL: there is none such. */
static const struct map_text *find_text(struct node *node, bool file, uint64_t *offset,
                                        uint64_t *total)
{
    const struct map_text *map = file ? &node->file : node_map(node);
    const struct map_text *users = file ? NULL : node_usermap(node);

    if (map == NULL)
        return NULL;
    *total = map->size + (users != NULL && users->entries > 0 ? users->size : 0);
    if (*offset < map->size || *total == map->size)
        return *offset <= map->size ? map : NULL;
    *offset -= map->size;
    return *offset <= users->size ? users : NULL;
}

void verify_map_get(struct node *node, size_t peer)
{
    const struct message_map *get = &node->in->map;
    struct message_map *out = &node_message(node, MESSAGE_MAP)->map;
    uint64_t offset = get->offset, total;
    const struct map_text *text = find_text(node, get->file, &offset, &total);

    if (text == NULL)
        return;
    out->number = get->number;
    out->offset = get->offset;
    out->total = total;
    out->bytes = (const uint8_t *)text->bytes + offset;
    out->size = text->size - offset;
    if (out->size > MAP_CHUNK_BYTES_MAX)
        out->size = MAP_CHUNK_BYTES_MAX;
    if (out->size == 0)
        out->bytes = (const uint8_t *)"";
    node_send(node, peer);
}

void verify_map(struct node *node, size_t index)
{
    const struct message_map *piece = &node->in->map;
    struct verify_peer *peer;
    char *text;

    if (node->verify == NULL || piece->number != node->verify->number)
        return;
    peer = &node->verify->peers[index];
    if (!peer->fetching || piece->offset != peer->text_size)
        return;
    peer->text_total = piece->total;
    if (piece->size == 0 || piece->total > VERIFY_TEXT_BYTES_MAX || piece->total < piece->offset ||
        piece->size > piece->total - piece->offset) {
        peer->fetching = false;
        return;
    }
    text = realloc(peer->text, peer->text_size + piece->size);
    if (text == NULL) {
        peer->fetching = false;
        return;
    }
    memcpy(text + peer->text_size, piece->bytes, piece->size);
    peer->text = text;
    peer->text_size += piece->size;
    peer->fetching = peer->text_size < piece->total;
    if (peer->fetching)
        ask_map(node, index);
}
