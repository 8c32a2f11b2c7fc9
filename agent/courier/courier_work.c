/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that delivers alerts does, see courier_work.h.
 */
#include "courier_work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "courier_place.h"
#include "webhook.h"

void courier_work_set(struct courier_work *work, const struct courier_settings *settings)
{
    work->settings = *settings;
    work->set = true;
    for (int box = 0; box < COURIER_BOXES; box++) {
        work->places[box].try_ms = 0;
        work->places[box].same = false;
    }
    courier_work_look(work);
    courier_queue_hurry(&work->queue);
}

void courier_work_hurry(struct courier_work *work)
{
    courier_queue_hurry(&work->queue);
}

/* --- One attempt -------------------------------------------------------------------------------
 */

/* For whom it is, as it may be shown. */
static void print_target(const struct courier_work *work, const struct spool_target *target,
                         char out[COURIER_TARGET_SIZE])
{
    if (target->channel == CHANNEL_MAIL)
        snprintf(out, COURIER_TARGET_SIZE, "%s", target->address);
    else if (target->channel == CHANNEL_WEBHOOK)
        webhook_host(work->settings.webhook, out);
    else
        snprintf(out, COURIER_TARGET_SIZE, "%.*s", COURIER_TARGET_SIZE - 1, work->settings.exec);
}

_Static_assert(COURIER_TARGET_SIZE >= WEBHOOK_HOST_SIZE, "a host fits");
_Static_assert(COURIER_REASON_SIZE >= TRANSFER_REASON_SIZE, "a reason fits");

static bool begin_mail(const struct courier_work *work, const struct spool_file *file,
                       const struct spool_target *target, struct sender *sender, int64_t now_ms,
                       struct sender_outcome *outcome)
{
    const struct spool_bytes *text = &file->parts[SPOOL_MAIL];
    struct transfer_mail mail = {.server = work->settings.server,
                                 .from = work->settings.from,
                                 .to = target->address,
                                 .text = text->bytes,
                                 .size = text->size};

    return sender_mail(sender, &mail, now_ms, outcome);
}

static bool begin_post(const struct courier_work *work, const struct spool_file *file,
                       struct sender *sender, int64_t now_ms, struct sender_outcome *outcome)
{
    enum webhook_format format = (enum webhook_format)work->settings.webhook_format;
    struct transfer_post post = {.url = work->settings.webhook, .type = webhook_type(format)};
    char *body = webhook_body(format, file, &post.size);
    bool begun = false;

    *outcome = (struct sender_outcome){.result = TRANSFER_LATER, .reason = "no memory"};
    post.body = body;
    if (body != NULL)
        begun = sender_post(sender, &post, now_ms, outcome);
    free(body);
    return begun;
}

static bool is_set(const struct courier_work *work, enum channel channel)
{
    return channel == CHANNEL_MAIL || (channel == CHANNEL_WEBHOOK && work->settings.webhook[0]) ||
           (channel == CHANNEL_EXEC && work->settings.exec[0]);
}

static bool begin(const struct courier_work *work, const struct spool_file *file,
                  struct courier_attempt *attempt, int64_t now_ms, struct sender_outcome *outcome)
{
    const struct spool_target *target = &file->targets[attempt->target];
    const struct spool_bytes *env = &file->parts[SPOOL_ENV];

    if (!is_set(work, target->channel)) {
        *outcome = (struct sender_outcome){.result = TRANSFER_REFUSED,
                                           .reason = "it is not in the configuration any more"};
        return false;
    }
    if (target->channel == CHANNEL_MAIL)
        return begin_mail(work, file, target, &attempt->sender, now_ms, outcome);
    if (target->channel == CHANNEL_WEBHOOK)
        return begin_post(work, file, &attempt->sender, now_ms, outcome);
    return sender_exec(&attempt->sender, work->settings.exec, env->bytes, env->size, now_ms,
                       outcome);
}

/* A target that has it is noted on disk before it is told: else it might get it twice. */
static void finish(struct courier_work *work, struct courier_attempt *attempt, int64_t now_ms,
                   const struct sender_outcome *outcome)
{
    size_t item = courier_queue_find(&work->queue, attempt->box, attempt->name);
    bool again = outcome->result == TRANSFER_LATER && !attempt->once;

    if (item == work->queue.count)
        return; /* it became too old meanwhile */
    if (again) {
        courier_queue_delay(&work->queue, item, attempt->target, now_ms);
        courier_place_tell(work, COURIER_DELAYED, &attempt->report, outcome->reason);
        return;
    }
    courier_queue_done(&work->queue, item, attempt->target, outcome->result != TRANSFER_LATER);
    if (courier_queue_is_over(&work->queue, item))
        courier_place_drop(work, item);
    else if (spool_mark(&work->places[attempt->box].spool, attempt->name, attempt->target) != 0)
        courier_place_broken(work, &work->places[attempt->box], attempt->name);
    courier_place_tell(work, outcome->result == TRANSFER_DONE ? COURIER_DELIVERED : COURIER_FAILED,
                       &attempt->report, outcome->reason);
}

/* The file may have gone, or been changed by hand. */
static void lose(struct courier_work *work, size_t item)
{
    enum courier_box box = work->queue.list[item].box;
    char name[SPOOL_NAME_SIZE];

    snprintf(name, sizeof(name), "%s", work->queue.list[item].name);
    if (errno == EBADMSG)
        courier_place_set_aside(work, box, name);
    else if (errno != ENOENT)
        courier_place_broken(work, &work->places[box], name);
    courier_queue_remove(&work->queue, item);
}

static void try(struct courier_work *work, struct courier_attempt *attempt, size_t item,
                int64_t now_ms)
{
    struct sender_outcome outcome;
    struct spool_file file;
    char *bytes =
        spool_get(&courier_place_of(work, item)->spool, work->queue.list[item].name, &file);

    if (bytes == NULL || attempt->target >= file.target_count) {
        errno = bytes == NULL ? errno : EBADMSG;
        free(bytes);
        lose(work, item);
        return;
    }
    attempt->box = work->queue.list[item].box;
    snprintf(attempt->name, sizeof(attempt->name), "%s", work->queue.list[item].name);
    attempt->once = file.once;
    attempt->report = (struct courier_report){.channel = attempt->channel};
    memcpy(attempt->report.id, file.id, sizeof(file.id));
    print_target(work, &file.targets[attempt->target], attempt->report.target);
    if (!begin(work, &file, attempt, now_ms, &outcome))
        finish(work, attempt, now_ms, &outcome);
    free(bytes);
}

/* --- A turn ------------------------------------------------------------------------------------
 */

/* Each place for an attempt belongs to a channel. */
static enum channel channel_of(size_t index)
{
    return index == 0 ? CHANNEL_MAIL : index == 1 ? CHANNEL_WEBHOOK : CHANNEL_EXEC;
}

static void finish_all(struct courier_work *work, int64_t mono_ms)
{
    for (size_t i = 0; i < COURIER_ATTEMPTS; i++) {
        struct sender_outcome outcome;

        if (sender_take(&work->attempts[i].sender, mono_ms, &outcome))
            finish(work, &work->attempts[i], mono_ms, &outcome);
    }
}

static void begin_all(struct courier_work *work, int64_t mono_ms)
{
    for (size_t i = 0; i < COURIER_ATTEMPTS; i++) {
        struct courier_attempt *attempt = &work->attempts[i];
        size_t item;

        attempt->channel = channel_of(i);
        while (!sender_is_busy(&attempt->sender) &&
               courier_queue_take(&work->queue, attempt->channel, mono_ms, &item, &attempt->target))
            try(work, attempt, item, mono_ms);
    }
}

static void give_up(struct courier_work *work, size_t item)
{
    struct courier_item lost = work->queue.list[item];

    courier_place_drop(work, item);
    for (size_t i = 0; i < lost.count; i++) {
        struct courier_report report = {.channel = lost.deliveries[i].channel};

        if (!lost.deliveries[i].done)
            courier_place_tell(work, COURIER_FAILED, &report, "it has waited for a day");
    }
}

/* Who has not got it by now will not. */
static void expire(struct courier_work *work, int64_t wall_ms)
{
    for (size_t item = work->queue.count; item-- > 0;) {
        const struct courier_item *one = &work->queue.list[item];

        if (!courier_queue_is_over(&work->queue, item) &&
            wall_ms - spool_time(one->name) >= ALERT_KEEP_MS)
            give_up(work, item);
    }
}

void courier_work_turn(struct courier_work *work, int64_t mono_ms, int64_t wall_ms)
{
    finish_all(work, mono_ms);
    courier_place_turn(work, mono_ms);
    expire(work, wall_ms);
    begin_all(work, mono_ms);
}

/* -1 is never. */
static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t courier_work_wait_ms(const struct courier_work *work, int64_t mono_ms)
{
    int64_t wait_ms = courier_place_wait_ms(work, mono_ms);

    for (size_t i = 0; i < COURIER_ATTEMPTS; i++) {
        const struct sender *sender = &work->attempts[i].sender;

        if (!sender_is_busy(sender))
            wait_ms = sooner(wait_ms, courier_queue_wait_ms(&work->queue, channel_of(i), mono_ms));
        else
            wait_ms =
                sooner(wait_ms, sender->deadline_ms > mono_ms ? sender->deadline_ms - mono_ms : 0);
    }
    return wait_ms;
}

size_t courier_work_waiting(const struct courier_work *work)
{
    return courier_queue_waiting(&work->queue);
}

void courier_work_close(struct courier_work *work)
{
    for (size_t i = 0; i < COURIER_ATTEMPTS; i++)
        sender_end(&work->attempts[i].sender);
    for (int box = 0; box < COURIER_BOXES; box++)
        spool_close(&work->places[box].spool);
}
