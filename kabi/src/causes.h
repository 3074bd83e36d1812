/* SPDX-License-Identifier: GPL-2.0-only */
/* causes.h - why CRCs changed: changes, their proof, and the way to them. */
#ifndef KABI_CAUSES_H
#define KABI_CAUSES_H

#include "changes.h"
#include "patches.h"
#include "run.h"

/* One changed definition. */
struct cause {
	uint32_t change;		/* index */
	size_t listed, total;		/* broken symbols that reach it */
	size_t alone;			/* their CRCs come back if it alone does */
	size_t together;		/* ... with the other causes of each */
	uint32_t example;		/* index of an effect; a listed symbol's */
};

struct causes {
	struct changes c;
	struct cause *v;		/* most listed symbols first */
	size_t n;
	uint32_t *unexplained;		/* broken symbols whose CRC does not come back */
	size_t nunexplained;
	struct patches patches;
	bool has_patches;
};

/*
 * causes_find() - from the baseline to the tree of r, both loaded, with the
 * build's symbols. -1: the patches are unreadable.
 */
int causes_find(struct causes *cs, struct run *r);
void causes_free(struct causes *cs);

/*
 * causes_path() - the shortest way from the symbol of an effect to its change:
 * "foo -> struct bar -> enum baz". The caller frees it.
 */
char *causes_path(const struct causes *cs, const struct run *r, const struct effect *e);
/* causes_print() - one cause, as text. */
void causes_print(const struct causes *cs, const struct run *r, const struct cause *c, FILE *f);
void causes_json(const struct causes *cs, const struct run *r, const struct cause *c,
		 struct json *j);
/* causes_of() - has the cause an effect on symbol? The effect, or NULL. */
const struct effect *causes_of(const struct causes *cs, const struct cause *c, uint32_t symbol);

#endif
