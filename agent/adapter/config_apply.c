/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking over what a reload may change, option by option as option.def says.
 */
#include "config.h"
#include "config_option.h"

static void swap(void *a, void *b, size_t size)
{
    unsigned char *x = a, *y = b;

    for (size_t i = 0; i < size; i++) {
        unsigned char kept = x[i];

        x[i] = y[i];
        y[i] = kept;
    }
}

/* Lists change hands with their counts, so that each is freed once. */
void config_apply(struct config *running, struct config *wanted)
{
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
        const struct config_option *option = &config_options[i];

        if (option->reload)
            swap((char *)running + option->offset, (char *)wanted + option->offset, option->size);
    }
    swap(&running->never_ban_account_count, &wanted->never_ban_account_count,
         sizeof(running->never_ban_account_count));
    swap(&running->bucket_count, &wanted->bucket_count, sizeof(running->bucket_count));
    swap(&running->never_ban_count, &wanted->never_ban_count, sizeof(running->never_ban_count));
    config_origins_apply(&running->origins, &wanted->origins); /* else they stay: only told */
}
