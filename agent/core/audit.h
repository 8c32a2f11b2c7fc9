/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator commanded: who, where, when, what, whom it was about, and why.
 *
 * One entry of the state each, never changed once it is made; key is its stamp. Kept until its own
 * forget_ms, which is [ban] memory of the node where the command was given, and of all of them the
 * newest AUDIT_MAX. A command for many subjects at once (map adopt, release of all, a piece of an
 * import) is one entry, which has their number and what it was about instead of a subject.
 */
#ifndef BANSYNC_CORE_AUDIT_H
#define BANSYNC_CORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"
#include "stamp.h"

/* Numbers of the protocol: never given anew. */
enum audit_action {
    AUDIT_BAN = 1,
    AUDIT_UNBAN = 2,
    AUDIT_FORGET = 3, /* unban --forget */
    AUDIT_ALLOW_ADD = 4,
    AUDIT_ALLOW_REMOVE = 5,
    AUDIT_MAP_ADOPT = 6,
    AUDIT_MAP_DISCARD = 7,
    AUDIT_RELEASE = 8,
    AUDIT_DROP = 9,
    AUDIT_NODE_FORGET = 10,
    AUDIT_BY_NODE = 11, /* unban --by-node */
    AUDIT_UNBAN_ALL = 12,
    AUDIT_IMPORT = 13, /* a piece of a list */
};

#define AUDIT_UID_NONE UINT32_MAX

/* Room for the largest canonical form: its numbers, a subject and three texts. */
#define AUDIT_BYTES_MAX 1024

struct audit {
    struct stamp stamp; /* when, and on which node */
    int64_t forget_ms;
    uint8_t action;   /* enum audit_action, or of a newer version */
    uint32_t uid;     /* of the client of the control socket; AUDIT_UID_NONE: not known */
    int64_t until_ms; /* of a ban or an allow entry; 0: none; TIME_NEVER_MS: for good */
    uint32_t count;   /* how many subjects */
    bool has_subject;
    struct addr addr;
    char actor[ACTOR_BYTES_MAX + 1]; /* login, or what stands for it */
    char reason[REASON_BYTES_MAX + 1];
    char object[OBJECT_BYTES_MAX + 1]; /* node or file that it was about; "": none */
};

/* What is typed for it, as "allow add"; NULL: of a newer version. */
const char *audit_action_name(uint8_t action);

/* Canonical bytes, see entry.h: the number of bytes, 0 if there is no room; 0, or -1 if malformed.
 */
size_t audit_write(const struct audit *audit, uint8_t *bytes, size_t size);
int audit_read(const uint8_t *bytes, size_t size, struct audit *audit);

/* What the unbans have as their reason that a command for many makes: the one given, or where that
 * is
 * "" one by its action and object. */
void audit_reason_each(uint8_t action, const char *object, const char *reason, char *text,
                       size_t size);

/* Copies text, cut at the room for it. NULL: "". */
void audit_set_text(char *text, size_t size, const char *from);

#endif
