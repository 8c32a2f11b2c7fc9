/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: one node, its adapters, and what lies between them.
 *
 * Does not: decide anything about bans (core), know bytes of frames (wire).
 */
#ifndef BANSYNC_AGENT_H
#define BANSYNC_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "config.h"
#include "config_mistake.h"
#include "control.h"
#include "courier.h"
#include "detect.h"
#include "gathered.h"
#include "hitlines.h"
#include "keyfile.h"
#include "linetime.h"
#include "logposition.h"
#include "mapfile.h"
#include "netlist.h"
#include "node.h"
#include "rspamd_socket.h"
#include "spool.h"
#include "store.h"
#include "storm.h"
#include "tail.h"

/* A place in the log that was passed, from which it can be read again. */
struct ingest_mark {
    uint64_t place;
    struct logposition position;
};
#define INGEST_MARK_BYTES 65536 /* from one to the next */
#define INGEST_MARKS_MAX (DETECT_WAIT_BYTES / INGEST_MARK_BYTES + 4)

/* Reading the log. */
struct ingest {
    struct tail *tail; /* NULL: the socket is the source */
    struct detect *detect;
    uint64_t place;                             /* bytes of log read since the start */
    struct ingest_mark marks[INGEST_MARKS_MAX]; /* a ring */
    size_t mark_count;                          /* ever */
    struct logposition saved;                   /* as in the store */
    int64_t saved_ms;                           /* mono time of that */
    struct linetime time;                       /* gives the lines their times */
    int32_t told_zone_min;                      /* its zone, as last logged */
    int64_t last_line_ms; /* wall time when a line was last read, or before the start its own to the
                             minute; 0: never */
    uint64_t foreign; /* lines read since the start before the first one of rspamd's; see rspamds */
    bool rspamds;     /* one was */
    int64_t last_line_mono_ms; /* the same in mono time */
    int64_t last_hit_ms;       /* wall time of a hit; 0: never */
    bool more;                 /* lines are waiting */
    bool stored;               /* the database holds a position */
    int64_t from_ms;           /* wall: hits logged earlier do not count; 0: all do */
    int last_errno;            /* why the log cannot be read, as last logged */
    int watch_errno;           /* why it is polled, likewise */
};

/* Taking datagrams from rspamd. */
struct receive {
    struct rspamd_socket *socket; /* NULL: the log is the source */
    int64_t last_ms;              /* wall time when one was last taken; 0: never */
    int64_t read_ms;              /* wall time when none was left; 0: never */
    int64_t last_hit_ms;          /* likewise for a hit */
    int64_t complained_ms;        /* mono time one that was refused was last logged; 0: never */
    int64_t looked_ms;            /* mono time its name was last looked at */
    char problem[512];            /* why it has no name and cannot be made anew; "": it has one */
    bool more;                    /* datagrams are waiting */
};

/* So long after its start a node takes all peers for up: those that start together are not linked
 * at once. */
#define AGENT_LINK_MS 10000

/* Writing the database. */
struct persist {
    struct store *store;
    bool failing;
    bool named;               /* the name of the cluster is in it */
    bool misplaced;           /* records have other keys than they should: it is written anew */
    bool set_aside;           /* a damaged database was found at start */
    int64_t failing_since_ms; /* wall */
    int64_t retry_ms;         /* mono time of the next attempt to rebuild */
    uint64_t saved_hlc;
    char error[256];
    enum store_trouble trouble; /* why it fails */
};

/* Entries of a former map that are kept in force beside the state, see heldmap.h. */
struct heldmap {
    enum heldmap_kind { HELDMAP_NONE, HELDMAP_FOREIGN, HELDMAP_LOST } kind;
    struct map_text text; /* of those entries */
    struct addrs users;   /* accounts of the user map that are kept with them; see heldusers.h */
    int64_t since_ms;     /* wall */
    char *copy;           /* file that holds the untouched original; NULL: none; owned */
    int64_t compared_ms;  /* mono time a peer was last looked for that knows them */
    bool pending;         /* not committed yet: the map must not be written */
    bool stored;          /* it is in the turn's transaction, or committed */
    bool ending;          /* the end is not committed yet: still kept */
};

/* The file of the user map. */
struct userfile {
    struct mapfile *file;
    struct mapfile *would; /* FILE.would, which takes the map in mode observe */
    bool would_exists;     /* to be removed in mode enforce */
    bool foreign;          /* FILE is not ours: left alone */
    size_t entries;        /* of what was written last */
    uint64_t written_hash; /* likewise; 0: nothing yet */
};

/* Writing the map. */
struct mapwriter {
    struct mapfile *file;
    struct mapfile *would; /* FILE.would, which takes the map in mode observe */
    bool due;
    bool look;          /* in mode enforce: whose file it is must be seen before it is written */
    bool would_exists;  /* to be removed in mode enforce */
    int64_t next_ms;    /* mono time before which it is not written again */
    int64_t checked_ms; /* mono time when the file was last compared */
    int64_t written_ms; /* wall time of the last replacement; 0: not known yet */
    size_t entries;
    size_t bytes;
    char sha256[65];       /* of the file; "": not known yet, see mapwriter_sha256 */
    uint64_t written_hash; /* of what the file was last made to hold; 0: nothing yet */
    bool failing;
    char error[512]; /* why */
};

/* What the service manager was told. */
struct service {
    int64_t watchdog_ms; /* longest time between two signs of life; 0: none is wanted */
    int64_t fed_ms;      /* mono time of the last */
    int64_t looked_ms;   /* mono time the status was last looked at */
    char status[256];    /* as last told */
};

/* A thing that can be wrong, see alert_watch.h. */
struct alert_condition {
    bool told;        /* the admin knows that it is so */
    int64_t since_ms; /* mono time since when it is otherwise; 0: it is not */
};

struct alert_conditions {
    int64_t looked_ms; /* mono */
    struct alert_condition silent, store, map;
    struct alert_peer {
        struct alert_condition down, differs, cloned;
    } peers[PEERS_MAX];
};

/* How one channel fares. */
struct alert_channel {
    int64_t sent_ms;          /* wall time when it last took one; 0: never */
    int64_t failing_since_ms; /* wall; 0: it works */
    char target[COURIER_TARGET_SIZE], reason[COURIER_REASON_SIZE];
};

/* A ban that another node is to tell, see alert_mark.h. */
struct alert_pending {
    uint8_t id[16];
    struct addr addr;
    uint64_t origin;  /* the node of the deciding strike */
    int64_t at_ms;    /* its time */
    int64_t since_ms; /* mono time since when this node knows of it */
};

struct alert_marks {
    struct alert_pending list[ALERT_PENDING_MAX];
    size_t count;
    uint8_t told[ALERT_PENDING_MAX][16]; /* ids to be marked with the next turn */
    size_t told_count;
};

/* The test that somebody waits for, see command/notify.c. */
struct alert_test {
    uint64_t client; /* 0: nobody */
    char id[SPOOL_ID_SIZE];
    int64_t end_ms; /* mono */
    size_t target_count, report_count;
    struct courier_report reports[ALERT_TARGETS_MAX];
};

/* Alerts to the admin. */
struct alert {
    struct courier courier;
    char program[PATH_BYTES_MAX]; /* of the courier */
    struct spool spool, second;   /* see alert_spool.h */
    bool seconded;                /* the first one did not take what was put last */
    bool foreign;                 /* files that are no alerts lie there, which was logged */
    int64_t started_ms;           /* wall */
    struct alert_channel channels[CHANNEL_COUNT];
    char spool_error[COURIER_REASON_SIZE]; /* why one was lost; "": the last was not */
    struct storm storm;
    struct gathered gathered;
    struct alert_digest {
        int64_t try_ms;  /* mono time before which no digest is told */
        int64_t look_ms; /* mono time it was last looked for in the spool */
        bool missed;     /* it was not there, and nobody has said that it was delivered */
        bool delivered;  /* it was: marks are being made */
        bool whole;      /* the file of what is gathered is to be written anew */
        bool kept;       /* there is such a file */
        int64_t save_ms; /* mono time before which it is not written anew */
    } digest;
    struct hitlines lines;
    struct alert_conditions conditions;
    struct alert_test test;
    struct alert_marks marks;
    bool opened, set; /* the process that delivers has its settings once other nodes were heard */
    uint64_t brakes;  /* of counters.brakes, those that were looked at */
    int64_t brake_mailed_ms; /* mono time of the last alert on it; 0: none yet */
    uint64_t serial;         /* of ids */
};

/* Networks of [never-ban] file. */
struct neverban {
    struct netlist list;
    struct netlist_mark mark; /* of what was read */
    bool known;               /* it was read once */
    int64_t looked_ms;        /* mono time it was last looked at */
    int64_t next_end_ms;      /* wall time the next entry ends */
    char error[PATH_BYTES_MAX +
               CONFIG_MISTAKE_SIZE]; /* why it is not in force as it is; "": it is */
};

/* The nodes that were ever known. */
struct roll {
    struct roll_node *list; /* see roll.h; owned */
    size_t count;
    int64_t looked_ms;   /* mono time the peers were last looked at */
    int64_t seen_put_ms; /* mono time at which it was last stored who was seen when */
    bool seen;           /* somebody was since then */
    bool dirty;          /* to be stored */
};

struct import;   /* see command/import.c */
struct proof;    /* see command/proof.c */
struct watch;    /* see command/watch.h */
struct question; /* see command/question.h */
struct change;   /* see command/change.h */

struct agent {
    const char *config_path;
    struct config *config;
    struct keyfile_pair key;
    struct now now;
    int64_t started_ms; /* mono; see AGENT_LINK_MS */
    struct node node;
    struct bus *bus;
    struct control *control;
    struct ingest ingest;
    struct receive receive;
    struct persist persist;
    struct mapwriter mapwriter;
    struct userfile userfile;
    struct service service;
    struct alert alert;
    struct heldmap heldmap;
    struct roll roll;
    struct neverban neverban;
    struct addr *protected; /* own, peers' and never-ban prefixes */
    size_t protected_count;
    int64_t protected_ms;       /* mono time of their last publication */
    struct change *changes;     /* commands that wait for other nodes */
    struct question *questions; /* that are answered in slices, the first one first */
    struct import *imports;     /* pieces that wait for other nodes */
    size_t imported;            /* bans that no map was asked for, see command/import.c */
    struct watch *watch;        /* who watches; NULL: nobody */
    uint64_t next_request;
    struct proof *proof; /* the verify under way; NULL: none */
    uint64_t control_requests, control_refused;
    int64_t refused_logged_ms; /* mono time a refused handshake was last logged */
    uint64_t refused_logged;
    uint64_t brakes_logged; /* of counters.brakes */
};

/* Reads both clocks into agent->now. */
void agent_now(struct agent *agent);

#endif
