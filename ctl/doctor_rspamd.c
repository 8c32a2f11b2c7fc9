/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds in rspamd's configuration, as rspamadm prints it: are there limits, does
 * Redis answer, how soon is a map read again. The rule of the map: doctor_rule.c.
 */
#include "doctor_rspamd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "program.h"

enum { DUMP_TIMEOUT_MS = 20000, REDIS_TIMEOUT_MS = 2000, SERVER_SIZE = 256, PERIOD_WARN_S = 60 };

static bool dump(struct doctor_case *doctor, const char *section, struct ctl_json **json);
static void look_at_period(struct doctor_case *doctor, const struct ctl_json *options);
static void look_at_limits(struct doctor_case *doctor, const struct ctl_json *ratelimit);
static void look_at_redis(struct doctor_case *doctor, const struct ctl_json *ratelimit,
                          const struct ctl_json *redis);
static const struct ctl_json *servers_of(const struct ctl_json *ratelimit,
                                         const struct ctl_json *redis, const char *name);
static void ask_servers(struct doctor_case *doctor, const struct ctl_json *servers);
static bool answers(struct doctor_case *doctor, const char *server);

void doctor_rspamd(struct doctor_case *doctor)
{
    struct ctl_json *multimap = NULL, *ratelimit = NULL, *redis = NULL, *options = NULL;
    if (dump(doctor, "multimap", &multimap)) {
        doctor_rule(doctor, multimap);
        if (dump(doctor, "options", &options))
            look_at_period(doctor, options);
        if (dump(doctor, "ratelimit", &ratelimit) && dump(doctor, "redis", &redis)) {
            look_at_limits(doctor, ratelimit);
            look_at_redis(doctor, ratelimit, redis);
        }
    }
    ctl_json_free(&multimap);
    ctl_json_free(&ratelimit);
    ctl_json_free(&redis);
    ctl_json_free(&options);
}

/* True, and *json: the section, NULL if there is none. False: it is in the report why not. */
static bool dump(struct doctor_case *doctor, const char *section, struct ctl_json **json)
{
    const char *path = args_value(doctor->args, "rspamd-config");
    const char *const words[] = {"rspamadm",         "configdump", "-j", path ? "-c" : section,
                                 path ? path : NULL, section,      NULL};
    const struct program program = {words, false, DUMP_TIMEOUT_MS};
    struct program_end end;
    if (program_run(&program, &end) < 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "rspamd", "cannot run rspamadm: %s",
                   strerror(errno));
        return false;
    }
    if (end.exit == 0)
        *json = ctl_json_parse(end.text, end.size);
    int code = end.exit;
    free(end.text);
    if (code == 0)
        return true;
    doctor_add(&doctor->report, DOCTOR_FAIL, "rspamd", "rspamadm cannot read its configuration%s%s",
               path ? ": " : "", path ? path : "");
    doctor_fix(&doctor->report, "rspamadm configtest");
    return false;
}

/* Where inotify works a new map is seen at once; elsewhere, as on NFS, rspamd looks so often. */
static void look_at_period(struct doctor_case *doctor, const struct ctl_json *options)
{
    double interval_s, multiplier;
    if (!ctl_json_real(options, "map_watch_interval", &interval_s) ||
        !ctl_json_real(options, "map_file_watch_multiplier", &multiplier)) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "map reread", "rspamd's options do not tell");
        return;
    }
    double period_s = interval_s * multiplier;
    bool is_long = period_s > PERIOD_WARN_S;
    doctor_add(&doctor->report, is_long ? DOCTOR_WARN : DOCTOR_OK, "map reread",
               "a new map is read at once, where inotify does not work within %.0f s", period_s);
    if (is_long)
        doctor_fix(&doctor->report, "map_watch_interval = 5min; in local.d/options.inc, if the map "
                                    "is on a file system of the network");
}

static void count_member(void *context, const char *name, const struct ctl_json *member)
{
    (void)name;
    (void)member;
    ++*(size_t *)context;
}

static void look_at_limits(struct doctor_case *doctor, const struct ctl_json *ratelimit)
{
    size_t limits = 0;
    ctl_json_members(ctl_json_member(ratelimit, "rates"), count_member, &limits);
    if (ctl_json_is_false(ratelimit, "enabled") || limits == 0) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "ratelimit", "rspamd has no ratelimit: %s",
                   limits == 0 ? "no rates" : "the module is off");
        doctor_fix(&doctor->report, "rates { ... } in local.d/ratelimit.conf; a sample comes with "
                                    "bansync");
        return;
    }
    doctor_add(&doctor->report, DOCTOR_OK, "ratelimit", "rspamd has %zu rate%s", limits,
               limits == 1 ? "" : "s");
}

/* Without it no limit is ever exceeded, and rspamd says so in its log only. */
static void look_at_redis(struct doctor_case *doctor, const struct ctl_json *ratelimit,
                          const struct ctl_json *redis)
{
    const struct ctl_json *disabled = ctl_json_member(redis, "disabled_modules");
    for (size_t i = 0; i < ctl_json_size(disabled); i++) {
        const char *module = ctl_json_element_text(disabled, i);
        if (!module || strcmp(module, "ratelimit") != 0)
            continue;
        doctor_add(&doctor->report, DOCTOR_FAIL, "redis", "ratelimit may not use Redis");
        doctor_fix(&doctor->report, "take it out of disabled_modules in local.d/redis.conf");
        return;
    }
    const struct ctl_json *servers = servers_of(ratelimit, redis, "write_servers");
    if (!servers)
        servers = servers_of(ratelimit, redis, "servers");
    if (servers) {
        ask_servers(doctor, servers);
        return;
    }
    doctor_add(&doctor->report, DOCTOR_FAIL, "redis", "rspamd has no Redis: its ratelimit is off");
    doctor_fix(&doctor->report, "servers = \"127.0.0.1:6379\"; in local.d/redis.conf, then "
                                "systemctl reload rspamd");
}

/* In the order in which rspamd looks for them; a holder of "servers" is returned. */
static const struct ctl_json *servers_of(const struct ctl_json *ratelimit,
                                         const struct ctl_json *redis, const char *name)
{
    const struct ctl_json *holders[] = {ratelimit, ctl_json_member(ratelimit, "redis"),
                                        ctl_json_member(redis, "ratelimit"), redis};
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        const struct ctl_json *found = ctl_json_member(holders[i], name);
        if (found)
            return found;
    }
    return NULL;
}

/* A text with commas, or a list of them. */
static void ask_servers(struct doctor_case *doctor, const struct ctl_json *servers)
{
    size_t good = 0, asked = 0;
    for (size_t i = 0; i == 0 || i < ctl_json_size(servers); i++) {
        const char *text = ctl_json_element_text(servers, i);
        if (!text)
            text = ctl_json_as_text(servers);
        while (text && *text != '\0') {
            char server[SERVER_SIZE];
            size_t length = strcspn(text, ", ");
            if (length > 0 && length < sizeof(server)) {
                memcpy(server, text, length);
                server[length] = '\0';
                asked++;
                good += answers(doctor, server);
            }
            text += length + (text[length] != '\0');
        }
    }
    if (asked == 0)
        doctor_add(&doctor->report, DOCTOR_SKIP, "redis",
                   "its address cannot be told from the "
                   "configuration");
    else if (good == asked)
        doctor_add(&doctor->report, DOCTOR_OK, "redis", "all %zu server%s rspamd uses answer%s",
                   asked, asked == 1 ? "" : "s", asked == 1 ? "s" : "");
}

/* Asking for a password is an answer, too. */
static bool answers(struct doctor_case *doctor, const char *server)
{
    char reply[128];
    const char *problem =
        probe_ask(server, "6379", "PING\r\n", REDIS_TIMEOUT_MS, reply, sizeof(reply));
    if (!problem && (strncmp(reply, "+PONG", 5) == 0 || strncmp(reply, "-NOAUTH", 7) == 0))
        return true;
    reply[strcspn(reply, "\r\n")] = '\0';
    doctor_add(&doctor->report, DOCTOR_FAIL, "redis",
               "the server %s does not answer, so no limit is ever exceeded: %s", server,
               problem ? problem : reply);
    doctor_fix(&doctor->report, "systemctl status redis-server");
    return false;
}
