/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps of a node, see maps.h.
 */
#include "maps.h"

#include <string.h>

#include "patch.h"
#include "usermap.h"

/* Finding a line costs about as much as drawing 16 of a whole map. */
#define MAPS_LINES_A_CHANGE 16
#define MAPS_CHANGES_MIN 64

static void forget_changes(struct node *node)
{
    addrs_clear(&node->map_changes);
    node->map_whole = true;
}

void node_map_changed(struct node *node, const struct addr *addr)
{
    size_t max = (node->map.entries + node->usermap.entries) / MAPS_LINES_A_CHANGE;

    node->map_stale = true;
    if (node->map_whole)
        return;
    if (addr->kind == 0 || node->map_changes.count >= max + MAPS_CHANGES_MIN ||
        addrs_append(&node->map_changes, addr) != 0)
        forget_changes(node);
}

static uint64_t hash_maps(const struct node *node)
{
    return node_map_hash(node, node->map.bytes, node->map.size, node->usermap.bytes,
                         node->usermap.size);
}

static int draw(struct node *node)
{
    struct map_text map = {0}, usermap = {0};
    struct addrs accounts = {0};
    size_t untold;
    bool drawn = map_render(&node->state, &map, &accounts) == 0 &&
                 usermap_print(&accounts, &usermap, &untold) == 0;

    addrs_clear(&accounts);
    if (!drawn) {
        map_free(&map);
        return -1;
    }
    map_free(&node->map);
    map_free(&node->usermap);
    node->map = map;
    node->usermap = usermap;
    node->users_untold = untold;
    return 0;
}

/* Lines that are kept must not carry damage on under a new hash. */
static bool is_sound(struct node *node)
{
    bool sound = hash_maps(node) == node->map_hash;

    node->state.counters.selfcheck_repaired += !sound;
    return sound;
}

/* The lines alone if that does. */
static int bring_up_to_date(struct node *node)
{
    enum patch_result result = PATCH_DRAW;

    if (!node->map_whole && is_sound(node))
        result = patch_maps(&node->state, &node->map_changes, &node->map, &node->usermap);
    if (result != PATCH_DRAW)
        return result == PATCH_DONE ? 0 : -1;
    forget_changes(node);
    return draw(node);
}

/* What is drawn amid a turn may show what the turn undoes before it ends, and tells nobody of. */
static void look_again(struct node *node)
{
    for (size_t i = 0; i < node->state.dirty_count && !node->map_whole; i++)
        node_map_changed(node, &node->state.dirty[i]->addr);
    if (node->state.map_redraw)
        node_map_changed(node, &(struct addr){.kind = 0});
}

const struct map_text *node_map(struct node *node)
{
    if (!node->map_stale)
        return &node->map;
    if (bring_up_to_date(node) != 0)
        return NULL;
    addrs_clear(&node->map_changes);
    node->map_stale = node->map_whole = false;
    look_again(node);
    node->text_hash = node_text_hash(node, node->map.bytes, node->map.size);
    node->map_hash = node_maps_hash(node, node->text_hash, node->usermap.bytes, node->usermap.size);
    return &node->map;
}

const struct map_text *node_usermap(struct node *node)
{
    return node_map(node) != NULL ? &node->usermap : NULL;
}

size_t node_accounts(const struct node *node)
{
    return node->usermap.entries + node->users_untold;
}

uint64_t node_text_hash(const struct node *node, const char *bytes, size_t size)
{
    return hash64(&node->state.key, bytes, size);
}

uint64_t node_maps_hash(const struct node *node, uint64_t text_hash, const char *users,
                        size_t users_size)
{
    uint64_t hashes[2] = {text_hash};

    if (users_size > strlen(MAP_HEADER)) {
        hashes[1] = hash64(&node->state.key, users, users_size);
        hashes[0] = hash64(&node->state.key, hashes, sizeof(hashes));
    }
    return hashes[0] != 0 ? hashes[0] : 1;
}

uint64_t node_map_hash(const struct node *node, const char *bytes, size_t size, const char *users,
                       size_t users_size)
{
    return node_maps_hash(node, node_text_hash(node, bytes, size), users, users_size);
}

void node_maps_close(struct node *node)
{
    map_free(&node->map);
    map_free(&node->usermap);
    addrs_clear(&node->map_changes);
}
