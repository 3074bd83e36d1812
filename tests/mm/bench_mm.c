// SPDX-License-Identifier: GPL-2.0
/*
 * bench_mm - what giving back empty tables costs.
 *
 * Each figure is the median of rounds. Where the kernel has the switch, rounds with
 * it on and off take turns and the ratio on/off is a verdict: with it off the code
 * is that of the base but for a branch. The figures printed for scripts/bench are
 * those of the default, on. A clock that counts instructions (sw.icount=) needs
 * fewer rounds: mm.rounds=N.
 */
#include <sys/wait.h>

#include "mm.h"

#define ROUNDS_MAX 21

static char *anon, *shmem;
static int rounds = ROUNDS_MAX;

static int cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), cmp);
	return v[n / 2];
}

/* Times in ns. Each prepares what it needs outside of the time it takes. */

#define DENSE (32 * MM_TABLE)

/* madvise() of LEN bytes with a page in use every STEP, for each table. */
static double timed_dontneed(char *p, size_t len, size_t step)
{
	uint64_t t;

	mm_touch(p, len, step);
	t = sw_now_ns();
	mm_dontneed(p, len);
	return (double)(sw_now_ns() - t) / (double)(len / MM_TABLE);
}

static double dontneed_dense(void)
{
	return timed_dontneed(anon, DENSE, MM_PAGE);
}

static double dontneed_sparse(void)
{
	return timed_dontneed(anon, 4 * MM_GIB, MM_TABLE);
}

static double dontneed_sparse_shmem(void)
{
	return timed_dontneed(shmem, 4 * MM_GIB, MM_TABLE);
}

/* Nothing has been touched since the last one. */
static double dontneed_again(void)
{
	uint64_t t;

	mm_touch(anon, 4 * MM_GIB, MM_TABLE);
	mm_dontneed(anon, 4 * MM_GIB);
	t = sw_now_ns();
	mm_dontneed(anon, 4 * MM_GIB);
	return (double)(sw_now_ns() - t) / 2048;
}

static double purge(size_t len)
{
	uint64_t sum = 0, t;

	for (int i = 0; i < 200; i++) {
		char *p = anon + (size_t)i * 7 % 32 * MM_TABLE + MM_TABLE / 2;

		mm_touch(p - MM_PAGE, len + 2 * MM_PAGE, MM_PAGE);
		t = sw_now_ns();
		mm_dontneed(p, len);
		sum += sw_now_ns() - t;
	}
	return (double)sum / 200;
}

static double purge_4k(void)
{
	return purge(MM_PAGE);
}

static double purge_64k(void)
{
	return purge(16 * MM_PAGE);
}

/* The next touch of what was touched and purged, for each table. */
static double timed_refault(size_t len, size_t step)
{
	uint64_t t;

	mm_touch(anon, len, step);
	mm_dontneed(anon, len);
	t = sw_now_ns();
	mm_touch(anon, len, step);
	t = sw_now_ns() - t;
	mm_dontneed(anon, len);
	return (double)t / (double)(len / MM_TABLE);
}

static double refault_dense(void)
{
	return timed_refault(DENSE, MM_PAGE);
}

static double refault_sparse(void)
{
	return timed_refault(MM_GIB, MM_TABLE);
}

static double touch_and_dontneed(void)
{
	uint64_t t = sw_now_ns();

	for (int i = 0; i < 4; i++) {
		mm_touch(anon, DENSE, MM_PAGE);
		mm_dontneed(anon, DENSE);
	}
	return (double)(sw_now_ns() - t) / 128;
}

/* Faults into tables that exist: nothing of ours is there. */
static double fault(void)
{
	char *p = mmap(NULL, DENSE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t t;

	madvise(p, DENSE, MADV_NOHUGEPAGE);
	t = sw_now_ns();
	mm_touch(p, DENSE, MM_PAGE);
	t = sw_now_ns() - t;
	munmap(p, DENSE);
	return (double)t / (DENSE / MM_PAGE);
}

static double fork_touch_exit(void)
{
	uint64_t t = sw_now_ns();

	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			mm_touch(anon, MM_TABLE, MM_PAGE);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	}
	return (double)(sw_now_ns() - t) / 20;
}

static const struct {
	const char *name;
	double (*run)(void);
	double limit;		/* of on/off; 0: measured only */
} figures[] = {
	{ "madvise-dense", dontneed_dense, 1.10 },
	{ "madvise-sparse-shmem", dontneed_sparse_shmem, 1.30 },
	{ "madvise-sparse-anon", dontneed_sparse, 0 },
	{ "madvise-again", dontneed_again, 0.3 },
	{ "madvise-4k-between", purge_4k, 0 },
	{ "madvise-64k-between", purge_64k, 0 },
	{ "refault-dense", refault_dense, 1.10 },
	{ "refault-sparse", refault_sparse, 0 },
	{ "touch-and-madvise", touch_and_dontneed, 0 },
	{ "fault", fault, 1 / 0.98 },
	{ "fork-touch-exit", fork_touch_exit, 1 / 0.98 },
};

#define FIGURES ((int)(sizeof(figures) / sizeof(figures[0])))

int main(void)
{
	bool have = access(MM_EMPTY "enabled", F_OK) == 0;
	double on[ROUNDS_MAX], off[ROUNDS_MAX], ratio;
	char line[4096], *arg;
	int i, f;

	ksft_print_header();
	ksft_set_plan(FIGURES);
	arg = sw_read("/proc/cmdline", line, sizeof(line)) > 0 ? strstr(line, "mm.rounds=") : NULL;
	if (arg)
		rounds = atoi(arg + strlen("mm.rounds="));
	if (rounds < 1 || rounds > ROUNDS_MAX)
		ksft_exit_fail_msg("mm.rounds= wants 1 to %d\n", ROUNDS_MAX);
	anon = mm_map(4 * MM_GIB, MAP_PRIVATE, -1);
	shmem = mm_map(4 * MM_GIB, MAP_SHARED, mm_memfd(4 * MM_GIB));
	sw_pin(0, 0);
	for (f = 0; f < FIGURES; f++) {
		for (i = 0; i < rounds; i++) {
			if (have) {
				mm_switch(false);
				off[i] = figures[f].run();
				mm_switch(true);
				mm_dontneed(anon, 4 * MM_GIB);
				mm_dontneed(shmem, 4 * MM_GIB);
				mm_settle();
			}
			on[i] = figures[f].run();
			mm_settle();
		}
		printf("bench %s %.0f ns lower\n", figures[f].name, median(on, rounds));
		if (!have || figures[f].limit == 0) {
			if (have)
				ksft_print_msg("%s: on/off %.3f\n", figures[f].name,
					       on[rounds / 2] / median(off, rounds));
			ksft_test_result_pass("%s measured\n", figures[f].name);
			continue;
		}
		ratio = on[rounds / 2] / median(off, rounds);
		ksft_print_msg("%s: on/off %.3f, limit %.3f\n", figures[f].name, ratio,
			       figures[f].limit);
		ksft_test_result(ratio <= figures[f].limit, "%s\n", figures[f].name);
		fflush(stdout);
	}
	ksft_finished();
}
