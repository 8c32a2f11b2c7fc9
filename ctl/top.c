/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl top, see top.h.
 *
 * The agent is asked anew each time: it remembers nothing of who looks.
 */
#include "top.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "answer.h"
#include "client.h"
#include "request_view.h"
#include "screen.h"
#include "when.h"

enum {
    PAUSE_MS = 1000,
    OTHER_LINES = 3, /* of a screen: the summary, the titles, and the last one, which stays empty */
};

static int read_limit(const struct args *args, size_t *limit, struct failure *failure);
static size_t fitting(size_t rows);
static int watch(const struct args *args, size_t limit);
static int ask(const struct args *args, size_t limit, size_t screen_rows);
static char *request(const struct args *args, size_t limit);

int top_run(const struct args *args)
{
    struct failure failure;
    size_t limit = 0;
    if (read_limit(args, &limit, &failure) < 0)
        return failure_tell(&failure, args->json);
    size_t rows = args->json ? 0 : terminal_rows(stdout);
    if (rows > 0 && !args_given(args, "once") && terminal_has_places())
        return watch(args, limit);
    return ask(args, limit > 0 || rows == 0 ? limit : fitting(rows), 0);
}

/* 0: not given. */
static int read_limit(const struct args *args, size_t *limit, struct failure *failure)
{
    const char *text = args_value(args, "limit");
    int64_t number = 0;
    if (text && request_number(text, "limit", APPROACHING_MAX, &number, failure) < 0)
        return -1;
    *limit = (size_t)number;
    return 0;
}

/* Senders that fit a window of so many lines. */
static size_t fitting(size_t rows)
{
    if (rows <= OTHER_LINES)
        return 1;
    return rows - OTHER_LINES < APPROACHING_MAX ? rows - OTHER_LINES : APPROACHING_MAX;
}

static int watch(const struct args *args, size_t limit)
{
    int code;
    screen_begin();
    do {
        size_t rows = terminal_rows(stdout);
        size_t fits = fitting(rows);
        code = ask(args, limit > 0 && limit < fits ? limit : fits, rows > 0 ? rows : 1);
    } while (code == EXIT_DONE && screen_wait(PAUSE_MS) != SCREEN_QUIT);
    screen_end();
    return code;
}

/* limit 0: as many as the agent likes. */
static int ask(const struct args *args, size_t limit, size_t screen_rows)
{
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    struct failure failure;
    struct answer answer;
    char *line = request(args, limit);
    answer_begin(&answer, page_of(args->command), args->json, when_wall_ms());
    answer.state.screen_rows = screen_rows;
    if (client_ask(&options, line, strlen(line), answer_line, &answer, &failure) < 0)
        answer.exit = failure_tell(&failure, args->json);
    int code = answer.exit;
    answer_end(&answer);
    free(line);
    return code;
}

/* A line with LF; free() it. */
static char *request(const struct args *args, size_t limit)
{
    struct ctl_json *object = ctl_json_object();
    ctl_json_set_text(object, "command", args->command->name);
    if (limit > 0)
        ctl_json_set_number(object, "limit", (int64_t)limit);
    char *text = ctl_json_dump(object);
    char *line = realloc(text, strlen(text) + 2);
    if (!line)
        failure_memory();
    memcpy(line + strlen(line), "\n", 2);
    ctl_json_free(&object);
    return line;
}
