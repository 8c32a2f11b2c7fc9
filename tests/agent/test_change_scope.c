/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a change names the nodes that did not confirm it, and since when they are away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change.h"

static struct agent agent;
static struct node_peer known[PEERS_MAX];
static struct node_done done;

/* So many peers, mx2 and following, all of them never seen; nobody has confirmed. */
static void begin(size_t peers)
{
    agent = (struct agent){.now = {1790000000000, 1000000}};
    memset(known, 0, sizeof(known));
    agent.node.peers = known;
    agent.node.peer_count = peers;
    done = (struct node_done){.took_ms = 38, .confirmed = 1};
    for (size_t i = 0; i < peers; i++) {
        snprintf(agent.node.peers[i].name, sizeof(agent.node.peers[i].name), "mx%zu", i + 2);
        done.missing[i] = true;
    }
}

/* The peer was heard so long ago. */
static void see(size_t peer, int64_t ago_ms)
{
    agent.node.peers[peer].greeted = ago_ms <= NODE_DEAD_MS;
    agent.node.peers[peer].seen_ms = agent.now.mono_ms - ago_ms;
}

static void confirm(size_t peer)
{
    done.missing[peer] = false;
    done.confirmed++;
}

static void assert_scope(const char *text)
{
    char scope[CHANGE_SCOPE_SIZE];

    change_print_scope(&agent, &done, scope, sizeof(scope));
    assert_string_equal(scope, text);
}

static void assert_members(const char *text)
{
    struct json *root = json_open();
    size_t size;
    char *line;

    change_add_scope(&agent, &done, root);
    line = json_line(root, &size);
    assert_non_null(line);
    line[size - 1] = '\0'; /* the line feed */
    assert_string_equal(line, text);
    free(line);
    json_free(&root);
}

static void who_confirmed_is_counted_and_not_named(void **state)
{
    (void)state;
    begin(2);
    for (size_t i = 0; i < 2; i++) {
        see(i, 100);
        confirm(i);
    }
    assert_scope("on 3 of 3 nodes (38 ms)");
    assert_members("{\"confirmed\":3,\"total\":3,\"unconfirmed\":[],\"missing\":[]}");
    begin(0);
    assert_scope("on 1 of 1 node (38 ms)");
}

static void who_is_down_is_named_with_how_long_ago_it_was_seen(void **state)
{
    (void)state;
    begin(2);
    see(0, 100);
    see(1, 40200);
    confirm(0);
    assert_scope("on 2 of 3 nodes (38 ms); mx3 last seen 40 s ago");
    assert_members("{\"confirmed\":2,\"total\":3,\"unconfirmed\":[\"mx3\"],\"missing\":["
                   "{\"name\":\"mx3\",\"state\":\"down\",\"last_seen_ms\":40200}]}");
}

static void who_was_not_seen_is_named_so(void **state)
{
    (void)state;
    begin(1);
    assert_scope("on 1 of 2 nodes (38 ms); mx2 never seen");
    assert_members("{\"confirmed\":1,\"total\":2,\"unconfirmed\":[\"mx2\"],\"missing\":["
                   "{\"name\":\"mx2\",\"state\":\"down\",\"last_seen_ms\":null}]}");
}

static void who_is_up_did_not_confirm(void **state)
{
    (void)state;
    begin(1);
    see(0, 900);
    assert_scope("on 1 of 2 nodes (38 ms); mx2 did not confirm");
    assert_members("{\"confirmed\":1,\"total\":2,\"unconfirmed\":[\"mx2\"],\"missing\":["
                   "{\"name\":\"mx2\",\"state\":\"up\",\"last_seen_ms\":900}]}");
}

static void who_is_refused_is_named_so(void **state)
{
    (void)state;
    begin(1);
    agent.node.peers[0].refused = NACK_CLUSTER;
    agent.node.peers[0].nacked_ms = agent.now.mono_ms;
    assert_scope("on 1 of 2 nodes (38 ms); mx2 is refused: banctl peers");
}

static void of_many_the_first_are_named_and_the_others_counted(void **state)
{
    (void)state;
    begin(10);
    assert_scope("on 1 of 11 nodes (38 ms); mx2 never seen; mx3 never seen; mx4 never seen; mx5 "
                 "never seen; mx6 never seen; mx7 never seen; mx8 never seen; mx9 never seen; and "
                 "2 more");
}

static void names_as_long_as_they_may_be_fit(void **state)
{
    char scope[CHANGE_SCOPE_SIZE];

    (void)state;
    begin(PEERS_MAX);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        memset(agent.node.peers[i].name, 'x', NAME_BYTES_MAX);
        agent.node.peers[i].refused = NACK_CLUSTER;
        agent.node.peers[i].nacked_ms = agent.now.mono_ms;
    }
    done.took_ms = INT64_MAX;
    change_print_scope(&agent, &done, scope, sizeof(scope));
    assert_string_equal(scope + strlen(scope) - strlen("; and 248 more"), "; and 248 more");
}

static void the_targets_that_wait_have_a_bound(void **state)
{
    struct change second = {.count = CHANGES_WAITING_MAX - 5}, first = {&second, .count = 2};

    (void)state;
    begin(0);
    assert_true(change_has_room(&agent, CHANGES_WAITING_MAX));
    agent.changes = &first;
    assert_true(change_has_room(&agent, 3));
    assert_false(change_has_room(&agent, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_confirmed_is_counted_and_not_named),
        cmocka_unit_test(who_is_down_is_named_with_how_long_ago_it_was_seen),
        cmocka_unit_test(who_was_not_seen_is_named_so),
        cmocka_unit_test(who_is_up_did_not_confirm),
        cmocka_unit_test(who_is_refused_is_named_so),
        cmocka_unit_test(of_many_the_first_are_named_and_the_others_counted),
        cmocka_unit_test(names_as_long_as_they_may_be_fit),
        cmocka_unit_test(the_targets_that_wait_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
