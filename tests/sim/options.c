/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, see options.h.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "sim.h"

#define NODES_MAX 9   /* of a seed */
#define SEED_MAX 1e15 /* whole in a double */
#define SEEDS_MAX 1e9
#define HOURS_MAX 1e6

#define OF(mode) (1U << OPTIONS_##mode)
#define OF_ALL (OF(SEEDS) | OF(SCENARIO) | OF(SCALE) | OF(GROWTH))

/* Above all letters, so that an option with one is told from them. */
enum {
    SEED = 0x100,
    SEEDS,
    NODES,
    HOURS,
    TRACE,
    HASHES,
    ALL,
    SHAPE,
    SCENARIO,
    SCALE,
    GROWTH,
    HELP,
};

static const struct option known[] = {
    {"seed", required_argument, NULL, SEED},
    {"seeds", required_argument, NULL, SEEDS},
    {"nodes", required_argument, NULL, NODES},
    {"hours", required_argument, NULL, HOURS},
    {"trace", no_argument, NULL, TRACE},
    {"hashes", no_argument, NULL, HASHES},
    {"all", no_argument, NULL, ALL},
    {"shape", required_argument, NULL, SHAPE},
    {"scenario", no_argument, NULL, SCENARIO},
    {"scale", no_argument, NULL, SCALE},
    {"growth", no_argument, NULL, GROWTH},
    {"help", no_argument, NULL, HELP},
    {0},
};

/* With what each of them means something, in the same order. */
static const unsigned modes[] = {
    OF(SEEDS) | OF(SCENARIO),
    OF(SEEDS),
    OF(SEEDS) | OF(SCALE),
    OF(SEEDS),
    OF(SEEDS) | OF(SCENARIO),
    OF(SEEDS),
    OF(SEEDS),
    OF(SCALE),
    OF_ALL,
    OF_ALL,
    OF_ALL,
    OF_ALL,
};

static const char help[] =
    "usage: simulate [--seed N] [--seeds K] [--nodes N] [--hours H] [--trace] [--hashes] [--all]\n"
    "       simulate --scenario [--seed N] [--trace] FILE...\n"
    "       simulate --scale [--nodes N] [--shape mesh|hubs|ring]\n"
    "       simulate --growth\n"
    "Runs clusters of the shipped node in virtual time, with all trouble that a seed draws, and\n"
    "checks the rules of tests/sim/rules.h. The first seed that breaks one ends the run.\n"
    "  --seed N   the first seed; default 1\n"
    "  --seeds K  how many; default 1\n"
    "  --nodes N  2 to 9, with --scale 3 to 320; default: drawn from the seed\n"
    "  --hours H  virtual time of each seed; default: drawn from the seed\n"
    "  --trace    print what happens, and after a failure what the nodes hold\n"
    "  --hashes   print a hash of all that happened, a line each seed\n"
    "  --all      go on after a failure\n"
    "  --scenario play files instead of seeds; the seed draws what the network does\n"
    "  --scale    what a node costs: messages, bytes, CPU, memory; default: 3, 30 and 100 nodes\n"
    "  --shape S  of --scale: who is linked to whom\n"
    "  --growth   bytes of repair by the number of differences\n"
    "Exit code: 0 all held; 1 a rule was broken, a file says what is not so, or repair grows too\n"
    "fast; 2 a mistake in the command line or in a file.\n"
    "\n"
    "A file tells what happens and what must be so then, one statement a line; \"#\" begins a\n"
    "comment. After its last line all trouble ends and is undone: nodes that are down start, all\n"
    "must agree, and every rule is checked. There are many examples in tests/scenario.\n"
    "  NODE      mx1, mx2, ...\n"
    "  NODES     one or more of them with blanks between, or all: those that are up\n"
    "  DURATION  500ms, 1.5s, 10m, 25h or 8d; of a policy's ban also permanent,\n"
    "            or up to 8 for one ban after the other, 10s then 1h then permanent\n"
    "  OFFSET    a duration with its sign: +1h, -30s\n"
    "  PERCENT   0% to 100%\n"
    "  NETWORK   an address, or ADDRESS/LENGTH; of hits 256 addresses at most\n"
    "  ACCOUNT   a user's name, of letters, digits and @.-_+\n"
    "  SENDER    a NETWORK, or: account ACCOUNT\n"
    "Without a policy ten hits within 10m ban, permanently. Time begins with the file.\n"
    "Statements:\n";

void options_help(void)
{
    fputs(help, stdout);
    scenario_describe(stdout);
}

/* The line that says what is wrong is the last but one: nobody must look for it. */
__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
    va_list arguments;

    fputs("simulate: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\n  all options:  simulate --help\n", stderr);
    return false;
}

static bool take_number(const char *name, double low, double high, bool whole, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(optarg, &end);
    if (errno == 0 && end != optarg && *end == '\0' && *value >= low && *value <= high &&
        (!whole || *value == (double)(uint64_t)*value))
        return true;
    return wrong("--%s %.100s: a %snumber from %.16g to %.16g is expected", name, optarg,
                 whole ? "whole " : "", low, high);
}

static bool take_shape(enum cluster_shape *shape)
{
    for (size_t i = 0; cluster_shape_name(i) != NULL; i++)
        if (strcmp(cluster_shape_name(i), optarg) == 0) {
            *shape = (enum cluster_shape)i;
            return true;
        }
    return wrong("--shape %.100s: mesh, hubs or ring is expected", optarg);
}

static bool take_mode(struct options *options, int option)
{
    const enum options_mode mode = option == SCENARIO ? OPTIONS_SCENARIO
                                   : option == SCALE  ? OPTIONS_SCALE
                                                      : OPTIONS_GROWTH;

    if (options->mode != OPTIONS_SEEDS && options->mode != mode)
        return wrong("--scenario, --scale and --growth: one of them at a time");
    options->mode = mode;
    return true;
}

static bool take(struct options *options, int option)
{
    double value = 0;
    bool good = true;

    switch (option) {
    case SEED:
        good = take_number("seed", 0, SEED_MAX, true, &value);
        options->seed = (uint64_t)value;
        break;
    case SEEDS:
        good = take_number("seeds", 1, SEEDS_MAX, true, &value);
        options->seeds = (uint64_t)value;
        break;
    case NODES:
        good = take_number("nodes", 2, SIM_HOSTS_MAX, true, &value);
        options->nodes = (size_t)value;
        break;
    case HOURS:
        good = take_number("hours", 0.001, HOURS_MAX, false, &options->hours);
        break;
    case SHAPE:
        good = take_shape(&options->shape);
        break;
    case TRACE:
        options->trace = true;
        break;
    case HASHES:
        options->hashes = true;
        break;
    case ALL:
        options->keep_going = true;
        break;
    default:
        good = take_mode(options, option);
    }
    return good;
}

/* Of a size, as the mode takes it. */
static bool fits_size(const struct options *options)
{
    const bool scale = options->mode == OPTIONS_SCALE;
    const size_t low = !scale ? 2 : options->shape == CLUSTER_HUBS ? 4 : 3;
    const size_t high = scale ? SIM_HOSTS_MAX : NODES_MAX;

    return options->nodes == 0 || (options->nodes >= low && options->nodes <= high) ||
           wrong("--nodes %zu: a whole number from %zu to %zu is expected%s", options->nodes, low,
                 high, scale ? " with --scale" : "; more with --scale");
}

/* What is only known once all options are: given, a bit each. */
static bool fits(const struct options *options, unsigned given)
{
    static const char *const names[] = {"seeds", "--scenario", "--scale", "--growth"};

    for (size_t i = 0; known[i].name != NULL; i++)
        if ((given & 1U << i) != 0 && (modes[i] & 1U << options->mode) == 0)
            return wrong("--%s means nothing with %s", known[i].name, names[options->mode]);
    if ((given & 1U << (SHAPE - SEED)) != 0 && options->nodes == 0)
        return wrong("--shape: of how many --nodes?");
    if (options->mode == OPTIONS_SCENARIO && options->file_count == 0)
        return wrong("--scenario: name the files to be played");
    if (options->mode != OPTIONS_SCENARIO && options->file_count > 0)
        return wrong("%.100s: files are played with --scenario only", options->files[0]);
    return fits_size(options);
}

/* What getopt did not like. */
static bool wrong_option(int option, const char *word)
{
    if (option == ':')
        return wrong("%.100s: a value is expected behind it", word);
    if (optopt > 0 && optopt < SEED)
        return wrong("-%c: no such option", optopt);
    return wrong("%.100s: no such option", word);
}

bool options_read(int count, char **words, struct options *options)
{
    unsigned given = 0;
    int option;

    *options = (struct options){.seed = 1, .seeds = 1};
    opterr = 0; /* told here */
    while ((option = getopt_long(count, words, ":h", known, NULL)) != -1) {
        if (option == HELP || option == 'h') {
            options->mode = OPTIONS_HELP;
            return true;
        }
        if (option == ':' || option == '?')
            return wrong_option(option, words[optind - 1]);
        if (!take(options, option))
            return false;
        given |= 1U << (option - SEED);
    }
    options->files = words + optind;
    options->file_count = (size_t)(count - optind);
    return fits(options, given);
}
