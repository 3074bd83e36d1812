// SPDX-License-Identifier: GPL-2.0
/*
 * rt_group - a task of a v1 RT group that uses up the group's runtime is named
 * with the group. Needs CONFIG_RT_GROUP_SCHED=y and sw.cgroup=v1.
 */
#include <sys/stat.h>

#include "rt.h"

#define ROOT	"/sys/fs/cgroup/cpu/"
#define GROUP	ROOT "rt_group/"

int main(void)
{
	static volatile bool stop;
	int cpu = rt_cpus() - 1, fd;
	struct rt_spinner hog = {
		.comm = "rt_hog", .cpu = cpu, .prio = RT_HOG_PRIO, .stop = &stop,
	}, other = {
		.comm = "rt_other", .cpu = cpu, .prio = RT_HOG_PRIO - 1, .stop = &stop,
	}, victim = {
		.comm = "rt_victim", .cpu = cpu, .stop = &stop,
	};
	char line[RT_LINE_MAX] = "", want[128];

	ksft_print_header();
	ksft_set_plan(3);
	if (!rt_group_sched())
		ksft_exit_fail_msg("this kernel has no RT groups\n");
	rt_defaults();
	/* The root group has it all: make room, then give a tenth to ours. */
	if (sw_write(ROOT "cpu.rt_runtime_us", "800000") || mkdir(GROUP, 0755) ||
	    sw_write(GROUP "cpu.rt_runtime_us", "100000"))
		ksft_exit_fail_msg("cannot make an RT group: %s\n", strerror(errno));

	fd = sw_kmsg_open();
	/* The root group's task gets most of the ticks: it must not be named. */
	rt_spinner_start(&victim);
	rt_spinner_start(&other);
	rt_spinner_start(&hog);
	if (sw_write(GROUP "tasks", "%d", hog.tid))
		ksft_exit_fail_msg("cannot move the hog: %s\n", strerror(errno));
	sw_sleep_ms(2500);
	stop = true;
	pthread_join(hog.thread, NULL);
	pthread_join(other.thread, NULL);
	pthread_join(victim.thread, NULL);
	rt_kmsg_count(fd, "throttled at 100000/1000000 us", line);
	close(fd);
	ksft_print_msg("%s\n", line);
	snprintf(want, sizeof(want), "'rt_hog'[%d] tgid %d FIFO %d cgroup ",
		 hog.tid, getpid(), RT_HOG_PRIO);
	ksft_test_result(strstr(line, want), "the task of the group is named\n");
	ksft_test_result(strstr(line, " /rt_group; "), "its cgroup is named\n");
	ksft_test_result(strstr(line, " /rt_group throttled at 100000/1000000 us"),
			 "the throttled group and its runtime are named\n");
	ksft_finished();
}
