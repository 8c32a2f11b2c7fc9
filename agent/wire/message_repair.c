/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of questions and their answers: TREE, LEAF, PULL and BULK_GET, which find and fetch a
 * difference, and MAP.
 *
 * The function that gets a body mirrors the one that puts it, line by line; see message_body.h.
 */
#include <assert.h>

#include "codec.h"
#include "message_body.h"

#define CHILDREN 16
#define LEAF_BYTES 2
#define PAIR_BYTES (LEAF_BYTES + 8)
#define RANGE_BYTES (2 * LEAF_BYTES)
#define TREE_LEVEL_MAX 3

/* How many items of width bytes a bin holds, at most count_max; *bytes points at the first. */
static size_t get_packed(struct codec_reader *reader, size_t width, size_t count_max,
                         const uint8_t **bytes)
{
    size_t size;

    *bytes = codec_get_bin(reader, width * count_max, &size);
    if (size % width == 0)
        return size / width;
    codec_refuse(reader);
    return 0;
}

/* The first fields of TREE_GET and TREE, and the count of the list that follows. */
static void tree_head_put(struct codec_writer *writer, const struct message_tree *tree)
{
    assert(tree->level <= TREE_LEVEL_MAX && tree->count <= FRAME_NODES_MAX);
    codec_put_uint(writer, tree->number);
    codec_put_uint(writer, tree->kind);
    codec_put_uint(writer, tree->level);
    codec_put_array(writer, tree->count);
}

static void tree_head_get(struct codec_reader *reader, struct message_tree *tree)
{
    tree->number = codec_get_uint(reader, UINT64_MAX);
    tree->kind = (uint8_t)codec_get_uint(reader, UINT8_MAX);
    tree->level = (uint8_t)codec_get_uint(reader, TREE_LEVEL_MAX);
    tree->count = codec_get_array(reader, FRAME_NODES_MAX);
}

/* 16 nodes below each: the level bounds the index. */
static uint32_t tree_index_get(struct codec_reader *reader, const struct message_tree *tree)
{
    return (uint32_t)codec_get_uint(reader, (UINT32_C(1) << (4 * tree->level)) - 1);
}

static void tree_get_put(struct codec_writer *writer, const struct message *message)
{
    tree_head_put(writer, &message->tree);
    for (size_t i = 0; i < message->tree.count; i++)
        codec_put_uint(writer, message->tree.indices[i]);
}

static void tree_get_get(struct codec_reader *reader, struct message *message)
{
    tree_head_get(reader, &message->tree);
    for (size_t i = 0; i < message->tree.count; i++)
        message->tree.indices[i] = tree_index_get(reader, &message->tree);
}

static void tree_put(struct codec_writer *writer, const struct message *message)
{
    tree_head_put(writer, &message->tree);
    for (size_t i = 0; i < message->tree.count; i++) {
        const struct message_tree_node *node = &message->tree.nodes[i];
        uint8_t *space;

        codec_put_array(writer, 2);
        codec_put_uint(writer, node->index);
        space = codec_put_space(writer, CHILDREN * MESSAGE_HASH_BYTES);
        for (size_t child = 0; space != NULL && child < CHILDREN; child++)
            message_hash_store(space + child * MESSAGE_HASH_BYTES, &node->children[child]);
    }
}

static void tree_get(struct codec_reader *reader, struct message *message)
{
    tree_head_get(reader, &message->tree);
    for (size_t i = 0; i < message->tree.count; i++) {
        struct message_tree_node *node = &message->tree.nodes[i];
        const uint8_t *bytes;

        codec_get_tuple(reader, 2);
        node->index = tree_index_get(reader, &message->tree);
        bytes = codec_get_exactly(reader, CHILDREN * MESSAGE_HASH_BYTES);
        for (size_t child = 0; bytes != NULL && child < CHILDREN; child++)
            node->children[child] = message_hash_load(bytes + child * MESSAGE_HASH_BYTES);
    }
}

static void leaf_get_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_leaf_get *leaf_get = &message->leaf_get;
    uint8_t *space;

    assert(leaf_get->count <= FRAME_LEAVES_MAX);
    codec_put_uint(writer, leaf_get->number);
    codec_put_uint(writer, leaf_get->kind);
    space = codec_put_space(writer, leaf_get->count * LEAF_BYTES);
    for (size_t i = 0; space != NULL && i < leaf_get->count; i++)
        codec_store(space + i * LEAF_BYTES, leaf_get->leaves[i], LEAF_BYTES);
}

static void leaf_get_get(struct codec_reader *reader, struct message *message)
{
    struct message_leaf_get *leaf_get = &message->leaf_get;
    const uint8_t *bytes;

    leaf_get->number = codec_get_uint(reader, UINT64_MAX);
    leaf_get->kind = (uint8_t)codec_get_uint(reader, UINT8_MAX);
    leaf_get->count = get_packed(reader, LEAF_BYTES, FRAME_LEAVES_MAX, &bytes);
    for (size_t i = 0; i < leaf_get->count; i++)
        leaf_get->leaves[i] = (uint16_t)codec_load(bytes + i * LEAF_BYTES, LEAF_BYTES);
}

static void pairs_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_pairs *pairs = &message->pairs;
    uint8_t *space;

    assert(pairs->count <= FRAME_PAIRS_MAX);
    codec_put_uint(writer, pairs->number);
    codec_put_uint(writer, pairs->kind);
    codec_put_bool(writer, pairs->last);
    space = codec_put_space(writer, pairs->count * PAIR_BYTES);
    for (size_t i = 0; space != NULL && i < pairs->count; i++) {
        codec_store(space + i * PAIR_BYTES, pairs->pairs[i].leaf, LEAF_BYTES);
        codec_store(space + i * PAIR_BYTES + LEAF_BYTES, pairs->pairs[i].hash, 8);
    }
}

static void pairs_get(struct codec_reader *reader, struct message *message)
{
    struct message_pairs *pairs = &message->pairs;
    const uint8_t *bytes;

    pairs->number = codec_get_uint(reader, UINT64_MAX);
    pairs->kind = (uint8_t)codec_get_uint(reader, UINT8_MAX);
    pairs->last = codec_get_bool(reader);
    pairs->count = get_packed(reader, PAIR_BYTES, FRAME_PAIRS_MAX, &bytes);
    for (size_t i = 0; i < pairs->count; i++) {
        pairs->pairs[i].leaf = (uint16_t)codec_load(bytes + i * PAIR_BYTES, LEAF_BYTES);
        pairs->pairs[i].hash = codec_load(bytes + i * PAIR_BYTES + LEAF_BYTES, 8);
    }
}

static void bulk_get_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_bulk_get *bulk_get = &message->bulk_get;
    uint8_t *space;

    assert(bulk_get->count <= FRAME_RANGES_MAX);
    codec_put_uint(writer, bulk_get->number);
    codec_put_uint(writer, bulk_get->kind);
    space = codec_put_space(writer, bulk_get->count * RANGE_BYTES);
    for (size_t i = 0; space != NULL && i < bulk_get->count; i++) {
        codec_store(space + i * RANGE_BYTES, bulk_get->ranges[i].first, LEAF_BYTES);
        codec_store(space + i * RANGE_BYTES + LEAF_BYTES, bulk_get->ranges[i].last, LEAF_BYTES);
    }
    codec_put_uint(writer, bulk_get->credit);
}

static void bulk_get_get(struct codec_reader *reader, struct message *message)
{
    struct message_bulk_get *bulk_get = &message->bulk_get;
    const uint8_t *bytes;

    bulk_get->number = codec_get_uint(reader, UINT64_MAX);
    bulk_get->kind = (uint8_t)codec_get_uint(reader, UINT8_MAX);
    bulk_get->count = get_packed(reader, RANGE_BYTES, FRAME_RANGES_MAX, &bytes);
    for (size_t i = 0; i < bulk_get->count; i++) {
        bulk_get->ranges[i].first = (uint16_t)codec_load(bytes + i * RANGE_BYTES, LEAF_BYTES);
        bulk_get->ranges[i].last =
            (uint16_t)codec_load(bytes + i * RANGE_BYTES + LEAF_BYTES, LEAF_BYTES);
    }
    bulk_get->credit = (uint8_t)codec_get_uint(reader, UINT8_MAX);
}

static void map_get_put(struct codec_writer *writer, const struct message *message)
{
    codec_put_uint(writer, message->map.number);
    codec_put_uint(writer, message->map.offset);
    codec_put_bool(writer, message->map.file);
}

static void map_get_get(struct codec_reader *reader, struct message *message)
{
    message->map.number = codec_get_uint(reader, UINT64_MAX);
    message->map.offset = codec_get_uint(reader, UINT64_MAX);
    message->map.file = codec_get_bool(reader);
}

static void map_put(struct codec_writer *writer, const struct message *message)
{
    assert(message->map.size <= MAP_CHUNK_BYTES_MAX);
    codec_put_uint(writer, message->map.number);
    codec_put_uint(writer, message->map.offset);
    codec_put_uint(writer, message->map.total);
    codec_put_bin(writer, message->map.bytes, message->map.size);
}

static void map_get(struct codec_reader *reader, struct message *message)
{
    message->map.number = codec_get_uint(reader, UINT64_MAX);
    message->map.offset = codec_get_uint(reader, UINT64_MAX);
    message->map.total = codec_get_uint(reader, UINT64_MAX);
    message->map.bytes = codec_get_bin(reader, MAP_CHUNK_BYTES_MAX, &message->map.size);
}

const struct message_body message_body_tree_get = {"tree_get", 4, tree_get_put, tree_get_get};
const struct message_body message_body_tree = {"tree", 4, tree_put, tree_get};
const struct message_body message_body_leaf_get = {"leaf_get", 3, leaf_get_put, leaf_get_get};
const struct message_body message_body_leaf = {"leaf", 4, pairs_put, pairs_get};
const struct message_body message_body_pull = {"pull", 4, pairs_put, pairs_get};
const struct message_body message_body_bulk_get = {"bulk_get", 4, bulk_get_put, bulk_get_get};
const struct message_body message_body_map_get = {"map_get", 3, map_get_put, map_get_get};
const struct message_body message_body_map = {"map", 4, map_put, map_get};
