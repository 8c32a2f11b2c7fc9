/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans that are to be told in a digest, of all nodes of the cluster, by the id of their alert: each
 * node gathers them, one tells them, and the marks it makes then take them away everywhere.
 *
 * A ban is open until it is in a digest, and sent until that has been delivered: whoever fails to
 * deliver, or ends before others know of it, keeps nobody else from telling. It is a text on disk,
 * to which each ban adds a line. Does not: read a clock, touch the file system, know who tells.
 */
#ifndef BANSYNC_GATHERED_H
#define BANSYNC_GATHERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"
#include "alertkind.h"
#include "hash.h"
#include "mark.h"
#include "spool_file.h"

#define GATHERED_SLOTS 32768 /* a power of two, twice as many as bans */
#define GATHERED_LINE_SIZE (80 + ADDR_TEXT_SIZE)
/* Room for what gathered_print writes. */
#define GATHERED_TEXT_SIZE \
    (128 + ALERT_GATHERED_MAX * 80 + ALERT_DIGEST_NAMES_MAX * (ADDR_TEXT_SIZE + 1))

enum gathered_state { GATHERED_OPEN, GATHERED_SENT, GATHERED_GONE };

/* Zeroed: empty; gathered_open comes first. */
struct gathered {
    struct hash_key key; /* of the slots */
    struct gathered_ban {
        uint8_t id[MARK_ID_BYTES];
        int64_t since_ms; /* wall time when it came; the list is in this order */
        uint8_t kind, state;
    } list[ALERT_GATHERED_MAX];
    size_t count, open, sent;       /* places of the list; of them open, and sent */
    uint16_t slots[GATHERED_SLOTS]; /* by the hash of the id: 1 + place; 0: none */
    struct gathered_name {
        uint8_t id[MARK_ID_BYTES];
        char text[ADDR_TEXT_SIZE];
    } names[ALERT_DIGEST_NAMES_MAX]; /* of the first open ones */
    size_t name_count;
    size_t first;               /* no place before it is open */
    size_t printed;             /* places that the text has */
    size_t lines, bytes;        /* of the text, with those that have gone since */
    char digest[SPOOL_ID_SIZE]; /* in which the sent ones are; "": there are none */
};

/* key: random, of this process, as ids may be made to have what others have: marks of any id come
 * from members. It must be empty. */
void gathered_open(struct gathered *gathered, const struct hash_key *key);

/* One more, with the name of its sender. Known already: nothing changes. False: there is no room.
 */
bool gathered_add(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES], enum alertkind kind,
                  const char *name, int64_t since_ms);

/* Somebody has told it; false: it was not there. */
bool gathered_drop(struct gathered *gathered, const uint8_t id[MARK_ID_BYTES]);

/* When the oldest open one came; wall_ms if there is none, or the clock was set back since. */
int64_t gathered_since_ms(struct gathered *gathered, int64_t wall_ms);

/* How many of each kind are open is added to kinds. */
void gathered_count(const struct gathered *gathered, uint64_t kinds[ALERTKIND_CHOICES]);

/* All that are open are in that digest now. None may be in another one. */
void gathered_send(struct gathered *gathered, const char digest[SPOOL_ID_SIZE]);

/* Takes one that is sent out of the list; false: there is none. from: where to begin to look, for
 * the next call. */
bool gathered_take(struct gathered *gathered, size_t *from, uint8_t id[MARK_ID_BYTES]);

/* Those that are sent were not told: they are open again, or forgotten. */
void gathered_return(struct gathered *gathered);
void gathered_forget(struct gathered *gathered);

/* The digest is over with: none is sent any more. */
void gathered_close(struct gathered *gathered);

/* All as text; returns its length, 0: there are none. */
size_t gathered_print(struct gathered *gathered, char out[GATHERED_TEXT_SIZE]);

/* What the text does not have yet, a ban at a time, for its end; returns the length, 0: it has all.
 */
size_t gathered_print_more(struct gathered *gathered, char out[GATHERED_LINE_SIZE]);

/* True if most lines of the text are of bans that have gone, or it is as long as it may be: it is
 * to be printed anew, without what gathered_print_more returned last. */
bool gathered_is_overgrown(const struct gathered *gathered);

/* Takes what was printed once; what is not so, or came before oldest_ms, is passed over. */
void gathered_parse(struct gathered *gathered, const char *text, size_t size, int64_t oldest_ms);

#endif
