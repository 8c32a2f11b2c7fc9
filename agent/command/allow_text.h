/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allow entry in words and as JSON: whose it is, since when, why.
 */
#ifndef BANSYNC_ALLOW_TEXT_H
#define BANSYNC_ALLOW_TEXT_H

#include "reply.h"

#define ALLOW_TEXT_SIZE 512

/* "added by alice 2d ago: \"office\"" or, of a node's configuration, "by mx2". */
void allow_text_print(const struct agent *agent, const struct allow *allow,
                      char text[ALLOW_TEXT_SIZE]);

/* net, owner, since, until, actor, reason. */
void allow_text_members(const struct agent *agent, struct json *object, const struct allow *allow);

/* "operator", or the owning node's name, written to text if need be. */
const char *allow_text_owner(const struct agent *agent, const struct allow *allow, char text[17]);

/* A length of time in its largest unit, rounded down: "59s", "10m", "2h", "3d". */
#define ALLOW_TEXT_SPAN_SIZE 24
void allow_text_span(int64_t ms, char text[ALLOW_TEXT_SPAN_SIZE]);

#endif
