/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: why an address is banned, or why not: the verdict, what decides it, and all that would
 * decide without that.
 *
 * An entry of the allowlist decides before any ban, the narrowest ban before what is kept of a
 * former map. The words are banctl's.
 */
#include <string.h>

#include "beside.h"
#include "command.h"
#include "derive.h"
#include "heldmap.h"
#include "heldusers.h"
#include "map_cover.h"
#include "maps.h"
#include "mapwriter.h"
#include "notice.h"
#include "reply.h"
#include "show.h"
#include "target.h"
#include "userfile.h"

static const struct subject unknown;

/* What is known of the address that was asked for. */
struct finding {
    struct addr addr;              /* as it was asked for */
    const struct subject *subject; /* whom its hits count against; &unknown: none yet */
    const struct subject *cover;   /* the narrowest ban, its own perhaps; NULL: none */
    const struct allow *allow;     /* the widest entry of the allowlist; NULL: none */
    bool is_kept;                  /* kept covers it: an entry of a former map */
    struct addr kept;
    bool in_force; /* in the map file of this node */
    struct view view;
    struct unpacked subject_room, cover_room;
};

/* In mode observe the file may hold what was banned before. */
static bool file_covers(struct agent *agent, const struct addr *addr)
{
    struct prefixes prefixes = {0};
    struct prefixes_walk walk;
    struct addrs users = {0};
    bool covers = false;

    if (addr->kind == ADDR_ACCOUNT) {
        covers = userfile_accounts(agent, &users) == 0 && addrs_has(&users, addr);
        addrs_clear(&users);
        return covers;
    }
    if (mapwriter_prefixes(agent, &prefixes) == 0) {
        prefixes_walk_begin(&walk, &prefixes);
        covers = prefixes_walk_covers(&walk, addr);
    }
    prefixes_clear(&prefixes);
    return covers;
}

static bool is_kept(const struct agent *agent, struct finding *finding)
{
    if (agent->heldmap.kind == HELDMAP_NONE)
        return false;
    finding->kept = finding->addr;
    return finding->addr.kind == ADDR_ACCOUNT
               ? heldusers_has(agent, &finding->addr)
               : heldmap_covers(agent, &finding->addr, &finding->kept);
}

static void find(struct agent *agent, const struct addr *net, struct finding *finding)
{
    const struct state *state = &agent->node.state;
    const struct addr *addr = &finding->addr;

    finding->subject = state_find(state, net, &finding->subject_room);
    if (finding->subject == NULL)
        finding->subject = &unknown;
    finding->cover = state_find_cover(state, addr, &finding->cover_room);
    finding->allow = allows_cover(&state->allows, addr, state_now_ms(state));
    finding->is_kept = is_kept(agent, finding);
    finding->in_force = agent->config->observe ? file_covers(agent, addr)
                                               : finding->allow == NULL &&
                                                     (finding->cover != NULL || finding->is_kept);
    view_make(state, finding->subject, &finding->view);
}

static bool is_banned(const struct finding *finding)
{
    return finding->allow == NULL && (finding->cover != NULL || finding->is_kept);
}

/* What decides; NULL: nothing does, it is not banned. */
static const char *decider(const struct state *state, const struct finding *finding)
{
    const struct subject *cover = finding->cover;

    if (finding->allow != NULL)
        return "allowlist";
    if (cover == NULL)
        return finding->is_kept ? "former_map" : NULL;
    if (addr_compare(&cover->addr, &finding->subject->addr) != 0 &&
        addr_compare(&cover->addr, &finding->addr) != 0)
        return "net";
    return record_manual_is_live(&cover->record, state_now_ms(state)) ? "operator" : "threshold";
}

static void add_verdict(const struct agent *agent, struct json *item, const struct finding *finding)
{
    bool banned = is_banned(finding);
    bool observe = agent->config->observe;

    json_add_bool(item, "banned", banned);
    json_add_bool(item, "observe", observe);
    json_add_bool(item, "in_force", finding->in_force);
    json_add_text(item, "verdict",
                  banned && observe ? "would_be_banned"
                  : banned          ? "banned"
                                    : "not_banned");
    json_add_text(item, "decided_by", decider(&agent->node.state, finding));
}

/* How far it is from the threshold, and how long its hits count for that. */
static void add_distance(const struct state *state, struct json *item,
                         const struct finding *finding)
{
    const struct policy *policy = &state->policy;
    const struct strikes *strikes = &finding->subject->strikes;
    size_t first, count = derive_count(policy, strikes, finding->subject->record.cut.ms,
                                       state_now_ms(state), &first);

    json_add_number(item, "threshold", policy->threshold);
    json_add_bool(item, "threshold_bans", policy_bans(policy, &finding->addr));
    json_add_text(item, "counts", policy->count_messages ? "messages" : "hits");
    json_add_number(item, "window_ms", policy->window_ms);
    json_add_number(item, "counted", (int64_t)count);
    json_add_number(item, "missing",
                    count < policy->threshold ? (int64_t)(policy->threshold - count) : 0);
    reply_time(item, "oldest_counts_until",
               count > 0 ? policy_add(strikes->list[first].t_ms, policy->window_ms) : 0);
    reply_time(item, "newest_counts_until",
               count > 0 ? policy_add(strikes->list[strikes->count - 1].t_ms, policy->window_ms)
                         : 0);
}

/* The strikes up to last within its window. */
static size_t window_begin(const struct policy *policy, const struct strikes *strikes, size_t last,
                           int64_t cut_ms)
{
    size_t first = last;
    int64_t after_ms = strikes->list[last].t_ms - policy->window_ms;

    while (first > 0 && strikes->list[first - 1].t_ms > after_ms &&
           strikes->list[first - 1].t_ms > cut_ms)
        first--;
    return first;
}

/* The hits that decided; of who is not banned by any, those that count now. */
static void add_hits(struct agent *agent, struct json *item, const struct subject *subject)
{
    const struct state *state = &agent->node.state;
    const struct strikes *strikes = &subject->strikes;
    const struct strike *deciding =
        derive_deciding(&state->policy, strikes, &subject->record, state_now_ms(state));
    size_t first = 0, end = strikes->count;

    if (deciding != NULL) {
        struct json *out = json_add_object(item, "deciding");

        end = (size_t)(deciding - strikes->list) + 1;
        first = window_begin(&state->policy, strikes, end - 1, subject->record.cut.ms);
        reply_node(agent, out, "node", deciding->origin);
        reply_time(out, "time", deciding->t_ms);
    } else {
        json_add_null(item, "deciding");
        derive_count(&state->policy, strikes, subject->record.cut.ms, state_now_ms(state), &first);
    }
    json_add_number(item, "strikes_total", (int64_t)(end - first));
    show_strikes(agent, item, &subject->addr, end > first ? &strikes->list[first] : NULL,
                 end - first);
}

/* The last unban and what of the sender it voids. Who gave it is known until the next command. */
static void add_unban(const struct state *state, struct json *item, const struct record *record,
                      const struct strikes *strikes)
{
    const struct manual *manual = &record->manual;
    bool is_last = manual->kind == MANUAL_NONE && manual->stamp.hlc != 0;
    size_t hits = 0, bans = 0;
    struct json *out;

    if (record->cut.stamp.hlc == 0) {
        json_add_null(item, "unban");
        return;
    }
    while (hits < strikes->count && strikes->list[hits].t_ms <= record->cut.ms)
        hits++;
    for (size_t i = 0; i < record->facts.count; i++)
        bans += record->facts.list[i].first_ms <= record->cut.ms &&
                record->facts.list[i].until_ms > state_now_ms(state);
    out = json_add_object(item, "unban");
    reply_time(out, "time", stamp_ms(record->cut.stamp.hlc));
    reply_time(out, "cut", record->cut.ms);
    json_add_bytes(out, "actor", is_last ? manual->actor : "",
                   is_last && manual->actor != NULL ? strlen(manual->actor) : 0);
    json_add_bytes(out, "reason", is_last ? manual->reason : "",
                   is_last && manual->reason != NULL ? strlen(manual->reason) : 0);
    json_add_number(out, "void_hits", (int64_t)hits);
    json_add_number(out, "void_bans", (int64_t)bans);
}

/* Of the ban that decides, if it is not the subject's. */
static void add_cover(struct agent *agent, struct json *item, const struct finding *finding)
{
    struct view view;
    struct json *out;

    if (finding->cover == NULL || finding->cover == finding->subject) {
        json_add_null(item, "cover");
        return;
    }
    view_make(&agent->node.state, finding->cover, &view);
    out = json_add_object(item, "cover");
    reply_net(out, "net", &finding->cover->addr);
    reply_view(agent, out, finding->cover, &view);
    reply_beside(out, &finding->cover->addr, &view.evidence);
}

static void add_entries(struct agent *agent, struct json *item, const struct finding *finding)
{
    const struct map_text *map = node_map(&agent->node);
    struct json *out;
    struct addr entry;

    if (map != NULL && finding->addr.kind != ADDR_ACCOUNT &&
        map_cover(map->bytes, map->size, &finding->addr, 0, &entry))
        reply_net(item, "map_entry", &entry);
    else
        json_add_null(item, "map_entry");
    if (!finding->is_kept) {
        json_add_null(item, "former_entry");
        return;
    }
    out = json_add_object(item, "former_entry");
    reply_net(out, "net", &finding->kept);
    json_add_text(out, "kind", heldmap_kind_name(agent->heldmap.kind));
}

void command_explain(struct agent *agent, const struct request *request)
{
    const struct state *state = &agent->node.state;
    struct finding finding;
    struct target target;
    struct json *root, *item;

    if (!target_has_some(agent, request) || !target_read(agent, request, 0, &target))
        return;
    finding.addr = target.host;
    find(agent, &target.addr, &finding);
    item = reply_item(&root);
    target_add(item, &target);
    if (target.addr.kind != ADDR_ACCOUNT)
        reply_net(item, "net", &target.addr);
    else
        json_add_null(item, "net");
    json_add_bool(item, "known", finding.subject != &unknown);
    add_verdict(agent, item, &finding);
    reply_view(agent, item, finding.subject, &finding.view);
    reply_beside(item, &finding.subject->addr, &finding.view.evidence);
    reply_texts(item, "buckets", finding.view.evidence.buckets, finding.view.evidence.bucket_count);
    add_distance(state, item, &finding);
    show_manual(item, &finding.subject->record.manual);
    add_unban(state, item, &finding.subject->record, &finding.subject->strikes);
    add_cover(agent, item, &finding);
    show_covers(agent, item, &finding.addr);
    add_entries(agent, item, &finding);
    beside_add(agent, item, &target.addr, finding.subject, &finding.view);
    add_hits(agent, item, finding.subject);
    reply_send(agent, request->client, &root);
    reply_result(&root, "banctl.explain/1", is_banned(&finding) ? EXIT_DONE : EXIT_NO);
    reply_end(agent, request->client, &root);
}
