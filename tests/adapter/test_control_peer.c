/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of roles: who connects as somebody else gets what the kernel says, not what he says.
 *
 * Needs root, to be somebody else; without it only the agent's own user is tested.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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

#include "control_fixture.h"
#include "control_peer.h"

#define STRANGER 65534 /* a user and a group that own nothing */
#define MANY_GROUPS 200

#define REQUIRE_ROOT()      \
    do {                    \
        if (geteuid() != 0) \
            skip();         \
    } while (0)

/* Two groups that every system has. */
static const char *admin_name;
static const char *read_name;
static gid_t admin_gid;
static gid_t read_gid;

static void find_groups(void)
{
    const struct group *group;

    setgrent();
    while ((group = getgrent()) != NULL && admin_name == NULL) {
        if (group->gr_gid == 0 || group->gr_gid == STRANGER)
            continue;
        if (read_name == NULL) {
            read_name = strdup(group->gr_name);
            read_gid = group->gr_gid;
        } else if (group->gr_gid != read_gid) {
            admin_name = strdup(group->gr_name);
            admin_gid = group->gr_gid;
        }
    }
    endgrent();
    assert_non_null(admin_name);
}

/* --- A client that is another user, in a process of its own
 * --------------------------------------- */

struct stranger {
    pid_t pid;
    int alive; /* closed by us: it ends */
};

static void be_stranger(const char *directory, gid_t gid, const gid_t *groups, size_t count,
                        int until)
{
    const struct sockaddr_un address = {AF_UNIX, "control.sock"};
    char byte;
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (client < 0 || chdir(directory) != 0 || setgroups(count, groups) != 0 || setgid(gid) != 0 ||
        setuid(STRANGER) != 0 ||
        connect(client, (const struct sockaddr *)&address, sizeof(address)) != 0)
        _exit(1);
    /* "I am root" counts for nothing; the second line is for a second look at the same client */
    if (write(client, "{\"uid\":0}\n{\"uid\":0}\n", 20) != 20)
        _exit(1);
    (void)!read(until, &byte, 1);
    _exit(0);
}

static struct stranger start_stranger(const struct control_fixture *fixture, gid_t gid,
                                      const gid_t *groups, size_t count)
{
    struct stranger stranger;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    stranger.pid = fork();
    assert_true(stranger.pid >= 0);
    if (stranger.pid == 0) {
        (void)close(ends[1]);
        be_stranger(fixture->directory, gid, groups, count, ends[0]);
    }
    assert_int_equal(close(ends[0]), 0);
    stranger.alive = ends[1];
    return stranger;
}

/* Waits until so many requests are there; ctest's time-out is the deadline. */
static void await_requests(struct control_fixture *fixture, const struct stranger *stranger,
                           size_t count)
{
    while (fixture->count < count) {
        struct pollfd fds[CONTROL_CLIENTS_MAX + 1];
        const size_t fd_count = control_poll(fixture->control, fds, CONTROL_CLIENTS_MAX + 1);

        assert_true(poll(fds, fd_count, 100) >= 0);
        assert_int_equal(waitpid(stranger->pid, NULL, WNOHANG), 0);
        control_settle(fixture);
    }
}

static void end_stranger(struct control_fixture *fixture, struct stranger *stranger)
{
    int status;

    assert_int_equal(close(stranger->alive), 0);
    assert_int_equal(waitpid(stranger->pid, &status, 0), stranger->pid);
    assert_int_equal(status, 0);
    control_settle(fixture);
}

static enum control_role role_of(struct control_fixture *fixture, gid_t gid, const gid_t *groups,
                                 size_t count)
{
    struct stranger stranger = start_stranger(fixture, gid, groups, count);
    const size_t before = fixture->count;
    const struct control_request *request = &fixture->requests[before].request;

    await_requests(fixture, &stranger, before + 1);
    assert_int_equal(request->uid, STRANGER);
    assert_int_equal(request->pid, stranger.pid);
    end_stranger(fixture, &stranger);
    return request->role;
}

static int setup(void **state)
{
    const int result = control_setup(state);
    struct control_fixture *fixture = *state;

    control_groups(fixture->control, admin_name, read_name);
    /* a stranger may look the name up */
    return result != 0 ? result : chmod(fixture->directory, 0755);
}

/* --- Tests --------------------------------------------------------------------------------------
 */

static void a_stranger_is_nobody(void **state)
{
    REQUIRE_ROOT();
    assert_int_equal(role_of(*state, STRANGER, NULL, 0), CONTROL_NOBODY);
}

static void the_primary_group_gives_a_role(void **state)
{
    REQUIRE_ROOT();
    assert_int_equal(role_of(*state, read_gid, NULL, 0), CONTROL_READ);
    assert_int_equal(role_of(*state, admin_gid, NULL, 0), CONTROL_ADMIN);
}

static void a_supplementary_group_gives_a_role(void **state)
{
    const gid_t both[] = {read_gid, admin_gid};

    REQUIRE_ROOT();
    assert_int_equal(role_of(*state, STRANGER, &read_gid, 1), CONTROL_READ);
    assert_int_equal(role_of(*state, STRANGER, &admin_gid, 1), CONTROL_ADMIN);
    assert_int_equal(role_of(*state, STRANGER, both, 2), CONTROL_ADMIN);
}

static void one_group_of_many_gives_a_role(void **state)
{
    gid_t groups[MANY_GROUPS];

    REQUIRE_ROOT();
    for (size_t i = 0; i < MANY_GROUPS; i++)
        groups[i] = (gid_t)(100000 + i);
    assert_int_equal(role_of(*state, STRANGER, groups, MANY_GROUPS), CONTROL_NOBODY);
    groups[MANY_GROUPS - 1] = admin_gid;
    assert_int_equal(role_of(*state, STRANGER, groups, MANY_GROUPS), CONTROL_ADMIN);
}

static void a_reload_changes_roles_of_those_connected(void **state)
{
    struct control_fixture *fixture = *state;
    struct stranger stranger;

    REQUIRE_ROOT();
    fixture->hold = true;
    stranger = start_stranger(fixture, STRANGER, &read_gid, 1);
    await_requests(fixture, &stranger, 1);
    assert_int_equal(fixture->requests[0].request.role, CONTROL_READ);
    control_groups(fixture->control, read_name, "");
    control_end(fixture->control, fixture->requests[0].request.client);
    await_requests(fixture, &stranger, 2);
    assert_int_equal(fixture->requests[1].request.role, CONTROL_ADMIN);
    end_stranger(fixture, &stranger);
}

static void groups_that_do_not_exist_give_nothing(void **state)
{
    struct control_fixture *fixture = *state;

    REQUIRE_ROOT();
    control_groups(fixture->control, "no-such-group", "");
    assert_int_equal(role_of(fixture, STRANGER, &admin_gid, 1), CONTROL_NOBODY);
    assert_int_equal(control_peer_group("no-such-group"), CONTROL_PEER_NO_GROUP);
    assert_int_equal(control_peer_group(read_name), read_gid);
}

static void the_own_user_is_admin(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    client_say(fixture, client, "one\n");
    assert_int_equal(fixture->requests[0].request.role, CONTROL_ADMIN);
    assert_int_equal(fixture->requests[0].request.uid, geteuid());
    client_leave(&client);
}

/* Strangers who take all places do not keep the operator out. */
static void a_stranger_gives_way_to_an_operator(void **state)
{
    struct control_fixture *fixture = *state;
    struct stranger stranger;
    int clients[CONTROL_CLIENTS_MAX];
    struct control_stats stats;

    REQUIRE_ROOT();
    stranger = start_stranger(fixture, STRANGER, NULL, 0);
    await_requests(fixture, &stranger, 2);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        clients[i] = client_connect(fixture);
        control_settle(fixture);
    }
    assert_false(control_is_connected(fixture->control, fixture->requests[0].request.client));
    client_say(fixture, clients[CONTROL_CLIENTS_MAX - 1], "one\n");
    assert_told(clients[CONTROL_CLIENTS_MAX - 1], FIXTURE_ANSWER);
    control_statistics(fixture->control, &stats);
    assert_int_equal(stats.overload, 1);
    end_stranger(fixture, &stranger);

    stranger = start_stranger(fixture, STRANGER, NULL, 0); /* but not the other way round */
    end_stranger(fixture, &stranger);
    control_statistics(fixture->control, &stats);
    assert_int_equal(stats.overload, 2);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        assert_told(clients[i], "");
        client_leave(&clients[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, control_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stranger_is_nobody),
        TEST(the_primary_group_gives_a_role),
        TEST(a_supplementary_group_gives_a_role),
        TEST(one_group_of_many_gives_a_role),
        TEST(a_reload_changes_roles_of_those_connected),
        TEST(groups_that_do_not_exist_give_nothing),
        TEST(the_own_user_is_admin),
        TEST(a_stranger_gives_way_to_an_operator),
    };

    find_groups();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
