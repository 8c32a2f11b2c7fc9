/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor knows, see doctor_case.h.
 */
#include "doctor_case.h"

#include <string.h>

static bool begins_with_word(const char *reason, const char *word);

int doctor_ask(struct doctor_case *doctor)
{
    const struct client_options options = {.socket_path = doctor->args->socket_path,
                                           .timeout_s = doctor->args->timeout_s};
    struct failure failure;
    struct {
        struct inquiry *inquiry;
        const char *command;
    } questions[] = {{&doctor->status, "status"},
                     {&doctor->peers, "peers"},
                     {&doctor->digest, "digest"},
                     {&doctor->config, "config show"}};
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        if (inquiry_ask(questions[i].inquiry, &options, questions[i].command, NULL, 0, &failure) ==
            0)
            continue;
        doctor_add(&doctor->report, DOCTOR_FAIL, "agent", "%s", failure.message);
        if (failure.hint[0] != '\0')
            doctor_fix(&doctor->report, "%s", failure.hint);
        return (int)failure.exit;
    }
    const struct ctl_json *node = doctor_status(doctor, "node");
    const char *version = ctl_json_text(node, "version");
    const char *name = ctl_json_text(node, "name");
    if (version && strcmp(version, BANSYNC_VERSION) != 0) {
        doctor_add(&doctor->report, DOCTOR_WARN, "agent", "bansyncd %s answers banctl %s", version,
                   BANSYNC_VERSION);
        doctor_fix(&doctor->report, "systemctl restart bansyncd");
        return EXIT_DONE;
    }
    doctor_add(&doctor->report, DOCTOR_OK, "agent", "bansyncd %s answers on node %s",
               version ? version : "?", name ? name : "?");
    return EXIT_DONE;
}

const char *doctor_value(const struct doctor_case *doctor, const char *section, const char *key,
                         size_t index)
{
    for (size_t i = 0; i < doctor->config.count; i++) {
        const struct ctl_json *item = inquiry_item(&doctor->config, i);
        const char *its_section = ctl_json_text(item, "section");
        const char *its_key = ctl_json_text(item, "key");
        if (!its_section || !its_key || strcmp(its_section, section) != 0 ||
            strcmp(its_key, key) != 0 || index-- > 0)
            continue;
        const char *value = ctl_json_text(item, "value");
        return value ? value : "";
    }
    return "";
}

const struct ctl_json *doctor_status(const struct doctor_case *doctor, const char *name)
{
    return ctl_json_member(inquiry_result(&doctor->status), name);
}

bool doctor_has_reason(struct doctor_case *doctor, const char *word)
{
    const struct ctl_json *reasons = doctor_status(doctor, "reasons");
    bool found = false;
    for (size_t i = 0; i < ctl_json_size(reasons); i++) {
        const char *reason = ctl_json_element_text(reasons, i);
        if (!reason || !begins_with_word(reason, word))
            continue;
        reason += strlen(word);
        reason += strspn(reason, ": ");
        doctor_add(&doctor->report, DOCTOR_FAIL, word, "%s", reason);
        found = true;
    }
    return found;
}

static bool begins_with_word(const char *reason, const char *word)
{
    size_t length = strlen(word);
    return strncmp(reason, word, length) == 0 && (reason[length] == ':' || reason[length] == ' ');
}
