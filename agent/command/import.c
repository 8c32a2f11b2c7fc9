/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: some entries of a list as bans, each with its own end and reason. What is refused is told
 * and leaves the rest alone; what is banned already, as long or longer, is left as it is, so that
 * the same list can be sent again.
 *
 * A list of any length comes in pieces, one request each: a piece is one turn and one transaction,
 * so none is larger than a turn may be long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditing.h"
#include "change.h"
#include "command.h"
#include "guard.h"
#include "maps.h"
#include "persist.h"
#include "reply.h"
#include "target.h"

/* What all entries of a request have in common. */
struct import_terms {
    bool dry_run;
    int64_t until_ms; /* of entries that have no end of their own */
    struct guard guard;
    const char *reason; /* of those that have none */
    const char *file;   /* that they come from; NULL: it is not told */
    char actor[ACTOR_BYTES_MAX + 1];
};

/* A piece under way, or looked at. */
struct import {
    struct import *next;
    uint64_t client;
    bool dry_run;
    size_t banned, accounts, covered, already, ended, refused, failed, waiting;
    uint64_t first_request, next_request;
    struct node_done least; /* of those that ended, the one that the fewest nodes confirmed */
};

static bool usage(struct agent *agent, const struct request *request, const char *message)
{
    reply_error(agent, request->client, "usage", EXIT_USAGE, message, NULL);
    return false;
}

/* False: answered with an error. */
static bool check_arrays(struct agent *agent, const struct request *request)
{
    const struct json *json = request->json;
    size_t count = target_count(json);
    char message[128];

    snprintf(message, sizeof(message),
             "\"targets\" and \"accounts\" have %zu entries; at most %d are taken at once", count,
             IMPORT_TARGETS_MAX);
    if (count > IMPORT_TARGETS_MAX)
        return usage(agent, request, message);
    if ((json_has(json, "ends") && json_count(json, "ends") != count) ||
        (json_has(json, "reasons") && json_count(json, "reasons") != count))
        return usage(agent, request,
                     "\"ends\" and \"reasons\" must be as long as \"targets\", and "
                     "\"accounts\" behind them");
    return true;
}

static bool is_line(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return length <= REASON_BYTES_MAX;
}

static bool read_terms(struct agent *agent, const struct request *request,
                       struct import_terms *terms)
{
    const struct json *json = request->json;
    int64_t for_ms = agent->config->ban_durations.ms[0];
    bool permanent = false;

    *terms = (struct import_terms){.guard.ssh_client = json_text(json, "ssh_client"),
                                   .file = json_text(json, "file")};
    json_bool(json, "dry_run", &terms->dry_run);
    json_bool(json, "force", &terms->guard.force);
    json_bool(json, "permanent", &permanent);
    if (permanent)
        for_ms = TIME_NEVER_MS;
    else if (json_number(json, "for_ms", &for_ms) && for_ms < 1000)
        return usage(agent, request, "the duration must be a number of at least 1 s");
    if (terms->file != NULL && !is_line(terms->file))
        return usage(agent, request, "\"file\" is over 255 bytes, or holds a control character");
    terms->until_ms = policy_roundup(policy_add(agent->now.wall_ms, for_ms));
    change_actor(request->uid, terms->actor);
    return change_reason(agent, request, &terms->reason);
}

/* A host becomes its subject; one with a length stays what it is. */
static bool read_whom(const struct agent *agent, const struct json *json, size_t index,
                      struct addr *addr)
{
    size_t addresses = json_count(json, "targets");
    const char *text = json_array_text(json, "targets", index);
    size_t length = text != NULL ? strlen(text) : 0;
    struct addr host;

    if (index >= addresses)
        return target_parse_account(json_array_text(json, "accounts", index - addresses), addr);
    if (addr_parse_host(text, length, &host) == 0) {
        *addr = addr_subject(&host, (unsigned)agent->config->ipv6_prefix);
        return true;
    }
    return addr_parse(text, length, false, addr) == 0;
}

static void tell_refused(struct agent *agent, struct import *import, size_t index, const char *code,
                         const char *message, const char *hint)
{
    struct json *root, *item = reply_item(&root);

    json_add_number(item, "index", (int64_t)index);
    json_add_text(item, "code", code);
    json_add_text(item, "message", message);
    json_add_text(item, "hint", hint[0] != '\0' ? hint : NULL);
    reply_send(agent, import->client, &root);
    import->refused++;
}

/* True if it is banned as long, or longer, whatever bans it. */
static bool is_banned(const struct agent *agent, const struct addr *addr, int64_t until_ms)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);

    return subject != NULL &&
           record_until_ms(&subject->record, state_now_ms(state)) >= policy_roundup(until_ms);
}

static void ban(struct agent *agent, struct import *import, const struct import_terms *terms,
                const struct addr *addr, int64_t until_ms, const char *reason)
{
    if (node_ban(&agent->node, &agent->now, import->next_request, addr, until_ms, reason,
                 terms->actor) == STEP_CHANGED) {
        import->next_request++;
        import->waiting++;
    } else {
        import->failed++;
    }
}

static void take_one(struct agent *agent, struct import *import, struct import_terms *terms,
                     const struct json *json, size_t index)
{
    const struct state *state = &agent->node.state;
    const char *reason = json_array_text(json, "reasons", index);
    int64_t until_ms = terms->until_ms;
    struct unpacked room;
    struct addr addr;

    if (json_array_number(json, "ends", index, &until_ms) && until_ms == 0)
        until_ms = TIME_NEVER_MS;
    reason = reason != NULL ? reason : terms->reason;
    if (!read_whom(agent, json, index, &addr)) {
        tell_refused(agent, import, index, "bad_address",
                     "it is no IP address or network, and no account", "");
    } else if (!is_line(reason)) {
        tell_refused(agent, import, index, "usage",
                     "its reason is over 255 bytes, or holds a control character", "");
    } else if (until_ms <= agent->now.wall_ms) {
        import->ended++;
    } else if (!guard_check(agent, &terms->guard, &addr)) {
        tell_refused(agent, import, index, terms->guard.code, terms->guard.message,
                     terms->guard.hint);
    } else if (is_banned(agent, &addr, until_ms)) {
        import->already++;
    } else {
        import->covered += change_find_wider(state, &addr, &room) != NULL;
        import->banned++;
        import->accounts += addr.kind == ADDR_ACCOUNT;
        if (!terms->dry_run)
            ban(agent, import, terms, &addr, until_ms, reason);
    }
}

/* Entries of the map, or banned accounts, and how many of the list come on top. */
struct room {
    const char *what;
    size_t present, more;
};

static bool has_room(const struct agent *agent, const struct room *room)
{
    return room->present + room->more <= (size_t)agent->config->max_entries;
}

static void refuse_full(struct agent *agent, const struct request *request, const struct room *room)
{
    char message[256];

    snprintf(message, sizeof(message),
             "refusing to import: the %s has %zu entries, and with %zu more it would have over "
             "%lld, which is [map] max_entries",
             room->what, room->present, room->more, (long long)agent->config->max_entries);
    reply_error(agent, request->client, "refused_full", EXIT_REFUSED, message,
                "import fewer, unban what need not be banned any more, or raise max_entries");
}

/* Of the two members what a dry run was told before, and this piece. */
static size_t count_with(const struct json *json, const char *list, const char *before)
{
    int64_t number = 0;

    json_number(json, before, &number);
    return json_count(json, list) + (number > 0 ? (size_t)number : 0);
}

/* Whether both maps have room for so many more. Drawing them takes long, so it is asked only when
 * what was in them last, and what was imported since, are not certainly few enough. */
static bool guard_maps(struct agent *agent, const struct request *request)
{
    const struct json *json = request->json;
    struct room map = {"map", agent->node.map.entries, count_with(json, "targets", "before")};
    struct room users = {"user map", node_accounts(&agent->node),
                         count_with(json, "accounts", "accounts_before")};

    map.present += agent->imported;
    users.present += agent->imported;
    if (has_room(agent, &map) && has_room(agent, &users))
        return true;
    agent->imported = 0;
    if (node_map(&agent->node) == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return false;
    }
    map.present = agent->node.map.entries;
    users.present = node_accounts(&agent->node);
    if (has_room(agent, &map) && has_room(agent, &users))
        return true;
    refuse_full(agent, request, has_room(agent, &map) ? &users : &map);
    return false;
}

static bool guard_room(struct agent *agent, const struct request *request, size_t count)
{
    for (const struct import *import = agent->imports; import != NULL; import = import->next)
        count += import->waiting;
    if (change_has_room(agent, count))
        return true;
    reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                "too many changes wait for other nodes to confirm them",
                "try again in two seconds");
    return false;
}

/* The reason that all entries of a request have; "" if they differ. */
static const char *common_reason(const struct json *json, const struct import_terms *terms)
{
    const char *first = json_array_text(json, "reasons", 0);

    for (size_t i = 1; first != NULL && i < json_count(json, "reasons"); i++) {
        const char *reason = json_array_text(json, "reasons", i);

        if (reason == NULL || strcmp(reason, first) != 0)
            return "";
    }
    return first != NULL ? first : terms->reason;
}

/* One line of the history for each piece, however many bans it makes. */
static void note(struct agent *agent, const struct request *request, const struct import *import,
                 const struct import_terms *terms)
{
    struct audit audit = auditing_begin(request->uid, terms->actor, AUDIT_IMPORT,
                                        common_reason(request->json, terms));

    if (import->waiting > 0)
        auditing_many(agent, &audit, import->waiting, terms->file);
}

void command_import(struct agent *agent, const struct request *request)
{
    size_t count = target_count(request->json);
    struct import_terms terms;
    struct import *import;

    if (!check_arrays(agent, request) || !read_terms(agent, request, &terms) ||
        !guard_clock(agent, request->client) || !guard_room(agent, request, count) ||
        !guard_maps(agent, request))
        return;
    import = calloc(1, sizeof(*import));
    if (import == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    *import = (struct import){.client = request->client,
                              .dry_run = terms.dry_run,
                              .first_request = agent->next_request,
                              .next_request = agent->next_request,
                              .next = agent->imports};
    import->least.confirmed = agent->node.peer_count + 1;
    agent->next_request += count;
    agent->imports = import;
    for (size_t i = 0; i < count; i++)
        take_one(agent, import, &terms, request->json, i);
    note(agent, request, import, &terms);
    agent->imported += terms.dry_run ? 0 : import->banned;
}

bool import_done(struct agent *agent, const struct node_done *done)
{
    struct import *import = agent->imports;

    while (import != NULL &&
           (done->request < import->first_request || done->request >= import->next_request))
        import = import->next;
    if (import == NULL)
        return false;
    import->waiting--;
    import->failed += done->outcome == OUTCOME_FAILED;
    if (done->confirmed < import->least.confirmed)
        import->least = *done;
    return true;
}

static void answer(struct agent *agent, const struct import *import)
{
    struct json *root, *result = reply_result(&root, "banctl.import/1", EXIT_DONE);

    json_add_bool(result, "dry_run", import->dry_run);
    json_add_number(result, "banned", (int64_t)import->banned);
    json_add_number(result, "accounts", (int64_t)import->accounts);
    json_add_number(result, "covered", (int64_t)import->covered);
    json_add_number(result, "already_banned", (int64_t)import->already);
    json_add_number(result, "ended", (int64_t)import->ended);
    json_add_number(result, "refused", (int64_t)import->refused);
    change_add_scope(agent, &import->least, result);
    json_add_text(result, "cluster", agent->config->cluster_name);
    json_add_number(result, "ipv6_prefix", agent->config->ipv6_prefix);
    json_add_bool(result, "observe", agent->config->observe);
    reply_end(agent, import->client, &root);
}

/* Nothing of a piece is durable if its commit failed; it can be sent again. */
static void answer_failed(struct agent *agent, const struct import *import)
{
    char message[512], hint[256];
    const char *mend = persist_hint(agent);

    snprintf(message, sizeof(message), "%zu of %zu entries are not durable and not banned: %s",
             import->failed, import->banned, mend != NULL ? agent->persist.error : "no memory");
    snprintf(hint, sizeof(hint), "%s%simport again", mend != NULL ? mend : "when that is mended",
             mend != NULL ? "; then " : ", ");
    reply_error(agent, import->client, "not_durable", EXIT_INTERNAL, message, hint);
}

void import_turn(struct agent *agent)
{
    struct import **place = &agent->imports;

    while (*place != NULL) {
        struct import *import = *place;

        if (import->waiting > 0) {
            place = &import->next;
            continue;
        }
        if (import->failed > 0)
            answer_failed(agent, import);
        else
            answer(agent, import);
        *place = import->next;
        free(import);
    }
}

void import_close(struct agent *agent)
{
    while (agent->imports != NULL) {
        struct import *import = agent->imports;

        agent->imports = import->next;
        free(import);
    }
}
