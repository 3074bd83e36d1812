// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_exact - cg.ops= random charges, writes, moves and cgroup removals by
 * several tasks in a hierarchy of three levels, with readers in between: then
 * every counter must be exact at every level.
 *
 * What is exact: io.stat counts each write; what is charged goes to zero once
 * the tasks are gone; and of a counter that only grows, a cgroup has what its
 * children have and what removed children had. So between two moments of rest
 *
 *	value(cgroup) - sum of value(child) = what children had when removed
 *
 * memory.stat is up to date 2 s after the last change.
 */
#include "cg.h"

#define TOP	CG_ROOT "/exact"
#define FAN	3
#define MIDDLE	FAN
#define LEAVES	(FAN * FAN)
#define WORKERS	4
#define ROUNDS	3
#define REST	3000	/* ms after which memory.stat is up to date */
#define SETTLE	8	/* s to wait for it at most on a busy host */

struct shared {
	volatile unsigned int round, stop, done, reading;
	volatile unsigned long charges, moves, removals, written, late;
	volatile unsigned int generation[LEAVES];
	/* who enters a leaf holds it, and the main program for good to remove it */
	volatile unsigned int held[LEAVES];
};

static struct shared *s;
static const char *const keys[][2] = {
	{ "memory.stat", "pgfault" },
	{ "memory.stat", "anon" },
	{ "cpu.stat", "usage_usec" },
	{ "io.stat", "wios" },
	{ "io.stat", "wbytes" },
};

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

static void leaf_path(unsigned int leaf, char *path)
{
	snprintf(path, CG_PATH, TOP "/m%u/l%u.%u", leaf / FAN, leaf % FAN,
		 s->generation[leaf]);
}

static void middle_path(unsigned int middle, char *path)
{
	snprintf(path, CG_PATH, TOP "/m%u", middle);
}

static long long value(const char *cg, unsigned int key)
{
	if (!strcmp(keys[key][0], "io.stat"))
		return cg_io(cg, keys[key][1]);
	return cg_value(cg, keys[key][0], keys[key][1]);
}

static bool hold(unsigned int leaf)
{
	return !__atomic_exchange_n(&s->held[leaf], 1, __ATOMIC_SEQ_CST);
}

static void release(unsigned int leaf)
{
	__atomic_store_n(&s->held[leaf], 0, __ATOMIC_SEQ_CST);
}

/* Move to LEAF unless that is being removed. */
static bool enter(unsigned int leaf)
{
	char path[CG_PATH];
	int err;

	if (!hold(leaf))
		return false;
	leaf_path(leaf, path);
	err = cg_enter(path);
	release(leaf);
	return !err;
}

/*
 * A worker charges, writes and moves until the round is over. The memory that
 * it holds is left behind in the cgroups that it goes through.
 */
static void worker(unsigned int nr, unsigned long ops)
{
	unsigned int seed = nr + 1, seen = 0;
	volatile char *held;
	unsigned long i;
	int fd = cg_disk();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	held = mmap(NULL, 64 * CG_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (true) {
		while (s->round == seen && !s->stop)
			cg_futex_wait(&s->round, seen);
		if (s->stop)
			_exit(0);
		seen = s->round;
		while (!enter((unsigned int)rand_r(&seed) % LEAVES))
			;
		for (i = 0; i < ops; i++) {
			unsigned int what = (unsigned int)rand_r(&seed) % 1000;

			if (what < 4) {
				if (enter((unsigned int)rand_r(&seed) % LEAVES))
					__atomic_add_fetch(&s->moves, 1, __ATOMIC_RELAXED);
			} else if (what < 100) {
				cg_write_disk(fd, (unsigned int)rand_r(&seed));
				__atomic_add_fetch(&s->written, 1, __ATOMIC_RELAXED);
			} else if (what < 110) {
				sw_pin(0, rand_r(&seed) % 2);
			} else {
				unsigned int page = (unsigned int)rand_r(&seed) % 64;

				if (what < 500)
					madvise((void *)(held + page * CG_PAGE),
						CG_PAGE, MADV_DONTNEED);
				held[page * CG_PAGE] = 1;
				__atomic_add_fetch(&s->charges, 1, __ATOMIC_RELAXED);
			}
		}
		/* Nothing runs in the leaves when all is compared. */
		cg_enter(CG_ROOT);
		__atomic_add_fetch(&s->done, 1, __ATOMIC_SEQ_CST);
	}
}

/* Readers flush all levels all the time, and count values that go back. */
static void reader(unsigned int nr)
{
	unsigned int seed = 100 + nr, i;
	long long last[KEYS] = {0}, v;
	char path[CG_PATH];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!s->stop) {
		if (!s->reading) {
			sw_sleep_ms(1);
			continue;
		}
		for (i = 0; i < KEYS; i++) {
			if (!strcmp(keys[i][1], "anon"))
				continue;
			v = value(TOP, i);
			if (v < last[i])
				__atomic_add_fetch(&s->late, 1, __ATOMIC_RELAXED);
			last[i] = v;
		}
		middle_path((unsigned int)rand_r(&seed) % MIDDLE, path);
		for (i = 0; i < KEYS; i++)
			value(path, i);
		leaf_path((unsigned int)rand_r(&seed) % LEAVES, path);
		for (i = 0; i < KEYS; i++)
			value(path, i);	/* or it is gone */
		sw_sleep_ms(1);
	}
	_exit(0);
}

/* What the leaves had that were removed, to the middle, and it to the top. */
static long long gone[MIDDLE + 1][KEYS];

/*
 * Compare all levels. usage_usec is cut to microseconds at each level, so it
 * may differ by one a child.
 */
static bool exact(bool talk)
{
	long long top[KEYS], middle, leaf, sum, sum_top[KEYS] = {0};
	bool good = true;
	char path[CG_PATH];
	unsigned int m, l, k;

	for (k = 0; k < KEYS; k++)
		top[k] = value(TOP, k);
	for (m = 0; m < MIDDLE; m++) {
		for (k = 0; k < KEYS; k++) {
			long long slack = strcmp(keys[k][1], "usage_usec") ? 0 : FAN + 1;

			middle_path(m, path);
			middle = value(path, k);
			sum_top[k] += middle;
			for (sum = 0, l = 0; l < FAN; l++) {
				leaf_path(m * FAN + l, path);
				leaf = value(path, k);
				sum += leaf;
			}
			sum += gone[m][k];
			if (slack)
				slack += (long long)s->removals;
			/* pages of a removed leaf may still be in use */
			if (strcmp(keys[k][1], "anon") && llabs(middle - sum) > slack) {
				good = false;
				if (talk)
					ksft_print_msg("m%u: %s %lld, its children %lld\n",
						       m, keys[k][1], middle, sum);
			}
		}
	}
	for (k = 0; k < KEYS; k++) {
		long long slack = strcmp(keys[k][1], "usage_usec") ? 0 : MIDDLE + 1;

		if (llabs(top[k] - sum_top[k]) > slack) {
			good = false;
			if (talk)
				ksft_print_msg("top: %s %lld, its children %lld\n",
					       keys[k][1], top[k], sum_top[k]);
		}
	}
	return good;
}

static bool settle(bool (*good)(bool talk))
{
	unsigned int i;

	for (i = 0; i < SETTLE * 5; i++) {
		if (good(false))
			return true;
		sw_sleep_ms(200);
	}
	return good(true);
}

/*
 * Replace a leaf that nobody is in and that had its rest; what it had is the
 * middle's alone from now on.
 */
static void replace(unsigned int leaf)
{
	char path[CG_PATH];
	unsigned int k;

	leaf_path(leaf, path);
	for (k = 0; k < KEYS; k++)
		gone[leaf / FAN][k] += value(path, k);
	if (cg_rmdir(path))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	s->generation[leaf]++;
	s->removals++;
	leaf_path(leaf, path);
	cg_mkdir(path);
}

/* Under load: close a leaf that is empty just now, let it rest, replace it. */
static void replace_empty(unsigned int leaf)
{
	char path[CG_PATH];
	bool empty;

	if (!hold(leaf))
		return;
	leaf_path(leaf, path);
	empty = !cg_value(path, "cgroup.events", "populated");
	if (empty) {
		sw_sleep_ms(REST);
		replace(leaf);
	}
	release(leaf);
}

static bool no_memory(bool talk)
{
	static const char *const zero[] = { "anon", "pagetables", "kernel_stack" };
	bool good = true;
	char path[CG_PATH];
	unsigned int m, k;
	long long v;

	for (m = 0; m <= MIDDLE; m++) {
		if (m < MIDDLE)
			middle_path(m, path);
		else
			snprintf(path, sizeof(path), TOP);
		for (k = 0; k < 3; k++) {
			v = cg_value(path, "memory.stat", zero[k]);
			if (v) {
				good = false;
				if (talk)
					ksft_print_msg("%s: %s %lld\n", path, zero[k], v);
			}
		}
	}
	return good;
}

int main(void)
{
	unsigned long ops = (unsigned long)cg_arg("cg.ops=", 100000);
	unsigned int i, round, good = 0, next = 0;
	long long before[KEYS], after[KEYS];
	pid_t pid[WORKERS + 2];
	char path[CG_PATH];
	bool kept = true;

	ksft_print_header();
	ksft_set_plan(6);
	close(cg_disk());
	s = cg_shared(sizeof(*s));
	cg_control(CG_ROOT);
	cg_mkdir(TOP);
	cg_control(TOP);
	for (i = 0; i < MIDDLE; i++) {
		middle_path(i, path);
		cg_mkdir(path);
		cg_control(path);
	}
	for (i = 0; i < LEAVES; i++) {
		leaf_path(i, path);
		cg_mkdir(path);
	}
	for (i = 0; i < WORKERS + 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			if (i < WORKERS)
				worker(i, ops / ROUNDS / WORKERS);
			reader(i);
		}
	}
	for (round = 0; round < ROUNDS; round++) {
		s->reading = 1;
		s->done = 0;
		__atomic_add_fetch(&s->round, 1, __ATOMIC_SEQ_CST);
		cg_futex_wake(&s->round);
		while (s->done < WORKERS) {
			replace_empty(next++ % LEAVES);
			sw_sleep_ms(10);
		}
		s->reading = 0;
		sw_sleep_ms(REST);
		good += settle(exact);
		/* All rests: what is removed now is known exactly. */
		for (i = 0; i < KEYS; i++)
			before[i] = value(TOP, i);
		for (i = round % 2; i < LEAVES; i += 2)
			replace(i);
		/* The release is not at once: it takes two grace periods. */
		sw_sleep_ms(REST);
		for (i = 0; i < KEYS; i++) {
			after[i] = value(TOP, i);
			if (strcmp(keys[i][1], "anon") && after[i] != before[i]) {
				kept = false;
				ksft_print_msg("%s: %lld, after the removal %lld\n",
					       keys[i][1], before[i], after[i]);
			}
		}
	}
	s->stop = 1;
	__atomic_add_fetch(&s->round, 1, __ATOMIC_SEQ_CST);
	cg_futex_wake(&s->round);
	for (i = 0; i < WORKERS + 2; i++)
		waitpid(pid[i], NULL, 0);
	ksft_print_msg("%lu charges, %lu writes, %lu moves, %lu removals\n",
		       s->charges, s->written, s->moves, s->removals);
	ksft_test_result(good == ROUNDS, "every level has what its children have\n");
	ksft_test_result(kept, "a removal loses nothing\n");
	ksft_test_result(!s->late, "no value went back\n");
	ksft_test_result(settle(no_memory), "nothing stays charged\n");
	ksft_print_msg("io.stat: wios=%lld wbytes=%lld\n", value(TOP, 3), value(TOP, 4));
	ksft_test_result(value(TOP, 3) == (long long)s->written &&
			 value(TOP, 4) == (long long)(s->written * CG_PAGE),
			 "io.stat has each write\n");
	kept = true;
	for (i = 0; i < LEAVES; i++) {
		leaf_path(i, path);
		kept = !cg_rmdir(path) && kept;
	}
	for (i = 0; i < MIDDLE; i++) {
		middle_path(i, path);
		kept = !cg_rmdir(path) && kept;
	}
	ksft_test_result(!cg_rmdir(TOP) && kept, "all cgroups can be removed\n");
	ksft_finished();
}
