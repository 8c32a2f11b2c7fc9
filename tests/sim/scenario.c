/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a story line by line, see scenario.h.
 */
#include "scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "rules.h"
#include "scenario_part.h"
#include "seed.h"

struct statement {
    const char *word;
    void (*play)(struct scenario *scenario);
    const char *usage;
};

static const struct statement statements[] = {
#define STATEMENT(word, function, usage, meaning) {word, scenario_##function, usage},
    SCENARIO_STATEMENTS
#undef STATEMENT
};
#define STATEMENT_COUNT (sizeof(statements) / sizeof(statements[0]))

bool scenario_has_failed(const struct scenario *scenario)
{
    return scenario->text[0] != '\0' || scenario->sim->rule != 0;
}

void scenario_fail(struct scenario *scenario, const char *format, ...)
{
    size_t used;
    va_list arguments;

    if (scenario_has_failed(scenario))
        return;
    snprintf(scenario->text, scenario->text_size, "%s:%u: \"%s\" at %.3f s: ", scenario->path,
             scenario->line, scenario->source,
             (double)(scenario->sim->now_ms - SIM_EPOCH_MS) / 1000);
    used = strlen(scenario->text);
    va_start(arguments, format);
    vsnprintf(scenario->text + used, scenario->text_size - used, format, arguments);
    va_end(arguments);
    sim_trace(scenario->sim, "%s", scenario->text);
}

void scenario_pass(struct scenario *scenario, int64_t ms)
{
    if (!scenario_has_failed(scenario))
        sim_run(scenario->sim, scenario->sim->now_ms + ms);
}

static struct host *find_host(const struct sim *sim, const char *word)
{
    char name[32];

    for (size_t i = 0; i < sim->host_count; i++) {
        snprintf(name, sizeof(name), "mx%zu", i + 1);
        if (strcmp(name, word) == 0)
            return sim->hosts[i];
    }
    return NULL;
}

struct host *scenario_node(struct scenario *scenario)
{
    struct host *host = find_host(scenario->sim, words_peek(&scenario->words));

    if (host != NULL) {
        scenario->words.next++;
        return host;
    }
    words_expected(&scenario->words, "a node such as mx1");
    return scenario->sim->hosts[0];
}

void scenario_nodes(struct scenario *scenario, bool up, struct scenario_nodes *nodes)
{
    struct sim *sim = scenario->sim;

    nodes->count = 0;
    if (words_take(&scenario->words, "all")) {
        for (size_t i = 0; i < sim->host_count; i++)
            if (sim->hosts[i]->up == up && !sim->hosts[i]->retired)
                nodes->list[nodes->count++] = sim->hosts[i];
        return;
    }
    do
        nodes->list[nodes->count++] = scenario_node(scenario);
    while (find_host(sim, words_peek(&scenario->words)) != NULL && nodes->count < SIM_HOSTS_MAX);
}

/* The rules look at the maps at these. */
static void note(struct plan *plan, struct addr addr)
{
    char name[ACCOUNT_BYTES_MAX];

    if (addr.kind == ADDR_ACCOUNT) {
        memcpy(name, addr.bytes, sizeof(name));
        accounts_add(&plan->accounts, name);
        return;
    }
    addr.length = (uint8_t)addr_bits(&addr);
    for (size_t i = 0; i < plan->address_count; i++)
        if (addr_compare(&plan->addresses[i], &addr) == 0)
            return;
    if (plan->address_count < PLAN_ADDRESSES_MAX)
        plan->addresses[plan->address_count++] = addr;
}

struct addr scenario_addr(struct scenario *scenario)
{
    struct addr addr = words_addr(&scenario->words);

    if (!scenario->words.wrong)
        note(&scenario->sim->plan, addr);
    return addr;
}

struct addr scenario_subject(struct scenario *scenario)
{
    struct addr addr = words_subject(&scenario->words);

    if (!scenario->words.wrong)
        note(&scenario->sim->plan, addr);
    return addr;
}

/* Takes the first word. There must be nodes before anything is said of them. */
static const struct statement *take_statement(struct scenario *scenario)
{
    size_t known = scenario->sim->host_count > 0 ? STATEMENT_COUNT : 1;
    const char *names[STATEMENT_COUNT];

    for (size_t i = 0; i < known; i++)
        names[i] = statements[i].word;
    return &statements[words_choice(&scenario->words, names, known)];
}

static enum scenario_end mistake(struct scenario *scenario, const struct statement *statement)
{
    snprintf(scenario->text, scenario->text_size, "%s:%u: %s", scenario->path, scenario->line,
             scenario->words.mistake);
    if (statement != NULL) {
        size_t used = strlen(scenario->text);

        snprintf(scenario->text + used, scenario->text_size - used, "\n  usage: %s%s%s",
                 statement->word, *scenario->usage != '\0' ? " " : "", scenario->usage);
    }
    return SCENARIO_MISTAKE;
}

static enum scenario_end play_line(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    const struct statement *statement;

    scenario->source[strcspn(scenario->source, "\r\n")] = '\0';
    words_split(words, scenario->source);
    if (words->count == 0 && !words->wrong)
        return SCENARIO_GOOD;
    statement = take_statement(scenario);
    if (words->wrong)
        return mistake(scenario, NULL);
    sim_trace(scenario->sim, "%s", scenario->source);
    scenario->usage = statement->usage;
    statement->play(scenario);
    if (words->wrong)
        return mistake(scenario, statement);
    return scenario_has_failed(scenario) ? SCENARIO_BAD : SCENARIO_GOOD;
}

/* Who was removed would go on disagreeing. */
static void end(struct scenario *scenario)
{
    struct sim *sim = scenario->sim;

    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->retired && sim->hosts[i]->up)
            chaos_retire(sim, sim->hosts[i]);
    if (sim->plan.address_count == 0)
        sim->plan.addresses[sim->plan.address_count++] = (struct addr){ADDR_IPV4, 32, {192, 0, 2}};
    seed_calm(sim);
}

/* Reads a line. False: there is none, or what is there is no text, which scenario->text says. */
static bool read_line(struct scenario *scenario, FILE *file)
{
    if (fgets(scenario->source, sizeof(scenario->source), file) == NULL) {
        if (ferror(file))
            snprintf(scenario->text, scenario->text_size, "%s: %s", scenario->path,
                     strerror(errno));
        return false;
    }
    scenario->line++;
    if (strchr(scenario->source, '\n') != NULL || feof(file))
        return true;
    snprintf(scenario->text, scenario->text_size,
             "%s:%u: a line of text is expected, of less than %d bytes", scenario->path,
             scenario->line, WORDS_BYTES_MAX - 1);
    return false;
}

static enum scenario_end play_file(struct scenario *scenario, FILE *file)
{
    enum scenario_end result = SCENARIO_GOOD;

    while (result == SCENARIO_GOOD && read_line(scenario, file))
        result = play_line(scenario);
    if (result == SCENARIO_GOOD && scenario->text[0] != '\0')
        return SCENARIO_MISTAKE;
    if (result == SCENARIO_GOOD && scenario->sim->host_count == 0) {
        snprintf(scenario->text, scenario->text_size, "%s: no statement in it", scenario->path);
        return SCENARIO_MISTAKE;
    }
    if (result == SCENARIO_GOOD)
        end(scenario);
    if (scenario->sim->rule != 0 && scenario->text[0] == '\0')
        snprintf(scenario->text, scenario->text_size, "%s:%u: rule %d broken (%s): %s",
                 scenario->path, scenario->line, scenario->sim->rule,
                 rules_name(scenario->sim->rule), scenario->sim->failure);
    return scenario->sim->rule != 0 ? SCENARIO_BAD : result;
}

enum scenario_end scenario_play(struct sim *sim, const char *path, char *text, size_t size)
{
    struct scenario scenario = {.sim = sim, .path = path, .text = text, .text_size = size};
    FILE *file = fopen(path, "r");
    enum scenario_end result;

    assert(size > 0);
    text[0] = '\0';
    if (file == NULL) {
        snprintf(text, size, "%s: %s", path, strerror(errno));
        return SCENARIO_MISTAKE;
    }
    result = play_file(&scenario, file);
    fclose(file);
    return result;
}

static void describe(FILE *file, const char *word, const char *usage, const char *meaning)
{
    fprintf(file, "  %s%s%s\n      %s\n", word, *usage != '\0' ? " " : "", usage, meaning);
}

void scenario_describe(FILE *file)
{
#define STATEMENT(word, function, usage, meaning) describe(file, word, usage, meaning);
    SCENARIO_STATEMENTS
#undef STATEMENT
#define EXPECT(word, function, usage, meaning) describe(file, "expect " word, usage, meaning);
    SCENARIO_EXPECTS
#undef EXPECT
}
