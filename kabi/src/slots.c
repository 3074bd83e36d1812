// SPDX-License-Identifier: GPL-2.0-only
/*
 * slots.c - count the reserved slots that are left. The source says it: to
 * genksyms, and so to the types of a build, a used slot looks like a free one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "file.h"
#include "pads.h"
#include "run.h"

struct slots {
	struct run *r;
	FILE *f;
	struct json j;
	char **todo;			/* files and directories still to look at */
	size_t n, cap;
	size_t structs, total, used, bad;
};

static void push(struct slots *s, char *path)
{
	s->todo = vec_room(s->todo, &s->cap, s->n + 1, sizeof(*s->todo));
	s->todo[s->n++] = path;
}

static int by_owner(const void *a, const void *b)
{
	const struct pad *x = a, *y = b;
	int d = strcmp(x->owner, y->owner);

	return d ? d : (x->number > y->number) - (x->number < y->number);
}

static void complain(struct slots *s, const char *file, const struct pad *p, const char *what)
{
	s->bad++;
	if (s->r->o.json)
		return;
	put_text(s->f, str_of(file));
	fprintf(s->f, ":%u: ", p->line);
	put_text(s->f, str_of(*p->owner ? p->owner : "slot"));
	fprintf(s->f, ": slot %u %s\n", p->number, what);
}

/* one_struct() - the slots of one owner, sorted by number. */
static void one_struct(struct slots *s, const char *file, const struct pad *p, size_t n)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		used += p[i].used;
		if (!*p[i].owner)
			complain(s, file, &p[i], "stands outside of a structure");
		else if (i && p[i].number == p[i - 1].number)
			complain(s, file, &p[i], "stands there twice: number the slots 1, 2, ...");
		else if (p[i].number != (i ? p[i - 1].number + 1 : 1))
			complain(s, file, &p[i], "follows a gap: number the slots 1, 2, ...");
	}
	s->structs++;
	s->total += n;
	s->used += used;
	if (!s->r->o.json) {
		put_text(s->f, str_of(file));
		fprintf(s->f, ":%u: ", p->line);
		put_text(s->f, str_of(p->owner));
		fprintf(s->f, ": %zu of %zu slots left\n", n - used, n);
		return;
	}
	json_begin(&s->j, NULL, '{');
	json_text(&s->j, "owner", p->owner);
	json_text(&s->j, "file", file);
	json_num(&s->j, "line", p->line);
	json_num(&s->j, "slots", n);
	json_num(&s->j, "left", n - used);
	json_end(&s->j, '}');
}

static int one_file(struct slots *s, const char *file)
{
	struct pads p;
	size_t n, from, to;
	char *data;

	if (file_read(file, &data, &n, &s->r->err) < 0)
		return -1;
	if (!memmem(data, n, "KABI_PAD", 8)) {
		free(data);
		return 0;
	}
	if (pads_read(&p, file, data, n, &s->r->err) < 0) {
		free(data);
		return -1;
	}
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), by_owner);
	for (from = 0; from < p.n; from = to) {
		for (to = from + 1; to < p.n; to++)
			if (strcmp(p.v[to].owner, p.v[from].owner))
				break;
		one_struct(s, file, &p.v[from], to - from);
	}
	pads_free(&p);
	free(data);
	return 0;
}

static bool is_source(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && name[n - 2] == '.' && (name[n - 1] == 'h' || name[n - 1] == 'c');
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);	/* the last is taken first */
}

static int one_dir(struct slots *s, const char *path)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, by_name), i;
	struct stat st;

	if (n < 0)
		return fail(&s->r->err, "%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		char *full = xasprintf("%s/%s", path, list[i]->d_name);

		if (list[i]->d_name[0] != '.' && !lstat(full, &st) &&
		    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && is_source(full))))
			push(s, full);
		else
			free(full);
		free(list[i]);
	}
	free(list);
	return 0;
}

static int all(struct slots *s)
{
	struct stat st;
	int ret = 0;

	while (s->n) {
		char *path = s->todo[--s->n];

		if (!ret && stat(path, &st))
			ret = fail(&s->r->err, "%s: %s", path, strerror(errno));
		if (!ret)
			ret = S_ISDIR(st.st_mode) ? one_dir(s, path) : one_file(s, path);
		free(path);
	}
	free(s->todo);
	return ret;
}

int cmd_slots(struct run *r)
{
	struct slots s = { .r = r };
	struct out out;
	size_t i;

	if (out_open(&out, r->o.output, &r->err) < 0)
		return -1;
	s.f = out.f;
	s.j.f = out.f;
	for (i = r->o.narg; i-- > 0;)
		push(&s, xstrndup(r->o.arg[i], strlen(r->o.arg[i])));
	if (r->o.json)
		json_begin(&s.j, NULL, '[');
	if (all(&s) < 0) {
		out_drop(&out);
		return -1;
	}
	if (r->o.json)
		json_end(&s.j, ']');
	else
		fprintf(out.f, "%zu structures with reserved slots: %zu slots, %zu used, %zu left\n",
			s.structs, s.total, s.used, s.total - s.used);
	if (out_commit(&out, &r->err) < 0)
		return -1;
	return s.bad ? EXIT_BROKEN : EXIT_HOLDS;
}
