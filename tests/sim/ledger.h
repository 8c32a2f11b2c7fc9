/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that happened, written down by the simulation as it happens: the log lines, the
 * commands of operators, the policies that were in force. From this alone the rules compute what
 * the nodes must hold.
 */
#ifndef BANSYNC_SIM_LEDGER_H
#define BANSYNC_SIM_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "chronicle.h"
#include "event.h"
#include "policy.h"
#include "record.h"

struct sim;
struct host;

/* One log line that is a hit of somebody. One that names an account that counts is two of them, one
 * behind the other: a hit of the address, and one of the account. */
struct ledger_line {
    size_t host; /* identity of the one whose log it is in */
    struct addr subject;
    int64_t true_ms;
    int64_t log_ms;          /* its time stamp */
    int64_t low_ms, high_ms; /* times that a reading of it may have given its strike */
    int64_t read_ms;         /* the last of them */
    int64_t owed_ms;         /* the latest that was committed; INT64_MIN: its disk may be lost */
    uint8_t account;         /* number of its name, see accounts.h; 0: it has none */
    uint32_t
        beside; /* the line that stands for it as it counts against its account; 0: none does */
    uint32_t message; /* its Message-ID, see ledger_message_id; 0: not known */
    uint64_t id;      /* of its strike; 0: not read yet, or the strike was too old to stay */
    bool taken;       /* by the last reading: where accounts are off, those count not */
    bool read;        /* by a process: it may have become a strike */
    bool late;        /* beyond the horizon when it was last read, or gone before it was */
    bool owed;        /* its strike was committed, and no disk that alone had it was lost */
    bool held;        /* committed outside the state, and not let go since */
};

/* One command that was made durable on the host where it was given. */
struct ledger_command {
    uint64_t request;
    int64_t given_ms; /* true time of its commit */
    enum event_type type;
    struct addr addr;
    uint64_t owner; /* of the allow entry that was removed: a node that was forgotten; else 0 */
    struct stamp stamp;
    int64_t until_ms;
    int64_t cut_ms; /* of an unban; one that forgets does so up to it */
    bool owed;      /* no disk that alone had it was lost */
    uint8_t *audit; /* its audit entry; owned by the ledger */
    size_t audit_size;
    bool audit_owed; /* likewise, of that entry */
};

struct ledger {
    struct ledger_line *lines;
    size_t line_count, line_room;
    struct ledger_command *commands;
    size_t command_count, command_room;
    struct policy *policies; /* every one that was ever in force, each once */
    size_t policy_count, policy_room;
};

void ledger_close(struct ledger *ledger);

/* A new line; returns its number. */
uint32_t ledger_add_line(struct ledger *ledger, const struct ledger_line *line);

/* The log does not have that line any more, and it was not read. */
void ledger_lose_line(struct ledger *ledger, uint32_t number);

/* Takes over the audit entry of command. */
void ledger_add_command(struct ledger *ledger, const struct ledger_command *command);
void ledger_add_policy(struct ledger *ledger, const struct policy *policy);

/* True if the disk of that host has it, or what replaced it. */
bool ledger_holds(const struct host *host, const struct ledger_command *command);

/* Whether held, of the same key, is that audit entry or what replaced it: two nodes with one key
 * may make two entries at one stamp, of which the larger one stays. */
bool ledger_is_kept(const uint8_t *audit, size_t size, const uint8_t *held, size_t held_size);

/* True if the disk of that host has the command's audit entry, or was right to forget it: a clock
 * that is ahead forgets earlier. */
bool ledger_holds_audit(const struct host *host, const struct ledger_command *command);

/* The disk of host is lost, or goes back to an earlier state, or will never be seen again: what no
 * other disk holds is not owed any more, nor what it held itself. */
void ledger_forget(struct sim *sim, struct host *host);

/* What that host had committed as held of net (kind 0: of all) was let go: it is owed, or never
 * will be. */
void ledger_let_go(struct ledger *ledger, const struct host *host, const struct addr *net,
                   bool drop);

/* The number of the line that a strike against addr names as its bucket; UINT32_MAX: it names none.
 */
uint32_t ledger_line_of(const struct addr *addr, const struct strike *strike);

/* The Message-ID of that number, from 1 on. */
#define LEDGER_MESSAGES_MAX 64
size_t ledger_message_id(uint32_t message, char text[32]);

/* The bucket that a line is logged with, from which ledger_line_of reads it back. */
size_t ledger_bucket(uint32_t line, char text[32]);

#endif
