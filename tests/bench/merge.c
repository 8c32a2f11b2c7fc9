/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes of a peer merged by the shipped node, frame by frame: merge COUNT [DIRECTORY].
 *
 * COUNT strikes, eight of each sender, in frames of a thousand, sixteen frames a turn, as after a
 * partition or in a flood. With DIRECTORY each turn is committed to a database there before it
 * ends, as the agent does. Prints what a strike costs, from the bytes of the frame on.
 */
#include "drive.h"
#include "store.h"

enum { HITS = 8, FRAME_STRIKES = 1000, TURN_FRAMES = 16, PEER = 7, STRIKE_ROOM = 64 };

struct frame {
    uint8_t *bytes;
    size_t size;
};

static void open_node(struct node *node)
{
    static const char *const names[] = {"peer"};
    static const uint64_t ids[] = {PEER};
    struct node_options options = {.name = "bench",
                                   .version = "bench",
                                   .cluster = "test",
                                   .id = BAN_NODE,
                                   .boot = 1,
                                   .policy = ban_policy(),
                                   .ipv6_prefix = 64,
                                   .peer_names = names,
                                   .peer_ids = ids,
                                   .peer_count = 1,
                                   .quota_burst = UINT32_MAX,
                                   .quota_per_s = 1000000};

    must(node_open(node, &options) == 0, "no memory");
}

static size_t write_strike(size_t i, int64_t now_ms, uint8_t *bytes)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct addr addr = ban_addr((uint32_t)(i / HITS));
    struct strike strike = {.t_ms = now_ms - 3600000 + (int64_t)(i % HITS) * 1000,
                            .id = i * 0x9e3779b97f4a7c15,
                            .origin = PEER,
                            .text = text};

    strike_text_write("user", 4, "alice@example.org", 17, (uint32_t)i + 1, text);
    return entry_write_strike(&addr, &strike, bytes, STRIKE_ROOM);
}

/* All frames, as a peer would send them. */
static struct frame *make_frames(const struct node *node, size_t count, size_t *frame_count)
{
    static uint8_t bytes[FRAME_STRIKES][STRIKE_ROOM];
    static struct message message;
    size_t frames = (count + FRAME_STRIKES - 1) / FRAME_STRIKES;
    struct frame *list = calloc(frames, sizeof(*list));
    int64_t now_ms = ban_now_ms();

    must(list != NULL, "no memory");
    message = (struct message){.version = MESSAGE_VERSION,
                               .type = MESSAGE_PUSH,
                               .cluster = node->cluster,
                               .hlc = (uint64_t)now_ms << 16};
    for (size_t i = 0; i < count; i++) {
        size_t at = i % FRAME_STRIKES;

        message.push.entries[at] =
            (struct message_entry){ENTRY_STRIKE, bytes[at], write_strike(i, now_ms, bytes[at])};
        message.push.entry_count = at + 1;
        if (at + 1 == FRAME_STRIKES || i + 1 == count)
            must(message_encode(&message, &list[i / FRAME_STRIKES].bytes,
                                &list[i / FRAME_STRIKES].size) == 0,
                 "a frame is too large");
    }
    *frame_count = frames;
    return list;
}

static void put(struct store *store, const struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        char subject[ADDR_TEXT_SIZE];

        if (effect->type != EFFECT_PERSIST)
            continue;
        addr_print(&effect->addr, subject);
        store_put(store, &(struct store_row){.table = effect->kind == ENTRY_STRIKE ? STORE_STRIKE
                                                                                   : STORE_RECORD,
                                             .key = effect_key(effects, effect),
                                             .key_size = effect->key_size,
                                             .subject = subject,
                                             .at_ms = effect->at_ms,
                                             .body = effect_body(effects, effect),
                                             .body_size = effect->body_size,
                                             .hash = effect->hash});
    }
}

static void turn(struct node *node, struct store *store, const struct frame *frames, size_t count)
{
    struct now now = now_of();

    for (size_t i = 0; i < count; i++)
        node_frame(node, &now, 0, frames[i].bytes, frames[i].size);
    node_tick(node, &now);
    node_flush(node, &now);
    if (store != NULL) {
        put(store, &node->effects);
        must(store_commit(store) == 0, "the database fails");
    }
    node_committed(node, &now, true);
    node_turn_end(node);
}

int main(int argc, char **argv)
{
    static struct node node;
    struct store *store = NULL;
    struct now now = now_of();
    struct frame *frames;
    size_t count, frame_count;
    double used, begin;
    char error[512];
    bool set_aside;

    must(argc == 2 || argc == 3, "usage: merge COUNT [DIRECTORY]");
    count = strtoul(argv[1], NULL, 10);
    if (argc == 3)
        must((store = store_open(argv[2], &set_aside, error, sizeof(error))) != NULL, error);
    open_node(&node);
    node_loaded(&node, &now, 0);
    turn(&node, store, NULL, 0);
    frames = make_frames(&node, count, &frame_count);
    used = cpu_s();
    begin = wall_s();
    for (size_t i = 0; i < frame_count; i += TURN_FRAMES)
        turn(&node, store, frames + i,
             frame_count - i < TURN_FRAMES ? frame_count - i : TURN_FRAMES);
    used = cpu_s() - used;
    begin = wall_s() - begin;
    printf("count=%zu senders=%zu cpu_us=%.4f wall_us=%.4f rate=%.0f\n", node.state.strike_count,
           node.state.table.count, used * 1e6 / (double)count, begin * 1e6 / (double)count,
           (double)count / begin);
    for (size_t i = 0; i < frame_count; i++)
        free(frames[i].bytes);
    free(frames);
    store_close(&store);
    node_close(&node);
    return 0;
}
