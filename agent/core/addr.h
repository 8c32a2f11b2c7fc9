/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IPv4 or IPv6 prefix: the value every other part counts, bans and writes.
 *
 * Canonical by construction: host bits are zero, a v4-mapped IPv6 address is IPv4, unused bytes are
 * zero. So two equal prefixes are equal byte for byte. A host is a prefix of full length.
 * Does not: resolve names, know scopes or ports.
 */
#ifndef BANSYNC_CORE_ADDR_H
#define BANSYNC_CORE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDR_IPV4 = 4, ADDR_IPV6 = 6 };

/* Room for the longest text form, "xxxx:...:255.255.255.255/128", and NUL. */
#define ADDR_TEXT_SIZE 64
/* kind, prefix length, 16 bytes */
#define ADDR_CANONICAL_BYTES 18

struct addr {
    uint8_t kind;   /* ADDR_IPV4 or ADDR_IPV6 */
    uint8_t length; /* prefix length in bits */
    uint8_t bytes[16];
};

/* Parses one host address exactly as inet_pton does (no mask, port, scope, brackets, blanks,
 * leading zeros). text need not be NUL-terminated. Returns 0, or -1 and leaves *out alone. */
int addr_parse_host(const char *text, size_t text_length, struct addr *out);

/* Parses a host or "ADDRESS/LENGTH" (decimal digits only, no sign, no leading zero). Host bits must
 * be zero unless mask_host_bits, which clears them. v4-mapped with a length < 96 is refused.
 * Returns 0 or -1. */
int addr_parse(const char *text, size_t text_length, bool mask_host_bits, struct addr *out);

/* Writes the canonical text with NUL: inet_ntop's form; "/LENGTH" only if it is not a host.
 * Returns the length without NUL. */
size_t addr_print(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* As addr_print, but as an operator must type it to mean just that: an IPv6 host has its "/128", as
 * without it it stands for its prefix. */
size_t addr_print_operand(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* As addr_print, but always with "/LENGTH". */
size_t addr_print_net(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* Widens addr to length bits and clears the host bits; a longer length leaves it alone. */
void addr_widen(struct addr *addr, unsigned length);

/* The subject a sender counts as: an IPv4 host itself, an IPv6 address cut to ipv6_prefix bits. */
struct addr addr_subject(const struct addr *addr, unsigned ipv6_prefix);

/* Order of the map: IPv4 before IPv6, then by address bytes, then shorter prefix first. <0, 0, >0.
 */
int addr_compare(const struct addr *a, const struct addr *b);

/* True if every address of inner is in outer. */
bool addr_covers(const struct addr *outer, const struct addr *inner);

/* True for a full-length prefix. */
bool addr_is_host(const struct addr *addr);

/* 32 or 128. */
unsigned addr_bits(const struct addr *addr);

/* False for loopback, unspecified and multicast addresses: those are never counted. */
bool addr_is_countable(const struct addr *addr);

/* False if the prefix is wider than /8 (IPv4) or /32 (IPv6), or longer than an address, which is
 * damage: such an entry has no effect anywhere. */
bool addr_is_bannable(const struct addr *addr);

/* True if the value keeps the rules above; anything decoded from outside must pass it. */
bool addr_is_canonical(const struct addr *addr);

#endif
