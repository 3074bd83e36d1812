// SPDX-License-Identifier: GPL-2.0
/*
 * rt_isolated - on an isolated CPU the fair server may be turned off or made small
 * with the guard on. The last CPU is isolated by isolcpus= if that is on the command
 * line, else by a cpuset partition of this test.
 */
#include <sys/stat.h>

#include "rt.h"

#define CGROUP	"/sys/fs/cgroup/"
#define PART	CGROUP "rt_isolated/"
#define RT_SMALL 5000000ULL	/* ns: below 1 % of the period, no mistake in the unit */

/* Make CPU an isolated partition of its own; 0 or a negative errno. */
static int isolate(int cpu)
{
	char buf[64];
	int ret = sw_write(CGROUP "cgroup.subtree_control", "+cpuset");

	if (ret)
		return ret;
	if (mkdir(CGROUP "rt_isolated", 0755))
		return -errno;
	ret = sw_write(PART "cpuset.cpus", "%d", cpu);
	if (!ret)
		ret = sw_write(PART "cpuset.cpus.partition", "isolated");
	if (ret)
		return ret;
	if (sw_read(PART "cpuset.cpus.partition", buf, sizeof(buf)) <= 0 ||
	    strcmp(buf, "isolated\n"))
		return -EINVAL;
	return 0;
}

int main(void)
{
	int cpu = rt_cpus() - 1, ret;
	char line[4096] = "";
	bool boot;

	ksft_print_header();
	ksft_set_plan(6);
	rt_defaults();
	sw_read("/proc/cmdline", line, sizeof(line));
	boot = strstr(line, "isolcpus=");
	if (!boot) {
		ret = isolate(cpu);
		if (ret)
			ksft_exit_fail_msg("cpuset partition: %s\n", strerror(-ret));
	}
	ksft_test_result(rt_server_write(cpu, "runtime", 50) == -EINVAL,
			 "an isolated CPU: a tiny runtime is refused\n");
	ksft_test_result(rt_server_write(cpu, "runtime", RT_SMALL) == 0 &&
			 rt_server_read(cpu, "runtime") == RT_SMALL,
			 "an isolated CPU: 5 ms of 1 s are accepted\n");
	ksft_test_result(rt_server_write(cpu, "runtime", 0) == 0 &&
			 rt_server_read(cpu, "runtime") == 0,
			 "an isolated CPU: 0 is accepted\n");
	ksft_test_result(rt_server_write(0, "runtime", RT_SMALL) == -EINVAL,
			 "another CPU: 5 ms of 1 s are refused\n");
	ksft_test_result(rt_server_write(0, "runtime", 0) == -EPERM,
			 "another CPU: 0 is refused\n");
	rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT);
	if (boot) {
		ksft_test_result_skip("no more isolated: 0 is refused # SKIP isolated by isolcpus=\n");
	} else {
		sw_write(PART "cpuset.cpus.partition", "member");
		ksft_test_result(rt_server_write(cpu, "runtime", 0) == -EPERM,
				 "no more isolated: 0 is refused\n");
		rmdir(CGROUP "rt_isolated");
	}
	rt_defaults();
	ksft_finished();
}
