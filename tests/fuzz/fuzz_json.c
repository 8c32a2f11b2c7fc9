/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the JSON of the control socket: any text is parsed without harm, what parses is written as
 * one line that parses again to the same line, and any bytes can be made a text.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* Asks for everything that a command could ask for. */
static void read_members(const struct json *json)
{
    const char *name;

    for (size_t i = 0; (name = json_member(json, i)) != NULL; i++) {
        int64_t number;
        bool value;
        const int types = (json_text(json, name) != NULL) + json_number(json, name, &number) +
                          json_bool(json, name, &value);

        require(types <= 1 && (types == 0 || json_has(json, name)));
        for (size_t index = 0; index <= json_count(json, name); index++)
            (void)json_array_text(json, name, index);
    }
}

/* Writes json and parses what was written. */
static void check_line(const struct json *json)
{
    char error[100];
    size_t size;
    size_t again_size;
    char *line = json_line(json, &size);
    struct json *again = json_parse(line, size, error, sizeof(error));
    char *again_line;

    require(again != NULL && memchr(line, '\n', size) == line + size - 1);
    again_line = json_line(again, &again_size);
    require(size == again_size && memcmp(line, again_line, size) == 0);
    free(line);
    free(again_line);
    json_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char error[40] = "";
    struct json *json = json_parse((const char *)bytes, size, error, sizeof(error));

    if (json != NULL) {
        read_members(json);
        check_line(json);
        json_free(&json);
    } else {
        require(error[0] != '\0');
    }

    json = json_open();
    json_add_bytes(json, "bytes", bytes, size);
    check_line(json);
    json_free(&json);
    return 0;
}
