/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * changes.h - which definitions differ between two sides, and which exported
 * symbols reach them. Text decides, as it does for the CRC, but for "extern".
 */
#ifndef KABI_CHANGES_H
#define KABI_CHANGES_H

#include "side.h"

struct change {
	uint32_t name;
	uint32_t a, b;			/* records, canonical */
};

struct effect {
	uint32_t symbol;		/* name */
	uint32_t unit_a, unit_b;	/* indices: who exports it */
	uint32_t change;		/* index */
};

struct changes {
	struct change *v;		/* sorted by name without its kind */
	size_t n;
	struct effect *effect;		/* sorted by symbol, then change */
	size_t neffect;
	uint32_t *lost, *added;		/* exports of one side alone, sorted */
	size_t nlost, nadded;
};

/*
 * changes_find() - compare a with b, both indexed, in the same world. Only
 * symbols with wanted[name] set are looked at, if wanted is not NULL.
 */
void changes_find(struct changes *c, const struct side *a, const struct side *b,
		  const bool *wanted, unsigned threads);
void changes_free(struct changes *c);

/* side_partner() - the unit of b that has the export which a has in unit. */
uint32_t side_partner(const struct side *a, const struct side *b, uint32_t unit,
		      uint32_t name);

#endif
