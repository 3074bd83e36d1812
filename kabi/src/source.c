// SPDX-License-Identifier: GPL-2.0-only
/* source.c - lay a record out as source, and compare two (source.h). */
#include <stdlib.h>

#include "lines.h"
#include "out.h"
#include "source.h"

/* Above so many pairs of lines the middle is given as replaced, in one piece. */
#define PAIRS_MAX ((size_t)4 << 20)

struct text {
	struct src_line *v;
	size_t n, cap;
};

/* The line that is being put together, and the braces round it. */
struct layout {
	struct text *out;
	char *line;
	size_t len, cap;
	bool *is_enum;			/* by depth */
	size_t depth, depth_cap;
	unsigned parens;
	bool saw_enum;			/* since the last brace or semicolon */
};

static bool is_any(struct str t, const char *set)
{
	return t.n == 1 && strchr(set, *t.p);
}

static void append(struct layout *l, struct str t, bool blank)
{
	l->line = vec_room(l->line, &l->cap, l->len + t.n + 2, 1);
	if (blank && l->len)
		l->line[l->len++] = ' ';
	memcpy(l->line + l->len, t.p, t.n);
	l->len += t.n;
}

static void end_line(struct layout *l, size_t depth)
{
	if (!l->len)
		return;
	l->out->v = vec_room(l->out->v, &l->out->cap, l->out->n + 1, sizeof(*l->out->v));
	l->out->v[l->out->n++] = (struct src_line){ xstrndup(l->line, l->len),
						    (unsigned)depth, EDIT_SAME };
	l->len = 0;
}

/* glue() - no blank between what is there and t, as people write C. */
static bool glue(const struct layout *l, struct str t)
{
	char last = l->len ? l->line[l->len - 1] : 0;

	return last == '(' || last == '[' || (last == '*' && !is_any(t, "(")) ||
	       is_any(t, ";,)]") ||
	       (is_any(t, "[") && last != ' ') || (is_any(t, "(") && last == ')');
}

static void put_token(struct layout *l, const struct token *t)
{
	struct str bare = name_bare(t->s);
	char k = t->kind;

	if (is_any(t->s, "}")) {
		end_line(l, l->depth);
		l->depth -= l->depth > 0;
		append(l, bare, false);
		l->saw_enum = false;
		return;
	}
	if (k == 's' || k == 'u' || k == 'e')
		append(l, str_of(kind_word(k)), !glue(l, bare));
	append(l, bare, (k == 's' || k == 'u' || k == 'e') || !glue(l, bare));
	if (str_eq(t->s, "enum"))
		l->saw_enum = true;
	l->parens += is_any(t->s, "(");
	l->parens -= is_any(t->s, ")") && l->parens;
	if (is_any(t->s, "{")) {
		end_line(l, l->depth);
		l->is_enum = vec_room(l->is_enum, &l->depth_cap, l->depth + 1, sizeof(bool));
		l->is_enum[l->depth++] = l->saw_enum;
		l->saw_enum = false;
	} else if (!l->parens && is_any(t->s, ";")) {
		end_line(l, l->depth);
		l->saw_enum = false;
	} else if (!l->parens && is_any(t->s, ",") && l->depth && l->is_enum[l->depth - 1]) {
		end_line(l, l->depth);
	}
}

static void lay_out(struct text *out, struct str body)
{
	struct layout l = { .out = out };
	struct token t;

	/* There may be no line, but no arithmetic on NULL: found by scripts/kabi-fuzz. */
	out->v = vec_room(out->v, &out->cap, 1, sizeof(*out->v));
	while (token_next(&body, &t) > 0)
		put_token(&l, &t);
	end_line(&l, l.depth);
	free(l.line);
	free(l.is_enum);
}

static bool same(const struct src_line *a, const struct src_line *b)
{
	return a->depth == b->depth && !strcmp(a->text, b->text);
}

static void emit(struct src_diff *d, struct src_line *l, enum edit edit)
{
	d->v[d->n] = *l;
	d->v[d->n].edit = edit;
	d->n++;
	d->old_lines += edit == EDIT_OLD;
	d->new_lines += edit == EDIT_NEW;
}

/* middle() - longest common subsequence of what differs in a and b. */
static void middle(struct src_diff *d, struct src_line *a, size_t na, struct src_line *b,
		   size_t nb)
{
	uint32_t *best = NULL;		/* length from (i, j) to the ends */
	size_t i, j, row = nb + 1;

	if (na && nb && na <= PAIRS_MAX / nb) {
		best = xcalloc((na + 1) * row, sizeof(*best));
		for (i = na; i-- > 0;)
			for (j = nb; j-- > 0;) {
				uint32_t x = best[(i + 1) * row + j], y = best[i * row + j + 1];

				best[i * row + j] = same(&a[i], &b[j]) ?
					best[(i + 1) * row + j + 1] + 1 : x > y ? x : y;
			}
	}
	for (i = j = 0; best && i < na && j < nb;) {
		if (same(&a[i], &b[j])) {
			free(b[j++].text);
			emit(d, &a[i++], EDIT_SAME);
		} else if (best[(i + 1) * row + j] >= best[i * row + j + 1]) {
			emit(d, &a[i++], EDIT_OLD);
		} else {
			emit(d, &b[j++], EDIT_NEW);
		}
	}
	free(best);
	while (i < na)
		emit(d, &a[i++], EDIT_OLD);
	while (j < nb)
		emit(d, &b[j++], EDIT_NEW);
}

static void diff(struct src_diff *d, struct text *a, struct text *b)
{
	size_t head = 0, tail = 0, i;

	d->v = xcalloc(a->n + b->n, sizeof(*d->v));
	while (head < a->n && head < b->n && same(&a->v[head], &b->v[head]))
		head++;
	while (tail < a->n - head && tail < b->n - head &&
	       same(&a->v[a->n - 1 - tail], &b->v[b->n - 1 - tail]))
		tail++;
	for (i = 0; i < head; i++) {
		emit(d, &a->v[i], EDIT_SAME);
		free(b->v[i].text);
	}
	middle(d, a->v + head, a->n - head - tail, b->v + head, b->n - head - tail);
	for (i = tail; i > 0; i--) {
		emit(d, &a->v[a->n - i], EDIT_SAME);
		free(b->v[b->n - i].text);
	}
	free(a->v);
	free(b->v);
}


void source_diff(struct src_diff *d, const struct world *w, uint32_t a, uint32_t b)
{
	struct text old = { 0 }, new = { 0 };

	memset(d, 0, sizeof(*d));
	lay_out(&old, w->rec[a].body);
	lay_out(&new, w->rec[b].body);
	diff(d, &old, &new);
	classify(d, w, a, b);
}

void source_diff_free(struct src_diff *d)
{
	while (d->n)
		free(d->v[--d->n].text);
	while (d->nword)
		free(d->word[--d->nword]);
	free(d->v);
	free(d->word);
}

/* wanted() - is this line changed, beside a changed one, or the head? */
static bool wanted(const struct src_diff *d, size_t i)
{
	return !i || d->v[i].edit != EDIT_SAME || (d->v[i - 1].edit != EDIT_SAME) ||
	       (i + 1 < d->n && d->v[i + 1].edit != EDIT_SAME);
}

void source_print(const struct src_diff *d, const char *prefix, FILE *f)
{
	bool gap = false;
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct src_line *l = &d->v[i];

		if (!wanted(d, i)) {
			if (!gap)
				fprintf(f, "%s  \t...\n", prefix);
			gap = true;
			continue;
		}
		gap = false;
		fprintf(f, "%s%c %.*s", prefix, " -+"[l->edit],
			(int)(l->depth < 8 ? l->depth : 8), "\t\t\t\t\t\t\t\t");
		put_text(f, str_of(l->text));
		putc('\n', f);
	}
}
