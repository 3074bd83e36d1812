// SPDX-License-Identifier: GPL-2.0-only
/* baseline.c - read a baseline (baseline.h). */
#include <stdlib.h>

#include "baseline.h"
#include "lines.h"
#include "sha256.h"

/* A record of %types, and where it stood. */
struct body {
	uint32_t name, rec, line;
	uint32_t variant;		/* 0: the default */
};

/* A unit's use of a body. */
struct depart {
	uint32_t unit, rec;
};

struct reader {
	struct baseline *b;
	struct world *w;
	struct lines *l;
	struct sha256 sum;
	bool types;			/* are they wanted? */
	bool spelt;			/* version 1: no @ for names */
	char *text;			/* scratch */
	size_t text_cap;
	struct body *body;
	size_t nbody, body_cap;
	struct depart *dep;
	size_t ndep, dep_cap;
	uint32_t *unit;			/* names of units, some twice */
	size_t nunit, unit_cap;
};

#define EDITED "the file is generated: restore it from git"

/* next() - the next line, counted in the sum unless it is the last. */
static int next(struct reader *r, struct str *line)
{
	int got = lines_text(r->l, line);

	if (!got)
		return lines_fail(r->l, "no line %%end: the file was cut off; restore it from git");
	if (got > 0 && (line->n < 4 || memcmp(line->p, "%end", 4))) {
		sha256_add(&r->sum, line->p, line->n);
		sha256_add(&r->sum, "\n", 1);
	}
	return got;
}

/* read_head() - the lines before %symbols, in their order. */
static int read_head(struct reader *r)
{
	struct header *h = &r->b->head;
	char *major = NULL;
	struct { const char *key; char **value; } want[] = {
		{ "kabi-baseline", NULL }, { "release", &h->release }, { "major", &major },
		{ "arch", &h->arch }, { "flavour", &h->flavour }, { "cc", &h->cc },
		{ "config", &h->config }, { "scope", &h->scope },
	};
	struct str line, key;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		if (next(r, &line) < 0)
			goto bad;
		key = str_cut(&line, ' ');
		if (!str_eq(key, want[i].key) || !line.n) {
			lines_fail(r->l, "wanted a line '%s ...': no baseline, or one of another version",
				   want[i].key);
			goto bad;
		}
		if (want[i].value)
			*want[i].value = xstrndup(line.p, line.n);
		else if (!str_eq(line, "1") && !str_eq(line, "2")) {
			lines_fail(r->l, "a baseline of version %.*s: this program reads versions 1 and 2",
				   (int)(line.n < 20 ? line.n : 20), line.p);
			goto bad;
		} else {
			r->spelt = *line.p == '1';
		}
	}
	if (!str_u32(str_of(major), 10, &h->major)) {
		lines_fail(r->l, "'major %s': wanted a number", major);
		goto bad;
	}
	free(major);
	if (next(r, &line) < 0)
		return -1;
	if (!str_eq(line, "%symbols"))
		return lines_fail(r->l, "wanted the line %%symbols; " EDITED);
	return 0;
bad:
	free(major);
	return -1;
}

static uint32_t add_name(struct reader *r, struct str s)
{
	return pool_add(&r->w->names, s, NULL);
}

static void add_unit(struct reader *r, uint32_t name)
{
	r->unit = vec_room(r->unit, &r->unit_cap, r->nunit + 1, sizeof(*r->unit));
	r->unit[r->nunit++] = name;
}

static int read_symbol(struct reader *r, struct str line)
{
	struct symbol s = { .ns = NONE, .unit = NONE };
	struct str f[6];
	size_t i;

	for (i = 0; i < 6; i++) {
		f[i] = str_cut(&line, ' ');
		if (!f[i].n || f[i].n > NAME_MAX_LEN)
			return lines_fail(r->l, "wanted 6 fields: crc, symbol, module, G or -, namespace, unit; " EDITED);
	}
	if (line.n)
		return lines_fail(r->l, "more than 6 fields; " EDITED);
	s.has_crc = str_crc(f[0], &s.crc);
	if (!s.has_crc && !str_eq(f[0], "-"))
		return lines_fail(r->l, "'%.*s' is no CRC; " EDITED, (int)f[0].n, f[0].p);
	s.gpl = str_eq(f[3], "G");
	if (!s.gpl && !str_eq(f[3], "-"))
		return lines_fail(r->l, "'%.*s': wanted G or -; " EDITED, (int)f[3].n, f[3].p);
	s.name = add_name(r, f[1]);
	s.module = add_name(r, f[2]);
	if (!str_eq(f[4], "-"))
		s.ns = add_name(r, f[4]);
	if (!str_eq(f[5], "-")) {
		s.unit = add_name(r, f[5]);
		add_unit(r, s.unit);
	}
	if (r->b->side.syms.n) {
		struct str last = name_str(r->w, r->b->side.syms.v[r->b->side.syms.n - 1].name);

		if (str_cmp(last, f[1]) >= 0)
			return lines_fail(r->l, "%.*s is there twice or not in its place; " EDITED,
					  (int)f[1].n, f[1].p);
	}
	symbols_add(&r->b->side.syms, s);
	return 0;
}

struct str record_own(struct str line)
{
	struct str name = str_cut(&line, ' ');

	if (name.n > 2 && name.p[1] == '#')
		return (struct str){ name.p + 2, name.n - 2 };
	return name;
}

bool word_is_mark(struct str s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] == '@'; i++)
		;
	return s.n && i == s.n;
}

static void add_text(struct reader *r, size_t *n, struct str s)
{
	r->text = vec_room(r->text, &r->text_cap, *n + s.n + 1, 1);
	memcpy(r->text + *n, s.p, s.n);
	*n += s.n;
}

/*
 * spell() - line with its name in place of @, valid until the next call; cut where
 * it becomes longer than any line may be.
 */
static struct str spell(struct reader *r, struct str line)
{
	struct str own = record_own(line), word = str_cut(&line, ' ');
	size_t n = 0;

	add_text(r, &n, word);
	while (line.n && n <= LINES_LINE_MAX) {
		word = str_cut(&line, ' ');
		add_text(r, &n, str_of(" "));
		if (str_eq(word, "@"))
			word = own;
		else if (word_is_mark(word))
			word.n--;
		add_text(r, &n, word);
	}
	return (struct str){ r->text, n };
}

static int read_type(struct reader *r, struct str line)
{
	struct body b = { .line = (uint32_t)r->l->no }, *last;
	struct str name, mark, text;

	if (!r->types)
		return 0;
	if (line.n && *line.p == '~') {
		mark = str_cut(&line, ' ');
		if (!str_u32((struct str){ mark.p + 1, mark.n - 1 }, 10, &b.variant) ||
		    !b.variant)
			return lines_fail(r->l, "wanted ~NUMBER; " EDITED);
	}
	text = line;
	name = str_cut(&line, ' ');
	if (!line_check(text) || !name.n || name.n > NAME_MAX_LEN)
		return lines_fail(r->l, "no record of a type; " EDITED);
	if (!r->spelt)
		text = spell(r, text);
	if (text.n > LINES_LINE_MAX)
		return lines_fail(r->l, "a record of more than %zu bytes; " EDITED, LINES_LINE_MAX);
	b.name = add_name(r, name);
	last = r->nbody ? &r->body[r->nbody - 1] : NULL;
	if (b.variant ? !last || last->name != b.name || last->variant + 1 != b.variant :
			last && str_cmp(name_str(r->w, last->name), name) >= 0)
		return lines_fail(r->l, "%.*s is there twice or not in its place; " EDITED,
				  (int)name.n, name.p);
	b.rec = pool_add(&r->w->lines, text, NULL);
	r->body = vec_room(r->body, &r->body_cap, r->nbody + 1, sizeof(*r->body));
	r->body[r->nbody++] = b;
	return 0;
}

/* find_body() - the body of name with that number, or NULL. */
static const struct body *find_body(const struct reader *r, struct str name,
				    uint32_t variant)
{
	size_t lo = 0, hi = r->nbody;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct body *b = &r->body[mid];
		int d = str_cmp(name, name_str(r->w, b->name));

		if (!d)
			d = (variant > b->variant) - (variant < b->variant);
		if (!d)
			return b;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static int read_unit(struct reader *r, struct str line)
{
	struct str unit = str_cut(&line, ' '), word, name;
	uint32_t id, variant;
	const struct body *b;

	if (!r->types)
		return 0;
	if (!unit.n || unit.n > NAME_MAX_LEN || !line.n)
		return lines_fail(r->l, "wanted a unit and what it has of its own; " EDITED);
	id = add_name(r, unit);
	add_unit(r, id);
	while (line.n) {
		word = str_cut(&line, ' ');
		name = str_cut(&word, '~');
		b = str_u32(word, 10, &variant) && variant ? find_body(r, name, variant) : NULL;
		if (!b)
			return lines_fail(r->l, "'%.*s~%.*s' stands not below %%types; " EDITED,
					  (int)(name.n < 80 ? name.n : 80), name.p,
					  (int)(word.n < 20 ? word.n : 20), word.p);
		r->dep = vec_room(r->dep, &r->dep_cap, r->ndep + 1, sizeof(*r->dep));
		r->dep[r->ndep++] = (struct depart){ id, b->rec };
	}
	return 0;
}

/* read_section() - lines up to the one that begins with end. */
static int read_section(struct reader *r, const char *end, struct str *line,
			int (*one)(struct reader *r, struct str line))
{
	while (next(r, line) > 0) {
		if (line->n && *line->p == '%') {
			if (line->n >= strlen(end) && !memcmp(line->p, end, strlen(end)))
				return 0;
			return lines_fail(r->l, "wanted the line %s here; " EDITED, end);
		}
		if (one(r, *line) < 0)
			return -1;
	}
	return -1;
}

/* read_end() - "%end LINES SHA256", and nothing behind it. */
static int read_end(struct reader *r, struct str line)
{
	size_t above = r->l->no - 1;
	struct str word, rest;
	uint32_t lines;
	char hex[65];
	int got;

	str_cut(&line, ' ');
	word = str_cut(&line, ' ');
	if (!str_u32(word, 10, &lines) || lines != above)
		return lines_fail(r->l, "%%end says %.*s lines, there are %zu; " EDITED,
				  (int)(word.n < 20 ? word.n : 20), word.p, above);
	sha256_hex(&r->sum, hex);
	if (!str_eq(line, hex))
		return lines_fail(r->l, "the sum in %%end is not that of the lines above; " EDITED);
	got = lines_text(r->l, &rest);
	if (got > 0)
		return lines_fail(r->l, "text behind %%end; " EDITED);
	return got;
}

/* check_bodies() - parse the records; each reference must have a default. */
static int check_bodies(struct reader *r)
{
	const struct side *s = &r->b->side;
	struct err what;
	size_t i;
	uint32_t k;

	if (records_parse(r->w, &what) < 0) {
		for (i = 0; i < r->nbody; i++)
			if (record_parse(r->w, r->body[i].rec, &what) < 0)
				return fail_at(r->l->err, r->l->file, r->body[i].line, "%s",
					       what.msg);
		return fail(r->l->err, "%s: %s", r->l->file, what.msg);
	}
	for (i = 0; i < r->nbody; i++) {
		const struct rec *rec = &r->w->rec[r->body[i].rec];

		for (k = 0; k < rec->nref; k++)
			if (rec->ref[k] >= s->ndef || s->def[rec->ref[k]] == NONE) {
				struct str n = name_str(r->w, rec->ref[k]);

				return fail_at(r->l->err, r->l->file, r->body[i].line,
					       "refers to %.*s, which is not there; " EDITED,
					       (int)n.n, n.p);
			}
	}
	return 0;
}

static int by_name(const void *a, const void *b, void *w)
{
	return str_cmp(name_str(w, *(const uint32_t *)a), name_str(w, *(const uint32_t *)b));
}

/* build_units() - one struct unit for each name, with its departures. */
static void build_units(struct reader *r)
{
	struct side *s = &r->b->side;
	size_t i;

	if (r->nunit)
		qsort_r(r->unit, r->nunit, sizeof(*r->unit), by_name, r->w);
	s->unit = xcalloc(r->nunit, sizeof(*s->unit));
	for (i = 0; i < r->nunit; i++)
		if (!i || r->unit[i] != r->unit[i - 1])
			s->unit[s->nunit++].name = r->unit[i];
	for (i = 0; i < r->ndep; i++) {
		struct unit *u = &s->unit[side_unit(s, r->dep[i].unit)];

		u->rec = xrealloc(u->rec, (size_t)u->n + 1, sizeof(*u->rec));
		u->rec[u->n++] = r->dep[i].rec;
	}
}

static int read_all(struct reader *r)
{
	struct side *s = &r->b->side;
	struct str line;
	size_t i;

	if (read_head(r) < 0 || read_section(r, "%types", &line, read_symbol) < 0 ||
	    read_section(r, "%units", &line, read_type) < 0 ||
	    read_section(r, "%end ", &line, read_unit) < 0 || read_end(r, line) < 0)
		return -1;
	if (!r->types) {
		symbols_index(&s->syms, &r->w->names);
		return 0;
	}
	s->ndef = r->w->names.n;
	s->def = xmalloc(s->ndef * sizeof(*s->def));
	memset(s->def, 0xff, s->ndef * sizeof(*s->def));
	for (i = 0; i < r->nbody; i++)
		if (!r->body[i].variant)
			s->def[r->body[i].name] = r->body[i].rec;
	if (check_bodies(r) < 0)
		return -1;
	build_units(r);
	symbols_index(&s->syms, &r->w->names);
	side_index(s);
	return 0;
}

int baseline_read(struct baseline *b, struct world *w, struct lines *l, bool types)
{
	struct reader r = { .b = b, .w = w, .l = l, .types = types };
	int ret;

	memset(b, 0, sizeof(*b));
	b->side.w = w;
	b->side.path = l->file;
	sha256_init(&r.sum);
	ret = read_all(&r);
	free(r.text);
	free(r.body);
	free(r.dep);
	free(r.unit);
	return ret;
}

void header_free(struct header *h)
{
	free(h->release);
	free(h->arch);
	free(h->flavour);
	free(h->cc);
	free(h->config);
	free(h->scope);
	memset(h, 0, sizeof(*h));
}

void baseline_free(struct baseline *b)
{
	header_free(&b->head);
	side_free(&b->side);
}
