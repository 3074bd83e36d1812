/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines.h - read a text file line by line, with little memory and strictly.
 *
 * A file is a regular one of at most LINES_FILE_MAX bytes; a line has at most
 * LINES_LINE_MAX bytes and ends with a newline, the last one, too: a file that
 * was cut off is not taken for a whole one.
 */
#ifndef KABI_LINES_H
#define KABI_LINES_H

#include "util.h"

#define LINES_FILE_MAX ((size_t)256 << 20)
#define LINES_LINE_MAX ((size_t)1 << 20)	/* the longest real one: 7 kB */

struct lines {
	const char *file;		/* for messages; not copied */
	struct err *err;
	int fd;				/* -1: all of it is in buf */
	char *buf;
	size_t cap, pos, end;		/* bytes: of buf, read, filled */
	size_t total;			/* bytes read so far */
	size_t no;			/* of the line last given; 1 is the first */
	bool borrowed;			/* buf is not ours */
};

/* lines_open() - begin with a file; 0, or -1 with the reason in err. */
int lines_open(struct lines *l, const char *path, struct err *err);
/*
 * lines_reopen() - the same, but keep the buffer of the file before. For the
 * first one l must be zero.
 */
int lines_reopen(struct lines *l, const char *path, struct err *err);
/* lines_memory() - begin with n bytes at data, which stay the caller's. */
void lines_memory(struct lines *l, const char *name, const void *data, size_t n,
		  struct err *err);
/*
 * lines_next() - the next line, without its newline, valid until the next
 * call. 1: a line, 0: the end, -1: an error (length, end of file, I/O).
 */
int lines_next(struct lines *l, struct str *line);
/* lines_text() - the same, and the line has no control byte but tabs. */
int lines_text(struct lines *l, struct str *line);
/* lines_fail() - an error at the line last given; always -1. */
int lines_fail(struct lines *l, const char *fmt, ...) PRINTF(2, 3);
void lines_close(struct lines *l);

/* text_bad() - the first control byte (but tab, if tabs) in s, or -1. */
int text_bad(struct str s, bool tabs);

#endif
