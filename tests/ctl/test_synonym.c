/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words from elsewhere: each leads to a command that there is, and none is one.
 */
#include "synonym.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "command_table.h"

/* Or one with an option behind it, or an option of banctl itself. */
static bool exists(const char *text)
{
    char name[64];
    const char *option = strstr(text, " --");
    if (strcmp(text, "--version") == 0)
        return true;
    snprintf(name, sizeof(name), "%.*s", (int)(option ? (size_t)(option - text) : strlen(text)),
             text);
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
