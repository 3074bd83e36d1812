/* SPDX-License-Identifier: GPL-2.0-only */
/* out.h - write results: a whole file or none, text and JSON. */
#ifndef KABI_OUT_H
#define KABI_OUT_H

#include <stdio.h>

#include "util.h"

struct out {
	FILE *f;
	char *path, *tmp;		/* NULL: standard output, or special */
	bool special;			/* a device or a pipe: written to as it is */
};

/*
 * out_open() - path NULL or "-": standard output. A regular file, or one that does
 * not exist, is written under a temporary name beside it; anything else is never
 * replaced. 0 or -1.
 */
int out_open(struct out *o, const char *path, struct err *err);
/*
 * out_commit() - see that all is on the disk, then give it its name; -1: it is
 * not there, and what had that name before still is.
 */
int out_commit(struct out *o, struct err *err);
/* out_drop() - give up: leave nothing behind. */
void out_drop(struct out *o);

/* put_text() - n bytes of s; control bytes become '?'. */
void put_text(FILE *f, struct str s);

/*
 * JSON: each value goes to the place where it is called; key is NULL in an
 * array. Depth is limited to JSON_DEPTH.
 */
#define JSON_DEPTH 16
struct json {
	FILE *f;
	int depth;
	bool some[JSON_DEPTH];		/* something stands there already */
};

void json_begin(struct json *j, const char *key, char bracket);
void json_end(struct json *j, char bracket);
void json_str(struct json *j, const char *key, struct str s);
void json_text(struct json *j, const char *key, const char *s);
void json_num(struct json *j, const char *key, size_t n);
void json_bool(struct json *j, const char *key, bool b);

#endif
