// SPDX-License-Identifier: GPL-2.0
/*
 * rt_switch - kernel.sched_rt_guard: the default refuses and names the writer, 0
 * gives the stock behaviour back, counters count.
 */
#include "rt.h"

#define COUNTERS "/sys/kernel/debug/sched/rt_guard"

static int cpu;

/* The numbers of the line of CPU in the counter file; false if there is none. */
static bool counters(unsigned long n[3])
{
	char key[32], buf[4096], *at;

	snprintf(key, sizeof(key), "\ncpu%d ", cpu);
	if (sw_read(COUNTERS, buf, sizeof(buf)) <= 0)
		return false;
	at = strstr(buf, key);
	return at && sscanf(at + strlen(key), "%lu %lu %lu", &n[0], &n[1], &n[2]) == 3;
}

/* True if a line since FD was opened has TEXT and this process as its writer. */
static bool writer_named(int fd, const char *text)
{
	char line[RT_LINE_MAX], want[64];

	snprintf(want, sizeof(want), "by 'rt_switch'[%d] tgid %d cgroup ",
		 getpid(), getpid());
	if (!rt_kmsg_count(fd, text, line))
		return false;
	ksft_print_msg("%s\n", line);
	return strstr(line, want);
}

static void test_default(void)
{
	int fd = sw_kmsg_open();
	unsigned long long old = rt_server_read(cpu, "runtime");
	long long refused = sw_read_key(COUNTERS, "refused");

	ksft_test_result(rt_server_write(cpu, "runtime", 50) == -EINVAL &&
			 rt_server_read(cpu, "runtime") == old,
			 "a tiny runtime fails with EINVAL and changes nothing\n");
	ksft_test_result(rt_server_write(cpu, "runtime", 0) == -EPERM &&
			 rt_server_read(cpu, "runtime") == old,
			 "a runtime of 0 fails with EPERM and changes nothing\n");
	ksft_test_result(writer_named(fd, "fair server of cpu"),
			 "the writer of a server is named\n");
	ksft_test_result(rt_server_write(cpu, "runtime", RT_PERIOD_DEFAULT / 100) == 0,
			 "a runtime of 1 %% is accepted\n");
	ksft_test_result(rt_server_write(cpu, "period", RT_PERIOD_DEFAULT * 2) == -EINVAL,
			 "a period that makes it less fails with EINVAL\n");
	rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT);
	ksft_test_result(sw_write(RT_FEATURES, "RT_RUNTIME_SHARE") == -EPERM &&
			 !rt_feature("RT_RUNTIME_SHARE"),
			 "RT_RUNTIME_SHARE cannot be turned on\n");
	ksft_test_result(writer_named(fd, "RT_RUNTIME_SHARE"),
			 "the writer of RT_RUNTIME_SHARE is named\n");
	ksft_test_result(sw_write(RT_FEATURES, "NO_RT_RUNTIME_SHARE") == 0,
			 "RT_RUNTIME_SHARE can be turned off\n");
	ksft_test_result(rt_limit_write(-1) == 0,
			 "no RT limit is accepted while the servers serve\n");
	ksft_test_result(writer_named(fd, "RT runtime 950000/1000000 -> -1/1000000 us"),
			 "the writer of the RT limit is named\n");
	rt_limit_write(950000);
	ksft_test_result(refused >= 0 && sw_read_key(COUNTERS, "refused") == refused + 4,
			 "refused writes are counted\n");
	close(fd);
}

static void test_counters(void)
{
	unsigned long before[3] = {0}, after[3] = {0};
	struct rt_result r;
	bool there;

	rt_fresh_limits();
	there = counters(before);
	rt_run(cpu, cpu, 3500, &r, NULL, NULL);
	there = there && counters(after);
	ksft_print_msg("starved %lu -> %lu, throttled %lu -> %lu, reported %lu -> %lu\n",
		       before[0], after[0], before[1], after[1], before[2], after[2]);
	ksft_test_result(there && after[0] + after[1] >= before[0] + before[1] + 1 &&
			 after[2] == before[2] + 1,
			 "starvation and lines are counted\n");
}

/* A task that sleeps on an idle CPU lets the server act, but starves nobody. */
static void test_idle(void)
{
	unsigned long before[3] = {0}, after[3] = {0};
	bool there = counters(before);
	int fd = sw_kmsg_open(), i;

	sw_pin(0, cpu);
	for (i = 0; i < 6; i++)
		sw_sleep_ms(490);
	there = there && counters(after);
	ksft_test_result(there && after[0] == before[0] && after[1] == before[1] &&
			 !rt_kmsg_count(fd, "RT hog", NULL),
			 "an idle CPU is not reported\n");
	sw_pin(0, 0);
	close(fd);
}

static void test_off(void)
{
	int fd = sw_kmsg_open();
	struct rt_result r;
	bool found;

	ksft_test_result(sw_write(RT_GUARD, "0") == 0 && writer_named(fd, "sched_rt_guard 1 -> 0"),
			 "off: who turned the guard off is named\n");
	ksft_test_result(rt_server_write(cpu, "runtime", 50) == 0,
			 "off: a tiny runtime is accepted\n");
	ksft_test_result(rt_server_write(cpu, "runtime", 0) == 0,
			 "off: a runtime of 0 is accepted\n");
	ksft_test_result(sw_write(RT_FEATURES, "RT_RUNTIME_SHARE") == 0 &&
			 rt_feature("RT_RUNTIME_SHARE"),
			 "off: RT_RUNTIME_SHARE can be turned on\n");
	close(fd);
	fd = sw_kmsg_open();
	rt_run(cpu, cpu, 2500, &r, NULL, NULL);
	found = rt_kmsg_count(fd, "RT hog", NULL);
	ksft_test_result(r.victim < 0.5 && !found,
			 "off: a hog takes the whole CPU and is not named\n");
	close(fd);

	fd = sw_kmsg_open();
	sw_write(RT_GUARD, "1");
	ksft_test_result(rt_kmsg_count(fd, "fair server too weak on cpus", NULL) == 1,
			 "on again: the server without runtime is listed\n");
	close(fd);
	rt_defaults();
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(20);
	cpu = rt_cpus() - 1;
	ksft_test_result(access(RT_GUARD, F_OK) == 0 && sw_must_read_ll(RT_GUARD) == 1,
			 "the guard is on by default\n");
	rt_defaults();
	test_default();
	test_counters();
	test_idle();
	test_off();
	ksft_finished();
}
