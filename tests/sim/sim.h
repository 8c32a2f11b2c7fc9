/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole cluster in one thread: hosts with the shipped node, their disks, logs and clocks, and the
 * network between them. Everything that happens is drawn from one seed.
 *
 * Time here is true time; each host has a wall clock of its own, which may be wrong.
 */
#ifndef BANSYNC_SIM_SIM_H
#define BANSYNC_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk.h"
#include "ledger.h"
#include "lies.h"
#include "meter.h"
#include "net.h"
#include "node.h"
#include "plan.h"
#include "prng.h"

#define SIM_HOSTS_MAX NET_HOSTS_MAX
#define SIM_NONE SIZE_MAX
#define SIM_EPOCH_MS 1790000000000 /* true time at the start: a whole tick */
#define SIM_TURN_MS 200            /* a node is never left alone for longer */
#define SIM_LEASES_MAX 4           /* of what operators list; cluster.h has more */
#define SIM_COMMANDS_MAX 256       /* waiting on one host */

/* Where in its next turn the process of a host ends. */
enum host_stop {
    STOP_NOT,
    STOP_BEFORE_FLUSH,  /* events were taken, nothing else was done */
    STOP_BEFORE_COMMIT, /* the turn is flushed */
    STOP_AFTER_COMMIT,  /* durable, nobody knows */
    STOP_BEFORE_MAP,    /* the core knows, too */
    STOP_BEFORE_SEND,   /* the map is written */
    STOP_WHILE_SENDING, /* some of the frames are out */
    STOP_BEFORE_ANSWER, /* all are out, no operator was answered */
    STOP_KINDS,
};

/* A line of a host's log that is a hit; the ledger knows what became of it. */
struct host_log {
    uint32_t *lines; /* numbers in the ledger, in file order; owned */
    size_t count, room;
    size_t begin; /* lines before it were truncated away */
};

/* An operator's command that waits for its answer. */
struct host_command {
    uint64_t request;
    enum event_type type;
    struct addr addr;
    uint64_t owner; /* of the allow entry that is removed; ALLOW_OPERATOR: the operators */
    int64_t until_ms;
};

/* A process that is heard without a gap. */
struct host_voice {
    uint64_t boot; /* 0: none */
    int64_t since_ms, heard_ms;
};

/* When the hostile member changed something here, since the start. */
struct host_lies {
    int64_t *taken_ms; /* owned */
    size_t count, room;
};

/* What a host did since then, within a second. */
struct host_flow {
    int64_t since_ms;
    uint64_t frames, turns;
};

struct host {
    size_t index;
    size_t identity; /* of the host whose key and name it has: its own, unless it is a clone */
    struct node node;
    bool up;
    bool retired;      /* gone for good */
    bool awaited;      /* not there yet: joins later */
    bool hostile;      /* a member that says what it likes; has no node */
    bool next;         /* of the next version, which says more than this one understands */
    bool begun;        /* a turn: the self-check was done */
    bool due;          /* something came in */
    int64_t turn_ms;   /* when it is looked at anyway */
    int64_t leases_ms; /* when its leases were last looked at */
    uint64_t boots;
    int64_t wall_off_ms; /* of its wall clock, at drift_from_ms */
    int64_t drift_ppm;
    int64_t drift_from_ms;
    int64_t mono_from_ms; /* when its monotonic clock was 0 */
    struct policy policy;
    unsigned ipv6_prefix;
    struct addr leases[SIM_LEASES_MAX + SIM_HOSTS_MAX];
    size_t lease_count;
    size_t peers[SIM_HOSTS_MAX]; /* hosts, in the order of the node's peers */
    size_t peer_count;
    struct disk disk, backup;
    bool has_backup;
    int64_t lost_ms;                    /* when its disk was last lost or set back; 0: never */
    struct host_lies lies[ENTRY_KINDS]; /* by kind - 1 */
    int64_t started_ms;
    int64_t begun_ms;                                           /* T as its turn began */
    bool store_fails;                                           /* every commit does */
    bool rebuild;                                               /* the last one did */
    enum host_word { WORD_NONE, WORD_RELEASE, WORD_DROP } word; /* on what is held, not committed */
    struct addr word_net;                                       /* of whom; kind 0: of all */
    struct host_log log;
    size_t cursor;  /* next line to read */
    size_t durable; /* next line whose strike is not committed yet */
    enum host_stop stop;
    char *map; /* the map file; owned; NULL: none */
    size_t map_size;
    char *users; /* likewise that of the user map */
    size_t users_size;
    int64_t map_ms; /* when it was last compared with what the node draws */
    struct host_command commands[SIM_COMMANDS_MAX];
    size_t command_count;
    struct node_done answer; /* to the last of them that ended; request 0: none did */
    struct meter meter;
    struct host_flow flow;
    struct host_voice voices[SIM_HOSTS_MAX]; /* by the host that is heard, while there are clones */
};

/* What the database of a host held at some time: its rows, one behind the other. */
struct holding {
    size_t host;
    uint8_t *bytes; /* owned */
    size_t size, room;
};

struct sim_stats {
    uint64_t frames;  /* delivered */
    uint64_t bytes;   /* of those */
    uint64_t lost;    /* frames that the network lost */
    uint64_t doubled; /* ... delivered twice */
    uint64_t faults;  /* injected, one by one; what the network does to frames not counted */
    uint64_t turns;
    uint64_t lines;
    uint64_t commands;
    uint64_t checks;
    uint64_t pushes;       /* frames sent */
    int64_t suspended_ms;  /* of the virtual time, in which no host ran */
    int64_t settle_ms_max; /* longest time from heal to agreement */
};

struct sim {
    uint64_t seed;
    struct prng prng;
    struct plan plan;
    int64_t now_ms;
    struct host *hosts[SIM_HOSTS_MAX];
    size_t host_count;
    struct net net;
    struct ledger ledger;
    struct holding holding; /* of the host whose losses are looked for */
    struct lies lies;
    struct sim_stats stats;
    uint64_t request;
    int64_t
        far_off_ms; /* when some clock was last set that had been farther off than is promised */
    int64_t backlog_ms; /* when a host last had more of its log to read than a turn takes */
    uint64_t cluster;   /* hash of the name of the cluster, as frames have it */
    bool damaged;       /* the memory of some host was */
    bool verbose;       /* print what happens */
    bool measuring;     /* what hosts cost: frames are not looked into as long as it is so */
    uint64_t hash;      /* of all that happened */
    int rule;           /* the first rule that was broken; 0: none */
    char failure[1024]; /* how */
    struct addr about;  /* whom the check at hand is about, or the rule that was broken */
    bool is_about;
    struct message *message; /* for looking into frames */
};

void sim_open(struct sim *sim, uint64_t seed);
void sim_close(struct sim *sim);

/* Adds a host that is not up yet. Its name is mx1, mx2, ... */
struct host *sim_add_host(struct sim *sim);

/* The two are peers of each other: each is in the other's configuration. Before they start. */
void sim_link(struct sim *sim, size_t a, size_t b);

/* Links the hosts in the shape of the plan. */
void sim_link_all(struct sim *sim);

/* Lets time pass up to until_ms; ends early when a rule was broken. */
void sim_run(struct sim *sim, int64_t until_ms);

/* Sets the time forward at one blow: as if all hosts had been suspended. */
void sim_suspend(struct sim *sim, int64_t ms);

/* Says that a rule was broken; only the first one is kept. rule: as in rules.h. */
void sim_break(struct sim *sim, int rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The checks from here on are about that address; NULL: about nobody. What sim_break says begins
 * with it. */
void sim_about(struct sim *sim, const struct addr *addr);

/* Something happened: it goes into the hash, and is printed when asked for. */
void sim_trace(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Mixes a number into the hash of the trace. */
void sim_mix(struct sim *sim, uint64_t value);

#endif
