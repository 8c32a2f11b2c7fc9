/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill DIRECTORY CLUSTER FIRST COUNT: puts bans into the database of an agent that does not run, as
 * many agents have them that ran for long. The database is made if there is none.
 */
#include "ban.h"
#include "state.h"
#include "store.h"

/* In the order of their keys, as whole pages are then written once. */
static uint32_t *numbers_by_key(const struct state *state, uint32_t first, size_t count)
{
    uint64_t *pairs = malloc((count + 1) * sizeof(*pairs));
    uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));

    if (pairs == NULL || numbers == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = first + (uint32_t)i;
        const struct addr addr = ban_addr(number);

        pairs[i] = state_hash(state, &addr) >> 32 << 32 | number;
    }
    qsort(pairs, count, sizeof(*pairs), address_compare_pair);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (uint32_t)pairs[i];
    free(pairs);
    return numbers;
}

static void put(struct store *store, const struct state *state, uint32_t number, int64_t now_ms)
{
    static uint8_t body[ENTRY_BYTES_MAX];
    char subject[ADDR_TEXT_SIZE];
    uint8_t row_key[ENTRY_KEY_BYTES_MAX];
    struct addr addr = ban_addr(number);
    struct store_row row = {
        .table = STORE_RECORD, .key = row_key, .subject = subject, .note = "facts: 1"};

    addr_print(&addr, subject);
    row.body_size = ban_entry(number, now_ms, &addr, body, sizeof(body));
    row.body = body;
    row.key_size = entry_write_record_key(&state->key, &addr, row_key);
    row.hash = hash128(&state->key, body, row.body_size).lane[0];
    store_put(store, &row);
}

int main(int argc, char **argv)
{
    int64_t now_ms = ban_now_ms();
    uint64_t hlc = (uint64_t)now_ms << 16;
    struct policy policy = ban_policy();
    char error[512];
    bool set_aside;
    struct state state;
    struct store *store;
    uint32_t *numbers;
    size_t count;
    int result;

    if (argc != 5) {
        fprintf(stderr, "usage: fill DIRECTORY CLUSTER FIRST COUNT\n");
        return 2;
    }
    count = strtoul(argv[4], NULL, 10);
    store = store_open(argv[1], &set_aside, error, sizeof(error));
    if (store == NULL || state_open(&state, argv[2], BAN_NODE, &policy) != 0) {
        fprintf(stderr, "fill: %s\n", error);
        return 1;
    }
    numbers = numbers_by_key(&state, (uint32_t)strtoul(argv[3], NULL, 10), count);
    for (size_t i = 0; i < count; i++)
        put(store, &state, numbers[i], now_ms);
    store_meta_put(store, "hlc", &hlc, sizeof(hlc));
    result = store_commit(store);
    if (result != 0)
        fprintf(stderr, "fill: %s\n", store_error(store));
    free(numbers);
    state_close(&state);
    store_close(&store);
    return result != 0;
}
