/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes of the state, see hash.h.
 *
 * Lanes are read as little-endian numbers, so that nodes of any byte order agree.
 */
#include "hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static uint64_t little_endian(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

struct hash_key hash_derive(const char *context, const void *bytes, size_t size)
{
    struct hash_key key;
    crypto_generichash_state blake;

    crypto_generichash_init(&blake, NULL, 0, sizeof(key.bytes));
    crypto_generichash_update(&blake, (const uint8_t *)context, strlen(context) + 1);
    crypto_generichash_update(&blake, bytes, size);
    crypto_generichash_final(&blake, key.bytes, sizeof(key.bytes));
    return key;
}

struct hash_key hash_cluster(const char *name)
{
    return hash_derive("bansync", name, strlen(name));
}

uint64_t hash64(const struct hash_key *key, const void *bytes, size_t size)
{
    uint8_t out[8];

    static_assert(crypto_shorthash_siphash24_BYTES == sizeof(out), "64 bits");
    crypto_shorthash_siphash24(out, bytes, size, key->bytes);
    return little_endian(out);
}

struct hash128 hash128(const struct hash_key *key, const void *bytes, size_t size)
{
    uint8_t out[16];

    static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(out), "128 bits");
    crypto_shorthash_siphashx24(out, bytes, size, key->bytes);
    return (struct hash128){{little_endian(out), little_endian(out + 8)}};
}

uint64_t hash_node(const uint8_t public_key[32])
{
    struct hash_key key = hash_derive("bansync node", public_key, 32);
    uint64_t node = little_endian(key.bytes);

    return node != 0 ? node : 1;
}

void hash_sha256(const void *bytes, size_t size, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t out[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(out, bytes, size);
    for (size_t i = 0; i < sizeof(out); i++) {
        hex[2 * i] = digits[out[i] >> 4];
        hex[2 * i + 1] = digits[out[i] & 15];
    }
    hex[2 * sizeof(out)] = '\0';
}
