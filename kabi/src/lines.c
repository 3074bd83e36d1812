// SPDX-License-Identifier: GPL-2.0-only
/* lines.c - read a text file line by line (lines.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"

#define FIRST_BUF ((size_t)256 << 10)	/* bytes; grows up to the longest line */

int lines_reopen(struct lines *l, const char *path, struct err *err)
{
	struct stat st;

	l->file = path;
	l->err = err;
	l->pos = l->end = l->total = l->no = 0;
	l->borrowed = false;
	/* O_NONBLOCK: a FIFO in a tree must not stop us. */
	l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (l->fd < 0)
		return fail(err, "%s: %s", path, strerror(errno));
	if (fstat(l->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(l->fd);
		l->fd = -1;
		return fail(err, "%s: not a regular file", path);
	}
	if (!l->buf) {
		l->cap = FIRST_BUF;
		l->buf = xmalloc(l->cap);
	}
	return 0;
}

int lines_open(struct lines *l, const char *path, struct err *err)
{
	memset(l, 0, sizeof(*l));
	return lines_reopen(l, path, err);
}

void lines_memory(struct lines *l, const char *name, const void *data, size_t n,
		  struct err *err)
{
	memset(l, 0, sizeof(*l));
	l->file = name;
	l->err = err;
	l->fd = -1;
	/* Never written to: nothing is read where there is no descriptor. */
	l->buf = (char *)(uintptr_t)data;
	l->end = n;
	l->borrowed = true;
}

/* fill() - read more behind what is in the buffer; 1: got some, 0: end. */
static int fill(struct lines *l)
{
	ssize_t n;

	if (l->fd < 0)
		return 0;
	if (l->pos) {
		memmove(l->buf, l->buf + l->pos, l->end - l->pos);
		l->end -= l->pos;
		l->pos = 0;
	}
	if (l->end == l->cap) {
		l->cap *= 2;
		l->buf = xrealloc(l->buf, l->cap, 1);
	}
	do {
		n = read(l->fd, l->buf + l->end, l->cap - l->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(l->err, "%s: %s", l->file, strerror(errno));
	l->end += (size_t)n;
	l->total += (size_t)n;
	if (l->total > LINES_FILE_MAX)
		return fail(l->err, "%s: larger than %zu MiB: is it the right file?",
			    l->file, LINES_FILE_MAX >> 20);
	return n > 0;
}

int lines_next(struct lines *l, struct str *line)
{
	size_t seen = 0;		/* bytes looked at for a newline */
	int got;

	l->no++;
	for (;;) {
		size_t left = l->end - l->pos;
		const char *nl = left > seen ?
			memchr(l->buf + l->pos + seen, '\n', left - seen) : NULL;

		if (nl || left > LINES_LINE_MAX) {
			line->p = l->buf + l->pos;
			line->n = nl ? (size_t)(nl - line->p) : left;
			if (line->n > LINES_LINE_MAX)
				return lines_fail(l, "a line of more than %zu bytes: not a file that a kernel build wrote",
						  LINES_LINE_MAX);
			l->pos += line->n + 1;
			return 1;
		}
		seen = left;
		got = fill(l);
		if (got < 0)
			return -1;
		if (!got)
			break;
	}
	if (l->pos == l->end)
		return 0;
	return lines_fail(l, "no newline at the end of the file: it was cut off, make it again");
}

int text_bad(struct str s, bool tabs)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && !(tabs && c == '\t')) || c == 0x7f)
			return c;
	}
	return -1;
}

int lines_text(struct lines *l, struct str *line)
{
	int got = lines_next(l, line), bad;

	if (got <= 0)
		return got;
	bad = text_bad(*line, true);
	if (bad >= 0)
		return lines_fail(l, "byte 0x%02x in a text file: save it as plain text with LF only",
				  (unsigned)bad);
	return 1;
}

int lines_fail(struct lines *l, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return fail_at(l->err, l->file, l->no, "%s", what);
}

void lines_close(struct lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (!l->borrowed)
		free(l->buf);
	l->fd = -1;
	l->buf = NULL;
}
