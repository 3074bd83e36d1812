/* SPDX-License-Identifier: GPL-2.0-only */
/* symbols.h - exported symbols: of Module.symvers, or of a baseline. */
#ifndef KABI_SYMBOLS_H
#define KABI_SYMBOLS_H

#include "lines.h"
#include "pool.h"

struct symbol {
	uint32_t name, module;		/* numbers in names */
	uint32_t ns;			/* namespace; NONE: none */
	uint32_t unit;			/* baseline: who exports it; or NONE */
	uint32_t crc;
	bool has_crc;			/* false: of types alone, not compared */
	bool gpl;
};

struct symbols {
	struct symbol *v;		/* sorted by name */
	size_t n, cap;
	uint32_t *at;			/* index by name; NONE: not exported */
	uint32_t nat;
};

/* symbols_add() - append one; symbols_index() must follow. */
void symbols_add(struct symbols *s, struct symbol sym);
/*
 * symbols_index() - sort by name and make symbols_find() work. Returns NONE,
 * or the name that is there twice.
 */
uint32_t symbols_index(struct symbols *s, struct pool *names);
void symbols_free(struct symbols *s);

static inline const struct symbol *symbols_find(const struct symbols *s, uint32_t name)
{
	return name < s->nat && s->at[name] != NONE ? &s->v[s->at[name]] : NULL;
}

/* symvers_read() - read the lines of a Module.symvers; 0 or -1. */
int symvers_read(struct symbols *s, struct pool *names, struct lines *l);

#endif
