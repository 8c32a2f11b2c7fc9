/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail of an ordinary minute, see load.h.
 */
#include "load.h"

#include <string.h>

#include "cluster.h"
#include "host.h"

#define PAUSE_MS 100
#define MINUTE 600 /* hits */
#define BAN_FROM 300
#define BAN_TO 309
#define SENDERS 500
#define BLOCK_SENDERS 3
#define BLOCK_BANNED 4

static void hit(struct sim *sim, struct load *load)
{
    size_t place = load->hits % MINUTE;
    struct host *host = sim->hosts[prng_below(&sim->prng, sim->host_count)];
    struct addr addr = cluster_subject(BLOCK_SENDERS, load->hits % SENDERS);

    if (place >= BAN_FROM && place <= BAN_TO)
        addr = load->sender = cluster_subject(BLOCK_BANNED, load->hits / MINUTE);
    if (place == BAN_TO) {
        load->banned_ms = sim->now_ms;
        load->spread_ms = -1;
    }
    host_hit(sim, host, &addr, 0, 0, 0);
    load->hits++;
}

static bool has_line(const struct host *host, const char *line, size_t size)
{
    const char *at = host->map, *end = host->map + host->map_size;

    while (at != NULL && (size_t)(end - at) > size) {
        if (memcmp(at, line, size) == 0 && at[size] == '\n')
            return true;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

static void look_at_maps(const struct sim *sim, struct load *load)
{
    char line[ADDR_TEXT_SIZE];
    size_t size = addr_print(&load->sender, line);

    for (size_t i = 0; i < sim->host_count; i++)
        if (!has_line(sim->hosts[i], line, size))
            return;
    load->spread_ms = sim->now_ms - load->banned_ms;
}

void load_run(struct sim *sim, struct load *load, int64_t until_ms, bool equal)
{
    int64_t began_ms = sim->now_ms;

    while (sim->rule == 0 && sim->now_ms < until_ms) {
        if ((sim->now_ms - began_ms) % PAUSE_MS == 0)
            hit(sim, load);
        sim_run(sim, sim->now_ms + 1);
        if (load->watched && load->banned_ms != 0 && load->spread_ms < 0)
            look_at_maps(sim, load);
        if (equal && cluster_is_equal(sim))
            return;
    }
}
