// SPDX-License-Identifier: GPL-2.0-only
/* record.c - take records of genksyms apart (record.h). */
#include <stdlib.h>

#include "lines.h"
#include "record.h"

const char *kind_word(char kind)
{
	switch (kind) {
	case 's': return "struct";
	case 'u': return "union";
	case 'e': return "enum";
	case 't': return "typedef";
	case 'E': return "enum constant";
	default: return "symbol";
	}
}

/* skip_quoted() - the end of the string or character at s.p[i], or 0. */
static size_t skip_quoted(struct str s, size_t i)
{
	char quote = s.p[i++];

	for (; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == quote)
			return i + 1;
	}
	return 0;
}

int token_next(struct str *rest, struct token *t)
{
	size_t i = 0;

	while (rest->n && *rest->p == ' ') {
		rest->p++;
		rest->n--;
	}
	if (!rest->n)
		return 0;
	while (i < rest->n && rest->p[i] != ' ') {
		if (rest->p[i] == '"' || rest->p[i] == '\'') {
			i = skip_quoted(*rest, i);
			if (!i)
				return -1;
		} else {
			i++;
		}
	}
	t->s = (struct str){ rest->p, i };
	t->kind = 0;
	rest->p += i;
	rest->n -= i;
	if (i > 2 && t->s.p[1] == '#') {
		if (!strchr("suetE", t->s.p[0]))
			return -1;
		t->kind = t->s.p[0];
	}
	return 1;
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	pool_init(&w->names);
	pool_init(&w->lines);
}

void world_free(struct world *w)
{
	pool_free(&w->names);
	pool_free(&w->lines);
	arena_free(&w->arena);
	free(w->rec);
	free(w->mark);
}

bool line_check(struct str s)
{
	return s.n && *s.p != ' ' && text_bad(s, false) < 0;
}

/* mark_name() - true the first time that record id asks for name. */
static bool mark_name(struct world *w, uint32_t name, uint32_t id)
{
	size_t old = w->mark_cap;

	if (name >= old) {
		w->mark = vec_room(w->mark, &w->mark_cap, (size_t)name + 1, sizeof(*w->mark));
		memset(w->mark + old, 0xff, (w->mark_cap - old) * sizeof(*w->mark));
	}
	if (w->mark[name] == id)
		return false;
	w->mark[name] = id;
	return true;
}

/* count_refs() - count references of a body; -1 if a token is malformed. */
static long count_refs(struct str body, struct err *err)
{
	struct token t;
	long n = 0;
	int got;

	while ((got = token_next(&body, &t)) > 0) {
		if (t.kind && t.s.n > NAME_MAX_LEN)
			return fail(err, "a name of %zu bytes: more than %d is not from a kernel",
				    t.s.n, NAME_MAX_LEN);
		n += t.kind != 0;
	}
	if (got < 0)
		return fail(err, "a string without its end, or an unknown prefix before '#': not written by genksyms");
	return n;
}

/* take_extern() - cut "extern " off; the record without it is the canon. */
static void take_extern(struct world *w, struct rec *r, struct str name)
{
	char *text;
	size_t n;

	if (r->body.n < 8 || memcmp(r->body.p, "extern ", 7))
		return;
	r->body.p += 7;
	r->body.n -= 7;
	n = name.n + 1 + r->body.n;
	text = xmalloc(n);
	memcpy(text, name.p, name.n);
	text[name.n] = ' ';
	memcpy(text + name.n + 1, r->body.p, r->body.n);
	r->canon = pool_add(&w->lines, (struct str){ text, n }, NULL);
	free(text);
}

/* cut_body() - the stretches between references, and the references. */
static void cut_body(struct world *w, struct rec *r, uint32_t id, size_t refs)
{
	struct str rest = r->body;
	const char *from = rest.p;
	struct token t;

	r->seg = arena_get(&w->arena, (refs + 1) * sizeof(*r->seg), 8);
	r->ref = arena_get(&w->arena, (refs + 1) * sizeof(*r->ref), 4);
	while (token_next(&rest, &t) > 0) {
		uint32_t name;

		if (!t.kind)
			continue;
		name = pool_add(&w->names, t.s, NULL);
		r->seg[r->nseg++] = (struct seg){ from, (uint32_t)(t.s.p - from), name };
		from = rest.p + 1;
		if (mark_name(w, name, id))
			r->ref[r->nref++] = name;
	}
	/* The pool keeps a blank behind each text: the last token has one, too. */
	if (from < r->body.p + r->body.n)
		r->seg[r->nseg++] = (struct seg){ from,
			(uint32_t)(r->body.p + r->body.n + 1 - from), NONE };
}

int record_parse(struct world *w, uint32_t id, struct err *err)
{
	struct str rest = pool_str(&w->lines, id);
	struct rec r = { .canon = id };
	struct token t;
	long refs;

	if (token_next(&rest, &t) <= 0 || t.s.n > NAME_MAX_LEN)
		return fail(err, "no record of genksyms: wanted '<name> <definition>'");
	if (str_eq(t.s, "override"))
		return fail(err, "a record of a .symref file: take the .symref files out of the tree and build it again");
	r.name = pool_add(&w->names, t.s, NULL);
	r.body = str_trim(rest);
	if (!r.body.n)
		return fail(err, "%.*s has no definition: the line was cut off",
			    (int)t.s.n, t.s.p);
	if (str_eq(r.body, "(nil)"))
		r.body.n = 0;
	take_extern(w, &r, t.s);
	refs = count_refs(r.body, err);
	if (refs < 0)
		return -1;
	cut_body(w, &r, id, (size_t)refs);
	w->rec[id] = r;
	return 0;
}

int records_parse(struct world *w, struct err *err)
{
	/* take_extern() may add records while this runs. */
	for (; w->nrec < w->lines.n; w->nrec++) {
		w->rec = vec_room(w->rec, &w->cap, w->lines.n + 1, sizeof(*w->rec));
		if (record_parse(w, w->nrec, err) < 0)
			return -1;
	}
	return 0;
}
