/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without memory a message is not made: each allocation of each type is refused in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message.h"
#include "scarce.h"

/* Large, hence not on the stack. */
static struct message message;

/* As large as the type may be, so that memory is asked for again in the middle of it. */
static void fill(uint8_t type)
{
    static const uint8_t content[MAP_CHUNK_BYTES_MAX];

    memset(&message, 0, sizeof(message));
    message.version = MESSAGE_VERSION;
    message.type = type;
    switch ((enum message_type)type) {
    case MESSAGE_PUSH:
        message.push.entry_count = 1;
        message.push.entries[0] = (struct message_entry){1, content, 5000};
        break;
    case MESSAGE_TREE_GET:
    case MESSAGE_TREE:
        message.tree.level = 3;
        message.tree.count = FRAME_NODES_MAX;
        break;
    case MESSAGE_LEAF_GET:
        message.leaf_get.count = FRAME_LEAVES_MAX;
        break;
    case MESSAGE_LEAF:
    case MESSAGE_PULL:
        message.pairs.count = FRAME_PAIRS_MAX;
        break;
    case MESSAGE_BULK_GET:
        message.bulk_get.count = FRAME_RANGES_MAX;
        break;
    case MESSAGE_MAP:
        message.map.bytes = content;
        message.map.size = sizeof(content);
        break;
    case MESSAGE_HELLO:
    case MESSAGE_PING:
    case MESSAGE_ACK:
    case MESSAGE_NACK:
    case MESSAGE_MAP_GET:
        break;
    }
}

static size_t sweep(uint8_t type)
{
    size_t refused = 1, times = 0;

    fill(type);
    for (size_t spared = 0; refused > 0; spared++, times++) {
        uint8_t *bytes = NULL;
        size_t size = 0;
        int result;

        scarce_begin(spared, 1);
        result = message_encode(&message, &bytes, &size);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        assert_true((bytes != NULL) == (result == 0));
        free(bytes);
    }
    return times - 1;
}

static void a_message_is_made_or_not(void **state)
{
    size_t types = 0;

    (void)state;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        size_t times;

        if (strcmp(message_type_name((uint8_t)type), "unknown") == 0)
            continue;
        times = sweep((uint8_t)type);
        assert_true(times > 0);
        types++;
    }
    assert_int_equal(types, 13);
    assert_true(sweep(MESSAGE_PUSH) > 1 && sweep(MESSAGE_TREE) > 1 && sweep(MESSAGE_LEAF_GET) > 1);
    assert_true(sweep(MESSAGE_LEAF) > 1 && sweep(MESSAGE_BULK_GET) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_made_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
