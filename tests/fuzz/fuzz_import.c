/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the readers of lists to be imported: the first byte is the format and whether accounts
 * alone are wanted, the rest any bytes as the list.
 *
 * Whatever is read is a canonical network or account, a time or none, and one line as its reason,
 * from a line that there is; whatever is not is told. Settling leaves each subject once, in order.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <bansync/limits.h>

#include "account.h"
#include "import_format.h"
#include "origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each of its texts is read as just that account. */
static void check_name(const struct addr *account)
{
    char text[ACCOUNT_TEXT_SIZE];
    struct addr back;

    size_t length = account_print(account, text);
    assert(length == strlen(text) && account_parse(text, length, &back) == 0);
    assert(addr_compare(account, &back) == 0);
    length = import_format_print_account(account, text);
    assert(length == strlen(text) && account_parse(text, length, &back) == 0);
    assert(addr_compare(account, &back) == 0);
    assert(import_format_of(text, length) == IMPORT_PLAIN && !strpbrk(text, "#;\n"));
}

static void check_entry(const struct import_list *list, const struct import_entry *entry,
                        size_t lines)
{
    const char *reason = import_list_reason(list, entry);
    char again[REASON_BYTES_MAX + 1];
    struct origin origin;

    struct addr addr = import_list_subject(list, entry);
    assert(addr_is_canonical(&addr));
    assert(addr.kind == ADDR_ACCOUNT || !list->accounts_only);
    if (addr.kind == ADDR_ACCOUNT)
        check_name(&addr);
    assert(entry->line >= 1 && entry->line <= lines);
    assert(entry->until_ms >= 0);
    if (reason == NULL)
        return;
    assert(reason[0] != '\0' && strlen(reason) <= REASON_BYTES_MAX);
    for (const char *byte = reason; *byte != '\0'; byte++)
        assert((unsigned char)*byte >= 0x20 && *byte != 0x7f);
    origin_split(reason, &origin);
    if (origin.since[0] == '\0')
        return;
    origin_join(&origin, again);
    assert(strcmp(again, reason) == 0);
}

static void check_list(struct import_list *list, size_t lines)
{
    for (size_t i = 0; i < list->count; i++)
        check_entry(list, &list->entries[i], lines);
    for (size_t i = 0; i < list->bad_count; i++) {
        assert(list->bad[i].line >= 1 && list->bad[i].line <= lines);
        assert(list->bad[i].message[0] != '\0' && list->bad[i].code[0] != '\0');
    }
    size_t count = list->count;
    size_t gone = import_list_settle(list, 64, TIME_NEVER_MS);
    assert(list->count + gone == count);
    for (size_t i = 1; i < list->count; i++) {
        struct addr before = import_list_subject(list, &list->entries[i - 1]);
        struct addr addr = import_list_subject(list, &list->entries[i]);
        assert(addr_compare(&before, &addr) < 0);
    }
}

static int read_list(enum import_format format, const char *bytes, size_t size,
                     struct import_list *list, struct failure *failure)
{
    if (format == IMPORT_CSV)
        return import_read_csv(bytes, size, list, failure);
    if (format == IMPORT_JSON)
        return import_read_json(bytes, size, list, failure);
    if (format == IMPORT_MAP)
        import_read_map(bytes, size, list);
    else
        import_read_plain(bytes, size, list);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum import_format formats[] = {IMPORT_AUTO, IMPORT_PLAIN, IMPORT_MAP, IMPORT_CSV,
                                                 IMPORT_JSON};
    struct import_list list = {.accounts_only = size > 0 && data[0] >= 128};
    struct failure failure = {.code = NULL};
    size_t lines = 1;

    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    enum import_format format = formats[data[0] % (sizeof(formats) / sizeof(formats[0]))];
    if (format == IMPORT_AUTO)
        format = import_format_of(bytes, size - 1);
    for (size_t i = 0; i + 1 < size; i++)
        lines += bytes[i] == '\n';
    if (read_list(format, bytes, size - 1, &list, &failure) == 0)
        check_list(&list, lines);
    else
        assert(failure.code != NULL && failure.message[0] != '\0');
    import_list_clear(&list);
    return 0;
}
