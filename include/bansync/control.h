/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What agent and banctl agree on beside the tables: exit codes, error codes, schema names, the
 * default path.
 *
 * A request is one JSON object on one line: {"command":"ban","targets":["203.0.113.7"],...}:
 * "command" is the name in command.def, the other members are its parameters. The answer is zero or
 * more item lines {"item":{...}} and exactly one result line: {"result":{...,"exit":N}} or
 * {"error":{"code":"...","exit":N,"message":"...","hint":"..."|null}}.
 */
#ifndef BANSYNC_CONTROL_H
#define BANSYNC_CONTROL_H

#define CONTROL_SOCKET_DEFAULT "/run/bansync/control.sock"

/* What people are told behind the name of a node whose key is not used under that name any more. */
#define CONTROL_OLD_KEY " (old key)"

/* Exit codes of banctl; the agent chooses those of an answer. */
enum exit_code {
    EXIT_DONE = 0,        /* done, or yes */
    EXIT_NO = 1,          /* no: not banned, nothing removed, not found */
    EXIT_USAGE = 2,       /* usage error */
    EXIT_UNREACHABLE = 3, /* agent not reachable */
    EXIT_PERMISSION = 4,  /* permission denied on the socket */
    EXIT_REFUSED = 5,     /* refused by policy */
    EXIT_DEGRADED = 6,    /* degraded, not confirmed everywhere, or maps differ */
    EXIT_REJECTED = 7,    /* some input lines rejected */
    EXIT_INTERNAL = 8,    /* internal or protocol error */
};

/* Exit codes of bansyncd (sysexits). */
enum daemon_exit { DAEMON_OK = 0, DAEMON_FAILED = 1, DAEMON_USAGE = 64, DAEMON_CONFIG = 78 };

#endif
