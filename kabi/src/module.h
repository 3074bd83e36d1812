/* SPDX-License-Identifier: GPL-2.0-only */
/* module.h - the answer to: will this module load? */
#ifndef KABI_MODULE_H
#define KABI_MODULE_H

#include "causes.h"
#include "ko.h"

/* One reason why a module is refused, or something to know about it. */
struct remark {
	bool refused;
	uint32_t symbol;		/* name, or NONE: of the module as a whole */
	char *text;
};

struct answer {
	struct module m;
	struct remark *v;
	size_t n, cap;
	size_t refused, known;		/* remarks; symbols the kernel has */
};

struct ask {
	struct run *r;
	struct causes cs;
	bool has_causes;
	const struct answer *all;	/* of the call */
	size_t nall;
};

/* answer_print(), answer_json() - one module: verdict, remarks, causes. */
void answer_print(const struct ask *ask, const struct answer *a, FILE *f);
void answer_json(const struct ask *ask, const struct answer *a, struct json *j);

#endif
