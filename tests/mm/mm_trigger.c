// SPDX-License-Identifier: GPL-2.0
/*
 * mm_trigger - tables that became empty without a madvise() of their own: a
 * write to /proc/PID/reclaim_empty_ptes finds them.
 */
#include <sys/wait.h>

#include "mm.h"

#define LIMIT	5.0	/* percent */
#define GROUP	"/sys/fs/cgroup/mm_trigger"
#define LEN	(256UL << 20)

static void trigger(void)
{
	int err = sw_write(MM_TRIGGER, "1");

	if (err)
		ksft_print_msg("%s: %s\n", MM_TRIGGER, strerror(-err));
}

static void report(const char *name, long before, long touched)
{
	double share = 100.0 * (double)(mm_vmpte() - before) / (double)(touched - before);

	ksft_print_msg("%s: %.2f %% of the tables left\n", name, share);
	ksft_test_result(share <= LIMIT, "%s\n", name);
}

static long before_touch(char *p)
{
	*(volatile char *)(p + MM_GIB - MM_PAGE) = 1;
	return mm_vmpte();
}

static long long resident(char *p, size_t len)
{
	static unsigned char vec[LEN / MM_PAGE];
	long long n = 0;

	if (mincore(p, len, vec))
		ksft_exit_fail_msg("mincore: %s\n", strerror(errno));
	for (size_t i = 0; i < len / MM_PAGE; i++)
		n += vec[i] & 1;
	return n;
}

/* Reclaim in a cgroup of our own until nothing of P is in memory. */
static void reclaim(char *p, size_t len)
{
	for (int i = 0; i < 50 && resident(p, len); i++)
		sw_write(GROUP "/memory.reclaim", "%lu", LEN);
	if (resident(p, len))
		ksft_exit_fail_msg("%lld pages were not reclaimed\n", resident(p, len));
}

/* Page tables that are charged to our cgroup, in bytes. */
static long long charged(void)
{
	return sw_read_key(GROUP "/memory.stat", "pagetables");
}

static void test_free(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	long before = before_touch(p), touched;
	long long start, most = 0, left = 0;
	int i;

	start = charged();
	mm_touch(p, LEN, MM_PAGE);
	touched = mm_vmpte();
	/* The kernel adds up what the CPUs charged every two seconds. */
	for (i = 0; i < 60 && most < start + (long long)(LEN / MM_TABLE / 2 * MM_PAGE); i++) {
		most = charged();
		sw_sleep_ms(100);
	}
	if (madvise(p, LEN, MADV_FREE))
		ksft_exit_fail_msg("MADV_FREE: %s\n", strerror(errno));
	reclaim(p, LEN);
	trigger();
	report("MADV_FREE, pressure, one trigger", before, touched);
	for (i = 0; i < 60; i++) {
		left = charged() - start;
		if (left * 20 <= most - start)
			break;
		sw_sleep_ms(100);
	}
	ksft_print_msg("pagetables of the cgroup: %lld, then %lld bytes more, %lld left\n",
		       start, most - start, left);
	ksft_test_result(most > start && left * 20 <= most - start, "the cgroup is uncharged\n");
	ksft_test_result(p[MM_GIB - MM_PAGE] == 1 && p[0] == 0,
			 "what is in use stays\n");
	munmap(p, MM_GIB);
}

static void test_truncate(void)
{
	int fd = mm_memfd(MM_GIB);
	char *p = mm_map(MM_GIB, MAP_SHARED, fd);
	long before, touched;

	/* The file keeps its first page: that table stays. */
	*(volatile char *)p = 7;
	before = mm_vmpte();
	mm_touch(p + MM_TABLE, LEN, MM_PAGE);
	touched = mm_vmpte();
	if (ftruncate(fd, MM_PAGE))
		ksft_exit_fail_msg("ftruncate: %s\n", strerror(errno));
	trigger();
	report("a shared file truncated, one trigger", before, touched);
	ksft_test_result(p[0] == 7, "the page that the file kept stays\n");
	munmap(p, MM_GIB);
	close(fd);
}

/* Another process writes; the owner sleeps. More tables than are looked at at once. */
static void test_other(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	char path[64], c;
	int up[2], down[2], status;
	long before, touched;
	pid_t pid;

	if (pipe(up) || pipe(down))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = fork();
	if (pid == 0) {
		before = before_touch(p);
		mm_switch(false);
		mm_touch(p, MM_GIB, MM_TABLE);
		touched = mm_vmpte();
		mm_dontneed(p, MM_GIB - MM_TABLE);
		mm_switch(true);
		if (write(up[1], "x", 1) != 1 || read(down[0], &c, 1) != 1)
			_exit(2);
		_exit(100 * (mm_vmpte() - before) <= LIMIT * (touched - before) ? 0 : 1);
	}
	if (pid < 0 || read(up[0], &c, 1) != 1)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	snprintf(path, sizeof(path), "/proc/%d/reclaim_empty_ptes", pid);
	status = sw_write(path, "1");
	if (status)
		ksft_print_msg("%s: %s\n", path, strerror(-status));
	if (write(down[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_msg("wait: %s\n", strerror(errno));
	ksft_test_result(WIFEXITED(status) && !WEXITSTATUS(status),
			 "the tables of another process go\n");
	munmap(p, MM_GIB);
}

static void test_refused(void)
{
	struct stat st;
	bool ok = !stat(MM_TRIGGER, &st) && (st.st_mode & 0777) == 0200;
	int status;
	pid_t pid;

	ok &= sw_write(MM_TRIGGER, "2") == -EINVAL && sw_write(MM_TRIGGER, "x") == -EINVAL;
	pid = fork();
	if (pid == 0) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/reclaim_empty_ptes", getppid());
		_exit(setresuid(65534, 65534, 65534) || sw_write(path, "1") != -EACCES);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	ok &= WIFEXITED(status) && !WEXITSTATUS(status);
	ksft_test_result(ok, "only the owner writes, and only 1\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	sw_pin(0, 0);	/* MADV_FREE leaves pages in a list of the CPU */
	sw_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) || sw_write(GROUP "/cgroup.procs", "%d", getpid()))
		ksft_exit_fail_msg("no cgroup: %s\n", strerror(errno));
	test_free();
	test_truncate();
	test_other();
	test_refused();
	sw_write("/sys/fs/cgroup/cgroup.procs", "%d", getpid());
	rmdir(GROUP);
	ksft_finished();
}
