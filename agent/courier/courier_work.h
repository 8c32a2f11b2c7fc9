/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that delivers alerts does: it finds them in both spools, tries each channel at
 * its time, and notes who has them.
 *
 * The channels do not wait for each other: one mail, one call of the web server and
 * ALERT_EXECS_MAX programs may be under way at once. Does not: wait (see courier_child.h).
 */
#ifndef BANSYNC_COURIER_COURIER_WORK_H
#define BANSYNC_COURIER_COURIER_WORK_H

#include "courier.h"
#include "courier_queue.h"
#include "sender.h"

/* One spool as that process has it. */
struct courier_place {
    bool locked;    /* the spool is this process's */
    bool look;      /* at it, as there may be something new */
    int64_t try_ms; /* mono time before which it is not tried again */
    bool broken;    /* it could not be used, and that was told */
    bool same;      /* it is the directory of the other one, which alone is used */
    struct spool spool;
};

struct courier_attempt {
    struct sender sender;
    enum channel channel;
    enum courier_box box;
    char name[SPOOL_NAME_SIZE];
    size_t target;
    bool once;
    struct courier_report report; /* filled but for outcome and reason */
};

#define COURIER_ATTEMPTS (2 + ALERT_EXECS_MAX)

struct courier_work {
    void (*tell)(void *context, const struct courier_report *report);
    void *context;
    struct courier_settings settings;
    bool set; /* there are settings */
    struct courier_place places[COURIER_BOXES];
    struct courier_queue queue;
    struct courier_attempt attempts[COURIER_ATTEMPTS];
};

void courier_work_set(struct courier_work *work, const struct courier_settings *settings);

/* There may be something new in the spools. */
void courier_work_look(struct courier_work *work);

/* True if a spool is still to be looked at. */
bool courier_work_looks(const struct courier_work *work);

/* Ends and begins what is due. */
void courier_work_turn(struct courier_work *work, int64_t mono_ms, int64_t wall_ms);

/* Time until courier_work_turn has something to do unless a process ends before; -1: never. */
int64_t courier_work_wait_ms(const struct courier_work *work, int64_t mono_ms);

/* Deliveries that are not done. */
size_t courier_work_waiting(const struct courier_work *work);

/* What failed before is tried at once. */
void courier_work_hurry(struct courier_work *work);

/* Ends what is under way. */
void courier_work_close(struct courier_work *work);

#endif
