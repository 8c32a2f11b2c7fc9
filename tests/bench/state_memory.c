/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_memory COUNT: how much memory the core takes for so many bans, all it needs to find, merge,
 * expire and repair them.
 */
#include "bans.h"
#include "resident.h"

int main(int argc, char **argv)
{
    static struct state state;
    size_t count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, empty, banned = 0;
    struct table_walk walk = {0};
    const struct subject *subject;
    double begin;

    if (count == 0)
        return 2;
    bans_load(&state, 0);
    state_close(&state);
    empty = resident_bytes();
    begin = cpu_s();
    bans_load(&state, count);
    begin = cpu_s() - begin;
    while ((subject = table_next(&state.table, &walk)) != NULL)
        banned += record_is_banned(&subject->record, state_now_ms(&state));
    printf("count=%zu bytes=%zu load_s=%.3f subject=%zu fact=%zu\n", banned,
           resident_bytes() - empty, begin, sizeof(struct subject), sizeof(struct fact));
    state_close(&state);
    return 0;
}
