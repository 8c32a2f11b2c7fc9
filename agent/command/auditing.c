/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit entries of commands, see auditing.h. One for which there is no memory is counted by the
 * node; the command is done all the same.
 */
#include "auditing.h"

struct audit auditing_begin(uid_t uid, const char *actor, enum audit_action action,
                            const char *reason)
{
    struct audit audit = {.action = (uint8_t)action, .uid = uid};

    audit_set_text(audit.actor, sizeof(audit.actor), actor);
    audit_set_text(audit.reason, sizeof(audit.reason), reason);
    return audit;
}

void auditing_subject(struct agent *agent, const struct audit *audit, uint64_t request,
                      const struct addr *addr, int64_t until_ms)
{
    struct audit entry = *audit;

    entry.count = 1;
    entry.has_subject = true;
    entry.addr = *addr;
    entry.until_ms = until_ms;
    node_audit(&agent->node, &agent->now, request, &entry);
}

void auditing_many(struct agent *agent, const struct audit *audit, size_t count, const char *object)
{
    struct audit entry = *audit;

    entry.count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    audit_set_text(entry.object, sizeof(entry.object), object);
    node_audit(&agent->node, &agent->now, agent->next_request++, &entry);
}
