/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses FIRST COUNT [BEFORE [BEHIND]]: prints the addresses of the benchmarks, one a line,
 * between two texts.
 */
#include "address.h"

int main(int argc, char **argv)
{
    static char buffer[1048576];
    char text[INET_ADDRSTRLEN];

    if (argc < 3) {
        fprintf(stderr, "usage: addresses FIRST COUNT [BEFORE [BEHIND]]\n");
        return 2;
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (unsigned long i = strtoul(argv[1], NULL, 10), end = i + strtoul(argv[2], NULL, 10);
         i < end; i++)
        printf("%s%s%s\n", argc > 3 ? argv[3] : "", address_text(address_number((uint32_t)i), text),
               argc > 4 ? argv[4] : "");
    return fflush(stdout) != 0;
}
