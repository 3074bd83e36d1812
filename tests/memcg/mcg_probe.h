/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcg_probe.h - a process outside, that makes one call after the other, and what was
 * seen of them: how long they took, and how much of the time was lost.
 */
#ifndef SW_MCG_PROBE_H
#define SW_MCG_PROBE_H

#include "mcg.h"

#define PROBE_SAMPLES	20000
#define PROBE_REST	2		/* ms between two calls */
#define PROBE_PACE	20		/* ms, see paced_p99() */

struct probe {
	volatile unsigned int n;
	volatile uint64_t begin;	/* of the call under way, or 0 */
	uint64_t v[PROBE_SAMPLES];	/* ns */
};

static struct probe *probe;
static pid_t probe_pid;

/* Fork a process that makes CALL, which returns 0, with its number, until it is killed. */
static void probe_start(int (*call)(unsigned int i))
{
	unsigned int i;

	if (!probe)
		probe = mcg_shared(sizeof(*probe));
	fflush(stdout);
	probe->begin = 0;
	probe_pid = fork();
	for (i = 0; !probe_pid; i++) {
		probe->begin = sw_now_ns();
		if (call(i))
			_exit(1);
		if (probe->n < PROBE_SAMPLES)
			probe->v[probe->n] = sw_now_ns() - probe->begin;
		probe->n++;
		probe->begin = 0;
		sw_sleep_ms(PROBE_REST);
	}
	sw_sleep_ms(500);
}

static void probe_stop(void)
{
	mcg_kill(probe_pid);
}

struct result {
	unsigned int n;
	double p50, p99, max;	/* ms */
	double paced;		/* ms: p99 of who wants one call each PROBE_PACE */
	double lost;		/* part of the time in calls, beyond USUAL ms each */
	double took;		/* s, if the caller sets it */
};

/*
 * p99 in ms of calls that should begin each PROBE_PACE, of N sorted samples in ns: one
 * that took longer holds up those behind it. The prober itself waits for each of its
 * calls, so that a stall of seconds is one sample of hundreds.
 */
static double paced_p99(const uint64_t *v, unsigned int n)
{
	uint64_t pace = PROBE_PACE * 1000000ULL, all = 0, above = 0, late, at;
	unsigned int i;

	for (i = 0; i < n; i++)
		all += 1 + v[i] / pace;
	/* The longest first: those behind a call of v wait v - pace, v - 2 pace, ... */
	for (at = v[n - 1]; at >= pace / 20; at -= pace / 20) {
		for (above = 0, i = n; i-- > 0 && v[i] >= at; ) {
			late = (v[i] - at) / pace;
			above += 1 + late;
		}
		if (above * 100 > all)
			break;
	}
	return (double)at / 1e6;
}

/* What was seen since call FROM, at SINCE; one that has not returned counts, too. */
static struct result probe_look(unsigned int from, uint64_t since, double usual)
{
	static uint64_t v[PROBE_SAMPLES + 1];
	struct result r = { 0 };
	uint64_t now = sw_now_ns(), begin = probe->begin;
	unsigned int i;

	for (i = from; i < probe->n && i < PROBE_SAMPLES; i++)
		v[r.n++] = probe->v[i];
	if (begin && begin < now)
		v[r.n++] = now - begin;
	for (i = 0; i < r.n; i++)
		if ((double)v[i] / 1e6 > usual)
			r.lost += (double)v[i] - usual * 1e6;
	r.lost /= (double)(now - since);
	r.p50 = (double)mcg_percentile(v, r.n, 50) / 1e6;
	r.p99 = (double)mcg_percentile(v, r.n, 99) / 1e6;
	r.max = (double)mcg_percentile(v, r.n, 100) / 1e6;
	if (r.n)
		r.paced = paced_p99(v, r.n);
	return r;
}

static void probe_print(const char *name, struct result r)
{
	ksft_print_msg("%s: %u calls, p50 %.2f ms, p99 %.2f (one each %d ms: %.0f), max %.1f, lost %.1f %%\n",
		       name, r.n, r.p50, r.p99, PROBE_PACE, r.paced, r.max, 100 * r.lost);
	printf("bench %s_p99 %.3f ms lower\n", name, r.p99);
	printf("bench %s_paced_p99 %.3f ms lower\n", name, r.paced);
	printf("bench %s_max %.3f ms lower\n", name, r.max);
	printf("bench %s_lost %.4f part lower\n", name, r.lost);
	fflush(stdout);
}

#endif /* SW_MCG_PROBE_H */
