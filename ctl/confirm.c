/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking before what is hard to undo, see confirm.h.
 */
#include "confirm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "print.h"

enum { ANSWER_BYTES = 256 };

static int settle(const struct args *args, const char *what, struct failure *failure);
static bool ask(const char *question, char answer[ANSWER_BYTES]);
static int declined(struct failure *failure);

int confirm_moderate(const struct args *args, const char *what, struct failure *failure)
{
    char question[512], answer[ANSWER_BYTES];
    int settled = settle(args, what, failure);
    if (settled <= 0)
        return settled;
    snprintf(question, sizeof(question), "this would %s. Go on? [y/N] ", what);
    if (ask(question, answer) && (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0))
        return 0;
    return declined(failure);
}

int confirm_severe(const struct args *args, const char *what, const char *name,
                   struct failure *failure)
{
    char question[512], answer[ANSWER_BYTES];
    int settled = settle(args, what, failure);
    if (settled <= 0)
        return settled;
    snprintf(question, sizeof(question),
             "this would %s. To go on type the name of the cluster, \"%s\": ", what, name);
    if (ask(question, answer) && strcmp(answer, name) == 0)
        return 0;
    return declined(failure);
}

/* 1: it must be asked. */
static int settle(const struct args *args, const char *what, struct failure *failure)
{
    if (args_given(args, "yes"))
        return 0;
    if (!args_given(args, "no-input") && isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        return 1;
    failure_set(failure, "needs_yes", EXIT_REFUSED, "this would %s: it needs --yes", what);
    return failure_hint(failure, "nothing was changed; if you mean it, say --yes");
}

/* False: there is no answer. */
static bool ask(const char *question, char answer[ANSWER_BYTES])
{
    fflush(stdout);
    fputs("banctl: ", stderr);
    print_text(stderr, question);
    fflush(stderr);
    if (!fgets(answer, ANSWER_BYTES, stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return true;
}

static int declined(struct failure *failure)
{
    return failure_set(failure, "declined", EXIT_REFUSED, "not confirmed: nothing was changed");
}
