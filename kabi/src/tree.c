// SPDX-License-Identifier: GPL-2.0-only
/* tree.c - read a tree of *.symtypes (side.h). */
#include <stdlib.h>
#include <unistd.h>

#include "lines.h"
#include "parallel.h"
#include "paths.h"
#include "side.h"

#define SUFFIX ".symtypes"

struct load {
	struct side *s;
	const char *top;
	const struct paths *files;
	struct thread_state {
		struct lines l;
		uint32_t *rec;
		size_t cap;
		size_t bad;		/* file that failed + 1; 0: none */
		struct err err;
		struct view view;	/* of the second pass */
	} t[THREADS_MAX];
};

static char *file_name(const struct load *load, size_t i)
{
	return xasprintf("%s/%s%s", load->top, load->files->v[i], SUFFIX);
}

/* read_unit() - the records of t->l into t->rec; how many, or -1. */
static long read_unit(struct thread_state *t, struct world *w)
{
	struct str line;
	long n = 0;
	int got;

	while ((got = lines_next(&t->l, &line)) > 0) {
		uint32_t id;

		if (line.n && line.p[line.n - 1] == ' ')
			line.n--;
		id = pool_add(&w->lines, line, line_check);
		if (id == NONE) {
			got = lines_fail(&t->l, line.n && *line.p != ' ' ?
				"a control byte: not written by genksyms" :
				"an empty line: not written by genksyms");
			break;
		}
		t->rec = vec_room(t->rec, &t->cap, (size_t)n + 1, sizeof(*t->rec));
		t->rec[n++] = id;
	}
	return got < 0 ? -1 : n;
}

static void set_unit(struct unit *u, const struct thread_state *t, long n)
{
	u->n = (uint32_t)n;
	u->rec = xmalloc(u->n * sizeof(*u->rec));
	if (u->n)
		memcpy(u->rec, t->rec, u->n * sizeof(*u->rec));
}

static bool load_job(void *arg, size_t i, unsigned thread)
{
	struct load *load = arg;
	struct thread_state *t = &load->t[thread];
	char *file = file_name(load, i);
	long n = -1;

	if (!lines_reopen(&t->l, file, &t->err)) {
		n = read_unit(t, load->s->w);
		close(t->l.fd);
	}
	free(file);
	if (n < 0) {
		t->bad = i + 1;
		return false;
	}
	set_unit(&load->s->unit[i], t, n);
	return true;
}

/* check_unit() - each name once, each reference defined. */
static int check_unit(struct view *v, const struct side *s, uint32_t unit,
		      const char *file, struct err *err)
{
	const struct unit *u = &s->unit[unit];
	const struct world *w = s->w;
	uint32_t i, k;
	struct str name;

	view_open(v, unit);
	for (i = 0; i < u->n; i++) {
		const struct rec *r = &w->rec[u->rec[i]];

		if (v->at[r->name].rec != u->rec[i])
			goto twice;
		for (k = 0; k < r->nref; k++)
			if (v->at[r->ref[k]].gen != v->gen) {
				name = name_str(w, r->ref[k]);
				return fail_at(err, file, i + 1, "refers to %.*s, which this file does not define: it was cut off or edited, build it again",
					       (int)name.n, name.p);
			}
		/* mark it as seen: the same line twice is found, too */
		v->at[r->name].rec = NONE;
	}
	return 0;
twice:
	name = name_str(w, w->rec[u->rec[i]].name);
	return fail_at(err, file, i + 1, "%.*s is defined twice: build this file again",
		       (int)name.n, name.p);
}

static bool check_job(void *arg, size_t i, unsigned thread)
{
	struct load *load = arg;
	struct thread_state *t = &load->t[thread];
	char *file = file_name(load, i);
	int ret;

	if (!t->view.at)
		view_init(&t->view, load->s);
	ret = check_unit(&t->view, load->s, (uint32_t)i, file, &t->err);
	free(file);
	if (ret < 0)
		t->bad = i + 1;
	return ret == 0;
}

/* first_error() - that of the first file: the same with any number of threads. */
static int first_error(struct load *load, struct err *err)
{
	size_t bad = 0;
	unsigned t;

	for (t = 0; t < THREADS_MAX; t++)
		if (load->t[t].bad && (!bad || load->t[t].bad < bad)) {
			bad = load->t[t].bad;
			*err = load->t[t].err;
		}
	return bad ? -1 : 0;
}

/*
 * parse_all() - parse the records. They have numbers in the order of chance: of
 * all that are bad the first one in the order of files is reported.
 */
static int parse_all(struct load *load, struct err *err)
{
	const struct side *s = load->s;
	struct err what;
	uint32_t u, i;
	char *file;

	if (!records_parse(s->w, &what))
		return 0;
	for (u = 0; u < s->nunit; u++)
		for (i = 0; i < s->unit[u].n; i++) {
			if (!record_parse(s->w, s->unit[u].rec[i], &what))
				continue;
			file = file_name(load, u);
			fail_at(err, file, i + 1, "%s", what.msg);
			free(file);
			return -1;
		}
	return fail(err, "%s: %s", load->top, what.msg);
}

/* finish() - parse, check and index what was read. */
static int finish(struct load *load, unsigned threads, struct err *err)
{
	int ret = parse_all(load, err);

	if (!ret) {
		parallel(load->s->nunit, threads, check_job, load);
		ret = first_error(load, err);
	}
	if (!ret)
		side_index(load->s);
	return ret;
}

static void load_free(struct load *load)
{
	unsigned t;

	for (t = 0; t < THREADS_MAX; t++) {
		if (!load->t[t].l.borrowed)
			free(load->t[t].l.buf);
		free(load->t[t].rec);
		view_free(&load->t[t].view);
	}
	free(load);
}

static void begin(struct load *load, struct side *s, struct world *w, const char *top,
		  const struct paths *files)
{
	size_t i;

	s->w = w;
	s->path = top;
	load->s = s;
	load->top = top;
	load->files = files;
	s->nunit = (uint32_t)files->n;
	s->unit = xcalloc(files->n, sizeof(*s->unit));
	for (i = 0; i < files->n; i++)
		s->unit[i].name = pool_add(&w->names, str_of(files->v[i]), NULL);
}

int side_load_tree(struct side *s, struct world *w, const char *dir, unsigned threads,
		   struct err *err)
{
	struct paths files = { 0 };
	struct load *load = xcalloc(1, sizeof(*load));
	int ret;

	memset(s, 0, sizeof(*s));
	ret = paths_list(&files, dir, SUFFIX, err);
	if (!ret && !files.n)
		ret = fail(err, "%s: no *" SUFFIX " file below it: build it with CONFIG_MODVERSIONS=y and KBUILD_SYMTYPES=1",
			   dir);
	if (!ret) {
		begin(load, s, w, dir, &files);
		parallel(files.n, threads, load_job, load);
		ret = first_error(load, err);
	}
	if (!ret)
		ret = finish(load, threads, err);
	load_free(load);
	paths_free(&files);
	return ret;
}

int side_load_memory(struct side *s, struct world *w, const void *data, size_t n,
		     struct err *err)
{
	struct paths files = { 0 };
	struct load *load = xcalloc(1, sizeof(*load));
	struct thread_state *t = &load->t[0];
	long records;
	int ret = -1;

	memset(s, 0, sizeof(*s));
	paths_push(&files, xstrndup("memory", 6));
	begin(load, s, w, ".", &files);
	lines_memory(&t->l, "memory", data, n, err);
	records = read_unit(t, w);
	if (records >= 0) {
		set_unit(&s->unit[0], t, records);
		ret = finish(load, 1, err);
	}
	load_free(load);
	paths_free(&files);
	return ret;
}
