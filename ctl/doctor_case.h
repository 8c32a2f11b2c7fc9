/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor knows: the agent's answers, and what was found so far. Each doctor_*.c looks at
 * one part of it and adds lines to the report.
 */
#ifndef BANSYNC_CTL_DOCTOR_CASE_H
#define BANSYNC_CTL_DOCTOR_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "doctor_report.h"
#include "inquiry.h"

struct doctor_case {
    const struct args *args;
    struct doctor_report report;
    struct inquiry status, peers, digest, config; /* empty if the agent does not answer */
    int64_t now_ms;                               /* wall */
};

/* Asks all of it. 0, or the exit code of why the agent does not answer, which is in the report. */
int doctor_ask(struct doctor_case *doctor);

/* What is in force of an option, as it would be written; of a list the element of that index. ""
 * if it is unset, the agent does not answer or does not know it. */
const char *doctor_value(const struct doctor_case *doctor, const char *section, const char *key,
                         size_t index);

/* A member of status that is an object. */
const struct ctl_json *doctor_status(const struct doctor_case *doctor, const char *name);

/* The status names a reason that begins with "WORD:" or "WORD ", which is added as failed lines of
 * that check. */
bool doctor_has_reason(struct doctor_case *doctor, const char *word);

/* The parts. Those of the agent's answers: only if it answered. */
void doctor_agent(struct doctor_case *doctor);   /* log, hits, map, database, key, disk */
void doctor_reasons(struct doctor_case *doctor); /* what of status nothing else looks at */
void doctor_cluster(struct doctor_case *doctor); /* peers, digests, clocks, allowlist */
void doctor_alerts(struct doctor_case *doctor);  /* does the mail server answer? */
void doctor_rspamd(struct doctor_case *doctor);  /* its configuration: rule, limits, Redis */
void doctor_loaded(struct doctor_case *doctor);  /* the map, as its user and its log see it */
void doctor_service(struct doctor_case *doctor); /* the systemd unit */

#endif
