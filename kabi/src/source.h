/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * source.h - a record as source, and the difference of two: what a person reads
 * who asks why a CRC changed.
 */
#ifndef KABI_SOURCE_H
#define KABI_SOURCE_H

#include <stdio.h>

#include "record.h"

enum edit { EDIT_SAME, EDIT_OLD, EDIT_NEW };

struct src_line {
	char *text;			/* without indentation */
	unsigned depth;			/* of braces */
	enum edit edit;
};

/* The lines of both records, in the order of a diff. */
struct src_diff {
	struct src_line *v;
	size_t n;
	size_t old_lines, new_lines;	/* changed ones */
	const char *class;		/* "member inserted", ... */
	const char *advice;		/* what keeps the kABI */
	char **word;			/* identifiers that tell old from new; maybe none */
	size_t nword;
};

/* source_diff() - of the records a and b of w, which have the same name. */
void source_diff(struct src_diff *d, const struct world *w, uint32_t a, uint32_t b);
void source_diff_free(struct src_diff *d);
/*
 * source_print() - the changed lines with one line round them; text goes behind
 * prefix on each line.
 */
void source_print(const struct src_diff *d, const char *prefix, FILE *f);

/* classify() - set class, advice and words of a difference; used by the above. */
void classify(struct src_diff *d, const struct world *w, uint32_t a, uint32_t b);

#endif
