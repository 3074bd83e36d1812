// SPDX-License-Identifier: GPL-2.0-only
/* tree.c - read a tree of *.symtypes (side.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "parallel.h"
#include "side.h"

#define SUFFIX ".symtypes"

struct paths {
	char **v;			/* relative to the top of the tree */
	size_t n, cap;
};

static void paths_push(struct paths *p, char *path)
{
	p->v = vec_room(p->v, &p->cap, p->n + 1, sizeof(*p->v));
	p->v[p->n++] = path;
}

static void paths_free(struct paths *p)
{
	while (p->n)
		free(p->v[--p->n]);
	free(p->v);
}

/* entry_type() - 'd' directory, 'f' file, 0 other; a link is other. */
static char entry_type(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type == DT_DIR)
		return 'd';
	if (d->d_type == DT_REG)
		return 'f';
	if (d->d_type != DT_UNKNOWN || fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	return S_ISDIR(st.st_mode) ? 'd' : S_ISREG(st.st_mode) ? 'f' : 0;
}

/* list_dir() - add the files of one directory, and the directories to do. */
static int list_dir(const char *top, const char *rel, struct paths *files,
		    struct paths *todo, struct err *err)
{
	char *full = xasprintf("%s%s%s", top, *rel ? "/" : "", rel);
	DIR *dir = opendir(full);
	struct dirent *d;
	size_t n;
	char type;

	if (!dir) {
		fail(err, "%s: %s", full, strerror(errno));
		free(full);
		return -1;
	}
	free(full);
	while ((d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		n = strlen(d->d_name);
		type = entry_type(dirfd(dir), d);
		if (type == 'd')
			paths_push(todo, xasprintf("%s%s%s", rel, *rel ? "/" : "", d->d_name));
		else if (type == 'f' && n > strlen(SUFFIX) && !strchr(d->d_name, ' ') &&
			 !strcmp(d->d_name + n - strlen(SUFFIX), SUFFIX))
			paths_push(files, xasprintf("%s%s%.*s", rel, *rel ? "/" : "",
						    (int)(n - strlen(SUFFIX)), d->d_name));
	}
	closedir(dir);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* list_tree() - the paths of all files, sorted, without the suffix. */
static int list_tree(const char *top, struct paths *files, struct err *err)
{
	struct paths todo = { 0 };
	int ret = 0;

	paths_push(&todo, xstrndup("", 0));
	while (!ret && todo.n) {
		char *rel = todo.v[--todo.n];

		ret = list_dir(top, rel, files, &todo, err);
		free(rel);
	}
	paths_free(&todo);
	if (!ret && !files->n)
		return fail(err, "%s: no %s file below it: build it with CONFIG_MODVERSIONS=y and KBUILD_SYMTYPES=1",
			    top, "*" SUFFIX);
	if (!ret)
		qsort(files->v, files->n, sizeof(*files->v), by_path);
	return ret;
}

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
	ret = list_tree(dir, &files, err);
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
