/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, see scarce.h. The linker's --wrap leads the calls here.
 */
#include "scarce.h"

#include <errno.h>

static size_t to_spare, to_refuse, refused_count;
static bool begun, is_held;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

void scarce_begin(size_t spared, size_t refused)
{
    to_spare = spared;
    to_refuse = refused;
    refused_count = 0;
    begun = true;
    is_held = false;
}

size_t scarce_end(void)
{
    begun = false;
    return refused_count;
}

void scarce_hold(bool held)
{
    is_held = held;
}

static bool is_granted(void)
{
    if (!begun || is_held)
        return true;
    if (to_spare > 0) {
        to_spare--;
        return true;
    }
    if (refused_count == to_refuse)
        return true;
    refused_count++;
    errno = ENOMEM;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return is_granted() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_granted() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_granted() ? __real_realloc(memory, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return is_granted() ? __real_strdup(text) : NULL;
}

char *__wrap_strndup(const char *text, size_t size)
{
    return is_granted() ? __real_strndup(text, size) : NULL;
}
