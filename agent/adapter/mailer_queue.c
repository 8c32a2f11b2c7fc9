/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mails that wait for the server, see mailer_queue.h.
 */
#include "mailer_queue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PAUSE_MS 1000

int mailer_queue_add(struct mailer_queue *queue, const struct mailer_message *mail, int64_t now_ms)
{
    size_t size = MAILER_HEAD_BYTES + mail->text_size;
    struct mailer_item *item = &queue->list[queue->count];

    if (queue->count == MAIL_QUEUE_MAX || mail->text_size > sizeof(mail->text))
        return -1;
    item->mail = malloc(size);
    if (item->mail == NULL)
        return -1;
    memcpy(item->mail, mail, size);
    item->since_ms = now_ms;
    queue->count++;
    return 0;
}

const struct mailer_message *mailer_queue_due(const struct mailer_queue *queue, int64_t now_ms)
{
    return mailer_queue_wait_ms(queue, now_ms) == 0 ? queue->list[0].mail : NULL;
}

static struct mailer_item take_at(struct mailer_queue *queue, size_t index)
{
    struct mailer_item item = queue->list[index];

    assert(index < queue->count);
    queue->count--;
    memmove(&queue->list[index], &queue->list[index + 1],
            (queue->count - index) * sizeof(queue->list[0]));
    return item;
}

void mailer_queue_remove(struct mailer_queue *queue)
{
    free(take_at(queue, 0).mail);
    mailer_queue_hurry(queue);
}

void mailer_queue_delay(struct mailer_queue *queue, int64_t now_ms)
{
    struct mailer_item item = take_at(queue, 0);

    queue->list[queue->count++] = item;
    queue->pause_ms = queue->pause_ms == 0 ? FIRST_PAUSE_MS : 2 * queue->pause_ms;
    if (queue->pause_ms > MAIL_RETRY_MS_MAX)
        queue->pause_ms = MAIL_RETRY_MS_MAX;
    queue->next_ms = now_ms + queue->pause_ms;
}

bool mailer_queue_expire(struct mailer_queue *queue, int64_t now_ms)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (now_ms - queue->list[i].since_ms < MAIL_KEEP_MS)
            continue;
        free(take_at(queue, i).mail);
        return true;
    }
    return false;
}

int mailer_queue_wait_ms(const struct mailer_queue *queue, int64_t now_ms)
{
    if (queue->count == 0)
        return -1;
    return queue->next_ms > now_ms ? (int)(queue->next_ms - now_ms) : 0;
}

void mailer_queue_redirect(struct mailer_queue *queue, const char *server, const char *from)
{
    for (size_t i = 0; i < queue->count; i++) {
        struct mailer_message *mail = queue->list[i].mail;

        snprintf(mail->server, sizeof(mail->server), "%s", server);
        snprintf(mail->from, sizeof(mail->from), "%s", from);
    }
    mailer_queue_hurry(queue);
}

void mailer_queue_hurry(struct mailer_queue *queue)
{
    queue->pause_ms = queue->next_ms = 0;
}

void mailer_queue_clear(struct mailer_queue *queue)
{
    while (queue->count > 0)
        free(take_at(queue, queue->count - 1).mail);
}
