// SPDX-License-Identifier: GPL-2.0-only
/*
 * update.c - freeze a baseline.
 *
 * A baseline is written at a major release, and then stands until the next one.
 * Within a major only entries that are new to the whitelist may be added: what
 * is frozen already is copied as it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pack.h"
#include "verify.h"

/* may_update() - the policy. */
static int may_update(struct run *r, bool exists)
{
	const struct release *now = &r->o.release;
	uint32_t old = r->base.head.major;

	if (r->o.add) {
		if (!exists)
			return fail(&r->err, "--add: there is no baseline to add to");
		if (now->major != old)
			return fail(&r->err, "--add: the baseline is of major %u, this is %u: run update without --add at the release %u.0",
				    old, now->major, now->major);
		return 0;
	}
	if (now->minor)
		return fail(&r->err, "refused: %u.%u is a minor release, which keeps the kABI of %u.0; mend the change (kabi explain), or begin major %u in configs/version",
			    now->major, now->minor, now->major, now->major + 1);
	if (exists && now->major <= old)
		return fail(&r->err, "refused: major %u is frozen already; a new baseline needs a higher major in configs/version (--add freezes new entries)",
			    old);
	return 0;
}

/* choose() - which symbols to freeze, by name. The caller frees it. */
static bool *choose(struct run *r, size_t *n)
{
	bool *wanted = xcalloc(r->w.names.n, sizeof(*wanted));
	size_t i;

	*n = 0;
	for (i = 0; i < r->syms.n; i++) {
		uint32_t name = r->syms.v[i].name;

		if (!r->o.all && !whitelist_find(&r->wl, name))
			continue;
		if (r->o.add && symbols_find(&r->base.side.syms, name))
			continue;
		wanted[name] = true;
		++*n;
	}
	return wanted;
}

/* check_choice() - all that is listed is there, and types and CRCs agree. */
static int check_choice(struct run *r, const struct verified *v)
{
	size_t i;

	for (i = 0; i < r->wl.n; i++) {
		struct str n = name_str(&r->w, r->wl.v[i].name);

		if (r->o.all || symbols_find(&r->syms, r->wl.v[i].name))
			continue;
		return fail(&r->err, "whitelist:%u: %.*s is not exported by this build: take it out, or export it",
			    r->wl.v[i].line, (int)n.n, n.p);
	}
	if (v->first < r->syms.n) {
		struct str n = name_str(&r->w, r->syms.v[v->first].name);

		return fail(&r->err, "%zu symbols have another CRC than their types give, %zu have no types; the first is %.*s: build again with scripts/kernel",
			    v->wrong, v->absent, (int)n.n, n.p);
	}
	return 0;
}

/* pack_old() - all of the frozen baseline, unit by unit. */
static void pack_old(struct run *r, struct pack *p)
{
	const struct side *s = &r->base.side;
	uint32_t u, i, n, *names = xmalloc(s->nexport * sizeof(*names));
	struct view v;
	size_t k;

	p->old = s;
	view_init(&v, s);
	for (u = 0; u < s->nunit; u++) {
		for (n = 0, i = s->first[u]; i < s->first[u + 1]; i++)
			names[n++] = s->export[i].name;
		view_open(&v, u);
		pack_add_unit(p, s->unit[u].name, &v, names, n);
	}
	for (k = 0; k < s->syms.n; k++)
		pack_add_symbol(p, s->syms.v[k]);
	view_free(&v);
	free(names);
}

/* unit_name() - as it is; of an addition with the release behind it. */
static uint32_t unit_name(struct run *r, uint32_t unit)
{
	uint32_t name = r->tree.unit[unit].name;
	char *s;

	if (!r->o.add)
		return name;
	/* Its types may differ from those frozen for the same unit. */
	s = xasprintf("%.*s@%u.%u", (int)name_str(&r->w, name).n, name_str(&r->w, name).p,
		      r->o.release.major, r->o.release.minor);
	name = pool_add(&r->w.names, str_of(s), NULL);
	free(s);
	return name;
}

struct pick {
	uint32_t unit, symbol;		/* index in the tree; index in syms */
};

static int by_unit(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	return x->unit != y->unit ? (x->unit > y->unit) - (x->unit < y->unit) :
		(x->symbol > y->symbol) - (x->symbol < y->symbol);
}

static void pack_new(struct run *r, struct pack *p, const bool *wanted,
		     const struct verified *ver)
{
	struct pick *pick = xmalloc(r->syms.n * sizeof(*pick));
	uint32_t *names = xmalloc(r->syms.n * sizeof(*names));
	size_t n = 0, i, from;
	struct view v;

	for (i = 0; i < r->syms.n; i++)
		if (wanted[r->syms.v[i].name])
			pick[n++] = (struct pick){ ver->unit[i], (uint32_t)i };
	if (n)
		qsort(pick, n, sizeof(*pick), by_unit);
	view_init(&v, &r->tree);
	for (from = 0; from < n; from = i) {
		uint32_t unit = pick[from].unit, name = NONE;

		if (unit != NONE)
			name = unit_name(r, unit);
		for (i = from; i < n && pick[i].unit == unit; i++) {
			struct symbol s = r->syms.v[pick[i].symbol];

			names[i - from] = s.name;
			s.unit = name;
			pack_add_symbol(p, s);
		}
		if (unit == NONE)
			continue;
		view_open(&v, unit);
		pack_add_unit(p, name, &v, names, i - from);
	}
	view_free(&v);
	free(names);
	free(pick);
}

static void put_changes(const struct run *r, const struct pack *p, FILE *f)
{
	const struct symbols *was = &r->base.side.syms;
	size_t i;

	for (i = 0; i < was->n; i++) {
		const struct symbol *is = symbols_find(&p->syms, was->v[i].name);

		if (is && is->crc == was->v[i].crc)
			continue;
		fputs(is ? "changed " : "dropped ", f);
		put_text(f, name_str(&r->w, was->v[i].name));
		putc('\n', f);
	}
	for (i = 0; i < p->syms.n; i++)
		if (!symbols_find(was, p->syms.v[i].name)) {
			fputs("new ", f);
			put_text(f, name_str(&r->w, p->syms.v[i].name));
			putc('\n', f);
		}
}

static int write_all(struct run *r, struct pack *p, const char *path)
{
	const struct options *o = &r->o;
	const struct header *old = &r->base.head;
	struct header h = { .release = (char *)(uintptr_t)o->name, .major = o->release.major,
		.arch = (char *)(uintptr_t)o->arch, .flavour = (char *)(uintptr_t)o->flavour,
		.cc = (char *)(uintptr_t)(o->cc ? o->cc : "-"),
		.config = (char *)(uintptr_t)(o->config ? o->config : "-"),
		.scope = o->all ? "all" : "listed" };
	struct out out;

	if (out_open(&out, path, &r->err) < 0)
		return -1;
	pack_write(p, o->add ? old : &h, out.f);
	if (out_commit(&out, &r->err) < 0)
		return -1;
	if (out_open(&out, o->report, &r->err) < 0)
		return -1;
	put_changes(r, p, out.f);
	fprintf(out.f, "%zu symbols frozen in %s\n", p->syms.n, path);
	return out_commit(&out, &r->err);
}

static int freeze(struct run *r, const char *path)
{
	struct verified ver;
	struct pack p;
	bool *wanted;
	size_t n;
	int ret;

	wanted = choose(r, &n);
	verify_crcs(r, wanted, &ver);
	ret = check_choice(r, &ver);
	if (!ret && !n)
		ret = fail(&r->err, "nothing to freeze: every entry of the whitelist is in the baseline");
	if (!ret) {
		pack_init(&p, &r->w);
		if (r->o.add)
			pack_old(r, &p);
		pack_new(r, &p, wanted, &ver);
		ret = write_all(r, &p, path);
		pack_free(&p);
	}
	verify_free(&ver);
	free(wanted);
	return ret;
}

int cmd_update(struct run *r)
{
	const struct options *o = &r->o;
	char *path;
	bool exists;
	int ret = -1;

	if (!o->release.known || !o->arch || !o->flavour || !o->name)
		return fail(&r->err, "update: wanted --release MAJOR.MINOR, --name RELEASE, --arch and --flavour");
	if (!o->dir && !o->baseline)
		return fail(&r->err, "update: say where: --dir or --baseline");
	path = o->baseline ? xstrndup(o->baseline, strlen(o->baseline)) :
		xasprintf("%s/baseline", o->dir);
	exists = !access(path, F_OK);
	if (exists && run_baseline(r, true) < 0)
		goto out;
	/* The policy first: it needs no build. */
	if (may_update(r, exists) < 0 || run_whitelist(r, !o->all) < 0 ||
	    run_symvers(r, o->arg[0]) < 0 || run_tree(r, o->arg[0]) < 0)
		goto out;
	ret = freeze(r, path);
out:
	free(path);
	return ret < 0 ? -1 : EXIT_HOLDS;
}
