// SPDX-License-Identifier: GPL-2.0
/*
 * mm_race - page tables that go while others look for the pages by their file
 *
 * A purge of dirty file pages takes them out of the table first, and their rmaps
 * only after the TLB was flushed. Who truncates the file meanwhile finds a page that
 * is mapped, and has to wait for it, table or not: a page that is still mapped when
 * it leaves the file is a bug that the kernel reports and is tainted by.
 *
 * The base must pass this as well: it keeps the tables. Ours must take them away, or
 * nothing was tested.
 */
#include <signal.h>
#include <sys/wait.h>

#include "mm.h"

#define SECONDS		8

static long long taint(void)
{
	return sw_must_read_ll("/proc/sys/kernel/tainted");
}

/* Punch a hole for the last page of the table, the one whose rmap goes last. */
static void punch(int fd)
{
	for (;;)
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(MM_TABLE - MM_PAGE), MM_PAGE))
			_exit(1);
}

int main(void)
{
	long long before = taint(), after;
	long detached = mm_stat("detached"), went;
	unsigned int rounds = 0;
	uint64_t end;
	pid_t pid;
	char *p;
	int fd;

	ksft_print_header();
	ksft_set_plan(2);
	fd = mm_memfd(MM_TABLE);
	p = mm_map(MM_TABLE, MAP_SHARED, fd);
	sw_pin(0, 0);
	pid = fork();
	if (!pid) {
		munmap(p, MM_TABLE);
		sw_pin(0, 1);
		punch(fd);
	}
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	end = sw_now_ns() + SECONDS * 1000000000ULL;
	do {
		mm_touch(p, MM_TABLE, MM_PAGE);
		mm_dontneed(p, MM_TABLE);
		rounds++;
		after = taint();
	} while (sw_now_ns() < end && after == before);
	if (waitpid(pid, NULL, WNOHANG))
		ksft_exit_fail_msg("no hole was punched\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	went = mm_stat("detached") - detached;
	ksft_print_msg("%u purges, %ld tables went, taint %lld, then %lld\n", rounds, went,
		       before, after);
	ksft_test_result(rounds > 10 && after == before,
			 "a hole punched beside a purge finds no page mapped\n");
	if (detached < 0)
		ksft_test_result_skip("most purges took the table away\n");
	else
		ksft_test_result(went > rounds / 2, "most purges took the table away\n");
	ksft_finished();
}
