// SPDX-License-Identifier: GPL-2.0
/*
 * rt_lost - each setting that loses the fair tasks' share on the stock kernel is
 * refused, or survived: after the writes a hog runs on the last CPU, and its
 * victim must keep at least 1 % there, and the kworkers must go on.
 *
 * Without RT groups the share depends on the fair server alone; with them
 * (CONFIG_RT_GROUP_SCHED=y) the throttle has to be lifted, too.
 */
#include "rt.h"

#define RUN_MS		5000
#define VICTIM_MIN	1.0
#define ROUNDS_MIN	2

static int hog_cpu;

static void server_tiny(void)
{
	rt_server_write(hog_cpu, "runtime", 50);
}

static void server_zero(void)
{
	rt_server_write(hog_cpu, "runtime", 0);
}

/* 3 % of the period, then less than 1 %: the period is what makes it too weak. */
static void server_long_period(void)
{
	rt_server_write(hog_cpu, "runtime", 30000000);
	rt_server_write(hog_cpu, "period", 4000000000ULL);
}

static void share_and_zero(void)
{
	sw_write(RT_FEATURES, "RT_RUNTIME_SHARE");
	server_zero();
}

static void unlimited_and_zero(void)
{
	rt_limit_write(-1);
	server_zero();
}

/* The same in the other order: the server is weak before the guard is on. */
static void zero_and_unlimited(void)
{
	sw_write(RT_GUARD, "0");
	server_zero();
	sw_write(RT_GUARD, "1");
	rt_limit_write(-1);
}

/* The feature is on and the server off before the guard is on. */
static void share_before_guard(void)
{
	sw_write(RT_GUARD, "0");
	share_and_zero();
	sw_write(RT_GUARD, "1");
}

static void test(const char *what, void (*writes)(void))
{
	struct rt_result r;
	int tries = 0;

	do {
		rt_defaults();
		writes();
		rt_run(hog_cpu, hog_cpu, RUN_MS, &r, NULL, NULL);
	} while ((r.victim < VICTIM_MIN || r.rounds < ROUNDS_MIN) && ++tries < RT_TRIES);
	ksft_test_result(r.victim >= VICTIM_MIN, "%s: the fair thread keeps 1 %%\n", what);
	ksft_test_result(r.rounds >= ROUNDS_MIN, "%s: pinned kworkers go on\n", what);
	rt_defaults();
}

int main(void)
{
	bool groups;

	ksft_print_header();
	groups = rt_group_sched();
	hog_cpu = rt_cpus() - 1;
	ksft_print_msg("RT groups: %s\n", groups ? "yes" : "no");
	ksft_set_plan(groups ? 14 : 10);
	test("server tiny", server_tiny);
	test("server zero", server_zero);
	test("server with a long period", server_long_period);
	test("RT_RUNTIME_SHARE and server zero", share_and_zero);
	/* Without groups nothing but the server is there to survive it. */
	if (groups)
		test("RT_RUNTIME_SHARE before the guard", share_before_guard);
	/* Last: the base cannot make a server smaller after a write to that file. */
	test("no RT limit and server zero", unlimited_and_zero);
	if (groups)
		test("server zero, then no RT limit", zero_and_unlimited);
	ksft_finished();
}
