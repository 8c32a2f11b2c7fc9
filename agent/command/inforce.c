/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force in mode observe, see inforce.h.
 */
#include "inforce.h"

#include <stdlib.h>

#include "mapwriter.h"
#include "question.h"
#include "userfile.h"

static int compare(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

void inforce_begin(struct agent *agent, struct inforce *inforce)
{
    *inforce = (struct inforce){.bytes = NULL};
    runs_begin(&inforce->runs, sizeof(struct prefix), compare);
    if (mapwriter_file(agent, &inforce->bytes, &inforce->lines.left) != 0)
        inforce->lines.left = 0;
    inforce->lines.bytes = inforce->bytes;
    if (userfile_accounts(agent, &inforce->users) != 0)
        addrs_clear(&inforce->users);
}

/* A line for each piece of work: reading and sorting them costs that. */
static int read_lines(struct inforce *inforce, size_t *work)
{
    struct prefixes slice = {0};
    int result = map_read_slice(&inforce->lines, *work, &slice);

    for (size_t i = 0; result == 0 && i < slice.count; i++)
        result = runs_add(&inforce->runs, &slice.list[i]);
    prefixes_clear(&slice);
    *work = 0;
    return result == 0 ? runs_cut(&inforce->runs) : -1;
}

int inforce_read(struct inforce *inforce, size_t *work)
{
    const struct prefix *prefix = NULL;

    if (inforce->lines.left > 0)
        return read_lines(inforce, work);
    free(inforce->bytes);
    inforce->bytes = NULL;
    for (; *work > 0; question_spend(work, 1)) {
        struct addr addr;

        prefix = runs_next(&inforce->runs);
        if (prefix == NULL) {
            runs_clear(&inforce->runs);
            prefixes_lengths(&inforce->prefixes, &inforce->lengths);
            return 1;
        }
        addr = addr_of_prefix(prefix);
        if (prefixes_append(&inforce->prefixes, &addr) != 0)
            return -1;
    }
    return 0;
}

bool inforce_has(const struct inforce *inforce, const struct addr *addr)
{
    return addr->kind == ADDR_ACCOUNT ? addrs_has(&inforce->users, addr)
                                      : prefixes_cover(&inforce->prefixes, &inforce->lengths, addr);
}

void inforce_clear(struct inforce *inforce)
{
    free(inforce->bytes);
    runs_clear(&inforce->runs);
    prefixes_clear(&inforce->prefixes);
    addrs_clear(&inforce->users);
    *inforce = (struct inforce){.bytes = NULL};
}
