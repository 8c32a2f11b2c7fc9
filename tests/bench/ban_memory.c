/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ban costs in memory: ban_memory KIND COUNT [load].
 *
 * Fills a state with COUNT bans as peers send them, or as the store loads them, and prints how much
 * the process grew a ban, as the kernel counts it, with the parts that are known; and what merging
 * took. KIND: operator (for good, no reason), hits (for good, by hits of three nodes with one
 * account; the strikes are gone), timed (by hits of three nodes, no account, for 7 d).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bansync/limits.h>

#include "derive.h"
#include "evidence.h"
#include "step.h"

enum { TURN_ENTRIES = 1000 };

#define WALL_MS INT64_C(1790000000000)
#define DAY_MS INT64_C(86400000)

enum kind { OPERATOR, HITS, TIMED };

struct bench {
    struct state state;
    struct effects effects;
    enum kind kind;
    size_t count;
    bool load;
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t resident_bytes(void)
{
    size_t pages = 0, size;
    FILE *file = fopen("/proc/self/statm", "r");
    char line[128];

    if (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        char *rest;

        size = strtoul(line, &rest, 10);
        pages = size > 0 ? strtoul(rest, NULL, 10) : 0;
    }
    if (file != NULL)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Distinct for each i. */
static struct addr addr_of(size_t i)
{
    uint32_t host = (uint32_t)i * 2654435761u;
    struct addr addr = {.kind = ADDR_IPV4, .length = 32};

    for (unsigned byte = 0; byte < 4; byte++)
        addr.bytes[byte] = (uint8_t)(host >> (24 - 8 * byte));
    return addr;
}

static size_t write_evidence(size_t i, bool account, uint8_t bytes[EVIDENCE_BYTES_MAX])
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    char name[32];
    struct strike strike = {.t_ms = 1, .text = text};

    snprintf(name, sizeof(name), "user%zu@example.org", i % 100000);
    strike_text_write("to_ip", 5, name, account ? strlen(name) : 0, (uint32_t)i + 1, text);
    return evidence_write(&strike, 1, bytes);
}

static size_t write_ban(const struct bench *bench, size_t i, uint8_t *bytes, size_t size)
{
    uint8_t evidence[EVIDENCE_BYTES_MAX];
    struct fact_node nodes[3] = {{11, 3}, {22, 3}, {33, 4}};
    int64_t last_ms = WALL_MS - 30 * DAY_MS + (int64_t)i * 137 % (20 * DAY_MS);
    struct fact fact = {.first_ms = last_ms - 60000 - (int64_t)i % 300000,
                        .last_ms = last_ms,
                        .until_ms = TIME_NEVER_MS,
                        .forget_ms = TIME_NEVER_MS,
                        .level = 4,
                        .node_count = 3,
                        .nodes = nodes,
                        .evidence = evidence};
    struct record record = {.facts = {&fact, 1}};
    char actor[] = "root";
    struct addr addr = addr_of(i);

    if (bench->kind == OPERATOR)
        record = (struct record){
            .manual = {{(uint64_t)last_ms << 16, 11}, MANUAL_BAN, TIME_NEVER_MS, NULL, actor}};
    else
        fact.evidence_size = (uint8_t)write_evidence(i, bench->kind == HITS, evidence);
    if (bench->kind == TIMED) {
        fact.until_ms = policy_roundup(WALL_MS + 7 * DAY_MS + (int64_t)i * 137 % DAY_MS);
        fact.forget_ms = policy_roundup(fact.until_ms + 30 * DAY_MS);
        fact.level = 3;
    }
    return entry_write_record(&addr, &record, bytes, size);
}

static void take(struct bench *bench, struct event *event)
{
    event->wall_ms = event->ref_ms = WALL_MS;
    if (step(&bench->state, event, &bench->effects) == STEP_MEMORY) {
        fputs("no memory\n", stderr);
        exit(1);
    }
}

static void end_turn(struct bench *bench)
{
    take(bench, &(struct event){.type = EVENT_FLUSH});
    take(bench, &(struct event){.type = EVENT_COMMITTED});
    effects_clear(&bench->effects);
}

/* Merges all bans; the longest turn in ms. */
static double merge(struct bench *bench)
{
    double longest_ms = 0, begun = seconds();
    uint8_t bytes[1024];

    for (size_t i = 0; i < bench->count; i++) {
        struct event event = {.type = bench->load ? EVENT_LOAD : EVENT_ENTRY,
                              .kind = ENTRY_RECORD,
                              .bytes = bytes,
                              .size = write_ban(bench, i, bytes, sizeof(bytes))};

        take(bench, &event);
        if (bench->load || (i + 1) % TURN_ENTRIES != 0)
            continue;
        end_turn(bench);
        if ((seconds() - begun) * 1e3 > longest_ms)
            longest_ms = (seconds() - begun) * 1e3;
        begun = seconds();
    }
    if (bench->load)
        take(bench, &(struct event){.type = EVENT_LOADED});
    end_turn(bench);
    return longest_ms;
}

static double measure_walk(const struct bench *bench, size_t *banned)
{
    double begun = seconds();
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&bench->state.table, &walk)) != NULL;)
        *banned += record_is_banned(&subject->record, state_now_ms(&bench->state));
    return seconds() - begun;
}

static void run(struct bench *bench)
{
    size_t before = resident_bytes(), banned = 0, n = bench->count;
    double begun = seconds(), merging_s, again_s, walk_s, longest_ms;
    const struct expiry *expiry = &bench->state.expiry;
    double resident;

    longest_ms = merge(bench);
    merging_s = seconds() - begun;
    resident = (double)(resident_bytes() - before) / (double)n;
    printf("bans %zu resident %.1f B/ban allocated %.1f\n", n, resident,
           (double)(mallinfo2().uordblks + mallinfo2().hblkhd) / (double)n);
    printf("of it: queue %.1f dirty list %.1f effects %.1f\n",
           (double)(expiry->count * sizeof(*expiry->heap)) / (double)n,
           (double)(bench->state.dirty_room * sizeof(void *)) / (double)n,
           (double)(bench->effects.room * sizeof(struct effect) + bench->effects.size) / (double)n);
    walk_s = measure_walk(bench, &banned);
    begun = seconds();
    bench->load = false;
    longest_ms += 0 * merge(bench);
    again_s = seconds() - begun;
    printf("merging %.2f us/ban, again %.2f, longest turn of %d %.1f ms, walk %.0f ns/ban\n",
           merging_s * 1e6 / (double)n, again_s * 1e6 / (double)n, TURN_ENTRIES, longest_ms,
           walk_s * 1e9 / (double)n);
    if (banned != n)
        fprintf(stderr, "%zu of %zu are banned\n", banned, n);
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"operator", "hits", "timed"};
    struct policy policy = {.threshold = 10,
                            .window_ms = 600000,
                            .durations = {{3600000, DAY_MS, 7 * DAY_MS, TIME_NEVER_MS}, 4},
                            .memory_ms = 30 * DAY_MS};
    struct bench bench = {.kind = OPERATOR};

    if (argc < 3 || state_open(&bench.state, "bench", 11, &policy) != 0)
        return 2;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(argv[1], kinds[i]) == 0)
            bench.kind = (enum kind)i;
    bench.count = strtoul(argv[2], NULL, 10);
    bench.load = argc > 3;
    take(&bench, &(struct event){.type = EVENT_TICK});
    run(&bench);
    effects_close(&bench.effects);
    state_close(&bench.state);
    return 0;
}
