/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces a text file: a new file, then rename.
 *
 * The other name does not end as the first does, so a collector that looks for *.prom leaves it
 * alone.
 * Does not: make folders; sync the folder: after a crash the old numbers do as well.
 */
#include "textfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

static int fill(int descriptor, const char *bytes, size_t size);

int textfile_write(const char *path, const char *bytes, size_t size, struct failure *failure)
{
    static const char ending[] = ".XXXXXX";
    size_t length = strlen(path);
    char *other = malloc(length + sizeof(ending));
    if (!other)
        memory_exhausted();
    memcpy(other, path, length);
    memcpy(other + length, ending, sizeof(ending));
    int descriptor = mkstemp(other);
    int result = descriptor < 0 ? -1 : fill(descriptor, bytes, size);
    int error = errno;
    if (result == 0 && rename(other, path) < 0) {
        result = -1;
        error = errno;
    }
    if (result < 0 && descriptor >= 0)
        unlink(other);
    free(other);
    if (result < 0)
        failure_file(failure, path, error);
    return result;
}

/* Closes the descriptor, too. 0, or -1 with errno. */
static int fill(int descriptor, const char *bytes, size_t size)
{
    FILE *stream = fdopen(descriptor, "w");
    if (!stream) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    bool written = fwrite(bytes, 1, size, stream) == size && fflush(stream) == 0 &&
                   fchmod(descriptor, 0644) == 0 && fsync(descriptor) == 0;
    int error = errno;
    bool closed = fclose(stream) == 0;
    if (!written)
        errno = error;
    return written && closed ? 0 : -1;
}
