/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of bans, see map_pieces.h.
 */
#include "map_pieces.h"

#include <assert.h>

/* The half of addr whose next bit is bit. */
static struct addr half(const struct addr *addr, unsigned bit)
{
    struct addr part = *addr;

    if (bit != 0)
        part.bytes[addr->length / 8] |= (uint8_t)(0x80u >> (addr->length % 8));
    part.length++;
    return part;
}

/* Halving goes down one path at a time, so the stack never holds more than one prefix per length.
 */
int map_pieces_append(const struct state *state, const struct addr *addr, struct prefixes *out)
{
    int64_t now_ms = state_now_ms(state);
    struct addr stack[130];
    size_t depth = 0;

    stack[depth++] = *addr;
    while (depth > 0) {
        struct addr part = stack[--depth];

        if (allows_cover(&state->allows, &part, now_ms) != NULL)
            continue;
        if (!allows_inside(&state->allows, &part, now_ms)) {
            if (prefixes_append(out, &part) != 0)
                return -1;
            continue;
        }
        assert(depth + 2 <= sizeof(stack) / sizeof(stack[0]));
        stack[depth++] = half(&part, 1);
        stack[depth++] = half(&part, 0);
    }
    return 0;
}

/* The prefixes that are on the allowlist now, in order. */
static int list_allowed(const struct state *state, struct prefixes *out)
{
    const struct allows *allows = &state->allows;

    for (size_t i = 0; i < allows->count; i++)
        if (allows->list[i].addr.kind != ADDR_ACCOUNT &&
            allow_is_live(&allows->list[i], state_now_ms(state)) &&
            prefixes_append(out, &allows->list[i].addr) != 0)
            return -1;
    return 0;
}

/* Takes those that an allow entry touches out of the list, and appends their pieces to out. */
static int split(const struct state *state, struct prefixes *prefixes,
                 const struct prefixes *allowed, struct prefixes *out)
{
    struct prefixes_walk walk;
    size_t kept = 0;

    prefixes_walk_begin(&walk, allowed);
    for (size_t i = 0; i < prefixes->count; i++) {
        struct addr addr = prefixes_at(prefixes, i);

        if (!prefixes_walk_touches(&walk, &addr))
            prefixes->list[kept++] = prefixes->list[i];
        else if (map_pieces_append(state, &addr, out) != 0)
            return -1;
    }
    prefixes->count = kept;
    return 0;
}

int map_pieces_take(const struct state *state, struct prefixes *prefixes)
{
    struct prefixes allowed = {0}, pieces = {0};
    int result = -1;

    if (list_allowed(state, &allowed) != 0)
        goto out;
    if (allowed.count > 0 && split(state, prefixes, &allowed, &pieces) != 0)
        goto out;
    for (size_t i = 0; i < pieces.count; i++) {
        struct addr piece = prefixes_at(&pieces, i);

        if (prefixes_append(prefixes, &piece) != 0)
            goto out;
    }
    if (pieces.count > 0)
        prefixes_sort(prefixes);
    result = 0;
out:
    prefixes_clear(&allowed);
    prefixes_clear(&pieces);
    return result;
}

static bool is_banned(const struct state *state, const struct addr *addr)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);

    return subject != NULL && record_is_banned(&subject->record, state_now_ms(state));
}

/* A wider ban is split down to this piece where an allow entry touches the prefix of the next
 * shorter length. */
bool map_pieces_has(const struct state *state, const struct addr *piece)
{
    struct addr wide = *piece;

    if (addr_is_bannable(piece) && is_banned(state, piece))
        return true;
    if (piece->length <= addr_widest(piece))
        return false;
    addr_widen(&wide, piece->length - 1u);
    if (!allows_inside(&state->allows, &wide, state_now_ms(state)))
        return false;
    while (!is_banned(state, &wide)) {
        if (wide.length <= addr_widest(&wide))
            return false;
        addr_widen(&wide, wide.length - 1u);
    }
    return true;
}
