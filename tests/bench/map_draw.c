/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rewrites of the map by the shipped code: map_draw COUNT FILE ROUNDS. As map_floor.
 *
 * A node with COUNT bans loses the last one and gets it back, in turn (so ROUNDS are even); each
 * time its map is brought up to date and FILE replaced. Prints the medians of the rounds, and what
 * it takes to draw all of the map, as at a start or when the allowlist changes.
 */
#include <arpa/inet.h>

#include "drive.h"
#include "mapfile.h"
#include "maps.h"
#include "median.h"

static void end_turn(struct node *node, const struct now *now)
{
    struct node_done done;

    node_tick(node, now);
    node_flush(node, now);
    node_committed(node, now, true);
    while (node_take_done(node, now, &done))
        ;
    node_turn_end(node);
}

static void load(struct node *node, size_t count)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct now now = now_of();
    struct node_options options = {.name = "bench",
                                   .version = "bench",
                                   .cluster = "test",
                                   .id = BAN_NODE,
                                   .boot = 1,
                                   .policy = ban_policy(),
                                   .ipv6_prefix = 64};

    must(node_open(node, &options) == 0, "no memory");
    for (uint32_t i = 0; i < count; i++) {
        struct addr addr = ban_addr(i);

        must(node_load(node, ENTRY_RECORD, bytes,
                       ban_entry(i, now.wall_ms, &addr, bytes, sizeof(bytes))),
             "a row is refused");
    }
    node_loaded(node, &now, 0);
    end_turn(node, &now);
    must(node_map(node) != NULL && node->map.entries == count, "bans are missing");
}

/* The highest address, which is the last line. */
static struct addr last_of(size_t count)
{
    uint32_t *list = address_sorted(0, count), address = htonl(list[count - 1]);
    struct addr addr = {.kind = ADDR_IPV4, .length = 32};

    memcpy(addr.bytes, &address, sizeof(address));
    free(list);
    return addr;
}

static void change(struct node *node, const struct addr *addr, size_t round)
{
    struct now now = now_of();

    if (round % 2 == 0)
        must(node_unban(node, &now, round + 1, addr, "", "") == STEP_CHANGED, "no unban");
    else
        must(node_ban(node, &now, round + 1, addr, TIME_NEVER_MS, "", "") == STEP_CHANGED,
             "no ban");
    end_turn(node, &now);
}

static double draw_ms(const struct node *node)
{
    double used = cpu_s();
    struct map_text map;

    must(map_render(&node->state, &map, NULL) == 0, "no memory");
    map_free(&map);
    return (cpu_s() - used) * 1000;
}

int main(int argc, char **argv)
{
    static struct median wall, cpu, draw;
    static struct node node;
    char error[512];
    struct mapfile *file;
    struct addr last;
    size_t count, rounds;

    must(argc == 4, "usage: map_draw COUNT FILE ROUNDS");
    count = strtoul(argv[1], NULL, 10);
    rounds = strtoul(argv[3], NULL, 10);
    file = mapfile_open(argv[2], error, sizeof(error));
    must(file != NULL, error);
    load(&node, count);
    last = last_of(count);
    for (size_t i = 0; i < rounds; i++) {
        double begin, used;
        const struct map_text *map;

        change(&node, &last, i);
        begin = wall_s();
        used = cpu_s();
        map = node_map(&node);
        must(map != NULL && mapfile_write(file, map->bytes, map->size) == 0, mapfile_error(file));
        median_add(&wall, (wall_s() - begin) * 1000);
        median_add(&cpu, (cpu_s() - used) * 1000);
        median_add(&draw, draw_ms(&node));
    }
    printf("wall_ms=%.4f cpu_ms=%.4f draw_ms=%.4f\n", median_take(&wall), median_take(&cpu),
           median_take(&draw));
    mapfile_close(&file);
    node_close(&node);
    return 0;
}
