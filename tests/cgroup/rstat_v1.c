// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_v1 - the memory controller of cgroup v1: totals are exact at each level,
 * and a removed cgroup leaves what it had to its parent.
 */
#include "cg.h"

#define V1	CG_ROOT "/memory/v1"
#define CHILD	V1 "/child"
#define REST	3000

int main(void)
{
	long long total, local, child, kept;
	pid_t pid;
	int i;

	ksft_print_header();
	ksft_set_plan(4);
	if (access(CG_ROOT "/memory/memory.stat", R_OK))
		ksft_exit_fail_msg("no memory controller of v1\n");
	cg_mkdir(V1);
	cg_mkdir(CHILD);
	for (i = 0; i < 4; i++) {
		pid = fork();
		if (!pid) {
			sw_pin(0, i % 2);
			if (cg_enter(i < 3 ? CHILD : V1))
				_exit(1);
			for (int n = 0; n < 10; n++)
				cg_fault(100);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	sw_sleep_ms(REST);
	total = cg_value(V1, "memory.stat", "total_pgfault");
	local = cg_value(V1, "memory.stat", "pgfault");
	child = cg_value(CHILD, "memory.stat", "total_pgfault");
	ksft_print_msg("total %lld, own %lld, child %lld\n", total, local, child);
	ksft_test_result(child >= 3000 && local >= 1000, "faults are counted\n");
	ksft_test_result(total == local + child, "the parent has its own and the child's\n");
	ksft_test_result(!cg_rmdir(CHILD), "the child can be removed\n");
	sw_sleep_ms(REST);
	kept = cg_value(V1, "memory.stat", "total_pgfault");
	ksft_test_result(kept == total, "what it had stays with the parent\n");
	cg_rmdir(V1);
	ksft_finished();
}
