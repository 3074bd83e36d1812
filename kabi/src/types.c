// SPDX-License-Identifier: GPL-2.0-only
/* types.c - consolidate and compare: the types alone, without a promise. */
#include <stdlib.h>
#include <sys/stat.h>

#include "changes.h"
#include "pack.h"
#include "run.h"

/* add_exports() - each export once, with the data of Module.symvers if known. */
static void add_exports(struct run *r, struct pack *p)
{
	const struct side *s = &r->tree;
	uint32_t i, dash = pool_add(&r->w.names, str_of("-"), NULL);
	const struct symbol *known;

	for (i = 0; i < s->nexport; i++) {
		const struct export *e = &s->export[i];
		struct symbol sym = { .name = e->name, .module = dash, .ns = NONE };

		if (side_find(s, e->name) != e)
			continue;
		known = symbols_find(&r->syms, e->name);
		if (known)
			sym = *known;
		sym.unit = s->unit[e->unit].name;
		pack_add_symbol(p, sym);
	}
}

int cmd_consolidate(struct run *r)
{
	struct header h = { .release = "-", .arch = "-", .flavour = "-", .cc = "-",
			    .config = "-", .scope = "types" };
	struct pack p;
	struct view v;
	struct out out;
	uint32_t u;

	if (r->o.symvers && run_symvers(r, r->o.arg[0]) < 0)
		return -1;
	if (run_tree(r, r->o.arg[0]) < 0 || out_open(&out, r->o.output, &r->err) < 0)
		return -1;
	pack_init(&p, &r->w);
	view_init(&v, &r->tree);
	for (u = 0; u < r->tree.nunit; u++) {
		v.unit = u;		/* only its records are looked at */
		pack_add_whole(&p, r->tree.unit[u].name, &v);
	}
	add_exports(r, &p);
	pack_write(&p, &h, out.f);
	view_free(&v);
	pack_free(&p);
	return out_commit(&out, &r->err) < 0 ? -1 : EXIT_HOLDS;
}

/* load_side() - a directory or a file; b is for the latter. */
static int load_side(struct run *r, const char *path, struct side *tree, struct baseline *b,
		     const struct side **side)
{
	struct stat st;
	struct lines l;
	int ret;

	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		*side = tree;
		return side_load_tree(tree, &r->w, path, r->o.threads, &r->err);
	}
	ret = lines_open(&l, path, &r->err);
	if (!ret) {
		*side = &b->side;
		ret = baseline_read(b, &r->w, &l, true);
		lines_close(&l);
	}
	return ret;
}

static void put_names(const struct run *r, FILE *f, const char *what, const uint32_t *v,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		fprintf(f, "%s ", what);
		put_text(f, name_str(&r->w, v[i]));
		putc('\n', f);
	}
}

/* effects_of() - how many symbols reach each change. The caller frees it. */
static size_t *effects_of(const struct changes *c)
{
	size_t *count = xcalloc(c->n, sizeof(*count)), i;

	for (i = 0; i < c->neffect; i++)
		count[c->effect[i].change]++;
	return count;
}

static void print_text(const struct run *r, const struct changes *c, FILE *f)
{
	size_t *count = effects_of(c), i;
	size_t symbols = 0;

	put_names(r, f, "lost", c->lost, c->nlost);
	put_names(r, f, "added", c->added, c->nadded);
	for (i = 0; i < c->n; i++) {
		struct str n = name_str(&r->w, c->v[i].name), bare = name_bare(n);

		fprintf(f, "changed %s ", kind_word(name_kind(n)));
		put_text(f, bare);
		fprintf(f, ": %zu symbols\n  - ", count[i]);
		put_text(f, r->w.rec[c->v[i].a].body);
		fputs("\n  + ", f);
		put_text(f, r->w.rec[c->v[i].b].body);
		putc('\n', f);
	}
	for (i = 0; i < c->neffect; i++)
		symbols += !i || c->effect[i].symbol != c->effect[i - 1].symbol;
	fprintf(f, "%zu definitions changed, %zu symbols reach them; %zu exports lost, %zu added\n",
		c->n, symbols, c->nlost, c->nadded);
	free(count);
}

static void json_names(const struct run *r, struct json *j, const char *key,
		       const uint32_t *v, size_t n)
{
	size_t i;

	json_begin(j, key, '[');
	for (i = 0; i < n; i++)
		json_str(j, NULL, name_str(&r->w, v[i]));
	json_end(j, ']');
}

static void print_json(const struct run *r, const struct changes *c, FILE *f)
{
	struct json j = { .f = f };
	size_t *count = effects_of(c), i;

	json_begin(&j, NULL, '{');
	json_text(&j, "command", "compare");
	json_names(r, &j, "lost", c->lost, c->nlost);
	json_names(r, &j, "added", c->added, c->nadded);
	json_begin(&j, "changed", '[');
	for (i = 0; i < c->n; i++) {
		json_begin(&j, NULL, '{');
		json_str(&j, "name", name_str(&r->w, c->v[i].name));
		json_num(&j, "symbols", count[i]);
		json_str(&j, "old", r->w.rec[c->v[i].a].body);
		json_str(&j, "new", r->w.rec[c->v[i].b].body);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	free(count);
}

int cmd_compare(struct run *r)
{
	struct baseline base[2] = { 0 };
	struct side tree[2] = { 0 };
	const struct side *side[2];
	struct changes c;
	struct out out;
	int i, ret = 0;

	for (i = 0; i < 2 && !ret; i++)
		ret = load_side(r, r->o.arg[i], &tree[i], &base[i], &side[i]);
	if (!ret)
		ret = out_open(&out, r->o.output, &r->err);
	if (!ret) {
		changes_find(&c, side[0], side[1], NULL, r->o.threads);
		if (r->o.json)
			print_json(r, &c, out.f);
		else
			print_text(r, &c, out.f);
		ret = c.n || c.nlost ? EXIT_BROKEN : EXIT_HOLDS;
		changes_free(&c);
		if (out_commit(&out, &r->err) < 0)
			ret = -1;
	}
	for (i = 0; i < 2; i++) {
		side_free(&tree[i]);
		baseline_free(&base[i]);
	}
	return ret;
}
