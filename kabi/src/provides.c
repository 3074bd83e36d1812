// SPDX-License-Identifier: GPL-2.0-only
/* provides.c - "kernel(symbol) = crc": what a package of a driver may require. */
#include "run.h"

int cmd_provides(struct run *r)
{
	struct out out;
	size_t i;

	if (run_whitelist(r, !r->o.all) < 0 || run_symvers(r, r->o.arg[0]) < 0 ||
	    out_open(&out, r->o.output, &r->err) < 0)
		return -1;
	for (i = 0; i < r->syms.n; i++) {
		const struct symbol *s = &r->syms.v[i];
		struct str n = name_str(&r->w, s->name);

		if (r->o.all || whitelist_find(&r->wl, s->name))
			fprintf(out.f, "kernel(%.*s) = 0x%08x\n", (int)n.n, n.p, s->crc);
	}
	return out_commit(&out, &r->err) < 0 ? -1 : EXIT_HOLDS;
}
