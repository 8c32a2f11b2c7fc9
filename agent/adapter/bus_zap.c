/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZAP 1.0 requests and replies as plain parts: see bus_zap.h.
 *
 * A request is version, id, domain, address, routing id, mechanism, key; a reply is version, id,
 * status, text, User-Id, metadata.
 * Does not: trust a size, though only libzmq itself can write to that socket.
 */
#include "bus_zap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { REQUEST_VERSION, REQUEST_ID, REQUEST_ADDRESS = 3, REQUEST_MECHANISM = 5, REQUEST_KEY };

static bool part_is(const struct bus_part *part, const char *text);
static struct bus_part part_of(const char *text);

const uint8_t *bus_zap_key(const struct bus_part request[BUS_ZAP_REQUEST_PARTS])
{
    if (!part_is(&request[REQUEST_VERSION], "1.0") ||
        !part_is(&request[REQUEST_MECHANISM], "CURVE") ||
        request[REQUEST_KEY].size != NODE_KEY_BYTES) {
        return NULL;
    }
    return request[REQUEST_KEY].bytes;
}

void bus_zap_address(const struct bus_part request[BUS_ZAP_REQUEST_PARTS], char *text,
                     size_t text_size)
{
    static const char mapped[] = "::ffff:";
    const char *bytes = request[REQUEST_ADDRESS].bytes;
    size_t size = request[REQUEST_ADDRESS].size;
    size_t skip = sizeof mapped - 1;

    if (size > skip && memcmp(bytes, mapped, skip) == 0 && memchr(bytes, '.', size) != NULL) {
        bytes += skip;
        size -= skip;
    }
    if (size > text_size - 1) {
        size = text_size - 1;
    }
    for (size_t i = 0; i < size; i++) {
        text[i] = bytes[i] > ' ' && bytes[i] <= '~' ? bytes[i] : '?';
    }
    text[size] = '\0';
}

void bus_zap_reply(const struct bus_part request[BUS_ZAP_REQUEST_PARTS], const char *user,
                   struct bus_part reply[BUS_ZAP_REPLY_PARTS])
{
    reply[0] = part_of("1.0");
    reply[1] = request[REQUEST_ID];
    reply[2] = part_of(user != NULL ? "200" : "300");
    reply[3] = part_of(user != NULL ? "" : "unknown key");
    reply[4] = part_of(user != NULL ? user : "");
    reply[5] = part_of("");
}

void bus_zap_user(size_t peer, char user[BUS_ZAP_USER_SIZE])
{
    snprintf(user, BUS_ZAP_USER_SIZE, "%zu", peer);
}

size_t bus_zap_peer(const char *user, size_t peer_count)
{
    if (user == NULL || user[0] == '\0' || (user[0] == '0' && user[1] != '\0')) {
        return peer_count;
    }
    size_t peer = 0;
    for (const char *digit = user; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9') {
            return peer_count;
        }
        peer = peer * 10 + (size_t)(*digit - '0');
        if (peer >= peer_count) {
            return peer_count;
        }
    }
    return peer;
}

static bool part_is(const struct bus_part *part, const char *text)
{
    return part->size == strlen(text) && memcmp(part->bytes, text, part->size) == 0;
}

static struct bus_part part_of(const char *text)
{
    return (struct bus_part){.bytes = text, .size = strlen(text)};
}
