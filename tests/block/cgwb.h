/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgwb.h - groups of memory and blkio, apart or mounted together, and tasks that
 * write through the page cache in them.
 */
#ifndef CGWB_TEST_H
#define CGWB_TEST_H

#include <sys/syscall.h>

#include "blk.h"

#define LINKS "/sys/kernel/debug/bdi/bdi_wb_link"

/* Was the kernel booted with cgwb_v1? */
static inline SW_UNUSED int cgwb_asked(void)
{
	char line[4096];

	return sw_read("/proc/cmdline", line, sizeof(line)) > 0 &&
	       strstr(line, " cgwb_v1");
}

static const char *mem_root = "/sys/fs/cgroup/memory";

static inline SW_UNUSED const char *mem_file(const char *group, const char *file)
{
	static char buf[4][BLK_PATH];
	static unsigned int n;
	char *p = buf[n++ % 4];

	snprintf(p, BLK_PATH, "%s/%s/%s", mem_root, group, file);
	return p;
}

static inline SW_UNUSED void mem_mkdir(const char *group)
{
	group_mkdir(mem_root, group);
}

static inline SW_UNUSED int mem_rmdir(const char *group)
{
	return group_rmdir(mem_root, group);
}

static inline SW_UNUSED void mem_enter(const char *group)
{
	int err = sw_write(mem_file(group, "cgroup.procs"), "0");

	if (err)
		ksft_exit_fail_msg("enter memory %s: %s\n", group, strerror(-err));
}

/* Inode number of a group's directory. */
static inline SW_UNUSED unsigned long group_ino(const char *root, const char *group)
{
	char path[BLK_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", root, group);
	return stat(path, &st) ? 0 : (unsigned long)st.st_ino;
}

/*
 * The blkio inode that the memory group with inode INO is linked to, 0 if it has no
 * link; REST (64 bytes) is what follows in its line.
 */
static inline SW_UNUSED unsigned long link_of_ino(unsigned long ino, char *rest)
{
	static char buf[65536];
	unsigned long m, b;
	char *line, *save, *p, *q;
	int n;

	if (sw_read(LINKS, buf, sizeof(buf)) < 0)
		return 0;
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		p = strstr(line, ": ");
		if (!p || sscanf(p, ": %lu <---> ", &m) != 1 || m != ino)
			continue;
		q = strstr(p + 2, ": ");
		if (!q || sscanf(q, ": %lu%n", &b, &n) != 1)
			continue;
		if (rest)
			snprintf(rest, 64, "%.63s", q + n);
		return b;
	}
	return 0;
}

static inline SW_UNUSED unsigned long link_of(const char *mem, char *rest)
{
	unsigned long ino = group_ino(mem_root, mem);

	return ino ? link_of_ino(ino, rest) : 0;
}

/* Wait at most MS until MEM is linked to blkio group BLK ("" is the root). */
static inline SW_UNUSED int link_becomes(const char *mem, const char *blk,
					 unsigned int ms)
{
	unsigned long want = group_ino(blk_root, blk);
	unsigned int t;

	for (t = 0; t <= ms; t += 20) {
		if (want && link_of(mem, NULL) == want)
			return 1;
		sw_sleep_ms(20);
	}
	ksft_print_msg("%s: linked to %lu, wanted %lu\n", mem, link_of(mem, NULL),
		       want);
	return 0;
}

/* Bytes written so far to DEV for the group itself, as the throttle counts them. */
static inline SW_UNUSED long long blk_written(const char *group, const char *dev)
{
	static char buf[16384];
	char want[64], *p;

	if (sw_read(blk_file(group, "throttle.io_service_bytes"), buf,
		    sizeof(buf)) < 0)
		return -1;
	snprintf(want, sizeof(want), "%s Write ", dev);
	p = strstr(buf, want);
	return p ? strtoll(p + strlen(want), NULL, 10) : 0;
}

/* Write SIZE KiB to PATH through the page cache, once; 0 or a negative errno. */
static inline SW_UNUSED int write_file(const char *path, unsigned int kib)
{
	static char page[65536];
	int fd = open(path, O_WRONLY | O_CREAT, 0600), err = 0;
	unsigned int at;

	if (fd < 0)
		return -errno;
	for (at = 0; at < kib && !err; at += 64)
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
			err = errno ? -errno : -EIO;
	close(fd);
	return err;
}

/* A task in both groups that writes the file PATH over and over; counts bytes. */
static inline SW_UNUSED pid_t buffered_writer(unsigned int slot, const char *mem,
					      const char *blk, const char *path,
					      unsigned int mib)
{
	static char page[65536];
	pid_t pid = fork();
	off_t at = 0;
	int fd;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem_enter(mem);
	blk_enter(blk);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		_exit(1);
	while (!blk_shared->stop) {
		if (pwrite(fd, page, sizeof(page), at) != (ssize_t)sizeof(page))
			_exit(2);
		__atomic_add_fetch(&blk_shared->ios[slot], sizeof(page),
				   __ATOMIC_RELAXED);
		at = (at + (off_t)sizeof(page)) % ((off_t)mib << 20);
	}
	_exit(0);
}

/* A task that sits in both groups until it is killed. */
static inline SW_UNUSED pid_t sitter(const char *mem, const char *blk)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem_enter(mem);
	if (blk)
		blk_enter(blk);
	for (;;)
		pause();
}

static inline SW_UNUSED void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif /* CGWB_TEST_H */
