// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc.c - the CRC that genksyms gives a symbol.
 *
 * It is the CRC-32 of the text of the expanded definition, each token with a
 * blank behind it. A type that is met first is expanded in its place; met again
 * it is only named: "struct foo " or, of a typedef or enumerator, "foo ". One
 * that nothing defines is "struct foo { UNKNOWN } ". Types nest as deep as the
 * input likes, so there is no recursion here.
 */
#include <stdlib.h>

#include "crc.h"

static uint32_t table[8][256];

__attribute__((constructor))
static void make_table(void)
{
	uint32_t i, k, v;

	for (i = 0; i < 256; i++) {
		v = i;
		for (k = 0; k < 8; k++)
			v = v & 1 ? 0xedb88320U ^ (v >> 1) : v >> 1;
		table[0][i] = v;
	}
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++)
			table[k][i] = table[0][table[k - 1][i] & 0xff] ^
				      (table[k - 1][i] >> 8);
}

static uint32_t le32(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t crc32_text(uint32_t crc, const char *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t a = le32(p) ^ crc, b = le32(p + 4);

		crc = table[7][a & 0xff] ^ table[6][(a >> 8) & 0xff] ^
		      table[5][(a >> 16) & 0xff] ^ table[4][a >> 24] ^
		      table[3][b & 0xff] ^ table[2][(b >> 8) & 0xff] ^
		      table[1][(b >> 16) & 0xff] ^ table[0][b >> 24];
	}
	for (; n; p++, n--)
		crc = table[0][(crc ^ (unsigned char)*p) & 0xff] ^ (crc >> 8);
	return crc;
}

void crc_init(struct crc_work *c, const struct world *w)
{
	memset(c, 0, sizeof(*c));
	c->nseen = w->names.n;
	c->seen = xcalloc(c->nseen, sizeof(*c->seen));
}

void crc_free(struct crc_work *c)
{
	free(c->seen);
	free(c->stack);
}

static uint32_t definition(const struct crc_from *f, uint32_t name)
{
	uint32_t rec = NONE;

	if (f->old && (f->all || f->mark[name] == f->gen))
		rec = view_get(f->old, name);
	if (rec == NONE)
		rec = view_get(f->new, name);
	if (rec == NONE && f->old)
		rec = view_get(f->old, name);
	return rec;
}

/* named() - go on with "struct foo " or "foo ". */
static uint32_t named(uint32_t crc, struct str name)
{
	char kind = name_kind(name);
	struct str bare = name_bare(name);

	if (kind == 's' || kind == 'u' || kind == 'e') {
		crc = crc32_text(crc, kind_word(kind), strlen(kind_word(kind)));
		crc = crc32_text(crc, " ", 1);
	}
	/* The pool keeps a blank behind each text. */
	return crc32_text(crc, bare.p, bare.n + 1);
}

static void push(struct crc_work *c, size_t depth, uint32_t rec)
{
	c->stack = vec_room(c->stack, &c->cap, depth + 1, sizeof(*c->stack));
	c->stack[depth] = (struct crc_frame){ rec, 0 };
}

uint32_t crc_symbol(struct crc_work *c, const struct crc_from *from, uint32_t name)
{
	const struct world *w = from->new->s->w;
	uint32_t crc = 0xffffffff, rec = definition(from, name);
	size_t depth = 0;

	if (rec == NONE)
		return 0;
	c->gen++;
	c->seen[name] = c->gen;
	push(c, depth++, rec);
	while (depth) {
		struct crc_frame *f = &c->stack[depth - 1];
		const struct rec *r = &w->rec[f->rec];
		const struct seg *seg = &r->seg[f->seg];

		if (f->seg == r->nseg) {
			depth--;
			continue;
		}
		f->seg++;
		crc = crc32_text(crc, seg->p, seg->n);
		if (seg->ref == NONE)
			continue;
		rec = c->seen[seg->ref] == c->gen ? NONE : definition(from, seg->ref);
		if (rec != NONE) {
			c->seen[seg->ref] = c->gen;
			push(c, depth++, rec);
			continue;
		}
		crc = named(crc, name_str(w, seg->ref));
		if (c->seen[seg->ref] != c->gen)
			crc = crc32_text(crc, "{ UNKNOWN } ", 12);
		c->seen[seg->ref] = c->gen;
	}
	return crc ^ 0xffffffff;
}
