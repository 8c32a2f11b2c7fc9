/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl watch, see watch.h.
 *
 * Does not: ask again when the agent has gone: what happened meanwhile would be missing, unseen.
 */
#include "watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client.h"
#include "page.h"
#include "request.h"
#include "when.h"

struct watch {
    bool json;
    int exit;
    const struct page *page;
    struct page_state state;
};

static int open_stop(void);
static bool take_line(void *context, const char *line, size_t length);
static void print_event(struct watch *watch, const struct ctl_json *item);
static void take_error(struct watch *watch, const struct ctl_json *error);

int watch_run(const struct args *args)
{
    struct client_options options = {args->socket_path, args->timeout_s, true, -1};
    struct watch watch = {.json = args->json, .page = page_of(args->command)};
    struct failure failure;
    size_t size;
    char *request;
    if (request_build(args, NULL, &request, &size, &failure) < 0)
        return failure_tell(&failure, args->json);
    options.stop_fd = open_stop();
    if (client_ask(&options, request, size, take_line, &watch, &failure) < 0)
        watch.exit = failure_tell(&failure, args->json);
    if (options.stop_fd >= 0)
        close(options.stop_fd);
    page_end(&watch.state);
    free(request);
    return watch.exit;
}

/* Ctrl-C is how it is meant to end. Where that is ignored it stays so (nohup, "&" in a script); -1
 * also without a descriptor: then it ends as any program does. */
static int open_stop(void)
{
    struct sigaction present;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaction(SIGINT, NULL, &present);
    if (present.sa_handler == SIG_IGN)
        return -1;
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd >= 0)
        sigprocmask(SIG_BLOCK, &set, NULL);
    return fd;
}

/* Output that goes nowhere ends it, too: who reads has gone, or the disk is full. */
static bool take_line(void *context, const char *line, size_t length)
{
    struct watch *watch = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    const struct ctl_json *item = ctl_json_member(root, "item");
    const struct ctl_json *error = ctl_json_member(root, "error");
    bool last = true;
    if (ctl_json_is_object(item)) {
        print_event(watch, item);
        last = fflush(stdout) != 0 || ferror(stdout);
    } else if (ctl_json_is_object(error)) {
        take_error(watch, error);
    } else if (!ctl_json_is_object(ctl_json_member(root, "result"))) {
        watch->exit = failure_tell_parts(watch->json, "protocol", EXIT_INTERNAL,
                                         "the agent's answer has a line that is no event",
                                         "versions:  banctl --version; bansyncd --version");
    }
    ctl_json_free(&root);
    return last;
}

static void print_event(struct watch *watch, const struct ctl_json *item)
{
    if (watch->json) {
        char *text = ctl_json_dump(item);
        puts(text);
        free(text);
        return;
    }
    watch->state.now_ms = when_wall_ms();
    watch->page->item(&watch->state, item);
    watch->state.item_count++;
}

static void take_error(struct watch *watch, const struct ctl_json *error)
{
    const char *message = ctl_json_text(error, "message");
    const char *code = ctl_json_text(error, "code");
    int64_t number = EXIT_INTERNAL;
    ctl_json_number(error, "exit", &number);
    watch->exit = number > EXIT_DONE && number <= EXIT_INTERNAL ? (int)number : EXIT_INTERNAL;
    failure_tell_parts(watch->json, code ? code : "unknown", watch->exit,
                       message ? message : "the agent refused without a reason",
                       ctl_json_text(error, "hint"));
}
