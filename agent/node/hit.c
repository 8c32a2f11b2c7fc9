/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ratelimit hit of the own log becomes a strike.
 *
 * Its id is a keyed hash of where and what the line was: the same line read twice is the same
 * strike, and only the origin can compute it (docs/DESIGN.md section 4).
 */
#include <string.h>

#include "feed.h"
#include "hold.h"
#include "node.h"
#include "skew.h"

static uint64_t strike_id(const struct node *node, const struct node_hit *hit)
{
    /* Hashed in two steps, so that the pieces need not be joined in memory. */
    uint64_t parts[3] = {hit->source, hit->offset,
                         hash64(&node->strike_key, hit->line, hit->line_size)};
    uint8_t bytes[24];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(parts[i / 8] >> (8 * (i % 8)));
    return hash64(&node->strike_key, bytes, sizeof(bytes));
}

/* Under the key that all nodes of the cluster have: a mail that is tried again at another node is
 * the same message. */
static uint32_t message_of(const struct node *node, const struct node_hit *hit)
{
    uint32_t message;

    if (hit->message_id_size == 0)
        return 0;
    message = (uint32_t)hash64(&node->state.key, hit->message_id, hit->message_id_size);
    return message + (message == 0); /* which would be one that is not known */
}

/* Counts the hit against the subject. beside: what else is known of the sender, an account beside
 * an address, or an address beside an account. */
static void count(struct node *node, const struct now *now, const struct node_hit *hit,
                  const struct addr *subject, const char *beside, size_t beside_size)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct event event = {.type = EVENT_STRIKE, .addr = *subject};
    int64_t off_ms = 0;

    strike_text_write(hit->bucket, hit->bucket_size, beside, beside_size, message_of(node, hit),
                      text);
    event.strike = (struct strike){.t_ms = hit->t_ms, .id = strike_id(node, hit), .text = text};
    event.strike.origin = node->state.node;
    if (node_clock_is_off(node, now, &off_ms))
        event.strike.t_ms += off_ms;
    if (!hold_take(node, &event.addr, &event.strike))
        node_step(node, now, &event);
}

void node_hit(struct node *node, const struct now *now, const struct node_hit *hit)
{
    struct addr subject = addr_subject(&hit->addr, node->ipv6_prefix), account;
    char address[ADDR_TEXT_SIZE];

    count(node, now, hit, &subject, hit->account, hit->account_size);
    if (node->state.policy.accounts == ACCOUNTS_OFF || hit->account_size == 0)
        return;
    if (addr_parse_account(hit->account, hit->account_size, &account) != 0) {
        node->state.counters.accounts_unnamed++;
        return;
    }
    count(node, now, hit, &account, address, addr_print(&hit->addr, address));
}
