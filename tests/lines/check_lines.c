/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against the labelled log lines: check_lines DIR.
 *
 * Every DIR/NAME.log is read line by line and compared with DIR/NAME.tsv (README.md tells the
 * columns), in two ways:
 * - each line alone (line.h). A "limited" row with an address must be found with exactly its
 *   address, bucket, account and queue id; one without must have none; no other row may say that
 *   its message was limited.
 * - all of them joined (detect.h), a fresh detector a file. Each "limited" and "exceeded" row must
 * be one hit, with the address, all the buckets, the account and the queue id, or told to be
 *   unattributable; "limited-cut" rows likewise, if there is evidence; no other row may be a hit.
 * Prints a line a file and each mismatch; exits 1 if there is one.
 */
#include <bansync/limits.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "detect.h"

struct tally {
    const char *name;
    size_t lines;
    size_t hits;
    size_t by_evidence;
    size_t unattributable;
    size_t refused;
    size_t wrong;
    bool has_evidence; /* since the last row that is a hit */
};

static bool check_file(const char *folder, const char *name);
static void tell(struct tally *tally, const struct corpus_row *row, const char *mode,
                 const char *mismatch);
static const char *check_alone(const struct corpus_row *row);
static const char *check_limited(const struct line *line, const struct corpus_row *row);
static const char *check_joined(struct tally *tally, const struct corpus_row *row,
                                enum detect_result result, const struct detect_hit *hit);
static const char *check_hit(const struct corpus_row *row, enum detect_result result,
                             const struct detect_hit *hit);
static const char *check_attributed(const struct corpus_row *row, const struct detect_hit *hit);
static bool is_kind(const struct corpus_row *row, const char *kind);
static bool is_text(struct line_text is, struct line_text label);
static bool is_addr(const struct addr *addr, struct line_text label);
static struct line_text first_bucket(struct line_text label);
static bool are_buckets(const struct detect_hit *hit, const struct corpus_row *row);
static void count(struct tally *tally, enum detect_result result, const struct detect_hit *hit);

static int is_log(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".log") == 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: check_lines DIR\n");
        return 2;
    }
    struct dirent **entries;
    int entry_count = scandir(argv[1], &entries, is_log, alphasort);
    if (entry_count <= 0) {
        fprintf(stderr, "check_lines: no .log file in %s\n", argv[1]);
        return 1;
    }
    bool good = true;
    for (int i = 0; i < entry_count; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - 4] = '\0';
        good = check_file(argv[1], entries[i]->d_name) && good;
        free(entries[i]);
    }
    free(entries);
    return good ? 0 : 1;
}

static bool check_file(const char *folder, const char *name)
{
    struct tally tally = {.name = name};
    struct corpus *corpus = corpus_open(folder, name);
    struct detect *detect = detect_open();
    if (!corpus || !detect)
        return false;
    struct corpus_row row;
    while (corpus_next(corpus, &row)) {
        struct detect_hit hit;
        tally.lines++;
        tell(&tally, &row, "alone", check_alone(&row));
        enum detect_result result =
            detect_line(detect, row.line.bytes, row.line.length, row.place, 0, &hit);
        count(&tally, result, &hit);
        tell(&tally, &row, "joined", check_joined(&tally, &row, result, &hit));
    }
    struct detect_stats stats;
    detect_statistics(detect, &stats);
    bool is_settled = stats.expired == 0 && stats.pushed == 0 && detect_place(detect) == UINT64_MAX;
    if (!is_settled)
        printf("%s: evidence was left without its message\n", name);
    bool good = tally.wrong == 0 && is_settled && corpus_is_whole(corpus);
    printf("%-29s %4zu lines %3zu hits, %2zu by evidence; %2zu unattributable %2zu refused "
           "%2zu wrong\n",
           name, tally.lines, tally.hits, tally.by_evidence, tally.unattributable, tally.refused,
           tally.wrong);
    detect_close(&detect);
    corpus_close(&corpus);
    return good;
}

static void tell(struct tally *tally, const struct corpus_row *row, const char *mode,
                 const char *mismatch)
{
    if (!mismatch)
        return;
    tally->wrong++;
    printf("%s line %zu (%.*s), %s: %s\n", tally->name, tally->lines,
           (int)row->label[CORPUS_KIND].length, row->label[CORPUS_KIND].bytes, mode, mismatch);
}

static const char *check_alone(const struct corpus_row *row)
{
    static char scratch[LINE_BYTES_MAX];
    struct line line;
    enum line_kind kind = line_read(row->line.bytes, row->line.length, scratch, &line);
    bool is_evidence = is_kind(row, "evidence");
    if (is_evidence != (kind == LINE_EVIDENCE))
        return is_evidence ? "is evidence, and was not found" : "is no evidence";
    if (is_evidence)
        return is_text(line.bucket, row->label[CORPUS_BUCKET]) ? NULL : "has another bucket";
    bool is_found =
        kind == LINE_MESSAGE && line.verdict == LINE_LIMITED && line.fields_broken == NULL;
    if (!is_kind(row, "limited"))
        return is_found ? "does not show a hit, and was taken for one" : NULL;
    return is_found ? check_limited(&line, row) : "is a hit, and was not found";
}

static const char *check_limited(const struct line *line, const struct corpus_row *row)
{
    bool has_addr = !corpus_says(row->label[CORPUS_IP], "-");
    if (line->has_addr != has_addr)
        return has_addr ? "has an address, and it was not found" : "has no address";
    if (has_addr && !is_addr(&line->addr, row->label[CORPUS_IP]))
        return "has another address";
    if (!is_text(line->bucket, first_bucket(row->label[CORPUS_BUCKET])))
        return "has another bucket";
    if (!is_text(line->account, row->label[CORPUS_USER]))
        return "has another account";
    return is_text(line->qid, row->label[CORPUS_QID]) ? NULL : "has another queue id";
}

static const char *check_joined(struct tally *tally, const struct corpus_row *row,
                                enum detect_result result, const struct detect_hit *hit)
{
    bool has_evidence = tally->has_evidence;
    tally->has_evidence = has_evidence || is_kind(row, "evidence");
    bool is_cut = is_kind(row, "limited-cut");
    if (!is_cut && !is_kind(row, "limited") && !is_kind(row, "exceeded"))
        return result == DETECT_HIT || result == DETECT_UNATTRIBUTABLE
                   ? "is no hit, and was taken for one"
                   : NULL;
    tally->has_evidence = false;
    if (is_cut && !has_evidence)
        return result == DETECT_HIT ? "shows no hit, and was taken for one" : NULL;
    return check_hit(row, result, hit);
}

static const char *check_hit(const struct corpus_row *row, enum detect_result result,
                             const struct detect_hit *hit)
{
    bool has_addr = !corpus_says(row->label[CORPUS_CORR_IP], "-");
    if (result != (has_addr ? DETECT_HIT : DETECT_UNATTRIBUTABLE))
        return has_addr ? "is a hit, and was not found"
                        : "is a hit without address, and was not told so";
    if (!are_buckets(hit, row))
        return "has other buckets";
    return has_addr ? check_attributed(row, hit) : NULL;
}

static const char *check_attributed(const struct corpus_row *row, const struct detect_hit *hit)
{
    if (!is_addr(&hit->addr, row->label[CORPUS_CORR_IP]))
        return "has another address";
    if (!is_text(hit->account, row->label[CORPUS_USER]))
        return "has another account";
    return is_text(hit->qid, row->label[CORPUS_QID]) ? NULL : "has another queue id";
}

static bool is_kind(const struct corpus_row *row, const char *kind)
{
    return corpus_says(row->label[CORPUS_KIND], kind);
}

/* "-" labels an absent text. */
static bool is_text(struct line_text is, struct line_text label)
{
    if (!is.bytes)
        return corpus_says(label, "-");
    return is.length == label.length && memcmp(is.bytes, label.bytes, is.length) == 0;
}

static bool is_addr(const struct addr *addr, struct line_text label)
{
    char text[ADDR_TEXT_SIZE];
    addr_print(addr, text);
    return corpus_says(label, text);
}

/* Of "user|my sel". */
static struct line_text first_bucket(struct line_text label)
{
    const char *bar = memchr(label.bytes, '|', label.length);
    if (bar)
        label.length = (size_t)(bar - label.bytes);
    return label;
}

/* Whether the hit has just these buckets, in any order but for the first, or as many of them as are
 * told. */
static bool are_buckets(const struct detect_hit *hit, const struct corpus_row *row)
{
    struct line_text label = row->label[CORPUS_BUCKET];
    size_t labelled = 0;
    size_t found = 0;
    if (is_kind(row, "limited") && !is_text(hit->buckets[0], first_bucket(label)))
        return false;
    while (label.length > 0) {
        struct line_text name = first_bucket(label);
        for (size_t i = 0; i < hit->bucket_count; i++)
            found += is_text(hit->buckets[i], name);
        labelled++;
        size_t taken = name.length < label.length ? name.length + 1 : name.length;
        label.bytes += taken;
        label.length -= taken;
    }
    return found == hit->bucket_count &&
           found == (labelled < DETECT_BUCKETS_MAX ? labelled : DETECT_BUCKETS_MAX);
}

static void count(struct tally *tally, enum detect_result result, const struct detect_hit *hit)
{
    tally->hits += result == DETECT_HIT;
    tally->by_evidence += result == DETECT_HIT && hit->by_evidence;
    tally->unattributable += result == DETECT_UNATTRIBUTABLE;
    tally->refused += result == DETECT_REFUSED;
}
