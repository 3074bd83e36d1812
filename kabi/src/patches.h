/* SPDX-License-Identifier: GPL-2.0-only */
/* patches.h - which patch of the series touches a definition? */
#ifndef KABI_PATCHES_H
#define KABI_PATCHES_H

#include "pool.h"

struct hunk {
	uint32_t patch;			/* index */
	char *file;			/* of the kernel; shared by hunks of it */
	char *text;			/* all lines, and the heading behind @@ */
};

struct posting {
	uint32_t word, hunk;
};

struct patches {
	char **name;			/* as in the series */
	size_t n, cap;
	struct hunk *hunk;
	size_t nhunk, hunk_cap;
	struct pool words;		/* of added and removed lines */
	struct posting *post;		/* sorted by word, then hunk */
	size_t npost, post_cap;
	struct arena arena;
};

/* patches_load() - read DIR/series and what it lists; 0 or -1. */
int patches_load(struct patches *p, const char *dir, struct err *err);
/* patches_read() - one patch from memory; for patches_load() and its tests. */
struct lines;
int patches_read(struct patches *p, const char *name, struct lines *l);
/* patches_index() - when all are read. */
void patches_index(struct patches *p);
void patches_free(struct patches *p);

/*
 * patches_find() - the hunk that changes one of the words inside of the
 * definition tag ("struct foo"). sure: it shows the tag; otherwise it is a
 * header that only has the word on a changed line. NULL: none. Of many the
 * last one of the series is given: it made the definition what it is.
 */
const struct hunk *patches_find(const struct patches *p, const char *tag, char *const *word,
				size_t nword, bool *sure);

#endif
