/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to repair, see compare.h.
 *
 * Allow entries come before records and records before strikes: a node that had the strikes first
 * would ban what an unban or an allow entry, which it does not have yet, takes out again. What
 * changes no map comes last.
 */
#include "compare.h"

#include "maps.h"
#include "repair.h"

#define COMPARE_BACKOFF_MS_MAX 60000
#define COMPARE_MAPS_MAX 2 /* PINGs running on which the map alone differs: not by chance */
/* Between two walks at once: PINGs cost a member nothing, and a walk costs half a second. */
#define COMPARE_WALK_MS 10000

static bool hashes_equal(const struct message_hash *a, const struct message_hash *b)
{
    return a->lane[0] == b->lane[0] && a->lane[1] == b->lane[1];
}

/* False if the roots cannot be compared: the PING is too old. */
static bool root_here(const struct node *node, const struct message_ping *ping,
                      enum entry_kind kind, struct message_hash *out)
{
    struct hash128 root = state_root(&node->state, kind);

    if (kind == ENTRY_STRIKE && !state_strike_root(&node->state, ping->second, &root))
        return false;
    *out = (struct message_hash){{root.lane[0], root.lane[1]}};
    return true;
}

/* Roots are sums: what comes in on both sides moves both and leaves what they differ by as it is.
 */
static bool differ_as_much(const struct message_hash *here, const struct message_hash *there,
                           const struct message_hash *before_here,
                           const struct message_hash *before_there)
{
    for (size_t i = 0; i < 2; i++)
        if (here->lane[i] - there->lane[i] != before_here->lane[i] - before_there->lane[i])
            return false;
    return true;
}

/* Whether this kind calls for a descent. Strikes in flight are left out of their root, so it may be
 * trusted at once; other roots when they differ on two PINGs running and nothing moved between
 * them, or on three. A peer that has got nothing since both held the same has nothing to give, and
 * will fetch what it lacks: it is not looked at at once, only when that lasts, since this node may
 * have lost what it held. */
static bool is_due(const struct node *node, struct node_peer *peer, enum entry_kind kind)
{
    struct message_hash *here = &peer->root_here[kind - 1], *there = &peer->root_there[kind - 1];
    struct message_hash before_here = *here, before_there = *there;
    unsigned *differs = &peer->differs[kind - 1];
    bool still, news;

    if (!root_here(node, &peer->ping, kind, here))
        return false;
    *there = peer->ping.roots[kind - 1];
    still = hashes_equal(here, &before_here) && hashes_equal(there, &before_there);
    *differs = hashes_equal(here, there) ? 0 : *differs + 1;
    if (*differs == 0) {
        peer->root_agreed[kind - 1] = *here;
        return false;
    }
    if (!differ_as_much(here, there, &before_here, &before_there))
        peer->descents = 0; /* it is another difference */
    news = !hashes_equal(there, &peer->root_agreed[kind - 1]);
    return (news && (kind == ENTRY_STRIKE || peer->fresh)) || *differs >= (still ? 2 : 3);
}

/* The first descents follow at once; a difference they leave is retried ever more rarely. */
static bool may_descend(const struct node_peer *peer, const struct now *now)
{
    int64_t wait_ms = NODE_PING_MS;

    if (peer->descents < COMPARE_DESCENTS_MAX)
        return true;
    for (unsigned i = COMPARE_DESCENTS_MAX; i < peer->descents && wait_ms < COMPARE_BACKOFF_MS_MAX;
         i++)
        wait_ms *= 2;
    if (wait_ms > COMPARE_BACKOFF_MS_MAX)
        wait_ms = COMPARE_BACKOFF_MS_MAX;
    return now->mono_ms - peer->descended_ms >= wait_ms;
}

/* What is repaired first. */
static const enum entry_kind in_order[ENTRY_KINDS] = {ENTRY_ALLOW, ENTRY_RECORD, ENTRY_STRIKE,
                                                      ENTRY_AUDIT, ENTRY_MARK};

/* The kind to begin with: of those that differ now the one to be repaired first; 0 if none does. */
static enum entry_kind first_kind(const struct node *node, const struct node_peer *peer)
{
    struct message_hash here;

    for (size_t i = 0; i < ENTRY_KINDS; i++) {
        enum entry_kind kind = in_order[i];

        if (peer->differs[kind - 1] > 0 && root_here(node, &peer->ping, kind, &here) &&
            !hashes_equal(&here, &peer->ping.roots[kind - 1]))
            return kind;
    }
    return 0;
}

static bool is_waiting(const struct node *node, const struct now *now, const struct node_peer *peer)
{
    return peer->due && peer->ping.tick == node->state.tick && node_peer_is_up(peer, now) &&
           may_descend(peer, now);
}

void compare_begin(struct node *node, const struct now *now)
{
    size_t longest = NODE_PEER_NONE; /* the one whose last descent is the longest ago */

    if (node->descent.peer != NODE_PEER_NONE)
        return;
    for (size_t i = 0; i < node->peer_count; i++) {
        struct node_peer *peer = &node->peers[i];

        if (!is_waiting(node, now, peer))
            continue;
        peer->due = first_kind(node, peer) != 0;
        if (peer->due &&
            (longest == NODE_PEER_NONE || peer->descended_ms < node->peers[longest].descended_ms))
            longest = i;
    }
    if (longest == NODE_PEER_NONE)
        return;
    node->peers[longest].due = false;
    repair_begin(node, now, longest, first_kind(node, &node->peers[longest]));
}

/* Draws the map anew and has the self-check walk everything at once, in slices. False: not yet. */
static bool check_at_once(struct node *node, const struct now *now)
{
    struct node_selfcheck *check = &node->selfcheck;

    if (check->hurried_ms != 0 && now->mono_ms - check->hurried_ms < COMPARE_WALK_MS)
        return false;
    check->hurried_ms = now->mono_ms;
    check->next = 0;
    check->hurry = DIGEST_LEAVES;
    node->map_stale = node->map_whole = true;
    return true;
}

/* Equal states make equal maps: one of the two nodes does not hold what its digest says. */
static void compare_map(struct node *node, const struct now *now, struct node_peer *peer,
                        bool roots_equal)
{
    bool settled = node->state.dirty_count == 0 && !node->state.map_redraw;

    if (!settled)
        return; /* the turn has begun, and the map shows nothing of it yet */
    peer->map_differs = roots_equal && !peer->same ? peer->map_differs + 1 : 0;
    if (peer->map_differs == COMPARE_MAPS_MAX && !check_at_once(node, now))
        peer->map_differs--; /* the next PING asks again */
}

void compare_ping(struct node *node, const struct now *now, size_t index)
{
    struct node_peer *peer = &node->peers[index];
    bool differs = false, due = false;

    if (peer->ping.tick != node->state.tick)
        return;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        due |= is_due(node, peer, kind);
        differs |= peer->differs[kind - 1] > 0;
    }
    peer->compared = true;
    /* Drawn only if it decides: a node that is catching up has another map every turn. */
    peer->same = !differs && node_map(node) != NULL && peer->ping.map_hash == node->map_hash;
    compare_map(node, now, peer, !differs);
    if (!differs)
        peer->descents = 0;
    peer->fresh = false;
    peer->due = differs && (due || peer->due); /* remembered until there is time for it */
    compare_begin(node, now);
}

void compare_next(struct node *node, const struct now *now, size_t index, enum entry_kind kind)
{
    const struct node_peer *peer = &node->peers[index];
    struct message_hash here;
    size_t i = 0;

    while (in_order[i] != kind)
        i++;
    while (++i < ENTRY_KINDS) {
        enum entry_kind next = in_order[i];

        if (!root_here(node, &peer->ping, next, &here) ||
            hashes_equal(&here, &peer->ping.roots[next - 1]))
            continue;
        repair_begin(node, now, index, next);
        return;
    }
    compare_begin(node, now);
}

void compare_now(struct node *node, const struct now *now)
{
    struct message_hash here;

    for (size_t i = 0; i < node->peer_count; i++) {
        struct node_peer *peer = &node->peers[i];

        peer->descents = 0;
        peer->fresh = true;
        peer->tell = true;
        for (enum entry_kind kind = ENTRY_ALLOW; kind >= ENTRY_STRIKE; kind--) {
            if (peer->ping_ms == 0 || !root_here(node, &peer->ping, kind, &here) ||
                hashes_equal(&here, &peer->ping.roots[kind - 1]))
                continue;
            peer->differs[kind - 1]++;
            peer->due = true;
        }
    }
    (void)check_at_once(node, now);
    compare_begin(node, now);
}
