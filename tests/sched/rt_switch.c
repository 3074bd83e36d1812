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

/*
 * A task that takes 40 % of a CPU starves nobody. But idle time uses up the fair
 * server's runtime, so that it acts at the end of the period, which begins when a
 * fair task last ran: the real-time task has the CPU just then, and a fair task
 * has woken a moment ago. Who looks no further takes that for starvation.
 */
#define DUTY_PERIOD	400000000ULL	/* of the fair server, ns */
#define DUTY_CYCLE	20000000ULL
#define DUTY_SLICE	8000000ULL	/* of each cycle */
#define DUTY_BEFORE	6000000ULL	/* of the slice in which the period ends */
#define DUTY_WAIT	4000000ULL	/* of the fair task before that end */
#define DUTY_TRAPS	6

static volatile uint64_t duty_end;	/* of the server's period, sw_now_ns() */
static volatile bool duty_stop;

static void sleep_until(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void *duty(void *arg)
{
	uint64_t now, next;

	(void)arg;
	prctl(PR_SET_NAME, "rt_duty");
	if (sw_pin(0, cpu) || sw_set_fifo(0, RT_HOG_PRIO))
		ksft_exit_fail_msg("rt_duty cannot be FIFO\n");
	while (!duty_stop) {
		now = sw_now_ns();
		next = duty_end - DUTY_BEFORE;
		if (next > now)
			next -= (next - now) / DUTY_CYCLE * DUTY_CYCLE;
		else
			next = now + DUTY_CYCLE - DUTY_SLICE;
		sleep_until(next);
		while (sw_now_ns() < next + DUTY_SLICE)
			;
	}
	return NULL;
}

static void *rare(void *arg)
{
	int i;

	(void)arg;
	prctl(PR_SET_NAME, "rt_rare");
	sw_pin(0, cpu);
	for (i = 0; i < DUTY_TRAPS; i++) {
		/* The server starts; idle time uses it up; its period begins. */
		sw_sleep_ms(60);
		sw_sleep_ms(60);
		duty_end = sw_now_ns() + DUTY_PERIOD;
		sleep_until(duty_end - DUTY_WAIT);
	}
	return NULL;
}

static void test_duty(void)
{
	unsigned long before[3] = {0}, after[3] = {0};
	pthread_t busy, fair;
	unsigned int lines;
	int fd, tries = 0;
	bool there, quiet;

	rt_server_write(cpu, "runtime", DUTY_PERIOD / 20);
	rt_server_write(cpu, "period", DUTY_PERIOD);
	sw_pin(0, 0);
	do {
		rt_fresh_limits();
		fd = sw_kmsg_open();
		there = counters(before);
		duty_stop = false;
		duty_end = sw_now_ns();
		if (pthread_create(&busy, NULL, duty, NULL) ||
		    pthread_create(&fair, NULL, rare, NULL))
			ksft_exit_fail_msg("no thread\n");
		pthread_join(fair, NULL);
		duty_stop = true;
		pthread_join(busy, NULL);
		there = there && counters(after);
		lines = rt_kmsg_count(fd, "RT hog", NULL);
		close(fd);
		ksft_print_msg("40 %% duty: starved %lu -> %lu, throttled %lu -> %lu, %u lines\n",
			       before[0], after[0], before[1], after[1], lines);
		quiet = after[0] == before[0] && after[1] == before[1] && !lines;
	} while (there && !quiet && ++tries < RT_TRIES);
	ksft_test_result(there && quiet, "who leaves time to the fair tasks is not reported\n");
	rt_defaults();
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
	test_duty();
	test_off();
	ksft_finished();
}
