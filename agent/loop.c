/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop, see loop.h: wait; hand everything that came in to the node; commit; only then send,
 * write the map and answer.
 */
#include "loop.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <bansync/control.h>

#include "alert.h"
#include "clock.h"
#include "command.h"
#include "log.h"
#include "mapwriter.h"
#include "neverban.h"
#include "notice.h"
#include "persist.h"
#include "protect.h"
#include "question.h"
#include "reload.h"
#include "roll.h"
#include "service.h"
#include "source.h"

#define LOOP_WAIT_MS 200 /* while nothing happens: most of what an idle agent costs is turns */
#define LOOP_POLL_MS 100 /* while the log cannot be watched */
#define LOOP_FRAMES_MAX 256
#define LOOP_FRAMES_MS 500 /* frames that take long, too, leave time for all else of a turn */
#define LOOP_PROTECT_MS 3600000
#define LOOP_PROTECT_AGAIN_MS 1000
#define LOOP_REFUSED_LOG_MS 10000

enum { FD_SIGNAL, FD_SOURCE, FD_FIXED };

/* The signals that the loop takes. */
static sigset_t taken_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void loop_hold_signals(void)
{
    sigset_t set = taken_signals();

    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int open_signals(void)
{
    sigset_t set = taken_signals();

    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool take_frame(void *context, size_t peer, const uint8_t *bytes, size_t size)
{
    struct agent *agent = context;

    node_frame(&agent->node, &agent->now, peer, bytes, size);
    return clock_monotonic_ms() - agent->now.mono_ms < LOOP_FRAMES_MS;
}

static void take_request(void *context, const struct control_request *request)
{
    command_request(context, request);
}

static void reload(struct agent *agent)
{
    struct reload result;

    service_reloading();
    reload_config(agent, false, &result);
    service_reloaded();
    reload_free(&result);
}

/* Returns false when it is time to stop. */
static bool take_signals(struct agent *agent, int fd)
{
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo != SIGHUP)
            return false;
        reload(agent);
    }
    return true;
}

static void send_frames(struct agent *agent)
{
    struct node *node = &agent->node;

    for (size_t i = 0; i < node->frame_count; i++) {
        const struct node_frame *frame = &node->frames[i];
        struct node_peer *peer = &node->peers[frame->peer];

        if (agent->bus == NULL ||
            bus_send(agent->bus, frame->peer, frame->bytes, frame->size) != 0) {
            node->state.counters.frames_unsent += peer->greeted;
            peer->frames_unsent += peer->greeted;
            peer->fresh = true;
            continue;
        }
        node->state.counters.frames_sent++;
        node->state.counters.bytes_sent += frame->size;
        peer->frames_sent++;
        peer->bytes_sent += frame->size;
    }
}

static void take_statistics(struct agent *agent)
{
    struct counters *counters = &agent->node.state.counters;
    struct control_stats control;
    struct bus_stats bus;

    control_statistics(agent->control, &control);
    counters->control_requests = agent->control_requests;
    counters->control_refused = agent->control_refused;
    counters->control_malformed = control.malformed;
    counters->control_overload = control.overload;
    if (agent->bus == NULL)
        return;
    bus_statistics(agent->bus, &bus);
    counters->handshakes_refused = bus.handshakes_refused + bus.handshakes_failed;
    if (bus.multipart + bus.oversized > counters->frames_multipart)
        node_blame(&agent->node, &agent->now, bus.last_bad_peer, NACK_MALFORMED,
                   "messages of several frames, or too large");
    counters->frames_multipart = bus.multipart + bus.oversized;
    if (counters->handshakes_refused > agent->refused_logged &&
        (agent->refused_logged == 0 ||
         agent->now.mono_ms - agent->refused_logged_ms >= LOOP_REFUSED_LOG_MS)) {
        log_warning("connections refused total=%llu last_key=%s last_address=%s",
                    (unsigned long long)counters->handshakes_refused,
                    bus.last_refused_key[0] != '\0' ? bus.last_refused_key : "none",
                    bus.last_refused_address[0] != '\0' ? bus.last_refused_address : "unknown");
        agent->refused_logged = counters->handshakes_refused;
        agent->refused_logged_ms = agent->now.mono_ms;
    }
}

static bool map_changed(const struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->list[i].type == EFFECT_MAP || effects->list[i].type == EFFECT_DONE)
            return true; /* an unban may concern an entry of a former map only */
    return false;
}

/* What came in is merged; now it is made durable, and then told. */
static void finish_turn(struct agent *agent)
{
    struct node *node = &agent->node;
    bool durable;

    if (agent->now.mono_ms - agent->protected_ms >=
        (node_wants_allow(node) ? LOOP_PROTECT_AGAIN_MS : LOOP_PROTECT_MS))
        protect_publish(agent);
    node_tick(node, &agent->now);
    roll_turn(agent);
    neverban_turn(agent);
    alert_input(agent);
    node_flush(node, &agent->now);
    durable = persist_turn(agent);
    node_committed(node, &agent->now, durable);
    if (durable)
        roll_audits(agent);
    if (map_changed(&node->effects))
        agent->mapwriter.due = true;
    mapwriter_turn(agent);
    if (node_wants_file(node))
        mapwriter_tell(agent);
    send_frames(agent);
    notice_turn(agent);
    alert_turn(agent);
    take_statistics(agent);
    command_turn(agent);
    node_turn_end(node);
}

static int wait_ms(const struct agent *agent, bool busy)
{
    int idle_ms = source_fd(agent) < 0 ? LOOP_POLL_MS : LOOP_WAIT_MS;

    return busy || source_has_more(agent) || question_is_ready(agent) ||
                   node_is_letting_go(&agent->node)
               ? 0
               : (int)mapwriter_wait_ms(agent, idle_ms);
}

int loop_run(struct agent *agent)
{
    struct pollfd fds[FD_FIXED + CONTROL_CLIENTS_MAX + 1];
    int signals = open_signals();
    bool running = signals >= 0, busy = false;

    if (!running)
        log_error("cannot take signals: %s", strerror(errno));
    agent_now(agent);
    finish_turn(agent); /* the map is written before anybody is told that we are ready */
    malloc_trim(0);     /* loading took more than what is loaded */
    service_ready(agent);
    log_notice("started node=%s cluster=%s peers=%zu", agent->node.name,
               agent->config->cluster_name, agent->node.peer_count);
    while (running) {
        size_t count = FD_FIXED;

        fds[FD_SIGNAL] = (struct pollfd){.fd = signals, .events = POLLIN};
        fds[FD_SOURCE] = (struct pollfd){.fd = source_fd(agent), .events = POLLIN};
        count += control_poll(agent->control, fds + FD_FIXED, CONTROL_CLIENTS_MAX + 1);
        if (bus_wait(agent->bus, fds, count, wait_ms(agent, busy)) < 0 && errno != EINTR) {
            log_error("cannot wait: %s", strerror(errno));
            break;
        }
        agent_now(agent);
        persist_check(agent);
        running = take_signals(agent, signals);
        source_read(agent);
        busy = agent->bus != NULL &&
               bus_receive(agent->bus, agent->now.mono_ms, LOOP_FRAMES_MAX, take_frame, agent);
        control_handle(agent->control, fds + FD_FIXED, count - FD_FIXED, agent->now.mono_ms,
                       take_request, agent);
        if (!running)
            roll_stop(agent);
        finish_turn(agent);
        service_turn(agent);
    }
    service_stopping();
    log_notice("stopped; the map stays in force");
    if (signals >= 0)
        close(signals);
    return running ? DAEMON_FAILED : DAEMON_OK;
}
