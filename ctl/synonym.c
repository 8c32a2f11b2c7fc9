/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that people try, see synonym.h.
 */
#include "synonym.h"

#include <stddef.h>
#include <string.h>

const struct synonym synonyms[] = {
    {"whitelist", "allow", NULL},
    {"ignore", "allow add", NULL},
    {"ignoreip", "allow add", NULL},
    {"allowlist", "allow", NULL},
    {"unlist", "unban", NULL},
    {"delist", "unban", NULL},
    {"unblock", "unban", NULL},
    {"lift", "unban", NULL},
    {"remove", "unban", NULL},
    {"delete", "unban", NULL},
    {"del", "unban", NULL},
    {"rm", "unban", NULL},
    {"flush", "unban --all", NULL},
    {"unbanip", "unban", NULL},
    {"blacklist", "ban", NULL},
    {"blocklist", "list", "ban"},
    {"block", "ban", NULL},
    {"deny", "ban", NULL},
    {"add", "ban", NULL},
    {"set", "ban", "config show"},
    {"banip", "ban", NULL},
    {"banned", "list", "check"},
    {"bans", "list", NULL},
    {"ls", "list", NULL},
    {"why", "explain", NULL},
    {"info", "status", "show"},
    {"health", "status", "doctor"},
    {"diagnose", "doctor", NULL},
    {"lookup", "show", NULL},
    {"find", "show", "list"},
    {"query", "show", "check"},
    {"search", "list", NULL},
    {"test", "check", "notify test"},
    {"log", "history", "watch"},
    {"logs", "watch", "history"},
    {"audit", "history", NULL},
    {"undo", "history", NULL},
    {"events", "watch", NULL},
    {"monitor", "watch", NULL},
    {"tail", "watch", NULL},
    {"nodes", "node list", "peers"},
    {"members", "node list", "peers"},
    {"cluster", "peers", NULL},
    {"adopt", "map adopt", NULL},
    {"version", "--version", NULL},
    {"backup", "export", NULL},
    {"dump", "export", NULL},
    {"restore", "import", NULL},
    {"load", "import", NULL},
    {"compare", "verify", NULL},
    {"repair", "verify", NULL},
    {"genkey", "keygen", NULL},
    {NULL, NULL, NULL},
};

static const struct {
    const char *group, *word, *meant;
} seconds[] = {
    {"allow", "rm", "remove"},    {"allow", "del", "remove"}, {"allow", "delete", "remove"},
    {"node", "rm", "forget"},     {"node", "del", "forget"},  {"node", "delete", "forget"},
    {"node", "remove", "forget"},
};

static const struct {
    const char *command, *word, *meant;
} options[] = {
    {"ban", "until", "for"},        {"ban", "time", "for"},       {"ban", "comment", "reason"},
    {"unban", "comment", "reason"}, {"unban", "node", "by-node"}, {"list", "by-node", "node"},
};

const char *synonym_second(const char *group, const char *word)
{
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        if (strcmp(seconds[i].group, group) == 0 && strcmp(seconds[i].word, word) == 0)
            return seconds[i].meant;
    }
    return NULL;
}

const char *synonym_option(const char *command, const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].command, command) == 0 && strlen(options[i].word) == length &&
            memcmp(options[i].word, word, length) == 0)
            return options[i].meant;
    }
    return NULL;
}

const struct synonym *synonym_find(const char *word)
{
    for (const struct synonym *synonym = synonyms; synonym->word; synonym++) {
        if (strcmp(synonym->word, word) == 0)
            return synonym;
    }
    return NULL;
}
