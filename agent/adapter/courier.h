/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, seen from the agent.
 *
 * It is a program of its own, deliver-alerts, so that nothing of the agent's memory, threads
 * or descriptors is in it, and starting it costs the same however much the agent holds. It lives
 * until the agent's end of the socket is closed, by whatever end the agent comes to; then it has
 * MAIL_FINISH_MS for what waits. What it delivers lies in the spool (see spool.h): what it or the
 * agent did not get done, the next one does. Nothing here ever waits for it. Does not: decide what
 * is worth an alert (see alert.h), write one (mailtext.h).
 */
#ifndef BANSYNC_ADAPTER_COURIER_H
#define BANSYNC_ADAPTER_COURIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "courier_message.h"
#include "spool_file.h"

#define COURIER_TARGET_SIZE 256
#define COURIER_REASON_SIZE 256

#define COURIER_END_SIZE 128

struct courier {
    const char *program; /* borrowed */
    int fd;              /* -1: the process is gone */
    pid_t pid;           /* 0: it has been collected */
    struct courier_settings settings;
    bool set;                    /* there are settings */
    bool settings_due, look_due; /* to be handed over */
    int64_t started_ms;          /* mono */
    int64_t pause_ms;            /* before the next start; 0: it has not ended yet */
    int64_t next_ms;             /* mono time of the next start; 0: it is not known yet */
    char end[COURIER_END_SIZE];  /* how the last one ended: "was ended by signal 9" */
};

enum courier_change {
    COURIER_SAME,
    COURIER_ENDED,   /* by itself, see courier.end; it will be started again */
    COURIER_STARTED, /* again */
};

enum courier_outcome {
    COURIER_DELIVERED, /* the target took it */
    COURIER_DELAYED,   /* not this time; it will be tried again */
    COURIER_FAILED,    /* refused for good, waited for ALERT_KEEP_MS, or a test that failed */
    COURIER_ASIDE,     /* a file of the spool is none of ours and was set aside; of no channel */
    COURIER_BROKEN,    /* the spool cannot be used; of no channel */
};

struct courier_report {
    enum courier_outcome outcome;
    enum channel channel;
    char id[SPOOL_ID_SIZE];           /* of the alert */
    char target[COURIER_TARGET_SIZE]; /* address, scheme and host of the URL, or path */
    char reason[COURIER_REASON_SIZE]; /* of all but COURIER_DELIVERED; printable ASCII */
};

/* Starts the process: program with COURIER_CHILD_WORD (see courier_message.h). 0, or -1 with errno:
 * then the courier is gone. It does nothing until it has settings. */
int courier_start(struct courier *courier, const char *program);

/* Starts it again if it has ended by itself, or could not be started: after ALERT_RESTART_MS,
 * and after twice as long each time, up to ALERT_RETRY_MS_MAX; one that ran for as long is
 * forgotten. It gets its settings and looks at the spool. Call it often. */
enum courier_change courier_watch(struct courier *courier, int64_t now_ms);

/* From now on this is how alerts are delivered; what failed before is tried at once. */
void courier_set(struct courier *courier, const struct courier_settings *settings);

/* There is something new in the spool. */
void courier_look(struct courier *courier);

/* The next report; false if there is none now. Call it often: it hands over what is due. */
bool courier_take(struct courier *courier, struct courier_report *report);

bool courier_is_gone(const struct courier *courier);

/* Lets it finish by itself; does not wait. Harmless for one that is gone. */
void courier_close(struct courier *courier);

#endif
