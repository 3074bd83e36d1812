// SPDX-License-Identifier: GPL-2.0
/*
 * bench_rt - what the RT guard costs: a real-time loop, which only ticks
 * interrupt; wake-ups of a real-time pair; and a fair pair, which must not be
 * touched at all. Values are counts a second.
 */
#include "rt.h"

#define SAMPLES 3
#define RUN_NS 2000000000ULL

static volatile unsigned int sink;

/* Loops of a FIFO task in 1 s of wall time with no fair task on its CPU. */
static void *spin(void *arg)
{
	double *rate = arg;
	uint64_t begin, loops = 0;

	if (sw_pin(0, rt_cpus() - 1) || sw_set_fifo(0, RT_HOG_PRIO))
		ksft_exit_fail_msg("cannot be FIFO\n");
	begin = sw_now_ns();
	while (sw_now_ns() - begin < RUN_NS / 4) {
		for (int i = 0; i < 10000; i++)
			sink++;
		loops++;
	}
	*rate = (double)loops * 1e9 / (double)(sw_now_ns() - begin);
	return NULL;
}

struct pair {
	int ping[2], pong[2], prio;
	volatile bool stop;
};

static void *echo(void *arg)
{
	struct pair *p = arg;
	char c;

	if (sw_pin(0, rt_cpus() - 1) || sw_set_fifo(0, p->prio))
		ksft_exit_fail_msg("echo: %s\n", strerror(errno));
	while (read(p->ping[0], &c, 1) == 1 && write(p->pong[1], &c, 1) == 1)
		;
	return NULL;
}

/* Round trips a second of two tasks of PRIO (0: fair) on one CPU. */
static void *caller(void *arg)
{
	struct pair *p = arg;
	uint64_t begin, trips = 0;
	pthread_t thread;
	char c = 0;
	static double rate;

	if (pipe(p->ping) || pipe(p->pong) || pthread_create(&thread, NULL, echo, p))
		ksft_exit_fail_msg("pair: %s\n", strerror(errno));
	if (sw_pin(0, rt_cpus() - 1) || sw_set_fifo(0, p->prio))
		ksft_exit_fail_msg("caller: %s\n", strerror(errno));
	begin = sw_now_ns();
	/* Less than a server period, so that no limit is reached. */
	while (sw_now_ns() - begin < RUN_NS / 4) {
		if (write(p->ping[1], &c, 1) != 1 || read(p->pong[0], &c, 1) != 1)
			ksft_exit_fail_msg("pair: %s\n", strerror(errno));
		trips++;
	}
	rate = (double)trips * 1e9 / (double)(sw_now_ns() - begin);
	close(p->ping[1]);
	pthread_join(thread, NULL);
	close(p->ping[0]);
	close(p->pong[0]);
	close(p->pong[1]);
	return &rate;
}

int main(void)
{
	struct pair rt = { .prio = RT_HOG_PRIO }, fair = { .prio = 0 };
	double rate;
	void *ret;
	pthread_t t;
	int i;

	ksft_print_header();
	ksft_set_plan(1);
	for (i = 0; i < SAMPLES; i++) {
		pthread_create(&t, NULL, spin, &rate);
		pthread_join(t, NULL);
		printf("bench rt-spin %.1f loops/s higher\n", rate);
		pthread_create(&t, NULL, caller, &rt);
		pthread_join(t, &ret);
		printf("bench rt-pingpong %.0f trips/s higher\n", *(double *)ret);
		pthread_create(&t, NULL, caller, &fair);
		pthread_join(t, &ret);
		printf("bench fair-pingpong %.0f trips/s higher\n", *(double *)ret);
		fflush(stdout);
		sw_sleep_ms(1000);	/* let the server's and groups' runtime refill */
	}
	ksft_test_result_pass("measured\n");
	ksft_finished();
}
