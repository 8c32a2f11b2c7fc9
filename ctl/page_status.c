/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl status: one screen; what is wrong stands above the counters, with a "!" before it.
 */
#include <string.h>

#include "escape.h"
#include "page.h"
#include "page_cluster.h"
#include "page_counters.h"
#include "paragraph.h"
#include "phrase.h"
#include "when.h"

enum { LABEL_WIDTH = 10 };

static void print_node(const struct ctl_json *result);
static void print_files(const struct page_state *state, const struct ctl_json *result);
static void add_log(struct phrase *line, const struct page_state *state,
                    const struct ctl_json *log);
static void print_rspamd(const struct page_state *state, const struct ctl_json *rspamd,
                         const char *socket, size_t *width);
static void add_map(struct phrase *line, const struct page_state *state,
                    const struct ctl_json *map);
static void print_file(const char *label, const char *file, size_t width,
                       const struct phrase *what);
static void add_hit(struct phrase *line, const struct page_state *state,
                    const struct ctl_json *source);
static void add_past(struct phrase *line, const struct page_state *state,
                     const struct ctl_json *object, const char *label, const char *name);
static void print_alerts(const struct page_state *state, const struct ctl_json *alerts);
static void print_mode(const struct ctl_json *map);
static void print_users(const struct ctl_json *users, size_t width);
static void print_zone(const struct ctl_json *log);
static void print_following(const struct ctl_json *log);
static void print_bans(const struct ctl_json *result);
static void print_reasons(const struct ctl_json *result);

void page_status_result(struct page_state *state, const struct ctl_json *result)
{
    print_node(result);
    print_files(state, result);
    print_alerts(state, ctl_json_member(result, "alerts"));
    print_bans(result);
    page_cluster_print(result);
    print_reasons(result);
    page_counters_print(result);
}

/* "● mx1  bansyncd 0.1.0  up 3d 4h  cluster "mail" (3 of 3 nodes)" */
static void print_node(const struct ctl_json *result)
{
    const struct ctl_json *node = ctl_json_member(result, "node");
    const char *name = ctl_json_text(node, "name");
    const char *state = ctl_json_text(result, "state");
    const char *version = ctl_json_text(node, "version");
    const char *cluster = ctl_json_text(node, "cluster");
    bool healthy = state && strcmp(state, "healthy") == 0;
    const char *word = healthy                                   ? "healthy"
                       : state && strcmp(state, "starting") == 0 ? "starting"
                                                                 : "DEGRADED";
    struct phrase line;
    phrase_begin(&line);
    int64_t number;
    print_colored(stdout, healthy ? TERMINAL_GREEN : TERMINAL_YELLOW, "●");
    phrase_add(&line, " %s  ", name ? name : "-");
    print_text(stdout, line.text);
    print_colored(stdout, healthy ? TERMINAL_GREEN : TERMINAL_YELLOW, word);
    size_t taken = 1 + escape_columns(line.text, line.length) + strlen(word);
    phrase_begin(&line);
    phrase_add(&line, "  bansyncd %s", version ? version : "-");
    if (ctl_json_number(node, "uptime_ms", &number)) {
        char span[WHEN_TEXT_SIZE];
        when_span_long(number, span);
        phrase_add(&line, "  up %s", span);
    }
    phrase_add(&line, "  cluster \"%s\"", cluster ? cluster : "-");
    int64_t total;
    if (ctl_json_number(result, "peers_up", &number) &&
        ctl_json_number(result, "peers_total", &total))
        phrase_add(&line, " (%lld of %lld %s)", (long long)number + 1, (long long)total + 1,
                   total == 0 ? "node" : "nodes");
    paragraph_print(stdout, TERMINAL_PLAIN, taken, "    ", line.text);
}

static void print_files(const struct page_state *state, const struct ctl_json *result)
{
    const struct ctl_json *log = ctl_json_member(result, "log");
    const struct ctl_json *rspamd = ctl_json_member(result, "rspamd");
    const struct ctl_json *map = ctl_json_member(result, "map");
    const char *socket = ctl_json_text(rspamd, "socket"); /* absent: the log is the source */
    const char *log_file = ctl_json_text(log, "file");
    const char *map_file = ctl_json_text(map, "file");
    log_file = log_file ? log_file : "-";
    map_file = map_file ? map_file : "-";
    size_t width = escape_columns(log_file, strlen(log_file));
    size_t map_width = escape_columns(map_file, strlen(map_file));
    width = width > map_width ? width : map_width;
    const char *users_file = ctl_json_text(ctl_json_member(result, "user_map"), "file");
    size_t users_width = users_file ? escape_columns(users_file, strlen(users_file)) : 0;
    width = width > users_width ? width : users_width;
    struct phrase line;
    if (socket)
        print_rspamd(state, rspamd, socket, &width);
    phrase_begin(&line);
    add_log(&line, state, log);
    print_file("log", log_file, width, &line);
    print_zone(log);
    print_following(log);
    phrase_begin(&line);
    add_map(&line, state, map);
    print_file("map", map_file, width, &line);
    print_users(ctl_json_member(result, "user_map"), width);
    print_mode(map);
}

/* Only where accounts are counted or banned. */
static void print_users(const struct ctl_json *users, size_t width)
{
    const char *file = ctl_json_text(users, "file");
    int64_t entries = 0;
    struct phrase line;
    if (!file)
        return;
    phrase_begin(&line);
    ctl_json_number(users, "entries", &entries);
    phrase_add_counted(&line, entries, "account");
    if (ctl_json_is_true(users, "foreign"))
        phrase_add(&line, ", left alone: it is not bansync's");
    print_file("users", file, width, &line);
}

/* Only where the log is of another zone. */
static void print_zone(const struct ctl_json *log)
{
    const char *detail = ctl_json_text(ctl_json_member(log, "zone"), "detail");
    struct phrase line;
    if (!detail)
        return;
    phrase_begin(&line);
    phrase_add(&line, "  zone    %s", detail);
    phrase_print_labelled(&line);
}

/* Where the log is not the source; *width grows to that of the path. */
static void print_rspamd(const struct page_state *state, const struct ctl_json *rspamd,
                         const char *socket, size_t *width)
{
    size_t columns = escape_columns(socket, strlen(socket));
    struct phrase line;
    *width = columns > *width ? columns : *width;
    phrase_begin(&line);
    if (ctl_json_text(rspamd, "last_datagram"))
        add_past(&line, state, rspamd, "last datagram ", "last_datagram");
    else
        phrase_add(&line, "no datagram since the start: does rspamd load bansync.lua?");
    if (ctl_json_text(rspamd, "last_datagram"))
        add_hit(&line, state, rspamd);
    print_file("rspamd", socket, *width, &line);
}

/* Only where the log is not followed by inotify, or something of it could not be read. */
static void print_following(const struct ctl_json *log)
{
    const char *polling = ctl_json_text(log, "polling");
    const char *damaged = ctl_json_text(log, "damaged");
    struct phrase line;
    if (polling) {
        phrase_begin(&line);
        phrase_add(&line, "  polling %s", polling);
        phrase_print_labelled(&line);
    }
    if (damaged) {
        phrase_begin(&line);
        phrase_add(&line, "  damaged %s: lines may be missing", damaged);
        phrase_print_labelled(&line);
    }
}

/* Only where the map is not what is in force. */
static void print_mode(const struct ctl_json *map)
{
    const char *mode = ctl_json_text(map, "mode");
    int64_t would = 0;
    if (!mode || strcmp(mode, "observe") != 0)
        return;
    struct phrase line;
    phrase_begin(&line);
    ctl_json_number(map, "would", &would);
    phrase_add(&line, "  mode    observe: ");
    phrase_add_number(&line, would);
    phrase_add(&line, would == 1 ? " ban would come into force" : " bans would come into force");
    phrase_print_labelled(&line);
}

static void add_log(struct phrase *line, const struct page_state *state, const struct ctl_json *log)
{
    const char *reading = ctl_json_text(log, "state");
    const char *detail = ctl_json_text(log, "detail");
    bool is_read = reading && strcmp(reading, "read") == 0;
    if (reading && strcmp(reading, "off") == 0)
        phrase_add(line, "not read");
    else if (!is_read)
        phrase_add(line, "%s", reading ? reading : "-");
    if (detail)
        phrase_add(line, "%s%s", is_read ? "" : ": ", detail);
    else if (!is_read)
        return;
    if (is_read) {
        if (detail)
            phrase_add(line, ", ");
        add_past(line, state, log, "last line ", "last_line");
        add_hit(line, state, log);
    }
}

static void add_map(struct phrase *line, const struct page_state *state, const struct ctl_json *map)
{
    int64_t entries = 0;
    ctl_json_number(map, "entries", &entries);
    phrase_add_number(line, entries);
    phrase_add(line, entries == 1 ? " entry" : " entries");
    add_past(line, state, map, ", written ", "written");
    phrase_add(line, ctl_json_is_true(map, "matches") ? ", matches state" : ", DIFFERS from state");
}

/* "  log     FILE  WHAT", FILE padded to width; where a terminal is too narrow for that, what is
 * known of it stands below. */
static void print_file(const char *label, const char *file, size_t width, const struct phrase *what)
{
    size_t columns = terminal_columns(stdout), file_width = escape_columns(file, strlen(file));
    size_t needed = LABEL_WIDTH + width + 2 + escape_columns(what->text, what->length);
    struct phrase line;
    if (columns == 0 || needed <= columns) {
        phrase_begin(&line);
        phrase_add(&line, "  %-6s  %s%*s  %s", label, file, (int)(width - file_width), "",
                   what->text);
        phrase_print_labelled(&line);
        return;
    }
    printf("  %-6s  ", label);
    paragraph_print(stdout, TERMINAL_PLAIN, LABEL_WIDTH, "          ", file);
    phrase_begin(&line);
    phrase_add(&line, "%*s%s", LABEL_WIDTH, "", what->text);
    phrase_print_labelled(&line);
}

static void add_past(struct phrase *line, const struct page_state *state,
                     const struct ctl_json *object, const char *label, const char *name)
{
    char time[WHEN_TEXT_SIZE];
    const char *text = ctl_json_text(object, name);
    phrase_add(line, "%s%s", label, when_relative(text, state->now_ms, "never", time));
}

/* The agent does not remember hits of before its start as such. */
static void add_hit(struct phrase *line, const struct page_state *state,
                    const struct ctl_json *source)
{
    if (ctl_json_text(source, "last_hit"))
        add_past(line, state, source, ", last hit ", "last_hit");
    else
        phrase_add(line, ", no hit since the start");
}

/* "  alerts  root@example.org by 127.0.0.1:25, last mail 5m ago; https://hooks.example.org";
 * nothing if there are none. */
static void print_alerts(const struct page_state *state, const struct ctl_json *alerts)
{
    const char *to = ctl_json_text(alerts, "to");
    const char *server = ctl_json_text(alerts, "server");
    const char *webhook = ctl_json_text(alerts, "webhook"), *exec = ctl_json_text(alerts, "exec");
    int64_t waiting = 0, gathered = 0;
    struct phrase line;
    if (!to && !webhook && !exec)
        return;
    phrase_begin(&line);
    if (to) {
        phrase_add(&line, "  alerts  %s by %s", to, server ? server : "-");
        add_past(&line, state, alerts, ", last mail ", "last_sent");
    } else {
        phrase_add(&line, "  alerts  ");
    }
    if (webhook)
        phrase_add(&line, "%s%s", to ? "; " : "", webhook);
    if (exec)
        phrase_add(&line, "%s%s", to || webhook ? "; " : "", exec);
    if (ctl_json_number(alerts, "waiting", &waiting) && waiting > 0)
        phrase_add(&line, "; waiting: %lld", (long long)waiting);
    if (ctl_json_number(alerts, "gathered", &gathered) && gathered > 0)
        phrase_add(&line, "; for the digest: %lld", (long long)gathered);
    phrase_print_labelled(&line);
}

static void print_bans(const struct ctl_json *result)
{
    const struct ctl_json *bans = ctl_json_member(result, "bans");
    struct phrase line;
    phrase_begin(&line);
    int64_t temporary = 0, permanent = 0, number;
    ctl_json_number(bans, "temporary", &temporary);
    ctl_json_number(bans, "permanent", &permanent);
    phrase_add(&line, "  bans    ");
    phrase_add_number(&line, temporary);
    phrase_add(&line, " temporary, ");
    phrase_add_number(&line, permanent);
    phrase_add(&line, " permanent");
    if (ctl_json_number(result, "strikes", &number)) {
        phrase_add(&line, "; ");
        phrase_add_counted(&line, number, "strike");
    }
    if (ctl_json_number(result, "subjects", &number)) {
        phrase_add(&line, " of ");
        phrase_add_counted(&line, number, "subject");
    }
    phrase_print_labelled(&line);
}

static void print_reasons(const struct ctl_json *result)
{
    const struct ctl_json *reasons = ctl_json_member(result, "reasons");
    for (size_t i = 0; i < ctl_json_size(reasons); i++) {
        struct phrase line;
        phrase_begin(&line);
        const char *reason = ctl_json_element_text(reasons, i);
        phrase_add(&line, "  ! %s", reason ? reason : "-");
        phrase_print_colored(&line, TERMINAL_YELLOW);
    }
}
