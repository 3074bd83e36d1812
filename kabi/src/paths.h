/* SPDX-License-Identifier: GPL-2.0-only */
/* paths.h - find the files of a tree. */
#ifndef KABI_PATHS_H
#define KABI_PATHS_H

#include "util.h"

struct paths {
	char **v;			/* relative to the top, without the suffix */
	size_t n, cap;
};

/*
 * paths_list() - all regular files below top with that suffix, sorted. Links are
 * not followed; names with a blank are passed over, since no kernel has them. 0,
 * or -1: a directory can't be read.
 */
int paths_list(struct paths *files, const char *top, const char *suffix, struct err *err);
/* paths_push() - add one; path was allocated and becomes the list's. */
void paths_push(struct paths *p, char *path);
void paths_free(struct paths *p);

#endif
