/* SPDX-License-Identifier: GPL-2.0-only */
/* verify.h - do the types of a build explain the CRCs of its symbols? */
#ifndef KABI_VERIFY_H
#define KABI_VERIFY_H

#include "run.h"

/* The unit whose types give the symbol's CRC, for each of r->syms. */
struct verified {
	uint32_t *unit;			/* index; NONE: none does */
	size_t wrong, absent;		/* other CRC; no types at all */
	size_t first;			/* the first one of either; or syms.n */
};

/*
 * verify_crcs() - recompute the CRC of each symbol of the build, or of those
 * with wanted[name], from the types of its tree.
 */
void verify_crcs(struct run *r, const bool *wanted, struct verified *v);
void verify_free(struct verified *v);

#endif
