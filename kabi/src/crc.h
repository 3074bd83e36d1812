/* SPDX-License-Identifier: GPL-2.0-only */
/* crc.h - the CRC that genksyms gives a symbol, from its types. */
#ifndef KABI_CRC_H
#define KABI_CRC_H

#include "side.h"

/*
 * Where definitions come from: new, and in their place old for the names that
 * are marked. old may be NULL, mark then is not looked at. A name that new does
 * not know is taken from old, too.
 */
struct crc_from {
	const struct view *new, *old;
	const uint32_t *mark;		/* by name; marked: equals gen */
	uint32_t gen;
	bool all;			/* everything that old knows */
};

/* What a calculation needs, kept for the next one. */
struct crc_work {
	uint32_t *seen;			/* by name: generation it was met in */
	uint32_t nseen, gen;
	struct crc_frame { uint32_t rec, seg; } *stack;
	size_t cap;
};

void crc_init(struct crc_work *c, const struct world *w);
void crc_free(struct crc_work *c);
/* crc_symbol() - the CRC of the export name; 0 if nothing defines it. */
uint32_t crc_symbol(struct crc_work *c, const struct crc_from *from, uint32_t name);
/* crc32_text() - go on with crc over n bytes (both not inverted). */
uint32_t crc32_text(uint32_t crc, const char *p, size_t n);

#endif
