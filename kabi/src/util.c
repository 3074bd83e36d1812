// SPDX-License-Identifier: GPL-2.0-only
/* util.c - memory, errors and strings (util.h says what each does). */
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

#define ARENA_BLOCK ((size_t)64 << 10)	/* bytes; larger things get their own */

static void clean(char *s)
{
	/* Names come from the input: they must not drive a terminal. */
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

int fail(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	clean(e->msg);
	return -1;
}

int fail_at(struct err *e, const char *file, size_t line, const char *fmt, ...)
{
	size_t n = (size_t)snprintf(e->msg, sizeof(e->msg), "%.600s:%zu: ",
				    file, line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg + n, sizeof(e->msg) - n, fmt, ap);
	va_end(ap);
	clean(e->msg);
	return -1;
}

static void *checked(void *p)
{
	if (!p) {
		fputs("kabi: error: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *xmalloc(size_t bytes)
{
	return checked(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t n, size_t bytes)
{
	return checked(calloc(n ? n : 1, bytes ? bytes : 1));
}

void *xrealloc(void *p, size_t n, size_t bytes)
{
	return checked(reallocarray(p, n ? n : 1, bytes ? bytes : 1));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	return checked(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void *vec_room(void *p, size_t *cap, size_t need, size_t bytes)
{
	if (need <= *cap)
		return p;
	*cap = *cap < 8 ? 16 : *cap + *cap / 2;
	if (*cap < need)
		*cap = need;
	return xrealloc(p, *cap, bytes);
}

struct arena_block {
	struct arena_block *next;
	size_t size;			/* bytes of data */
	char data[] __attribute__((aligned(8)));
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		checked(NULL);
	b = xmalloc(sizeof(*b) + size);
	b->size = size;
	return b;
}

void *arena_get(struct arena *a, size_t bytes, size_t align)
{
	struct arena_block *b = a->block;
	size_t at = (a->used + align - 1) & ~(align - 1);

	if (b && at <= b->size && bytes <= b->size - at) {
		a->used = at + bytes;
		return b->data + at;
	}
	if (bytes > ARENA_BLOCK / 4 && b) {
		/* behind the newest one, which still has room */
		struct arena_block *own = block_new(bytes);

		own->next = b->next;
		b->next = own;
		return own->data;
	}
	b = block_new(bytes > ARENA_BLOCK ? bytes : ARENA_BLOCK);
	b->next = a->block;
	a->block = b;
	a->used = bytes;
	return b->data;
}

void arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->block; b; b = next) {
		next = b->next;
		free(b);
	}
	a->block = NULL;
	a->used = 0;
}

struct str str_cut(struct str *s, char c)
{
	const char *at = s->n ? memchr(s->p, c, s->n) : NULL;
	struct str head = *s;

	if (at) {
		head.n = (size_t)(at - s->p);
		s->p = at + 1;
		s->n -= head.n + 1;
	} else {
		s->p += s->n;
		s->n = 0;
	}
	return head;
}

struct str str_trim(struct str s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool str_u32(struct str s, int base, uint32_t *v)
{
	uint64_t sum = 0;
	size_t i;

	if (!s.n || s.n > 10)
		return false;
	for (i = 0; i < s.n; i++) {
		int c = s.p[i], d;

		if (c >= '0' && c <= '9')
			d = c - '0';
		else if (base == 16 && c >= 'a' && c <= 'f')
			d = c - 'a' + 10;
		else
			return false;
		sum = sum * (unsigned)base + (unsigned)d;
	}
	if (sum > UINT32_MAX)
		return false;
	*v = (uint32_t)sum;
	return true;
}

bool str_crc(struct str s, uint32_t *v)
{
	return s.n == 10 && s.p[0] == '0' && s.p[1] == 'x' &&
	       str_u32((struct str){ s.p + 2, 8 }, 16, v);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool glob_match(const char *pattern, const char *s)
{
	const char *star = NULL, *back = NULL;

	/* One star to come back to is enough: the last one matches most. */
	while (*s) {
		if (*pattern == '*') {
			star = ++pattern;
			back = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star;
			s = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
