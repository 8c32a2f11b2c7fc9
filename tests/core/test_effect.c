/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects keep their order, and each its own key and body, however the list grows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "effect.h"

static void add(struct effects *effects, uint32_t i)
{
    struct effect *effect;
    uint8_t body[300];

    memset(body, (int)i, sizeof(body));
    assert_int_equal(effects_reserve(effects, 1, sizeof(i) + i % 300), 0);
    effect = effects_add(effects, EFFECT_PERSIST);
    assert_int_equal(effect->key_size + effect->body_size, 0);
    assert_true(effect->request == 0 && effect->at_ms == 0);
    effects_set_key(effects, effect, &i, sizeof(i));
    effects_set_body(effects, effect, body, i % 300);
}

static void effects_keep_their_order_and_bytes(void **state)
{
    struct effects effects = {0};

    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        add(&effects, i);
    assert_int_equal(effects.count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        const struct effect *effect = &effects.list[i];

        assert_int_equal(effect->type, EFFECT_PERSIST);
        assert_int_equal(effect->key_size, sizeof(i));
        assert_memory_equal(effect_key(&effects, effect), &i, sizeof(i));
        assert_int_equal(effect->body_size, i % 300);
        for (size_t k = 0; k < effect->body_size; k++)
            assert_int_equal(effect_body(&effects, effect)[k], (uint8_t)i);
    }
    effects_close(&effects);
    assert_int_equal(effects.count, 0);
}

static void what_is_reserved_is_added_without_moving(void **state)
{
    struct effects effects = {0};
    const struct effect *list;
    const uint8_t *bytes;

    (void)state;
    assert_int_equal(effects_reserve(&effects, 100, 1000), 0);
    list = effects.list;
    bytes = effects.bytes;
    for (size_t i = 0; i < 100; i++)
        effects_set_body(&effects, effects_add(&effects, EFFECT_PUSH), "0123456789", 10);
    assert_ptr_equal(effects.list, list);
    assert_ptr_equal(effects.bytes, bytes);
    effects_close(&effects);
}

static void an_emptied_list_starts_anew(void **state)
{
    struct effects effects = {0};

    (void)state;
    add(&effects, 7);
    effects_clear(&effects);
    assert_int_equal(effects.count, 0);
    add(&effects, 9);
    assert_int_equal(effects.count, 1);
    assert_int_equal(effect_body(&effects, &effects.list[0])[0], 9);
    effects_close(&effects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_keep_their_order_and_bytes),
        cmocka_unit_test(what_is_reserved_is_added_without_moving),
        cmocka_unit_test(an_emptied_list_starts_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
