/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - one number for each distinct text. 96 of 100 lines of symtypes
 * files repeat: compared by number, they cost nothing.
 *
 * pool_add() may be called by several threads. What pool_str() gives for a
 * number that another thread made may be read once that thread was joined.
 * Numbers are dense from 0, in no particular order.
 */
#ifndef KABI_POOL_H
#define KABI_POOL_H

#include <pthread.h>

#include "util.h"

#define POOL_SHARDS 64
#ifndef POOL_CHUNK
#define POOL_CHUNK 14			/* log2 of the entries in a chunk */
#endif
#define POOL_CHUNKS 4096		/* 64 million texts are enough */

struct pool_entry {
	const char *s;			/* len bytes, then ' ' and NUL */
	uint32_t len;
};

struct pool_slot {
	uint32_t tag;			/* bits of the hash */
	uint32_t id1;			/* number + 1; 0: free */
};

struct pool_shard {
	pthread_mutex_t lock;
	struct pool_slot *slot;
	uint32_t nslot, used;
	struct arena arena;
};

struct pool {
	struct pool_shard shard[POOL_SHARDS];
	struct pool_entry *chunk[POOL_CHUNKS];
	pthread_mutex_t grow;
	uint32_t n;			/* texts; atomic */
};

void pool_init(struct pool *p);
void pool_free(struct pool *p);
/*
 * pool_add() - the number of s, a new one if it is new; then check, if not
 * NULL, is asked first, and NONE is returned if it says false.
 */
uint32_t pool_add(struct pool *p, struct str s, bool (*check)(struct str s));
/* pool_find() - the number of s, or NONE. */
uint32_t pool_find(struct pool *p, struct str s);

static inline const struct pool_entry *pool_entry(const struct pool *p, uint32_t id)
{
	return &p->chunk[id >> POOL_CHUNK][id & ((1U << POOL_CHUNK) - 1)];
}

static inline struct str pool_str(const struct pool *p, uint32_t id)
{
	const struct pool_entry *e = pool_entry(p, id);

	return (struct str){ e->s, e->len };
}

#endif
