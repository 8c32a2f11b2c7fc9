/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bound of bansync in one place, each with its reason.
 *
 * A bound marked "protocol" must be the same on every node: changing it needs a new protocol
 * version.
 */
#ifndef BANSYNC_LIMITS_H
#define BANSYNC_LIMITS_H

/* Time. */
#define TICK_MS 10000              /* protocol: expiry is evaluated at multiples of this */
#define STRIKE_HORIZON_MS 86400000 /* protocol: strikes older than 24 h are garbage */
#define SILENT_MS_MAX 31536000000  /* 365 d */
#define WINDOW_MS_MAX 43200000     /* 12 h: half the horizon, so a window is never cut by it */
#define CLOCK_SKEW_MS_MAX 60000    /* protocol: an entry further in the future is skipped */
#define TIME_NEVER_MS 0x7fffffffffffffff /* "permanent" as a point in time */
#define DURATIONS_MAX 8                  /* of [ban] durations; more steps nobody tells apart */
#define MEMORY_MS 7776000000             /* 90 d: the default of [ban] memory */
#define MEMORY_MS_MIN 3600000            /* 1 h */
#define MEMORY_MS_MAX 315360000000       /* 3650 d */
#define ALLOW_LEASE_MS 604800000  /* 7 d: life of an allow entry taken from a configuration */
#define ALLOW_RENEW_MS 86400000   /* such entries are renewed once a day */
#define ALLOW_FORGET_MS 691200000 /* protocol: 8 d after its stamp a lease is garbage */

/* Detection. */
#define LINE_BYTES_MAX \
    65536                   /* rspamd cuts at 8,191 bytes and escapes x4 afterwards: 32.6 kB seen */
#define BUCKET_BYTES_MAX 64 /* rspamd's names are configuration keys */
#define ACCOUNT_BYTES_MAX 128 /* kept of a name; one that is shorter can be banned */
#define QID_BYTES_MAX 64
#define DATAGRAM_BYTES_MAX 4096   /* one hit as rspamd tells it; conf/rspamd/bansync.lua: 1.7 kB */
#define DATAGRAM_BUCKETS_MAX 4    /* limits that one message exceeded; more are not told */
#define DATAGRAM_UID_BYTES_MAX 64 /* of rspamd's task; 19 seen */
#define DATAGRAM_MESSAGE_ID_BYTES_MAX 1024 /* a header line has 998 */
#define DATAGRAM_FIELDS_MAX 32             /* 12 are known */
#define THRESHOLD_MAX 64 /* below STRIKES_PER_ORIGIN_MAX, so a window always fits */
#define BUCKETS_MAX 32   /* entries of [detect] buckets */

/* State. */
#define STRIKES_PER_ORIGIN_MAX 256 /* protocol: newest kept per subject and origin */
#define HELD_STRIKES_MAX 262144    /* that the brake holds: 26 MB; above: lost and counted */
#define HELD_DROPPED_MAX 262144    /* of dropped ones so many are known again */
#define FACTS_MAX 64               /* of a record, usually 1; above: refused and counted */
#define FACT_NODES_MAX 64          /* protocol: nodes named in one fact, lowest node ids kept */
#define EVIDENCE_BYTES_MAX 200
#define REASON_BYTES_MAX 255
#define ACTOR_BYTES_MAX 63
#define OBJECT_BYTES_MAX 255  /* of an audit entry: the node or file that a command was about */
#define AUDIT_MAX 65536       /* protocol: the newest audit entries are kept; 13 MB */
#define MARK_MAX 16384        /* protocol: the newest alert marks are kept; 2 MB */
#define MARK_KEEP_MS 86400000 /* protocol: 24 h, as long as alerts are tried */
#define ENTRY_BYTES_MAX 69632 /* one canonical entry: FACTS_MAX facts of the largest form */
#define PREFIX4_MIN 8         /* wider can never be in the map */
#define PREFIX6_MIN 32

/* Cluster. */
#define PEERS_MAX 256
#define NAME_BYTES_MAX 63 /* node, peer and cluster names */
#define ENDPOINT_BYTES_MAX 255
#define NODE_KEY_BYTES 32      /* CURVE public or secret key */
#define NODE_KEY_TEXT_SIZE 45  /* base64 with NUL */
#define FRAME_BYTES_MAX 262144 /* one ZeroMQ frame */
#define FRAME_ENTRIES_MAX 1024 /* entries in one frame */
#define FRAME_PAIRS_MAX 8192   /* (leaf, hash) pairs in one frame */
#define FRAME_NODES_MAX 64     /* tree nodes asked for in one frame */
#define FRAME_LEAVES_MAX 256   /* leaves asked for in one frame */
#define FRAME_RANGES_MAX 4096  /* ranges of leaves asked for in bulk in one frame */
#define BULK_CREDIT_MAX 16     /* frames of entries sent for one request in bulk */
#define MAP_CHUNK_BYTES_MAX 131072
#define NEVER_BAN_MAX 4096
/* By how many entries of a kind a peer may change this node: at once what a blank node has to
 * fetch, then more a second than hits come. A pause of repair, 60 s, is shorter than it takes to
 * fill up again, so none of it is lost by waiting. */
#define QUOTA_BURST 1048576
#define QUOTA_PER_S 10000
#define AUDIT_QUOTA_PER_S 100  /* of audit entries, behind AUDIT_MAX of them at once */
#define QUOTA_ENTRY_BYTES 1024 /* a larger entry counts as several: one can have 70 kB */

/* Map. */
#define MAP_FOREIGN_BYTES_MAX 33554432 /* to be taken over: two million addresses */
#define MAP_ENTRIES_MAX 10000000       /* rspamd reads for 50 s at most */
#define MAP_COPIES_MAX 100             /* FILE.before-bansync, then .1 to .99 */

/* Control socket. */
#define CONTROL_REQUEST_BYTES_MAX 65536
#define CONTROL_REPLY_BYTES_MAX 268435456
#define CONTROL_CLIENTS_MAX 128 /* half of them may watch */
#define CONTROL_IDLE_MS 10000   /* a half-sent request or an unread reply ends the connection */
#define CONTROL_STREAM_IDLE_MS \
    600000 /* 10 min: so does a stream of events; a terminal may stand still for that long */
#define WATCHERS_MAX 64 /* who may watch at a time; the other clients' places stay free */
#define WATCH_QUEUE_BYTES_MAX \
    262144                 /* of events that a watcher has not read: 500; more are dropped */
#define WATCH_HITS_MAX 256 /* told of one turn, 3 ms; more are dropped and counted */
#define WATCH_EVENTS_MAX \
    1024 /* likewise of all other events, of which few come in a healthy turn */
#define CONTROL_TARGETS_MAX 1024 /* addresses in one request */
/* Entries in one piece of an import, which is one turn: that must be short. */
#define IMPORT_TARGETS_MAX 512
#define IMPORT_BYTES_MAX 134217728 /* of a list to be imported; 100,000 bans take 12 MB as JSON */
#define IMPORT_ENTRIES_MAX 1048576 /* in it */
#define APPROACHING_MAX \
    1000 /* senders told by one answer to top, 5 MB with all nodes and accounts */
#define APPROACHING_DEFAULT 20 /* unless more or fewer are asked for */
#define HISTORY_MAX 1000       /* entries told by one answer to history */
#define HISTORY_DEFAULT 50
#define LIST_TERMINAL_MAX 100   /* bans told on a terminal unless more are asked for */
#define STATS_SPAN_MS_MIN 60000 /* stats: 1 m */
#define STATS_ROWS_MAX 100      /* of each list of stats */
#define STATS_ROWS_DEFAULT 10
#define COMMAND_WAIT_MS 2000 /* how long a change waits for the other nodes */
/* Targets of all changes that wait for the other nodes; above, a change is refused as busy. */
#define CHANGES_WAITING_MAX 16384
/* Frames of such commands that are kept to be pushed again, 32 MB; above, the oldest is answered as
 * it stands, and repair brings it to who missed it. Each client of the socket can fill one. */
#define BATCHES_MAX 128

/* Alerts to the admin. */
#define MAIL_ADDRESS_BYTES_MAX 254 /* RFC 5321 */
#define MAIL_ADDRESSES_MAX 8       /* of [alert] mail_to; more people are what aliases are for */
#define MAIL_TO_BYTES_MAX 2047     /* all of them with their commas */
#define MAIL_BYTES_MAX 16384       /* one mail: 64 nodes and the longest evidence take 15 kB */
#define MAIL_FINISH_MS 5000        /* what is left when the agent ends gets as long, then waits */
#define MAIL_CONNECT_MS 30000      /* to reach a server and be greeted, which some delay */
#define MAIL_REPLY_S 300           /* for one reply, as RFC 5321 asks: or mails come twice */
#define MAIL_SEND_MS 600000        /* to hand over one mail */
#define WEBHOOK_URL_BYTES_MAX 1023
#define WEBHOOK_SEND_MS 30000          /* one call, its answer included */
#define WEBHOOK_ANSWER_BYTES_MAX 65536 /* nobody reads it */
#define ALERT_EXEC_MS 30000            /* one run of a program; then its process group is killed */
#define ALERT_EXECS_MAX 4              /* of them at once */
#define ALERT_TARGETS_MAX (MAIL_ADDRESSES_MAX + 2) /* of one alert */
#define ALERT_TEXT_BYTES_MAX 8192
#define ALERT_JSON_BYTES_MAX 32768 /* 64 nodes; each byte of an account can take six */
#define ALERT_ENV_BYTES_MAX 4096
#define ALERT_LINES_MAX 3         /* lines of the log that tell of a ban */
#define ALERT_LINE_BYTES_MAX 240  /* of each: escaped, it still is a line of a mail */
#define ALERT_SPOOL_MAX 1000      /* alerts that wait; above, new ones are lost and counted */
#define ALERT_SECOND_MAX 100      /* likewise beside the control socket, 6 MB of memory */
#define ALERT_KEEP_MS 86400000    /* 24 h: how long one is tried again */
#define ALERT_RETRY_MS_MAX 300000 /* longest pause between two attempts of a channel */
#define ALERT_RESTART_MS 1000     /* first pause before the process that delivers starts again */
#define ALERT_TEST_MS 8000        /* notify test waits so long: banctl waits for 10 s */
#define ALERT_TAKEOVER_MS 60000   /* then another node tells what one should have */
#define ALERT_NEWS_MS 600000      /* 10 min: bans that are older when they come are not watched */
#define ALERT_PENDING_MAX 4096    /* bans whose alerts are watched, or to be marked in one turn */
#define ALERT_GATHERED_MAX 16384  /* bans for one digest: as MARK_MAX, as each gets a mark */
#define ALERT_WINDOW_MS 600000    /* 10 min: [alert] digest_after counts within it */
#define ALERT_DIGEST_MS_MIN 1000
#define ALERT_DIGEST_MS_MAX 86400000
#define ALERT_DIGEST_AFTER_MAX 1000
#define ALERT_DIGEST_NAMES_MAX 50 /* senders that a digest names; the others are counted */

/* Configuration. */
#define CONFIG_LINE_BYTES_MAX 4096
#define CONFIG_FILES_MAX 256
#define NEW_BANS_MAX 1000000 /* [ban] max_new_per_minute: more subjects than there are bans */
#define PATH_BYTES_MAX 4096

#endif
