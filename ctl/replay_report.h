/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log holds, told when it was read to its end.
 */
#ifndef BANSYNC_CTL_REPLAY_REPORT_H
#define BANSYNC_CTL_REPLAY_REPORT_H

#include <stdio.h>

#include "replay_options.h"
#include "replay_tally.h"
#include "senders.h"

/* As text for people; the tally is sorted, senders are put in order. accounts is NULL if they were
 * not counted. */
void replay_report_text(FILE *stream, const struct replay_options *options,
                        const struct replay_tally *tally, struct senders *senders,
                        struct senders *accounts);

/* The same to stdout, one object a line: senders, accounts, buckets, reasons, then the summary
 * (banctl(1)). */
void replay_report_json(const struct replay_options *options, const struct replay_tally *tally,
                        struct senders *senders, struct senders *accounts);

#endif
