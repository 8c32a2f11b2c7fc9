/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node list: every node that was ever known here or has left something in the state, and what each
 * has contributed. The state is gone through in slices, one question at a time, as for top.
 */
#include <stdlib.h>
#include <string.h>

#include "blame.h"
#include "command.h"
#include "keyfile.h"
#include "notice.h"
#include "peers.h"
#include "question.h"
#include "reply.h"
#include "roll.h"

#define NODES_MAX 1024          /* nodes named; entries of more are counted together */
#define NODE_LIST_ITEM_WORK 128 /* what telling one costs */
#define SEARCHED_FOR_ONE 32     /* of the shares, for one piece of work */

/* What of a node is in the state. */
struct share {
    uint64_t id;
    uint64_t strikes;
    uint64_t bans;   /* that would not be without it */
    uint64_t manual; /* operators' bans in force that were given there */
    uint64_t leases; /* its live allow entries */
};

struct shares {
    struct share *list; /* the last one stands for all that had no room; owned */
    size_t count;
};

struct node_list {
    struct question question;
    const struct state *state;
    struct shares shares;
    uint32_t leaf; /* the next one to look at */
    bool walked;
    size_t told; /* of the shares */
};

static struct share *share_of(struct shares *shares, uint64_t id)
{
    for (size_t i = 0; i < shares->count; i++)
        if (shares->list[i].id == id)
            return &shares->list[i];
    if (shares->count == NODES_MAX)
        return &shares->list[NODES_MAX];
    shares->list[shares->count] = (struct share){.id = id};
    return &shares->list[shares->count++];
}

/* Returns how many shares had to be found. */
static size_t add_strikes(struct shares *shares, const struct strikes *strikes)
{
    struct share *share = NULL;
    size_t searches = 0;

    for (size_t i = 0; i < strikes->count; i++) {
        if (share == NULL || share->id != strikes->list[i].origin) {
            share = share_of(shares, strikes->list[i].origin);
            searches++;
        }
        share->strikes++;
    }
    return searches;
}

/* Of a ban each node is asked whether it would be without it. Likewise. */
static size_t add_ban(const struct state *state, struct shares *shares, const struct record *record)
{
    int64_t now_ms = state_now_ms(state);
    const struct fact *fact = record_newest_fact(record, now_ms);
    size_t nodes = fact != NULL ? fact->node_count : 0;
    struct blame blame;

    for (size_t i = 0; i < nodes; i++) {
        uint64_t id = fact->nodes[i].node;

        share_of(shares, id)->bans +=
            blame_node(record, id, state->policy.threshold, 0, now_ms, &blame);
    }
    if (!record_manual_is_live(record, now_ms))
        return nodes;
    share_of(shares, record->manual.stamp.node)->manual++;
    return nodes + 1;
}

static size_t look(void *context, const struct subject *subject)
{
    struct node_list *list = context;
    struct shares *shares = &list->shares;
    size_t searches =
        add_strikes(shares, &subject->strikes) + add_ban(list->state, shares, &subject->record);

    return 1 + subject->strikes.count + searches * (1 + shares->count / SEARCHED_FOR_ONE);
}

static void add_leases(const struct state *state, struct shares *shares)
{
    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].owner != ALLOW_OPERATOR &&
            allow_is_live(&state->allows.list[i], state_now_ms(state)))
            share_of(shares, state->allows.list[i].owner)->leases++;
}

/* As of a peer while it is one; this node does not see itself. */
static void add_seen(const struct agent *agent, struct json *item, uint64_t id,
                     const struct node_peer *peer, const struct roll_node *known)
{
    int64_t wall_ms = agent->now.wall_ms, seen_ms = 0;

    if (peer != NULL && peer->seen_ms != 0)
        seen_ms = wall_ms - (agent->now.mono_ms - peer->seen_ms);
    else if (known != NULL && id != agent->node.state.node && known->seen_ms <= wall_ms)
        seen_ms = known->seen_ms;
    if (seen_ms != 0)
        json_add_number(item, "last_seen_ms", wall_ms - seen_ms);
    else
        json_add_null(item, "last_seen_ms");
    reply_time(item, "last_seen", seen_ms);
}

static bool is_gone(const struct roll_node *known)
{
    return known != NULL && roll_is_forgotten(known);
}

/* Of a node that is forgotten nothing is told once nothing of it is left. */
static bool is_told(const struct agent *agent, const struct share *share)
{
    return roll_is_member(agent, share->id) || !is_gone(roll_find(agent, share->id)) ||
           share->strikes > 0 || share->bans > 0 || share->manual > 0 || share->leases > 0;
}

static void tell_node(struct agent *agent, uint64_t client, const struct share *share)
{
    const struct node_peer *peer = node_peer_of(&agent->node, share->id);
    const struct roll_node *known = roll_find(agent, share->id);
    bool self = share->id == agent->node.state.node;
    struct json *root, *item = reply_item(&root);
    char detail[PEER_DETAIL_SIZE];

    reply_node(agent, item, "name", share->id);
    reply_hex(item, "id", share->id);
    json_add_text(item, "key", known != NULL && known->key[0] != '\0' ? known->key : NULL);
    json_add_text(item, "state",
                  self             ? "self"
                  : peer != NULL   ? peer_state(agent, peer)
                  : is_gone(known) ? "forgotten"
                                   : "no peer");
    json_add_text(item, "version",
                  self                                         ? agent->node.version
                  : known != NULL && known->version[0] != '\0' ? known->version
                                                               : NULL);
    add_seen(agent, item, share->id, peer, known);
    json_add_number(item, "strikes", (int64_t)share->strikes);
    json_add_number(item, "bans", (int64_t)share->bans);
    json_add_number(item, "operator_bans", (int64_t)share->manual);
    json_add_number(item, "allow_entries", (int64_t)share->leases);
    json_add_number(item, "refused", peer != NULL ? (int64_t)peer->faults : 0);
    json_add_text(item, "detail",
                  peer != NULL && peer_detail(agent, peer, detail, sizeof(detail)) ? detail : NULL);
    reply_send(agent, client, &root);
}

/* All that are known, whatever they left. False without memory. */
static bool begin(const struct agent *agent, struct node_list *list)
{
    struct shares *shares = &list->shares;

    shares->list = calloc(NODES_MAX + 1, sizeof(struct share));
    if (shares->list == NULL)
        return false;
    list->state = &agent->node.state;
    share_of(shares, agent->node.state.node);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        share_of(shares, agent->node.peers[i].id);
    for (size_t i = 0; i < agent->roll.count; i++)
        share_of(shares, agent->roll.list[i].id);
    return true;
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct node_list *list = question;
    struct shares *shares = &list->shares;
    struct json *root;

    if (shares->list == NULL && !begin(agent, list)) {
        reply_error(agent, list->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return true;
    }
    if (!list->walked) {
        list->walked = table_slice(&list->state->table, &list->leaf, work, look, list);
        if (!list->walked)
            return false;
        add_leases(list->state, shares);
    }
    for (; list->told < shares->count; question_spend(work, NODE_LIST_ITEM_WORK)) {
        if (*work == 0)
            return false;
        if (is_told(agent, &shares->list[list->told]))
            tell_node(agent, list->question.client, &shares->list[list->told]);
        list->told++;
    }
    reply_result(&root, "banctl.node_list/1", EXIT_DONE);
    reply_end(agent, list->question.client, &root);
    return true;
}

static void end(void *question)
{
    struct node_list *list = question;

    free(list->shares.list);
}

static const struct question_kind kind = {
    .size = sizeof(struct node_list), .at_once = 1, .go_on = go_on, .end = end};

void command_node_list(struct agent *agent, const struct request *request)
{
    const struct node_list list = {.told = 0};

    question_ask(agent, request->client, &kind, &list);
}
