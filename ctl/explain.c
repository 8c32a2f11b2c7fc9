/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the sentences of explain, see explain.h.
 */
#include "explain.h"

#include <string.h>

#include "when.h"

static void add_end(struct phrase *text, const struct explain *explain, const struct ctl_json *ban);

void explain_add_quota(struct phrase *text, const struct explain *explain)
{
    char span[WHEN_TEXT_SIZE];
    const char *counts = ctl_json_text(explain->item, "counts");
    when_span(explain_number(explain->item, "window_ms"), span);
    phrase_add_counted(text, explain_number(explain->item, "threshold"),
                       counts && strcmp(counts, "messages") == 0 ? "message" : "hit");
    phrase_add(text, " within %s", span);
}

void explain_add_order(struct phrase *text, const struct explain *explain,
                       const struct ctl_json *ban, bool is_own)
{
    const char *source = ctl_json_text(ban, "source");
    const char *actor = ctl_json_text(ban, "actor");
    const char *reason = ctl_json_text(ban, "reason");
    if (source && strcmp(source, "manual") == 0) {
        phrase_add(text, "%s banned %s", actor ? actor : "an operator", is_own ? "it " : "");
        explain_add_time(text, explain, ban, "since");
    } else {
        phrase_add(text, "%sreached the threshold ", is_own ? "it " : "");
        explain_add_time(text, explain, ban, "since");
    }
    phrase_add(text, ", ");
    add_end(text, explain, ban);
    if (reason)
        phrase_add(text, ": %s", reason);
}

void explain_add_time(struct phrase *text, const struct explain *explain,
                      const struct ctl_json *object, const char *name)
{
    char relative[WHEN_TEXT_SIZE];
    const char *time = ctl_json_text(object, name);
    phrase_add(text, "%s (%s)", time ? time : "-",
               when_relative(time, explain->now_ms, "-", relative));
}

int64_t explain_number(const struct ctl_json *object, const char *name)
{
    int64_t number = 0;
    ctl_json_number(object, name, &number);
    return number;
}

static void add_end(struct phrase *text, const struct explain *explain, const struct ctl_json *ban)
{
    if (ctl_json_text(ban, "expires")) {
        phrase_add(text, "until ");
        explain_add_time(text, explain, ban, "expires");
    } else {
        phrase_add(text, "until it is unbanned");
    }
}
