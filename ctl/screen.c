/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole terminal, see screen.h.
 *
 * A signal that ends the program finds the terminal given back first and then does what it would
 * have done. So does a stop; what continues takes it again. Handlers use write, tcsetattr,
 * tcgetpgrp, sigaction, sigprocmask and raise alone, which they may. A new size and the end of a
 * stop wait until nobody draws.
 */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "when.h"

/* Another page, no cursor, and no line that goes on in the next one; and the reverse. */
#define TAKE "\033[?1049h\033[?25l\033[?7l"
#define GIVE "\033[0m\033[?7h\033[?25h\033[?1049l"
#define CLEAR "\033[H\033[2J"

enum { BUFFER_BYTES = 65536 };

/* Those that end a program. */
static const int endings[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
                              SIGABRT, SIGSEGV, SIGBUS, SIGFPE,  SIGILL};
enum { ENDING_COUNT = sizeof(endings) / sizeof(endings[0]) };

/* There is one terminal, and a handler has no other way to know. */
static struct sigaction before[ENDING_COUNT];
static struct termios found;
static bool has_keys;
static volatile sig_atomic_t is_taken;
static volatile sig_atomic_t has_changed;

static void take(void);
static void give(void);
static void put(const char *text);
static bool is_ours(void);
static void handle(int number, void (*handler)(int), struct sigaction *former);
static void on_ending(int number);
static void on_stop(int number);
static void on_continue(int number);
static void on_size(int number);
static sigset_t set_of(int first, int second);
static bool is_quit(void);

void screen_begin(void)
{
    static bool is_registered;
    static char buffer[BUFFER_BYTES];
    sigset_t held = set_of(SIGWINCH, SIGCONT);
    has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &found) == 0;
    if (!is_registered)
        atexit(screen_end);
    is_registered = true;
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)); /* a page goes out at one go */
    sigprocmask(SIG_BLOCK, &held, NULL);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        handle(endings[i], on_ending, &before[i]);
    handle(SIGTSTP, on_stop, NULL);
    handle(SIGCONT, on_continue, NULL);
    handle(SIGWINCH, on_size, NULL);
    take();
}

void screen_end(void)
{
    if (is_taken)
        give();
}

void screen_clear(void)
{
    fputs(CLEAR, stdout);
}

enum screen_event screen_wait(int64_t wait_ms)
{
    int64_t due_ms = when_monotonic_ms() + wait_ms;
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    sigdelset(&mask, SIGWINCH);
    sigdelset(&mask, SIGCONT);
    while (!has_changed) {
        struct pollfd keys = {.fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN};
        int64_t left_ms = due_ms - when_monotonic_ms();
        if (left_ms <= 0)
            return SCREEN_DUE;
        struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
        if (ppoll(&keys, 1, &left, &mask) > 0 && is_quit())
            return SCREEN_QUIT;
    }
    has_changed = 0;
    return SCREEN_CHANGED;
}

static void take(void)
{
    struct termios wanted = found;
    wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    wanted.c_cc[VMIN] = 1;
    wanted.c_cc[VTIME] = 0;
    is_taken = 1;
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &wanted);
    put(TAKE);
}

static void give(void)
{
    is_taken = 0;
    if (!is_ours())
        return;
    put(GIVE);
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

/* In the background the terminal is somebody else's already, and asking for it would stop us. */
static bool is_ours(void)
{
    pid_t group = tcgetpgrp(STDOUT_FILENO);
    return group < 0 || group == getpgrp();
}

static void put(const char *text)
{
    ssize_t written = write(STDOUT_FILENO, text, strlen(text));
    (void)written; /* a terminal that has gone needs nothing */
}

/* What is ignored stays so (nohup); faults cannot be. While a handler gives the terminal back no
 * other one takes it: a program that is ended while it is stopped is continued for that. */
static void handle(int number, void (*handler)(int), struct sigaction *former)
{
    struct sigaction action = {.sa_handler = handler}, present;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGTSTP);
    sigaddset(&action.sa_mask, SIGCONT);
    sigaddset(&action.sa_mask, SIGWINCH);
    sigaction(number, NULL, &present);
    if (former)
        *former = present;
    if (present.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

/* It is blocked until this returns, and then does what it did before. */
static void on_ending(int number)
{
    screen_end();
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        if (endings[i] == number)
            sigaction(number, &before[i], NULL);
    }
    raise(number);
}

static void on_stop(int number)
{
    int error = errno;
    struct sigaction stops = {.sa_handler = SIG_DFL}, ours;
    sigset_t set = set_of(number, number);
    give();
    sigaction(number, &stops, &ours);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops, and goes on */
    sigaction(number, &ours, NULL);
    take();
    has_changed = 1;
    errno = error;
}

/* Also after SIGSTOP, of which nobody is told. */
static void on_continue(int number)
{
    int error = errno;
    (void)number;
    if (is_taken)
        take();
    has_changed = 1;
    errno = error;
}

static void on_size(int number)
{
    (void)number;
    has_changed = 1;
}

static sigset_t set_of(int first, int second)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    return set;
}

/* Takes a key. */
static bool is_quit(void)
{
    char key;
    ssize_t got = read(STDIN_FILENO, &key, 1);
    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN) ||
           (got > 0 && (key == 'q' || key == 'Q'));
}
