/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * util.h - memory, errors and strings, as every file here uses them.
 *
 * Functions that can fail return 0 or more for success and -1 for failure, and
 * then have put one line into a struct err: "file:line: what: cure".
 */
#ifndef KABI_UTIL_H
#define KABI_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NONE UINT32_MAX			/* no id, no index */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

struct err {
	char msg[1024];			/* one line, no newline, no control bytes */
};

/* A piece of text, not NUL-terminated. */
struct str {
	const char *p;
	size_t n;			/* bytes */
};

/* fail() - format the message into e; always returns -1. */
int fail(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* fail_at() - the same with "file:line: " before it. */
int fail_at(struct err *e, const char *file, size_t line, const char *fmt, ...)
	PRINTF(4, 5);

/* These end the program with status 2 if there is no memory. */
void *xmalloc(size_t bytes);
void *xcalloc(size_t n, size_t bytes);
void *xrealloc(void *p, size_t n, size_t bytes);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF(1, 0);
/*
 * vec_room() - make room in the array p for need elements of bytes each; cap
 * is its size in elements, kept by this function. Returns the array.
 */
void *vec_room(void *p, size_t *cap, size_t need, size_t bytes);

/* Memory for many small things that live equally long. Not thread-safe. */
struct arena {
	struct arena_block *block;
	size_t used;			/* bytes of the newest block */
};
/* arena_get() - bytes of memory, aligned to align (1, 4 or 8). */
void *arena_get(struct arena *a, size_t bytes, size_t align);
void arena_free(struct arena *a);

static inline struct str str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}

static inline bool str_eq(struct str a, const char *b)
{
	return a.n == strlen(b) && !memcmp(a.p, b, a.n);
}

/* str_cut() - the text before the first c; s keeps what follows it. */
struct str str_cut(struct str *s, char c);
struct str str_trim(struct str s);
/* str_u32() - the number that is all of s, in base 10 or 16; false if none. */
bool str_u32(struct str s, int base, uint32_t *v);
/* str_crc() - s is "0x" and eight lower-case hexadecimal digits. */
bool str_crc(struct str s, uint32_t *v);
/* str_cmp() - order by bytes, as LC_ALL=C sort does. */
int str_cmp(struct str a, struct str b);
/* glob_match() - shell pattern with * and ? only; linear in memory. */
bool glob_match(const char *pattern, const char *s);

#endif
