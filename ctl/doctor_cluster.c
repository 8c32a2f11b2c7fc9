/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds of the other nodes, and whether the mail server answers.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "doctor_case.h"
#include "grouped.h"
#include "memory.h"
#include "probe.h"
#include "unit.h"

#define CLOCK_WARN_MS 2000 /* an NTP client keeps far below this */

enum { MAIL_TIMEOUT_MS = 5000, ENDPOINT_SIZE = 256, DIGEST_TRIES = 12, DIGEST_PAUSE_MS = 250 };

/* Addresses of nodes, as they stand in the configuration. */
struct addresses {
    char **list;
    size_t count;
};

static void look_at_peer(struct doctor_case *doctor, const struct ctl_json *peer);
static bool is_odd(struct doctor_case *doctor, const struct ctl_json *peer, const char *name);
static void look_at_digest(struct doctor_case *doctor);
static void look_at_strangers(struct doctor_case *doctor);
static void look_at_allowlist(struct doctor_case *doctor);
static void check_allowed(struct doctor_case *doctor, const struct addresses *nodes);
static void add_endpoint(struct addresses *nodes, const char *endpoint);
static void mend_alerts(struct doctor_case *doctor);
static void look_at_mail(struct doctor_case *doctor);

void doctor_cluster(struct doctor_case *doctor)
{
    for (size_t i = 0; i < doctor->peers.count; i++)
        look_at_peer(doctor, inquiry_item(&doctor->peers, i));
    if (doctor->peers.count == 0)
        doctor_add(&doctor->report, DOCTOR_SKIP, "peer", "this node has none");
    else
        look_at_digest(doctor);
    look_at_strangers(doctor);
    look_at_allowlist(doctor);
}

static void look_at_peer(struct doctor_case *doctor, const struct ctl_json *peer)
{
    const char *name = ctl_json_text(peer, "name");
    const char *state = ctl_json_text(peer, "state");
    const char *detail = ctl_json_text(peer, "detail");
    const char *key = ctl_json_text(doctor_status(doctor, "node"), "key");
    int64_t offset_ms = 0;
    name = name ? name : "?";
    ctl_json_number(peer, "clock_offset_ms", &offset_ms);
    if (detail) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "peer", "%s: %s", name, detail);
        if (state && strcmp(state, "down") == 0)
            doctor_fix(&doctor->report,
                       "on %s: systemctl status bansyncd; its peer line of this node must end in "
                       "%s; and its port must be open",
                       name, key ? key : "this node's key");
        else
            doctor_fix(&doctor->report, "banctl peers here and on %s", name);
        return;
    }
    if (state && strcmp(state, "linking") == 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "peer",
                   "%s is not seen yet: this node has just "
                   "started",
                   name);
        doctor_fix(&doctor->report, "banctl doctor again in 10 s");
        return;
    }
    if (!is_odd(doctor, peer, name))
        doctor_add(&doctor->report, DOCTOR_OK, "peer", "%s is %s, its clock %+" PRId64 " ms off",
                   name, state ? state : "?", offset_ms);
}

/* Not wrong, but not as it should stay. */
static bool is_odd(struct doctor_case *doctor, const struct ctl_json *peer, const char *name)
{
    const char *own = ctl_json_text(doctor_status(doctor, "node"), "version");
    const char *version = ctl_json_text(peer, "version");
    const char *mode = ctl_json_text(peer, "mode");
    int64_t offset_ms = 0;
    ctl_json_number(peer, "clock_offset_ms", &offset_ms);
    if (version && own && strcmp(version, own) != 0) {
        doctor_add(&doctor->report, DOCTOR_WARN, "peer", "%s runs bansyncd %s, this node %s", name,
                   version, own);
        doctor_fix(&doctor->report, "update the older one");
    } else if (offset_ms > CLOCK_WARN_MS || offset_ms < -CLOCK_WARN_MS) {
        doctor_add(&doctor->report, DOCTOR_WARN, "peer", "the clock of %s is %+" PRId64 " ms off",
                   name, offset_ms);
        doctor_fix(&doctor->report, "let NTP set the clocks of both; from 60 s on they refuse each "
                                    "other's entries");
    } else if (mode && strcmp(mode, "observe") == 0) {
        doctor_add(&doctor->report, DOCTOR_WARN, "peer", "%s only observes: it enforces no ban",
                   name);
        doctor_fix(&doctor->report, "mode = enforce in [ban] on %s, then banctl reload", name);
    } else {
        return false;
    }
    return true;
}

/* What is on its way to another node is no difference: it is asked for again. */
static bool is_equal(struct doctor_case *doctor)
{
    const struct client_options options = {.socket_path = doctor->args->socket_path,
                                           .timeout_s = doctor->args->timeout_s};
    struct failure failure;
    for (int i = 0; i < DIGEST_TRIES; i++) {
        if (ctl_json_is_true(inquiry_result(&doctor->digest), "equal"))
            return true;
        poll(NULL, 0, DIGEST_PAUSE_MS);
        inquiry_free(&doctor->digest);
        if (inquiry_ask(&doctor->digest, &options, "digest", NULL, 0, &failure) < 0)
            return false;
    }
    return ctl_json_is_true(inquiry_result(&doctor->digest), "equal");
}

static void look_at_digest(struct doctor_case *doctor)
{
    if (is_equal(doctor)) {
        doctor_add(&doctor->report, DOCTOR_OK, "digest",
                   "all nodes that answer hold the same, and so do their maps");
        return;
    }
    doctor_add(&doctor->report, DOCTOR_FAIL, "digest", "nodes or their map files differ");
    doctor_fix(&doctor->report, "repair takes seconds; if it stays:  banctl verify");
}

static void look_at_strangers(struct doctor_case *doctor)
{
    const struct ctl_json *refused = doctor_status(doctor, "refused");
    const char *key = ctl_json_text(refused, "last_key");
    const char *address = ctl_json_text(refused, "last_address");
    int64_t count = 0;
    if (!ctl_json_number(refused, "unknown_key", &count) || count == 0)
        return;
    doctor_add(&doctor->report, DOCTOR_WARN, "strangers",
               "%s connections with unknown keys, the last by %s from %s", GROUPED(count),
               key ? key : "?", address ? address : "?");
    doctor_fix(&doctor->report,
               "if that is a node of yours, give it a peer line here; else close the port to it");
}

/* A node that bans another shuts out the mail between them. */
static void look_at_allowlist(struct doctor_case *doctor)
{
    struct addresses nodes = {.count = 0};
    add_endpoint(&nodes, doctor_value(doctor, "node", "listen", 0));
    for (size_t i = 0; i < doctor->peers.count; i++)
        add_endpoint(&nodes, ctl_json_text(inquiry_item(&doctor->peers, i), "endpoint"));
    if (nodes.count > 0)
        check_allowed(doctor, &nodes);
    for (size_t i = 0; i < nodes.count; i++)
        free(nodes.list[i]);
    free(nodes.list);
}

static void check_allowed(struct doctor_case *doctor, const struct addresses *nodes)
{
    const struct client_options options = {.socket_path = doctor->args->socket_path,
                                           .timeout_s = doctor->args->timeout_s};
    struct inquiry inquiry;
    struct failure failure;
    size_t open = 0;
    if (inquiry_ask(&inquiry, &options, "allow check", (const char *const *)nodes->list,
                    nodes->count, &failure) < 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "allowlist", "%s", failure.message);
        inquiry_free(&inquiry);
        return;
    }
    for (size_t i = 0; i < inquiry.count; i++) {
        const struct ctl_json *item = inquiry_item(&inquiry, i);
        const char *address = ctl_json_text(item, "address");
        if (ctl_json_is_true(item, "allowed"))
            continue;
        open++;
        doctor_add(&doctor->report, DOCTOR_WARN, "allowlist", "%s is a node's and could be banned",
                   address ? address : "?");
        doctor_fix(&doctor->report, "net = %s in [never-ban], then banctl reload",
                   address ? address : "?");
    }
    if (open == 0)
        doctor_add(&doctor->report, DOCTOR_OK, "allowlist",
                   "the nodes' addresses are never banned (%zu)", inquiry.count);
    inquiry_free(&inquiry);
}

/* "tcp://ADDRESS:PORT"; names and interfaces are left to the agent. */
static void add_endpoint(struct addresses *nodes, const char *endpoint)
{
    char host[ENDPOINT_SIZE];
    struct addr addr;
    if (!endpoint || strncmp(endpoint, "tcp://", 6) != 0 || strlen(endpoint) >= sizeof(host))
        return;
    endpoint += 6;
    bool bracketed = endpoint[0] == '[';
    size_t length = strcspn(endpoint + bracketed, bracketed ? "]" : ":");
    memcpy(host, endpoint + bracketed, length);
    host[length] = '\0';
    if (addr_parse_host(host, length, &addr) != 0 || !addr_is_countable(&addr))
        return; /* loopback is never banned anyway */
    char **grown = reallocarray(nodes->list, nodes->count + 1, sizeof(char *));
    char *copy = strdup(host);
    if (!grown || !copy)
        memory_exhausted();
    nodes->list = grown;
    grown[nodes->count++] = copy;
}

void doctor_alerts(struct doctor_case *doctor)
{
    if (doctor_has_reason(doctor, "alerts")) {
        mend_alerts(doctor);
        return;
    }
    if (doctor_value(doctor, "alert", "mail_to", 0)[0] != '\0') {
        look_at_mail(doctor);
        return;
    }
    bool webhook = doctor_value(doctor, "alert", "webhook", 0)[0] != '\0';
    bool exec = doctor_value(doctor, "alert", "exec", 0)[0] != '\0', told = webhook || exec;
    doctor_add(&doctor->report, DOCTOR_SKIP, "mail", "nobody is told of bans by mail%s%s%s%s",
               told ? ", but by " : "", webhook ? "the webhook" : "",
               webhook && exec ? " and " : "", exec ? "the program of exec" : "");
    doctor_fix(&doctor->report, told ? "whether that works:  banctl notify test"
                                     : "mail_to in [alert] names who is");
}

/* What of them fails is what the reason begins with. */
static void mend_alerts(struct doctor_case *doctor)
{
    static const struct {
        const char *reason, *fix;
    } fixes[] = {
        {"mails", "does the server of smtp in [alert] run, and take mail from this host?"},
        {"the webhook", "does webhook in [alert] answer from this host?"},
        {"the program", "run exec of [alert] by hand as user " UNIT_USER "."},
        {"they are lost", "Is there room in [node] state_dir, and is it " UNIT_USER "'s?"},
        {"the process", "journalctl -u bansyncd -n 20 tells how it ended."},
    };
    const struct doctor_report *report = &doctor->report;
    const char *message = report->lines[report->count - 1].message;
    for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++) {
        if (strncmp(message, fixes[i].reason, strlen(fixes[i].reason)) == 0)
            doctor_fix(&doctor->report, "%s  Then:  banctl notify test", fixes[i].fix);
    }
}

static void look_at_mail(struct doctor_case *doctor)
{
    const char *server = doctor_value(doctor, "alert", "smtp", 0);
    char reply[256];
    const char *problem = probe_ask(server, "25", NULL, MAIL_TIMEOUT_MS, reply, sizeof(reply));
    reply[strcspn(reply, "\r\n")] = '\0';
    if (!problem && strncmp(reply, "220", 3) == 0) {
        doctor_add(&doctor->report, DOCTOR_OK, "mail", "the server %s answers", server);
        return;
    }
    doctor_add(&doctor->report, DOCTOR_FAIL, "mail", "the server %s does not take mails: %s",
               server, problem ? problem : reply);
    doctor_fix(&doctor->report, "does the mail server run? smtp in [alert] names it");
}
