/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that times in log lines are made of.
 *
 * Does not: convert time zones: the digits are taken as written.
 */
#include "line_date.h"

bool line_date_take_day(struct line_cursor *cursor, struct line_time *time)
{
    return cursor_take_digits(cursor, 4, &time->year) && cursor_take(cursor, "-") &&
           cursor_take_digits(cursor, 2, &time->month) && cursor_take(cursor, "-") &&
           cursor_take_digits(cursor, 2, &time->day);
}

bool line_date_take_month_and_day(struct line_cursor *cursor, struct line_time *time)
{
    static const char *const names[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                        "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    time->year = -1;
    for (int i = 0; i < 12 && time->month == 0; i++) {
        if (cursor_take(cursor, names[i]))
            time->month = i + 1;
    }
    if (time->month == 0)
        return false;
    size_t digits = cursor_take(cursor, " ") ? 1 : 2;
    return cursor_take_digits(cursor, digits, &time->day) && cursor_take(cursor, " ");
}

bool line_date_take_clock(struct line_cursor *cursor, struct line_time *time)
{
    return cursor_take_digits(cursor, 2, &time->hour) && cursor_take(cursor, ":") &&
           cursor_take_digits(cursor, 2, &time->minute) && cursor_take(cursor, ":") &&
           cursor_take_digits(cursor, 2, &time->second);
}

bool line_date_take_offset(struct line_cursor *cursor, struct line_time *time)
{
    int hours;
    int minutes;
    if (cursor_take(cursor, "Z"))
        return true;
    bool is_west = cursor_take(cursor, "-");
    if (!is_west && !cursor_take(cursor, "+"))
        return false;
    if (!cursor_take_digits(cursor, 2, &hours))
        return false;
    cursor_take(cursor, ":");
    if (!cursor_take_digits(cursor, 2, &minutes))
        return false;
    time->offset_min = (hours * 60 + minutes) * (is_west ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

bool line_date_is_possible(const struct line_time *time)
{
    if (time->form != LINE_TIME_LOCAL && time->form != LINE_TIME_OFFSET)
        return true;
    return time->month >= 1 && time->month <= 12 && time->day >= 1 && time->day <= 31 &&
           time->hour <= 23 && time->minute <= 59 && time->second <= 60;
}
