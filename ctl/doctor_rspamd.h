/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds in rspamd's configuration.
 */
#ifndef BANSYNC_CTL_DOCTOR_RSPAMD_H
#define BANSYNC_CTL_DOCTOR_RSPAMD_H

#include "doctor_case.h"

/* Is there a rule that rejects by our map? multimap: that section of rspamd's configuration; NULL
 * if there is none. */
void doctor_rule(struct doctor_case *doctor, const struct ctl_json *multimap);

#endif
