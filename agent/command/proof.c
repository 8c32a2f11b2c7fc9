/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: the answer to "do all nodes hold the same", with the entries that differ.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "mapwriter.h"
#include "reply.h"
#include "userfile.h"
#include "usermap.h"
#include "verify.h"

#define PROOF_DIFFERENCES_MAX 1000
#define PROOF_FILE_BYTES_MAX 268435456

void command_verify(struct agent *agent, const struct request *request)
{
    if (verify_start(&agent->node, &agent->now)) {
        agent->verify_client = request->client;
        verify_tick(&agent->node, &agent->now);
    } else {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED, "another verify is under way",
                    "try again in a few seconds");
    }
}

/* A map with the user map behind it, or one of both. */
struct lines {
    const char *bytes;
    size_t left;
    const struct map_text *next; /* the user map, if it does not lie behind; or NULL */
    unsigned headers;            /* seen so far: behind the second one there are accounts */
};

static bool read_line(struct lines *lines, const char *line, size_t length, struct addr *addr)
{
    if (length + 1 == strlen(MAP_HEADER) && memcmp(line, MAP_HEADER, length) == 0) {
        lines->headers++;
        return false;
    }
    if (lines->headers > 1)
        return usermap_read_line(line, length, addr) == 0;
    return length > 0 && addr_parse(line, length, false, addr) == 0;
}

static bool take_next(struct lines *lines)
{
    if (lines->next == NULL)
        return false;
    lines->bytes = lines->next->bytes;
    lines->left = lines->next->size;
    lines->next = NULL;
    return lines->left > 0;
}

/* The next line that is an entry; false at the end. */
static bool next_addr(struct lines *lines, struct addr *addr)
{
    while (lines->left > 0 || take_next(lines)) {
        const char *end = memchr(lines->bytes, '\n', lines->left);
        size_t length = end != NULL ? (size_t)(end - lines->bytes) : lines->left;
        const char *line = lines->bytes;
        size_t skip = end != NULL ? length + 1 : length;

        lines->bytes += skip;
        lines->left -= skip;
        if (read_line(lines, line, length, addr))
            return true;
    }
    return false;
}

static struct lines lines_of(const struct map_text *map, const struct map_text *users)
{
    return (struct lines){.bytes = map->bytes, .left = map->size, .next = users};
}

static bool add_difference(struct json *list, size_t *count, const struct addr *addr, bool here)
{
    struct json *out;

    if (++*count > PROOF_DIFFERENCES_MAX)
        return false;
    out = json_append_object(list);
    reply_net(out, "net", addr);
    json_add_bool(out, "here", here);
    json_add_bool(out, "there", !here);
    return true;
}

/* Both maps are sorted: a merge finds what only one of them has. */
static size_t compare_maps(struct json *list, struct lines here, struct lines there)
{
    struct addr a, b;
    bool have_a = next_addr(&here, &a), have_b = next_addr(&there, &b);
    size_t count = 0;

    while (have_a || have_b) {
        int order = !have_b ? -1 : !have_a ? 1 : addr_compare(&a, &b);

        if (order < 0)
            add_difference(list, &count, &a, true);
        else if (order > 0)
            add_difference(list, &count, &b, false);
        if (order <= 0)
            have_a = next_addr(&here, &a);
        if (order >= 0)
            have_b = next_addr(&there, &b);
    }
    return count;
}

static const char *outcome_name(enum verify_outcome outcome)
{
    switch (outcome) {
    case VERIFY_EQUAL:
        return "equal";
    case VERIFY_STATE:
        return "state_differs";
    case VERIFY_MAP:
        return "map_differs";
    case VERIFY_FILE:
        return "file_differs";
    case VERIFY_WAITING:
    case VERIFY_SILENT:
        break;
    }
    return "no_answer";
}

static const char *outcome_message(enum verify_outcome outcome)
{
    switch (outcome) {
    case VERIFY_EQUAL:
        return "same state, same map, and its file holds it";
    case VERIFY_STATE:
        return "same map, but counts or records differ; repair is at work";
    case VERIFY_MAP:
        return "another map; the entries that differ are listed";
    case VERIFY_FILE:
        return "same map, but its file does not hold it; the entries that differ are listed";
    case VERIFY_WAITING:
    case VERIFY_SILENT:
        break;
    }
    return "did not answer";
}

static const char *peer_message(const struct agent *agent, size_t index)
{
    const enum verify_outcome outcome = agent->node.verify->peers[index].outcome;
    const struct node_peer *peer = &agent->node.peers[index];

    if (outcome == VERIFY_EQUAL && peer->hello.observe)
        return "same state, same map; it only observes, and FILE.would holds it";
    if ((outcome == VERIFY_WAITING || outcome == VERIFY_SILENT) &&
        !node_peer_is_up(peer, &agent->now))
        return "did not answer; why: banctl peers";
    return outcome_message(outcome);
}

static bool reply_peer(struct agent *agent, size_t index)
{
    const struct verify_peer *peer = &agent->node.verify->peers[index];
    const struct map_text *map = node_map(&agent->node);
    struct json *root, *item = reply_item(&root), *differences;
    bool answered = peer->outcome != VERIFY_WAITING;
    char digest[33];

    json_add_text(item, "node", agent->node.peers[index].name);
    json_add_text(item, "outcome", outcome_name(peer->outcome));
    json_add_text(item, "message", peer_message(agent, index));
    if (answered) {
        reply_ping_digest(&peer->ping, digest);
        json_add_text(item, "digest", digest);
        reply_hex(item, "map_hash", peer->ping.map_hash);
    } else {
        json_add_null(item, "digest");
        json_add_null(item, "map_hash");
    }
    differences = json_add_array(item, "differences");
    if ((peer->outcome == VERIFY_MAP || peer->outcome == VERIFY_FILE) && map != NULL)
        compare_maps(differences, lines_of(map, &agent->node.usermap),
                     (struct lines){.bytes = peer->text, .left = peer->text_size});
    reply_send(agent, agent->verify_client, &root);
    return peer->outcome == VERIFY_EQUAL;
}

/* What the file on disk has beside its map, or lacks of it. */
static void add_file_differences(struct agent *agent, struct json *list)
{
    const struct map_text *map = node_map(&agent->node);
    struct map_text file = {0}, users = {0};

    userfile_read(agent, &users.bytes, &users.size);
    if (map != NULL &&
        mapfile_read(mapwriter_target(agent), PROOF_FILE_BYTES_MAX, &file.bytes, &file.size) == 0)
        compare_maps(list, lines_of(map, &agent->node.usermap), lines_of(&file, &users));
    map_free(&file);
    map_free(&users);
}

static const char *self_message(const struct agent *agent, bool equal)
{
    if (agent->config->observe)
        return equal ? "this node; it only observes, and FILE.would holds its map"
                     : "this node; it only observes, and FILE.would does not hold its map";
    return equal ? "this node; its file holds its map" : "this node's file does not hold its map";
}

/* This node's own file against its own map. */
static bool reply_self(struct agent *agent)
{
    struct json *root, *item = reply_item(&root), *differences;
    bool equal;
    char digest[33];

    node_map(&agent->node);
    equal = agent->node.file_hash == agent->node.map_hash;
    reply_settled_digest(agent, digest);
    json_add_text(item, "node", agent->node.name);
    json_add_text(item, "outcome", equal ? "equal" : "file_differs");
    json_add_text(item, "message", self_message(agent, equal));
    json_add_text(item, "digest", digest);
    reply_hex(item, "map_hash", agent->node.map_hash);
    differences = json_add_array(item, "differences");
    if (!equal)
        add_file_differences(agent, differences);
    reply_send(agent, agent->verify_client, &root);
    return equal;
}

void proof_turn(struct agent *agent)
{
    struct json *root, *result;
    bool equal;

    if (agent->verify_client == 0 || !verify_is_done(&agent->node, &agent->now))
        return;
    equal = reply_self(agent);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        equal &= reply_peer(agent, i);
    result = reply_result(&root, "banctl.verify/1", equal ? EXIT_DONE : EXIT_DEGRADED);
    json_add_bool(result, "equal", equal);
    reply_end(agent, agent->verify_client, &root);
    agent->verify_client = 0;
    verify_end(&agent->node);
}
