// SPDX-License-Identifier: GPL-2.0-only
/* causes_out.c - print one cause: the difference, the way, proof and patch. */
#include <stdlib.h>

#include "causes.h"
#include "source.h"

#define NAMES_SHOWN 6			/* symbols in a text; JSON has them all */

/* title() - "struct foo". The caller frees it. */
static char *title(const struct run *r, uint32_t name)
{
	struct str n = name_str(&r->w, name), bare = name_bare(n);

	return xasprintf("%s %.*s", kind_word(name_kind(n)), (int)bare.n, bare.p);
}

/* blame() - the hunk of the series that touches the definition; or NULL. */
static const struct hunk *blame(const struct causes *cs, const struct run *r,
				const struct src_diff *d, uint32_t name, bool *sure)
{
	struct str n = name_str(&r->w, name), bare = name_bare(n);
	char kind = name_kind(n), *word = xstrndup(bare.p, bare.n), *tag;
	const struct hunk *h = NULL;
	char **words = d->word;
	size_t nword = d->nword;

	/* In C only these three stand there with their word before them. */
	tag = kind == 's' || kind == 'u' || kind == 'e' ?
		xasprintf("%s %s", kind_word(kind), word) : xasprintf("%s", word);
	/* Of a new #include the name itself is all there is to look for. */
	if (!nword) {
		words = &word;
		nword = 1;
	}
	if (cs->has_patches)
		h = patches_find(&cs->patches, tag, words, nword, sure);
	free(word);
	free(tag);
	return h;
}

/* print_symbols() - those that reach the cause, listed ones first. */
static void print_symbols(const struct causes *cs, const struct run *r, const struct cause *c,
			  FILE *f)
{
	size_t i, shown = 0;
	int listed;

	fputs("  symbols:", f);
	for (listed = 1; listed >= 0; listed--)
		for (i = 0; i < cs->c.neffect && shown < NAMES_SHOWN; i++) {
			const struct effect *e = &cs->c.effect[i];
			const struct symbol *was = symbols_find(&r->base.side.syms, e->symbol);
			const struct symbol *is = symbols_find(&r->syms, e->symbol);
			bool on = r->has_wl && whitelist_find(&r->wl, e->symbol);

			if (e->change != c->change || on != (listed == 1) || !was || !is ||
			    was->crc == is->crc)
				continue;
			fputs(shown++ ? ", " : " ", f);
			put_text(f, name_str(&r->w, e->symbol));
		}
	if (c->total > shown)
		fprintf(f, ", and %zu more", c->total - shown);
	putc('\n', f);
}

void causes_print(const struct causes *cs, const struct run *r, const struct cause *c, FILE *f)
{
	const struct change *ch = &cs->c.v[c->change];
	char *name = title(r, ch->name);
	char *path = causes_path(cs, r, &cs->c.effect[c->example]);
	const struct hunk *h;
	struct src_diff d;
	bool sure = false;

	source_diff(&d, &r->w, ch->a, ch->b);
	put_text(f, str_of(name));
	fprintf(f, ": %s: breaks %zu listed symbols, %zu in all\n", d.class, c->listed, c->total);
	fputs("  e.g. ", f);
	put_text(f, str_of(path));
	putc('\n', f);
	source_print(&d, "  ", f);
	print_symbols(cs, r, c, f);
	fprintf(f, "  proof: with the old definition back %zu of %zu have their old CRC%s",
		c->alone, c->total, c->alone < c->total ? "" : "\n");
	if (c->alone < c->total)
		fprintf(f, "; %zu of %zu with the other causes of each\n", c->together, c->total);
	h = blame(cs, r, &d, ch->name, &sure);
	if (h) {
		fputs(sure ? "  patch: " : "  patch: perhaps ", f);
		put_text(f, str_of(cs->patches.name[h->patch]));
		fputs(", in ", f);
		put_text(f, str_of(h->file));
		putc('\n', f);
	} else if (cs->has_patches) {
		fputs("  patch: none of the series: the base or the configuration changed it\n", f);
	}
	fprintf(f, "  cure: %s\n", d.advice);
	source_diff_free(&d);
	free(name);
	free(path);
}

void causes_json(const struct causes *cs, const struct run *r, const struct cause *c,
		 struct json *j)
{
	const struct change *ch = &cs->c.v[c->change];
	char *path = causes_path(cs, r, &cs->c.effect[c->example]), *text = NULL;
	const struct hunk *h;
	struct src_diff d;
	bool sure = false;
	size_t i, n = 0;
	FILE *mem;

	source_diff(&d, &r->w, ch->a, ch->b);
	json_begin(j, NULL, '{');
	json_str(j, "name", name_str(&r->w, ch->name));
	json_text(j, "class", d.class);
	json_num(j, "listed", c->listed);
	json_num(j, "total", c->total);
	json_num(j, "restored_alone", c->alone);
	json_num(j, "restored_together", c->together);
	json_text(j, "path", path);
	mem = open_memstream(&text, &n);
	if (mem) {
		source_print(&d, "", mem);
		fclose(mem);
		json_text(j, "diff", text);
	}
	h = blame(cs, r, &d, ch->name, &sure);
	json_text(j, "patch", h ? cs->patches.name[h->patch] : "");
	json_text(j, "file", h ? h->file : "");
	json_bool(j, "patch_sure", h && sure);
	json_text(j, "cure", d.advice);
	json_begin(j, "symbols", '[');
	for (i = 0; i < cs->c.neffect; i++)
		if (cs->c.effect[i].change == c->change)
			json_str(j, NULL, name_str(&r->w, cs->c.effect[i].symbol));
	json_end(j, ']');
	json_end(j, '}');
	free(text);
	free(path);
	source_diff_free(&d);
}
