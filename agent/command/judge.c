/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reason why this node is not healthy, see judge.h.
 */
#include "judge.h"

#include <stdio.h>

#include "alert.h"
#include "clock.h"
#include "command.h"
#include "grouped.h"
#include "guard.h"
#include "ingest.h"
#include "logstate.h"
#include "neverban.h"
#include "peers.h"
#include "persist.h"

struct reasons {
    struct json *list;
    size_t count;
};

static void add_reason(struct reasons *reasons, const char *text)
{
    json_append_text(reasons->list, text);
    reasons->count++;
}

static void judge_peers(struct agent *agent, struct reasons *reasons)
{
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        char detail[PEER_DETAIL_SIZE], text[PEER_DETAIL_SIZE + 128];

        if (!peer_detail(agent, &agent->node.peers[i], detail, sizeof(detail)))
            continue;
        snprintf(text, sizeof(text), "peer %s: %s", agent->node.peers[i].name, detail);
        add_reason(reasons, text);
    }
}

static void judge_users(const struct agent *agent, struct reasons *reasons)
{
    char text[PATH_BYTES_MAX + 256];

    if (agent->userfile.foreign) {
        snprintf(
            text, sizeof(text),
            "user map: %s was not written by bansyncd and is left alone, so that no account is "
            "banned here: ban those that it names with \"banctl ban --account\", then move it "
            "away",
            agent->config->users_file);
        add_reason(reasons, text);
    }
    if (guard_print_accounts(agent, text, sizeof(text)))
        add_reason(reasons, text);
    if (agent->node.users_untold == 0)
        return;
    snprintf(text, sizeof(text),
             "user map: rspamd has no way to write %s banned account%s: banctl list --accounts",
             GROUPED(agent->node.users_untold), agent->node.users_untold == 1 ? "" : "s");
    add_reason(reasons, text);
}

/* Names the two commands that end it. */
static void judge_held(const struct agent *agent, struct reasons *reasons)
{
    const struct heldmap *held = &agent->heldmap;
    char text[PATH_BYTES_MAX + 512];

    if (held->kind == HELDMAP_FOREIGN)
        snprintf(text, sizeof(text),
                 "map: %s was not written by bansyncd: its %s entries are kept in force, until "
                 "\"banctl map adopt\" makes them bans or \"banctl map discard\" drops them",
                 agent->config->map_file, GROUPED(held->text.entries + held->users.count));
    else if (held->kind == HELDMAP_LOST)
        snprintf(text, sizeof(text),
                 "map: %s: %s entries of the former map are kept, as the database was lost, until "
                 "a peer knows them, or \"banctl map adopt\" or \"banctl map discard\"",
                 agent->config->map_file, GROUPED(held->text.entries + held->users.count));
    else
        return;
    add_reason(reasons, text);
}

static void judge_clock(const struct agent *agent, struct reasons *reasons)
{
    char problem[128], text[192];

    if (!guard_print_clock(agent, problem, sizeof(problem)))
        return;
    snprintf(text, sizeof(text), "clock: %s; bans and unbans are refused here", problem);
    add_reason(reasons, text);
}

/* What it is silent about nobody can know: a log that is written elsewhere looks like this. */
static void judge_silence(const struct agent *agent, struct reasons *reasons)
{
    char text[PATH_BYTES_MAX + 256], when[CLOCK_TEXT_SIZE];

    if (!logstate_is_silent(agent) || ingest_problem(agent) != NULL)
        return;
    clock_print(agent->now.wall_ms - logstate_quiet_ms(agent), when);
    snprintf(
        text, sizeof(text),
        "log: no new line in %s since %s: does rspamd run, and does it log there? (silent_after "
        "in [detect])",
        agent->config->log_file, when);
    add_reason(reasons, text);
}

static void judge_foreign(const struct agent *agent, struct reasons *reasons)
{
    char text[PATH_BYTES_MAX + 256];

    if (!logstate_is_foreign(agent))
        return;
    snprintf(text, sizeof(text),
             "log: none of the %s lines read of %s is rspamd's: is [detect] log another program's "
             "log?",
             GROUPED(agent->ingest.foreign), agent->config->log_file);
    add_reason(reasons, text);
}

static void judge_parts(struct agent *agent, struct reasons *reasons)
{
    const char *problem = ingest_problem(agent);
    char text[PATH_BYTES_MAX + 1280], when[CLOCK_TEXT_SIZE];

    if (problem != NULL) {
        snprintf(text, sizeof(text), "log: %s cannot be read: %s", agent->config->log_file,
                 problem);
        add_reason(reasons, text);
    }
    if (agent->receive.problem[0] != '\0') {
        snprintf(text, sizeof(text), "rspamd: hits are lost: %s", agent->receive.problem);
        add_reason(reasons, text);
    }
    judge_silence(agent, reasons);
    judge_foreign(agent, reasons);
    problem = neverban_problem(agent);
    if (problem != NULL) {
        snprintf(text, sizeof(text), "never-ban file: %.1024s", problem);
        add_reason(reasons, text);
    }
    if (agent->persist.failing) {
        clock_print(agent->persist.failing_since_ms, when);
        snprintf(text, sizeof(text), "database: failing since %s: %s; %s", when,
                 agent->persist.error, persist_hint(agent));
        add_reason(reasons, text);
    }
    if (agent->persist.set_aside)
        add_reason(reasons, "database: a damaged file was set aside at start (.corrupt-N)");
    if (agent->mapwriter.failing) {
        snprintf(text, sizeof(text), "map: %s", agent->mapwriter.error);
        add_reason(reasons, text);
    }
    judge_users(agent, reasons);
    judge_held(agent, reasons);
    if (release_print(agent, text, sizeof(text)))
        add_reason(reasons, text);
    if (guard_print_entries(agent, text, sizeof(text)))
        add_reason(reasons, text);
    if (alert_problem(agent, text, sizeof(text)))
        add_reason(reasons, text);
    judge_clock(agent, reasons);
}

static void judge_counters(const struct counters *counters, struct reasons *reasons)
{
    char text[256];

#define COUNTER(name, alarm, meaning)                                                          \
    if (alarm && counters->name > 0) {                                                         \
        snprintf(text, sizeof(text), "%s: %llu %s", #name, (unsigned long long)counters->name, \
                 meaning);                                                                     \
        add_reason(reasons, text);                                                             \
    }
#include <bansync/counter.def>
#undef COUNTER
}

size_t judge_reasons(struct agent *agent, struct json *list)
{
    struct reasons reasons = {.list = list};

    judge_peers(agent, &reasons);
    judge_parts(agent, &reasons);
    judge_counters(&agent->node.state.counters, &reasons);
    return reasons.count;
}
