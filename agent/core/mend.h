/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a subject beside its entries, put right from them: the self-check has found these
 * to be as they should be.
 *
 * Values are compared and set as bytes: a damaged bool must not be read as one.
 */
#ifndef BANSYNC_CORE_MEND_H
#define BANSYNC_CORE_MEND_H

#include <stdbool.h>
#include <stddef.h>

#include "state.h"

/* Sets held to what is right, of size bytes, and counts it if that changes it. */
void mend_value(struct state *state, void *held, const void *right, size_t size);

/* What an awake subject says of its own record; all else. */
void mend_own_record(struct state *state, struct subject *subject);
void mend_subject(struct state *state, struct subject *subject);

/* True if there is nothing to mend of a subject at rest. */
bool mend_is_idle(const struct state *state, const struct subject *subject);

#endif
