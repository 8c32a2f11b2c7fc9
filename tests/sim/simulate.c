/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate: runs the shipped node in simulated clusters, seed after seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dump.h"
#include "growth.h"
#include "options.h"
#include "rules.h"
#include "scale.h"
#include "scenario.h"
#include "seed.h"

static double cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct total {
    uint64_t seeds, failed, frames, bytes, faults, turns;
    int64_t virtual_ms, settle_ms_max;
    uint32_t *frame_list, *fault_list; /* one a seed */
};

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static uint32_t median(uint32_t *list, uint64_t count)
{
    qsort(list, count, sizeof(*list), compare);
    return count > 0 ? list[count / 2] : 0;
}

static void report_failure(const struct sim *sim, const struct options *options)
{
    printf("seed %llu: rule %d broken (%s): %s\n", (unsigned long long)sim->seed, sim->rule,
           rules_name(sim->rule), sim->failure);
    printf("  replay: simulate --seed %llu", (unsigned long long)sim->seed);
    if (options->nodes != 0)
        printf(" --nodes %zu", options->nodes);
    if (options->hours > 0)
        printf(" --hours %g", options->hours);
    printf(" --trace\n");
}

static void add(struct total *total, const struct sim *sim)
{
    total->frame_list[total->seeds] = (uint32_t)sim->stats.frames;
    total->fault_list[total->seeds] = (uint32_t)sim->stats.faults;
    total->seeds++;
    total->failed += sim->rule != 0;
    total->frames += sim->stats.frames;
    total->bytes += sim->stats.bytes;
    total->faults += sim->stats.faults;
    total->turns += sim->stats.turns;
    total->virtual_ms += sim->now_ms - SIM_EPOCH_MS - sim->stats.suspended_ms;
    if (sim->stats.settle_ms_max > total->settle_ms_max)
        total->settle_ms_max = sim->stats.settle_ms_max;
}

static void report(struct total *total, double seconds)
{
    printf("%llu seeds, %llu failed; median %u frames delivered, %u faults; %.1f virtual hours\n",
           (unsigned long long)total->seeds, (unsigned long long)total->failed,
           median(total->frame_list, total->seeds), median(total->fault_list, total->seeds),
           (double)total->virtual_ms / 3600000);
    printf("a seed: %.0f frames, %.0f turns\n", (double)total->frames / (double)total->seeds,
           (double)total->turns / (double)total->seeds);
    printf("%.1f s of CPU: %.0f seeds/s, %.0f times real time; %.2f us a frame; longest settling "
           "%.1f s\n",
           seconds, (double)total->seeds / seconds, (double)total->virtual_ms / 1000 / seconds,
           seconds * 1e6 / (double)(total->frames + 1), (double)total->settle_ms_max / 1000);
}

static int play(struct sim *sim, const struct options *options)
{
    enum scenario_end worst = SCENARIO_GOOD;
    char text[2048];

    for (size_t i = 0; i < options->file_count; i++) {
        const char *file = options->files[i];
        enum scenario_end result;

        sim->verbose = options->trace;
        sim_open(sim, options->seed);
        result = scenario_play(sim, file, text, sizeof(text));
        printf("%s %s\n", result == SCENARIO_GOOD ? "good" : "FAILED", file);
        if (result != SCENARIO_GOOD)
            printf("  %s\n", text);
        if (result != SCENARIO_GOOD && options->trace)
            dump_hosts(sim);
        worst = result > worst ? result : worst;
        sim_close(sim);
    }
    return (int)worst;
}

static int run_seeds(struct sim *sim, const struct options *options)
{
    struct total total = {0};
    double began_s = cpu_s();

    total.frame_list = calloc(options->seeds, sizeof(*total.frame_list));
    total.fault_list = calloc(options->seeds, sizeof(*total.fault_list));
    if (total.frame_list == NULL || total.fault_list == NULL)
        return 1;
    for (uint64_t i = 0; i < options->seeds && (total.failed == 0 || options->keep_going); i++) {
        sim->verbose = options->trace;
        seed_run(sim, options->seed + i, options->nodes, options->hours);
        add(&total, sim);
        if (sim->rule != 0)
            report_failure(sim, options);
        if (sim->rule != 0 && options->trace)
            dump_hosts(sim);
        if (options->hashes || options->trace)
            printf("trace %llu %016llx\n", (unsigned long long)sim->seed,
                   (unsigned long long)sim->hash);
        sim_close(sim);
    }
    report(&total, cpu_s() - began_s);
    free(total.frame_list);
    free(total.fault_list);
    return total.failed > 0;
}

int main(int count, char **words)
{
    struct options options;
    struct sim *sim;
    int code;

    if (!options_read(count, words, &options))
        return 2;
    if (options.mode == OPTIONS_HELP) {
        options_help();
        return 0;
    }
    if (options.mode == OPTIONS_GROWTH)
        return growth_run();
    if (options.mode == OPTIONS_SCALE)
        return scale_run(options.nodes, options.shape);
    sim = calloc(1, sizeof(*sim));
    if (sim == NULL)
        return 1;
    code = options.mode == OPTIONS_SCENARIO ? play(sim, &options) : run_seeds(sim, &options);
    free(sim);
    return code;
}
