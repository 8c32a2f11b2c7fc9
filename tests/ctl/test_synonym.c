/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words from elsewhere: each leads to a command that there is, and none is one.
 */
#include "synonym.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "command_table.h"

static bool exists(const char *name)
{
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++)
        if (strcmp(command_at(i)->name, name) == 0)
            return true;
    return command_is_group(name);
}

static void test_each_leads_to_a_command(void **state)
{
    (void)state;
    for (const struct synonym *synonym = synonyms; synonym->word; synonym++) {
        if (!exists(synonym->meant) || (synonym->other && !exists(synonym->other)))
            fail_msg("%s leads nowhere", synonym->word);
        if (exists(synonym->word))
            fail_msg("%s is a command", synonym->word);
        assert_ptr_equal(synonym_find(synonym->word), synonym); /* it is there once */
    }
    assert_null(synonym_find("list"));
    assert_null(synonym_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_leads_to_a_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
