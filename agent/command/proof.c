/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: the answer to "do all nodes hold the same", with the entries that differ; and with repair
 * what became of them: it has what differs repaired without a pause, and looks again, until nothing
 * does or the time is over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "compare.h"
#include "mapdiff.h"
#include "maps.h"
#include "mapwriter.h"
#include "reply.h"
#include "userfile.h"
#include "verify.h"

#define PROOF_FILE_BYTES_MAX 268435456

#define PROOF_WAIT_MS 10000 /* unless told otherwise */
#define PROOF_WAIT_MS_MAX 3600000
#define PROOF_PAUSE_MS 300 /* between two looks */

struct proof {
    uint64_t client;
    bool repair;
    bool pausing; /* until again_ms; else node.verify is under way */
    unsigned looks;
    int64_t started_ms, until_ms, again_ms; /* mono */
    uint64_t entries, map_writes;           /* of the counters, at the start */
    enum verify_outcome own;                /* at the first look, as are the peers' */
    enum verify_outcome peers[PEERS_MAX];
};

/* False, and answered, if it asks for what it must not. */
static bool read_repair(struct agent *agent, const struct request *request, int64_t *wait_ms)
{
    *wait_ms = PROOF_WAIT_MS;
    json_number(request->json, "wait_ms", wait_ms);
    if (*wait_ms < 1 || *wait_ms > PROOF_WAIT_MS_MAX) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "\"wait_ms\" must be from 1 to 3600000", NULL);
        return false;
    }
    if (request->role < CONTROL_ADMIN) {
        command_deny(agent, request->client, "verify --repair", CONTROL_ADMIN);
        return false;
    }
    return true;
}

void command_verify(struct agent *agent, const struct request *request)
{
    const struct counters *counters = &agent->node.state.counters;
    int64_t wait_ms = 0;
    struct proof *proof;
    bool repair = false;

    json_bool(request->json, "repair", &repair);
    if (repair && !read_repair(agent, request, &wait_ms))
        return;
    proof = agent->proof == NULL ? calloc(1, sizeof(*proof)) : NULL;
    if (proof == NULL || !verify_start(&agent->node, &agent->now)) {
        free(proof);
        reply_error(agent, request->client, "busy", EXIT_DEGRADED, "another verify is under way",
                    "try again in a few seconds");
        return;
    }
    *proof = (struct proof){.client = request->client,
                            .repair = repair,
                            .started_ms = agent->now.mono_ms,
                            .until_ms = agent->now.mono_ms + wait_ms,
                            .entries = counters->repair_entries,
                            .map_writes = counters->map_writes};
    agent->proof = proof;
    verify_tick(&agent->node, &agent->now);
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

/* What it was at first, and whether it is equal now. */
static void add_before(struct json *item, const struct proof *proof, enum verify_outcome before,
                       enum verify_outcome now)
{
    if (!proof->repair)
        return;
    json_add_text(item, "before", outcome_name(before));
    json_add_bool(item, "repaired", before != VERIFY_EQUAL && now == VERIFY_EQUAL);
}

static void reply_peer(struct agent *agent, size_t index)
{
    const struct verify_peer *peer = &agent->node.verify->peers[index];
    const struct map_text *map = node_map(&agent->node);
    struct json *root, *item = reply_item(&root), *differences;
    bool answered = peer->outcome != VERIFY_WAITING;
    char digest[33];

    json_add_text(item, "node", agent->node.peers[index].name);
    json_add_text(item, "outcome", outcome_name(peer->outcome));
    json_add_text(item, "message", peer_message(agent, index));
    add_before(item, agent->proof, agent->proof->peers[index], peer->outcome);
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
        mapdiff_add(differences, mapdiff_lines(map, &agent->node.usermap),
                    (struct mapdiff_lines){.bytes = peer->text, .left = peer->text_size});
    reply_send(agent, agent->proof->client, &root);
}

/* What the file on disk has beside its map, or lacks of it. */
static void add_file_differences(struct agent *agent, struct json *list)
{
    const struct map_text *map = node_map(&agent->node);
    struct map_text file = {0}, users = {0};

    userfile_read(agent, &users.bytes, &users.size);
    if (map != NULL &&
        mapfile_read(mapwriter_target(agent), PROOF_FILE_BYTES_MAX, &file.bytes, &file.size) == 0)
        mapdiff_add(list, mapdiff_lines(map, &agent->node.usermap), mapdiff_lines(&file, &users));
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
static enum verify_outcome own_outcome(struct agent *agent)
{
    node_map(&agent->node);
    return agent->node.file_hash == agent->node.map_hash ? VERIFY_EQUAL : VERIFY_FILE;
}

static void reply_self(struct agent *agent)
{
    struct json *root, *item = reply_item(&root), *differences;
    enum verify_outcome outcome = own_outcome(agent);
    char digest[33];

    reply_settled_digest(agent, digest);
    json_add_text(item, "node", agent->node.name);
    json_add_text(item, "outcome", outcome_name(outcome));
    json_add_text(item, "message", self_message(agent, outcome == VERIFY_EQUAL));
    add_before(item, agent->proof, agent->proof->own, outcome);
    json_add_text(item, "digest", digest);
    reply_hex(item, "map_hash", agent->node.map_hash);
    differences = json_add_array(item, "differences");
    if (outcome != VERIFY_EQUAL)
        add_file_differences(agent, differences);
    reply_send(agent, agent->proof->client, &root);
}

static bool all_equal(struct agent *agent)
{
    bool equal = own_outcome(agent) == VERIFY_EQUAL;

    for (size_t i = 0; i < agent->node.peer_count; i++)
        equal &= agent->node.verify->peers[i].outcome == VERIFY_EQUAL;
    return equal;
}

/* True if something differs that can become equal without a node that is down. */
static bool is_worth_waiting(struct agent *agent)
{
    bool differs = own_outcome(agent) != VERIFY_EQUAL;

    for (size_t i = 0; i < agent->node.peer_count; i++)
        differs |= agent->node.verify->peers[i].outcome != VERIFY_EQUAL &&
                   node_peer_is_up(&agent->node.peers[i], &agent->now);
    return differs;
}

static void add_repair(struct agent *agent, struct json *result)
{
    const struct counters *counters = &agent->node.state.counters;
    const struct proof *proof = agent->proof;

    json_add_number(result, "took_ms", agent->now.mono_ms - proof->started_ms);
    json_add_number(result, "looks", proof->looks);
    json_add_number(result, "entries", (int64_t)(counters->repair_entries - proof->entries));
    json_add_bool(result, "map_written", counters->map_writes != proof->map_writes);
}

static void answer(struct agent *agent)
{
    bool equal = all_equal(agent);
    struct json *root, *result;

    reply_self(agent);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        reply_peer(agent, i);
    result = reply_result(&root, "banctl.verify/1", equal ? EXIT_DONE : EXIT_DEGRADED);
    json_add_bool(result, "equal", equal);
    if (agent->proof->repair)
        add_repair(agent, result);
    reply_end(agent, agent->proof->client, &root);
}

static void note_first_look(struct agent *agent)
{
    agent->proof->own = own_outcome(agent);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        agent->proof->peers[i] = agent->node.verify->peers[i].outcome;
}

static void repair(struct agent *agent)
{
    compare_now(&agent->node, &agent->now);
    mapwriter_now(agent);
    verify_end(&agent->node);
    agent->proof->pausing = true;
    agent->proof->again_ms = agent->now.mono_ms + PROOF_PAUSE_MS;
}

static void look_again(struct agent *agent)
{
    if (agent->now.mono_ms < agent->proof->again_ms || !verify_start(&agent->node, &agent->now))
        return;
    agent->proof->pausing = false;
    verify_tick(&agent->node, &agent->now);
}

/* A look takes VERIFY_MS at most, and who asked waits until until_ms alone. */
static bool has_time(const struct agent *agent)
{
    return agent->now.mono_ms + PROOF_PAUSE_MS + VERIFY_MS <= agent->proof->until_ms;
}

void proof_turn(struct agent *agent)
{
    struct proof *proof = agent->proof;

    if (proof == NULL)
        return;
    if (proof->repair && !control_is_connected(agent->control, proof->client)) {
        proof_close(agent);
    } else if (proof->pausing) {
        look_again(agent);
    } else if (verify_is_done(&agent->node, &agent->now)) {
        if (proof->looks++ == 0)
            note_first_look(agent);
        if (proof->repair && is_worth_waiting(agent) && has_time(agent)) {
            repair(agent);
            return;
        }
        answer(agent);
        proof_close(agent);
    }
}

void proof_close(struct agent *agent)
{
    if (agent->proof == NULL)
        return;
    verify_end(&agent->node);
    free(agent->proof);
    agent->proof = NULL;
}
