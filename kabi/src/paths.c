// SPDX-License-Identifier: GPL-2.0-only
/* paths.c - find the files of a tree (paths.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "paths.h"

void paths_push(struct paths *p, char *path)
{
	p->v = vec_room(p->v, &p->cap, p->n + 1, sizeof(*p->v));
	p->v[p->n++] = path;
}

void paths_free(struct paths *p)
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
static int list_dir(const char *top, const char *rel, const char *suffix,
		    struct paths *files, struct paths *todo, struct err *err)
{
	char *full = xasprintf("%s%s%s", top, *rel ? "/" : "", rel);
	DIR *dir = opendir(full);
	size_t n, end = strlen(suffix);
	struct dirent *d;
	char type;

	if (!dir) {
		fail(err, "%s: %s", full, strerror(errno));
		free(full);
		return -1;
	}
	free(full);
	while ((d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    strpbrk(d->d_name, " \t\r\n"))
			continue;
		n = strlen(d->d_name);
		type = entry_type(dirfd(dir), d);
		if (type == 'd')
			paths_push(todo, xasprintf("%s%s%s", rel, *rel ? "/" : "", d->d_name));
		else if (type == 'f' && n > end &&
			 !strcmp(d->d_name + n - end, suffix))
			paths_push(files, xasprintf("%s%s%.*s", rel, *rel ? "/" : "",
						    (int)(n - end), d->d_name));
	}
	closedir(dir);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int paths_list(struct paths *files, const char *top, const char *suffix, struct err *err)
{
	struct paths todo = { 0 };
	int ret = 0;

	paths_push(&todo, xstrndup("", 0));
	while (!ret && todo.n) {
		char *rel = todo.v[--todo.n];

		ret = list_dir(top, rel, suffix, files, &todo, err);
		free(rel);
	}
	paths_free(&todo);
	if (!ret && files->n)
		qsort(files->v, files->n, sizeof(*files->v), by_path);
	return ret;
}
