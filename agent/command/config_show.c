/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config show: the configuration in force, option by option, and where each value was written.
 *
 * An option that only a restart applies is told as it is in force, whatever the file says by now.
 */
#include "command.h"
#include "config_print.h"
#include "config_value.h"
#include "reply.h"

/* What is told. */
struct telling {
    struct agent *agent;
    uint64_t client;
    const struct config *config;   /* in force; or the defaults */
    const struct config *defaults; /* to compare with */
    bool only_different;
};

static void add_default(struct json *item, const struct telling *telling,
                        const struct config_option *option)
{
    char text[CONFIG_PRINT_SIZE];
    bool is_set = config_print(telling->defaults, option, 0, text);

    json_add_text(item, "default", is_set ? text : NULL);
}

/* value: NULL if it is unset. */
static void reply_value(const struct telling *telling, size_t index, size_t element,
                        const char *value, bool differs)
{
    const struct config_option *option = &config_options[index];
    struct json *root, *item = reply_item(&root);
    struct config_place place;
    bool is_written = config_origins_find(&telling->config->origins, index, element, &place);

    json_add_text(item, "section", option->section);
    json_add_text(item, "key", option->key);
    json_add_text(item, "value", value);
    add_default(item, telling, option);
    json_add_bool(item, "differs", differs);
    json_add_text(item, "file", is_written ? place.file : NULL);
    if (is_written)
        json_add_number(item, "line", place.line);
    else
        json_add_null(item, "line");
    json_add_text(item, "applied_by", option->reload ? "reload" : "restart");
    reply_send(telling->agent, telling->client, &root);
}

static void reply_option(const struct telling *telling, size_t index)
{
    const struct config_option *option = &config_options[index];
    bool differs = !config_value_same(option, telling->config, telling->defaults);
    char text[CONFIG_PRINT_SIZE];
    size_t element = 0;

    if (telling->only_different && !differs)
        return;
    do {
        bool is_set = config_print(telling->config, option, element, text);

        if (!is_set && element > 0)
            return;
        reply_value(telling, index, element, is_set ? text : NULL, differs);
        if (!is_set)
            return;
        element++;
    } while (config_option_is_list(option));
}

void command_config_show(struct agent *agent, const struct request *request)
{
    struct config *defaults = config_defaults();
    struct telling telling = {.agent = agent, .client = request->client};
    bool is_wanted = false;
    struct json *root, *result;

    if (defaults == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    json_bool(request->json, "diff", &telling.only_different);
    json_bool(request->json, "defaults", &is_wanted);
    telling.defaults = defaults;
    telling.config = is_wanted ? defaults : agent->config;
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        reply_option(&telling, i);
    result = reply_result(&root, "banctl.config_show/1", EXIT_DONE);
    json_add_text(result, "file", agent->config_path);
    reply_end(agent, request->client, &root);
    config_free(&defaults);
}
