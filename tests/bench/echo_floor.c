/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a command can cost: echo_floor serve PATH answers each line with itself,
 * echo_floor call PATH TEXT asks once, prints the answer and ends.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, WAITING = 64 };

static int serve(int socket, const struct sockaddr_un *name)
{
    char line[LINE_BYTES];

    unlink(name->sun_path);
    if (bind(socket, (const struct sockaddr *)name, sizeof(*name)) != 0 ||
        listen(socket, WAITING) != 0)
        return 1;
    for (;;) {
        int client = accept(socket, NULL, NULL);
        ssize_t taken;

        while (client >= 0 && (taken = read(client, line, sizeof(line))) > 0)
            if (write(client, line, (size_t)taken) != taken)
                break;
        close(client);
    }
}

static int call(int socket, const struct sockaddr_un *name, const char *text)
{
    char line[LINE_BYTES];
    ssize_t taken;

    if (connect(socket, (const struct sockaddr *)name, sizeof(*name)) != 0)
        return 1;
    dprintf(socket, "%s\n", text);
    taken = read(socket, line, sizeof(line));
    return taken > 0 && write(STDOUT_FILENO, line, (size_t)taken) == taken ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (argc < 3 || fd < 0) {
        fprintf(stderr, "usage: echo_floor serve PATH | echo_floor call PATH TEXT\n");
        return 2;
    }
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", argv[2]);
    return argc == 3 ? serve(fd, &name) : call(fd, &name, argv[3]);
}
