// SPDX-License-Identifier: GPL-2.0-only
/* causes.c - why CRCs changed, and the proof (causes.h). */
#include <stdlib.h>

#include "causes.h"
#include "crc.h"
#include "parallel.h"

/* What a thread works with that proves one symbol after the other. */
struct proof {
	struct view old, new;
	struct crc_work work;
	uint32_t *mark;			/* by name */
	uint32_t gen;
};

/* The effects from..to-1 are those of one symbol in one unit. */
struct group {
	size_t from, to;
	uint32_t crc;			/* that the baseline has */
	bool all;			/* it is back with all changes undone */
};

struct proofs {
	struct causes *cs;
	const struct run *r;
	struct group *v;
	size_t n, cap;
	bool *alone;			/* by effect: back with this one undone */
	struct proof t[THREADS_MAX];
};

/* restored() - is the baseline's CRC back with the changes from..to-1 undone? */
static bool restored(struct proof *p, const struct changes *c, size_t from, size_t to,
		     uint32_t crc)
{
	struct crc_from f = { &p->new, &p->old, p->mark, ++p->gen, false };
	size_t i;

	for (i = from; i < to; i++)
		p->mark[c->v[c->effect[i].change].name] = p->gen;
	return crc_symbol(&p->work, &f, c->effect[from].symbol) == crc;
}

static bool proof_job(void *arg, size_t i, unsigned thread)
{
	struct proofs *ps = arg;
	struct proof *p = &ps->t[thread];
	struct group *g = &ps->v[i];
	const struct changes *c = &ps->cs->c;
	size_t k;

	if (!p->mark) {
		view_init(&p->old, &ps->r->base.side);
		view_init(&p->new, &ps->r->tree);
		crc_init(&p->work, &ps->r->w);
		p->mark = xcalloc(ps->r->w.names.n, sizeof(*p->mark));
	}
	view_open(&p->old, c->effect[g->from].unit_a);
	view_open(&p->new, c->effect[g->from].unit_b);
	g->all = restored(p, c, g->from, g->to, g->crc);
	for (k = g->from; k < g->to; k++)
		ps->alone[k] = g->to - g->from == 1 ? g->all : restored(p, c, k, k + 1, g->crc);
	return true;
}

static bool is_listed(const struct run *r, uint32_t name)
{
	return r->has_wl && whitelist_find(&r->wl, name);
}

/* is_broken() - the build has it with another CRC; the old one into crc. */
static bool is_broken(const struct run *r, uint32_t name, uint32_t *crc)
{
	const struct symbol *was = symbols_find(&r->base.side.syms, name);
	const struct symbol *is = symbols_find(&r->syms, name);

	if (!was || !is || was->crc == is->crc)
		return false;
	*crc = was->crc;
	return true;
}

static void unexplained(struct causes *cs, size_t *cap, uint32_t name)
{
	cs->unexplained = vec_room(cs->unexplained, cap, cs->nunexplained + 1,
				   sizeof(*cs->unexplained));
	cs->unexplained[cs->nunexplained++] = name;
}

/* count() - add what one symbol's proof says to its causes. */
static void count(struct causes *cs, const struct proofs *ps, const struct group *g)
{
	bool listed = is_listed(ps->r, cs->c.effect[g->from].symbol);
	size_t i;

	for (i = g->from; i < g->to; i++) {
		struct cause *c = &cs->v[cs->c.effect[i].change];

		if (!c->total || (listed && !c->listed))
			c->example = (uint32_t)i;
		c->total++;
		c->listed += listed;
		c->together += g->all;
		c->alone += ps->alone[i];
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->listed != y->listed)
		return (x->listed < y->listed) - (x->listed > y->listed);
	if (x->total != y->total)
		return (x->total < y->total) - (x->total > y->total);
	return (x->change > y->change) - (x->change < y->change);
}

/* find_groups() - the broken symbols, each with its effects. */
static void find_groups(struct proofs *ps)
{
	const struct changes *c = &ps->cs->c;
	struct group g = { 0 };

	for (; g.from < c->neffect; g.from = g.to) {
		const struct effect *e = &c->effect[g.from];

		for (g.to = g.from + 1; g.to < c->neffect; g.to++)
			if (c->effect[g.to].symbol != e->symbol ||
			    c->effect[g.to].unit_a != e->unit_a)
				break;
		if (!is_broken(ps->r, e->symbol, &g.crc))
			continue;
		ps->v = vec_room(ps->v, &ps->cap, ps->n + 1, sizeof(*ps->v));
		ps->v[ps->n++] = g;
	}
}

static void prove_all(struct causes *cs, struct run *r)
{
	struct proofs *ps = xcalloc(1, sizeof(*ps));
	bool *explained = xcalloc(r->w.names.n, sizeof(*explained));
	size_t i, cap = 0;
	uint32_t crc;

	ps->cs = cs;
	ps->r = r;
	ps->alone = xcalloc(cs->c.neffect, sizeof(*ps->alone));
	find_groups(ps);
	parallel(ps->n, r->o.threads, proof_job, ps);
	for (i = 0; i < ps->n; i++) {
		count(cs, ps, &ps->v[i]);
		explained[cs->c.effect[ps->v[i].from].symbol] |= ps->v[i].all;
	}
	for (i = 0; i < r->base.side.syms.n; i++) {
		uint32_t name = r->base.side.syms.v[i].name;

		if (is_broken(r, name, &crc) && !explained[name])
			unexplained(cs, &cap, name);
	}
	for (i = 0; i < THREADS_MAX; i++) {
		free(ps->t[i].mark);
		crc_free(&ps->t[i].work);
		view_free(&ps->t[i].old);
		view_free(&ps->t[i].new);
	}
	free(ps->v);
	free(ps->alone);
	free(ps);
	free(explained);
}

int causes_find(struct causes *cs, struct run *r)
{
	size_t i, n = 0;

	memset(cs, 0, sizeof(*cs));
	if (r->o.patches) {
		cs->has_patches = true;
		if (patches_load(&cs->patches, r->o.patches, &r->err) < 0)
			return -1;
	}
	changes_find(&cs->c, &r->base.side, &r->tree, NULL, r->o.threads);
	cs->v = xcalloc(cs->c.n, sizeof(*cs->v));
	for (i = 0; i < cs->c.n; i++)
		cs->v[i].change = (uint32_t)i;
	prove_all(cs, r);
	/* Of what no broken symbol reaches nothing is to be said. */
	for (i = 0; i < cs->c.n; i++)
		if (cs->v[i].total)
			cs->v[n++] = cs->v[i];
	cs->n = n;
	if (n)
		qsort(cs->v, n, sizeof(*cs->v), by_weight);
	return 0;
}

void causes_free(struct causes *cs)
{
	changes_free(&cs->c);
	free(cs->v);
	free(cs->unexplained);
	if (cs->has_patches)
		patches_free(&cs->patches);
}

const struct effect *causes_of(const struct causes *cs, const struct cause *c, uint32_t symbol)
{
	size_t i;

	for (i = 0; i < cs->c.neffect; i++)
		if (cs->c.effect[i].symbol == symbol && cs->c.effect[i].change == c->change)
			return &cs->c.effect[i];
	return NULL;
}

/* add_refs() - put what rec refers to into the queue, with the way back. */
static size_t add_refs(const struct world *w, uint32_t rec, uint32_t from, uint32_t *back,
		       uint32_t *queue, size_t n)
{
	uint32_t k;

	for (k = 0; rec != NONE && k < w->rec[rec].nref; k++) {
		uint32_t name = w->rec[rec].ref[k];

		if (back[name] != NONE)
			continue;
		back[name] = from;
		queue[n++] = name;
	}
	return n;
}

char *causes_path(const struct causes *cs, const struct run *r, const struct effect *e)
{
	uint32_t want = cs->c.v[e->change].name, *back, *queue, at;
	size_t n = 0, i, names = r->w.names.n;
	char *s = NULL, *longer;
	struct view old, new;

	back = xmalloc(names * sizeof(*back));
	memset(back, 0xff, names * sizeof(*back));
	queue = xmalloc(names * sizeof(*queue));
	view_init(&old, &r->base.side);
	view_init(&new, &r->tree);
	view_open(&old, e->unit_a);
	view_open(&new, e->unit_b);
	back[e->symbol] = e->symbol;
	queue[n++] = e->symbol;
	for (i = 0; i < n && back[want] == NONE; i++) {
		n = add_refs(&r->w, view_get(&old, queue[i]), queue[i], back, queue, n);
		n = add_refs(&r->w, view_get(&new, queue[i]), queue[i], back, queue, n);
	}
	for (at = want; back[at] != NONE; at = back[at]) {
		struct str name = name_str(&r->w, at), bare = name_bare(name);
		char kind = name_kind(name);

		longer = xasprintf("%s%s%.*s%s%s", kind ? kind_word(kind) : "", kind ? " " : "",
				   (int)bare.n, bare.p, s ? " -> " : "", s ? s : "");
		free(s);
		s = longer;
		if (at == e->symbol)
			break;
	}
	free(back);
	free(queue);
	view_free(&old);
	view_free(&new);
	return s ? s : xstrndup("?", 1);
}
