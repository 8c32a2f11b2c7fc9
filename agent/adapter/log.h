/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's own log: one line a message on stderr, with the "<N>" priority prefix when stderr is
 * the journal.
 *
 * errno is preserved by every call. Text from outside must be passed through log_escape first.
 * Does not: read rspamd's log (see tail.h).
 */
#ifndef BANSYNC_ADAPTER_LOG_H
#define BANSYNC_ADAPTER_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* Sets what is shown; messages above level are dropped. Default: LOG_LEVEL_INFO. */
void log_open(enum log_level level);

/* True if such messages are shown: else what they need is not worth making. */
bool log_shows(enum log_level level);

/* Its name, as in the configuration. */
const char *log_level_name(enum log_level level);

/* 0 and *level, or -1 if text is not a level's name. */
int log_level_parse(const char *text, enum log_level *level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Copies bytes to out as printable text: blanks, control bytes, '"', '\\' and bytes that are not
 * valid UTF-8 become \xNN. Always NUL-terminates; cuts at out_size. Returns out. */
char *log_escape(const char *bytes, size_t length, char *out, size_t out_size);

#endif
