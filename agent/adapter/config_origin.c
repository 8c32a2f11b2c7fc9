/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of a configuration were written, see config_origin.h.
 */
#include "config_origin.h"

#include <stdlib.h>
#include <string.h>

#include "config_option.h"

/* The index of that file, which is added if it is new; -1 without memory. */
static int file_of(struct config_origins *origins, const char *path, size_t *index)
{
    for (*index = 0; *index < origins->file_count; ++*index)
        if (strcmp(origins->files[*index], path) == 0)
            return 0;
    char **grown = reallocarray(origins->files, origins->file_count + 1, sizeof *grown);
    if (!grown)
        return -1;
    origins->files = grown;
    grown[origins->file_count] = strdup(path);
    if (!grown[origins->file_count])
        return -1;
    origins->file_count++;
    return 0;
}

int config_origins_add(struct config_origins *origins, size_t option, struct config_place place)
{
    struct config_origin origin = {.option = option, .line = place.line};
    struct config_origin *grown;

    if (file_of(origins, place.file, &origin.file) != 0)
        return -1;
    grown = reallocarray(origins->list, origins->count + 1, sizeof *grown);
    if (!grown)
        return -1;
    origins->list = grown;
    grown[origins->count++] = origin;
    return 0;
}

bool config_origins_find(const struct config_origins *origins, size_t option, size_t index,
                         struct config_place *place)
{
    bool is_list = config_option_is_list(&config_options[option]);
    bool found = false;
    size_t seen = 0;

    for (size_t i = 0; i < origins->count; i++) {
        const struct config_origin *origin = &origins->list[i];

        if (origin->option != option || (is_list && seen++ != index))
            continue;
        *place = (struct config_place){origins->files[origin->file], origin->line};
        found = true;
    }
    return found;
}

/* Adds those of from whose options a reload applies, or those it does not. */
static int add_those(struct config_origins *to, const struct config_origins *from, bool reload)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct config_origin *origin = &from->list[i];
        struct config_place place = {from->files[origin->file], origin->line};

        if (config_options[origin->option].reload == reload &&
            config_origins_add(to, origin->option, place) != 0)
            return -1;
    }
    return 0;
}

int config_origins_apply(struct config_origins *running, const struct config_origins *wanted)
{
    struct config_origins mixed = {.count = 0};

    if (add_those(&mixed, running, false) != 0 || add_those(&mixed, wanted, true) != 0) {
        config_origins_free(&mixed);
        return -1;
    }
    config_origins_free(running);
    *running = mixed;
    return 0;
}

void config_origins_free(struct config_origins *origins)
{
    for (size_t i = 0; i < origins->file_count; i++)
        free(origins->files[i]);
    free(origins->files);
    free(origins->list);
    *origins = (struct config_origins){.count = 0};
}
