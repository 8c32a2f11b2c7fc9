/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver an alert, in a process of its own: whatever a server or a program does, it
 * holds up nothing else, and can be ended.
 *
 * The caller gets SIGCHLD when there is a result. What was begun ends with the caller, however that
 * ends: mail and calls at once, a program with all that it started (see keeper.h). Does not: try
 * again.
 */
#ifndef BANSYNC_COURIER_SENDER_H
#define BANSYNC_COURIER_SENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "keeper.h"
#include "transfer.h"

/* Zeroed: none is running. */
struct sender {
    pid_t pid;
    int fd;       /* of what the process tells */
    bool program; /* it runs one */
    int64_t deadline_ms;
};

struct sender_outcome {
    enum transfer_result result;
    char reason[TRANSFER_REASON_SIZE]; /* unless it is TRANSFER_DONE */
};

/* Begins. False: it could not even be begun, and outcome says why. */
bool sender_mail(struct sender *sender, const struct transfer_mail *mail, int64_t now_ms,
                 struct sender_outcome *outcome);
bool sender_post(struct sender *sender, const struct transfer_post *post, int64_t now_ms,
                 struct sender_outcome *outcome);
bool sender_exec(struct sender *sender, const char *path, const char *env, size_t env_size,
                 int64_t now_ms, struct sender_outcome *outcome);

bool sender_is_busy(const struct sender *sender);

/* True when the attempt has ended, or has been ended as its time was over; told once. */
bool sender_take(struct sender *sender, int64_t now_ms, struct sender_outcome *outcome);

/* Ends it without a result: at once, but for a program, which may take 2 * KEEPER_SWEEP_MS. */
void sender_end(struct sender *sender);

#endif
