// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_xfs - a memory cgroup at its limit makes files on XFS: their inodes are allocated,
 * and charged, in a transaction.
 */
#include "mcg.h"

static int make_many(const char *prefix)
{
	char name[96];
	int i, fd;

	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%s%d", prefix, i);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

int main(void)
{
	struct mcg_job *job = mcg_shared(sizeof(*job));
	long long usage, limit;
	pid_t pid;

	ksft_print_header();
	ksft_set_plan(3);
	mcg_mount();
	mcg_make("xfs");
	pid = mcg_job_of(job, "xfs", 16 * MCG_MIB, make_many, MCG_MNT "/f");
	limit = mcg_usage("xfs") + (64 << 10);
	mcg_limit("xfs", limit);
	job->go = 1;
	mcg_job_wait(job, 60000);
	usage = mcg_usage("xfs");
	ksft_print_msg("done %d, defer %lld, denied %lld, failed %lld, debt %lld, %lld KiB over the limit\n",
		       job->done, mcg_event("xfs", "defer"), mcg_event("xfs", "defer_denied"),
		       mcg_event("xfs", "defer_failed"), mcg_debt("xfs"),
		       (usage - limit) >> 10);
	ksft_test_result(mcg_event("xfs", "defer") > 0, "inodes made in a transaction are forced\n");
	ksft_test_result(mcg_event("xfs", "defer") > 0 && !mcg_debt("xfs"), "and paid for\n");
	mcg_limit("xfs", -1);
	mcg_kill(pid);
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	ksft_finished();
}
