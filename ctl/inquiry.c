/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the agent whose answer is looked at, see inquiry.h.
 */
#include "inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static bool take_line(void *context, const char *line, size_t length);
static void keep_item(struct inquiry *inquiry, struct ctl_json *root);
static void take_error(struct inquiry *inquiry, const struct ctl_json *error);

int inquiry_ask(struct inquiry *inquiry, const struct client_options *options, const char *command,
                const char *const *targets, size_t count, struct failure *failure)
{
    *inquiry = (struct inquiry){.failure = failure};
    struct ctl_json *request = ctl_json_object();
    ctl_json_set_text(request, "command", command);
    struct ctl_json *list = count > 0 ? ctl_json_set_array(request, "targets") : NULL;
    for (size_t i = 0; i < count; i++)
        ctl_json_append_text(list, targets[i]);
    char *line = ctl_json_dump(request);
    size_t length = strlen(line);
    line[length] = '\n'; /* in place of NUL: the size tells the end */
    int result = client_ask(options, line, length + 1, take_line, inquiry, failure);
    free(line);
    ctl_json_free(&request);
    return result == 0 && inquiry->result ? 0 : -1;
}

void inquiry_free(struct inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->count; i++)
        ctl_json_free(&inquiry->items[i]);
    free(inquiry->items);
    ctl_json_free(&inquiry->result);
    *inquiry = (struct inquiry){.count = 0};
}

const struct ctl_json *inquiry_item(const struct inquiry *inquiry, size_t index)
{
    return index < inquiry->count ? ctl_json_member(inquiry->items[index], "item") : NULL;
}

const struct ctl_json *inquiry_result(const struct inquiry *inquiry)
{
    return ctl_json_member(inquiry->result, "result");
}

/* True: it was the last one. */
static bool take_line(void *context, const char *line, size_t length)
{
    struct inquiry *inquiry = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    if (ctl_json_is_object(ctl_json_member(root, "item"))) {
        keep_item(inquiry, root);
        return false;
    }
    if (ctl_json_is_object(ctl_json_member(root, "result"))) {
        inquiry->result = root;
        return true;
    }
    take_error(inquiry, ctl_json_member(root, "error"));
    ctl_json_free(&root);
    return true;
}

static void keep_item(struct inquiry *inquiry, struct ctl_json *root)
{
    struct ctl_json **grown =
        reallocarray(inquiry->items, inquiry->count + 1, sizeof(struct ctl_json *));
    if (!grown)
        memory_exhausted();
    inquiry->items = grown;
    grown[inquiry->count++] = root;
}

static void take_error(struct inquiry *inquiry, const struct ctl_json *error)
{
    const char *message = ctl_json_text(error, "message");
    int64_t code;
    if (!message) {
        failure_set(inquiry->failure, "protocol", EXIT_INTERNAL,
                    "the agent's answer is not as expected");
        failure_hint(inquiry->failure, "versions:  banctl --version; bansyncd --version");
        return;
    }
    bool has_code = ctl_json_number(error, "exit", &code) && code > 0 && code <= EXIT_INTERNAL;
    failure_set(inquiry->failure, "refused", has_code ? (enum exit_code)code : EXIT_INTERNAL, "%s",
                message);
    if (ctl_json_text(error, "hint"))
        failure_hint(inquiry->failure, "%s", ctl_json_text(error, "hint"));
}
