// SPDX-License-Identifier: GPL-2.0-only
/* lint.c - are the inputs of a check sound, and do types and CRCs agree? */
#include <stdlib.h>

#include "verify.h"

/* warn_twice() - symbols that two units export; how many. */
static size_t warn_twice(const struct run *r, FILE *f)
{
	const struct side *s = &r->tree;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < s->nexport; i++) {
		const struct export *e = &s->export[i];

		if (side_find(s, e->name) != e || e->next == NONE)
			continue;
		fputs("warn   twice       ", f);
		put_text(f, name_str(s->w, e->name));
		fputs(": exported by ", f);
		put_text(f, name_str(s->w, s->unit[e->unit].name));
		fputs(" and ", f);
		put_text(f, name_str(s->w, s->unit[s->export[e->next].unit].name));
		putc('\n', f);
		n++;
	}
	return n;
}

static size_t report_crcs(const struct run *r, const struct verified *v, FILE *f)
{
	size_t i, n = 0;

	for (i = 0; i < r->syms.n; i++) {
		const struct symbol *sym = &r->syms.v[i];
		bool types = side_find(&r->tree, sym->name);

		if (v->unit[i] != NONE || (!types && !sym->crc))
			continue;
		fputs(types ? "fail   crc         " : "fail   types       ", f);
		put_text(f, name_str(&r->w, sym->name));
		if (types)
			fprintf(f, ": Module.symvers says 0x%08x, its types give another one: build again\n",
				sym->crc);
		else
			fputs(": no *.symtypes defines it: build with KBUILD_SYMTYPES=1 (scripts/kernel does)\n", f);
		n++;
	}
	return n;
}

int cmd_lint(struct run *r)
{
	struct verified v;
	struct out out;
	size_t bad, twice, i, gone = 0;

	/* The baseline is optional: before the first one there is none. */
	if (run_whitelist(r, false) < 0 || run_rules(r) < 0 ||
	    (r->o.baseline && run_baseline(r, true) < 0) || run_symvers(r, r->o.arg[0]) < 0 ||
	    run_tree(r, r->o.arg[0]) < 0 || out_open(&out, r->o.output, &r->err) < 0)
		return -1;
	verify_crcs(r, NULL, &v);
	twice = warn_twice(r, out.f);
	bad = report_crcs(r, &v, out.f);
	for (i = 0; i < r->wl.n; i++) {
		const struct listed *e = &r->wl.v[i];

		if (symbols_find(&r->syms, e->name))
			continue;
		fprintf(out.f, "fail   missing     ");
		put_text(out.f, name_str(&r->w, e->name));
		fprintf(out.f, ": listed in line %u, but not exported\n", e->line);
		gone++;
	}
	fprintf(out.f, "%zu units, %zu exports: %zu CRCs recomputed, %zu differ, %zu without types, %zu exported twice, %zu listed but missing\n",
		(size_t)r->tree.nunit, r->syms.n, r->syms.n - v.absent, v.wrong, v.absent,
		twice, gone);
	verify_free(&v);
	if (out_commit(&out, &r->err) < 0)
		return -1;
	return bad || gone ? EXIT_BROKEN : EXIT_HOLDS;
}
