// SPDX-License-Identifier: GPL-2.0-only
/* explain.c - for each break: which definition, how reached, by which patch. */
#include <stdlib.h>

#include "causes.h"

#define HOT_SHOWN 40

/* chosen() - has the call asked for this cause, by one of its symbols? */
static bool chosen(const struct causes *cs, const struct run *r, const struct cause *c)
{
	bool listed_only = r->has_wl && !r->o.all;
	size_t i;

	if (r->o.narg == 1)
		return !listed_only || c->listed;
	for (i = 1; i < r->o.narg; i++) {
		uint32_t name = pool_find((struct pool *)(uintptr_t)&r->w.names,
					  str_of(r->o.arg[i]));

		if (name != NONE && causes_of(cs, c, name))
			return true;
	}
	return false;
}

/* check_names() - a symbol that the call names must be one. */
static int check_names(struct run *r)
{
	size_t i;

	for (i = 1; i < r->o.narg; i++) {
		uint32_t name = pool_find(&r->w.names, str_of(r->o.arg[i]));

		if (name == NONE || !symbols_find(&r->base.side.syms, name))
			return fail(&r->err, "symbol %s is not in the baseline", r->o.arg[i]);
	}
	return 0;
}

static bool counts(const struct run *r, uint32_t symbol)
{
	size_t i;

	for (i = 1; i < r->o.narg; i++)
		if (str_eq(name_str(&r->w, symbol), r->o.arg[i]))
			return true;
	return r->o.narg == 1 && (!r->has_wl || r->o.all || whitelist_find(&r->wl, symbol));
}

/* What else but a CRC can break a symbol; and the text for it. */
static const char *other_break(const struct run *r, const struct symbol *was)
{
	const struct symbol *is = symbols_find(&r->syms, was->name);

	if (!is)
		return "not exported any more";
	if (is->gpl && !was->gpl)
		return "exported for GPL modules only, now";
	if (is->ns != was->ns && is->ns != NONE)
		return "in another namespace, now";
	if (was->module != is->module && str_eq(name_str(&r->w, was->module), "vmlinux"))
		return "moved into a module";
	return NULL;
}

/* other_patch() - the hunk that changes a line with the symbol; or NULL. */
static const struct hunk *other_patch(const struct causes *cs, const struct run *r,
				      uint32_t symbol)
{
	struct str n = name_str(&r->w, symbol);
	char *word = xstrndup(n.p, n.n);
	const struct hunk *h = NULL;
	bool sure;

	if (cs->has_patches)
		h = patches_find(&cs->patches, word, &word, 1, &sure);
	free(word);
	return h;
}

/* print_other() - breaks that no type explains; j NULL: as text. How many. */
static size_t print_other(const struct causes *cs, const struct run *r, FILE *f, struct json *j)
{
	const struct symbols *was = &r->base.side.syms;
	size_t i, n = 0;

	for (i = 0; i < was->n; i++) {
		const char *what = counts(r, was->v[i].name) ? other_break(r, &was->v[i]) : NULL;
		const struct hunk *h = what ? other_patch(cs, r, was->v[i].name) : NULL;

		if (!what)
			continue;
		n++;
		if (j) {
			json_begin(j, NULL, '{');
			json_str(j, "symbol", name_str(&r->w, was->v[i].name));
			json_text(j, "text", what);
			json_text(j, "patch", h ? cs->patches.name[h->patch] : "");
			json_end(j, '}');
			continue;
		}
		put_text(f, name_str(&r->w, was->v[i].name));
		fprintf(f, ": %s", what);
		if (h) {
			fputs("; patch: ", f);
			put_text(f, str_of(cs->patches.name[h->patch]));
			fputs(", in ", f);
			put_text(f, str_of(h->file));
		}
		putc('\n', f);
	}
	return n;
}

static size_t print_text(const struct causes *cs, const struct run *r, FILE *f)
{
	size_t i, shown = 0, bad = 0, other;

	for (i = 0; i < cs->n; i++) {
		if (!chosen(cs, r, &cs->v[i]))
			continue;
		if (shown++)
			putc('\n', f);
		causes_print(cs, r, &cs->v[i], f);
	}
	for (i = 0; i < cs->nunexplained; i++) {
		if (!counts(r, cs->unexplained[i]))
			continue;
		fputs("unexplained: ", f);
		put_text(f, name_str(&r->w, cs->unexplained[i]));
		fputs(": no change of the types gives its CRC; kabi lint says whether types and CRCs agree\n", f);
		bad++;
	}
	other = print_other(cs, r, f, NULL);
	fprintf(f, "%s%zu causes, %zu symbols unexplained\n", shown ? "\n" : "", shown, bad);
	return shown + bad + other;
}

static size_t print_json(const struct causes *cs, const struct run *r, FILE *f)
{
	struct json j = { .f = f };
	size_t i, shown = 0, bad = 0, other;

	json_begin(&j, NULL, '{');
	json_text(&j, "command", "explain");
	json_begin(&j, "causes", '[');
	for (i = 0; i < cs->n; i++)
		if (chosen(cs, r, &cs->v[i])) {
			causes_json(cs, r, &cs->v[i], &j);
			shown++;
		}
	json_end(&j, ']');
	json_begin(&j, "unexplained", '[');
	for (i = 0; i < cs->nunexplained; i++)
		if (counts(r, cs->unexplained[i])) {
			json_str(&j, NULL, name_str(&r->w, cs->unexplained[i]));
			bad++;
		}
	json_end(&j, ']');
	json_begin(&j, "other", '[');
	other = print_other(cs, r, f, &j);
	json_end(&j, ']');
	json_end(&j, '}');
	return shown + bad + other;
}

/* A type, and how many listed symbols reach it. */
struct hot {
	uint32_t name;
	size_t n;
};

static int by_heat(const void *a, const void *b, void *w)
{
	const struct hot *x = a, *y = b;

	if (x->n != y->n)
		return (x->n < y->n) - (x->n > y->n);
	return str_cmp(name_str(w, x->name), name_str(w, y->name));
}

/* reach() - count each name that the symbol reaches in the open view. */
static void reach(const struct run *r, const struct view *v, uint32_t symbol,
		  struct hot *hot, uint32_t *seen, uint32_t *queue, uint32_t gen)
{
	size_t n = 0, i;
	uint32_t k;

	seen[symbol] = gen;
	queue[n++] = symbol;
	for (i = 0; i < n; i++) {
		uint32_t rec = view_get(v, queue[i]);

		hot[queue[i]].n++;
		for (k = 0; rec != NONE && k < r->w.rec[rec].nref; k++) {
			uint32_t name = r->w.rec[rec].ref[k];

			if (seen[name] == gen)
				continue;
			seen[name] = gen;
			queue[n++] = name;
		}
	}
}

/* hot_types() - where to put reserved slots before a freeze. */
static int hot_types(struct run *r)
{
	uint32_t *seen, *queue, gen = 0, i, names;
	struct hot *hot;
	struct view v;
	struct out out;

	if (run_whitelist(r, true) < 0 || run_tree(r, r->o.arg[0]) < 0 ||
	    out_open(&out, r->o.output, &r->err) < 0)
		return -1;
	names = r->w.names.n;
	seen = xcalloc(names, sizeof(*seen));
	queue = xcalloc(names, sizeof(*queue));
	hot = xcalloc(names, sizeof(*hot));
	for (i = 0; i < names; i++)
		hot[i].name = i;
	view_init(&v, &r->tree);
	for (i = 0; i < r->tree.nexport; i++) {
		const struct export *e = &r->tree.export[i];

		if (!whitelist_find(&r->wl, e->name) || side_find(&r->tree, e->name) != e)
			continue;
		view_open(&v, e->unit);
		reach(r, &v, e->name, hot, seen, queue, ++gen);
	}
	qsort_r(hot, names, sizeof(*hot), by_heat, &r->w);
	for (i = 0, gen = 0; i < names && hot[i].n && gen < HOT_SHOWN; i++) {
		struct str n = name_str(&r->w, hot[i].name), bare = name_bare(n);

		if (name_kind(n) != 's')
			continue;
		fprintf(out.f, "%6zu struct ", hot[i].n);
		put_text(out.f, bare);
		putc('\n', out.f);
		gen++;
	}
	view_free(&v);
	free(seen);
	free(queue);
	free(hot);
	return out_commit(&out, &r->err) < 0 ? -1 : EXIT_HOLDS;
}

int cmd_explain(struct run *r)
{
	struct causes cs;
	struct out out;
	size_t n;
	int ret = -1;

	if (r->o.hot)
		return hot_types(r);
	if (run_whitelist(r, false) < 0 || run_baseline(r, true) < 0 ||
	    run_symvers(r, r->o.arg[0]) < 0 || run_tree(r, r->o.arg[0]) < 0 ||
	    check_names(r) < 0)
		return -1;
	if (!causes_find(&cs, r) && !out_open(&out, r->o.output, &r->err)) {
		n = r->o.json ? print_json(&cs, r, out.f) : print_text(&cs, r, out.f);
		ret = out_commit(&out, &r->err) < 0 ? -1 : n ? EXIT_BROKEN : EXIT_HOLDS;
	}
	causes_free(&cs);
	return ret;
}
