/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How headers of log lines name the process that wrote them.
 */
#include "line_process.h"

enum { WORKER_BYTES_MAX = 64 };

bool line_process_take_pid(struct line_cursor *cursor, uint32_t *pid)
{
    uint64_t number;
    if (!cursor_take_number(cursor, LINE_PID_DIGITS_MAX, &number) || number > UINT32_MAX)
        return false;
    *pid = (uint32_t)number;
    return true;
}

bool line_process_take(struct line_cursor *cursor, uint32_t *pid)
{
    struct line_text worker;
    if (cursor_take(cursor, "#") && !line_process_take_pid(cursor, pid))
        return false;
    return cursor_take(cursor, "(") &&
           cursor_take_run(cursor, cursor_is_plain, 1, WORKER_BYTES_MAX, &worker) &&
           cursor_take(cursor, ") ");
}
