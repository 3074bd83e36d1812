// SPDX-License-Identifier: GPL-2.0-only
/* propose.c - lines for the whitelist: what a set of modules needs. */
#include <stdlib.h>

#include "ko.h"
#include "run.h"

struct wish {
	uint32_t name;
	uint32_t users;			/* modules */
	char *who;			/* the first few of them */
};

struct wishes {
	struct wish *v;			/* one a name that some module needs */
	size_t n, cap;
	uint32_t *at;			/* by name: index + 1 */
	size_t nat;
};

#define NAMED 3				/* modules named in a comment */

static void wish(struct wishes *w, struct run *r, const char *symbol, const char *module)
{
	uint32_t name = pool_add(&r->w.names, str_of(symbol), NULL);
	size_t old = w->nat;
	struct wish *it;
	char *who;

	w->at = vec_room(w->at, &w->nat, (size_t)name + 1, sizeof(*w->at));
	memset(w->at + old, 0, (w->nat - old) * sizeof(*w->at));
	if (!w->at[name]) {
		w->v = vec_room(w->v, &w->cap, w->n + 1, sizeof(*w->v));
		w->v[w->n++] = (struct wish){ name, 0, xstrndup("", 0) };
		w->at[name] = (uint32_t)w->n;
	}
	it = &w->v[w->at[name] - 1];
	if (it->users++ >= NAMED)
		return;
	who = xasprintf("%s%s%s", it->who, *it->who ? ", " : "", module);
	free(it->who);
	it->who = who;
}

static int by_name(const void *a, const void *b, void *w)
{
	const struct wish *x = a, *y = b;

	return str_cmp(name_str(w, x->name), name_str(w, y->name));
}

/* put_head() - who needs the lines that follow. */
static void put_head(const struct run *r, const char *consumer, FILE *f)
{
	fputs("[consumer ", f);
	put_text(f, str_of(consumer));
	if (r->o.release.known)
		fprintf(f, " since=%u", r->o.release.major);
	fputs("]\n", f);
}

static void print(struct run *r, struct wishes *w, uint32_t users, FILE *f)
{
	size_t i, n = 0, gone = 0, few = 0, listed = 0;

	if (w->n)
		qsort_r(w->v, w->n, sizeof(*w->v), by_name, &r->w);
	for (i = 0; i < w->n; i++) {
		const struct wish *it = &w->v[i];
		struct str name = name_str(&r->w, it->name);

		if (!symbols_find(&r->syms, it->name)) {
			gone++;
		} else if (it->users < users) {
			few++;
		} else if (r->has_wl && whitelist_find(&r->wl, it->name)) {
			listed++;
		} else {
			if (!n++)
				put_head(r, r->o.consumer ? r->o.consumer : "proposed", f);
			put_text(f, name);
			fprintf(f, "\t# ");
			put_text(f, str_of(it->who));
			if (it->users > NAMED)
				fprintf(f, " and %u more", it->users - NAMED);
			putc('\n', f);
		}
	}
	fprintf(f, "# %zu proposed; %zu listed already, %zu needed by fewer than %u, %zu not exported by this build\n",
		n, listed, few, users, gone);

}

int cmd_propose(struct run *r)
{
	uint32_t users = 1;
	struct wishes w = { 0 };
	struct module m;
	struct out out;
	size_t i, k;
	int ret;

	if (r->o.users && (!str_u32(str_of(r->o.users), 10, &users) || !users))
		return fail(&r->err, "--users wants a number from 1 on");
	if (run_whitelist(r, false) < 0)
		return -1;
	ret = 0;
	for (i = 1; i < r->o.narg && !ret; i++) {
		ret = ko_open(&m, r->o.arg[i], &r->err);
		if (ret)
			break;
		for (k = 0; k < m.n; k++)
			if (strcmp(m.need[k].name, "module_layout"))	/* implied */
				wish(&w, r, m.need[k].name, m.name);
		ko_free(&m);
	}
	if (!ret)
		ret = run_symvers(r, r->o.arg[0]);
	if (!ret)
		ret = out_open(&out, r->o.output, &r->err);
	if (!ret) {
		print(r, &w, users, out.f);
		ret = out_commit(&out, &r->err);
	}
	for (i = 0; i < w.n; i++)
		free(w.v[i].who);
	free(w.v);
	free(w.at);
	return ret < 0 ? -1 : EXIT_HOLDS;
}
