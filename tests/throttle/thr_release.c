// SPDX-License-Identifier: GPL-2.0
/*
 * thr_release - a group of 1,000 tasks on 2 CPUs gets quota again: how long are
 * interrupts off, and does every task run.
 *
 * A SCHED_FIFO task on each CPU sleeps until a time 200 us ahead, again and
 * again, and notes how late it is woken: that is at least as long as interrupts
 * were off. The figures are for scripts/bench, which compares two kernels; the tests
 * here are that nobody is lost.
 */
#include <pthread.h>

#include "thr.h"

#define TASKS		1000
#define QUOTA_US	20000
#define PERIOD_US	200000
#define SECONDS		6
#define STEP_NS		200000

static volatile int stop;

struct probe {
	pthread_t thread;
	int cpu;
	uint64_t worst[SECONDS * 1000000 / PERIOD_US + 8];
	int n;
};

/* The worst delay of each stretch of one period. */
static void *probe(void *arg)
{
	struct probe *p = arg;
	uint64_t next, end, now, late, worst = 0;
	struct timespec t;

	sw_pin(0, p->cpu);
	sw_set_fifo(0, 90);
	now = sw_now_ns();
	end = now + PERIOD_US * 1000ULL;
	while (!stop && p->n < (int)(sizeof(p->worst) / sizeof(p->worst[0]))) {
		next = now + STEP_NS;
		t.tv_sec = (time_t)(next / 1000000000ULL);
		t.tv_nsec = (long)(next % 1000000000ULL);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		now = sw_now_ns();
		late = now > next ? now - next : 0;
		if (late > worst)
			worst = late;
		if (now >= end) {
			p->worst[p->n++] = worst;
			worst = 0;
			end = now + PERIOD_US * 1000ULL;
		}
	}
	return NULL;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(void)
{
	struct {
		volatile uint64_t loops;
		char pad[56];
	} *task;
	static struct probe probes[2];
	uint64_t *before;
	pid_t *pid;
	int i, c, lost = 0, n;
	uint64_t all[sizeof(probes[0].worst) / sizeof(uint64_t) * 2];

	ksft_print_header();
	ksft_set_plan(2);
	thr_make("release");
	thr_quota("release", 0, PERIOD_US);
	task = thr_shared(TASKS * sizeof(*task));
	pid = calloc(TASKS, sizeof(*pid));
	before = calloc(TASKS, sizeof(*before));
	if (!pid || !before)
		ksft_exit_fail_msg("no memory\n");
	sw_set_fifo(0, 1);

	thr_quota("release", QUOTA_US, PERIOD_US);
	fflush(stdout);
	for (i = 0; i < TASKS; i++) {
		pid_t child = fork();

		if (child < 0)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
		if (child == 0) {
			sw_set_fifo(0, 0);
			thr_move("release", 0);
			for (;;)
				task[i].loops++;
		}
		pid[i] = child;
		if (i % 50 == 0)
			sw_sleep_ms(2);
	}
	sw_sleep_ms(500);

	for (c = 0; c < 2; c++) {
		probes[c].cpu = c;
		if (pthread_create(&probes[c].thread, NULL, probe, &probes[c]))
			ksft_exit_fail_msg("pthread_create failed\n");
	}
	sw_sleep_ms(SECONDS * 1000);
	stop = 1;
	n = 0;
	for (c = 0; c < 2; c++) {
		pthread_join(probes[c].thread, NULL);
		for (i = 0; i < probes[c].n; i++)
			all[n++] = probes[c].worst[i];
	}
	qsort(all, (size_t)n, sizeof(all[0]), cmp_u64);
	ksft_test_result(thr_stat("release", "nr_throttled") >= SECONDS * 1000000 / PERIOD_US / 2,
			 "the group is throttled\n");
	ksft_print_msg("irq-off median_us=%llu p90_us=%llu max_us=%llu periods=%d\n",
		       (unsigned long long)all[n / 2] / 1000,
		       (unsigned long long)all[n * 9 / 10] / 1000,
		       (unsigned long long)all[n - 1] / 1000, n);
	printf("bench irq_off_1000_tasks_median %llu us lower\n",
	       (unsigned long long)all[n / 2] / 1000);
	printf("bench irq_off_1000_tasks_p90 %llu us lower\n",
	       (unsigned long long)all[n * 9 / 10] / 1000);

	/* Every task must run again once the quota is lifted. */
	for (i = 0; i < TASKS; i++)
		before[i] = task[i].loops;
	thr_quota("release", 0, PERIOD_US);
	for (c = 0; c < 60; c++) {
		sw_sleep_ms(500);
		lost = 0;
		for (i = 0; i < TASKS; i++)
			lost += task[i].loops == before[i];
		if (!lost)
			break;
	}
	ksft_print_msg("%d tasks without a turn after %d ms\n", lost, (c + 1) * 500);
	ksft_test_result(!lost, "every task runs again\n");
	for (i = 0; i < TASKS; i++)
		kill(pid[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	thr_remove("release");
	ksft_finished();
}
