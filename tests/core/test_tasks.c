/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tasks that are remembered: against a plain list of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "tasks.h"

enum { ROOM = 7, PIDS = 2, TAGS = 12, STEPS = 20000 };

static const char *const tags[TAGS] = {
    "a", "b", "ab", "ba", "aa0001", "aa0002", "bb0001", "c", "0123456789abcdef0123456789abcdef",
    "d", "e", "f"};

struct entry {
    uint32_t pid;
    size_t tag;
    size_t slot;
};

/* What the ring must hold: in the order it came, with the holes that removals leave. */
struct model {
    struct entry list[ROOM];
    bool is_used[ROOM];
    size_t count; /* of the ring, holes included */
};

static struct line_task task_of(uint32_t pid, size_t tag)
{
    return (struct line_task){pid, {tags[tag], strlen(tags[tag])}};
}

static void drop_holes(struct model *model)
{
    while (model->count > 0 && !model->is_used[0]) {
        memmove(model->list, model->list + 1, (ROOM - 1) * sizeof(model->list[0]));
        memmove(model->is_used, model->is_used + 1, (ROOM - 1) * sizeof(model->is_used[0]));
        model->count--;
    }
}

static size_t find(const struct model *model, uint32_t pid, size_t tag)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->is_used[i] && model->list[i].pid == pid && model->list[i].tag == tag)
            return i;
    return SIZE_MAX;
}

static void step(struct tasks *tasks, struct model *model, struct random *random)
{
    uint32_t pid = (uint32_t)random_below(random, PIDS);
    size_t tag = random_below(random, TAGS);
    struct line_task task = task_of(pid, tag);
    size_t known = find(model, pid, tag);
    bool pushed;

    if (known != SIZE_MAX) {
        assert_int_equal(tasks_find(tasks, &task), model->list[known].slot);
        if (random_below(random, 2) == 0) {
            tasks_remove(tasks, model->list[known].slot);
            model->is_used[known] = false;
            drop_holes(model);
        }
        return;
    }
    assert_true(tasks_find(tasks, &task) == TASKS_NONE);
    bool is_full = model->count == ROOM;
    size_t slot = tasks_add(tasks, &task, &pushed);
    assert_true(slot < ROOM);
    assert_int_equal(pushed, is_full);
    if (is_full) {
        model->is_used[0] = false;
        drop_holes(model);
    }
    model->list[model->count] = (struct entry){pid, tag, slot};
    model->is_used[model->count++] = true;
}

static void it_holds_what_a_list_holds(void **state)
{
    (void)state;
    struct tasks *tasks = tasks_open(ROOM);
    struct model model = {0};
    assert_non_null(tasks);
    struct random random = {5};
    for (int i = 0; i < STEPS; i++) {
        step(tasks, &model, &random);
        if (model.count == 0)
            assert_true(tasks_oldest(tasks) == TASKS_NONE);
        else
            assert_int_equal(tasks_oldest(tasks), model.list[0].slot);
    }
    tasks_close(&tasks);
    assert_null(tasks);
}

static void a_task_without_a_usable_tag_is_none(void **state)
{
    (void)state;
    struct tasks *tasks = tasks_open(ROOM);
    struct line_task empty = {7, {"", 0}};
    struct line_task longer = {7, {"0123456789abcdef0123456789abcdefx", 33}};
    bool pushed;
    assert_true(tasks_add(tasks, &empty, &pushed) == TASKS_NONE);
    assert_true(tasks_find(tasks, &empty) == TASKS_NONE);
    assert_true(tasks_add(tasks, &longer, &pushed) == TASKS_NONE);
    assert_true(tasks_oldest(tasks) == TASKS_NONE);
    longer.tag.length = 32;
    assert_true(tasks_add(tasks, &longer, &pushed) != TASKS_NONE);
    longer.tag.length = 33;
    assert_true(tasks_find(tasks, &longer) == TASKS_NONE);
    assert_true(tasks_find(tasks, &empty) == TASKS_NONE);
    tasks_close(&tasks);
    tasks_close(&tasks); /* harmless */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_a_list_holds),
        cmocka_unit_test(a_task_without_a_usable_tag_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
