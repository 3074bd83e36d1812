// SPDX-License-Identifier: GPL-2.0-only
/* pack.c - write a baseline (pack.h). */
#include <stdlib.h>

#include "pack.h"
#include "sha256.h"

void pack_init(struct pack *p, struct world *w)
{
	memset(p, 0, sizeof(*p));
	p->w = w;
	p->seen = xcalloc(w->names.n, sizeof(*p->seen));
}

void pack_free(struct pack *p)
{
	size_t i;

	for (i = 0; i < p->nunit; i++)
		free(p->unit[i].rec);
	free(p->unit);
	free(p->seen);
	free(p->list);
	symbols_free(&p->syms);
}

static void put_unit(struct pack *p, uint32_t name, size_t n)
{
	struct pack_unit *u;

	p->unit = vec_room(p->unit, &p->cap, p->nunit + 1, sizeof(*p->unit));
	u = &p->unit[p->nunit++];
	u->name = name;
	u->n = (uint32_t)n;
	u->rec = xmalloc(n * sizeof(*u->rec));
	if (n)
		memcpy(u->rec, p->list, n * sizeof(*u->rec));
}

/* reach() - list what defines name, unless that is done; the new length. */
static size_t reach(struct pack *p, const struct view *v, uint32_t name, size_t n)
{
	uint32_t rec = p->seen[name] == p->gen ? NONE : view_get(v, name);

	p->seen[name] = p->gen;
	if (rec == NONE)
		return n;
	p->list = vec_room(p->list, &p->list_cap, n + 1, sizeof(*p->list));
	p->list[n] = p->w->rec[rec].canon;
	return n + 1;
}

void pack_add_unit(struct pack *p, uint32_t name, const struct view *v,
		   const uint32_t *symbols, size_t nsym)
{
	size_t i, n = 0;
	uint32_t k;

	p->gen++;
	for (i = 0; i < nsym; i++)
		n = reach(p, v, symbols[i], n);
	/* the list is the queue, too */
	for (i = 0; i < n; i++) {
		const struct rec *r = &p->w->rec[p->list[i]];

		for (k = 0; k < r->nref; k++)
			n = reach(p, v, r->ref[k], n);
	}
	put_unit(p, name, n);
}

void pack_add_whole(struct pack *p, uint32_t name, const struct view *v)
{
	const struct unit *u = &v->s->unit[v->unit];
	uint32_t i;

	p->list = vec_room(p->list, &p->list_cap, u->n, sizeof(*p->list));
	for (i = 0; i < u->n; i++)
		p->list[i] = p->w->rec[u->rec[i]].canon;
	put_unit(p, name, u->n);
}

void pack_add_symbol(struct pack *p, struct symbol s)
{
	symbols_add(&p->syms, s);
}

/* The writer counts lines and sums up what it writes. */
struct writer {
	FILE *f;
	struct sha256 sum;
	size_t lines;
};

static void put(struct writer *w, const void *p, size_t n)
{
	fwrite(p, 1, n, w->f);
	sha256_add(&w->sum, p, n);
}

static void put_str(struct writer *w, struct str s)
{
	put(w, s.p, s.n);
}

PRINTF(2, 3) static void put_line(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	put(w, s, strlen(s));
	put(w, "\n", 1);
	w->lines++;
	free(s);
}

static void put_head(struct writer *w, const struct header *h)
{
	put_line(w, "kabi-baseline 2");
	put_line(w, "release %s", h->release);
	put_line(w, "major %u", h->major);
	put_line(w, "arch %s", h->arch);
	put_line(w, "flavour %s", h->flavour);
	put_line(w, "cc %s", h->cc);
	put_line(w, "config %s", h->config);
	put_line(w, "scope %s", h->scope);
}

static void put_symbols(struct pack *p, struct writer *w)
{
	size_t i;

	symbols_index(&p->syms, &p->w->names);
	put_line(w, "%%symbols");
	for (i = 0; i < p->syms.n; i++) {
		const struct symbol *s = &p->syms.v[i];
		struct str n = name_str(p->w, s->name), m = name_str(p->w, s->module);
		struct str ns = s->ns == NONE ? str_of("-") : name_str(p->w, s->ns);
		struct str u = s->unit == NONE ? str_of("-") : name_str(p->w, s->unit);
		char crc[16];

		snprintf(crc, sizeof(crc), "0x%08x", s->crc);
		put_line(w, "%s %.*s %.*s %s %.*s %.*s", s->has_crc ? crc : "-", (int)n.n, n.p,
			 (int)m.n, m.p, s->gpl ? "G" : "-", (int)ns.n, ns.p, (int)u.n, u.p);
	}
}

/* put_record() - a record with @ for its name (baseline.h). */
static void put_record(struct writer *w, struct str line)
{
	struct str own = record_own(line), word = str_cut(&line, ' ');

	put_str(w, word);
	while (line.n) {
		word = str_cut(&line, ' ');
		put(w, " ", 1);
		if (!str_cmp(word, own)) {
			put(w, "@", 1);
			continue;
		}
		put_str(w, word);
		if (word_is_mark(word))
			put(w, "@", 1);
	}
	put(w, "\n", 1);
	w->lines++;
}

/* A body of a type, and in how many units it is. */
struct use {
	uint32_t rec, count;
	struct str name;
};

static int by_use(const void *a, const void *b, void *arg)
{
	const struct use *x = a, *y = b;
	const struct world *w = arg;
	int d = str_cmp(x->name, y->name);

	if (!d)
		d = (x->count < y->count) - (x->count > y->count);
	return d ? d : str_cmp(pool_str(&w->lines, x->rec), pool_str(&w->lines, y->rec));
}

/* put_types() - write the bodies; variant[rec] becomes the number of each. */
static void put_types(struct pack *p, struct writer *w, uint32_t *variant)
{
	struct use *use = NULL;
	size_t n = 0, cap = 0, i;
	uint32_t k, v = 0;

	for (i = 0; i < p->nunit; i++)
		for (k = 0; k < p->unit[i].n; k++) {
			uint32_t rec = p->unit[i].rec[k];

			if (!variant[rec]++) {
				use = vec_room(use, &cap, n + 1, sizeof(*use));
				use[n++].rec = rec;
			}
		}
	for (i = 0; i < n; i++) {
		uint32_t name = p->w->rec[use[i].rec].name;

		use[i].count = variant[use[i].rec];
		use[i].name = name_str(p->w, name);
		if (p->old && name < p->old->ndef && p->old->def[name] == use[i].rec)
			use[i].count = UINT32_MAX;
	}
	if (n)
		qsort_r(use, n, sizeof(*use), by_use, p->w);
	put_line(w, "%%types");
	for (i = 0; i < n; i++) {
		v = i && p->w->rec[use[i].rec].name == p->w->rec[use[i - 1].rec].name ? v + 1 : 0;
		variant[use[i].rec] = v;
		if (v) {
			char mark[16];

			put(w, mark, (size_t)snprintf(mark, sizeof(mark), "~%u ", v));
		}
		put_record(w, pool_str(&p->w->lines, use[i].rec));
	}
	free(use);
}

static int by_unit(const void *a, const void *b, void *w)
{
	const struct pack_unit *x = a, *y = b;

	return str_cmp(name_str(w, x->name), name_str(w, y->name));
}

static int by_rec(const void *a, const void *b, void *arg)
{
	const struct world *w = arg;

	return str_cmp(name_str(w, w->rec[*(const uint32_t *)a].name),
		       name_str(w, w->rec[*(const uint32_t *)b].name));
}

static void put_units(struct pack *p, struct writer *w, const uint32_t *variant)
{
	uint32_t k, n;
	size_t i;

	if (p->nunit)
		qsort_r(p->unit, p->nunit, sizeof(*p->unit), by_unit, p->w);
	put_line(w, "%%units");
	for (i = 0; i < p->nunit; i++) {
		struct pack_unit *u = &p->unit[i];

		for (n = 0, k = 0; k < u->n; k++)
			if (variant[u->rec[k]])
				u->rec[n++] = u->rec[k];
		if (!n)
			continue;
		qsort_r(u->rec, n, sizeof(*u->rec), by_rec, p->w);
		put_str(w, name_str(p->w, u->name));
		for (k = 0; k < n; k++) {
			char mark[16];

			put(w, " ", 1);
			put_str(w, name_str(p->w, p->w->rec[u->rec[k]].name));
			put(w, mark, (size_t)snprintf(mark, sizeof(mark), "~%u",
						      variant[u->rec[k]]));
		}
		put(w, "\n", 1);
		w->lines++;
	}
}

void pack_write(struct pack *p, const struct header *h, FILE *f)
{
	struct writer w = { .f = f };
	uint32_t *variant = xcalloc(p->w->nrec, sizeof(*variant));
	char hex[65];

	sha256_init(&w.sum);
	put_head(&w, h);
	put_symbols(p, &w);
	put_types(p, &w, variant);
	put_units(p, &w, variant);
	sha256_hex(&w.sum, hex);
	fprintf(f, "%%end %zu %s\n", w.lines, hex);
	free(variant);
}
