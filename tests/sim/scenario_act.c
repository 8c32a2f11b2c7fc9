/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements about mail, operators, time and the network; see scenario_part.h.
 */
#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"
#include "scenario_part.h"

#define HITS_MAX 10000
#define SENDERS_BITS_MAX 8 /* 256 addresses */
#define PER_CENT 10000     /* in a million */

/* The next address of the network, false behind its last one. */
static bool next_address(const struct addr *network, struct addr *addr)
{
    for (size_t i = addr_bits(addr) / 8; i-- > 0;)
        if (++addr->bytes[i] != 0)
            break;
    return addr_covers(network, addr);
}

/* Takes an address, or a network that is no larger than what one line may mean. */
static struct addr take_senders(struct scenario *scenario)
{
    struct addr network = scenario_addr(scenario);

    if (!scenario->words.wrong &&
        (network.kind == ADDR_ACCOUNT || addr_bits(&network) - network.length > SENDERS_BITS_MAX)) {
        scenario->words.next--;
        words_expected(&scenario->words, "an address, or a network of 256 at most");
    }
    return network;
}

/* What lines have beside their address: numbers of messages, in turn; first 0: they are not known.
 * And that of an account, 0: none. */
struct mail {
    uint32_t first, last;
    size_t account;
};

static void hit(struct sim *sim, struct host *host, const struct addr *network, int64_t count,
                int64_t off_ms, const struct mail *mail)
{
    struct addr addr = *network;
    uint32_t kinds = mail->last + 1 - mail->first;

    addr.length = (uint8_t)addr_bits(&addr);
    do
        for (int64_t i = 0; i < count; i++)
            host_hit(sim, host, &addr, host_wall_ms(sim, host) + off_ms,
                     mail->first + (uint32_t)i % kinds, mail->account);
    while (next_address(network, &addr));
}

/* "of FIRST LAST" and "as ACCOUNT", each if it is there. */
static struct mail take_mail(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    struct mail mail = {0, 0, 0};

    if (words_take(words, "of")) {
        mail.first = (uint32_t)words_number(words, 1, LEDGER_MESSAGES_MAX, "");
        mail.last = (uint32_t)words_number(words, mail.first, LEDGER_MESSAGES_MAX, "");
    }
    if (!words_take(words, "as"))
        return mail;
    mail.account = accounts_add(&scenario->sim->plan.accounts, words_name(words));
    if (mail.account == 0 && !words->wrong) {
        words->next--;
        words_expected(words, "a shorter name, or one of fewer");
    }
    return mail;
}

void scenario_hits(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    struct scenario_nodes nodes;
    struct addr network;
    struct mail mail;
    int64_t count, off_ms = 0;

    scenario_nodes(scenario, true, &nodes);
    network = take_senders(scenario);
    count = words_number(words, 1, HITS_MAX, "");
    mail = take_mail(scenario);
    if (words_take(words, "at"))
        off_ms = words_offset_ms(words);
    if (!words_end(words))
        return;
    for (size_t i = 0; i < nodes.count; i++)
        hit(scenario->sim, nodes.list[i], &network, count, off_ms, &mail);
}

static void command(struct scenario *scenario, enum event_type type)
{
    struct words *words = &scenario->words;
    struct host *host = scenario_node(scenario);
    struct addr addr = scenario_subject(scenario);
    int64_t until_ms = TIME_NEVER_MS;

    if ((type == EVENT_BAN || type == EVENT_ALLOW_ADD) && words_take(words, "for"))
        until_ms =
            policy_roundup(policy_add(host_wall_ms(scenario->sim, host), words_duration_ms(words)));
    if (!words_end(words))
        return;
    host->answer = (struct node_done){0};
    if (!host_command(scenario->sim, host, type, &addr, until_ms))
        scenario_fail(scenario, "mx%zu refuses the command", host->index + 1);
}

void scenario_ban(struct scenario *scenario)
{
    command(scenario, EVENT_BAN);
}

void scenario_unban(struct scenario *scenario)
{
    command(scenario, EVENT_UNBAN);
}

void scenario_forget(struct scenario *scenario)
{
    command(scenario, EVENT_FORGET);
}

void scenario_allow(struct scenario *scenario)
{
    command(scenario, EVENT_ALLOW_ADD);
}

void scenario_disallow(struct scenario *scenario)
{
    command(scenario, EVENT_ALLOW_REMOVE);
}

void scenario_forget_node(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);
    const struct host *gone = scenario_node(scenario);

    if (!words_end(&scenario->words))
        return;
    host->answer = (struct node_done){0};
    if (host_forget_node(scenario->sim, host, gone->identity) == 0)
        scenario_fail(scenario, "there is nothing of mx%zu, or mx%zu refuses", gone->index + 1,
                      host->index + 1);
}

static void let_go(struct scenario *scenario, bool drop)
{
    struct host *host = scenario_node(scenario);
    bool all = *words_peek(&scenario->words) == '\0';
    struct addr net = {0};

    if (!all)
        net = scenario_addr(scenario);
    if (words_end(&scenario->words) && !host_let_go(scenario->sim, host, drop, all ? NULL : &net))
        scenario_fail(scenario, "mx%zu holds nothing, or refuses", host->index + 1);
}

void scenario_release(struct scenario *scenario)
{
    let_go(scenario, false);
}

void scenario_drop(struct scenario *scenario)
{
    let_go(scenario, true);
}

void scenario_run(struct scenario *scenario)
{
    bool absolute = words_take(&scenario->words, "to");
    int64_t ms = words_duration_ms(&scenario->words);

    if (!words_end(&scenario->words))
        return;
    if (absolute)
        ms -= scenario->sim->now_ms - SIM_EPOCH_MS;
    if (ms < 0)
        scenario_fail(scenario, "that time is over");
    scenario_pass(scenario, ms);
}

void scenario_suspend(struct scenario *scenario)
{
    int64_t ms = words_duration_ms(&scenario->words);

    if (words_end(&scenario->words))
        sim_suspend(scenario->sim, ms);
}

static void break_link(struct sim *sim, const struct host *from, const struct host *to)
{
    sim->net.links[from->index][to->index] = NET_SILENT;
}

/* The other end of a link. */
static struct host *take_other(struct scenario *scenario, const struct host *host)
{
    struct host *other = scenario_node(scenario);

    if (other == host && !scenario->words.wrong) {
        scenario->words.next--;
        words_expected(&scenario->words, "another node");
    }
    return other;
}

void scenario_cut(struct scenario *scenario)
{
    struct sim *sim = scenario->sim;
    struct host *host = scenario_node(scenario);
    bool all = *words_peek(&scenario->words) == '\0';
    struct host *other = all ? NULL : take_other(scenario, host);

    if (!words_end(&scenario->words))
        return;
    for (size_t i = 0; i < sim->host_count; i++) {
        if (other != NULL && other != sim->hosts[i])
            continue;
        break_link(sim, host, sim->hosts[i]);
        break_link(sim, sim->hosts[i], host);
    }
}

void scenario_one_way(struct scenario *scenario)
{
    struct host *from = scenario_node(scenario), *to = take_other(scenario, from);

    if (words_end(&scenario->words))
        break_link(scenario->sim, to, from);
}

void scenario_delay(struct scenario *scenario)
{
    int64_t ms = words_duration_ms(&scenario->words);

    if (words_end(&scenario->words))
        scenario->sim->net.delay_ms = ms;
}

static uint32_t take_chance(struct words *words)
{
    return (uint32_t)words_number(words, 0, 100, "%") * PER_CENT;
}

void scenario_loss(struct scenario *scenario)
{
    uint32_t chance = take_chance(&scenario->words);

    if (words_end(&scenario->words))
        scenario->sim->net.loss = chance;
}

void scenario_twice(struct scenario *scenario)
{
    uint32_t chance = take_chance(&scenario->words);

    if (words_end(&scenario->words))
        scenario->sim->net.twice = chance;
}

void scenario_late(struct scenario *scenario)
{
    uint32_t chance = take_chance(&scenario->words);
    int64_t late_ms = words_duration_ms(&scenario->words);

    if (!words_end(&scenario->words))
        return;
    scenario->sim->net.late = chance;
    scenario->sim->net.late_ms = scenario->sim->plan.late_ms = late_ms;
}

void scenario_heal(struct scenario *scenario)
{
    struct net *net = &scenario->sim->net;

    if (!words_end(&scenario->words))
        return;
    chaos_connect(scenario->sim);
    net->loss = net->twice = net->late = 0;
}
