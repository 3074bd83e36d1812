/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KABI_FILE_H
#define KABI_FILE_H

#include "util.h"

#define FILE_SIZE_MAX ((size_t)256 << 20)	/* bytes */

/*
 * file_read() - all of a regular file into *data, *n bytes and a NUL behind
 * them; the caller frees it. Read, not mapped: a file that shrinks meanwhile
 * must not kill us. 0 or -1.
 */
int file_read(const char *path, char **data, size_t *n, struct err *err);

#endif
