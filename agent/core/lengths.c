/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which prefix lengths there are, see lengths.h.
 */
#include "lengths.h"

#define WORD_BITS 64

static uint64_t bit_of(unsigned length)
{
    return (uint64_t)1 << length % WORD_BITS;
}

/* A longer one is damage, and in no word. */
static bool is_kept(const struct addr *addr, unsigned length)
{
    return addr->kind != ADDR_ACCOUNT && length < LENGTHS_WORDS * WORD_BITS;
}

bool lengths_note(struct lengths *lengths, const struct addr *addr)
{
    uint64_t *words = addr->kind == ADDR_IPV4 ? lengths->ipv4 : lengths->ipv6;

    if (!is_kept(addr, addr->length) || lengths_has(lengths, addr, addr->length))
        return false;
    words[addr->length / WORD_BITS] |= bit_of(addr->length);
    return true;
}

bool lengths_has(const struct lengths *lengths, const struct addr *addr, unsigned length)
{
    const uint64_t *words = addr->kind == ADDR_IPV4 ? lengths->ipv4 : lengths->ipv6;

    return !is_kept(addr, length) || (words[length / WORD_BITS] & bit_of(length)) != 0;
}
