/* SPDX-License-Identifier: GPL-2.0-only */
/* check.h - the findings of a comparison of exported symbols. */
#ifndef KABI_CHECK_H
#define KABI_CHECK_H

#include "run.h"

struct finding {
	enum kind kind;
	enum verdict verdict;
	uint32_t symbol;		/* name */
	bool listed;
	char *text;			/* what it was and is */
	const struct rule *rule;	/* that decided; or NULL */
};

struct report {
	struct finding *v;		/* worst first, then by kind and symbol */
	size_t n, cap;
	size_t count[VERDICTS];
	size_t compared, quiet;		/* symbols; changes of unlisted ones */
	size_t unused, expired;		/* rules */
};

/*
 * check_symbols() - compare the build's symbols of r with its baseline. Of a
 * baseline of all exports, what is not listed only counts as quiet, unless all.
 */
void check_symbols(struct run *r, struct report *rep, bool all);
/* check_api() - across majors: is it there, with the same prototype? */
void check_api(struct run *r, struct report *rep, bool all);
/* report_add() - one finding; text becomes the report's. Rules are asked. */
void report_add(struct run *r, struct report *rep, enum kind kind, enum verdict verdict,
		const struct symbol *was, const struct symbol *is, char *text);
void report_finish(struct run *r, struct report *rep);
void report_print(const struct run *r, const struct report *rep, const char *level, FILE *f);
void report_json(const struct run *r, const struct report *rep, const char *level, FILE *f);
void report_free(struct report *rep);

#endif
