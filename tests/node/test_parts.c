/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a node share: the map is drawn when it changed, a peer is up while it is heard
 * and not refused, and frames are copies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "parts.h"
#include "solo.h"

static void the_map_is_drawn_anew_only_when_it_changed(void **state)
{
    struct solo *solo = solo_open(0);
    const char *bytes = node_map(&solo->node)->bytes;
    uint64_t hash = solo->node.map_hash;

    (void)state;
    solo_turn(solo);
    assert_ptr_equal(node_map(&solo->node)->bytes, bytes);
    solo_bans(solo, 1);
    assert_int_equal(node_map(&solo->node)->entries, 1);
    assert_true(solo->node.map_hash != hash);
    assert_true(solo->node.map_hash == node_map_hash(&solo->node, node_map(&solo->node)->bytes,
                                                     node_map(&solo->node)->size, NULL, 0));
    solo_close(solo);
}

static void a_peer_is_up_while_it_is_heard_and_not_refused(void **state)
{
    struct node_peer peer = {.greeted = true, .seen_ms = 1000};
    struct now now = {.mono_ms = 1000 + NODE_DEAD_MS};

    (void)state;
    assert_true(node_peer_is_up(&peer, &now));
    now.mono_ms++;
    assert_false(node_peer_is_up(&peer, &now));
    peer.seen_ms++;
    assert_true(node_peer_is_up(&peer, &now));
    peer.refused = NACK_CLUSTER;
    assert_false(node_peer_is_up(&peer, &now));
    peer.refused = 0;
    peer.greeted = false;
    assert_false(node_peer_is_up(&peer, &now));
}

static void a_peer_that_is_heard_and_does_not_hear_us_is_deaf(void **state)
{
    struct node_peer peer = {.greeted = true, .seen_ms = 1000, .unheard = NODE_UNHEARD_MAX - 1};
    struct now now = {.mono_ms = 1000 + NODE_DEAD_MS};

    (void)state;
    assert_true(node_peer_is_up(&peer, &now));
    assert_false(node_peer_is_deaf(&peer, &now));
    peer.unheard++;
    assert_false(node_peer_is_up(&peer, &now));
    assert_true(node_peer_is_deaf(&peer, &now));
    now.mono_ms++;
    assert_false(node_peer_is_deaf(&peer, &now));
}

static void a_message_carries_version_cluster_and_clock(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    node_message(&solo->node, MESSAGE_ACK)->ack = 99;
    node_send(&solo->node, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_ACK));
    assert_int_equal(solo->message.version, MESSAGE_VERSION);
    assert_true(solo->message.cluster == solo->node.cluster);
    assert_true(stamp_ms(solo->message.hlc) == SOLO_WALL_MS);
    assert_true(solo->message.ack == 99);
    /* printf 'bansync cluster\0test' | b2sum -l 128, the first 8 bytes, little-endian */
    assert_true(solo->node.cluster == 0x113b2fe6ee0d064d);
    solo_close(solo);
}

static void queued_bytes_are_copies_in_order(void **state)
{
    struct solo *solo = solo_open(3);
    struct node *node = &solo->node;
    uint8_t byte;

    (void)state;
    for (byte = 0; byte < 200; byte++)
        node_send_bytes(node, byte % 3, &byte, 1);
    assert_int_equal(node->frame_count, 200);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(node->frames[i].peer, i % 3);
        assert_int_equal(node->frames[i].size, 1);
        assert_int_equal(node->frames[i].bytes[0], i);
    }
    node_turn_end(node);
    assert_int_equal(node->frame_count, 0);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_is_drawn_anew_only_when_it_changed),
        cmocka_unit_test(a_peer_is_up_while_it_is_heard_and_not_refused),
        cmocka_unit_test(a_peer_that_is_heard_and_does_not_hear_us_is_deaf),
        cmocka_unit_test(a_message_carries_version_cluster_and_clock),
        cmocka_unit_test(queued_bytes_are_copies_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
