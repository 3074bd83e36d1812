// SPDX-License-Identifier: GPL-2.0-only
/* patches.c - which patch of the series touches a definition? (patches.h) */
#include <ctype.h>
#include <stdlib.h>

#include "lines.h"
#include "patches.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool begins(struct str s, const char *with)
{
	return s.n >= strlen(with) && !memcmp(s.p, with, strlen(with));
}

static char *keep(struct patches *p, struct str s)
{
	char *copy = arena_get(&p->arena, s.n + 1, 1);

	memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	return copy;
}

/* add_words() - note that the line changes these words in the newest hunk. */
static void add_words(struct patches *p, struct str line)
{
	size_t i = 1, from;

	while (i < line.n) {
		while (i < line.n && !is_word(line.p[i]))
			i++;
		from = i;
		while (i < line.n && is_word(line.p[i]))
			i++;
		if (i == from || isdigit((unsigned char)line.p[from]))
			continue;
		p->post = vec_room(p->post, &p->post_cap, p->npost + 1, sizeof(*p->post));
		p->post[p->npost++] = (struct posting){
			pool_add(&p->words, (struct str){ line.p + from, i - from }, NULL),
			(uint32_t)(p->nhunk - 1) };
	}
}

/* The text of the hunk that is being read. */
struct hunk_text {
	char *p;
	size_t n, cap;
};

static void text_add(struct hunk_text *t, struct str s)
{
	t->p = vec_room(t->p, &t->cap, t->n + s.n + 2, 1);
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n++] = '\n';
}

static void end_hunk(struct patches *p, struct hunk_text *t)
{
	if (t->n)
		p->hunk[p->nhunk - 1].text = keep(p, (struct str){ t->p, t->n });
	t->n = 0;
}

/* hunk_size() - "@@ -a,b +c,d @@ heading": the lines to come; heading is left. */
static bool hunk_size(struct str *s, uint32_t *old, uint32_t *new)
{
	struct str head = { s->p + 4, s->n - 4 }, a = str_cut(&head, ' '), b;

	*old = *new = 1;
	str_cut(&a, ',');
	if (a.n && !str_u32(a, 10, old))
		return false;
	if (!head.n || *head.p != '+')
		return false;
	b = str_cut(&head, ' ');
	str_cut(&b, ',');
	if (b.n && !str_u32(b, 10, new))
		return false;
	*s = head;
	return begins(head, "@@");
}

int patches_read(struct patches *p, const char *name, struct lines *l)
{
	struct hunk_text text = { 0 };
	uint32_t old = 0, new = 0;
	char *file = keep(p, str_of(""));
	struct str line;
	int got;

	p->name = vec_room(p->name, &p->cap, p->n + 1, sizeof(*p->name));
	p->name[p->n++] = keep(p, str_of(name));
	while ((got = lines_next(l, &line)) > 0) {
		if (!old && !new) {
			end_hunk(p, &text);
			if (begins(line, "+++ b/")) {
				file = keep(p, (struct str){ line.p + 6, line.n - 6 });
			} else if (begins(line, "@@ -")) {
				if (!hunk_size(&line, &old, &new)) {
					got = lines_fail(l, "a broken head of a hunk: export the patch again");
					break;
				}
				p->hunk = vec_room(p->hunk, &p->hunk_cap, p->nhunk + 1,
						   sizeof(*p->hunk));
				p->hunk[p->nhunk++] = (struct hunk){ (uint32_t)(p->n - 1), file,
								     keep(p, str_of("")) };
				text_add(&text, line);
			}
			continue;
		}
		text_add(&text, line);
		if (begins(line, "\\"))
			continue;
		if (begins(line, "+") || begins(line, "-"))
			add_words(p, line);
		old -= old && !begins(line, "+");
		new -= new && !begins(line, "-");
	}
	end_hunk(p, &text);
	free(text.p);
	if (got < 0)
		return -1;
	return old || new ? lines_fail(l, "the patch ends inside of a hunk: it was cut off") : 0;
}

static int by_word(const void *a, const void *b)
{
	const struct posting *x = a, *y = b;

	return x->word != y->word ? (x->word > y->word) - (x->word < y->word) :
		(x->hunk > y->hunk) - (x->hunk < y->hunk);
}

void patches_index(struct patches *p)
{
	if (p->npost)
		qsort(p->post, p->npost, sizeof(*p->post), by_word);
}

int patches_load(struct patches *p, const char *dir, struct err *err)
{
	char *series = xasprintf("%s/series", dir);
	struct lines l, patch;
	struct str line, name;
	int got = lines_open(&l, series, err);

	memset(p, 0, sizeof(*p));
	pool_init(&p->words);
	while (!got && (got = lines_text(&l, &line)) > 0) {
		char *path;

		name = str_trim(str_cut(&line, '#'));
		got = 0;
		if (!name.n)
			continue;
		path = xasprintf("%s/%.*s", dir, (int)name.n, name.p);
		got = lines_open(&patch, path, err);
		if (!got) {
			got = patches_read(p, path + strlen(dir) + 1, &patch);
			lines_close(&patch);
		}
		free(path);
	}
	if (l.buf)
		lines_close(&l);
	free(series);
	patches_index(p);
	return got;
}

void patches_free(struct patches *p)
{
	free(p->name);
	free(p->hunk);
	free(p->post);
	pool_free(&p->words);
	arena_free(&p->arena);
}

/* shows() - tag stands in text as whole words. */
static bool shows(const char *text, const char *tag)
{
	const char *at = text;
	size_t n = strlen(tag);

	while ((at = strstr(at, tag))) {
		if ((at == text || !is_word(at[-1])) && !is_word(at[n]))
			return true;
		at++;
	}
	return false;
}

static bool is_header(const char *file)
{
	size_t n = strlen(file);

	return n > 2 && !strcmp(file + n - 2, ".h");
}

const struct hunk *patches_find(const struct patches *p, const char *tag, char *const *word,
				size_t nword, bool *sure)
{
	const struct hunk *best = NULL;
	int best_score = 0;
	size_t i, k, lo, hi;

	for (i = 0; i < nword; i++) {
		uint32_t id = pool_find((struct pool *)(uintptr_t)&p->words, str_of(word[i]));

		for (lo = 0, hi = p->npost; lo < hi;) {
			k = lo + (hi - lo) / 2;
			if (p->post[k].word < id)
				lo = k + 1;
			else
				hi = k;
		}
		for (k = lo; id != NONE && k < p->npost && p->post[k].word == id; k++) {
			const struct hunk *h = &p->hunk[p->post[k].hunk];
			int score = shows(h->text, tag) ? 2 : is_header(h->file);

			/* a file that only uses the structure defines nothing */
			score = score * 2 + (score && is_header(h->file));
			if (score && (score > best_score || (score == best_score && h > best))) {
				best = h;
				best_score = score;
			}
		}
	}
	*sure = best_score >= 4;
	return best;
}
