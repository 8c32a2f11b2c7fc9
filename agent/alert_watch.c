/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can go wrong with this node and its peers, see alert_watch.h.
 */
#include "alert_watch.h"

#include <stdio.h>
#include <string.h>

#include "alert_mark.h"
#include "alert_post.h"
#include "bytes.h"
#include "ingest.h"
#include "logstate.h"
#include "persist.h"

#define LOOK_MS 1000
#define PEER_MS 60000 /* a restart takes less */
#define OWN_MS 10000  /* a full disk that is freed again takes longer */
#define END_MS 60000
#define APART_MS 30000 /* two nodes see the same no further apart */
#define STORY_SIZE 2048
#define DETAIL_BYTES_MAX 400 /* of what a library or the kernel says */

bool alert_condition_turn(struct alert_condition *condition, bool holds, int64_t mono_ms,
                          int64_t begin_ms, int64_t end_ms)
{
    if (holds == condition->told) {
        condition->since_ms = 0;
        return false;
    }
    if (condition->since_ms == 0)
        condition->since_ms = mono_ms;
    if (mono_ms - condition->since_ms < (holds ? begin_ms : end_ms))
        return false;
    condition->told = holds;
    condition->since_ms = 0;
    return true;
}

/* Printable ASCII, and not too long for a line of a mail. */
static const char *shorten(const char *text, char out[DETAIL_BYTES_MAX + 1])
{
    snprintf(out, DETAIL_BYTES_MAX + 1, "%.*s", DETAIL_BYTES_MAX, text);
    for (char *at = out; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return out;
}

/* Of this node alone. */
static void tell(struct agent *agent, enum alertkind kind, bool over, const char *title,
                 const char *story)
{
    struct mailtext mail = {.kind = kind, .over = over, .title = title, .story = story};

    alert_tell(agent, &mail);
}

/* --- This node ---------------------------------------------------------------------------------
 */

static void tell_silent(struct agent *agent, bool over)
{
    char story[STORY_SIZE], detail[DETAIL_BYTES_MAX + 1];
    const char *problem = ingest_problem(agent), *why = "no new line came for silent_after";

    if (problem != NULL)
        why = problem;
    else if (agent->receive.problem[0] != '\0')
        why = agent->receive.problem;
    snprintf(story, sizeof(story),
             over ? "The source of hits of %s works again.\n"
                  : "No hits come to %s: %s.\n"
                    "Until that is mended nobody is banned for what he sends through this node;\n"
                    "bans by other nodes are in force here as ever.\n"
                    "\nSee more: banctl status\n",
             agent->node.name, shorten(why, detail));
    tell(agent, ALERTKIND_SILENT, over,
         over ? "the source of hits works again" : "the source of hits is silent", story);
}

/* Something of this node cannot be written, or can again; more: what that means. */
static void tell_unwritten(struct agent *agent, enum alertkind kind, bool over, const char *what,
                           const char *why, const char *more)
{
    char title[64], story[STORY_SIZE], detail[DETAIL_BYTES_MAX + 1];

    snprintf(title, sizeof(title), "the %s %s", what,
             over ? "is written again" : "cannot be written");
    if (over)
        snprintf(story, sizeof(story), "The %s of %s is written again.\n", what, agent->node.name);
    else
        snprintf(story, sizeof(story),
                 "The %s of %s cannot be written: %s.\n%s\nSee more: banctl status\n", what,
                 agent->node.name, shorten(why, detail), more);
    tell(agent, kind, over, title, story);
}

static void tell_store(struct agent *agent, bool over)
{
    const char *hint = persist_hint(agent);
    char more[STORY_SIZE / 2];

    snprintf(more, sizeof(more),
             "Bans go on, from memory; what is new since then would be lost here with a\n"
             "restart, and come back from the other nodes.\n"
             "To do: %s\n",
             hint != NULL ? hint : "nothing");
    tell_unwritten(agent, ALERTKIND_STORE, over, "database", agent->persist.error, more);
}

static void tell_map(struct agent *agent, bool over)
{
    tell_unwritten(agent, ALERTKIND_MAP, over, "map", agent->mapwriter.error,
                   "rspamd goes on with the former one: who was banned since is not blocked\n"
                   "here.\n");
}

static void look_at_own(struct agent *agent)
{
    struct alert_conditions *conditions = &agent->alert.conditions;
    int64_t now_ms = agent->now.mono_ms;
    bool silent = logstate_is_silent(agent) || ingest_problem(agent) != NULL ||
                  agent->receive.problem[0] != '\0';

    if (alert_condition_turn(&conditions->silent, silent, now_ms, OWN_MS, END_MS))
        tell_silent(agent, !conditions->silent.told);
    if (alert_condition_turn(&conditions->store, agent->persist.failing, now_ms, OWN_MS, END_MS))
        tell_store(agent, !conditions->store.told);
    if (alert_condition_turn(&conditions->map, agent->mapwriter.failing, now_ms, OWN_MS, END_MS))
        tell_map(agent, !conditions->map.told);
}

/* --- Peers -------------------------------------------------------------------------------------
 */

/* What is seen of a peer: by each node that sees it, or by the two that differ. */
struct sight {
    enum alertkind kind;
    const struct node_peer *peer;
    int64_t begin_ms, end_ms; /* for how long it must hold, or not */
    const char *begins, *ends, *more;
};

/* The same on all nodes that see it begin, or end. */
static uint64_t what_of(const struct agent *agent, const struct sight *sight, bool over)
{
    uint64_t own = sight->kind == ALERTKIND_DIVERGENCE ? agent->node.state.node : 0;
    uint64_t peer = sight->peer->id;
    uint8_t bytes[18] = {(uint8_t)sight->kind, over};
    struct writer writer = {.bytes = bytes + 2, .size = sizeof(bytes) - 2};

    writer_number(&writer, own < peer ? own : peer, 8);
    writer_number(&writer, own < peer ? peer : own, 8);
    return hash128(&agent->node.state.key, bytes, sizeof(bytes)).lane[0];
}

/* Of two that differ the one with the lower id is the first to tell. */
static int64_t turn_ms(const struct agent *agent, const struct sight *sight)
{
    if (sight->kind != ALERTKIND_DIVERGENCE)
        return alert_mark_turn_ms(agent, sight->peer->id);
    return agent->node.state.node < sight->peer->id ? 0 : ALERT_TAKEOVER_MS;
}

static void tell_peer(struct agent *agent, const struct sight *sight, bool over, uint64_t what)
{
    char title[NAME_BYTES_MAX + 64], story[STORY_SIZE], id[SPOOL_ID_SIZE];
    const char *name = sight->peer->name, *words = over ? sight->ends : sight->begins;
    struct mailtext mail = {
        .kind = sight->kind, .over = over, .id = id, .peer = name, .title = title, .story = story};

    snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)what,
             (unsigned long long)agent->now.wall_ms);
    snprintf(title, sizeof(title), "peer %s %s", name, words);
    snprintf(story, sizeof(story), "Seen from %s, peer %s %s.\n%s\nSee more: banctl peers\n",
             agent->node.name, name, words, over ? "" : sight->more);
    if (alert_tell(agent, &mail))
        alert_mark_told(agent, id);
}

static void look_at(struct agent *agent, const struct sight *sight, bool holds,
                    struct alert_condition *condition)
{
    int64_t now_ms = agent->now.mono_ms, wait_ms = turn_ms(agent, sight);
    int64_t lasted_ms = condition->since_ms != 0 ? now_ms - condition->since_ms : 0;
    uint64_t what;

    if (!alert_condition_turn(condition, holds, now_ms, sight->begin_ms + wait_ms,
                              sight->end_ms + wait_ms))
        return;
    what = what_of(agent, sight, !holds);
    if (!alert_mark_is_told(agent, what, state_now_ms(&agent->node.state) - lasted_ms - APART_MS))
        tell_peer(agent, sight, !holds, what);
}

static void look_at_peer(struct agent *agent, const struct node_peer *peer,
                         struct alert_peer *conditions)
{
    int64_t now_ms = agent->now.mono_ms;
    bool up = node_peer_is_up(peer, &agent->now);
    bool differs = up && peer->compared && !peer->same && peer->descents >= 3;
    bool cloned = peer->clone_ms != 0 && now_ms - peer->clone_ms < NODE_CLONE_MS;
    const struct sight down = {ALERTKIND_PEER,
                               peer,
                               PEER_MS,
                               PEER_MS,
                               "is down",
                               "is up again",
                               "It bans and unbans by itself until it is back.\n"};
    const struct sight other = {ALERTKIND_DIVERGENCE,
                                peer,
                                PEER_MS,
                                END_MS,
                                "holds another state, and repair does not help",
                                "holds the same state again",
                                "What differs: banctl verify\n"};
    const struct sight clone = {ALERTKIND_CLONE,
                                peer,
                                0,
                                END_MS,
                                "is several live nodes with one key",
                                "is one live node again",
                                "Make a new key for each but one of them: banctl keygen\n"};

    look_at(agent, &down, !up, &conditions->down);
    look_at(agent, &other, differs, &conditions->differs);
    look_at(agent, &clone, cloned, &conditions->cloned);
}

void alert_watch_turn(struct agent *agent)
{
    struct alert_conditions *conditions = &agent->alert.conditions;

    if (agent->now.mono_ms - conditions->looked_ms < LOOK_MS)
        return;
    conditions->looked_ms = agent->now.mono_ms;
    look_at_own(agent);
    for (size_t i = 0; i < agent->node.peer_count; i++)
        look_at_peer(agent, &agent->node.peers[i], &conditions->peers[i]);
}
