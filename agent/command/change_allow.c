/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of allow add and allow remove: which bans an entry keeps out of the map, and which come
 * back without it.
 */
#include <stdio.h>
#include <string.h>

#include "allow_text.h"
#include "change.h"
#include "clock.h"
#include "notice.h"

#define BANS_NAMED_MAX 3

/* Bans that are affected: their number, and the first ones in the order of the map. */
struct bans {
    struct addr list[BANS_NAMED_MAX];
    size_t count;
};

static void note(struct bans *bans, const struct addr *addr)
{
    size_t named = bans->count < BANS_NAMED_MAX ? bans->count : BANS_NAMED_MAX;
    size_t place = named;

    bans->count++;
    while (place > 0 && addr_compare(addr, &bans->list[place - 1]) < 0)
        place--;
    if (place == BANS_NAMED_MAX)
        return;
    if (named == BANS_NAMED_MAX)
        named--;
    memmove(&bans->list[place + 1], &bans->list[place], (named - place) * sizeof(*addr));
    bans->list[place] = *addr;
}

/* True if the operators' entry of exactly that prefix, or nothing, covers the ban. */
static bool depends_on(const struct state *state, const struct addr *entry, const struct addr *ban)
{
    const struct allow *allows[2];
    size_t count = allows_covers(&state->allows, ban, state_now_ms(state), allows, 2);

    return count == 0 || (count == 1 && allows[0]->owner == ALLOW_OPERATOR &&
                          addr_compare(&allows[0]->addr, entry) == 0);
}

/* The bans inside the prefix (itself included) that are in the map or not by that entry alone. */
static struct bans bans_of(const struct state *state, const struct addr *entry)
{
    struct bans bans = {.count = 0};
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (addr_covers(entry, &subject->addr) && addr_is_bannable(&subject->addr) &&
            record_is_banned(&subject->record, state_now_ms(state)) &&
            depends_on(state, entry, &subject->addr))
            note(&bans, &subject->addr);
    return bans;
}

/* Text that grows; what does not fit is cut. */
struct out {
    char *text;
    size_t size;
    size_t used;
};

static void add(struct out *out, const char *piece)
{
    int length = snprintf(out->text + out->used, out->size - out->used, "%s", piece);

    out->used += (size_t)length < out->size - out->used ? (size_t)length : 0;
}

/* Begins a line. */
static void add_line(struct out *out, const char *piece)
{
    if (out->used > 0)
        add(out, "\n");
    add(out, piece);
}

/* In a sentence, or as the operands of a command. */
static void add_names(struct out *out, const struct bans *bans, bool as_operands)
{
    char net[ADDR_TEXT_SIZE], more[32];

    for (size_t i = 0; i < bans->count && i < BANS_NAMED_MAX; i++) {
        add(out, i == 0 ? "" : as_operands ? " " : ", ");
        if (as_operands)
            addr_print_operand(&bans->list[i], net);
        else
            addr_print_subject(&bans->list[i], net);
        add(out, net);
    }
    if (bans->count <= BANS_NAMED_MAX || as_operands)
        return;
    snprintf(more, sizeof(more), " and %zu more", bans->count - BANS_NAMED_MAX);
    add(out, more);
}

static void add_number(struct out *out, size_t count, const char *one, const char *several)
{
    char text[96];

    snprintf(text, sizeof(text), "%zu %s", count, count == 1 ? one : several);
    add_line(out, text);
}

const struct subject *change_find_wider(const struct state *state, const struct addr *addr,
                                        struct unpacked *room)
{
    struct addr wide = *addr;

    if (!addr_is_bannable(addr) || addr->length == 0 || addr->kind == ADDR_ACCOUNT)
        return NULL;
    addr_widen(&wide, addr->length - 1u);
    return addr_is_bannable(&wide) ? state_find_cover(state, &wide, room) : NULL;
}

static void print_added(const struct agent *agent, const struct addr *addr, struct out *out)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *wider = change_find_wider(state, addr, &room);
    struct bans bans = bans_of(state, addr);
    char net[ADDR_TEXT_SIZE];

    if (bans.count == 1) {
        add_line(out, "lifts the ban of ");
        add_names(out, &bans, false);
    } else if (bans.count > 1) {
        add_number(out, bans.count, "", "bans are not in force while it lasts: ");
        add_names(out, &bans, false);
    }
    if (wider != NULL) {
        addr_print_operand(&wider->addr, net);
        add_line(out, "cut out of the ban of ");
        add(out, net);
    }
    addr_print_operand(addr, net);
    add_line(out, "undo: banctl allow remove ");
    add(out, net);
}

static void print_back(const struct agent *agent, const struct addr *addr, struct out *out)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *wider = change_find_wider(state, addr, &room);
    struct bans bans = bans_of(state, addr);
    char net[ADDR_TEXT_SIZE];

    if (bans.count > 0) {
        add_number(out, bans.count, "ban comes into force again: ", "bans come into force again: ");
        add_names(out, &bans, false);
        add(out, bans.count == 1 ? "; lift it: banctl unban " : "; lift them: banctl unban ");
        add_names(out, &bans, true);
    }
    if (wider != NULL) {
        addr_print_operand(&wider->addr, net);
        add_line(out, "it is part of the ban of ");
        add(out, net);
        add(out, " again; lift that: banctl unban ");
        add(out, net);
    }
}

/* Whose entry still allows it, and what to do about it. */
static void print_still(const struct agent *agent, const struct addr *addr, struct out *out)
{
    const struct state *state = &agent->node.state;
    const struct allow *allows[PEERS_MAX + 1];
    size_t count = allows_covers(&state->allows, addr, state_now_ms(state), allows, PEERS_MAX + 1);
    bool by_nodes = false;
    char net[ADDR_TEXT_SIZE], text[ALLOW_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (i == 0 || addr_compare(&allows[i]->addr, &allows[i - 1]->addr) != 0) {
            addr_print_subject(&allows[i]->addr, net);
            add_line(out, "still allowed: ");
            add(out, net);
            add(out, " ");
        } else {
            add(out, ", ");
        }
        allow_text_print(agent, allows[i], text);
        add(out, text);
        by_nodes |= allows[i]->owner != ALLOW_OPERATOR;
        if (allows[i]->owner == ALLOW_OPERATOR) {
            addr_print_operand(&allows[i]->addr, net);
            add(out, "; end it: banctl allow remove ");
            add(out, net);
        }
    }
    if (by_nodes)
        add_line(out, "entries of nodes end when they are taken out of [never-ban] there, then "
                      "banctl reload; a node's own and its peers' addresses stay");
}

void change_allow_hint(const struct agent *agent, const struct change *change,
                       const struct change_target *target, const struct change_rest *rest,
                       char *text, size_t size)
{
    struct out out = {text, size, 0};

    if (rest->allow != NULL)
        print_still(agent, &target->addr, &out);
    else if (change->count > 1 || target->done.outcome == OUTCOME_ALREADY)
        return; /* to undo what was not done would take away what was there */
    else if (change->kind == CHANGE_ALLOW_ADD)
        print_added(agent, &target->addr, &out);
    else if (target->done.outcome == OUTCOME_CHANGED)
        print_back(agent, &target->addr, &out);
}

void change_print_end(int64_t until_ms, char text[CHANGE_END_SIZE])
{
    char until[CLOCK_TEXT_SIZE];

    if (until_ms == TIME_NEVER_MS) {
        snprintf(text, CHANGE_END_SIZE, "permanently");
        return;
    }
    clock_print(until_ms, until);
    snprintf(text, CHANGE_END_SIZE, "until %s", until);
}

void change_allow_message(const struct agent *agent, const struct change *change,
                          const struct change_target *target, const char *net, const char *scope,
                          char *out, size_t size)
{
    bool already = target->done.outcome == OUTCOME_ALREADY;
    const struct allow *allow =
        allows_find(&agent->node.state.allows, &target->addr, ALLOW_OPERATOR);
    int64_t until_ms = allow != NULL ? allow->until_ms : change->until_ms;
    char end[CHANGE_END_SIZE];

    if (change->kind == CHANGE_ALLOW_REMOVE) {
        snprintf(out, size,
                 already ? "%s: no operator has it on the allowlist%s%s"
                         : "%s: off the allowlist%s%s",
                 net, already ? "" : " ", already ? "" : scope);
        return;
    }
    change_print_end(until_ms, end);
    snprintf(out, size, "%s: %sallowed%s%s %s", net, already ? "already " : "",
             until_ms == TIME_NEVER_MS ? "" : " ", until_ms == TIME_NEVER_MS ? "" : end, scope);
}
