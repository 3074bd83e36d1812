// SPDX-License-Identifier: GPL-2.0-only
/* pool.c - one number for each distinct text (pool.h). */
#include <stdio.h>
#include <stdlib.h>

#include "pool.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t word(const char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

/* hash() - 64 bits over s, 16 bytes a step. */
static uint64_t hash(struct str s)
{
	const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xd1b54a32d192ed03u;
	uint64_t h = s.n * k1;
	const char *p = s.p;
	size_t n = s.n;

	for (; n >= 16; p += 16, n -= 16)
		h = mix(word(p, 8) ^ h, word(p + 8, 8) ^ k0);
	if (n >= 8) {
		h = mix(word(p, 8) ^ h, k0);
		p += 8;
		n -= 8;
	}
	return mix(word(p, n) ^ h ^ k1, k0 + n);
}

void pool_init(struct pool *p)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->grow, NULL);
	for (i = 0; i < POOL_SHARDS; i++)
		pthread_mutex_init(&p->shard[i].lock, NULL);
}

void pool_free(struct pool *p)
{
	size_t i;

	for (i = 0; i < POOL_SHARDS; i++) {
		arena_free(&p->shard[i].arena);
		free(p->shard[i].slot);
		pthread_mutex_destroy(&p->shard[i].lock);
	}
	for (i = 0; i < POOL_CHUNKS; i++)
		free(p->chunk[i]);
	pthread_mutex_destroy(&p->grow);
	memset(p, 0, sizeof(*p));
}

/* find_slot() - where the text is in the shard, or the free place for it. */
static struct pool_slot *find_slot(const struct pool *p, const struct pool_shard *sh,
				   struct str s, uint32_t tag)
{
	uint32_t i = tag & (sh->nslot - 1);

	for (;; i = (i + 1) & (sh->nslot - 1)) {
		struct pool_slot *slot = &sh->slot[i];
		const struct pool_entry *e;

		if (!slot->id1)
			return slot;
		if (slot->tag != tag)
			continue;
		e = pool_entry(p, slot->id1 - 1);
		if (e->len == s.n && !memcmp(e->s, s.p, s.n))
			return slot;
	}
}

static void grow_shard(struct pool_shard *sh)
{
	struct pool_slot *old = sh->slot;
	uint32_t i, at, n = sh->nslot;

	sh->nslot = n ? n * 2 : 64;
	sh->slot = xcalloc(sh->nslot, sizeof(*sh->slot));
	for (i = 0; i < n; i++) {
		if (!old[i].id1)
			continue;
		at = old[i].tag & (sh->nslot - 1);
		while (sh->slot[at].id1)
			at = (at + 1) & (sh->nslot - 1);
		sh->slot[at] = old[i];
	}
	free(old);
}

/* new_id() - the next number, and its entry, which other threads don't see. */
static uint32_t new_id(struct pool *p, struct pool_entry **e)
{
	uint32_t id;

	pthread_mutex_lock(&p->grow);
	id = p->n++;
	if (id >> POOL_CHUNK >= POOL_CHUNKS) {
		fputs("kabi: error: more than 64 million different lines\n", stderr);
		exit(2);
	}
	if (!p->chunk[id >> POOL_CHUNK])
		p->chunk[id >> POOL_CHUNK] = xcalloc(1U << POOL_CHUNK, sizeof(**e));
	*e = &p->chunk[id >> POOL_CHUNK][id & ((1U << POOL_CHUNK) - 1)];
	pthread_mutex_unlock(&p->grow);
	return id;
}

uint32_t pool_add(struct pool *p, struct str s, bool (*check)(struct str s))
{
	uint64_t h = hash(s);
	struct pool_shard *sh = &p->shard[h >> 58];
	uint32_t tag = (uint32_t)h, id = NONE;
	struct pool_slot *slot;
	struct pool_entry *e;
	char *copy;

	pthread_mutex_lock(&sh->lock);
	if (sh->used * 2 >= sh->nslot)
		grow_shard(sh);
	slot = find_slot(p, sh, s, tag);
	if (slot->id1) {
		id = slot->id1 - 1;
	} else if (!check || check(s)) {
		copy = arena_get(&sh->arena, s.n + 2, 1);
		if (s.n)
			memcpy(copy, s.p, s.n);
		memcpy(copy + s.n, " ", 2);
		id = new_id(p, &e);
		e->s = copy;
		e->len = (uint32_t)s.n;
		slot->tag = tag;
		slot->id1 = id + 1;
		sh->used++;
	}
	pthread_mutex_unlock(&sh->lock);
	return id;
}

uint32_t pool_find(struct pool *p, struct str s)
{
	uint64_t h = hash(s);
	struct pool_shard *sh = &p->shard[h >> 58];
	uint32_t id1 = 0;

	pthread_mutex_lock(&sh->lock);
	if (sh->nslot)
		id1 = find_slot(p, sh, s, (uint32_t)h)->id1;
	pthread_mutex_unlock(&sh->lock);
	return id1 ? id1 - 1 : NONE;
}
