/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rewrites of the map by the shipped code: map_draw COUNT FILE ROUNDS. As map_floor.
 *
 * Draws the map of COUNT bans and replaces FILE; every second time without the last line, as a map
 * that did not change is not written (so ROUNDS are even). Prints the median of the rounds.
 */
#include "bans.h"
#include "map.h"
#include "mapfile.h"
#include "median.h"

int main(int argc, char **argv)
{
    static struct median wall, cpu, draw;
    static struct state state;
    struct map_text map = {0};
    char error[512];
    struct mapfile *file;
    size_t count, rounds;

    if (argc != 4) {
        fprintf(stderr, "usage: map_draw COUNT FILE ROUNDS\n");
        return 2;
    }
    count = strtoul(argv[1], NULL, 10);
    rounds = strtoul(argv[3], NULL, 10);
    file = mapfile_open(argv[2], error, sizeof(error));
    if (file == NULL) {
        fprintf(stderr, "map_draw: %s\n", error);
        return 1;
    }
    bans_load(&state, count);
    for (size_t i = 0; i < rounds; i++) {
        double begin = wall_s(), used = cpu_s();

        if (map_render(&state, &map, NULL) != 0)
            return 1;
        median_add(&draw, (cpu_s() - used) * 1000);
        if ((rounds - i + 1) % 2 == 1 && map.size > 0)
            do
                map.size--;
            while (map.size > 0 && map.bytes[map.size - 1] != '\n');
        if (mapfile_write(file, map.bytes, map.size) != 0) {
            fprintf(stderr, "map_draw: %s\n", mapfile_error(file));
            return 1;
        }
        median_add(&wall, (wall_s() - begin) * 1000);
        median_add(&cpu, (cpu_s() - used) * 1000);
        map_free(&map);
    }
    printf("wall_ms=%.4f cpu_ms=%.4f draw_ms=%.4f\n", median_take(&wall), median_take(&cpu),
           median_take(&draw));
    mapfile_close(&file);
    state_close(&state);
    return 0;
}
