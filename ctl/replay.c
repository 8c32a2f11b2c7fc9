/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector takes from a log.
 *
 * Read in large pieces; what is left of a piece's last line moves to the front of the buffer. A
 * line that grows too long there is dropped to its end.
 */
#include "replay.h"

#include <bansync/control.h>
#include <bansync/limits.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "detect.h"
#include "logfile.h"
#include "memory.h"
#include "progress.h"
#include "replay_clue.h"
#include "replay_hit.h"
#include "replay_line.h"
#include "replay_report.h"
#include "skim.h"

enum { PAUSE_BEFORE_BAR_MS = 200 };

struct replay {
    struct replay_options options;
    struct logfile *file;
    struct detect *detect;
    struct linetime time;
    struct replay_tally tally;
    struct senders *senders;
    struct senders *accounts; /* NULL: they are not counted */
    struct progress progress;
    bool is_dropping; /* the current line has grown too long */
    struct replay_clues clues;
    uint64_t place; /* of the next line, see scan_one */
};

static int replay_file(struct replay *replay);
static int scan_file(struct replay *replay);
static size_t scan_buffer(struct replay *replay, const char *buffer, size_t searched, size_t size);
static size_t skip_lines(struct replay *replay, const char *lines, size_t size);
static void scan_one(struct replay *replay, const char *line, size_t length);
static void take_hit(struct replay *replay, const struct detect_hit *hit);
static void finish(struct replay *replay);
static void print_clue(const struct replay *replay);

int replay_run(const struct args *args)
{
    struct replay replay = {.is_dropping = false};
    struct failure failure;
    if (replay_options_read(args, &replay.options, &failure) < 0)
        return failure_tell(&failure, args->json);
    if (replay.options.line)
        return replay_line(replay.options.line, args->json);
    replay.file = logfile_open(replay.options.path);
    int result = replay.file ? replay_file(&replay) : -1;
    int error = errno;
    logfile_close(&replay.file);
    if (result == 0)
        return ferror(stdout) ? EXIT_INTERNAL : EXIT_DONE;
    failure_set(&failure, "unreadable", EXIT_USAGE, "cannot read %s: %s",
                strcmp(replay.options.path, "-") == 0 ? "standard input" : replay.options.path,
                error == EBADMSG ? "what gzip made is cut or damaged" : strerror(error));
    return failure_tell(&failure, args->json);
}

/* Returns 0, or -1 and errno. */
static int replay_file(struct replay *replay)
{
    replay->detect = detect_open();
    if (!replay->detect)
        memory_exhausted();
    replay->senders = senders_new(&replay->options.policy, replay->options.ipv6_prefix);
    if (replay->options.accounts)
        replay->accounts = senders_new(&replay->options.policy, replay->options.ipv6_prefix);
    linetime_open(&replay->time, clock_zone, NULL);
    progress_begin(&replay->progress, !replay->options.json, PAUSE_BEFORE_BAR_MS);
    int result = scan_file(replay);
    int error = errno;
    progress_hide(&replay->progress);
    if ((result == 0 || error == EBADMSG) && !ferror(stdout))
        finish(replay); /* what could be read of a cut file is told, too */
    senders_free(&replay->senders);
    senders_free(&replay->accounts);
    detect_close(&replay->detect);
    errno = error;
    return result;
}

/* Reads to the end, or until stdout takes no more. Returns 0, or -1 and errno. */
static int scan_file(struct replay *replay)
{
    char *buffer = malloc(LOGFILE_READ_BYTES_MAX + LINE_BYTES_MAX);
    if (!buffer)
        memory_exhausted();
    size_t kept = 0;
    ssize_t taken = 0;
    while (!ferror(stdout)) {
        taken = logfile_read(replay->file, buffer + kept, LOGFILE_READ_BYTES_MAX);
        if (taken <= 0)
            break;
        replay->tally.bytes += (uint64_t)taken;
        size_t size = kept + (size_t)taken;
        size_t used = scan_buffer(replay, buffer, kept, size);
        kept = size - used;
        if (kept > LINE_BYTES_MAX)
            replay->is_dropping = true;
        if (replay->is_dropping)
            kept = 0;
        memmove(buffer, buffer + used, kept);
        fflush(stdout); /* a reader at the other end of a pipe may be waiting */
        progress_show(&replay->progress, logfile_done(replay->file), logfile_size(replay->file),
                      replay->tally.lines);
    }
    int error = errno;
    replay->tally.is_unfinished = kept > 0 || replay->is_dropping;
    free(buffer);
    errno = error;
    return taken < 0 ? -1 : 0;
}

/* Scans the complete lines of buffer; there is no LF before searched, which is behind start while
 * the line there came in pieces. Returns how many bytes they fill. */
static size_t scan_buffer(struct replay *replay, const char *buffer, size_t searched, size_t size)
{
    size_t start = 0;
    for (;;) {
        if (searched == start) {
            start += skip_lines(replay, buffer + start, size - start);
            searched = start;
        }
        const char *end = memchr(buffer + searched, '\n', size - searched);
        if (!end)
            return start;
        size_t length = (size_t)(end - buffer) - start;
        replay->tally.lines++;
        if (replay->is_dropping || length > LINE_BYTES_MAX)
            replay->tally.too_long++;
        else
            scan_one(replay, buffer + start, length);
        replay->is_dropping = false;
        start += length + 1;
        searched = start;
    }
}

/* Returns how many bytes of whole lines need not be scanned one by one. */
static size_t skip_lines(struct replay *replay, const char *lines, size_t size)
{
    if (replay->is_dropping || !replay_clues_are_complete(&replay->clues))
        return 0;
    struct skimmed skimmed = skim(replay->detect, &replay->time, lines, size);
    replay->tally.lines += skimmed.lines;
    replay->place += skimmed.bytes;
    return skimmed.bytes;
}

/* The place of a line is what was scanned before it, lines that were too long left out: no more
 * than a measure of distance. */
static void scan_one(struct replay *replay, const char *line, size_t length)
{
    struct replay_tally *tally = &replay->tally;
    struct detect_hit hit;
    linetime_pass(&replay->time, line, length, logfile_changed_ms(replay->file), false);
    enum detect_result result = detect_line(replay->detect, line, length, replay->place, 0, &hit);
    replay->place += length + 1;
    replay_clues_take(&replay->clues, line, length);
    if (result == DETECT_NOTHING)
        return;
    if (result == DETECT_UNATTRIBUTABLE || result == DETECT_REFUSED) {
        tally->unattributable += result == DETECT_UNATTRIBUTABLE;
        tally->refused += result == DETECT_REFUSED;
        tally_reason(tally, result, hit.reason, tally->lines);
    } else if (!addr_is_countable(&hit.addr)) {
        tally->uncounted++;
    } else {
        take_hit(replay, &hit);
    }
}

static void take_hit(struct replay *replay, const struct detect_hit *hit)
{
    struct replay_tally *tally = &replay->tally;
    enum linetime_basis basis;
    int64_t t_ms =
        linetime_next(&replay->time, &hit->time, logfile_changed_ms(replay->file), false, &basis);
    linetime_doubts_add(&tally->doubts, basis, tally->lines);
    if (tally->hits++ == 0)
        tally->first_ms = t_ms;
    tally->last_ms = t_ms;
    tally->by_evidence += hit->by_evidence;
    tally_buckets(tally, hit, tally->lines);
    senders_add(replay->senders, hit, tally->lines, t_ms);
    if (replay->accounts && hit->account.length > 0)
        tally->unnamed += !senders_add_account(replay->accounts, hit, tally->lines, t_ms);
    if (!replay->options.hits)
        return;
    progress_hide(&replay->progress);
    if (replay->options.json)
        replay_hit_json(hit, tally->lines, t_ms);
    else
        replay_hit_row(hit, tally->lines, t_ms, tally->hits == 1);
}

/* With rows of hits on stdout the report is a remark. */
static void finish(struct replay *replay)
{
    struct detect_stats stats;
    detect_expire(replay->detect, INT64_MAX);
    detect_statistics(replay->detect, &stats);
    replay->tally.unjoined = stats.expired + stats.pushed;
    tally_sort(&replay->tally);
    if (replay->options.json) {
        replay_report_json(&replay->options, &replay->tally, replay->senders, replay->accounts);
        return;
    }
    replay_report_text(replay->options.hits ? stderr : stdout, &replay->options, &replay->tally,
                       replay->senders, replay->accounts);
    print_clue(replay);
}

/* Only if nothing of the log was taken: then somebody asks why. */
static void print_clue(const struct replay *replay)
{
    const struct replay_tally *tally = &replay->tally;
    uint64_t taken =
        tally->hits + tally->unattributable + tally->uncounted + tally->refused + tally->unjoined;
    bool is_empty = tally->lines == 0 && !tally->is_unfinished;
    char sentence[CLUE_SENTENCE_SIZE];
    if (taken > 0)
        return;
    replay_clues_print(&replay->clues, is_empty, sentence);
    if (sentence[0] != '\0')
        fprintf(stderr, "%s\n", sentence);
}
