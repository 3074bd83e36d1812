// SPDX-License-Identifier: GPL-2.0
/*
 * rt_limits - the rate limits of the report, and names that try to forge a line.
 */
#include "rt.h"

#define TOTAL_MAX 10		/* lines a minute of the whole machine */

static unsigned int lines;

/* End the silence of each CPU's limit every time: the overall one must hold. */
static void poll(struct rt_result *r, void *arg)
{
	int fd = *(int *)arg;

	(void)r;
	lines += rt_kmsg_count(fd, "RT hog cpu", NULL);
	sw_write(RT_GUARD, "1");
}

int main(void)
{
	static volatile bool stop;
	int cpu = rt_cpus() - 1, fd, i;
	struct rt_spinner forger = {
		.comm = "a'\n<0>forged", .cpu = cpu, .prio = RT_HOG_PRIO, .stop = &stop,
	}, victim = {
		.comm = "rt_victim", .cpu = cpu, .stop = &stop,
	};
	struct rt_result r;
	char line[RT_LINE_MAX];

	ksft_print_header();
	ksft_set_plan(3);
	rt_defaults();

	fd = sw_kmsg_open();
	sw_set_fifo(0, RT_TEST_PRIO);
	rt_spinner_start(&victim);
	rt_spinner_start(&forger);
	line[0] = '\0';
	for (i = 0; i < 50 && !line[0]; i++) {
		sw_sleep_ms(100);
		rt_kmsg_count(fd, "forged", line);
	}
	stop = true;
	pthread_join(forger.thread, NULL);
	pthread_join(victim.thread, NULL);
	sw_set_fifo(0, 0);
	ksft_print_msg("%s\n", line);
	/* Escaped by the guard, and the backslash once more by /dev/kmsg. */
	ksft_test_result(strstr(line, "'a'\\x5cn<0>forged'["), "a newline in a name is escaped\n");
	close(fd);

	fd = sw_kmsg_open();
	rt_run(0, rt_cpus() - 1, 12000, &r, poll, &fd);
	poll(&r, &fd);
	close(fd);
	ksft_print_msg("%u lines\n", lines);
	ksft_test_result(lines >= 3, "a line comes when the limit is reset\n");
	ksft_test_result(lines && lines < TOTAL_MAX, "10 lines a minute at most\n");
	ksft_finished();
}
