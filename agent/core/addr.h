/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom strikes count against: an IPv4 or IPv6 prefix, or an account, the SASL user that sent a
 * mail. The value that every other part counts, bans and writes.
 *
 * Canonical by construction: host bits are zero, a v4-mapped IPv6 address is IPv4, unused bytes are
 * zero. So two equal ones are equal byte for byte. A host is a prefix of full length. The name of
 * an account is as rspamd logs it, its ASCII letters in lower case: rspamd's maps know no case, so
 * that "Bob" and "bob" could not be banned apart (docs/DESIGN.md section 9). An account covers
 * nothing but itself. Does not: resolve names, know scopes or ports.
 */
#ifndef BANSYNC_CORE_ADDR_H
#define BANSYNC_CORE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

enum { ADDR_IPV4 = 4, ADDR_IPV6 = 6, ADDR_ACCOUNT = 7 };

/* Room for the longest text form of a prefix, "xxxx:...:255.255.255.255/128", and of any: "account
 * " and a name, each byte of it escaped in four. Both with NUL. */
#define ADDR_PREFIX_TEXT_SIZE 64
#define ADDR_TEXT_SIZE (16 + 4 * ACCOUNT_BYTES_MAX)

struct addr {
    uint8_t kind;   /* ADDR_IPV4, ADDR_IPV6 or ADDR_ACCOUNT */
    uint8_t length; /* prefix length in bits; of an account: bytes of its name */
    uint8_t bytes[ACCOUNT_BYTES_MAX];
};

/* A prefix without the room that an account needs, for where there are many. */
struct prefix {
    uint8_t kind; /* ADDR_IPV4 or ADDR_IPV6 */
    uint8_t length;
    uint8_t bytes[16];
};

/* addr must be no account. */
struct prefix addr_to_prefix(const struct addr *addr);
struct addr addr_of_prefix(const struct prefix *prefix);

/* Parses one host address exactly as inet_pton does (no mask, port, scope, brackets, blanks,
 * leading zeros). text need not be NUL-terminated. Returns 0, or -1 and leaves *out alone. */
int addr_parse_host(const char *text, size_t text_length, struct addr *out);

/* Parses a host or "ADDRESS/LENGTH" (decimal digits only, no sign, no leading zero). Host bits must
 * be zero unless mask_host_bits, which clears them. v4-mapped with a length < 96 is refused.
 * Returns 0 or -1. */
int addr_parse(const char *text, size_t text_length, bool mask_host_bits, struct addr *out);

/* The account of that name (not NUL-terminated), whose ASCII letters become lower case. Returns 0;
 * or -1, and leaves *out alone, if the name is empty, has a control byte (below 0x20, or 0x7f), or
 * is not shorter than ACCOUNT_BYTES_MAX: it may have been cut there, and two could become one. */
int addr_parse_account(const char *name, size_t name_length, struct addr *out);

/* Writes the canonical text with NUL: inet_ntop's form; "/LENGTH" only if it is not a host. Of an
 * account: "account NAME", where what is no printable ASCII of the name is "\xNN". Of a prefix
 * ADDR_PREFIX_TEXT_SIZE suffices. Returns the length without NUL. */
size_t addr_print(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* As addr_print, but as an operator must type it to mean just that: an IPv6 host has its "/128", as
 * without it it stands for its prefix; an account is "--account NAME", quoted for a shell where it
 * must be. */
size_t addr_print_operand(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* As addr_print_operand, but as it is named in a sentence: an account is "account NAME". */
size_t addr_print_subject(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* The name of an account, its backslashes doubled, so that whatever bytes it has, these are read
 * back where "\\" and "\xNN" stand for bytes: in requests and lists. Without NUL; returns the
 * length.
 */
#define ADDR_NAME_SIZE (2 * (size_t)ACCOUNT_BYTES_MAX)
size_t addr_print_name(const struct addr *account, char name[ADDR_NAME_SIZE]);

/* As addr_print, but a prefix always has its "/LENGTH". */
size_t addr_print_net(const struct addr *addr, char text[ADDR_TEXT_SIZE]);

/* Widens addr to length bits and clears the host bits; a longer length leaves it alone, and so does
 * an account. */
void addr_widen(struct addr *addr, unsigned length);

/* The shortest length that has an effect: of IPv4 8, of IPv6 32 bits; of an account its own. */
unsigned addr_widest(const struct addr *addr);

/* The subject a sender counts as: an IPv4 host itself, an IPv6 address cut to ipv6_prefix bits. */
struct addr addr_subject(const struct addr *addr, unsigned ipv6_prefix);

/* Order of the map: IPv4 before IPv6, then by address bytes, then shorter prefix first; accounts
 * come last, by the bytes of their names. <0, 0, >0. */
int addr_compare(const struct addr *a, const struct addr *b);

/* True if every address of inner is in outer, or both are the same account. */
bool addr_covers(const struct addr *outer, const struct addr *inner);

/* True for a full-length prefix, and for an account. */
bool addr_is_host(const struct addr *addr);

/* 32 or 128; of an account its length. */
unsigned addr_bits(const struct addr *addr);

/* False for loopback, unspecified and multicast addresses, and for all of ::/32, which nobody
 * sends from and where the v4-mapped addresses lie: those are never counted. */
bool addr_is_countable(const struct addr *addr);

/* False if the prefix is wider than /8 (IPv4) or /32 (IPv6), or longer than an address, which is
 * damage; and in ::/32: there one could cover ::ffff:0:0/96, which for rspamd is all of IPv4. Such
 * an entry has no effect anywhere. */
bool addr_is_bannable(const struct addr *addr);

/* True if the value keeps the rules above; anything decoded from outside must pass it. */
bool addr_is_canonical(const struct addr *addr);

#endif
