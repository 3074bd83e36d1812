// SPDX-License-Identifier: GPL-2.0-only
/* classify.c - what kind of change a difference is, and which words name it. */
#include <ctype.h>
#include <stdlib.h>

#include "source.h"

#define WORDS_MAX 64

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* next_word() - the next identifier of *s; n = 0 at the end. */
static struct str next_word(const char **s)
{
	struct str w;

	for (;;) {
		while (**s && !is_word(**s))
			++*s;
		w.p = *s;
		while (is_word(**s))
			++*s;
		w.n = (size_t)(*s - w.p);
		if (!w.n || !isdigit((unsigned char)*w.p))
			return w;
	}
}

/* has_word() - on any line of that edit. */
static bool has_word(const struct src_diff *d, enum edit edit, struct str word)
{
	const char *s;
	struct str w;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].edit != edit)
			continue;
		s = d->v[i].text;
		while ((w = next_word(&s)).n)
			if (!str_cmp(w, word))
				return true;
	}
	return false;
}

/* is_keyword() - a word that half of all patches have. */
static bool is_keyword(struct str w)
{
	static const char *const words[] = {
		"struct", "union", "enum", "typedef", "const", "volatile", "unsigned",
		"signed", "int", "long", "short", "char", "void", "_Bool", "__attribute__",
		"bool", "size_t", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64",
		"atomic_t", "refcount_t", "spinlock_t", "__be16", "__be32",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(w, words[i]))
			return true;
	return false;
}

static void add_word(struct src_diff *d, struct str w)
{
	size_t i;

	for (i = 0; i < d->nword; i++)
		if (str_eq(w, d->word[i]))
			return;
	if (d->nword == WORDS_MAX)
		return;
	d->word = xrealloc(d->word, d->nword + 1, sizeof(*d->word));
	d->word[d->nword++] = xstrndup(w.p, w.n);
}

/*
 * find_words() - the identifiers on one side's changed lines alone; if there are
 * none (a number changed), all on the changed lines.
 */
static void find_words(struct src_diff *d)
{
	const char *s;
	struct str w;
	size_t i;
	int any;

	for (any = 0; any < 2 && !d->nword; any++)
		for (i = 0; i < d->n && d->nword < WORDS_MAX; i++) {
			enum edit e = d->v[i].edit;

			if (e == EDIT_SAME)
				continue;
			s = d->v[i].text;
			while ((w = next_word(&s)).n)
				if (!is_keyword(w) && (any ||
				    !has_word(d, e == EDIT_OLD ? EDIT_NEW : EDIT_OLD, w)))
					add_word(d, w);
		}
}

/* member_name() - the last identifier outside of brackets; "" if none. */
static struct str member_name(const char *s)
{
	struct str w, last = { "", 0 };

	while ((w = next_word(&s)).n) {
		last = w;
		if (*s == '[')
			break;
	}
	return last;
}

static const struct src_line *first_of(const struct src_diff *d, enum edit edit)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->v[i].edit == edit)
			return &d->v[i];
	return NULL;
}

/* at_end() - nothing but closing braces behind the last new line. */
static bool at_end(const struct src_diff *d)
{
	size_t i = d->n;

	while (i > 0 && d->v[i - 1].edit == EDIT_SAME && d->v[i - 1].text[0] == '}')
		i--;
	return i < d->n && i > 0 && d->v[i - 1].edit == EDIT_NEW;
}

/* one_by_one() - one line for another: renamed, or of another type? */
static const char *one_by_one(const struct src_diff *d)
{
	const char *a = first_of(d, EDIT_OLD)->text, *b = first_of(d, EDIT_NEW)->text;
	struct str na = member_name(a), nb = member_name(b);
	size_t at = (size_t)(na.p - a);

	if (!str_cmp(na, nb))
		return "member retyped";
	if (na.n && nb.n && at == (size_t)(nb.p - b) && !strncmp(a, b, at) &&
	    !strcmp(na.p + na.n, nb.p + nb.n))
		return "member renamed";
	return "member replaced";
}

/* reordered() - each old line is a new one elsewhere. */
static bool reordered(const struct src_diff *d)
{
	size_t i, k;

	if (d->n > 2000)
		return false;
	for (i = 0; i < d->n; i++) {
		if (d->v[i].edit != EDIT_OLD)
			continue;
		for (k = 0; k < d->n; k++)
			if (d->v[k].edit == EDIT_NEW && !strcmp(d->v[i].text, d->v[k].text))
				break;
		if (k == d->n)
			return false;
	}
	return true;
}

static void of_struct(struct src_diff *d)
{
	d->advice = "keep the old members in place: use a reserved slot (KABI_PAD_USE), a member of the same size and alignment (KABI_SWAP), or a structure of your own";
	if (!d->old_lines) {
		d->class = at_end(d) ? "member appended" : "member inserted";
	} else if (!d->new_lines) {
		d->class = "member removed";
		d->advice = "keep the member, with a note that it is unused";
	} else if (d->old_lines == d->new_lines && reordered(d)) {
		d->class = "members reordered";
		d->advice = "put the members back into their old order";
	} else if (d->old_lines == 1 && d->new_lines == 1) {
		d->class = one_by_one(d);
		if (!strcmp(d->class, "member renamed"))
			d->advice = "give the member its old name back, or show genksyms the old one (KABI_SWAP)";
	} else {
		d->class = "members changed";
	}
}

static bool opaque(struct str body)
{
	static const char end[] = " { UNKNOWN }";

	return body.n > sizeof(end) - 1 &&
	       !memcmp(body.p + body.n - (sizeof(end) - 1), end, sizeof(end) - 1);
}

void classify(struct src_diff *d, const struct world *w, uint32_t a, uint32_t b)
{
	char kind = name_kind(name_str(w, w->rec[a].name));

	/* What its members are called says nothing about an #include. */
	if (!opaque(w->rec[a].body) && !opaque(w->rec[b].body))
		find_words(d);
	if (opaque(w->rec[a].body)) {
		d->class = "became visible";
		d->advice = "no layout changed: guard the new #include with #ifndef __GENKSYMS__";
	} else if (opaque(w->rec[b].body)) {
		d->class = "became opaque";
		d->advice = "no layout changed: include its header for genksyms (#ifdef __GENKSYMS__)";
	} else if (kind == 's' || kind == 'u') {
		of_struct(d);
	} else if (kind == 'e') {
		d->class = !d->old_lines ? "enumerator added" :
			!d->new_lines ? "enumerator removed" : "enumerator changed";
		d->advice = "keep the old values; hide new ones at the end behind #ifndef __GENKSYMS__";
	} else if (kind == 'E') {
		d->class = "value changed";
		d->advice = "keep the value that modules were built with";
	} else if (kind == 't') {
		d->class = "typedef changed";
		d->advice = "keep the type, and add another one";
	} else {
		d->class = "prototype changed";
		d->advice = "keep the function as it was, and export a new one beside it";
	}
}
