/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's own log on stderr.
 *
 * A line is put together in one buffer and leaves with one write(2), so lines of the agent and its
 * child never mix. stderr is the journal if $JOURNAL_STREAM names its device and inode
 * (systemd.exec(5)); an inherited variable alone proves nothing, and in a terminal or a file the
 * "<N>" prefix would be noise.
 * Does not: buffer, rotate, retry what could not be written.
 */
#include "log.h"

#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* One line with prefix and LF. */
#define LOG_LINE_BYTES_MAX 8192

static const struct {
    const char *name;
    int priority; /* syslog(3) */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},   [LOG_LEVEL_WARNING] = {"warning", 4},
    [LOG_LEVEL_NOTICE] = {"notice", 5}, [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

static enum log_level shown = LOG_LEVEL_INFO;

static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;

    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    char own[48];
    snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

/* Cuts before a UTF-8 sequence that the cut would leave incomplete: the journal shows such a line
 * as a blob. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t start = length;

    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
        return length;
    start--;
    size_t need = (unsigned char)text[start] >= 0xf0   ? 4
                  : (unsigned char)text[start] >= 0xe0 ? 3
                                                       : 2;
    return length - start < need ? start : length;
}

bool log_shows(enum log_level level)
{
    return level <= shown;
}

static void write_line(enum log_level level, const char *format, va_list arguments)
{
    if (!log_shows(level))
        return;
    int saved_errno = errno;
    char line[LOG_LINE_BYTES_MAX + 1];
    int prefix = stderr_is_journal() ? snprintf(line, sizeof(line), "<%d>", levels[level].priority)
                                     : snprintf(line, sizeof(line), "bansyncd: ");
    size_t start = (size_t)prefix;
    size_t room = LOG_LINE_BYTES_MAX - 1 - start; /* for the message; LF follows */
    errno = saved_errno;                          /* for %m */
    int wanted = vsnprintf(line + start, room + 1, format, arguments);
    size_t length = wanted < 0 ? 0 : (size_t)wanted;
    if (length > room)
        length = whole_characters(line + start, room);
    for (size_t i = start; i < start + length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' '; /* whatever a caller forgot to escape: it stays one line */
    line[start + length] = '\n';
    while (write(STDERR_FILENO, line, start + length + 1) < 0 && errno == EINTR) {
    }
    errno = saved_errno;
}

void log_open(enum log_level level)
{
    shown = level;
}

const char *log_level_name(enum log_level level)
{
    return levels[level].name;
}

int log_level_parse(const char *text, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

#define LOG_FUNCTION(name, level)             \
    void name(const char *format, ...)        \
    {                                         \
        va_list arguments;                    \
        va_start(arguments, format);          \
        write_line(level, format, arguments); \
        va_end(arguments);                    \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_notice, LOG_LEVEL_NOTICE)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

char *log_escape(const char *bytes, size_t length, char *out, size_t out_size)
{
    size_t used = 0;

    if (out_size == 0)
        return out;
    for (size_t i = 0; i < length;) {
        size_t plain = utf8_unambiguous(bytes + i, length - i);
        if (bytes[i] == ' ' || bytes[i] == '"' || bytes[i] == '\\')
            plain = 0;
        size_t need = plain > 0 ? plain : 4;
        if (used + need >= out_size)
            break; /* never a part of a character or of an escape */
        if (plain > 0)
            memcpy(out + used, bytes + i, plain);
        else
            snprintf(out + used, out_size - used, "\\x%02X", (unsigned char)bytes[i]);
        used += need;
        i += plain > 0 ? plain : 1;
    }
    out[used] = '\0';
    return out;
}
