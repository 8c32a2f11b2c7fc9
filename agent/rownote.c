/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row of the database tells people, see rownote.h.
 */
#include "rownote.h"

#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "entry.h"
#include "mark.h"
#include "markid.h"

static void print_allow(const uint8_t *body, size_t size, char note[ROWNOTE_SIZE])
{
    struct allow allow;

    if (entry_read_allow(body, size, &allow) != 0)
        return;
    snprintf(note, ROWNOTE_SIZE, "%s%s%s: %s", allow.on ? "added" : "removed",
             allow.actor[0] != '\0' ? " by " : "", allow.actor, allow.reason);
    allow_clear(&allow);
}

static void print_record(const uint8_t *body, size_t size, char note[ROWNOTE_SIZE])
{
    struct record record;
    struct addr addr;

    if (entry_read_record(body, size, &addr, &record) != 0)
        return;
    if (record.manual.kind == MANUAL_BAN)
        snprintf(note, ROWNOTE_SIZE, "banned by %s: %s", record.manual.actor, record.manual.reason);
    else if (record.manual.stamp.hlc != 0)
        snprintf(note, ROWNOTE_SIZE, "unbanned by %s: %s", record.manual.actor,
                 record.manual.reason);
    if (record.facts.count > 0)
        snprintf(note + strlen(note), ROWNOTE_SIZE - strlen(note), "%sfacts: %zu",
                 note[0] != '\0' ? "; " : "", record.facts.count);
    record_clear(&record);
}

/* The command; its subject, if it has one. */
static void print_audit(const uint8_t *body, size_t size, char subject[ADDR_TEXT_SIZE],
                        char note[ROWNOTE_SIZE])
{
    struct audit audit;
    const char *name;

    if (audit_read(body, size, &audit) != 0)
        return;
    if (audit.has_subject)
        addr_print(&audit.addr, subject);
    name = audit_action_name(audit.action);
    snprintf(note, ROWNOTE_SIZE, "%s by %s: %s", name != NULL ? name : "?", audit.actor,
             audit.reason);
}

/* The id of the alert. */
static void print_mark(const uint8_t *body, size_t size, char note[ROWNOTE_SIZE])
{
    struct mark mark;

    if (mark_read(body, size, &mark) == 0)
        markid_print(mark.id, note);
}

void rownote_print(uint8_t kind, const struct addr *addr, const uint8_t *body, size_t size,
                   char subject[ADDR_TEXT_SIZE], char note[ROWNOTE_SIZE])
{
    subject[0] = note[0] = '\0';
    if (kind == ENTRY_AUDIT)
        print_audit(body, size, subject, note);
    else if (kind == ENTRY_MARK)
        print_mark(body, size, note);
    else
        addr_print(addr, subject);
    if (kind == ENTRY_RECORD)
        print_record(body, size, note);
    else if (kind == ENTRY_ALLOW)
        print_allow(body, size, note);
    else if (kind == ENTRY_HELD)
        snprintf(note, ROWNOTE_SIZE, "%s", body[size - 1] != 0 ? "dropped" : "held");
}
