/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of scenario.h share: the statements, and how they take nodes and fail.
 */
#ifndef BANSYNC_SIM_SCENARIO_PART_H
#define BANSYNC_SIM_SCENARIO_PART_H

#include "sim.h"
#include "words.h"

/* STATEMENT(word, function, words that follow, meaning) */
#define SCENARIO_STATEMENTS                                                                       \
    STATEMENT("cluster", cluster, "COUNT mesh|ring|hub|sites", "the first one: so many nodes")    \
    STATEMENT("policy", policy,                                                                   \
              "[NODES] threshold N window DURATION ban DURATION [then DURATION...] "              \
              "[memory DURATION] [count hits|messages] [accounts off|count|ban]",                 \
              "of all nodes, unless named; a reload where they are up")                           \
    STATEMENT("quota", quota, "N at-once N a-second", "what nodes take of each peer, from start") \
    STATEMENT("brake", brake, "N", "so many senders a minute each log may ban, from start")       \
    STATEMENT("release", release, "NODE [SENDER]", "what its brake holds: all, or of these")      \
    STATEMENT("drop", drop, "NODE [SENDER]", "as above")                                          \
    STATEMENT("next-version", next_version, "NODES", "they speak the next version")               \
    STATEMENT("never-ban", never_ban, "NODE SENDER...|nothing", "its configuration lists these")  \
    STATEMENT("start", start, "NODES [blank|from-backup]", "all: those that are down")            \
    STATEMENT("kill", kill, "NODES", "the processes end without warning")                         \
    STATEMENT("crash", crash,                                                                     \
              "NODE before-flush|before-commit|after-commit|before-map|before-send|"              \
              "while-sending|before-answer",                                                      \
              "its process ends at that point of its next turn")                                  \
    STATEMENT("backup", backup, "NODE", "of its database")                                        \
    STATEMENT("clone", clone, "NODE [blank]",                                                     \
              "one host more, with its key and all it has, or blank")                             \
    STATEMENT("remove", remove, "NODE", "its key leaves the configuration of the others")         \
    STATEMENT("retire", retire, "NODE", "it is gone for good")                                    \
    STATEMENT("hits", hits, "NODES NETWORK COUNT [of FIRST LAST] [as ACCOUNT] [at OFFSET]",       \
              "lines of their logs, so many of each address in it; of the messages with these "   \
              "numbers in turn, 1 to 64, or of such as are not known; as: that user sent them")   \
    STATEMENT("ban", ban, "NODE SENDER [for DURATION]", "an operator's command, given there")     \
    STATEMENT("unban", unban, "NODE SENDER", "as above")                                          \
    STATEMENT("forget", forget, "NODE SENDER", "an unban after which levels start over")          \
    STATEMENT("allow", allow, "NODE SENDER [for DURATION]", "as above")                           \
    STATEMENT("disallow", disallow, "NODE SENDER", "as above")                                    \
    STATEMENT("forget-node", forget_node, "NODE NODE",                                            \
              "there: what the second one never bans ends")                                       \
    STATEMENT("run", run, "DURATION|to DURATION", "time passes; to: since the start")             \
    STATEMENT("suspend", suspend, "DURATION", "time passes in which no host runs")                \
    STATEMENT("cut", cut, "NODE [NODE]", "frames vanish: between the two, or all of the one")     \
    STATEMENT("one-way", one_way, "NODE NODE", "only frames to the second one arrive")            \
    STATEMENT("delay", delay, "DURATION", "every frame takes so long; 5ms unless said")           \
    STATEMENT("loss", loss, "PERCENT", "of all frames vanish")                                    \
    STATEMENT("twice", twice, "PERCENT", "of all frames arrive twice")                            \
    STATEMENT("late", late, "PERCENT DURATION", "of all frames come up to so much later")         \
    STATEMENT("heal", heal, "", "the network is whole")                                           \
    STATEMENT("clock", clock, "NODE OFFSET", "its wall clock is off from true time")              \
    STATEMENT("disk", disk, "NODE fails|works", "its commits do")                                 \
    STATEMENT("truncate", truncate, "NODE", "its log")                                            \
    STATEMENT("reread", reread, "NODE", "its log, from the beginning")                            \
    STATEMENT("expect", expect, "[not] KIND ... [within DURATION] [for DURATION]",                \
              "must be so now, or within a time, and then for a time without a break")

/* EXPECT(word, function, words that follow, meaning). Maps are the map files: a node that is down
 * has one, too. */
#define SCENARIO_EXPECTS                                                                           \
    EXPECT("map", map, "NODES NETWORK...|nothing", "the map has just these lines")                 \
    EXPECT("banned", banned, "NODES SENDER",                                                       \
           "the map covers it; of an account: the user map has it")                                \
    EXPECT("free", free, "NODES SENDER", "it does not")                                            \
    EXPECT("entries", entries, "NODES N", "the map has so many lines")                             \
    EXPECT("held", held, "NODE N", "its brake holds hits of so many senders")                      \
    EXPECT("count", count, "NODES SENDER N", "hits within the window")                             \
    EXPECT("messages", messages, "NODES SENDER N", "of those hits, or of the fact that bans")      \
    EXPECT("level", level, "NODES SENDER N", "of its bans that are remembered, 0: none is")        \
    EXPECT("equal", equal, "", "all that are up hold the same")                                    \
    EXPECT("in-step", in_step, "", "all that are up and at the same tick have the same map")       \
    EXPECT("quiet", quiet, "DURATION", "that time passes and nothing is repaired")                 \
    EXPECT("descents", descents, "NODE N", "so many it began since its start, to repair")          \
    EXPECT("bulk", bulk, "NODE N", "so many requests in bulk it has made since its start")         \
    EXPECT("confirmed", confirmed, "NODE N", "its last command was answered: in force on N nodes") \
    EXPECT("not-durable", not_durable, "NODE", "its last command was answered so")                 \
    EXPECT("clone", clone, "NODE by NODE", "the second one knows that the first one has a clone")  \
    EXPECT("refused", refused, "version|cluster|clock|malformed|memory|quota NODE [by NODE]",      \
           "the second one refuses what the first one sends; clock without by: the node refuses "  \
           "its own operators")

struct scenario {
    struct sim *sim;
    const char *path;
    unsigned line;
    char source[WORDS_BYTES_MAX]; /* the line as it was read */
    struct words words;
    const char *usage; /* of the statement, or of the KIND that it expects */
    char *text;        /* why it failed; not owned */
    size_t text_size;
};

struct scenario_nodes {
    struct host *list[SIM_HOSTS_MAX];
    size_t count;
};

/* A statement begins behind its first word. It takes all of its words, and does nothing if
 * words_end tells of a mistake. */
#define STATEMENT(word, function, usage, meaning) \
    void scenario_##function(struct scenario *scenario);
SCENARIO_STATEMENTS
#undef STATEMENT

/* What the line says is not so. Only the first failure is kept. */
void scenario_fail(struct scenario *scenario, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Time passes, unless something has failed. */
void scenario_pass(struct scenario *scenario, int64_t ms);
bool scenario_has_failed(const struct scenario *scenario);

/* Takes the name of a host; on a mistake any host. */
struct host *scenario_node(struct scenario *scenario);

/* Takes NODES; all: those for which up is right. Removed ones count only if named. */
void scenario_nodes(struct scenario *scenario, bool up, struct scenario_nodes *nodes);

/* Takes a SENDER and notes it for the rules. */
struct addr scenario_addr(struct scenario *scenario);
struct addr scenario_subject(struct scenario *scenario);

#endif
