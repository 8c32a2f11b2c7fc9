/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: what this node holds and what the others told in their last PINGs. Nobody is asked, so it
 * is at once and up to a second old; verify proves.
 */
#include "command.h"
#include "maps.h"
#include "peers.h"
#include "reply.h"

static bool reply_self(struct agent *agent, uint64_t client)
{
    struct json *root, *item = reply_item(&root);
    struct node *node = &agent->node;
    char digest[33];
    bool same;

    node_map(node);
    same = node->file_hash == node->map_hash;
    reply_settled_digest(agent, digest);
    json_add_text(item, "node", node->name);
    json_add_text(item, "state", "up");
    json_add_text(item, "digest", digest);
    reply_hex(item, "map_hash", node->map_hash);
    reply_hex(item, "file_hash", node->file_hash);
    json_add_bool(item, "same", same);
    reply_send(agent, client, &root);
    return same;
}

static void add_unknown(struct json *item)
{
    static const char *const names[] = {"digest", "map_hash", "file_hash", "same"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_add_null(item, names[i]);
}

/* True unless the peer is there and is not known to hold the same. */
static bool reply_peer(struct agent *agent, uint64_t client, const struct node_peer *peer)
{
    struct json *root, *item = reply_item(&root);
    const struct message_ping *ping = &peer->ping;
    bool live = peer->refused == 0 && node_peer_is_up(peer, &agent->now);
    bool same = peer->same && (ping->file_hash == 0 || ping->file_hash == ping->map_hash);
    char digest[33];

    json_add_text(item, "node", peer->name);
    json_add_text(item, "state", peer_state(agent, peer));
    if (!live || peer->ping_ms == 0) {
        add_unknown(item);
    } else {
        reply_ping_digest(ping, digest);
        json_add_text(item, "digest", digest);
        reply_hex(item, "map_hash", ping->map_hash);
        reply_hex(item, "file_hash", ping->file_hash);
        if (peer->compared)
            json_add_bool(item, "same", same);
        else
            json_add_null(item, "same");
    }
    reply_send(agent, client, &root);
    return !live || (peer->compared && same);
}

void command_digest(struct agent *agent, const struct request *request)
{
    struct json *root, *result;
    bool equal = reply_self(agent, request->client);

    for (size_t i = 0; i < agent->node.peer_count; i++)
        equal &= reply_peer(agent, request->client, &agent->node.peers[i]);
    result = reply_result(&root, "banctl.digest/1", equal ? EXIT_DONE : EXIT_DEGRADED);
    json_add_bool(result, "equal", equal);
    reply_end(agent, request->client, &root);
}
