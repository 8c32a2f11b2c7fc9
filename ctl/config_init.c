/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config init, see config_init.h.
 *
 * What is not commented out is what differs from host to host; the file is valid as it is.
 */
#include "config_init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fit.h"
#include "memory.h"
#include "textfile.h"

enum { COLUMNS = 78 };

struct option_row {
    const char *section, *key, *fallback, *help;
    bool reload;
};

static const struct option_row rows[] = {
#define OPTION(section, key, field, type, fallback, minimum, maximum, reload, help) \
    {section, key, fallback, help, reload},
#include <bansync/option.def>
#undef OPTION
};

/* What options without a default look like, and which ones a node needs. */
static const struct {
    const char *section, *key, *value;
} samples[] = {
    {"node", "listen", "tcp://192.0.2.1:11339"},
    {"node", "key", "/etc/bansync/node.key"},
    {"cluster", "peer", "mx2 tcp://192.0.2.2:11339 PUBLICKEY"},
    {"never-ban", "net", "192.0.2.0/24"},
    {"detect", "buckets", "user"},
    {"never-ban", "file", "/etc/bansync/never-ban.list"},
    {"alert", "mail_to", "postmaster@example.org"},
    {"alert", "mail_from", "bansync@example.org"},
};
enum { NEEDED_SAMPLES = 4 };

static const char head[] =
    "# bansync.conf, made by banctl config init; bansync.conf(5) has all about it.\n"
    "# Check it:  banctl config check FILE      Apply it:  banctl reload\n"
    "# A \"#\" right before a key marks an option that is not set here.\n";

static void host_name(char host[HOST_NAME_MAX + 1]);
static void write_option(FILE *stream, const struct option_row *row, const char *host);
static bool is_needed(const struct option_row *row);
static const char *sample_of(const struct option_row *row);
static void write_comment(FILE *stream, const char *text);
static int write_file(const struct args *args, const char *path, const char *bytes, size_t size);
static int write_new(const char *path, const char *bytes, size_t size, struct failure *failure);

int config_init_run(const struct args *args)
{
    const char *path = args_value(args, "out");
    char host[HOST_NAME_MAX + 1], *text = NULL;
    size_t size;
    host_name(host);
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        memory_exhausted();
    config_init_write(stream, host, args_given(args, "minimal"));
    if (fclose(stream) != 0)
        memory_exhausted();
    int code = EXIT_DONE;
    if (path)
        code = write_file(args, path, text, size);
    else
        fwrite(text, 1, size, stdout);
    free(text);
    return code;
}

void config_init_write(FILE *stream, const char *host, bool minimal)
{
    const char *section = "";
    fputs(head, stream);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (minimal && !is_needed(&rows[i]))
            continue;
        if (strcmp(section, rows[i].section) != 0)
            fprintf(stream, "\n[%s]\n", rows[i].section);
        section = rows[i].section;
        write_option(stream, &rows[i], host);
    }
}

/* Up to its first dot, as the agent takes it. */
static void host_name(char host[HOST_NAME_MAX + 1])
{
    if (gethostname(host, HOST_NAME_MAX) < 0)
        host[0] = '\0';
    host[HOST_NAME_MAX] = '\0';
    host[strcspn(host, ".")] = '\0';
}

static void write_option(FILE *stream, const struct option_row *row, const char *host)
{
    bool is_name = strcmp(row->section, "node") == 0 && strcmp(row->key, "name") == 0;
    const char *sample = sample_of(row);
    char comment[512];
    snprintf(comment, sizeof(comment), "%s. %s.", row->help, row->reload ? "Reload" : "Restart");
    write_comment(stream, comment);
    fprintf(stream, "%s%s = %s\n", is_name && host[0] != '\0' ? "" : "#", row->key,
            is_name            ? host
            : row->fallback[0] ? row->fallback
            : sample           ? sample
                               : "");
}

static bool is_needed(const struct option_row *row)
{
    if (strcmp(row->section, "node") == 0 && strcmp(row->key, "name") == 0)
        return true;
    for (size_t i = 0; i < NEEDED_SAMPLES; i++) {
        if (strcmp(samples[i].section, row->section) == 0 && strcmp(samples[i].key, row->key) == 0)
            return true;
    }
    return false;
}

static const char *sample_of(const struct option_row *row)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        if (strcmp(samples[i].section, row->section) == 0 && strcmp(samples[i].key, row->key) == 0)
            return samples[i].value;
    }
    return NULL;
}

static void write_comment(FILE *stream, const char *text)
{
    char lines[1024 + 1];
    fit_wrap(text, COLUMNS - 2, lines);
    for (const char *line = lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fprintf(stream, "# %.*s\n", (int)length, line);
        line += length + (line[length] != '\0');
    }
}

static int write_file(const struct args *args, const char *path, const char *bytes, size_t size)
{
    struct failure failure;
    int result = args_given(args, "force") ? textfile_write(path, bytes, size, &failure)
                                           : write_new(path, bytes, size, &failure);
    if (result < 0)
        return failure_tell(&failure, args->json);
    return EXIT_DONE;
}

static int write_new(const char *path, const char *bytes, size_t size, struct failure *failure)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) {
        failure_set(failure, "exists", EXIT_REFUSED, "%s exists and is left as it is", path);
        return failure_hint(failure, "to replace it:  banctl config init --out %s --force", path);
    }
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (stream) {
        fwrite(bytes, 1, size, stream);
        bool is_written = fflush(stream) == 0 && fsync(fd) == 0;
        int error = errno;
        if (fclose(stream) == 0 && is_written)
            return 0;
        errno = error;
    }
    return failure_file(failure, path, errno);
}
