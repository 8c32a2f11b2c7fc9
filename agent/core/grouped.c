/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for people, see grouped.h.
 */
#include "grouped.h"

#include <string.h>

const char *grouped_print(uint64_t number, char text[GROUPED_SIZE])
{
    char reversed[GROUPED_SIZE];
    size_t digits = 0, length = 0;

    do {
        if (digits > 0 && digits % 3 == 0)
            reversed[length++] = ',';
        reversed[length++] = (char)('0' + number % 10);
        digits++;
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < length; i++)
        text[i] = reversed[length - 1 - i];
    text[length] = '\0';
    return text;
}
