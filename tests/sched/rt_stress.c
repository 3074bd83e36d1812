// SPDX-License-Identifier: GPL-2.0
/*
 * rt_stress - hogs, CPU hotplug, cpuset partitions, and writes to everything the
 * RT guard looks after, all at once; then all must be as before. Meant for a
 * kernel with lockdep and KASAN: the log must stay clean (boot/clean-log).
 */
#include <sys/stat.h>

#include "rt.h"

#define RUN_S	90
#define CGROUP	"/sys/fs/cgroup/"
#define PART	CGROUP "rt_stress/"

static volatile bool stop;
static int cpus;

struct worker {
	const char *name;
	bool (*step)(unsigned int *seed);	/* false: it changed nothing */
	unsigned int pause_ms;
	volatile unsigned int steps;
	pthread_t thread;
};

/* A burst long enough for the server to act, and for the throttle. */
static bool step_hog(unsigned int *seed)
{
	uint64_t end = sw_now_ns() + (200 + (uint64_t)rand_r(seed) % 2500) * 1000000;

	sw_pin(0, rand_r(seed) % cpus);
	sw_set_fifo(0, 1 + rand_r(seed) % 49);
	while (sw_now_ns() < end && !stop)
		;
	return !sw_set_fifo(0, 0);
}

/* Fair tasks to wait, sleep and migrate: the victims. */
static bool step_victim(unsigned int *seed)
{
	uint64_t end = sw_now_ns() + (uint64_t)rand_r(seed) % 50 * 1000000;

	sw_pin(0, rand_r(seed) % cpus);
	while (sw_now_ns() < end)
		;
	return true;
}

static bool step_hotplug(unsigned int *seed)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 1 + rand_r(seed) % (cpus - 1));
	err = sw_write(path, "0");
	sw_sleep_ms(rand_r(seed) % 200);
	return !sw_write(path, "1") && !err;
}

static bool step_server(unsigned int *seed)
{
	static const unsigned long long runtime[] = {
		0, 50, 1000000, 10000000, 50000000, 100000000,
	};
	static const unsigned long long period[] = {
		100000, 20000000, 1000000000, 4000000000,
	};
	int cpu = rand_r(seed) % cpus;

	if (rand_r(seed) % 3)
		return !rt_server_write(cpu, "runtime", runtime[rand_r(seed) % 6]);
	return !rt_server_write(cpu, "period", period[rand_r(seed) % 4]);
}

static bool step_guard(unsigned int *seed)
{
	char buf[8192];

	return !sw_write(RT_GUARD, "%d", rand_r(seed) % 2) &&
	       sw_read("/sys/kernel/debug/sched/rt_guard", buf, sizeof(buf)) > 0;
}

static bool step_global(unsigned int *seed)
{
	int err;

	/* With the guard on both are refused. */
	err = sw_write(RT_FEATURES, rand_r(seed) % 2 ? "RT_RUNTIME_SHARE" :
						       "NO_RT_RUNTIME_SHARE");
	return !sw_write(RT_RUNTIME, rand_r(seed) % 2 ? "-1" : "950000") && !err;
}

static bool step_cpuset(unsigned int *seed)
{
	char state[64];

	sw_write(PART "cpuset.cpus", "%d", 1 + rand_r(seed) % (cpus - 1));
	sw_write(PART "cpuset.cpus.partition", rand_r(seed) % 2 ? "isolated" : "root");
	/* "isolated invalid (why)": no CPU there */
	if (sw_read(PART "cpuset.cpus.partition", state, sizeof(state)) <= 0)
		state[0] = '\0';
	sw_sleep_ms(rand_r(seed) % 100);
	return !sw_write(PART "cpuset.cpus.partition", "member") && state[0] &&
	       !strstr(state, "invalid");
}

static struct worker workers[] = {
	{ "rt_hog", step_hog, 20, 0, 0 },
	{ "rt_hog", step_hog, 20, 0, 0 },
	{ "rt_hog", step_hog, 20, 0, 0 },
	{ "rt_victim", step_victim, 1, 0, 0 },
	{ "rt_victim", step_victim, 1, 0, 0 },
	{ "rt_victim", step_victim, 1, 0, 0 },
	{ "hotplug", step_hotplug, 300, 0, 0 },
	{ "server", step_server, 10, 0, 0 },
	{ "guard", step_guard, 100, 0, 0 },
	{ "global", step_global, 100, 0, 0 },
	{ "cpuset", step_cpuset, 100, 0, 0 },
};

#define NR_WORKERS (sizeof(workers) / sizeof(workers[0]))

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int seed = (unsigned int)(w - workers) + 1;

	prctl(PR_SET_NAME, w->name);
	/* Hogs and victims compete; who writes has to get through. */
	if (w->step != step_hog && w->step != step_victim)
		sw_set_fifo(0, RT_TEST_PRIO);
	while (!stop) {
		w->steps += w->step(&seed);
		sw_sleep_ms(w->pause_ms);
	}
	return NULL;
}

int main(void)
{
	unsigned int i, least = 0;
	bool same = true;
	int cpu;

	ksft_print_header();
	ksft_set_plan(3);
	cpus = rt_cpus();
	rt_defaults();
	if (sw_write(CGROUP "cgroup.subtree_control", "+cpuset") ||
	    mkdir(CGROUP "rt_stress", 0755))
		ksft_exit_fail_msg("no cpuset: %s\n", strerror(errno));
	sw_set_fifo(0, RT_TEST_PRIO);
	for (i = 0; i < NR_WORKERS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	sw_sleep_ms(RUN_S * 1000);
	stop = true;
	for (i = 0; i < NR_WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		ksft_print_msg("%s: %u steps\n", workers[i].name, workers[i].steps);
		if (!i || workers[i].steps < least)
			least = workers[i].steps;
	}
	sw_set_fifo(0, 0);
	rmdir(CGROUP "rt_stress");
	ksft_test_result(least >= 2, "each worker made progress\n");
	for (cpu = 1; cpu < cpus; cpu++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
		sw_write(path, "1");
	}
	sw_write(RT_GUARD, "0");
	sw_write(RT_FEATURES, "NO_RT_RUNTIME_SHARE");
	sw_write(RT_RUNTIME, "950000");
	rt_defaults();
	for (cpu = 0; cpu < cpus; cpu++) {
		same = same && rt_server_read(cpu, "runtime") == RT_RUNTIME_DEFAULT &&
		       rt_server_read(cpu, "period") == RT_PERIOD_DEFAULT;
		sw_pin(0, cpu);
		sw_sleep_ms(10);
	}
	ksft_test_result(rt_cpus() == cpus && same, "all CPUs and servers are back\n");
	{
		struct rt_result r;

		rt_run(cpus - 1, cpus - 1, 5000, &r, NULL, NULL);
		ksft_test_result(r.victim >= 2 && r.rounds >= 2,
				 "a hog leaves its share to the fair tasks\n");
	}
	ksft_finished();
}
