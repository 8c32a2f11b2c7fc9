/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways by which an alert can reach the admin.
 */
#include "channel.h"

#include <assert.h>
#include <string.h>

static const char *const names[CHANNEL_COUNT] = {"mail", "webhook", "exec"};

const char *channel_name(enum channel channel)
{
    assert(channel < CHANNEL_COUNT);
    return names[channel];
}

enum channel channel_parse(const char *name, size_t length)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return (enum channel)i;
    return CHANNEL_COUNT;
}
