// SPDX-License-Identifier: GPL-2.0
/*
 * rt_writes - the parameters of the fair server: wrong writes change nothing, an
 * idle CPU can be written again and again, and a server that was off serves
 * again when it is turned on while tasks wait.
 */
#include "rt.h"

#define WRITES 200

static int cpu;
static int log_fd;	/* from the start: the base warns of the first writes */

static bool unchanged(void)
{
	return rt_server_read(cpu, "runtime") == RT_RUNTIME_DEFAULT &&
	       rt_server_read(cpu, "period") == RT_PERIOD_DEFAULT;
}

static void test_wrong(void)
{
	ksft_test_result(rt_server_write(cpu, "runtime", RT_PERIOD_DEFAULT + 1) == -EINVAL &&
			 unchanged(), "a runtime above the period changes nothing\n");
	ksft_test_result(rt_server_write(cpu, "period", 5000000000ULL) == -EINVAL &&
			 rt_server_write(cpu, "period", 99999) == -EINVAL &&
			 unchanged(), "a period out of range changes nothing\n");
}

/* Too much bandwidth: refused by the admission test, and the old values stay. */
static void test_busy(void)
{
	int ret, i, fd = sw_kmsg_open();
	bool over = false;

	for (i = 0; i < rt_cpus() && !over; i++) {
		ret = rt_server_write(i, "runtime", RT_PERIOD_DEFAULT);
		if (ret == -EBUSY)
			over = rt_server_read(i, "runtime") == RT_RUNTIME_DEFAULT;
	}
	rt_defaults();
	ksft_test_result(over && unchanged(), "EBUSY changes nothing\n");
	sw_write(RT_GUARD, "0");
	ksft_test_result(rt_server_write(cpu, "runtime", 0) == 0 &&
			 rt_kmsg_count(fd, "Fair server disabled", NULL) == 1,
			 "a server turned off is reported once\n");
	rt_defaults();
	close(fd);
}

/* The CPU is idle or was so a moment ago: its server is stopped already. */
static void test_idle(void)
{
	char line[RT_LINE_MAX] = "";
	int i;
	unsigned int bad = 0;

	sw_write(RT_GUARD, "0");	/* no line for each of the writes */
	for (i = 0; i < WRITES; i++) {
		if (rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT + (i & 1) * 1000000))
			bad++;
		if (i % 8 == 0)
			sw_sleep_ms(20);
	}
	rt_defaults();
	sw_sleep_ms(1200);	/* timers of stopped servers */
	i = (int)rt_kmsg_count(log_fd, "kernel/sched/deadline.c:", line);
	ksft_print_msg("%u writes failed; %d warnings %s\n", bad, i, line);
	ksft_test_result(!bad && !i, "writes to an idle CPU do not warn\n");
}

static void enable(struct rt_result *r, void *arg)
{
	bool *done = arg;

	if (*done || sw_now_ns() < r->begin + 1500000000ULL)
		return;
	*done = true;
	rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT);
}

static void test_enable(void)
{
	struct rt_result r;
	int tries = 0;
	bool done;

	do {
		done = false;
		sw_write(RT_GUARD, "0");
		rt_server_write(cpu, "runtime", 0);
		rt_run(cpu, cpu, 6000, &r, enable, &done);
		rt_defaults();
	} while ((r.victim < 2 || r.rounds < 2) && ++tries < RT_TRIES);
	ksft_test_result(r.victim >= 2 && r.rounds >= 2,
			 "a server turned on again serves who waits\n");
}

/*
 * A write to sched_rt_runtime_us rebuilds the sched domains, even of the value
 * that stands there: the bandwidth of the servers must still be accounted for.
 */
static void test_rebuild(void)
{
	sw_write(RT_RUNTIME, "950000");
	ksft_test_result(rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT / 2) == 0,
			 "a server can be made smaller after a rebuild\n");
	rt_defaults();
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	cpu = rt_cpus() - 1;
	/* Both warnings of the base: what an earlier program drew does not count. */
	sw_write("/sys/kernel/debug/clear_warn_once", "1");
	log_fd = sw_kmsg_open();
	rt_defaults();
	test_wrong();
	test_busy();
	test_idle();
	test_enable();
	test_rebuild();		/* last: the base is left with a wrong account */
	ksft_finished();
}
