/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the mail that tells of a ban: whatever accounts and buckets hold, it is ASCII lines with
 * CRLF, none too long, none of a dot, and its headers are the same.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mailtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");

        require(length <= 998 && text[0] != '.' && text[length] == '\r' &&
                text[length + 1] == '\n');
        for (size_t i = 0; i < length; i++)
            require(text[i] >= ' ' && text[i] <= '~');
        text += length + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char last[] = "Auto-Submitted: auto-generated\r\n\r\nSender:     192.0.2.1\r\n";
    static char out[MAIL_BYTES_MAX + 1];
    struct mailtext_count count = {"mx1", 10};
    struct mailtext mail = {.from = "a@example.org",
                            .to = "b@example.org",
                            .cluster = "mail",
                            .node = "mx1",
                            .sender = "192.0.2.1",
                            .id = "0123456789abcdef",
                            .until_ms = TIME_NEVER_MS,
                            .counts = &count,
                            .count_count = 1,
                            .accounts = {{bytes, size / 2}},
                            .account_count = 1,
                            .buckets = {{bytes + size / 2, size - size / 2}},
                            .bucket_count = 1,
                            .lines = {{bytes, size}},
                            .line_count = 1};
    size_t length = mailtext_write(&mail, out);

    require(strlen(out) == length);
    check_lines(out);
    require(strstr(out, last) == strstr(out, "\r\n\r\n") - 30);
    return 0;
}
