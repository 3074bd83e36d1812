// SPDX-License-Identifier: GPL-2.0-only
/* module_out.c - print the answer for one module (module.h). */
#include "module.h"

/* print_causes() - of the symbols that the module is refused for. */
static void print_causes(const struct ask *ask, const struct answer *a, FILE *f)
{
	const struct causes *cs = &ask->cs;
	size_t i, k;

	for (i = 0; ask->has_causes && i < cs->n; i++) {
		for (k = 0; k < a->n; k++)
			if (a->v[k].refused && a->v[k].symbol != NONE &&
			    causes_of(cs, &cs->v[i], a->v[k].symbol))
				break;
		if (k == a->n)
			continue;
		putc('\n', f);
		causes_print(cs, ask->r, &cs->v[i], f);
	}
}

/* print_lines() - what would protect the module, less what is listed. */
static void print_lines(const struct ask *ask, const struct answer *a, FILE *f)
{
	const struct run *r = ask->r;
	size_t i, n = 0;

	for (i = 0; i < a->m.n; i++) {
		uint32_t name = pool_find((struct pool *)(uintptr_t)&r->w.names,
					  str_of(a->m.need[i].name));

		if (name == NONE || !symbols_find(&r->syms, name) ||
		    (r->has_wl && whitelist_find(&r->wl, name)) ||
		    !strcmp(a->m.need[i].name, "module_layout"))	/* implied */
			continue;
		if (!n++) {
			fprintf(f, "\n[consumer %s", r->o.consumer ? r->o.consumer : a->m.name);
			if (r->o.release.known)
				fprintf(f, " since=%u", r->o.release.major);
			fputs("]\n", f);
		}
		fprintf(f, "%s\n", a->m.need[i].name);
	}
	if (!n)
		fputs("\n# everything it needs is listed already\n", f);
}

void answer_print(const struct ask *ask, const struct answer *a, FILE *f)
{
	size_t i;

	fprintf(f, "%s: %s: %zu symbols needed, %zu of them there\n", a->m.name,
		a->refused ? "is refused" : "loads", a->m.n, a->known);
	for (i = 0; i < a->n; i++) {
		fputs(a->v[i].refused ? "  refused " : "  note    ", f);
		if (a->v[i].symbol != NONE) {
			put_text(f, name_str(&ask->r->w, a->v[i].symbol));
			fputs(": ", f);
		}
		put_text(f, str_of(a->v[i].text));
		putc('\n', f);
	}
	print_causes(ask, a, f);
	if (ask->r->o.propose)
		print_lines(ask, a, f);
}

void answer_json(const struct ask *ask, const struct answer *a, struct json *j)
{
	const struct causes *cs = &ask->cs;
	size_t i, k;

	json_begin(j, NULL, '{');
	json_text(j, "module", a->m.name);
	json_bool(j, "loads", !a->refused);
	json_num(j, "needed", a->m.n);
	json_begin(j, "remarks", '[');
	for (i = 0; i < a->n; i++) {
		json_begin(j, NULL, '{');
		json_bool(j, "refused", a->v[i].refused);
		if (a->v[i].symbol != NONE)
			json_str(j, "symbol", name_str(&ask->r->w, a->v[i].symbol));
		json_text(j, "text", a->v[i].text);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_begin(j, "causes", '[');
	for (i = 0; ask->has_causes && i < cs->n; i++) {
		for (k = 0; k < a->n; k++)
			if (a->v[k].refused && a->v[k].symbol != NONE &&
			    causes_of(cs, &cs->v[i], a->v[k].symbol))
				break;
		if (k < a->n)
			causes_json(cs, ask->r, &cs->v[i], j);
	}
	json_end(j, ']');
	json_end(j, '}');
}
