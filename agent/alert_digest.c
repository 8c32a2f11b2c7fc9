/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is too much to be told one by one, see alert_digest.h.
 */
#include "alert_digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_mark.h"
#include "alert_post.h"
#include "alert_spool.h"
#include "config_duration.h"
#include "mailtext.h"
#include "markid.h"

#define COUNTS_NAME "digest"
#define BANS_NAME "gathered"
#define LOOK_MS 10000
#define MARKS_MAX 512 /* made in one turn, each of which is a row of the database */

bool alert_digest_gather(struct agent *agent, const char id[SPOOL_ID_SIZE], enum alertkind kind,
                         const char *name)
{
    uint8_t bytes[MARK_ID_BYTES];

    markid_parse(id, bytes);
    return gathered_add(&agent->alert.gathered, bytes, kind, name, agent->now.wall_ms);
}

void alert_digest_marked(struct agent *agent, const uint8_t id[MARK_ID_BYTES])
{
    gathered_drop(&agent->alert.gathered, id);
}

void alert_digest_delivered(struct agent *agent, const char id[SPOOL_ID_SIZE])
{
    const char *own = agent->alert.gathered.digest;

    agent->alert.digest.delivered |= own[0] != '\0' && strcmp(own, id) == 0;
}

uint64_t alert_digest_waiting(const struct agent *agent)
{
    const struct alert *alert = &agent->alert;

    return alert->storm.count + alert->gathered.open + alert->gathered.sent;
}

/* --- What has been told already ----------------------------------------------------------------
 */

/* The mark of a ban may have come before the ban, or while this node was down. */
static void drop_marked(struct agent *agent)
{
    const struct chronicle *chronicle = state_chronicle(&agent->node.state, ENTRY_MARK);
    struct mark mark;

    for (size_t i = 0; i < chronicle->count; i++)
        if (mark_read(chronicle->heap[i]->bytes, chronicle->heap[i]->size, &mark) == 0)
            gathered_drop(&agent->alert.gathered, mark.id);
}

/* --- The digest that is under way --------------------------------------------------------------
 */

static void close_digest(struct agent *agent)
{
    struct alert_digest *digest = &agent->alert.digest;

    gathered_close(&agent->alert.gathered);
    digest->delivered = digest->missed = false;
    digest->whole = true;
}

/* Their marks go out with the next turn, and take them away from the other nodes. */
static void mark_told(struct agent *agent)
{
    struct gathered *gathered = &agent->alert.gathered;
    const struct alert_marks *marks = &agent->alert.marks;
    uint8_t id[MARK_ID_BYTES];
    size_t from = 0;

    for (int i = 0; i < MARKS_MAX && marks->told_count < ALERT_PENDING_MAX; i++)
        if (!gathered_take(gathered, &from, id) || !alert_mark_add(agent, id))
            return;
}

/* Other nodes have told all of it, as this one could not deliver. */
static void cancel(struct agent *agent)
{
    alert_spool_list(agent);
    alert_spool_cancel(agent, agent->alert.gathered.digest);
    close_digest(agent);
}

/* It may have been refused for good, or be too old: then others are to try. A report that it was
 * delivered may be still on its way when it is missed first. */
static void look_for_digest(struct agent *agent)
{
    struct alert_digest *digest = &agent->alert.digest;

    if (agent->now.mono_ms - digest->look_ms < LOOK_MS)
        return;
    digest->look_ms = agent->now.mono_ms;
    alert_spool_list(agent);
    if (alert_spool_has(agent, agent->alert.gathered.digest)) {
        digest->missed = false;
    } else if (digest->missed) {
        gathered_forget(&agent->alert.gathered);
        close_digest(agent);
    } else {
        digest->missed = true;
    }
}

static void follow_digest(struct agent *agent)
{
    const struct gathered *gathered = &agent->alert.gathered;

    if (gathered->digest[0] == '\0')
        return;
    if (agent->alert.digest.delivered)
        mark_told(agent);
    if (gathered->sent > 0 && !agent->alert.digest.delivered)
        look_for_digest(agent);
    else if (gathered->sent == 0 && agent->alert.digest.delivered)
        close_digest(agent);
    else if (gathered->sent == 0)
        cancel(agent);
}

/* --- Telling it --------------------------------------------------------------------------------
 */

static void add_text(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", more);
}

/* "12 permanent bans, 1 timed ban" */
static void print_kinds(const uint64_t *kinds, char *text, size_t size)
{
    text[0] = '\0';
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++) {
        char one[96];

        if (kinds[kind] == 0)
            continue;
        snprintf(one, sizeof(one), "%s%llu %s", text[0] != '\0' ? ", " : "",
                 (unsigned long long)kinds[kind],
                 alertkind_noun((enum alertkind)kind, kinds[kind]));
        add_text(text, size, one);
    }
}

/* Returns how many there is room for: names of accounts may be long. */
static size_t add_name(char *story, size_t size, const char *name)
{
    char line[ADDR_TEXT_SIZE + 4];

    if (strlen(story) + sizeof(line) + 64 > size)
        return 0;
    snprintf(line, sizeof(line), "  %s\n", name);
    add_text(story, size, line);
    return 1;
}

static void print_story(const struct agent *agent, const char *kinds, bool with_bans, char *story,
                        size_t size)
{
    const struct storm *storm = &agent->alert.storm;
    const struct gathered *gathered = &agent->alert.gathered;
    char every[CONFIG_DURATION_SIZE];
    size_t told = 0;

    snprintf(story, size,
             "More than %lld alerts came within 10 minutes; what came beyond that in the last %s:\n"
             "\n%s\n\n",
             (long long)agent->config->digest_after,
             config_duration_print(agent->config->digest_every_ms, every), kinds);
    for (size_t i = 0; with_bans && i < gathered->name_count; i++)
        told += add_name(story, size, gathered->names[i].text);
    for (size_t i = 0; i < storm->name_count && told < ALERT_DIGEST_NAMES_MAX; i++)
        told += add_name(story, size, storm->names[i]);
    if (storm->count + (with_bans ? gathered->open : 0) > told)
        add_text(story, size, "and others.\n");
    add_text(story, size, "\nSee all:    banctl list\n");
}

/* with_bans: those that all nodes gather are in it, too. */
static void tell_digest(struct agent *agent, bool with_bans)
{
    struct alert *alert = &agent->alert;
    uint64_t counts[ALERTKIND_CHOICES];
    char kinds[1024], title[256], story[ALERT_TEXT_BYTES_MAX / 2], id[SPOOL_ID_SIZE];
    struct mailtext mail = {
        .kind = ALERTKIND_DIGEST, .kinds = counts, .title = title, .story = story};

    memcpy(counts, alert->storm.kinds, sizeof(counts));
    if (with_bans)
        gathered_count(&alert->gathered, counts);
    print_kinds(counts, kinds, sizeof(kinds));
    snprintf(title, sizeof(title), "digest: %.240s", kinds);
    print_story(agent, kinds, with_bans, story, sizeof(story));
    if (alert_post_digest(agent, &mail, id) < 0)
        return;
    storm_clear(&alert->storm);
    if (!with_bans || alert->gathered.open == 0)
        return;
    gathered_send(&alert->gathered, id);
    alert->digest.look_ms = agent->now.mono_ms;
    alert->digest.whole = true;
}

/* How many nodes that are up come before this one. Nodes that start together are not linked yet,
 * and each would be the first. */
static int64_t rank(const struct agent *agent)
{
    bool starts = agent->now.mono_ms - agent->started_ms < AGENT_LINK_MS;
    int64_t before = 0;

    for (size_t i = 0; i < agent->node.peer_count; i++) {
        const struct node_peer *peer = &agent->node.peers[i];

        before +=
            peer->id < agent->node.state.node && (starts || node_peer_is_up(peer, &agent->now));
    }
    return before;
}

/* A wall clock that was set back holds it up no longer than digest_every. */
static int64_t counts_since_ms(struct agent *agent)
{
    struct storm *storm = &agent->alert.storm;

    if (storm->count == 0 || storm->since_ms > agent->now.wall_ms)
        storm->since_ms = agent->now.wall_ms;
    return storm->since_ms;
}

static void tell_if_due(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    int64_t late_ms = agent->now.wall_ms - agent->config->digest_every_ms, before = rank(agent);
    bool counts_due, bans_due;

    if (agent->now.mono_ms < alert->digest.try_ms || alert->gathered.digest[0] != '\0')
        return;
    counts_due = counts_since_ms(agent) <= late_ms;
    bans_due = gathered_since_ms(&alert->gathered, agent->now.wall_ms) <=
               late_ms - ALERT_TAKEOVER_MS * before;
    if (!counts_due && !bans_due)
        return;
    alert->digest.try_ms = agent->now.mono_ms + LOOK_MS; /* a full spool stays so */
    drop_marked(agent);
    if (alert_digest_waiting(agent) > 0)
        tell_digest(agent, bans_due || before == 0);
}

/* --- On disk -----------------------------------------------------------------------------------
 */

static void save_counts(struct agent *agent)
{
    struct storm *storm = &agent->alert.storm;
    char text[STORM_TEXT_SIZE];

    if (!storm->dirty)
        return;
    storm->dirty = false;
    alert_spool_save(agent, COUNTS_NAME, text, storm->count > 0 ? storm_print(storm, text) : 0);
}

/* A file that could not be added to is written anew until the first spool takes it. */
static void save_bans(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    struct alert_digest *digest = &alert->digest;
    char *text = malloc(GATHERED_TEXT_SIZE);
    size_t size;

    if (text == NULL)
        return;
    size = gathered_print(&alert->gathered, text);
    digest->whole = (size > 0 || digest->kept) && !alert_spool_save(agent, BANS_NAME, text, size);
    digest->kept = size > 0 || digest->whole;
    digest->save_ms = digest->whole ? agent->now.mono_ms + LOOK_MS : 0;
    free(text);
}

static void add_bans(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    char lines[16 * GATHERED_LINE_SIZE];
    size_t used = 0, size;

    do {
        size = gathered_print_more(&alert->gathered, lines + used);
        used += size;
        if (used == 0 || (size > 0 && used <= sizeof(lines) - GATHERED_LINE_SIZE))
            continue;
        alert->digest.whole |= gathered_is_overgrown(&alert->gathered) ||
                               !alert_spool_append(agent, BANS_NAME, lines, used);
        alert->digest.kept = true;
        used = 0;
    } while (size > 0 && !alert->digest.whole);
}

static void keep(struct agent *agent)
{
    const struct gathered *gathered = &agent->alert.gathered;
    struct alert_digest *digest = &agent->alert.digest;

    save_counts(agent);
    digest->whole |= digest->kept && gathered->open + gathered->sent == 0;
    if (!digest->whole)
        add_bans(agent);
    if (digest->whole && agent->now.mono_ms >= digest->save_ms)
        save_bans(agent);
}

void alert_digest_turn(struct agent *agent)
{
    follow_digest(agent);
    if (agent->alert.set || !agent->alert.opened) /* what others told meanwhile is known */
        tell_if_due(agent);
    keep(agent);
}

/* What was sent and lies in the spool no more was perhaps delivered; nobody knows of it. What
 * should have been told longer ago than marks are kept is passed over: whether it was nobody knows.
 */
void alert_digest_load(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    char *text = malloc(GATHERED_TEXT_SIZE);
    ssize_t size = text != NULL ? alert_spool_load(agent, COUNTS_NAME, text, STORM_TEXT_SIZE) : -1;
    bool too_large;

    if (size > 0)
        storm_parse(&alert->storm, text, (size_t)size);
    errno = 0;
    size = text != NULL ? alert_spool_load(agent, BANS_NAME, text, GATHERED_TEXT_SIZE) : -1;
    too_large = size < 0 && errno == EFBIG;
    if (size > 0)
        gathered_parse(&alert->gathered, text, (size_t)size,
                       agent->now.wall_ms - agent->config->digest_every_ms - MARK_KEEP_MS);
    free(text);
    alert_spool_list(agent);
    if (alert->gathered.digest[0] != '\0' && !alert_spool_has(agent, alert->gathered.digest))
        gathered_return(&alert->gathered);
    alert->digest.whole = alert->digest.kept = size > 0 || too_large;
}
