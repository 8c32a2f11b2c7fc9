/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rspamd's datagrams to hits, see receive.h.
 */
#include "receive.h"

#include <string.h>

#include "counted.h"
#include "datagram.h"
#include "log.h"

#define RECEIVE_BUDGET 1024
#define RECEIVE_COMPLAIN_MS 10000
#define RECEIVE_LOOK_MS 1000

static int64_t time_of(struct agent *agent, int64_t t_ms)
{
    bool told;
    int64_t ms = datagram_time_ms(t_ms, agent->receive.read_ms, agent->now.wall_ms, &told);

    agent->node.state.counters.lines_clock += !told;
    return ms;
}

/* Its strike id is made of all that it says, rspamd's name for the task included: the same datagram
 * twice is the same strike. */
static void take_hit(struct agent *agent, const struct datagram_hit *hit, const char *bytes,
                     size_t size)
{
    struct node_hit out = {
        .source = 0, /* no file */
        .line = bytes,
        .line_size = size,
        .addr = hit->addr,
        .account = hit->account.bytes,
        .account_size = hit->account.length,
        .message_id = hit->message_id.bytes,
        .message_id_size = hit->message_id.length,
    };

    if (!counted_check(agent, &out, hit->buckets, hit->bucket_count))
        return;
    agent->node.state.counters.datagrams_hit++;
    agent->receive.last_hit_ms = agent->now.wall_ms;
    out.t_ms = time_of(agent, hit->t_ms);
    node_hit(&agent->node, &agent->now, &out);
}

/* True if it is time to say so again. */
static bool may_complain(struct agent *agent)
{
    struct receive *receive = &agent->receive;

    if (receive->complained_ms != 0 &&
        agent->now.mono_ms - receive->complained_ms < RECEIVE_COMPLAIN_MS)
        return false;
    receive->complained_ms = agent->now.mono_ms;
    return true;
}

static void take_datagram(void *context, const char *bytes, size_t size)
{
    struct agent *agent = context;
    struct counters *counters = &agent->node.state.counters;
    struct datagram_hit hit;

    agent->receive.last_ms = agent->now.wall_ms;
    switch (datagram_read(bytes, size, &hit)) {
    case DATAGRAM_HIT:
        take_hit(agent, &hit, bytes, size);
        break;
    case DATAGRAM_UNATTRIBUTABLE:
        counters->datagrams_unattributable++;
        break;
    case DATAGRAM_MALFORMED:
        counters->datagrams_malformed++;
        if (may_complain(agent))
            log_warning("datagram refused size=%zu rule=\"%s\": is bansync.lua of rspamd that of "
                        "this version?",
                        size, hit.reason);
        break;
    }
}

/* Who removed or replaced its name has cut rspamd off, which tells nobody. */
static void look_after_name(struct agent *agent)
{
    struct receive *receive = &agent->receive;
    const struct config *config = agent->config;
    char problem[sizeof(receive->problem)];

    if (agent->now.mono_ms - receive->looked_ms < RECEIVE_LOOK_MS)
        return;
    receive->looked_ms = agent->now.mono_ms;
    if (rspamd_socket_is_named(receive->socket))
        return;
    if (rspamd_socket_renew(receive->socket, config->rspamd_user, problem, sizeof(problem)) == 0) {
        log_warning("%s was removed and is made anew: hits since then are lost",
                    config->rspamd_socket);
        receive->problem[0] = '\0';
    } else if (strcmp(problem, receive->problem) != 0) {
        log_error("hits are lost: %s", problem);
        memcpy(receive->problem, problem, sizeof(problem));
    }
}

int receive_open(struct agent *agent)
{
    char error[512];

    agent->receive.socket = rspamd_socket_open(agent->config->rspamd_socket,
                                               agent->config->rspamd_user, error, sizeof(error));
    if (agent->receive.socket == NULL)
        log_error("%s", error);
    agent->receive.read_ms = agent->now.wall_ms;
    return agent->receive.socket != NULL ? 0 : -1;
}

void receive_close(struct agent *agent)
{
    rspamd_socket_close(&agent->receive.socket);
}

void receive_read(struct agent *agent)
{
    struct counters *counters = &agent->node.state.counters;
    struct rspamd_socket_stats stats;
    uint64_t refused = counters->datagrams_refused;

    agent->receive.more =
        rspamd_socket_read(agent->receive.socket, RECEIVE_BUDGET, take_datagram, agent);
    if (!agent->receive.more) { /* what waited was taken */
        agent->receive.read_ms = agent->now.wall_ms;
        look_after_name(agent);
    }
    rspamd_socket_statistics(agent->receive.socket, &stats);
    counters->datagrams_received = stats.received;
    counters->datagrams_refused = stats.refused;
    counters->datagrams_too_long = stats.oversized;
    if (stats.refused > refused && may_complain(agent))
        log_warning("datagrams refused total=%llu last_uid=%lu last_pid=%ld: only user %s may send",
                    (unsigned long long)stats.refused, (unsigned long)stats.refused_uid,
                    (long)stats.refused_pid, agent->config->rspamd_user);
}
