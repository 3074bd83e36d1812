/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - the records that genksyms writes: "s#foo struct foo { int a ; }".
 *
 * A name begins with what it names: s# struct, u# union, e# enum, t# typedef,
 * E# enumerator; without a prefix it is an exported symbol. In a body such a
 * name refers to another record of the same unit.
 */
#ifndef KABI_RECORD_H
#define KABI_RECORD_H

#include "pool.h"

#define NAME_MAX_LEN 512		/* bytes */

struct token {
	struct str s;			/* with the prefix */
	char kind;			/* s u e t E, or 0: just text */
};

/*
 * token_next() - take the next token off rest. 1: got one, 0: none left, -1: a
 * string or character without its end, or an unknown prefix.
 */
int token_next(struct str *rest, struct token *t);

/* A stretch of text of a body, and the reference after it (NONE: none). */
struct seg {
	const char *p;			/* the text, each token with a blank */
	uint32_t n;
	uint32_t ref;			/* name */
};

struct rec {
	uint32_t name;			/* number in names */
	uint32_t canon;			/* this record less "extern" (not hashed) */
	struct str body;		/* without the name and "extern" */
	uint32_t nseg, nref;
	struct seg *seg;		/* the body */
	uint32_t *ref;			/* names it refers to, each once */
};

/* All records and names of a run: both sides of a comparison share them. */
struct world {
	struct pool names, lines;
	struct rec *rec;		/* by number in lines */
	uint32_t nrec;
	size_t cap;
	struct arena arena;
	uint32_t *mark;			/* scratch of records_parse() */
	size_t mark_cap;
};

void world_init(struct world *w);
void world_free(struct world *w);
/* line_check() - may this become a record? For pool_add(). */
bool line_check(struct str s);
/*
 * records_parse() - parse the records added since the last call. 0, or -1 with
 * the reason in err (no file or line); then record_parse() tells which are bad.
 */
int records_parse(struct world *w, struct err *err);
/* record_parse() - parse one record (again); 0, or -1 with the reason. */
int record_parse(struct world *w, uint32_t id, struct err *err);

static inline struct str name_str(const struct world *w, uint32_t name)
{
	return pool_str(&w->names, name);
}

/* name_kind() - s u e t E, or 0 for an export. */
static inline char name_kind(struct str s)
{
	return s.n > 2 && s.p[1] == '#' ? s.p[0] : 0;
}

/* name_bare() - the name as C has it. */
static inline struct str name_bare(struct str s)
{
	return name_kind(s) ? (struct str){ s.p + 2, s.n - 2 } : s;
}

/* kind_word() - "struct", "union", ...; "symbol" for an export. */
const char *kind_word(char kind);

#endif
