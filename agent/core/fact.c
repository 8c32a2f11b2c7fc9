/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts and their merge, see fact.h.
 *
 * Every change is prepared in new memory first, so that a refused fact leaves everything as it was.
 */
#include "fact.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

static int compare_ms(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

int fact_compare(const struct fact *a, const struct fact *b)
{
    int order = compare_ms(a->first_ms, b->first_ms);

    if (order == 0)
        order = compare_ms(a->last_ms, b->last_ms);
    if (order == 0)
        order = compare_ms(a->until_ms, b->until_ms);
    if (order == 0)
        order = compare_ms(a->forget_ms, b->forget_ms);
    return order != 0 ? order : (int)a->level - (int)b->level;
}

bool fact_is_dominated(const struct fact *a, const struct fact *b)
{
    return a->first_ms <= b->first_ms && a->last_ms <= b->last_ms && a->until_ms <= b->until_ms &&
           a->forget_ms <= b->forget_ms && a->level <= b->level;
}

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = malloc(size > 0 ? size : 1);

    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

static int fact_copy(const struct fact *fact, struct fact *copy)
{
    *copy = *fact;
    copy->nodes = copy_bytes(fact->nodes, fact->node_count * sizeof(*fact->nodes));
    copy->evidence = copy_bytes(fact->evidence, fact->evidence_size);
    if (copy->nodes != NULL && copy->evidence != NULL)
        return 0;
    fact_clear(copy);
    return -1;
}

/* Per node the larger number; of more than FACT_NODES_MAX nodes the lowest ids stay, which is
 * associative. */
static uint8_t join_nodes(const struct fact *a, const struct fact *b,
                          struct fact_node out[FACT_NODES_MAX])
{
    size_t i = 0, j = 0, count = 0;

    while ((i < a->node_count || j < b->node_count) && count < FACT_NODES_MAX) {
        if (j == b->node_count || (i < a->node_count && a->nodes[i].node < b->nodes[j].node)) {
            out[count++] = a->nodes[i++];
        } else if (i == a->node_count || b->nodes[j].node < a->nodes[i].node) {
            out[count++] = b->nodes[j++];
        } else {
            out[count] = a->nodes[i++];
            if (b->nodes[j].strikes > out[count].strikes)
                out[count].strikes = b->nodes[j].strikes;
            count++, j++;
        }
    }
    return (uint8_t)count;
}

static bool nodes_equal(const struct fact_node *a, size_t a_count, const struct fact_node *b,
                        size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].node != b[i].node || a[i].strikes != b[i].strikes)
            return false;
    return true;
}

static int evidence_compare(const struct fact *a, const struct fact *b)
{
    size_t shorter = a->evidence_size < b->evidence_size ? a->evidence_size : b->evidence_size;
    int order = shorter > 0 ? memcmp(a->evidence, b->evidence, shorter) : 0;

    return order != 0 ? order : (int)a->evidence_size - (int)b->evidence_size;
}

/* Joins the payload of other, which has the same coordinates, into fact. */
static int join_payload(struct fact *fact, const struct fact *other)
{
    struct fact_node nodes[FACT_NODES_MAX];
    uint8_t count = join_nodes(fact, other, nodes);
    const struct fact *longer = evidence_compare(fact, other) >= 0 ? fact : other;
    struct fact joined = *fact;

    if (longer == fact && nodes_equal(nodes, count, fact->nodes, fact->node_count))
        return 0;
    joined.nodes = nodes;
    joined.node_count = count;
    joined.evidence = longer->evidence;
    joined.evidence_size = longer->evidence_size;
    if (fact_copy(&joined, &joined) != 0)
        return -1;
    fact_clear(fact);
    *fact = joined;
    return 1;
}

static void remove_at(struct facts *facts, size_t index)
{
    fact_clear(&facts->list[index]);
    facts->count--;
    memmove(&facts->list[index], &facts->list[index + 1],
            (facts->count - index) * sizeof(*facts->list));
}

int facts_merge(struct facts *facts, const struct fact *fact)
{
    struct fact copy;
    struct fact *list;
    size_t place = 0, replaced = 0;

    for (size_t i = 0; i < facts->count; i++) {
        if (fact_compare(&facts->list[i], fact) == 0)
            return join_payload(&facts->list[i], fact);
        if (fact_is_dominated(fact, &facts->list[i]))
            return 0;
        replaced += fact_is_dominated(&facts->list[i], fact);
    }
    if (facts->count - replaced >= FACTS_MAX || fact_copy(fact, &copy) != 0)
        return -1;
    list = realloc(facts->list, (facts->count + 1) * sizeof(*list));
    if (list == NULL) {
        fact_clear(&copy);
        return -1;
    }
    facts->list = list;
    for (size_t i = facts->count; i-- > 0;)
        if (fact_is_dominated(&facts->list[i], &copy))
            remove_at(facts, i);
    while (place < facts->count && fact_compare(&facts->list[place], &copy) < 0)
        place++;
    memmove(&list[place + 1], &list[place], (facts->count - place) * sizeof(*list));
    list[place] = copy;
    facts->count++;
    return 1;
}

bool facts_forget(struct facts *facts, int64_t now_ms)
{
    size_t before = facts->count;

    for (size_t i = facts->count; i-- > 0;)
        if (facts->list[i].forget_ms <= now_ms)
            remove_at(facts, i);
    return facts->count != before;
}

int facts_copy(const struct facts *facts, struct facts *copy)
{
    *copy = (struct facts){0};
    if (facts->count == 0)
        return 0;
    copy->list = calloc(facts->count, sizeof(*copy->list));
    if (copy->list == NULL)
        return -1;
    while (copy->count < facts->count) {
        if (fact_copy(&facts->list[copy->count], &copy->list[copy->count]) != 0) {
            facts_clear(copy);
            return -1;
        }
        copy->count++;
    }
    return 0;
}

void fact_clear(struct fact *fact)
{
    free(fact->nodes);
    free(fact->evidence);
    fact->nodes = NULL;
    fact->evidence = NULL;
    fact->node_count = 0;
    fact->evidence_size = 0;
}

void facts_clear(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        fact_clear(&facts->list[i]);
    free(facts->list);
    *facts = (struct facts){0};
}
