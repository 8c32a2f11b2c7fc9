/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements about the life of hosts: processes, disks, logs, clocks; see scenario_part.h.
 */
#include "chaos.h"
#include "host.h"
#include "scenario_part.h"

enum source { FROM_DISK, FROM_NOTHING, FROM_BACKUP };

static void start(struct scenario *scenario, struct host *host, enum source source)
{
    if (host->up)
        scenario_fail(scenario, "mx%zu is up already", host->index + 1);
    else if (source == FROM_BACKUP && !host->has_backup)
        scenario_fail(scenario, "mx%zu has no backup", host->index + 1);
    else if (source == FROM_DISK)
        host_start(scenario->sim, host);
    else if (source == FROM_NOTHING)
        chaos_start_blank(scenario->sim, host);
    else
        chaos_start_backup(scenario->sim, host);
}

void scenario_start(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    struct scenario_nodes nodes;
    enum source source = FROM_DISK;

    scenario_nodes(scenario, false, &nodes);
    if (words_take(words, "blank"))
        source = FROM_NOTHING;
    else if (words_take(words, "from-backup"))
        source = FROM_BACKUP;
    if (!words_end(words))
        return;
    for (size_t i = 0; i < nodes.count; i++)
        start(scenario, nodes.list[i], source);
}

void scenario_kill(struct scenario *scenario)
{
    struct scenario_nodes nodes;

    scenario_nodes(scenario, true, &nodes);
    if (!words_end(&scenario->words))
        return;
    for (size_t i = 0; i < nodes.count; i++)
        host_kill(scenario->sim, nodes.list[i]);
}

void scenario_crash(struct scenario *scenario)
{
    static const char *const points[] = {"before-flush", "before-commit", "after-commit",
                                         "before-map",   "before-send",   "while-sending",
                                         "before-answer"};
    struct host *host = scenario_node(scenario);
    size_t point = words_choice(&scenario->words, points, sizeof(points) / sizeof(points[0]));

    if (!words_end(&scenario->words))
        return;
    host->stop = (enum host_stop)(STOP_BEFORE_FLUSH + point);
    host->due = true;
}

void scenario_backup(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);

    if (words_end(&scenario->words))
        chaos_back_up(host);
}

void scenario_disk(struct scenario *scenario)
{
    static const char *const states[] = {"works", "fails"};
    struct host *host = scenario_node(scenario);
    bool fails = words_choice(&scenario->words, states, 2) == 1;

    if (words_end(&scenario->words))
        host->store_fails = fails;
}

void scenario_clock(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);
    int64_t off_ms = words_offset_ms(&scenario->words);

    if (words_end(&scenario->words))
        host_set_clock(scenario->sim, host, off_ms);
}

void scenario_truncate(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);

    if (words_end(&scenario->words))
        chaos_truncate(scenario->sim, host);
}

void scenario_reread(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);

    if (words_end(&scenario->words))
        chaos_reread(host, host->log.begin);
}
