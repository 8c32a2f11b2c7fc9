/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_print.c: what is printed is read as the same value. config_origin.c: where it stands.
 */
#include "config_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_fixture.h"
#include "config_value.h"

static const struct config_option *option_of(const char *section, const char *key)
{
    const struct config_option *option = config_option_find(section, key);
    assert_non_null(option);
    return option;
}

static void print_is(const struct config *config, const char *section, const char *key,
                     size_t index, const char *expected)
{
    char text[CONFIG_PRINT_SIZE];
    bool is_set = config_print(config, option_of(section, key), index, text);
    assert_int_equal(is_set, expected != NULL);
    if (expected)
        assert_string_equal(text, expected);
}

/* Place of the value, "-" if it is a default. */
static void stands_at(const struct config *config, const char *section, const char *key,
                      size_t index, const char *file, unsigned line)
{
    struct config_place place;
    size_t option = (size_t)(option_of(section, key) - config_options);
    bool found = config_origins_find(&config->origins, option, index, &place);
    assert_int_equal(found, file != NULL);
    if (!file)
        return;
    assert_string_equal(strrchr(place.file, '/') + 1, file);
    assert_int_equal(place.line, line);
}

static void defaults_are_printed_as_they_are_in_the_table(void **state)
{
    (void)state;
    struct config *config = config_defaults();
    assert_non_null(config);
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        char text[CONFIG_PRINT_SIZE];
        if (strcmp(option->key, "mail_from") == 0)
            continue; /* has the host's name */
        assert_int_equal(config_print(config, option, 0, text), option->fallback[0] != '\0');
        if (option->fallback[0] != '\0')
            assert_string_equal(text, option->fallback);
    }
    config_free(&config);
}

static const char written[] = "[node]\n"
                              "name = mx1\n"
                              "[cluster]\n"
                              "peer = mx2 tcp://192.0.2.2:11339 " KEY_2 "\n"
                              "  mx3 tcp://[2001:db8::3]:11339 " KEY_3 "\n"
                              "[detect]\n"
                              "source = rspamd\n"
                              "count = messages\n"
                              "accounts = ban\n"
                              "start_at = beginning\n"
                              "window = 90s\n"
                              "buckets = my bucket\n"
                              "[ban]\n"
                              "durations = 1h 1d permanent\n"
                              "mode = observe\n"
                              "[never-ban]\n"
                              "net = 192.0.2.0/24\n"
                              "account = bob@example.org\n"
                              "[alert]\n"
                              "webhook_format = slack\n"
                              "on = permanent, clone\n"
                              "[log]\n"
                              "level = debug\n";

static void what_is_printed_is_read_as_the_same(void **state)
{
    (void)state;
    struct config *config = config_fixture_accept(written);
    struct config *again = calloc(1, sizeof(*again));
    assert_non_null(again);
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        char text[CONFIG_PRINT_SIZE], mistake[CONFIG_MISTAKE_SIZE];
        size_t index = 0;
        while (config_print(config, option, index++, text)) {
            assert_int_equal(config_value_set(again, option, text, mistake), 0);
            if (!config_option_is_list(option))
                break;
        }
        assert_true(config_value_same(option, config, again));
    }
    print_is(config, "detect", "window", 0, "90s");
    print_is(config, "ban", "durations", 0, "1h 1d permanent");
    print_is(config, "cluster", "peer", 1, "mx3 tcp://[2001:db8::3]:11339 " KEY_3);
    print_is(config, "cluster", "peer", 2, NULL);
    print_is(config, "node", "listen", 0, NULL);
    print_is(config, "detect", "accounts", 0, "ban");
    print_is(config, "alert", "on", 0, "permanent, clone");
    snprintf(config->webhook, sizeof(config->webhook), "https://hooks.example.org/secret");
    print_is(config, "alert", "webhook", 0, "https://hooks.example.org/...");
    config_free(&config);
    config_free(&again);
}

static void each_value_has_its_line(void **state)
{
    (void)state;
    static const char later[] = "[detect]\nwindow = 2m\n[never-ban]\nnet = 192.0.2.9\n";
    config_fixture_write("conf.d/10.conf", later, strlen(later));
    struct config *config = config_fixture_accept(written);
    stands_at(config, "node", "name", 0, "bansync.conf", 2);
    stands_at(config, "cluster", "peer", 0, "bansync.conf", 4);
    stands_at(config, "cluster", "peer", 1, "bansync.conf", 5);
    stands_at(config, "cluster", "peer", 2, NULL, 0);
    stands_at(config, "detect", "window", 0, "10.conf", 2); /* the later file wins */
    stands_at(config, "never-ban", "net", 0, "bansync.conf", 17);
    stands_at(config, "never-ban", "net", 1, "10.conf", 4);
    stands_at(config, "detect", "threshold", 0, NULL, 0);
    config_free(&config);
}

static void a_reload_takes_over_what_it_applies(void **state)
{
    (void)state;
    struct config *running = config_fixture_accept(written);
    struct config *wanted = config_fixture_accept("[detect]\n\nwindow = 3m\n\nsource = log\n");
    config_apply(running, wanted);
    stands_at(running, "detect", "window", 0, "bansync.conf", 3);
    stands_at(running, "detect", "source", 0, "bansync.conf", 7); /* needs a restart */
    stands_at(running, "never-ban", "net", 0, NULL, 0);
    print_is(running, "detect", "window", 0, "3m");
    print_is(running, "detect", "source", 0, "rspamd");
    config_free(&running);
    config_free(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_printed_as_they_are_in_the_table),
        cmocka_unit_test_setup_teardown(what_is_printed_is_read_as_the_same, config_fixture_make,
                                        config_fixture_remove),
        cmocka_unit_test_setup_teardown(each_value_has_its_line, config_fixture_make,
                                        config_fixture_remove),
        cmocka_unit_test_setup_teardown(a_reload_takes_over_what_it_applies, config_fixture_make,
                                        config_fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
