// SPDX-License-Identifier: GPL-2.0
/*
 * rt_lock - kernel.sched_rt_guard=2 stays until the next boot. Must be the last
 * program of a boot.
 */
#include "rt.h"

int main(void)
{
	int cpu = rt_cpus() - 1;

	ksft_print_header();
	ksft_set_plan(4);
	rt_defaults();
	ksft_test_result(sw_write(RT_GUARD, "3") == -EINVAL, "3 is no value\n");
	ksft_test_result(sw_write(RT_GUARD, "2") == 0, "2 is accepted\n");
	ksft_test_result(sw_write(RT_GUARD, "0") == -EPERM &&
			 sw_write(RT_GUARD, "1") == -EPERM &&
			 sw_write(RT_GUARD, "2") == 0 &&
			 sw_must_read_ll(RT_GUARD) == 2, "2 cannot be left\n");
	ksft_test_result(rt_server_write(cpu, "runtime", 0) == -EPERM &&
			 sw_write(RT_FEATURES, "RT_RUNTIME_SHARE") == -EPERM,
			 "2 refuses what 1 refuses\n");
	ksft_finished();
}
