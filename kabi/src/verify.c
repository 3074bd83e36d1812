// SPDX-License-Identifier: GPL-2.0-only
/* verify.c - do the types of a build explain its CRCs? (verify.h) */
#include <stdlib.h>

#include "crc.h"
#include "parallel.h"
#include "verify.h"

struct job {
	struct run *r;
	struct verified *v;
	bool *right;			/* by index of the symbol */
	const bool *wanted;
	struct {
		struct view view;
		struct crc_work work;
		bool ready;
	} t[THREADS_MAX];
};

/* unit_job() - all symbols of one unit: its view is opened once. */
static bool unit_job(void *arg, size_t u, unsigned thread)
{
	struct job *job = arg;
	const struct side *s = &job->r->tree;
	struct view *view = &job->t[thread].view;
	struct crc_from from = { .new = view };
	uint32_t i;

	if (!job->t[thread].ready) {
		view_init(view, s);
		crc_init(&job->t[thread].work, s->w);
		job->t[thread].ready = true;
	}
	view_open(view, (uint32_t)u);
	for (i = s->first[u]; i < s->first[u + 1]; i++) {
		const struct symbol *sym = symbols_find(&job->r->syms, s->export[i].name);
		size_t k = sym ? (size_t)(sym - job->r->syms.v) : 0;
		bool first = side_find(s, s->export[i].name) == &s->export[i];

		if (!sym || (job->wanted && !job->wanted[sym->name]))
			continue;
		/*
		 * Exported twice, another thread may look at it, too: only the
		 * first one may be written from here.
		 */
		if (first && crc_symbol(&job->t[thread].work, &from, sym->name) == sym->crc)
			job->right[k] = true;
	}
	return true;
}

/* try_others() - a symbol that several units export: is one of them right? */
static void try_others(struct job *job, struct view *view, struct crc_work *work, size_t k)
{
	const struct symbol *sym = &job->r->syms.v[k];
	const struct side *s = &job->r->tree;
	const struct export *e = side_find(s, sym->name);
	struct crc_from from = { .new = view };

	for (; e; e = e->next == NONE ? NULL : &s->export[e->next]) {
		view_open(view, e->unit);
		if (crc_symbol(work, &from, sym->name) == sym->crc) {
			job->v->unit[k] = e->unit;
			return;
		}
	}
}

void verify_crcs(struct run *r, const bool *wanted, struct verified *v)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct crc_work work;
	struct view view;
	unsigned t;
	size_t i;

	memset(v, 0, sizeof(*v));
	v->unit = xmalloc(r->syms.n * sizeof(*v->unit));
	v->first = r->syms.n;
	job->r = r;
	job->v = v;
	job->wanted = wanted;
	job->right = xcalloc(r->syms.n, sizeof(*job->right));
	parallel(r->tree.nunit, r->o.threads, unit_job, job);
	view_init(&view, &r->tree);
	crc_init(&work, &r->w);
	for (i = 0; i < r->syms.n; i++) {
		const struct export *e = side_find(&r->tree, r->syms.v[i].name);

		v->unit[i] = NONE;
		if (wanted && !wanted[r->syms.v[i].name])
			continue;
		if (job->right[i])
			v->unit[i] = e->unit;
		else if (e)
			try_others(job, &view, &work, i);
		/* An export without a CRC has no types either: check reports it. */
		if (v->unit[i] != NONE || (!e && !r->syms.v[i].crc))
			continue;
		v->wrong += e != NULL;
		v->absent += !e;
		if (v->first == r->syms.n)
			v->first = i;
	}
	for (t = 0; t < THREADS_MAX; t++)
		if (job->t[t].ready) {
			view_free(&job->t[t].view);
			crc_free(&job->t[t].work);
		}
	view_free(&view);
	crc_free(&work);
	free(job->right);
	free(job);
}

void verify_free(struct verified *v)
{
	free(v->unit);
}
