// SPDX-License-Identifier: GPL-2.0-only
/* out.c - write results: a whole file or none, text and JSON (out.h). */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

int out_open(struct out *o, const char *path, struct err *err)
{
	struct stat st;

	memset(o, 0, sizeof(*o));
	if (!path || !strcmp(path, "-")) {
		o->f = stdout;
		return 0;
	}
	/*
	 * A device or a pipe is written to, never replaced: as root a rename
	 * onto /dev/null would succeed, and break the machine.
	 */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		o->f = fopen(path, "w");
		o->special = true;
		return o->f ? 0 : fail(err, "%s: %s", path, strerror(errno));
	}
	o->path = xstrndup(path, strlen(path));
	o->tmp = xasprintf("%s.tmp.%ld", path, (long)getpid());
	o->f = fopen(o->tmp, "wx");
	if (o->f)
		return 0;
	fail(err, "%s: %s", o->tmp, strerror(errno));
	free(o->path);
	free(o->tmp);
	return -1;
}

int out_commit(struct out *o, struct err *err)
{
	const char *name = o->path ? o->path : "the output";
	bool bad = fflush(o->f) || ferror(o->f);

	if (!o->path) {
		if (bad)
			fail(err, "%s: %s", name, strerror(errno));
		out_drop(o);
		return bad ? -1 : 0;
	}
	if (bad || fsync(fileno(o->f)) || rename(o->tmp, o->path)) {
		fail(err, "%s: %s", name, strerror(errno));
		out_drop(o);
		return -1;
	}
	fclose(o->f);
	free(o->path);
	free(o->tmp);
	return 0;
}

void out_drop(struct out *o)
{
	if (o->special)
		fclose(o->f);
	if (!o->path)
		return;
	fclose(o->f);
	unlink(o->tmp);
	free(o->path);
	free(o->tmp);
}

void put_text(FILE *f, struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		putc(c < 0x20 || c == 0x7f ? '?' : c, f);
	}
}

static void quoted(FILE *f, struct str s)
{
	size_t i;

	putc('"', f);
	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		/* Bytes above 0x7e need not be UTF-8: as Latin-1 they are. */
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			putc(c, f);
	}
	putc('"', f);
}

/* place() - comma, new line and key before a value. */
static void place(struct json *j, const char *key)
{
	if (j->depth) {
		if (j->some[j->depth - 1])
			putc(',', j->f);
		j->some[j->depth - 1] = true;
		fprintf(j->f, "\n%*s", j->depth, "");
	}
	if (key)
		fprintf(j->f, "\"%s\": ", key);
}

void json_begin(struct json *j, const char *key, char bracket)
{
	place(j, key);
	putc(bracket, j->f);
	if (j->depth == JSON_DEPTH)
		abort();
	j->some[j->depth++] = false;
}

void json_end(struct json *j, char bracket)
{
	j->depth--;
	if (j->some[j->depth])
		fprintf(j->f, "\n%*s", j->depth, "");
	putc(bracket, j->f);
	if (!j->depth)
		putc('\n', j->f);
}

void json_str(struct json *j, const char *key, struct str s)
{
	place(j, key);
	quoted(j->f, s);
}

void json_text(struct json *j, const char *key, const char *s)
{
	json_str(j, key, str_of(s));
}

void json_num(struct json *j, const char *key, size_t n)
{
	place(j, key);
	fprintf(j->f, "%zu", n);
}

void json_bool(struct json *j, const char *key, bool b)
{
	place(j, key);
	fputs(b ? "true" : "false", j->f);
}
