/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log as rspamd 3.4 writes it, of any size, for measurements:
 *
 * loggen BYTES START_EPOCH SPAN_SECONDS ABUSERS [SEED] >FILE
 *
 * Several workers have a message each in hand, so the lines of messages are mixed. One message in
 * fifty is over a limit: evidence and soft reject. Its senders take turns, so that none of them
 * comes near ten in ten minutes; beside them each of ABUSERS sends BURST such messages in a row,
 * one abuser after the other, spread over the whole log. The same arguments give the same bytes; a
 * last line on stderr tells what is in them. Times are UTC and rise evenly over the span.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WORKERS = 4,
    WAITING_SENDERS = 2000, /* who are over a limit now and then */
    LIMITED_ONE_IN = 50,
    BURST = 12,
    BURST_ONE_IN = 6, /* messages, while one lasts */
    TEXT_SIZE = 128,
    LINE_SIZE = 2048,
};

struct message {
    int step; /* which of its lines comes next; 0: there is none */
    unsigned tag;
    bool is_limited;
    bool has_account;
    char address[TEXT_SIZE];
    char account[TEXT_SIZE];
    char recipient[TEXT_SIZE];
    char id[TEXT_SIZE];
    char qid[16];
    unsigned size;
    uint64_t digest;
};

struct generator {
    uint64_t random;
    uint64_t bytes_max;
    uint64_t bytes;
    uint64_t lines;
    uint64_t messages;
    uint64_t hits;
    uint64_t waiting;       /* which of the senders is next */
    unsigned abusers;       /* of which so many ... */
    unsigned abusers_begun; /* ... have begun */
    unsigned burst_left;    /* messages of the last one */
    int64_t start_s;
    int64_t span_s;
    int64_t shown_s; /* the time that time_text holds */
    char time_text[32];
    struct message workers[WORKERS];
};

static const char *const domains[] = {"example.org", "example.net", "example.com",
                                      "mail.example.org", "shop.example.net"};
static const char *const symbols[] = {
    "R_SPF_ALLOW(-0.20){+ip4:198.51.100.0/24:c;}",
    "R_DKIM_ALLOW(-0.20){example.org:s=default;}",
    "MIME_GOOD(-0.10){multipart/alternative;text/plain;}",
    "ARC_NA(0.00){}",
    "ASN(0.00){asn:64500, ipnet:198.51.100.0/24, country:SI;}",
    "BAYES_HAM(-2.95){99.81%;}",
    "DMARC_POLICY_ALLOW(-0.50){example.org;none;}",
    "FROM_EQ_ENVFROM(0.00){}",
    "FROM_HAS_DN(0.00){}",
    "HAS_X_PRIO_THREE(0.00){3;}",
    "MID_RHS_MATCH_FROM(0.00){}",
    "MIME_TRACE(0.00){0:+;1:+;2:~;}",
    "RCPT_COUNT_ONE(0.00){1;}",
    "RCVD_COUNT_ZERO(0.00){0;}",
    "RCVD_VIA_SMTP_AUTH(0.00){}",
    "TO_DN_NONE(0.00){}",
    "TO_MATCH_ENVRCPT_ALL(0.00){}",
};
enum {
    DOMAINS = sizeof(domains) / sizeof(domains[0]),
    SYMBOLS = sizeof(symbols) / sizeof(symbols[0]),
};

/* xorshift64* */
static uint64_t draw(struct generator *generator)
{
    uint64_t x = generator->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    generator->random = x;
    return x * 0x2545f4914f6cdd1d;
}

static unsigned draw_below(struct generator *generator, unsigned bound)
{
    return (unsigned)((draw(generator) >> 33) % bound);
}

/* The hour of the log: as far into the span as bytes are into the file. */
static const char *time_text(struct generator *generator)
{
    double done = (double)generator->bytes / (double)generator->bytes_max;
    time_t now = (time_t)(generator->start_s + (int64_t)(done * (double)generator->span_s));
    struct tm fields;

    if (now != generator->shown_s && gmtime_r(&now, &fields) != NULL) {
        generator->shown_s = now;
        strftime(generator->time_text, sizeof(generator->time_text), "%Y-%m-%d %H:%M:%S", &fields);
    }
    return generator->time_text;
}

static void begin_waiting(struct generator *generator, struct message *message)
{
    unsigned sender = (unsigned)(generator->waiting++ % WAITING_SENDERS);

    if (sender % 10 == 9)
        snprintf(message->address, TEXT_SIZE, "2001:db8:%x::%x", sender, sender % 7 + 1);
    else
        snprintf(message->address, TEXT_SIZE, "10.%u.%u.%u", sender / 62500, sender / 250 % 250,
                 sender % 250 + 1);
    snprintf(message->account, TEXT_SIZE, "user%u@%s", sender, domains[sender % DOMAINS]);
    message->is_limited = message->has_account = true;
}

static void begin_abuse(struct generator *generator, struct message *message)
{
    unsigned abuser = generator->abusers_begun - 1;

    snprintf(message->address, TEXT_SIZE, "172.16.%u.%u", abuser / 250, abuser % 250 + 1);
    snprintf(message->account, TEXT_SIZE, "abuser%u@%s", abuser, domains[abuser % DOMAINS]);
    message->is_limited = message->has_account = true;
    generator->burst_left--;
}

static void begin_plain(struct generator *generator, struct message *message)
{
    if (draw_below(generator, 20) == 0)
        snprintf(message->address, TEXT_SIZE, "2001:db8:%x:%x::%x", draw_below(generator, 65536),
                 draw_below(generator, 65536), draw_below(generator, 65535) + 1);
    else
        snprintf(message->address, TEXT_SIZE, "198.%u.%u.%u", draw_below(generator, 256),
                 draw_below(generator, 256), draw_below(generator, 254) + 1);
    snprintf(message->account, TEXT_SIZE, "sender%u@%s", draw_below(generator, 50000),
             domains[draw_below(generator, DOMAINS)]);
    message->is_limited = false;
    message->has_account = draw_below(generator, 3) == 0;
}

/* The next abuser begins when its part of the log does, and stops before that is over. */
static bool is_abuse(struct generator *generator)
{
    uint64_t part = generator->bytes_max / (generator->abusers + 1);

    if (generator->burst_left == 0 && generator->abusers_begun < generator->abusers &&
        generator->bytes >= part * generator->abusers_begun) {
        generator->abusers_begun++;
        generator->burst_left = BURST;
    }
    return generator->burst_left > 0 && draw_below(generator, BURST_ONE_IN) == 0;
}

static void begin_message(struct generator *generator, struct message *message)
{
    generator->messages++;
    if (is_abuse(generator))
        begin_abuse(generator, message);
    else if (draw_below(generator, LIMITED_ONE_IN) == 0)
        begin_waiting(generator, message);
    else
        begin_plain(generator, message);
    message->step = 1;
    message->tag = (unsigned)draw(generator) & 0xffffff;
    message->size = 800 + draw_below(generator, 200000);
    message->digest = draw(generator);
    snprintf(message->id, TEXT_SIZE, "%016" PRIx64 ".%u@%s", draw(generator),
             draw_below(generator, 100000), domains[draw_below(generator, DOMAINS)]);
    snprintf(message->qid, sizeof(message->qid), "4X%07X", (unsigned)draw(generator) & 0xfffffff);
    snprintf(message->recipient, TEXT_SIZE, "rcpt%u@%s", draw_below(generator, 10000),
             domains[draw_below(generator, DOMAINS)]);
}

/* Every text is far shorter than LINE_SIZE, as all its parts are bounded. */
static int append(char *at, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int append(char *at, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(at, LINE_SIZE / 2, format, arguments);
    va_end(arguments);
    return length;
}

static int write_verdict(struct generator *generator, const struct message *message, char *at)
{
    int length;

    if (message->is_limited)
        return append(at,
                      "(default: F (soft reject): [0.00/15.00] []), len: %u, time: 1.%03ums, "
                      "dns req: 0",
                      message->size, draw_below(generator, 1000));
    length = append(at, "(default: F (no action): [-%u.%02u/15.00] [", draw_below(generator, 5),
                    draw_below(generator, 100));
    for (unsigned i = 0, count = 6 + draw_below(generator, 8); i < count; i++)
        length +=
            append(at + length, "%s%s", i > 0 ? "," : "", symbols[draw_below(generator, SYMBOLS)]);
    return length + append(at + length, "]), len: %u, time: %u.%03ums, dns req: %u", message->size,
                           20 + draw_below(generator, 900), draw_below(generator, 1000),
                           draw_below(generator, 40));
}

static int write_message_line(struct generator *generator, const struct message *message, char *at)
{
    int length = append(at, "proxy; rspamd_task_write_log: id: <%s>, qid: <%s>, ip: %s, ",
                        message->id, message->qid, message->address);

    if (message->has_account)
        length += append(at + length, "user: %s, ", message->account);
    length += append(at + length, "from: <%s>, ", message->account);
    length += write_verdict(generator, message, at + length);
    length += append(at + length,
                     ", digest: <%016" PRIx64 "%016" PRIx64 ">, rcpts: <%s>, mime_rcpts: <%s>",
                     message->digest, ~message->digest, message->recipient, message->recipient);
    if (!message->is_limited)
        return length;
    generator->hits++;
    return length + append(at + length, ", forced: soft reject \"Ratelimit \"user\" exceeded\"; "
                                        "score=nan (set by ratelimit)");
}

/* What is written of a message, line by line; 0: that was all of it. Those of a limit come in
 * place of those of the classifiers. */
static int write_step(struct generator *generator, const struct message *message, char *at)
{
    switch (message->step) {
    case 1:
        return append(at,
                      "proxy; proxy_accept_socket: accepted milter connection from 127.0.0.1 "
                      "port %u",
                      1024 + draw_below(generator, 60000));
    case 2:
        return append(at, "milter; rspamd_milter_process_command: got connection from %s:%u",
                      message->address, 1024 + draw_below(generator, 60000));
    case 3:
        return append(at,
                      "proxy; rspamd_message_parse: loaded message; id: <%s>; queue-id: <%s>; "
                      "size: %u; checksum: <%016" PRIx64 "%016" PRIx64 ">",
                      message->id, message->qid, message->size, message->digest, ~message->digest);
    case 4:
        if (message->is_limited)
            return append(at,
                          "lua; ratelimit.lua:617: ratelimit \"user(10000:%s)\" exceeded, (10 / "
                          "0.016666666666666666): 9.9928 (1:1 dyn); redis key: RL%016" PRIx64,
                          message->account, message->digest);
        return append(at, "proxy; rspamd_redis_connected: skip obtaining bayes tokens for "
                          "BAYES_SPAM of classifier bayes: not enough learns 0; 200 required");
    case 5:
        if (message->is_limited)
            return append(at,
                          "proxy; rspamd_add_passthrough_result: <%s>: set pre-result to 'soft "
                          "reject' (no score): 'Ratelimit \"user\" exceeded' from ratelimit(1)",
                          message->id);
        return append(at, "proxy; rspamd_stat_classifiers_process: skip statistics as SPAM class "
                          "is missing");
    case 6:
        return write_message_line(generator, message, at);
    case 7:
        return append(at,
                      "proxy; rspamd_protocol_http_reply: regexp statistics: 0 pcre regexps "
                      "scanned, %u regexps matched, 172 regexps total, %u regexps cached, 0B "
                      "scanned using pcre, %uB scanned total",
                      draw_below(generator, 9), draw_below(generator, 90), message->size);
    case 8:
        return append(at, "proxy; proxy_milter_finish_handler: finished milter connection");
    default:
        return 0;
    }
}

static void write_line(struct generator *generator, unsigned worker)
{
    struct message *message = &generator->workers[worker];
    char line[2 * LINE_SIZE];
    int length;

    if (message->step == 0)
        begin_message(generator, message);
    length = append(line, "%s #%u(rspamd_proxy) <%06x>; ", time_text(generator), 7001 + worker,
                    message->tag);
    int text = write_step(generator, message, line + length);
    message->step = text > 0 ? message->step + 1 : 0;
    if (text == 0)
        return;
    length += text;
    line[length++] = '\n';
    fwrite(line, 1, (size_t)length, stdout);
    generator->bytes += (uint64_t)length;
    generator->lines++;
}

int main(int argc, char **argv)
{
    static struct generator generator;
    static char buffer[1048576];

    if (argc < 5) {
        fprintf(stderr, "usage: loggen BYTES START_EPOCH SPAN_SECONDS ABUSERS [SEED]\n");
        return 2;
    }
    generator.bytes_max = strtoull(argv[1], NULL, 10);
    generator.start_s = strtoll(argv[2], NULL, 10);
    generator.span_s = strtoll(argv[3], NULL, 10);
    generator.abusers = (unsigned)strtoul(argv[4], NULL, 10);
    generator.random = (argc > 5 ? strtoull(argv[5], NULL, 10) : 1) * 0x9e3779b97f4a7c15 | 1;
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    while (generator.bytes < generator.bytes_max)
        write_line(&generator, draw_below(&generator, WORKERS));
    for (unsigned worker = 0; worker < WORKERS; worker++)
        while (generator.workers[worker].step != 0)
            write_line(&generator, worker);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("loggen");
        return 1;
    }
    fprintf(stderr, "lines=%" PRIu64 " bytes=%" PRIu64 " messages=%" PRIu64 " hits=%" PRIu64 "\n",
            generator.lines, generator.bytes, generator.messages, generator.hits);
    return 0;
}
