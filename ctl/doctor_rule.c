/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds of the multimap rule: is there one that reads our map, and does it do
 * something about what it finds there?
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_rspamd.h"

/* The search for it. */
struct search {
    struct doctor_case *doctor;
    const char *check;     /* "map rule" or "user rule" */
    const char *type;      /* that the rule must have */
    const char *map;       /* as the agent writes it */
    const char *elsewhere; /* a rule whose map has the same name, and lies elsewhere; or NULL */
    const char *other_map; /* that map */
    size_t found;
};

static void find_rule(struct doctor_case *doctor, const struct ctl_json *multimap,
                      struct search search);
static void take_member(void *context, const char *name, const struct ctl_json *member);
static void take_rule(struct search *search, const char *name, const struct ctl_json *rule);
static bool reads(struct search *search, const char *name, const char *map);
static const char *path_in(const char *map);
static bool is_same_file(const char *a, const char *b);
static void judge_rule(const struct search *search, const char *name, const struct ctl_json *rule);
static void judge_action(const struct search *search, const char *name, const char *action);
static void tell_missing(struct search *search);

void doctor_rule(struct doctor_case *doctor, const struct ctl_json *multimap)
{
    const char *map = doctor_value(doctor, "map", "file", 0);
    if (map[0] == '\0') {
        doctor_add(&doctor->report, DOCTOR_SKIP, "map rule",
                   "which file the map is only the agent knows");
        return;
    }
    if (ctl_json_is_false(multimap, "enabled")) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "map rule", "rspamd's module multimap is off");
        doctor_fix(&doctor->report, "take enabled = false out of local.d/multimap.conf");
        return;
    }
    find_rule(doctor, multimap, (struct search){.check = "map rule", .type = "ip", .map = map});
    if (strcmp(doctor_value(doctor, "detect", "accounts", 0), "ban") == 0)
        find_rule(doctor, multimap,
                  (struct search){.check = "user rule",
                                  .type = "user",
                                  .map = doctor_value(doctor, "map", "users_file", 0)});
}

static void find_rule(struct doctor_case *doctor, const struct ctl_json *multimap,
                      struct search search)
{
    search.doctor = doctor;
    ctl_json_members(multimap, take_member, &search);
    if (search.found == 0)
        tell_missing(&search);
}

/* Rules of one name are a list. */
static void take_member(void *context, const char *name, const struct ctl_json *member)
{
    struct search *search = context;
    if (ctl_json_is_object(member))
        take_rule(search, name, member);
    for (size_t i = 0; !ctl_json_is_object(member) && i < ctl_json_size(member); i++)
        take_rule(search, name, ctl_json_element(member, i));
}

static void take_rule(struct search *search, const char *name, const struct ctl_json *rule)
{
    const struct ctl_json *map = ctl_json_member(rule, "map");
    bool is_ours = reads(search, name, ctl_json_text(rule, "map"));
    const char *names[] = {"url", "urls", "path"};
    for (size_t i = 0; !is_ours && i < ctl_json_size(map); i++)
        is_ours = reads(search, name, ctl_json_element_text(map, i));
    for (size_t i = 0; !is_ours && i < sizeof(names) / sizeof(names[0]); i++) {
        is_ours = reads(search, name, ctl_json_text(map, names[i])) ||
                  reads(search, name, ctl_json_element_text(ctl_json_member(map, names[i]), 0));
    }
    if (!is_ours)
        return;
    search->found++;
    judge_rule(search, name, rule);
}

static bool reads(struct search *search, const char *name, const char *map)
{
    if (!map)
        return false;
    const char *path = path_in(map);
    const char *base = strrchr(path, '/'), *own = strrchr(search->map, '/');
    if (is_same_file(path, search->map))
        return true;
    if (base && own && strcmp(base, own) == 0) {
        search->elsewhere = name;
        search->other_map = path;
    }
    return false;
}

/* Without "file://" and the like. */
static const char *path_in(const char *map)
{
    const char *scheme = strstr(map, "file://");
    return scheme ? scheme + strlen("file://") : map;
}

static bool is_same_file(const char *a, const char *b)
{
    char real_a[PATH_MAX], real_b[PATH_MAX];
    if (strcmp(a, b) == 0)
        return true;
    return realpath(a, real_a) && realpath(b, real_b) && strcmp(real_a, real_b) == 0;
}

static void judge_rule(const struct search *search, const char *name, const struct ctl_json *rule)
{
    const char *type = ctl_json_text(rule, "type");
    const char *action = ctl_json_text(rule, "action");
    if (ctl_json_is_false(rule, "enabled") || ctl_json_is_true(rule, "disabled")) {
        doctor_add(&search->doctor->report, DOCTOR_FAIL, search->check, "the rule %s is off", name);
        doctor_fix(&search->doctor->report, "enabled = true; in it, then systemctl reload rspamd");
    } else if (!type || strcmp(type, search->type) != 0) {
        doctor_add(&search->doctor->report, DOCTOR_FAIL, search->check,
                   "the rule %s has type \"%s\", and not \"%s\"", name, type ? type : "",
                   search->type);
        doctor_fix(&search->doctor->report, "type = \"%s\"; in it, then systemctl reload rspamd",
                   search->type);
    } else if (!action) {
        doctor_add(&search->doctor->report, DOCTOR_FAIL, search->check,
                   "the rule %s has no action: %s", name,
                   ctl_json_member(rule, "prefilter")
                       ? "its prefilter does nothing by itself, mail is let through"
                       : "it only adds a symbol, mail is let through");
        doctor_fix(&search->doctor->report,
                   "action = \"reject\"; in it, then systemctl reload rspamd");
    } else {
        judge_action(search, name, action);
    }
}

/* rspamadm configtest calls a word that is none "syntax OK". */
static void judge_action(const struct search *search, const char *name, const char *action)
{
    static const struct {
        const char *word;
        enum doctor_state state;
    } actions[] = {{"reject", DOCTOR_OK},           {"soft reject", DOCTOR_OK},
                   {"discard", DOCTOR_OK},          {"quarantine", DOCTOR_OK},
                   {"greylist", DOCTOR_WARN},       {"add header", DOCTOR_WARN},
                   {"rewrite subject", DOCTOR_WARN}};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].word, action) != 0)
            continue;
        doctor_add(&search->doctor->report, actions[i].state, search->check,
                   "the rule %s reads the map, its action is \"%s\"%s", name, action,
                   actions[i].state == DOCTOR_OK ? "" : ": mail is let through");
        if (actions[i].state != DOCTOR_OK)
            doctor_fix(&search->doctor->report,
                       "action = \"reject\"; in it, then systemctl reload rspamd");
        return;
    }
    doctor_add(&search->doctor->report, DOCTOR_FAIL, search->check,
               "the rule %s has the action \"%s\", by which rspamd lets mail through", name,
               action);
    doctor_fix(&search->doctor->report, "action = \"reject\"; in it, then systemctl reload rspamd");
}

static void tell_missing(struct search *search)
{
    struct doctor_report *report = &search->doctor->report;
    if (search->elsewhere) {
        doctor_add(report, DOCTOR_FAIL, search->check, "the rule %s reads %s, the agent writes %s",
                   search->elsewhere, search->other_map, search->map);
        doctor_fix(report, "map = \"%s\"; in it, then systemctl reload rspamd", search->map);
        return;
    }
    doctor_add(report, DOCTOR_FAIL, search->check, "no multimap rule of rspamd reads %s",
               search->map);
    doctor_fix(report, "the sample local.d/multimap.conf that comes with bansync, then systemctl "
                       "reload rspamd");
}
