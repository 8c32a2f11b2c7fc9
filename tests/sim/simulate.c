/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate: runs the shipped node in simulated clusters, seed after seed.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dump.h"
#include "growth.h"
#include "rules.h"
#include "scale.h"
#include "scenario.h"
#include "seed.h"

#define NODES_MAX 9 /* of a seed */

struct options {
    uint64_t seed;
    uint64_t seeds;
    size_t nodes;
    double hours;
    bool trace;
    bool keep_going;
    bool hashes;
    bool scenario; /* what follows the options are files */
    bool scale;
    bool growth;
    enum cluster_shape shape;
};

static void usage(FILE *file)
{
    fputs("usage: simulate [--seed N] [--seeds K] [--nodes N] [--hours H] [--trace] [--hashes] "
          "[--all]\n"
          "       simulate --scenario [--seed N] [--trace] FILE...\n"
          "       simulate --scale [--nodes N] [--shape mesh|hubs|ring]\n"
          "       simulate --growth\n"
          "  --seed N   the first seed; default 1\n"
          "  --seeds K  how many; default 1\n"
          "  --nodes N  2 to 9, with --scale 4 to 320; default: drawn from the seed\n"
          "  --hours H  virtual time of each seed; default: drawn from the seed\n"
          "  --trace    print what happens\n"
          "  --hashes   print a hash of all that happened, a line each seed\n"
          "  --all      go on after a failure\n"
          "  --scenario play files instead of seeds; the seed draws what the network does\n"
          "  --scale    what a node costs: messages, bytes, CPU, memory; default: 3, 30 and 100 "
          "nodes\n"
          "  --shape S  of --scale: who is linked to whom\n"
          "  --growth   bytes of repair by the number of differences; exit code 1 if they grow too "
          "fast\n"
          "Statements of these files, one a line:\n",
          file);
    scenario_describe(file);
}

static bool parse_number(const char *text, double low, double high, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high;
}

static bool parse_shape(const char *text, enum cluster_shape *shape)
{
    for (size_t i = 0; cluster_shape_name(i) != NULL; i++)
        if (strcmp(cluster_shape_name(i), text) == 0) {
            *shape = (enum cluster_shape)i;
            return true;
        }
    return false;
}

static bool parse(int count, char **words, struct options *options)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"seeds", required_argument, NULL, 'k'},
        {"nodes", required_argument, NULL, 'n'},
        {"hours", required_argument, NULL, 'h'},
        {"trace", no_argument, NULL, 't'},
        {"all", no_argument, NULL, 'a'},
        {"hashes", no_argument, NULL, 'x'},
        {"scenario", no_argument, NULL, 'f'},
        {"scale", no_argument, NULL, 'c'},
        {"shape", required_argument, NULL, 'p'},
        {"growth", no_argument, NULL, 'g'},
        {"help", no_argument, NULL, '?'},
        {0},
    };
    double value;
    int option;

    while ((option = getopt_long(count, words, "", known, NULL)) != -1) {
        bool good = true;

        if (option == 's' && (good = parse_number(optarg, 0, 1e15, &value)))
            options->seed = (uint64_t)value;
        else if (option == 'k' && (good = parse_number(optarg, 1, 1e12, &value)))
            options->seeds = (uint64_t)value;
        else if (option == 'n' && (good = parse_number(optarg, 2, SIM_HOSTS_MAX, &value)))
            options->nodes = (size_t)value;
        else if (option == 'h')
            good = parse_number(optarg, 0.001, 1e6, &options->hours);
        else if (option == 't')
            options->trace = true;
        else if (option == 'a')
            options->keep_going = true;
        else if (option == 'x')
            options->hashes = true;
        else if (option == 'f')
            options->scenario = true;
        else if (option == 'c')
            options->scale = true;
        else if (option == 'g')
            options->growth = true;
        else if (option == 'p')
            good = parse_shape(optarg, &options->shape);
        if (!good || option == '?')
            return false;
    }
    if (options->nodes > NODES_MAX && !options->scale)
        return false;
    return options->scenario ? optind < count : optind == count;
}

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

static int play(struct sim *sim, const struct options *options, char **files, int count)
{
    enum scenario_end worst = SCENARIO_GOOD;
    char text[2048];

    for (int i = 0; i < count; i++) {
        enum scenario_end result;

        sim->verbose = options->trace;
        sim_open(sim, options->seed);
        result = scenario_play(sim, files[i], text, sizeof(text));
        printf("%s %s\n", result == SCENARIO_GOOD ? "good" : "FAILED", files[i]);
        if (result != SCENARIO_GOOD)
            printf("  %s\n", text);
        if (result != SCENARIO_GOOD && options->trace)
            dump_hosts(sim);
        worst = result > worst ? result : worst;
        sim_close(sim);
    }
    return (int)worst;
}

int main(int count, char **words)
{
    struct options options = {.seed = 1, .seeds = 1};
    struct sim *sim = calloc(1, sizeof(*sim));
    struct total total = {0};
    double began_s = cpu_s();

    if (!parse(count, words, &options)) {
        usage(stderr);
        return 2;
    }
    if (options.scale || options.growth) {
        free(sim);
        return options.growth ? growth_run() : scale_run(options.nodes, options.shape);
    }
    if (options.scenario && sim != NULL) {
        int worst = play(sim, &options, words + optind, count - optind);

        free(sim);
        return worst;
    }
    total.frame_list = calloc(options.seeds, sizeof(*total.frame_list));
    total.fault_list = calloc(options.seeds, sizeof(*total.fault_list));
    if (sim == NULL || total.frame_list == NULL || total.fault_list == NULL)
        return 1;
    for (uint64_t i = 0; i < options.seeds && (total.failed == 0 || options.keep_going); i++) {
        sim->verbose = options.trace;
        seed_run(sim, options.seed + i, options.nodes, options.hours);
        add(&total, sim);
        if (sim->rule != 0)
            report_failure(sim, &options);
        if (sim->rule != 0 && options.trace)
            dump_hosts(sim);
        if (options.hashes || options.trace)
            printf("trace %llu %016llx\n", (unsigned long long)sim->seed,
                   (unsigned long long)sim->hash);
        sim_close(sim);
    }
    report(&total, cpu_s() - began_s);
    free(total.frame_list);
    free(total.fault_list);
    free(sim);
    return total.failed > 0;
}
