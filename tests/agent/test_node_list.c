/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom node list names, and how: a node that is forgotten by its name, as long as it left
 * something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "audit.h"
#include "clients.h"
#include "command.h"
#include "hash.h"
#include "notice.h"
#include "question.h"
#include "roll.h"

#define FORMER 77 /* id of a node that is no peer */

static struct roll_node *add(uint64_t id, const char *name)
{
    struct roll_node *node = &agent.roll.list[agent.roll.count++];

    *node = (struct roll_node){.id = id, .seen_ms = CLIENTS_START_MS - 3600000};
    snprintf(node->name, sizeof(node->name), "%s", name);
    return node;
}

/* For a test that wants one; tear_down takes it away. */
static struct node_peer peer_of_test, *no_peers;

static struct node_peer *with_peer(uint64_t id, const char *name)
{
    peer_of_test = (struct node_peer){.id = id};
    snprintf(peer_of_test.name, sizeof(peer_of_test.name), "%s", name);
    agent.node.peers = &peer_of_test;
    agent.node.peer_count = 1;
    return &peer_of_test;
}

static void without_peer(void)
{
    agent.node.peers = no_peers;
    agent.node.peer_count = 0;
}

static int set_up(void **state)
{
    (void)state;
    clients_open();
    no_peers = agent.node.peers;
    agent.roll.list = calloc(ROLL_NODES_MAX, sizeof(*agent.roll.list));
    assert_non_null(agent.roll.list);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    without_peer();
    roll_close(&agent);
    clients_close();
    return 0;
}

static const char *answer(void)
{
    static char text[8192];
    int client = clients_ask("{\"command\":\"node list\"}\n");

    while (question_is_ready(&agent))
        question_turn(&agent);
    clients_settle();
    snprintf(text, sizeof(text), "%s", clients_heard(client));
    close(client);
    return text;
}

static void forget(const char *object)
{
    struct audit audit = {.action = AUDIT_NODE_FORGET, .count = 1};

    audit_set_text(audit.object, sizeof(audit.object), object);
    assert_int_equal(node_audit(&agent.node, &agent.now, 1, &audit), STEP_CHANGED);
    clients_commit();
    roll_audits(&agent);
    node_turn_end(&agent.node);
}

/* A hit that FORMER saw. */
static void leave_something(void)
{
    struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 9}};
    uint8_t text[STRIKE_TEXT_BYTES_MAX], bytes[512];
    struct strike strike = {.t_ms = CLIENTS_START_MS, .id = 5, .origin = FORMER, .text = text};

    strike_text_write("to_ip", 5, "", 0, 0, text);
    assert_true(node_load(&agent.node, ENTRY_STRIKE, bytes,
                          entry_write_strike(&addr, &strike, bytes, sizeof(bytes))));
    clients_commit();
    node_turn_end(&agent.node);
}

static void who_is_forgotten_has_its_name_until_nothing_is_left(void **state)
{
    const char *text;

    (void)state;
    add(FORMER, "mx7");
    leave_something();
    assert_non_null(strstr(answer(), "\"name\":\"mx7\""));
    assert_non_null(strstr(answer(), "\"state\":\"no peer\""));
    forget("mx7 000000000000004d");
    text = answer();
    assert_non_null(strstr(text, "\"name\":\"mx7\""));
    assert_non_null(strstr(text, "\"state\":\"forgotten\""));
    assert_true(agent.roll.dirty);
}

static void who_left_nothing_is_not_told(void **state)
{
    (void)state;
    add(FORMER, "mx7");
    add(FORMER + 1, "mx8");
    forget("mx7 000000000000004d");
    assert_null(strstr(answer(), "mx7"));
    assert_non_null(strstr(answer(), "mx8"));
}

/* It came back behind the command, which comes late. */
static void who_was_seen_since_is_not_forgotten(void **state)
{
    (void)state;
    add(FORMER, "mx7")->seen_ms = CLIENTS_START_MS + 3600000;
    forget("mx7 000000000000004d");
    assert_false(roll_is_forgotten(&agent.roll.list[0]));
}

/* Here "mx7" is another node: the id tells who is meant. */
static void the_id_tells_who_is_meant(void **state)
{
    (void)state;
    add(FORMER, "mx9");
    add(FORMER + 1, "mx7");
    forget("mx7 000000000000004d");
    assert_true(roll_is_forgotten(&agent.roll.list[0]));
    assert_false(roll_is_forgotten(&agent.roll.list[1]));
    forget("mx7");
    assert_false(roll_is_forgotten(&agent.roll.list[1]));
}

/* Of two with one name it is the one that is not forgotten. */
static void a_name_means_who_is_not_forgotten_first(void **state)
{
    uint64_t id;

    (void)state;
    add(FORMER, "mx7")->forgotten_ms = CLIENTS_START_MS;
    assert_true(roll_resolve(&agent, "mx7", &id));
    assert_int_equal(id, FORMER);
    add(FORMER + 1, "mx7");
    assert_true(roll_resolve(&agent, "mx7", &id));
    assert_int_equal(id, FORMER + 1);
}

/* The key of mx7 was replaced: the old one goes by its id, and by what the name was. */
static void an_old_key_has_the_name_that_it_had(void **state)
{
    char label[NODE_LABEL_SIZE], id[17], message[256];
    const char *text;
    uint64_t found;

    (void)state;
    add(FORMER, "mx7");
    assert_null(roll_old_name(&agent, FORMER));
    assert_string_equal(notice_node_label(&agent, FORMER, label), "mx7");
    add(FORMER + 1, "mx7");
    with_peer(FORMER + 1, "mx7");
    assert_non_null(roll_old_name(&agent, FORMER));
    assert_string_equal(roll_old_name(&agent, FORMER), "mx7");
    assert_null(roll_old_name(&agent, FORMER + 1));
    assert_string_equal(notice_node_name(&agent, FORMER, id), "000000000000004d");
    assert_string_equal(notice_node_label(&agent, FORMER, label), "mx7 (old key)");
    without_peer(); /* two former ones: neither is the one that the name means */
    assert_string_equal(notice_node_label(&agent, FORMER, label), "mx7 (old key)");
    leave_something();
    forget("mx7 (old key) 000000000000004d");
    text = answer();
    assert_non_null(
        strstr(text, "{\"name\":\"000000000000004d\",\"old_keys\":{\"000000000000004d\":\"mx7\"}"));
    assert_non_null(strstr(text, "\"state\":\"forgotten\""));
    assert_true(roll_resolve(&agent, "mx7 (old key)", &found)); /* the other one is forgotten */
    assert_int_equal(found, FORMER + 1);
    assert_true(roll_resolve(&agent, "mx7", &found));
    assert_int_equal(found, FORMER + 1);
    with_peer(FORMER + 1, "mx7");
    assert_true(roll_resolve(&agent, "mx7 (old key)", &found));
    assert_int_equal(found, FORMER);
    add(FORMER + 2, "mx7"); /* its key is rotated again */
    assert_true(roll_resolve(&agent, "mx7 (old key)", &found));
    assert_int_equal(found, FORMER + 2);
    add(FORMER + 3, "mx7"); /* two of them: it means none */
    assert_false(roll_resolve(&agent, "mx7 (old key)", &found));
    roll_unknown(&agent, "mx7 (old key)", message, sizeof(message));
    assert_string_equal(message, "2 keys are called \"mx7 (old key)\": name one by its key or id");
    roll_unknown(&agent, "mx9", message, sizeof(message));
    assert_string_equal(message, "no node is called \"mx9\"");
    assert_false(roll_resolve(&agent, " (old key)", &found));
}

/* In memory at once; stored every ten minutes, and with the last turn. */
static void who_was_seen_when_is_known(void **state)
{
    struct node_peer *peer = with_peer(FORMER, "mx7");
    const struct roll_node *node;

    (void)state;
    peer->greeted = true;
    peer->seen_ms = agent.now.mono_ms;
    roll_turn(&agent);
    assert_true(agent.roll.dirty);
    roll_put_done(&agent);
    node = roll_find(&agent, peer->id);
    assert_int_equal(node->seen_ms, agent.now.wall_ms);
    assert_int_equal(roll_find(&agent, agent.node.state.node)->seen_ms, agent.now.wall_ms);
    agent.now.mono_ms += 599900;
    agent.now.wall_ms += 599900;
    peer->seen_ms = agent.now.mono_ms;
    roll_turn(&agent);
    assert_false(agent.roll.dirty);
    assert_int_equal(node->seen_ms, agent.now.wall_ms);
    roll_stop(&agent);
    assert_true(agent.roll.dirty);
    roll_put_done(&agent);
    roll_stop(&agent);
    assert_false(agent.roll.dirty);
    agent.now.mono_ms += 600000;
    agent.now.wall_ms += 600000;
    peer->seen_ms = agent.now.mono_ms - 60000;
    roll_turn(&agent);
    assert_true(agent.roll.dirty);
    assert_int_equal(node->seen_ms, agent.now.wall_ms - 60000);
}

static void this_node_cannot_be_forgotten(void **state)
{
    char object[OBJECT_BYTES_MAX + 1];

    (void)state;
    add(agent.node.state.node, "mx1");
    roll_object("mx1", agent.node.state.node, object, sizeof(object));
    forget(object);
    assert_false(roll_is_forgotten(&agent.roll.list[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_forgotten_has_its_name_until_nothing_is_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_left_nothing_is_not_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_seen_since_is_not_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_id_tells_who_is_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_means_who_is_not_forgotten_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_key_has_the_name_that_it_had, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_seen_when_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(this_node_cannot_be_forgotten, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
