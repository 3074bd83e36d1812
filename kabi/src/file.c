// SPDX-License-Identifier: GPL-2.0-only
/* file.c - read a whole file (file.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int file_read(const char *path, char **data, size_t *n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = 0;
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return fail(err, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_SIZE_MAX) {
		close(fd);
		return fail(err, "%s: not a regular file of at most %zu MiB", path,
			    FILE_SIZE_MAX >> 20);
	}
	*data = xmalloc((size_t)st.st_size + 1);
	*n = 0;
	while (*n < (size_t)st.st_size) {
		got = read(fd, *data + *n, (size_t)st.st_size - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			ret = fail(err, "%s: %s", path, strerror(errno));
		if (got <= 0)
			break;
		*n += (size_t)got;
	}
	(*data)[*n] = 0;
	close(fd);
	if (ret)
		free(*data);
	return ret;
}
