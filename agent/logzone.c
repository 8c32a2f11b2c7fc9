/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zone of the log, told to people.
 */
#include "logzone.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

/* "2 h", "5 h 45 min", "30 min" */
static void print_span(int minutes, char *text, size_t size)
{
    int hours = minutes / 60;

    if (hours == 0)
        snprintf(text, size, "%d min", minutes);
    else if (minutes % 60 == 0)
        snprintf(text, size, "%d h", hours);
    else
        snprintf(text, size, "%d h %d min", hours, minutes % 60);
}

bool logzone_print(const struct agent *agent, int *east_min, char text[LOGZONE_TEXT_SIZE])
{
    char span[32];

    if (!linetime_is_elsewhere(&agent->ingest.time, agent->now.wall_ms, east_min))
        return false;
    print_span(abs(*east_min), span, sizeof(span));
    snprintf(text, LOGZONE_TEXT_SIZE,
             "rspamd's clock is %s %s this node's: set the same TZ for both", span,
             *east_min < 0 ? "behind" : "ahead of");
    return true;
}

void logzone_notice(struct agent *agent)
{
    struct ingest *ingest = &agent->ingest;
    int32_t zone_min = linetime_keep(&ingest->time).zone_min;
    char text[LOGZONE_TEXT_SIZE];
    int east_min;

    if (zone_min == ingest->told_zone_min)
        return;
    ingest->told_zone_min = zone_min;
    if (logzone_print(agent, &east_min, text))
        log_warning("%s; until then the times in %s are read as UTC%+d min", text,
                    agent->config->log_file, (int)zone_min);
    else
        log_notice("the times in %s are of this node's zone", agent->config->log_file);
}
