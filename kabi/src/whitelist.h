/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whitelist.h - the symbols that are promised, and who needs each.
 *
 *	[consumer storage-oem since=1 contact=kernel@oem.example]
 *	blk_mq_alloc_tag_set
 *	dev_get_by_name		# finds the port by its name
 *
 * Sorted below each head; no patterns, which would hide that a symbol is gone.
 * A symbol may stand below several heads. module_layout is always promised:
 * no module loads without it.
 */
#ifndef KABI_WHITELIST_H
#define KABI_WHITELIST_H

#include "lines.h"
#include "pool.h"

struct consumer {
	char *name, *contact;
	uint32_t since;			/* major release */
};

struct listed {
	uint32_t name, consumer;
	uint32_t line;			/* 0: implied */
	uint32_t next;			/* the same symbol again; or NONE */
};

struct whitelist {
	const char *file;
	struct consumer *consumer;
	size_t nconsumer, consumer_cap;
	struct listed *v;
	size_t n, cap;
	uint32_t *at;			/* by name: its first entry */
	size_t nat;
};

int whitelist_read(struct whitelist *wl, struct pool *names, struct lines *l);
void whitelist_free(struct whitelist *wl);

/* whitelist_find() - the first entry of a symbol, or NULL. */
static inline const struct listed *whitelist_find(const struct whitelist *wl, uint32_t name)
{
	return name < wl->nat && wl->at[name] != NONE ? &wl->v[wl->at[name]] : NULL;
}

/* whitelist_who() - "a, b": the consumers of an entry. The caller frees it. */
char *whitelist_who(const struct whitelist *wl, const struct listed *e);

#endif
