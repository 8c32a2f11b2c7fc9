/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of rspamd's socket: who may send, what is handed out, and what is in the way of its name.
 *
 * Other users can only be played by root; without, those tests are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "rspamd_socket.h"
#include "scratch.h"

#define NAME "rspamd.sock"
#define STRANGER 64017 /* a uid and gid that nobody has */

static char directory[SCRATCH_PATH_SIZE];
static uid_t user; /* rspamd's, in this test */
static gid_t group;
static char user_name[64];

/* What was handed out. */
struct taken {
    size_t count;
    size_t size; /* of the last one */
    char bytes[DATAGRAM_BYTES_MAX];
};

static int setup(void **state)
{
    const struct passwd *found = getpwuid(geteuid() == 0 ? 65534 : geteuid());

    (void)state;
    assert_non_null(found);
    user = found->pw_uid;
    group = found->pw_gid;
    snprintf(user_name, sizeof(user_name), "%s", found->pw_name);
    scratch_make(directory);
    return chmod(directory, 0755);
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(directory);
    return 0;
}

static struct rspamd_socket *open_socket(void)
{
    char error[512] = "";
    struct rspamd_socket *receiver =
        rspamd_socket_open(scratch_path(directory, NAME), user_name, error, sizeof(error));

    if (receiver == NULL)
        fail_msg("%s", error);
    return receiver;
}

static void assert_refused(const char *path, const char *of_user, const char *reason)
{
    char error[512] = "";

    assert_null(rspamd_socket_open(path, of_user, error, sizeof(error)));
    if (strstr(error, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, reason);
    assert_ptr_equal(strstr(error, path), error); /* and names the path first */
}

static struct sockaddr_un address_of(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path(directory, name));
    return address;
}

/* Sends one datagram without waiting; 0, or errno. */
static int send_bytes(const void *bytes, size_t size)
{
    const struct sockaddr_un address = address_of(NAME);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int error = 0;

    if (sendto(fd, bytes, size, 0, (const struct sockaddr *)&address, sizeof(address)) < 0)
        error = errno;
    close(fd);
    return error;
}

/* The same by another user. A child, as there is no way back. */
static int send_as(uid_t uid, gid_t gid, gid_t supplementary)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (setgroups(supplementary != 0, &supplementary) != 0 || setgid(gid) != 0 ||
            setuid(uid) != 0)
            _exit(255);
        _exit(send_bytes("other", 5));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void take(void *context, const char *bytes, size_t size)
{
    struct taken *taken = context;

    taken->count++;
    taken->size = size;
    memcpy(taken->bytes, bytes, size);
}

static struct rspamd_socket_stats read_all(struct rspamd_socket *receiver, struct taken *taken)
{
    struct rspamd_socket_stats stats;

    *taken = (struct taken){0};
    assert_false(rspamd_socket_read(receiver, 1000, take, taken));
    rspamd_socket_statistics(receiver, &stats);
    return stats;
}

static int bind_other(int type)
{
    const struct sockaddr_un address = address_of(NAME);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static size_t open_count(void)
{
    return scratch_count("/proc/self/fd");
}

static void what_is_sent_is_handed_out(void **state)
{
    struct rspamd_socket *receiver = open_socket();
    struct taken taken;

    (void)state;
    assert_int_equal(send_bytes("one", 3), 0);
    assert_int_equal(send_bytes("two!", 4), 0);
    assert_int_equal(read_all(receiver, &taken).received, 2);
    assert_int_equal(taken.count, 2);
    assert_int_equal(taken.size, 4);
    assert_memory_equal(taken.bytes, "two!", 4);
    assert_int_equal(send_bytes("", 0), 0);
    (void)read_all(receiver, &taken);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.size, 0);
    rspamd_socket_close(&receiver);
    assert_null(receiver);
    rspamd_socket_close(&receiver);
    assert_int_equal(scratch_count(directory), 0);
    assert_int_equal(send_bytes("late", 4), ENOENT);
}

static void it_is_open_to_rspamds_group_alone(void **state)
{
    const mode_t before = umask(0);
    struct rspamd_socket *receiver = open_socket();
    struct stat made;

    (void)state;
    assert_int_equal(umask(before), 0); /* as it was */
    assert_int_equal(lstat(scratch_path(directory, NAME), &made), 0);
    assert_int_equal(made.st_mode, S_IFSOCK | 0620);
    assert_int_equal(made.st_gid, group);
    rspamd_socket_close(&receiver);
}

static void one_that_lost_its_name_is_made_anew(void **state)
{
    struct rspamd_socket *receiver = open_socket();
    char error[512] = "";
    struct taken taken;
    size_t open;
    int other;

    (void)state;
    assert_int_equal(send_bytes("one", 3), 0);
    assert_int_equal(read_all(receiver, &taken).received, 1);
    assert_true(rspamd_socket_is_named(receiver));
    open = open_count();
    assert_int_equal(unlink(scratch_path(directory, NAME)), 0);
    assert_false(rspamd_socket_is_named(receiver));
    other = bind_other(SOCK_DGRAM);
    assert_false(rspamd_socket_is_named(receiver));
    assert_int_equal(rspamd_socket_renew(receiver, user_name, error, sizeof(error)), -1);
    assert_non_null(strstr(error, "in use"));
    close(other);
    assert_int_equal(rspamd_socket_renew(receiver, user_name, error, sizeof(error)), 0);
    assert_true(rspamd_socket_is_named(receiver));
    assert_int_equal(open_count(), open);
    assert_int_equal(send_bytes("two!", 4), 0);
    assert_int_equal(read_all(receiver, &taken).received, 2); /* counting goes on */
    assert_int_equal(taken.size, 4);
    rspamd_socket_close(&receiver);
    assert_int_equal(scratch_count(directory), 0);
}

static void strangers_cannot_write(void **state)
{
    struct rspamd_socket *receiver;

    (void)state;
    if (geteuid() != 0)
        skip();
    receiver = open_socket();
    assert_int_equal(send_as(STRANGER, STRANGER, 0), EACCES);
    assert_int_equal(send_as(STRANGER, group, 0), 0);
    assert_int_equal(send_as(user, STRANGER, group), 0);
    rspamd_socket_close(&receiver);
}

/* The second wall: somebody has opened the first. */
static void the_kernel_is_asked_who_sent_it(void **state)
{
    struct rspamd_socket *receiver;
    struct rspamd_socket_stats stats;
    struct taken taken;

    (void)state;
    if (geteuid() != 0)
        skip();
    receiver = open_socket();
    assert_int_equal(chmod(scratch_path(directory, NAME), 0666), 0);
    assert_int_equal(send_as(STRANGER, STRANGER, 0), 0);
    stats = read_all(receiver, &taken);
    assert_int_equal(taken.count, 0);
    assert_int_equal(stats.refused, 1);
    assert_int_equal(stats.refused_uid, STRANGER);
    assert_true(stats.refused_pid > 1);
    assert_int_equal(send_as(STRANGER, group, 0), 0); /* a member of the group, but not rspamd */
    stats = read_all(receiver, &taken);
    assert_int_equal(taken.count, 0);
    assert_int_equal(stats.refused, 2);
    assert_int_equal(send_as(user, group, 0), 0);
    stats = read_all(receiver, &taken);
    assert_int_equal(taken.count, 1);
    assert_int_equal(stats.refused, 2);
    assert_int_equal(stats.received, 3);
    rspamd_socket_close(&receiver);
}

static void file_descriptors_are_refused(void **state)
{
    struct rspamd_socket *receiver = open_socket();
    struct sockaddr_un address = address_of(NAME);
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {.room = ""};
    struct iovec vector = {"x", 1};
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = sizeof(address),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    struct rspamd_socket_stats stats;
    struct taken taken;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    size_t before;

    (void)state;
    *first = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(first), &fd, sizeof(fd));
    before = open_count();
    assert_int_equal(sendmsg(fd, &message, 0), 1);
    stats = read_all(receiver, &taken);
    assert_int_equal(open_count(), before);
    assert_int_equal(taken.count, 0);
    assert_int_equal(stats.refused, 1);
    close(fd);
    rspamd_socket_close(&receiver);
}

static void what_is_too_long_is_counted(void **state)
{
    static const char bytes[DATAGRAM_BYTES_MAX + 1];
    struct rspamd_socket *receiver = open_socket();
    struct rspamd_socket_stats stats;
    struct taken taken;

    (void)state;
    assert_int_equal(send_bytes(bytes, DATAGRAM_BYTES_MAX), 0);
    assert_int_equal(send_bytes(bytes, DATAGRAM_BYTES_MAX + 1), 0);
    stats = read_all(receiver, &taken);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.size, DATAGRAM_BYTES_MAX);
    assert_int_equal(stats.oversized, 1);
    assert_int_equal(stats.received, 2);
    rspamd_socket_close(&receiver);
}

static void a_flood_is_taken_in_pieces(void **state)
{
    struct rspamd_socket *receiver = open_socket();
    struct taken taken = {0};
    size_t sent = 0;

    (void)state;
    while (send_bytes("flood", 5) == 0)
        sent++;
    assert_int_equal(send_bytes("flood", 5), EAGAIN); /* nobody is held up */
    assert_true(sent > 4);
    assert_true(rspamd_socket_read(receiver, 4, take, &taken));
    assert_int_equal(taken.count, 4);
    assert_int_equal(send_bytes("more", 4), 0);
    assert_int_equal(read_all(receiver, &taken).received, sent + 1);
    rspamd_socket_close(&receiver);
}

static void a_socket_left_behind_is_replaced(void **state)
{
    struct rspamd_socket *receiver;

    (void)state;
    close(bind_other(SOCK_DGRAM));
    receiver = open_socket();
    assert_int_equal(send_bytes("x", 1), 0);
    rspamd_socket_close(&receiver);
    assert_int_equal(scratch_count(directory), 0);
}

static void what_is_in_the_way_is_left_alone(void **state)
{
    int fd;

    (void)state;
    fd = bind_other(SOCK_DGRAM);
    assert_refused(scratch_path(directory, NAME), user_name, "in use");
    assert_int_equal(send_bytes("x", 1), 0); /* it is still there */
    close(fd);
    assert_int_equal(unlink(scratch_path(directory, NAME)), 0);
    fd = bind_other(SOCK_STREAM);
    assert_int_equal(listen(fd, 1), 0);
    assert_refused(scratch_path(directory, NAME), user_name, "in use");
    close(fd);
    assert_int_equal(unlink(scratch_path(directory, NAME)), 0);
    scratch_write(directory, NAME, "text", 4);
    assert_refused(scratch_path(directory, NAME), user_name, "exists and is not a socket");
    assert_true(scratch_exists(directory, NAME));
}

static void a_symlink_is_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink("elsewhere", scratch_path(directory, NAME)), 0);
    assert_refused(scratch_path(directory, NAME), user_name, "exists and is not a socket");
    assert_false(scratch_exists(directory, "elsewhere"));
    assert_true(scratch_exists(directory, NAME));
}

static void a_directory_open_to_others_is_refused(void **state)
{
    struct rspamd_socket *receiver;

    (void)state;
    assert_int_equal(chmod(directory, 0775), 0);
    assert_refused(scratch_path(directory, NAME), user_name, "its directory is open to others");
    assert_int_equal(chmod(directory, 01777), 0);
    receiver = open_socket(); /* as in /tmp: nobody else can take it away */
    rspamd_socket_close(&receiver);
    assert_int_equal(chmod(directory, 0755), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(directory, STRANGER, STRANGER), 0);
        assert_refused(scratch_path(directory, NAME), user_name, "its directory is open");
    }
}

static void what_is_missing_is_named(void **state)
{
    char longest[200];
    size_t before = open_count();

    (void)state;
    assert_refused(scratch_path(directory, NAME), "no-such-user", "there is no user no-such-user");
    assert_refused(scratch_path(directory, "no/" NAME), user_name, "No such file or directory");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_refused(longest, user_name, "a socket's path has 1 to 107 bytes");
    if (geteuid() == 0)
        assert_refused("/proc/" NAME, user_name, "cannot make it"); /* not there, and root's */
    assert_int_equal(open_count(), before);
}

static void a_name_of_somebody_else_stays(void **state)
{
    struct rspamd_socket *receiver = open_socket();

    (void)state;
    assert_int_equal(unlink(scratch_path(directory, NAME)), 0);
    scratch_write(directory, NAME, "text", 4);
    rspamd_socket_close(&receiver);
    assert_true(scratch_exists(directory, NAME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_is_handed_out, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_open_to_rspamds_group_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_lost_its_name_is_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_cannot_write, setup, teardown),
        cmocka_unit_test_setup_teardown(the_kernel_is_asked_who_sent_it, setup, teardown),
        cmocka_unit_test_setup_teardown(file_descriptors_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_is_taken_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socket_left_behind_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_the_way_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_symlink_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_open_to_others_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_of_somebody_else_stays, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
