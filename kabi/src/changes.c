// SPDX-License-Identifier: GPL-2.0-only
/* changes.c - which definitions differ between two sides (changes.h). */
#include <stdlib.h>

#include "changes.h"
#include "parallel.h"

/* One symbol that reaches one change. */
struct found {
	uint32_t symbol, unit_a, unit_b, name, a, b;
};

struct walker {
	struct view a, b;
	uint32_t *seen;			/* by name */
	uint32_t gen;
	uint32_t *stack;
	size_t cap;
	struct found *found;
	size_t n, found_cap;
	uint32_t *lost;
	size_t nlost, lost_cap;
};

struct job {
	const struct side *a, *b;
	const struct world *w;
	const bool *wanted;
	struct walker t[THREADS_MAX];
};

uint32_t side_partner(const struct side *a, const struct side *b, uint32_t unit,
		      uint32_t name)
{
	const struct export *e = side_find(b, name);
	uint32_t first;

	if (!e)
		return NONE;
	first = e->unit;
	for (;;) {
		if (b->unit[e->unit].name == a->unit[unit].name)
			return e->unit;
		if (e->next == NONE)
			return first;
		e = &b->export[e->next];
	}
}

static size_t push(struct walker *t, const struct rec *r, size_t n)
{
	uint32_t k;

	t->stack = vec_room(t->stack, &t->cap, n + r->nref, sizeof(*t->stack));
	for (k = 0; k < r->nref; k++) {
		if (t->seen[r->ref[k]] == t->gen)
			continue;
		t->seen[r->ref[k]] = t->gen;
		t->stack[n++] = r->ref[k];
	}
	return n;
}

/* walk() - look at all that one export reaches in the open views. */
static void walk(struct walker *t, const struct world *w, uint32_t symbol)
{
	size_t n = 1;

	t->gen++;
	t->stack = vec_room(t->stack, &t->cap, 1, sizeof(*t->stack));
	t->stack[0] = symbol;
	t->seen[symbol] = t->gen;
	while (n) {
		uint32_t name = t->stack[--n];
		uint32_t ra = view_get(&t->a, name), rb = view_get(&t->b, name);

		/* On one side only: what refers to it has changed. */
		if (ra != NONE)
			n = push(t, &w->rec[ra], n);
		if (rb == NONE || ra == rb)
			continue;
		if (ra == NONE) {
			n = push(t, &w->rec[rb], n);
			continue;
		}
		ra = w->rec[ra].canon;
		rb = w->rec[rb].canon;
		if (ra == rb)
			continue;
		n = push(t, &w->rec[rb], n);
		t->found = vec_room(t->found, &t->found_cap, t->n + 1, sizeof(*t->found));
		t->found[t->n++] = (struct found){ symbol, t->a.unit, t->b.unit, name, ra, rb };
	}
}

/* units_equal() - can nothing have changed between these two units? */
static bool units_equal(struct walker *t, const struct job *job)
{
	const struct unit *a = &job->a->unit[t->a.unit], *b = &job->b->unit[t->b.unit];
	const struct unit *own = side_is_one_file(job->a) ? b : a;
	const struct view *other = own == a ? &t->b : &t->a;
	uint32_t i, rec;

	if (side_is_one_file(job->a) && side_is_one_file(job->b))
		return false;
	if (!side_is_one_file(job->a) && !side_is_one_file(job->b) && a->n == b->n &&
	    !memcmp(a->rec, b->rec, a->n * sizeof(*a->rec)))
		return true;
	for (i = 0; i < own->n; i++) {
		const struct rec *r = &job->w->rec[own->rec[i]];

		rec = view_get(other, r->name);
		if (rec != NONE && job->w->rec[rec].canon != r->canon)
			return false;
	}
	return true;
}

static bool unit_job(void *arg, size_t u, unsigned thread)
{
	struct job *job = arg;
	struct walker *t = &job->t[thread];
	uint32_t last = NONE, i;
	bool equal = false;

	if (!t->seen) {
		view_init(&t->a, job->a);
		view_init(&t->b, job->b);
		t->seen = xcalloc(job->w->names.n, sizeof(*t->seen));
	}
	for (i = job->a->first[u]; i < job->a->first[u + 1]; i++) {
		uint32_t name = job->a->export[i].name, v;

		if (job->wanted && !job->wanted[name])
			continue;
		v = side_partner(job->a, job->b, (uint32_t)u, name);
		if (v == NONE) {
			t->lost = vec_room(t->lost, &t->lost_cap, t->nlost + 1, sizeof(*t->lost));
			t->lost[t->nlost++] = name;
			continue;
		}
		if (v != last) {
			view_open(&t->a, (uint32_t)u);
			view_open(&t->b, v);
			equal = units_equal(t, job);
			last = v;
		}
		if (!equal)
			walk(t, job->w, name);
	}
	return true;
}

static int by_change(const void *a, const void *b, void *arg)
{
	const struct found *x = a, *y = b;
	const struct world *w = arg;
	int d;

	if (x->name == y->name && x->a == y->a && x->b == y->b)
		return str_cmp(name_str(w, x->symbol), name_str(w, y->symbol));
	d = str_cmp(name_bare(name_str(w, x->name)), name_bare(name_str(w, y->name)));
	if (!d)
		d = str_cmp(name_str(w, x->name), name_str(w, y->name));
	if (!d)
		d = str_cmp(pool_str(&w->lines, x->a), pool_str(&w->lines, y->a));
	return d ? d : str_cmp(pool_str(&w->lines, x->b), pool_str(&w->lines, y->b));
}

static int by_symbol(const void *a, const void *b, void *arg)
{
	const struct effect *x = a, *y = b;
	int d = x->symbol == y->symbol ? 0 :
		str_cmp(name_str(arg, x->symbol), name_str(arg, y->symbol));

	return d ? d : (x->change > y->change) - (x->change < y->change);
}

static int by_name(const void *a, const void *b, void *arg)
{
	return str_cmp(name_str(arg, *(const uint32_t *)a), name_str(arg, *(const uint32_t *)b));
}

/* number() - give each distinct change a number, and list the effects. */
static void number(struct changes *c, struct found *f, size_t n, const struct world *w)
{
	size_t i, cap = 0;

	if (!n)
		return;
	qsort_r(f, n, sizeof(*f), by_change, (void *)(uintptr_t)w);
	c->effect = xmalloc(n * sizeof(*c->effect));
	for (i = 0; i < n; i++) {
		struct change *last = c->n ? &c->v[c->n - 1] : NULL;

		if (!last || last->name != f[i].name || last->a != f[i].a || last->b != f[i].b) {
			c->v = vec_room(c->v, &cap, c->n + 1, sizeof(*c->v));
			c->v[c->n++] = (struct change){ f[i].name, f[i].a, f[i].b };
		} else if (f[i - 1].symbol == f[i].symbol) {
			continue;	/* exported twice */
		}
		c->effect[c->neffect++] = (struct effect){ f[i].symbol, f[i].unit_a,
			f[i].unit_b, (uint32_t)(c->n - 1) };
	}
	qsort_r(c->effect, c->neffect, sizeof(*c->effect), by_symbol, (void *)(uintptr_t)w);
}

static void find_added(struct changes *c, const struct job *job)
{
	size_t cap = 0;
	uint32_t i;

	for (i = 0; i < job->b->nexport; i++) {
		uint32_t name = job->b->export[i].name;

		if ((job->wanted && !job->wanted[name]) || side_find(job->a, name) ||
		    side_find(job->b, name) != &job->b->export[i])
			continue;
		c->added = vec_room(c->added, &cap, c->nadded + 1, sizeof(*c->added));
		c->added[c->nadded++] = name;
	}
	if (c->nadded)
		qsort_r(c->added, c->nadded, sizeof(*c->added), by_name,
			(void *)(uintptr_t)job->w);
}

/* sort_lost() - in order, and once, though two units exported it. */
static void sort_lost(struct changes *c, const struct world *w)
{
	size_t i, n = 0;

	if (!c->nlost)
		return;
	qsort_r(c->lost, c->nlost, sizeof(*c->lost), by_name, (void *)(uintptr_t)w);
	for (i = 0; i < c->nlost; i++)
		if (!i || c->lost[i] != c->lost[i - 1])
			c->lost[n++] = c->lost[i];
	c->nlost = n;
}

void changes_find(struct changes *c, const struct side *a, const struct side *b,
		  const bool *wanted, unsigned threads)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct found *f = NULL;
	size_t n = 0, cap = 0, lost_cap = 0;
	unsigned i;

	memset(c, 0, sizeof(*c));
	job->a = a;
	job->b = b;
	job->w = a->w;
	job->wanted = wanted;
	parallel(a->nunit, threads, unit_job, job);
	for (i = 0; i < THREADS_MAX; i++) {
		struct walker *t = &job->t[i];

		f = vec_room(f, &cap, n + t->n, sizeof(*f));
		if (t->n)
			memcpy(f + n, t->found, t->n * sizeof(*f));
		n += t->n;
		c->lost = vec_room(c->lost, &lost_cap, c->nlost + t->nlost, sizeof(*c->lost));
		if (t->nlost)
			memcpy(c->lost + c->nlost, t->lost, t->nlost * sizeof(*t->lost));
		c->nlost += t->nlost;
		free(t->found);
		free(t->lost);
		free(t->stack);
		free(t->seen);
		view_free(&t->a);
		view_free(&t->b);
	}
	number(c, f, n, a->w);
	free(f);
	sort_lost(c, a->w);
	find_added(c, job);
	free(job);
}

void changes_free(struct changes *c)
{
	free(c->v);
	free(c->effect);
	free(c->lost);
	free(c->added);
	memset(c, 0, sizeof(*c));
}
