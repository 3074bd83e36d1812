/* SPDX-License-Identifier: GPL-2.0-only */
/* pack.h - write a baseline: of many units one file (baseline.h has the form). */
#ifndef KABI_PACK_H
#define KABI_PACK_H

#include <stdio.h>

#include "baseline.h"

struct pack_unit {
	uint32_t name;
	uint32_t n;
	uint32_t *rec;			/* canonical records, each once */
};

struct pack {
	struct world *w;
	struct symbols syms;
	const struct side *old;		/* keep its defaults, if not NULL */
	struct pack_unit *unit;
	size_t nunit, cap;
	uint32_t *seen;			/* scratch: by name */
	uint32_t gen;
	uint32_t *list;			/* scratch: records of one unit */
	size_t list_cap;
};

void pack_init(struct pack *p, struct world *w);
/*
 * pack_add_unit() - add, as unit name, what the n symbols reach in the unit
 * that v has open.
 */
void pack_add_unit(struct pack *p, uint32_t name, const struct view *v,
		   const uint32_t *symbols, size_t n);
/* pack_add_whole() - add all records of the unit that v has open. */
void pack_add_whole(struct pack *p, uint32_t name, const struct view *v);
/* pack_add_symbol() - s.unit names one of the units, or is NONE. */
void pack_add_symbol(struct pack *p, struct symbol s);
/* pack_write() - all of it. Units keep their order where they are equal. */
void pack_write(struct pack *p, const struct header *h, FILE *f);
void pack_free(struct pack *p);

#endif
