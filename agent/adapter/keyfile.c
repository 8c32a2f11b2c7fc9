/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's key pair (Curve25519, as CURVE uses it) and the file that holds the secret half in
 * base64.
 *
 * Only the secret half is stored; the public half follows from it. What held a secret is
 * overwritten before it is given back.
 */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define KEYFILE_BYTES_MAX 4096 /* the key and a few comments */

_Static_assert(NODE_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "CURVE's keys are crypto_box keys");
_Static_assert(NODE_KEY_BYTES == crypto_box_SECRETKEYBYTES, "CURVE's keys are crypto_box keys");
_Static_assert(NODE_KEY_TEXT_SIZE == sodium_base64_ENCODED_LEN(NODE_KEY_BYTES, BASE64), "44 + NUL");

struct refusal {
    char *text;
    size_t size;
    const char *path;
};

static int open_safely(const struct refusal *refusal);
static int read_text(int fd, char text[KEYFILE_BYTES_MAX + 1], const struct refusal *refusal);
static int find_key(char *text, uint8_t key[NODE_KEY_BYTES]);
static int write_all(int fd, const char *bytes, size_t size);
static int sync_directory(const char *path);
static int refuse(const struct refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int keyfile_generate(struct keyfile_pair *pair)
{
    if (sodium_init() < 0)
        return -1;
    return crypto_box_keypair(pair->public_key, pair->secret_key);
}

int keyfile_read(const char *path, struct keyfile_pair *pair, char *error, size_t error_size)
{
    struct refusal refusal = {error, error_size, path};
    char text[KEYFILE_BYTES_MAX + 1];
    if (sodium_init() < 0)
        return refuse(&refusal, "libsodium cannot start; install it anew");
    int fd = open_safely(&refusal);
    if (fd < 0)
        return -1;
    int result = read_text(fd, text, &refusal);
    close(fd);
    if (result == 0) {
        result = find_key(text, pair->secret_key);
        if (result)
            refuse(&refusal, "does not hold one key of 44 characters; make one with: "
                             "banctl keygen --out=FILE");
    }
    if (result == 0)
        crypto_scalarmult_base(pair->public_key, pair->secret_key);
    else
        keyfile_wipe(pair);
    sodium_memzero(text, sizeof text);
    return result;
}

int keyfile_write(const char *path, const struct keyfile_pair *pair, gid_t gid)
{
    char text[NODE_KEY_TEXT_SIZE + 1];
    int result = -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    keyfile_text(pair->secret_key, text);
    memcpy(text + NODE_KEY_TEXT_SIZE - 1, "\n", 2);
    bool has_group = gid != (gid_t)-1;
    if ((has_group && fchown(fd, (uid_t)-1, gid)) || fchmod(fd, has_group ? 0640 : 0600) ||
        write_all(fd, text, NODE_KEY_TEXT_SIZE) || fsync(fd) || sync_directory(path))
        goto out;
    result = 0;
out:;
    int saved = errno;
    if (close(fd) && result == 0) {
        result = -1;
        saved = errno;
    }
    if (result)
        unlink(path);
    sodium_memzero(text, sizeof text);
    errno = saved;
    return result;
}

void keyfile_text(const uint8_t key[NODE_KEY_BYTES], char text[NODE_KEY_TEXT_SIZE])
{
    sodium_bin2base64(text, NODE_KEY_TEXT_SIZE, key, NODE_KEY_BYTES, BASE64);
}

/* Many texts decode to one key; only the one that keyfile_text writes is taken. */
int keyfile_text_parse(const char *text, uint8_t key[NODE_KEY_BYTES])
{
    uint8_t bytes[NODE_KEY_BYTES];
    char canonical[NODE_KEY_TEXT_SIZE];
    size_t size = 0;
    int result = -1;
    if (strlen(text) == NODE_KEY_TEXT_SIZE - 1 &&
        sodium_base642bin(bytes, sizeof bytes, text, NODE_KEY_TEXT_SIZE - 1, NULL, &size, NULL,
                          BASE64) == 0 &&
        size == sizeof bytes) {
        keyfile_text(bytes, canonical);
        result = sodium_memcmp(canonical, text, NODE_KEY_TEXT_SIZE - 1) == 0 ? 0 : -1;
        sodium_memzero(canonical, sizeof canonical);
    }
    if (result == 0)
        memcpy(key, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return result;
}

void keyfile_wipe(struct keyfile_pair *pair)
{
    sodium_memzero(pair, sizeof *pair);
}

/* The file's descriptor, or -1: it is no regular file, or others may read or write it. */
static int open_safely(const struct refusal *refusal)
{
    struct stat status;
    int fd = open(refusal->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT
                   ? refuse(refusal, "does not exist; make a key with: banctl keygen --out=FILE")
                   : refuse(refusal,
                            "cannot be opened: %s; the user that the agent runs as must be "
                            "able to read it (owner, or group with mode 0640)",
                            strerror(errno));
    if (fstat(fd, &status))
        refuse(refusal, "cannot be looked at: %s; check the disk", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        refuse(refusal, "is no regular file; name the file that banctl keygen made");
    else if (status.st_mode & (S_IROTH | S_IWOTH))
        refuse(refusal,
               "is open to others (mode %04o); they may have the key: make a new one, or "
               "run: chmod o= FILE",
               (unsigned)(status.st_mode & 07777));
    else
        return fd;
    close(fd);
    return -1;
}

/* The whole file, NUL-terminated. */
static int read_text(int fd, char text[KEYFILE_BYTES_MAX + 1], const struct refusal *refusal)
{
    size_t used = 0;
    ssize_t count;
    do {
        count = read(fd, text + used, KEYFILE_BYTES_MAX + 1 - used);
        if (count < 0 && errno != EINTR)
            return refuse(refusal, "cannot be read: %s; check the disk", strerror(errno));
        used += count > 0 ? (size_t)count : 0;
    } while (count != 0 && used <= KEYFILE_BYTES_MAX);
    if (used > KEYFILE_BYTES_MAX || memchr(text, '\0', used))
        return refuse(refusal, "is no key file; make one with: banctl keygen --out=FILE");
    text[used] = '\0';
    return 0;
}

/* Takes the one line that is neither empty nor a comment. Cuts text into lines. */
static int find_key(char *text, uint8_t key[NODE_KEY_BYTES])
{
    bool found = false;
    for (char *line = text, *end = text; end; line = end + 1) {
        end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (*line == '\0' || *line == '#')
            continue;
        if (found || keyfile_text_parse(line, key) || sodium_is_zero(key, NODE_KEY_BYTES))
            return -1;
        found = true;
    }
    return found ? 0 : -1;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno != EINTR)
            return -1;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return 0;
}

/* The name itself is durable only when its directory is. */
static int sync_directory(const char *path)
{
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int result = fd < 0 ? -1 : fsync(fd);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    free(copy);
    errno = saved;
    return result;
}

/* "PATH: what; what to do". Returns -1. */
static int refuse(const struct refusal *refusal, const char *format, ...)
{
    int used = snprintf(refusal->text, refusal->size, "%s: ", refusal->path);
    if (used < 0 || (size_t)used >= refusal->size)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(refusal->text + used, refusal->size - (size_t)used, format, arguments);
    va_end(arguments);
    return -1;
}
