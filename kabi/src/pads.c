// SPDX-License-Identifier: GPL-2.0-only
/* pads.c - find reserved slots in C source (pads.h). */
#include <ctype.h>
#include <stdlib.h>

#include "pads.h"

struct scan {
	const char *file;
	struct str rest;
	uint32_t line;
	bool fresh;			/* nothing but blanks on this line so far */
	char **brace;			/* owner by depth; "" if it has no name */
	size_t depth, cap;
	const char *keyword;		/* struct or union, waiting for its brace */
	struct str name;
	struct pads *out;
	struct err *err;
};

static char peek(const struct scan *s, size_t at)
{
	return at < s->rest.n ? s->rest.p[at] : 0;
}

static void skip(struct scan *s, size_t n)
{
	while (n-- && s->rest.n) {
		if (*s->rest.p == '\n') {
			s->line++;
			s->fresh = true;
		}
		s->rest.p++;
		s->rest.n--;
	}
}

/* skip_to() - behind the next text end; backslash hides a character if esc. */
static void skip_to(struct scan *s, const char *end, bool esc)
{
	size_t n = strlen(end);

	while (s->rest.n) {
		if (esc && *s->rest.p == '\\') {
			skip(s, 2);
			continue;
		}
		if (s->rest.n >= n && !memcmp(s->rest.p, end, n)) {
			skip(s, n);
			return;
		}
		skip(s, 1);
	}
}

/* skip_noise() - one comment, string or preprocessor line; false if none. */
static bool skip_noise(struct scan *s)
{
	char c = peek(s, 0);

	if (c == '/' && peek(s, 1) == '*') {
		skip(s, 2);
		skip_to(s, "*/", false);
	} else if (c == '/' && peek(s, 1) == '/') {
		skip_to(s, "\n", false);
	} else if (c == '"' || c == '\'') {
		skip(s, 1);
		skip_to(s, c == '"' ? "\"" : "'", true);
	} else if (c == '#' && s->fresh) {
		skip_to(s, "\n", true);
	} else {
		return false;
	}
	return true;
}

static struct str take_word(struct scan *s)
{
	struct str w = s->rest;

	w.n = 0;
	while (isalnum((unsigned char)peek(s, w.n)) || peek(s, w.n) == '_')
		w.n++;
	skip(s, w.n);
	return w;
}

static void skip_blanks(struct scan *s)
{
	while (s->rest.n && isspace((unsigned char)*s->rest.p))
		skip(s, 1);
}

static const char *owner(const struct scan *s)
{
	size_t i;

	for (i = s->depth; i-- > 0;)
		if (*s->brace[i])
			return s->brace[i];
	return "";
}

/* take_pad() - "(n" behind the name of a macro. */
static int take_pad(struct scan *s, bool used)
{
	uint32_t line = s->line, number;
	struct str digits;

	skip_blanks(s);
	if (peek(s, 0) != '(')
		return 0;		/* spoken of, not used */
	skip(s, 1);
	skip_blanks(s);
	digits = take_word(s);
	if (!str_u32(digits, 10, &number) || !number)
		return fail_at(s->err, s->file, line, "a reserved slot wants a number from 1 on");
	s->out->v = vec_room(s->out->v, &s->out->cap, s->out->n + 1, sizeof(*s->out->v));
	s->out->v[s->out->n++] = (struct pad){ xstrndup(owner(s), strlen(owner(s))), number,
					       line, used };
	return 0;
}

static int word(struct scan *s)
{
	struct str w = take_word(s);

	if (str_eq(w, "KABI_PAD"))
		return take_pad(s, false);
	if (str_eq(w, "KABI_PAD_USE") || str_eq(w, "KABI_PAD_USE2"))
		return take_pad(s, true);
	if (str_eq(w, "struct") || str_eq(w, "union")) {
		s->keyword = *w.p == 's' ? "struct" : "union";
		s->name.n = 0;
	} else if (s->keyword && !s->name.n && !(w.n > 2 && !memcmp(w.p, "__", 2))) {
		s->name = w;		/* not an attribute */
	}
	return 0;
}

static void open_brace(struct scan *s)
{
	s->brace = vec_room(s->brace, &s->cap, s->depth + 1, sizeof(*s->brace));
	s->brace[s->depth++] = s->keyword && s->name.n ?
		xasprintf("%s %.*s", s->keyword, (int)s->name.n, s->name.p) : xstrndup("", 0);
	s->keyword = NULL;
}

static int step(struct scan *s)
{
	char c = peek(s, 0);

	if (isspace((unsigned char)c)) {
		skip(s, 1);
		return 0;
	}
	if (skip_noise(s))
		return 0;
	s->fresh = false;
	if (isalnum((unsigned char)c) || c == '_')
		return word(s);
	if (c == '{')
		open_brace(s);
	else if (c == '}' && s->depth)
		free(s->brace[--s->depth]);
	else if (c == ';' || c == ')' || c == '=' || c == '*')
		s->keyword = NULL;
	skip(s, 1);
	return 0;
}

int pads_read(struct pads *p, const char *file, const char *text, size_t n, struct err *err)
{
	struct scan s = { .file = file, .rest = { text, n }, .line = 1, .fresh = true,
			  .out = p, .err = err };
	int ret = 0;

	memset(p, 0, sizeof(*p));
	while (s.rest.n && !ret)
		ret = step(&s);
	while (s.depth)
		free(s.brace[--s.depth]);
	free(s.brace);
	if (ret)
		pads_free(p);
	return ret;
}

void pads_free(struct pads *p)
{
	while (p->n)
		free(p->v[--p->n].owner);
	free(p->v);
	memset(p, 0, sizeof(*p));
}
