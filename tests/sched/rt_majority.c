// SPDX-License-Identifier: GPL-2.0
/*
 * rt_majority - two real-time tasks share a CPU 70:30; the log names the busier
 * one, also when the other runs at the instant the fair server acts.
 */
#include "rt.h"

#define SAMPLES		5
#define TRIES		12
#define TICKS_MIN	120	/* of 237 at 250 Hz; less: the host had the CPU */
#define SLICE		100	/* ms; of it the busier has 70 */

static volatile bool stop;
static volatile pid_t lesser_tid;

/* 30 ms of each 100 ms, at a higher priority than the other. */
static void *lesser(void *arg)
{
	int cpu = *(int *)arg;
	uint64_t slice;

	prctl(PR_SET_NAME, "rt_lesser");
	if (sw_pin(0, cpu) || sw_set_fifo(0, RT_HOG_PRIO + 1))
		ksft_exit_fail_msg("rt_lesser cannot be FIFO\n");
	lesser_tid = (pid_t)syscall(SYS_gettid);
	slice = sw_now_ns();
	while (!stop) {
		while (sw_now_ns() < slice + 3 * SLICE / 10 * 1000000ULL)
			;
		slice += SLICE * 1000000ULL;
		if (sw_now_ns() < slice)
			sw_sleep_ms((unsigned int)((slice - sw_now_ns()) / 1000000));
		else
			slice = sw_now_ns();
	}
	return NULL;
}

/* The numbers of "NAME, HITS/ALL ticks"; both 0 if there are none. */
static void ticks(const char *line, int *hits, int *all)
{
	const char *at = strstr(line, " ticks, for ");

	while (at && at > line && at[-1] != ' ')
		at--;
	if (!at || sscanf(at, "%d/%d", hits, all) != 2)
		*hits = *all = 0;
}

int main(void)
{
	int cpu = rt_cpus() - 1, fd, i, hits, all, samples = 0, named = 0, majority = 0;
	char line[RT_LINE_MAX], want[64];

	ksft_print_header();
	ksft_set_plan(2);
	rt_defaults();
	for (i = 0; i < TRIES && samples < SAMPLES; i++) {
		struct rt_spinner busier = {
			.comm = "rt_busier", .cpu = cpu, .prio = RT_HOG_PRIO, .stop = &stop,
		}, victim = {
			.comm = "rt_victim", .cpu = cpu, .stop = &stop,
		};
		pthread_t thread;

		stop = false;
		sw_sleep_ms(RT_EPISODE_MS);
		fd = sw_kmsg_open();
		rt_fresh_limits();
		sw_set_fifo(0, RT_TEST_PRIO);
		rt_spinner_start(&victim);
		rt_spinner_start(&busier);
		pthread_create(&thread, NULL, lesser, &cpu);
		/* Not a multiple of the slice: the server acts at another place. */
		sw_sleep_ms(1250 + 17 * (unsigned int)i);
		stop = true;
		pthread_join(thread, NULL);
		pthread_join(busier.thread, NULL);
		pthread_join(victim.thread, NULL);
		sw_set_fifo(0, 0);

		line[0] = '\0';
		rt_kmsg_count(fd, "RT hog", line);
		close(fd);
		ksft_print_msg("%s\n", line[0] ? line : "nobody is named");
		if (!line[0])
			break;
		ticks(line, &hits, &all);
		if (all < TICKS_MIN)
			continue;
		samples++;
		snprintf(want, sizeof(want), "'rt_busier'[%d]", busier.tid);
		named += !!strstr(line, want);
		majority += hits * 100 >= all * 55 && hits * 100 <= all * 85 && !strstr(line, "no majority");
	}
	ksft_test_result(samples == SAMPLES && named == SAMPLES, "the busier of a 70:30 pair is named\n");
	ksft_test_result(samples == SAMPLES && majority == SAMPLES, "its part of the ticks is right\n");
	ksft_finished();
}
