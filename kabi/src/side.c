// SPDX-License-Identifier: GPL-2.0-only
/* side.c - units, exports and views of a side (side.h). */
#include <stdlib.h>

#include "side.h"

/* add_export() - name, in unit u; next is the caller's until they are linked. */
static void add_export(struct side *s, uint32_t name, uint32_t u, uint32_t next)
{
	s->export = vec_room(s->export, &s->export_cap, (size_t)s->nexport + 1,
			     sizeof(*s->export));
	s->export[s->nexport++] = (struct export){ name, u, next };
}

/* index_unit() - list the exports of unit u. A tree's are its own records. */
static void index_unit(struct side *s, uint32_t u)
{
	const struct unit *unit = &s->unit[u];
	uint32_t i, name;

	for (i = 0; i < unit->n; i++) {
		name = s->w->rec[unit->rec[i]].name;
		if (!name_kind(name_str(s->w, name)))
			add_export(s, name, u, NONE);
	}
}

static int by_unit(const void *a, const void *b)
{
	const struct export *x = a, *y = b;

	return x->unit != y->unit ? (x->unit > y->unit) - (x->unit < y->unit) :
		(x->next > y->next) - (x->next < y->next);
}

/* index_symbols() - exports of a baseline: what its list of symbols says. */
static void index_symbols(struct side *s)
{
	size_t i;

	for (i = 0; i < s->syms.n; i++) {
		const struct symbol *sym = &s->syms.v[i];
		uint32_t u = sym->unit == NONE ? NONE : side_unit(s, sym->unit);

		/* next holds the order by name until it is sorted */
		if (u != NONE)
			add_export(s, sym->name, u, (uint32_t)i);
	}
	if (s->nexport)
		qsort(s->export, s->nexport, sizeof(*s->export), by_unit);
}

void side_index(struct side *s)
{
	uint32_t i, u;

	s->nexport = 0;
	if (side_is_one_file(s))
		index_symbols(s);
	else
		for (u = 0; u < s->nunit; u++)
			index_unit(s, u);
	s->first = xcalloc((size_t)s->nunit + 1, sizeof(*s->first));
	for (i = 0; i < s->nexport; i++)
		s->first[s->export[i].unit + 1] = i + 1;
	for (u = 1; u <= s->nunit; u++)
		if (!s->first[u])
			s->first[u] = s->first[u - 1];
	s->nhome = s->w->names.n;
	s->home = xmalloc(s->nhome * sizeof(*s->home));
	memset(s->home, 0xff, s->nhome * sizeof(*s->home));
	for (i = s->nexport; i-- > 0;) {
		s->export[i].next = s->home[s->export[i].name];
		s->home[s->export[i].name] = i;
	}
}

uint32_t side_unit(const struct side *s, uint32_t name)
{
	struct str want = name_str(s->w, name);
	uint32_t lo = 0, hi = s->nunit;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int d = str_cmp(want, name_str(s->w, s->unit[mid].name));

		if (!d)
			return mid;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NONE;
}

void side_free(struct side *s)
{
	uint32_t u;

	for (u = 0; u < s->nunit; u++)
		free(s->unit[u].rec);
	free(s->unit);
	free(s->def);
	free(s->export);
	free(s->first);
	free(s->home);
	symbols_free(&s->syms);
	memset(s, 0, sizeof(*s));
}

void view_init(struct view *v, const struct side *s)
{
	memset(v, 0, sizeof(*v));
	v->s = s;
	v->unit = NONE;
	v->gen = 1;
	v->nat = s->w->names.n;
	v->at = xcalloc(v->nat, sizeof(*v->at));
}

void view_open(struct view *v, uint32_t unit)
{
	const struct unit *u = &v->s->unit[unit];
	uint32_t i;

	if (v->unit == unit)
		return;
	v->unit = unit;
	v->gen++;
	for (i = 0; i < u->n; i++) {
		uint32_t name = v->s->w->rec[u->rec[i]].name;

		v->at[name].gen = v->gen;
		v->at[name].rec = u->rec[i];
	}
}

void view_free(struct view *v)
{
	free(v->at);
	v->at = NULL;
}
