/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help: every command has examples, every option words.
 */
#include "help.h"

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

#include "options.h"

static void test_every_command_has_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        char begin[64];
        snprintf(begin, sizeof(begin), "  banctl %s", command_at(i)->name);
        if (!strstr(help_examples(command_at(i)), begin + 2))
            fail_msg("no example of %s", command_at(i)->name);
        assert_int_equal(strncmp(help_examples(command_at(i)), "  ", 2), 0);
    }
}

static void test_every_option_has_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option;
        const char *position = command_at(i)->options;
        while (command_next_option(&position, &option)) {
            if (!help_option(command_at(i), &option))
                fail_msg("nothing on --%.*s of %s", (int)option.name_length, option.name,
                         command_at(i)->name);
        }
    }
}

/* What an option does to another command is for that one's help. */
static void test_words_on_an_option_are_of_its_command_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option;
        const char *position = command_at(i)->options;
        while (command_next_option(&position, &option)) {
            const char *text = help_option(command_at(i), &option);
            for (size_t j = 0; j < COMMAND_ID_COUNT; j++) {
                char other[64];
                snprintf(other, sizeof(other), "%s: ", command_at(j)->name);
                if (text && strstr(text, other))
                    fail_msg("--%.*s of %s: %s", (int)option.name_length, option.name,
                             command_at(i)->name, text);
            }
        }
    }
}

/* The parser sorts words before it knows the command: an option may not differ between two. */
static void test_an_option_is_the_same_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_ID_COUNT; i++) {
        struct command_option option, other;
        const char *position = command_at(i)->options;
        while (command_next_option(&position, &option)) {
            const struct option_given given = {option.name, option.name_length, NULL};
            assert_false(options_is_global(&given));
            for (size_t j = 0; j < COMMAND_ID_COUNT; j++) {
                if (command_takes(command_at(j), option.name, option.name_length, &other))
                    assert_int_equal(other.value == NULL, option.value == NULL);
            }
        }
    }
}

static void test_examples_come_first(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    for (size_t i = 0; i <= COMMAND_ID_COUNT; i++) {
        FILE *stream = open_memstream(&text, &size);
        if (i < COMMAND_ID_COUNT)
            help_command(stream, command_at(i));
        else
            help_overall(stream, NULL);
        fclose(stream);
        assert_int_equal(strncmp(text, "examples:\n", 10), 0);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_has_examples),
        cmocka_unit_test(test_every_option_has_words),
        cmocka_unit_test(test_words_on_an_option_are_of_its_command_alone),
        cmocka_unit_test(test_an_option_is_the_same_everywhere),
        cmocka_unit_test(test_examples_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
