/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts for other channels than mail: golden documents, texts and environments, and what no text
 * from outside may do to them; and what there is to choose from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "alertdoc.h"
#include "webhook.h"

#define BYTES(text)            \
    {                          \
        text, sizeof(text) - 1 \
    }
#define NOW_MS 1795427041000 /* 2026-11-23T09:44:01Z */
#define ID "0123456789abcdef0123456789abcdef"

static struct mailtext ban(void)
{
    static const struct mailtext_count counts[] = {{"mx1", 4}, {"mx2", 6}};

    return (struct mailtext){
        .kind = ALERTKIND_BAN,
        .from = "a@example.org",
        .to = "b@example.org",
        .cluster = "mail",
        .node = "mx1",
        .decider = "mx2",
        .sender = "203.0.113.7",
        .id = ID,
        .now_ms = NOW_MS,
        .until_ms = NOW_MS + 3609000,
        .level = 2,
        .hits = 10,
        .messages = 3,
        .counts = counts,
        .count_count = 2,
        .first_ms = NOW_MS - 61000,
        .last_ms = NOW_MS - 1000,
        .decided_ms = NOW_MS - 1000,
        .accounts = {BYTES("alice@example.org"), BYTES("x\nBANSYNC_ID=1 \xff")},
        .account_count = 2,
        .buckets = {BYTES("user")},
        .bucket_count = 1,
        .lines = {BYTES("a \"line\"\x1b[2J\\n")},
        .line_count = 1};
}

static struct mailtext other(enum alertkind kind, bool over)
{
    return (struct mailtext){.kind = kind,
                             .over = over,
                             .cluster = "mail",
                             .node = "mx1",
                             .id = ID,
                             .now_ms = NOW_MS,
                             .title = "what happened",
                             .story = "All of it.\n"};
}

static void assert_json(const struct mailtext *mail, const char *golden)
{
    size_t size;
    char *line = alertdoc_json(mail, &size);

    assert_string_equal(line, golden);
    assert_int_equal(strlen(line), size);
    free(line);
}

static void documents_are_these(void **state)
{
    static const uint64_t kinds[ALERTKIND_CHOICES] = {30, 5};
    struct mailtext mail = ban();

    (void)state;
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"b"
        "an\",\"state\":null,\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\"node\":\"mx"
        "1\",\"summary\":\"203.0.113.7 banned until 2026-11-23T10:44:10Z (2nd ban, 10 ratelimit h"
        "its, 3 messages)\",\"peer\":null,\"ban\":{\"target\":\"203.0.113.7\",\"until\":\"2026-11"
        "-23T10:44:10Z\",\"level\":2,\"allowed\":false,\"observed\":false,\"hits\":10,\"messages"
        "\":3,\"nodes\":{\"mx1\":4,\"mx2\":6},\"first\":\"2026-11-23T09:43:00Z\",\"last\":\"2026-"
        "11-23T09:44:00Z\",\"decided\":\"2026-11-23T09:44:00Z\",\"accounts\":[\"alice@example.org"
        "\",\"x\\\\x0ABANSYNC_ID=1 \\\\xFF\"],\"buckets\":[\"user\"],\"lines\":[\"a \\\"line\\\""
        "\\\\x1B[2J\\\\x5Cn\"]},\"events\":null}\n");
    mail.kind = ALERTKIND_PERMANENT;
    mail.until_ms = TIME_NEVER_MS;
    mail.account_count = mail.line_count = 0;
    mail.observed = true;
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"p"
        "ermanent\",\"state\":null,\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\"node"
        "\":\"mx1\",\"summary\":\"203.0.113.7 banned permanently (2nd ban, 10 ratelimit hits, 3 m"
        "essages) but only observed\",\"peer\":null,\"ban\":{\"target\":\"203.0.113.7\",\"until\""
        ":null,\"level\":2,\"allowed\":false,\"observed\":true,\"hits\":10,\"messages\":3,\"nodes"
        "\":{\"mx1\":4,\"mx2\":6},\"first\":\"2026-11-23T09:43:00Z\",\"last\":\"2026-11-23T09:44:"
        "00Z\",\"decided\":\"2026-11-23T09:44:00Z\",\"accounts\":[],\"buckets\":[\"user\"],\"line"
        "s\":[]},\"events\":null}\n");
    mail = other(ALERTKIND_PEER, false);
    mail.peer = "mx2";
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"p"
        "eer-down\",\"state\":\"begin\",\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\""
        "node\":\"mx1\",\"summary\":\"what happened\",\"peer\":\"mx2\",\"ban\":null,\"events\":nu"
        "ll}\n");
    mail = other(ALERTKIND_STORE, true);
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"s"
        "tore\",\"state\":\"end\",\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\"node\""
        ":\"mx1\",\"summary\":\"what happened\",\"peer\":null,\"ban\":null,\"events\":null}\n");
    mail = other(ALERTKIND_DIGEST, false);
    mail.kinds = kinds;
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"d"
        "igest\",\"state\":null,\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\"node\":"
        "\"mx1\",\"summary\":\"what happened\",\"peer\":null,\"ban\":null,\"events\":{\"ban\":30,"
        "\"permanent\":5,\"brake\":0,\"peer-down\":0,\"divergence\":0,\"source-silent\":0,\"store"
        "\":0,\"map\":0,\"clone\":0}}\n");
    mail = other(ALERTKIND_BRAKE, false);
    mail.title = NULL;
    mail.brake_max = 200;
    assert_json(
        &mail,
        "{\"schema\":\"banctl.alert/1\",\"id\":\"0123456789abcdef0123456789abcdef\",\"event\":\"b"
        "rake\",\"state\":null,\"time\":\"2026-11-23T09:44:01Z\",\"cluster\":\"mail\",\"node\":\""
        "mx1\",\"summary\":\"brake: more than 200 senders a minute\",\"peer\":null,\"ban\":null,"
        "\"events\":null}\n");
}

static void texts_are_these(void **state)
{
    char out[ALERT_TEXT_BYTES_MAX + 1];
    struct mailtext mail = other(ALERTKIND_TEST, false);
    size_t size;

    (void)state;
    size = alertdoc_text(&mail, out);
    assert_int_equal(size, strlen(out));
    assert_string_equal(out, "[bansync mail] mx1: what happened\n\nAll of it.\n\n-- \n"
                             "bansyncd on mx1, cluster mail\n");
}

static void environments_are_these(void **state)
{
    char out[ALERT_ENV_BYTES_MAX + 1];
    struct mailtext mail = ban();
    size_t size;

    (void)state;
    size = alertdoc_env(&mail, out);
    assert_int_equal(size, strlen(out));
    assert_string_equal(
        out,
        "BANSYNC_EVENT=ban\n"
        "BANSYNC_ID=0123456789abcdef0123456789abcdef\n"
        "BANSYNC_TIME=2026-11-23T09:44:01Z\n"
        "BANSYNC_CLUSTER=mail\n"
        "BANSYNC_NODE=mx1\n"
        "BANSYNC_SUMMARY=203.0.113.7 banned until 2026-11-23T10:44:10Z (2nd ban, 10 ratelimit hit"
        "s, 3 messages)\n"
        "BANSYNC_TARGET=203.0.113.7\n"
        "BANSYNC_UNTIL=2026-11-23T10:44:10Z\n"
        "BANSYNC_LEVEL=2\n"
        "BANSYNC_HITS=10\n"
        "BANSYNC_MESSAGES=3\n"
        "BANSYNC_ALLOWED=0\n"
        "BANSYNC_OBSERVED=0\n"
        "BANSYNC_ACCOUNTS=alice@example.org x\\x0ABANSYNC_ID=1\\x20\\xFF\n");
    mail = other(ALERTKIND_PEER, true);
    mail.peer = "mx2";
    alertdoc_env(&mail, out);
    assert_string_equal(out, "BANSYNC_EVENT=peer-down\n"
                             "BANSYNC_STATE=end\n"
                             "BANSYNC_ID=0123456789abcdef0123456789abcdef\n"
                             "BANSYNC_TIME=2026-11-23T09:44:01Z\n"
                             "BANSYNC_CLUSTER=mail\n"
                             "BANSYNC_NODE=mx1\n"
                             "BANSYNC_SUMMARY=what happened\n"
                             "BANSYNC_PEER=mx2\n");
}

static void an_account_is_told_with_its_addresses(void **state)
{
    struct mailtext mail = ban();
    char out[ALERT_TEXT_BYTES_MAX + 1], *line;
    size_t size;

    (void)state;
    mail.sender = "account bob@example.org";
    mail.operand = "--account bob@example.org";
    mail.is_account = true;
    mail.accounts[0] = (struct mailtext_bytes)BYTES("192.0.2.7");
    mail.account_count = 1;
    line = alertdoc_json(&mail, &size);
    assert_non_null(strstr(line, "\"ban\":{\"target\":\"account bob@example.org\","));
    assert_non_null(strstr(line, "\"accounts\":[],\"addresses\":[\"192.0.2.7\"],"));
    free(line);
    alertdoc_env(&mail, out);
    assert_non_null(strstr(out, "\nBANSYNC_TARGET=account bob@example.org\n"));
    assert_non_null(strstr(out, "\nBANSYNC_ADDRESSES=192.0.2.7\n"));
    assert_null(strstr(out, "BANSYNC_ACCOUNTS"));
    alertdoc_text(&mail, out);
    assert_non_null(strstr(out, "\nUndo it:    banctl unban --account bob@example.org\n"));
}

static void only_what_there_is_can_be_chosen(void **state)
{
    char list[256];

    (void)state;
    assert_int_equal(alertkind_parse_list("ban"), 1);
    assert_int_equal(alertkind_parse_list("permanent,ban , clone"), 1 | 2 | 256);
    assert_int_equal(alertkind_parse_list("all"), 511);
    alertkind_print_list(511, list, sizeof(list));
    assert_string_equal(list, "all");
    alertkind_print_list(510, list, sizeof(list));
    assert_int_equal(alertkind_parse_list(list), 510);
    alertkind_print_list(511, list, sizeof(list));
    assert_int_equal(alertkind_parse_list(list), 511);
    alertkind_print_list(7, list, sizeof(list));
    assert_string_equal(list, "ban, permanent, brake");
    assert_int_equal(alertkind_parse_list("bans"), 0);
    assert_int_equal(alertkind_parse_list("ban,"), 0);
    assert_int_equal(alertkind_parse_list("ban brake"), 0);
    assert_int_equal(alertkind_parse_list("digest"), 0);
    assert_int_equal(alertkind_parse_list(""), 0);
}

static void only_urls_to_post_to_are_taken(void **state)
{
    static const char *const good[] = {"https://hooks.example.org/a?b#c", "http://127.0.0.1:8080",
                                       "https://user:p@ss@[2001:db8::1]:443/"};
    static const char *const bad[] = {"",
                                      "hooks.example.org",
                                      "ftp://example.org/",
                                      "https://",
                                      "https:///a",
                                      "https://a b/",
                                      "http://u@/",
                                      "https://ex\"ample.org",
                                      "HTTPS://example.org"};
    char host[WEBHOOK_HOST_SIZE], longest[WEBHOOK_URL_BYTES_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(webhook_check(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(webhook_check(bad[i]));
    memset(longest, 'a', sizeof(longest) - 1);
    memcpy(longest, "http://a/", 9);
    longest[sizeof(longest) - 1] = '\0';
    assert_non_null(webhook_check(longest));
    longest[sizeof(longest) - 2] = '\0';
    assert_null(webhook_check(longest));
    assert_string_equal(webhook_host(good[0], host), "https://hooks.example.org");
    assert_string_equal(webhook_host(good[2], host), "https://[2001:db8::1]:443");
    webhook_print(good[0], longest, sizeof(longest)); /* as "config show" has it */
    assert_string_equal(longest, "https://hooks.example.org/...");
    webhook_print(good[1], longest, sizeof(longest));
    assert_string_equal(longest, "http://127.0.0.1:8080");
    webhook_print("", longest, sizeof(longest));
    assert_string_equal(longest, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_these),
        cmocka_unit_test(texts_are_these),
        cmocka_unit_test(environments_are_these),
        cmocka_unit_test(an_account_is_told_with_its_addresses),
        cmocka_unit_test(only_what_there_is_can_be_chosen),
        cmocka_unit_test(only_urls_to_post_to_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
