/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of an answer: {"item":...} any number of times, then {"result":...} or {"error":...}
 * (bansync-protocol(7)).
 *
 * With --json nothing is printed before the last line has come, so what is printed is always a
 * whole document.
 * Does not: know members other than schema, exit and those of an error.
 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "memory.h"

/* How the agent begins the line of an item. */
#define ITEM_BEGIN "{\"item\":"

static void take_item(struct answer *answer, const struct ctl_json *root, const char *line,
                      size_t length);
static void keep_item(struct answer *answer, const char *text, size_t length);
static bool is_plain_item(const struct ctl_json *root, const char *line, size_t length);
static void reserve(struct answer *answer, size_t size);
static void take_result(struct answer *answer, struct ctl_json *result);
static void print_document(const struct answer *answer, const struct ctl_json *result);
static void print_array(const struct answer *answer);
static void take_error(struct answer *answer, struct ctl_json *error);
static bool strange(struct answer *answer, const char *what);
static int exit_code(const struct ctl_json *object, int absent);

void answer_begin(struct answer *answer, const struct page *page, bool json, int64_t now_ms)
{
    *answer = (struct answer){.page = page, .json = json, .state = {.now_ms = now_ms}};
}

bool answer_line(void *context, const char *line, size_t length)
{
    struct answer *answer = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    if (!root)
        return strange(answer, "is not JSON");
    const struct ctl_json *item = ctl_json_member(root, "item");
    const struct ctl_json *result = ctl_json_member(root, "result");
    const struct ctl_json *error = ctl_json_member(root, "error");
    bool last = true;
    if (ctl_json_is_object(item)) {
        take_item(answer, root, line, length);
        last = false;
    } else if (ctl_json_is_object(result)) {
        take_result(answer, (struct ctl_json *)result);
    } else if (ctl_json_is_object(error)) {
        take_error(answer, (struct ctl_json *)error);
    } else {
        strange(answer, "has a line that is neither item nor result nor error");
    }
    ctl_json_free(&root);
    return last;
}

void answer_end(struct answer *answer)
{
    page_end(&answer->state);
    free(answer->items);
    answer->items = NULL;
}

static void take_item(struct answer *answer, const struct ctl_json *root, const char *line,
                      size_t length)
{
    const struct ctl_json *item = ctl_json_member(root, "item");
    if (!answer->json && answer->page->item) {
        answer->page->item(&answer->state, item);
    } else if (answer->json && is_plain_item(root, line, length)) {
        keep_item(answer, line + strlen(ITEM_BEGIN), length - strlen(ITEM_BEGIN) - 1);
    } else if (answer->json) {
        char *text = ctl_json_dump(item);
        keep_item(answer, text, strlen(text));
        free(text);
    }
    answer->state.item_count++;
}

static void keep_item(struct answer *answer, const char *text, size_t length)
{
    reserve(answer, length + 3);
    char *end = answer->items + answer->items_size;
    if (answer->items_size > 0) {
        memcpy(end, ",\n", 2);
        end += 2;
        answer->items_size += 2;
    }
    memcpy(end, text, length);
    end[length] = '\0';
    answer->items_size += length;
}

/* True if the line's own bytes can be printed as they are: it saves half the time of a long list.
 */
static bool is_plain_item(const struct ctl_json *root, const char *line, size_t length)
{
    if (ctl_json_size(root) != 1 || length < strlen(ITEM_BEGIN) + 1 ||
        memcmp(line, ITEM_BEGIN, strlen(ITEM_BEGIN)) != 0 || line[length - 1] != '}')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (line[i] < 0x20 || line[i] > 0x7e)
            return false;
    }
    return true;
}

static void reserve(struct answer *answer, size_t size)
{
    if (answer->items_room - answer->items_size >= size)
        return;
    size_t room = 2 * answer->items_room + size + 4096;
    char *items = realloc(answer->items, room);
    if (!items)
        memory_exhausted();
    answer->items = items;
    answer->items_room = room;
}

static void take_result(struct answer *answer, struct ctl_json *result)
{
    const char *schema = ctl_json_text(result, "schema");
    if (!schema || strcmp(schema, answer->page->schema) != 0) {
        strange(answer, "is of another version than banctl understands");
        return;
    }
    answer->exit = exit_code(result, EXIT_DONE);
    ctl_json_drop(result, "exit");
    if (answer->json)
        print_document(answer, result);
    else if (answer->page->result)
        answer->page->result(&answer->state, result);
    if (answer->state.exit != EXIT_DONE)
        answer->exit = answer->state.exit;
}

/* The members of the result, then the items: as an array, or the members of the only one. */
static void print_document(const struct answer *answer, const struct ctl_json *result)
{
    char *text = ctl_json_dump(result);
    text[strlen(text) - 1] = '\0'; /* without its "}" */
    fputs(text, stdout);
    free(text);
    if (answer->page->items)
        print_array(answer);
    else if (answer->items_size > 2)
        printf(",%s", answer->items + 1);
    else
        putchar('}');
    putchar('\n');
}

static void print_array(const struct answer *answer)
{
    const char *newline = answer->items ? "\n" : "";
    printf(",\"%s\":[%s", answer->page->items, newline);
    if (answer->items)
        fwrite(answer->items, 1, answer->items_size, stdout);
    fputs("]}", stdout);
}

/* The agent knows what was sent, but not what was typed: "if you mean it: COMMAND --force". */
static void mend_hint(const struct answer *answer, struct ctl_json *error)
{
    const char *hint = ctl_json_text(error, "hint");
    char text[AGAIN_SIZE + 32];
    if (!answer->forced || !hint || !strstr(hint, "--force") ||
        strncmp(hint, "if you mean it: ", strlen("if you mean it: ")) != 0)
        return;
    snprintf(text, sizeof(text), "if you mean it: %s", answer->forced);
    ctl_json_drop(error, "hint");
    ctl_json_set_text(error, "hint", text);
}

/* What was done before the error is part of its document. */
static void take_error(struct answer *answer, struct ctl_json *error)
{
    mend_hint(answer, error);

    const char *message = ctl_json_text(error, "message");
    const char *code = ctl_json_text(error, "code");
    answer->exit = exit_code(error, EXIT_INTERNAL);
    if (answer->exit == EXIT_DONE)
        answer->exit = EXIT_INTERNAL;
    if (answer->json && answer->page->items && answer->items) {
        char *text = ctl_json_dump(error);
        printf("{\"error\":%s", text);
        free(text);
        print_array(answer);
        putchar('\n');
        return;
    }
    failure_tell_parts(answer->json, code ? code : "unknown", answer->exit,
                       message ? message : "the agent refused without a reason",
                       ctl_json_text(error, "hint"));
}

/* Tells that the answer breaks the protocol. Returns true: no further line is wanted. */
static bool strange(struct answer *answer, const char *what)
{
    struct failure failure;
    failure_set(&failure, "protocol", EXIT_INTERNAL, "the agent's answer %s", what);
    failure_hint(&failure, "versions:  banctl --version; bansyncd --version");
    answer->exit = failure_tell(&failure, answer->json);
    return true;
}

static int exit_code(const struct ctl_json *object, int absent)
{
    int64_t code;
    if (!ctl_json_number(object, "exit", &code))
        return absent;
    return code >= EXIT_DONE && code <= EXIT_INTERNAL ? (int)code : EXIT_INTERNAL;
}
