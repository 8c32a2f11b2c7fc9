/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of single UTF-8 characters (RFC 3629), see utf8.h.
 */
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_direction_sign(const uint8_t in[3]);

size_t utf8_printable(const char *bytes, size_t length)
{
    static const uint32_t smallest[] = {0, 0, 0xa0, 0x800,
                                        0x10000}; /* by length; U+0080 to 9F: C1 */
    const uint8_t *in = (const uint8_t *)bytes;
    const uint8_t first = in[0];
    const size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = first & (0x7fU >> size);
    bool is_surrogate;

    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    if (first < 0xc2 || first > 0xf4 || size > length)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((in[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (in[i] & 0x3f);
    }
    is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < smallest[size] || code > 0x10ffff || is_surrogate ? 0 : size;
}

size_t utf8_unambiguous(const char *bytes, size_t length)
{
    const size_t size = utf8_printable(bytes, length);

    return size == 3 && is_direction_sign((const uint8_t *)bytes) ? 0 : size;
}

/* E2 80 8E and 8F, E2 80 AA to AE, E2 81 A6 to A9; EF BB BF. */
static bool is_direction_sign(const uint8_t in[3])
{
    const uint8_t last = in[2];

    if (in[0] == 0xef)
        return in[1] == 0xbb && last == 0xbf;
    if (in[0] != 0xe2)
        return false;
    if (in[1] == 0x80)
        return last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xae);
    return in[1] == 0x81 && last >= 0xa6 && last <= 0xa9;
}
