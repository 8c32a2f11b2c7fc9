/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the own clock is off from the cluster's.
 *
 * The reference is the median of the own wall clock and those in the peers' PINGs of the last 10 s.
 * Of an even number of clocks two are in the middle, and the own one decides between them: half of
 * the clocks is no majority. So it does of two, and alone (docs/DESIGN.md section 4). A node that
 * was told by the others and then hears them no more keeps their time by its monotonic clock: what
 * is done to its wall clock meanwhile does not matter.
 */
#include "skew.h"

/* So many clocks tell which of them is wrong. */
#define SKEW_CLOCKS_MIN 3
/* The monotonic clock drifts by less than CLOCK_SKEW_MS_MAX meanwhile. */
#define SKEW_REMEMBER_MS 604800000
/* A wall clock that went on by more than this since the last commit may be wrong. */
#define SKEW_DOUBT_MS 3600000

/* The own clock first, then the peers'; returns how many. */
static size_t clocks_of(const struct node *node, const struct now *now,
                        int64_t clocks[PEERS_MAX + 1])
{
    size_t count = 0;

    clocks[count++] = now->wall_ms;
    for (size_t i = 0; i < node->peer_count; i++) {
        const struct node_peer *peer = &node->peers[i];

        if (peer->ping_ms != 0 && now->mono_ms - peer->ping_ms <= NODE_CLOCK_MS)
            clocks[count++] = peer->ping.wall_ms + (now->mono_ms - peer->ping_ms);
    }
    return count;
}

static void swap(int64_t *a, int64_t *b)
{
    int64_t kept = *a;

    *a = *b;
    *b = kept;
}

/* The clock of that rank. All need not be sorted for it, and every PING asks. Moves them about. */
static int64_t find_rank(int64_t *clocks, size_t count, size_t rank)
{
    size_t low = 0, end = count;

    for (;;) {
        const int64_t pivot = clocks[low + (end - low) / 2];
        size_t smaller = low, larger = end; /* where those that are equal to it begin and end */

        for (size_t i = low; i < larger;) {
            if (clocks[i] < pivot)
                swap(&clocks[i++], &clocks[smaller++]);
            else if (clocks[i] > pivot)
                swap(&clocks[i], &clocks[--larger]);
            else
                i++;
        }
        if (rank >= smaller && rank < larger)
            return pivot;
        if (rank < smaller)
            end = smaller;
        else
            low = larger;
    }
}

/* The clocks in the middle of all: equal if their number is odd. Returns how many there are. */
static size_t middle_of(const struct node *node, const struct now *now, int64_t middle[2])
{
    int64_t clocks[PEERS_MAX + 1];
    size_t count = clocks_of(node, now, clocks);

    middle[0] = find_rank(clocks, count, (count - 1) / 2);
    middle[1] = find_rank(clocks, count, count / 2);
    return count;
}

static bool is_remembered(const struct node *node, const struct now *now)
{
    return node->ref_heard_ms != 0 && now->mono_ms - node->ref_heard_ms <= SKEW_REMEMBER_MS;
}

static int64_t clamp(int64_t ms, const int64_t middle[2])
{
    if (ms < middle[0])
        return middle[0];
    return ms > middle[1] ? middle[1] : ms;
}

/* The time that is kept is a clock, too: with two others it is outvoted where they agree, as after
 * a pause of the whole machine, in which its monotonic clock may stand still. */
static int64_t ref_of(const struct node *node, const struct now *now, const int64_t middle[2],
                      size_t count)
{
    int64_t kept_ms = now->mono_ms + node->ref_base_ms;

    if (count >= SKEW_CLOCKS_MIN || !is_remembered(node, now))
        return clamp(now->wall_ms, middle);
    return count > 1 ? clamp(kept_ms, middle) : kept_ms;
}

int64_t node_ref_ms(const struct node *node, const struct now *now)
{
    const struct node_ref *ref = &node->ref;
    int64_t middle[2];
    size_t count;

    if (ref->now.mono_ms == now->mono_ms && ref->now.wall_ms == now->wall_ms)
        return ref->ms;
    count = middle_of(node, now, middle);
    return ref_of(node, now, middle, count);
}

void skew_listen(struct node *node, const struct now *now)
{
    int64_t middle[2];
    size_t count = middle_of(node, now, middle);

    if (count >= SKEW_CLOCKS_MIN) {
        node->ref_base_ms = clamp(now->wall_ms, middle) - now->mono_ms;
        node->ref_heard_ms = now->mono_ms;
    }
    node->ref = (struct node_ref){*now, ref_of(node, now, middle, count)};
}

bool node_clock_is_off(const struct node *node, const struct now *now, int64_t *off_ms)
{
    *off_ms = node_ref_ms(node, now) - now->wall_ms;
    /* The wall clock was ahead and went back: stamps and T would be of that other time. Peers may
     * be ahead of ref by CLOCK_SKEW_MS_MAX. */
    if (stamp_ms(node->state.hlc) - *off_ms - now->wall_ms > 2 * CLOCK_SKEW_MS_MAX)
        return true;
    return node->clock_held || *off_ms > CLOCK_SKEW_MS_MAX || *off_ms < -CLOCK_SKEW_MS_MAX;
}

/* More than half of at least three clocks agree with the own one. */
static bool is_confirmed(const struct node *node, const struct now *now)
{
    int64_t middle[2];

    return middle_of(node, now, middle) >= SKEW_CLOCKS_MIN &&
           now->wall_ms - middle[0] <= CLOCK_SKEW_MS_MAX &&
           middle[1] - now->wall_ms <= CLOCK_SKEW_MS_MAX;
}

void skew_begin(struct node *node, const struct now *now, uint64_t saved_hlc)
{
    int64_t saved_ms = stamp_ms(saved_hlc);
    bool ahead = saved_ms > now->wall_ms + CLOCK_SKEW_MS_MAX;
    bool doubtful =
        saved_ms != 0 && node->peer_count >= 2 && now->wall_ms - saved_ms > SKEW_DOUBT_MS;

    node->saved_hlc = saved_hlc;
    node->clock_held = ahead || doubtful;
    node->doubt_until_ms = doubtful ? now->mono_ms + NODE_CLOCK_MS : now->mono_ms;
    if (!ahead && saved_hlc > node->state.hlc)
        node->state.hlc = saved_hlc;
    /* T is that of the earlier clock: at 0 every ban that ever ended would be live. */
    node->state.tick = stamp_tick(ahead ? (uint64_t)now->wall_ms << 16 : node->state.hlc);
}

bool skew_is_waiting(const struct node *node, const struct now *now)
{
    return node->clock_held && now->mono_ms < node->doubt_until_ms;
}

void skew_settle(struct node *node, const struct now *now)
{
    int64_t middle[2];

    if (!node->clock_held ||
        (skew_is_waiting(node, now) && middle_of(node, now, middle) < SKEW_CLOCKS_MIN))
        return;
    if (stamp_ms(node->saved_hlc) <= now->wall_ms + CLOCK_SKEW_MS_MAX) {
        node->clock_held = false;
        if (node->saved_hlc > node->state.hlc)
            node->state.hlc = node->saved_hlc;
    } else {
        node->clock_held = !is_confirmed(node, now);
    }
}
