/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KABI_PARALLEL_H
#define KABI_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

#define THREADS_MAX 16U

/*
 * parallel() - call job(arg, i, t) for each i below n, on threads threads at
 * most (1 to THREADS_MAX); t, from 0, tells them apart. Numbers are given out
 * in ascending order; a job that returns false ends its thread only.
 */
void parallel(size_t n, unsigned threads, bool (*job)(void *arg, size_t i, unsigned t),
	      void *arg);
/* threads_default() - as many as there are CPUs for us, four at most. */
unsigned threads_default(void);

#endif
