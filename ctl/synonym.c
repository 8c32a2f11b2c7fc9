/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that people try, see synonym.h.
 */
#include "synonym.h"

#include <stddef.h>
#include <string.h>

const struct synonym synonyms[] = {
    {"whitelist", "allow", NULL},
    {"allowlist", "allow", NULL},
    {"unlist", "unban", NULL},
    {"delist", "unban", NULL},
    {"unblock", "unban", NULL},
    {"unbanip", "unban", NULL},
    {"blacklist", "ban", NULL},
    {"blocklist", "list", "ban"},
    {"block", "ban", NULL},
    {"deny", "ban", NULL},
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
    {"test", "check", "notify test"},
    {"log", "history", "watch"},
    {"audit", "history", NULL},
    {"events", "watch", NULL},
    {"monitor", "watch", NULL},
    {"tail", "watch", NULL},
    {"nodes", "node list", "peers"},
    {"members", "node list", "peers"},
    {"backup", "export", NULL},
    {"dump", "export", NULL},
    {"restore", "import", NULL},
    {"load", "import", NULL},
    {"compare", "verify", NULL},
    {"repair", "verify", NULL},
    {"genkey", "keygen", NULL},
    {NULL, NULL, NULL},
};

const struct synonym *synonym_find(const char *word)
{
    for (const struct synonym *synonym = synonyms; synonym->word; synonym++) {
        if (strcmp(synonym->word, word) == 0)
            return synonym;
    }
    return NULL;
}
