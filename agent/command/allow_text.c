/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allow entry in words and as JSON, see allow_text.h.
 */
#include "allow_text.h"

#include <stdio.h>
#include <string.h>

#include "notice.h"

void allow_text_span(int64_t ms, char text[ALLOW_TEXT_SPAN_SIZE])
{
    static const struct {
        int64_t ms;
        char sign;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    size_t unit = 0;

    if (ms < 0)
        ms = 0;
    while (unit < 3 && ms < units[unit].ms)
        unit++;
    snprintf(text, ALLOW_TEXT_SPAN_SIZE, "%lld%c", (long long)(ms / units[unit].ms),
             units[unit].sign);
}

const char *allow_text_owner(const struct agent *agent, const struct allow *allow, char text[17])
{
    return allow->owner == ALLOW_OPERATOR ? "operator"
                                          : notice_node_name(agent, allow->owner, text);
}

void allow_text_print(const struct agent *agent, const struct allow *allow,
                      char text[ALLOW_TEXT_SIZE])
{
    char node[NODE_LABEL_SIZE], age[ALLOW_TEXT_SPAN_SIZE];
    size_t used;

    if (allow->owner != ALLOW_OPERATOR) {
        snprintf(text, ALLOW_TEXT_SIZE, "by %s", notice_node_label(agent, allow->owner, node));
        return;
    }
    allow_text_span(agent->now.wall_ms - stamp_ms(allow->stamp.hlc), age);
    used = (size_t)snprintf(text, ALLOW_TEXT_SIZE, "added by %s %s ago",
                            allow->actor[0] != '\0' ? allow->actor : "an operator", age);
    if (allow->reason[0] != '\0')
        snprintf(text + used, ALLOW_TEXT_SIZE - used, ": \"%s\"", allow->reason);
}

void allow_text_members(const struct agent *agent, struct json *object, const struct allow *allow)
{
    char node[17];

    reply_net(object, "net", &allow->addr);
    json_add_text(object, "owner", allow_text_owner(agent, allow, node));
    if (allow->owner != ALLOW_OPERATOR)
        reply_old_keys(agent, object, allow->owner, NULL, 0);
    reply_time(object, "since", stamp_ms(allow->stamp.hlc));
    reply_time(object, "until", allow->until_ms);
    json_add_bytes(object, "actor", allow->actor, strlen(allow->actor));
    json_add_bytes(object, "reason", allow->reason, strlen(allow->reason));
}
