/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spools, as the process that delivers alerts has them; see courier_place.h.
 */
#include "courier_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_RETRY_MS 200 /* a former process has MAIL_FINISH_MS */
#define BROKEN_RETRY_MS 10000

void courier_place_tell(const struct courier_work *work, enum courier_outcome outcome,
                        struct courier_report *report, const char *reason)
{
    report->outcome = outcome;
    snprintf(report->reason, sizeof(report->reason), "%s", reason);
    work->tell(work->context, report);
}

struct courier_place *courier_place_of(struct courier_work *work, size_t item)
{
    return &work->places[work->queue.list[item].box];
}

void courier_place_broken(const struct courier_work *work, struct courier_place *place,
                          const char *what)
{
    struct courier_report report = {.outcome = COURIER_BROKEN};
    char reason[COURIER_REASON_SIZE];

    snprintf(reason, sizeof(reason), "%s: %s", what, strerror(errno));
    if (!place->broken)
        courier_place_tell(work, COURIER_BROKEN, &report, reason);
    place->broken = true;
}

/* There may be no second one, or it is the first one by another name. */
static bool is_wanted(const struct courier_work *work, int box)
{
    return work->set && !work->places[box].same &&
           (box == COURIER_FIRST || work->settings.run_dir[0] != '\0');
}

static const char *name_of(int box)
{
    return box == COURIER_FIRST ? "alerts below state_dir" : "alerts beside the control socket";
}

void courier_work_look(struct courier_work *work)
{
    for (int box = 0; box < COURIER_BOXES; box++)
        work->places[box].look = is_wanted(work, box);
}

bool courier_work_looks(const struct courier_work *work)
{
    return work->places[COURIER_FIRST].look || work->places[COURIER_SECOND].look;
}

static int open_place(struct courier_work *work, int box)
{
    struct spool *spool = &work->places[box].spool;

    return box == COURIER_FIRST ? spool_open(spool, &spool_first, work->settings.state_dir)
                                : spool_open(spool, &spool_second, work->settings.run_dir);
}

/* The lock of one would keep the other from it for good. */
static bool drop_same(struct courier_work *work, int box)
{
    struct courier_place *place = &work->places[box];

    if (!spool_is_same(&place->spool, &work->places[COURIER_BOXES - 1 - box].spool))
        return false;
    spool_close(&place->spool);
    place->same = true;
    place->look = false;
    return true;
}

/* Somebody removed it; the agent makes it anew. What is in the queue is found to be gone. */
static void close_gone(struct courier_place *place)
{
    if (!place->locked || !spool_is_gone(&place->spool))
        return;
    spool_close(&place->spool);
    place->locked = false;
    place->try_ms = 0;
}

static bool open_spool(struct courier_work *work, int box, int64_t mono_ms)
{
    struct courier_place *place = &work->places[box];

    close_gone(place);
    if (place->locked)
        return true;
    if (!is_wanted(work, box) || mono_ms < place->try_ms)
        return false;
    if (open_place(work, box) != 0) {
        courier_place_broken(work, place, name_of(box));
        place->try_ms = mono_ms + BROKEN_RETRY_MS;
        return false;
    }
    if (drop_same(work, box))
        return false;
    place->locked = spool_lock(&place->spool);
    place->try_ms = mono_ms + LOCK_RETRY_MS;
    place->look |= place->locked;
    return place->locked;
}

void courier_place_set_aside(struct courier_work *work, enum courier_box box, const char *name)
{
    struct courier_report report = {.outcome = COURIER_ASIDE};
    char reason[COURIER_REASON_SIZE];

    if (spool_set_aside(&work->places[box].spool, name) != 0)
        courier_queue_add(&work->queue, box, name, NULL);
    else if (spool_is_full(&work->places[box].spool))
        work->places[box].look = true; /* there may be more files */
    snprintf(reason, sizeof(reason), "%s is no alert, or damaged", name);
    courier_place_tell(work, COURIER_ASIDE, &report, reason);
}

static void add(struct courier_work *work, enum courier_box box, const char *name)
{
    struct courier_place *place = &work->places[box];
    struct spool_file file;
    char *bytes;

    if (courier_queue_has(&work->queue, box, name))
        return;
    bytes = spool_get(&place->spool, name, &file);
    if (bytes != NULL)
        courier_queue_add(&work->queue, box, name, &file);
    else if (errno == EBADMSG)
        courier_place_set_aside(work, box, name);
    else if (errno != ENOENT)
        courier_place_broken(work, place, name);
    free(bytes);
}

void courier_place_drop(struct courier_work *work, size_t item)
{
    struct courier_place *place = courier_place_of(work, item);
    const char *name = work->queue.list[item].name;

    if (spool_remove(&place->spool, name) != 0 && errno != ENOENT) {
        courier_place_broken(work, place, name);
        courier_queue_give_up(&work->queue, item);
        return;
    }
    if (spool_is_full(&place->spool))
        place->look = true; /* there may be more of them */
    courier_queue_remove(&work->queue, item);
}

/* What could not be removed before perhaps can now. */
static void drop_again(struct courier_work *work, enum courier_box box)
{
    for (size_t item = work->queue.count; item-- > 0;)
        if (work->queue.list[item].box == box && work->queue.list[item].count > 0 &&
            courier_queue_is_over(&work->queue, item))
            courier_place_drop(work, item);
}

static void look(struct courier_work *work, enum courier_box box)
{
    struct courier_place *place = &work->places[box];

    if (!place->look)
        return;
    place->look = false;
    if (spool_list(&place->spool) != 0) {
        courier_place_broken(work, place, name_of(box));
        return;
    }
    place->broken = false;
    drop_again(work, box);
    for (int i = 0; i < place->spool.count; i++)
        add(work, box, place->spool.names[i]);
}

void courier_place_turn(struct courier_work *work, int64_t mono_ms)
{
    for (int box = 0; box < COURIER_BOXES; box++)
        if (open_spool(work, box, mono_ms))
            look(work, (enum courier_box)box);
}

int64_t courier_place_wait_ms(const struct courier_work *work, int64_t mono_ms)
{
    int64_t wait_ms = -1;

    for (int box = 0; box < COURIER_BOXES; box++) {
        const struct courier_place *place = &work->places[box];
        int64_t one_ms;

        if (!is_wanted(work, box) || (place->locked && !place->look))
            continue;
        one_ms = place->locked || place->try_ms <= mono_ms ? 0 : place->try_ms - mono_ms;
        wait_ms = wait_ms < 0 || one_ms < wait_ms ? one_ms : wait_ms;
    }
    return wait_ms;
}
