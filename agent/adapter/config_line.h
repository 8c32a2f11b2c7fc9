/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a configuration file, judged before libinih reads it.
 *
 * libinih takes silently what is most likely a slip: text behind "]", a comment behind a value,
 * "key: value", an indented "key = value" as a further value of the key above. Here they are
 * mistakes.
 * Does not: know sections or keys.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_LINE_H
#define BANSYNC_ADAPTER_CONFIG_LINE_H

#include <stdbool.h>

#include "config_mistake.h"

enum config_line {
    CONFIG_LINE_EMPTY, /* blank or a comment */
    CONFIG_LINE_SECTION,
    CONFIG_LINE_OPTION,
    CONFIG_LINE_CONTINUATION, /* one more value of the option above */
    CONFIG_LINE_MISTAKE,
    CONFIG_LINE_LOST /* a mistake, and the options below it have no section */
};

/* Judges line, which has no LF and may end with CR. in_section: a section was opened above;
 * after_option: it has an option already. For a mistake "what; what to do" is in mistake.
 */
enum config_line config_line_judge(const char *line, bool in_section, bool after_option,
                                   char mistake[CONFIG_MISTAKE_SIZE]);

#endif
