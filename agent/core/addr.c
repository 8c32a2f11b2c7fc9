/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom strikes count against, see addr.h.
 *
 * Of addresses only inet_pton reads and inet_ntop writes; between them there are bytes and a
 * length. But for IPv4, which is written here as inet_ntop does: a map may have a million of them,
 * and most of the time that it takes to draw it would go to snprintf. Does not: resolve names, know
 * scopes or ports.
 */
#include "addr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <bansync/limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_BYTES 16

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static size_t bytes_of(const struct addr *addr);
static int parse_bytes(const char *text, size_t text_length, struct addr *out);
static int parse_length(const char *text, size_t text_length, unsigned length_max);
static size_t print_number(uint8_t number, char *text);
static size_t print_bytes(const struct addr *addr, char *text);
static size_t print_account(const struct addr *account, const char *before, const char *escaped,
                            char *text);
static size_t print_account_operand(const struct addr *account, char *text);
static bool is_v4_mapped(const struct addr *addr);
static bool is_around_v4(const struct addr *addr);
static void unmap_v4(struct addr *addr);
static void clear_host_bits(struct addr *addr);

struct prefix addr_to_prefix(const struct addr *addr)
{
    struct prefix prefix = {.kind = addr->kind, .length = addr->length};
    assert(addr->kind != ADDR_ACCOUNT);
    memcpy(prefix.bytes, addr->bytes, sizeof prefix.bytes);
    return prefix;
}

struct addr addr_of_prefix(const struct prefix *prefix)
{
    struct addr addr = {.kind = prefix->kind, .length = prefix->length};
    memcpy(addr.bytes, prefix->bytes, sizeof prefix->bytes);
    return addr;
}

int addr_parse_host(const char *text, size_t text_length, struct addr *out)
{
    struct addr addr;
    if (parse_bytes(text, text_length, &addr) < 0)
        return -1;
    if (is_v4_mapped(&addr))
        unmap_v4(&addr);
    *out = addr;
    return 0;
}

int addr_parse(const char *text, size_t text_length, bool mask_host_bits, struct addr *out)
{
    const char *slash = text_length > 0 ? memchr(text, '/', text_length) : NULL;
    if (!slash)
        return addr_parse_host(text, text_length, out);
    struct addr addr;
    size_t host_length = (size_t)(slash - text);
    if (parse_bytes(text, host_length, &addr) < 0)
        return -1;
    int length = parse_length(slash + 1, text_length - host_length - 1, addr_bits(&addr));
    if (length < 0)
        return -1;
    addr.length = (uint8_t)length;
    if (is_v4_mapped(&addr)) {
        if (length < 96)
            return -1;
        unmap_v4(&addr);
    }
    struct addr masked = addr;
    clear_host_bits(&masked);
    if (!mask_host_bits && memcmp(masked.bytes, addr.bytes, ADDRESS_BYTES) != 0)
        return -1;
    *out = masked;
    return 0;
}

int addr_parse_account(const char *name, size_t name_length, struct addr *out)
{
    struct addr account = {.kind = ADDR_ACCOUNT, .length = (uint8_t)name_length};
    if (name_length == 0 || name_length >= ACCOUNT_BYTES_MAX)
        return -1;
    for (size_t i = 0; i < name_length; i++) {
        uint8_t byte = (uint8_t)name[i];
        if (byte < 0x20 || byte == 0x7f)
            return -1;
        account.bytes[i] = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
    }
    *out = account;
    return 0;
}

size_t addr_print(const struct addr *addr, char text[ADDR_TEXT_SIZE])
{
    bool is_address = addr->kind != ADDR_ACCOUNT && addr_is_host(addr);
    return is_address ? print_bytes(addr, text) : addr_print_net(addr, text);
}

size_t addr_print_operand(const struct addr *addr, char text[ADDR_TEXT_SIZE])
{
    if (addr->kind == ADDR_ACCOUNT)
        return print_account_operand(addr, text);
    return addr->kind == ADDR_IPV6 ? addr_print_net(addr, text) : addr_print(addr, text);
}

size_t addr_print_subject(const struct addr *addr, char text[ADDR_TEXT_SIZE])
{
    return addr->kind == ADDR_ACCOUNT ? addr_print(addr, text) : addr_print_operand(addr, text);
}

size_t addr_print_name(const struct addr *account, char name[ADDR_NAME_SIZE])
{
    size_t size = 0;

    for (size_t i = 0; i < account->length && i < sizeof(account->bytes); i++) {
        if (account->bytes[i] == '\\')
            name[size++] = '\\';
        name[size++] = (char)account->bytes[i];
    }
    return size;
}

size_t addr_print_net(const struct addr *addr, char text[ADDR_TEXT_SIZE])
{
    if (addr->kind == ADDR_ACCOUNT)
        return print_account(addr, "account ", "\\", text);
    size_t length = print_bytes(addr, text);
    text[length++] = '/';
    length += print_number(addr->length, text + length);
    text[length] = '\0';
    return length;
}

void addr_widen(struct addr *addr, unsigned length)
{
    if (length >= addr->length || addr->kind == ADDR_ACCOUNT)
        return;
    addr->length = (uint8_t)length;
    clear_host_bits(addr);
}

unsigned addr_widest(const struct addr *addr)
{
    if (addr->kind == ADDR_ACCOUNT)
        return addr->length > 0 ? addr->length : 1; /* none has no name, but for damage */
    return addr->kind == ADDR_IPV4 ? PREFIX4_MIN : PREFIX6_MIN;
}

struct addr addr_subject(const struct addr *addr, unsigned ipv6_prefix)
{
    struct addr subject = *addr;
    if (subject.kind == ADDR_IPV6)
        addr_widen(&subject, ipv6_prefix);
    return subject;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = memcmp(a->bytes, b->bytes, bytes_of(a));
    if (order != 0)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

bool addr_covers(const struct addr *outer, const struct addr *inner)
{
    if (outer->kind != inner->kind || outer->length > inner->length)
        return false;
    struct addr cut = *inner;
    addr_widen(&cut, outer->length);
    return cut.length == outer->length && memcmp(cut.bytes, outer->bytes, bytes_of(outer)) == 0;
}

bool addr_is_host(const struct addr *addr)
{
    return addr->length == addr_bits(addr);
}

unsigned addr_bits(const struct addr *addr)
{
    if (addr->kind == ADDR_ACCOUNT)
        return addr->length;
    return addr->kind == ADDR_IPV4 ? 32 : 128;
}

bool addr_is_countable(const struct addr *addr)
{
    static const uint8_t unspecified[4] = {0};
    uint8_t first = addr->bytes[0];
    if (addr->kind == ADDR_ACCOUNT)
        return true;
    if (memcmp(addr->bytes, unspecified, sizeof unspecified) == 0)
        return false; /* of IPv6 all of ::/32 */
    return addr->kind == ADDR_IPV4 ? first != 127 && first >> 4 != 14 : first != 0xff;
}

bool addr_is_bannable(const struct addr *addr)
{
    if (addr->kind == ADDR_ACCOUNT)
        return addr->length > 0 && addr->length < ACCOUNT_BYTES_MAX;
    return addr->length >= addr_widest(addr) && addr->length <= addr_bits(addr) &&
           !is_around_v4(addr);
}

bool addr_is_canonical(const struct addr *addr)
{
    struct addr account;
    if (addr->kind == ADDR_ACCOUNT)
        return addr_parse_account((const char *)addr->bytes, addr->length, &account) == 0 &&
               memcmp(account.bytes, addr->bytes, sizeof account.bytes) == 0;
    if (addr->kind != ADDR_IPV4 && addr->kind != ADDR_IPV6)
        return false;
    if (addr->length > addr_bits(addr) || is_v4_mapped(addr))
        return false;
    struct addr masked = *addr;
    clear_host_bits(&masked);
    return memcmp(masked.bytes, addr->bytes, sizeof masked.bytes) == 0;
}

/* Those that may differ between two of that kind. */
static size_t bytes_of(const struct addr *addr)
{
    return addr->kind == ADDR_ACCOUNT ? sizeof addr->bytes : ADDRESS_BYTES;
}

/* Reads one address without a mask; a v4-mapped one stays IPv6, so that the caller can judge its
 * length. */
static int parse_bytes(const char *text, size_t text_length, struct addr *out)
{
    char copy[INET6_ADDRSTRLEN];
    if (text_length == 0 || text_length >= sizeof copy || memchr(text, '\0', text_length))
        return -1;
    memcpy(copy, text, text_length);
    copy[text_length] = '\0';
    memset(out, 0, sizeof *out);
    out->kind = memchr(copy, ':', text_length) ? ADDR_IPV6 : ADDR_IPV4;
    out->length = (uint8_t)addr_bits(out);
    int family = out->kind == ADDR_IPV6 ? AF_INET6 : AF_INET;
    return inet_pton(family, copy, out->bytes) == 1 ? 0 : -1;
}

static int parse_length(const char *text, size_t text_length, unsigned length_max)
{
    if (text_length == 0 || text_length > 3 || (text[0] == '0' && text_length > 1))
        return -1;
    unsigned length = 0;
    for (size_t i = 0; i < text_length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        length = length * 10 + (unsigned)(text[i] - '0');
    }
    return length <= length_max ? (int)length : -1;
}

/* Decimal, at most three digits, without NUL. */
static size_t print_number(uint8_t number, char *text)
{
    size_t length = 0;
    if (number >= 100)
        text[length++] = (char)('0' + number / 100);
    if (number >= 10)
        text[length++] = (char)('0' + number / 10 % 10);
    text[length++] = (char)('0' + number % 10);
    return length;
}

static size_t print_ipv4(const struct addr *addr, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < 4; i++) {
        length += print_number(addr->bytes[i], text + length);
        text[length++] = '.';
    }
    text[--length] = '\0';
    return length;
}

static size_t print_bytes(const struct addr *addr, char *text)
{
    if (addr->kind == ADDR_IPV4)
        return print_ipv4(addr, text);
    const char *printed = inet_ntop(AF_INET6, addr->bytes, text, ADDR_PREFIX_TEXT_SIZE);
    assert(printed);
    return strlen(text);
}

/* Any prefix whose bytes lie in ::ffff:0:0/96, whatever its length. */
static bool is_v4_mapped(const struct addr *addr)
{
    return addr->kind == ADDR_IPV6 && memcmp(addr->bytes, v4_mapped, sizeof v4_mapped) == 0;
}

/* In ::/32, where all IPv4 addresses are for whoever reads a map, as v4-mapped ones. */
static bool is_around_v4(const struct addr *addr)
{
    return addr->kind == ADDR_IPV6 && memcmp(addr->bytes, v4_mapped, 4) == 0;
}

static void unmap_v4(struct addr *addr)
{
    assert(addr->length >= 96);
    addr->kind = ADDR_IPV4;
    addr->length = (uint8_t)(addr->length - 96);
    memmove(addr->bytes, addr->bytes + 12, 4);
    memset(addr->bytes + 4, 0, 12);
}

static void clear_host_bits(struct addr *addr)
{
    unsigned whole = addr->length / 8;
    unsigned rest = addr->length % 8;
    if (whole > ADDRESS_BYTES)
        return; /* beyond 128, as only damage makes it: nothing outside may be written */
    if (rest > 0 && whole < ADDRESS_BYTES) {
        addr->bytes[whole] &= (uint8_t)(0xff << (8 - rest));
        whole++;
    }
    memset(addr->bytes + whole, 0, sizeof addr->bytes - whole);
}

static size_t print_account(const struct addr *account, const char *before, const char *escaped,
                            char *text)
{
    size_t used = strlen(before);
    memcpy(text, before, used);
    for (size_t i = 0; i < account->length && i < sizeof account->bytes; i++) {
        char byte = (char)account->bytes[i];
        if (byte >= 0x20 && byte < 0x7f && strchr(escaped, byte) == NULL)
            text[used++] = byte;
        else
            used += (size_t)snprintf(text + used, 5, "\\x%02X", account->bytes[i]);
    }
    text[used] = '\0';
    return used;
}

/* Bytes that mean nothing to a shell. */
static bool is_plain(const struct addr *account)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-";
    for (size_t i = 0; i < account->length && i < sizeof account->bytes; i++)
        if (account->bytes[i] == '\0' || strchr(plain, account->bytes[i]) == NULL)
            return false;
    return true;
}

static size_t print_account_operand(const struct addr *account, char *text)
{
    if (is_plain(account))
        return print_account(account, "--account ", "", text);
    size_t used = print_account(account, "--account $'", "\\'", text);
    memcpy(text + used, "'", 2);
    return used + 1;
}
