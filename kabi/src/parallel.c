// SPDX-License-Identifier: GPL-2.0-only
/* parallel.c - run a job for each number, on a few threads. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "parallel.h"

struct crew {
	bool (*job)(void *arg, size_t i, unsigned t);
	void *arg;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct crew *crew;
	unsigned t;
	pthread_t thread;
};

static void *work(void *p)
{
	struct worker *w = p;
	struct crew *c = w->crew;
	size_t i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->n)
		if (!c->job(c->arg, i, w->t))
			break;
	return NULL;
}

void parallel(size_t n, unsigned threads, bool (*job)(void *arg, size_t i, unsigned t),
	      void *arg)
{
	struct crew crew = { job, arg, n, 0 };
	struct worker w[THREADS_MAX];
	unsigned t, started = 1;

	if (threads > n)
		threads = n ? (unsigned)n : 1;
	for (t = 0; t < threads; t++)
		w[t] = (struct worker){ &crew, t, 0 };
	/* Without more threads, this one does it all. */
	while (started < threads &&
	       !pthread_create(&w[started].thread, NULL, work, &w[started]))
		started++;
	work(&w[0]);
	for (t = 1; t < started; t++)
		pthread_join(w[t].thread, NULL);
}

unsigned threads_default(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > 4 ? 4 : (unsigned)n;
}
