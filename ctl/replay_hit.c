/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hit, see replay_hit.h.
 */
#include "replay_hit.h"

#include <bansync/limits.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "escape.h"
#include "json.h"
#include "memory.h"

enum { TEXT_BYTES_MAX = ACCOUNT_BYTES_MAX }; /* the longest text of a row */
enum { TIME_COLUMNS = 19 };                  /* local, without its zone */

static void print_member(const char *before, struct line_text text);
static void print_padded(struct line_text text, size_t width);

void replay_hit_json(const struct detect_hit *hit, uint64_t line, int64_t t_ms)
{
    char address[ADDR_TEXT_SIZE];
    char time[CLOCK_TEXT_SIZE];
    addr_print(&hit->addr, address);
    clock_print(t_ms, time);
    printf("{\"schema\":\"banctl.replay/1\",\"item\":\"hit\",\"line\":%" PRIu64
           ",\"address\":\"%s\",\"time\":\"%s\",\"buckets\":[",
           line, address, time);
    for (size_t i = 0; i < hit->bucket_count; i++)
        print_member(i > 0 ? "," : "", hit->buckets[i]);
    putchar(']');
    print_member(",\"account\":", hit->account);
    print_member(",\"qid\":", hit->qid);
    print_member(",\"message_id\":", hit->message_id);
    printf(",\"by_evidence\":%s}\n", hit->by_evidence ? "true" : "false");
}

static void print_member(const char *before, struct line_text text)
{
    char *value = ctl_json_string(text.bytes, text.length);
    if (!value)
        memory_exhausted();
    printf("%s%s", before, value);
    free(value);
}

/* The widths are fixed, as a row is written before the next one is known. */
void replay_hit_row(const struct detect_hit *hit, uint64_t line, int64_t t_ms, bool is_first)
{
    char address[ADDR_TEXT_SIZE];
    char time[CLOCK_TEXT_SIZE];
    addr_print(&hit->addr, address);
    clock_print_local(t_ms, time);
    if (is_first)
        printf("%8s  %-*s  %-15s  %-8s  %-12s  %s\n", "LINE", TIME_COLUMNS, "TIME", "ADDRESS",
               "BUCKET", "QUEUE-ID", "ACCOUNT");
    printf("%8" PRIu64 "  %.*s  %-15s  ", line, TIME_COLUMNS, time, address);
    print_padded(hit->buckets[0], 8);
    print_padded(hit->qid, 12);
    print_padded(hit->account, 0);
    putchar('\n');
}

/* Harmless for a terminal; with a width, filled up to it and two blanks behind it. */
static void print_padded(struct line_text text, size_t width)
{
    char harmless[4 * TEXT_BYTES_MAX + 1] = "-";
    size_t length = 1;
    if (text.bytes && text.length <= TEXT_BYTES_MAX)
        length = escape_text(text.bytes, text.length, ESCAPE_TERMINAL, harmless);
    size_t columns = escape_columns(harmless, length);
    int fill = columns < width ? (int)(width - columns) : 0;
    printf("%s%*s", harmless, width > 0 ? fill + 2 : 0, "");
}
