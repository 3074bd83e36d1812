// SPDX-License-Identifier: GPL-2.0
/*
 * thr_locks - a group that is out of CPU quota must not keep a lock of the
 * kernel from others.
 *
 * A holder with a quota of 10 ms in 500 ms and a waiter without one use the same
 * lock, on a CPU each. A wait is the time an operation of the waiter took beyond
 * its own CPU time. For each lock 3 runs of 4 s; figures are the median. The waiter
 * alone, on a busy host, seems to wait too: that share is measured first and is not
 * the holder's.
 */
#include <dirent.h>
#include <sys/syscall.h>

#include "thr.h"

#define QUOTA_US	10000
#define PERIOD_US	500000
#define HALF_THROTTLE	((PERIOD_US - QUOTA_US) / 2 * 1000ULL)
#define RUNS		3
#define RUN_NS		4000000000ULL
#define ALONE_NS	1500000000ULL
#define MAX_WAITS	400000
#define MAX_HOLDERS	4
#define DIR_FILES	1500
#define BLOCK		(4 << 20)

static char *block;
static int file_fd;
static char names[2][512];

static void hold_inode(void)
{
	if (pwrite(file_fd, block, BLOCK, 0) != BLOCK)
		_exit(1);
}

static void want_inode(void)
{
	if (pwrite(file_fd, block, 1, 0) != 1)
		_exit(1);
}

static void map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	munmap(p, len);
}

static void hold_mmap(void)
{
	map(BLOCK);
}

static void want_mmap(void)
{
	map(4096);
}

/* getdents64() holds the lock of the directory while it fills the buffer. */
static void hold_dir(void)
{
	static char buf[1 << 17];
	int fd = open("/tmp/thr_dir", O_RDONLY | O_DIRECTORY);

	while (syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

static void want_dir(void)
{
	int fd = open("/tmp/thr_dir/waiter", O_CREAT | O_WRONLY, 0600);

	if (fd < 0)
		_exit(1);
	close(fd);
	unlink("/tmp/thr_dir/waiter");
}

static void make_remove(const char *name)
{
	if (mkdir(name, 0755) || rmdir(name))
		_exit(1);
}

static void hold_cgroup(void)
{
	make_remove(names[0]);
}

static void want_cgroup(void)
{
	make_remove(names[1]);
}

enum { INODE, MMAP, DIRECTORY, CGROUP };

static const struct {
	const char *name;
	void (*hold)(void);
	void (*want)(void);
	bool same_mm;
	int holders;
	unsigned int pause_us;	/* of the waiter */
} cases[] = {
	[INODE] = { "inode rwsem", hold_inode, want_inode, false, 1, 200 },
	[MMAP] = { "mmap_lock", hold_mmap, want_mmap, true, 1, 200 },
	/*
	 * Without preemption in the kernel nobody is throttled within
	 * getdents64(). But a reader that waits when the quota runs out is
	 * given the lock then, so there have to be some, and a busy writer.
	 */
	[DIRECTORY] = { "directory", hold_dir, want_dir, false, 4, 50 },
	[CGROUP] = { "cgroup mkdir", hold_cgroup, want_cgroup, false, 1, 200 },
};

struct result {
	uint64_t p99, max;
	double stalled;		/* share of the time spent waiting */
	long n, long_waits;
};

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int holder_case;
static volatile int *stop;

static int holder(void *arg)
{
	(void)arg;
	sw_pin(0, 1);
	thr_move("holder", 0);
	while (!*stop)
		cases[holder_case].hold();
	_exit(0);
}

/* The waits of RUN_NS ns beside HOLDERS holders. */
static struct result one_run(int c, int holders, uint64_t run_ns, uint64_t *waits)
{
	static char stacks[MAX_HOLDERS][256 * 1024] __attribute__((aligned(64)));
	struct result r = { 0 };
	uint64_t start, sum = 0, t, cpu, wall, used;
	pid_t pid[MAX_HOLDERS];
	int i, status;

	*stop = 0;
	holder_case = c;
	fflush(stdout);
	for (i = 0; i < holders; i++) {
		pid[i] = clone(holder, stacks[i] + sizeof(stacks[i]),
			       (cases[c].same_mm ? CLONE_VM : 0) | SIGCHLD, NULL);
		if (pid[i] < 0)
			ksft_exit_fail_msg("clone: %s\n", strerror(errno));
	}
	sw_sleep_ms(50);

	start = sw_now_ns();
	while ((t = sw_now_ns()) - start < run_ns && r.n < MAX_WAITS) {
		cpu = sw_thread_ns();
		cases[c].want();
		used = sw_thread_ns() - cpu;
		wall = sw_now_ns() - t;
		waits[r.n] = wall > used ? wall - used : 0;
		sum += waits[r.n];
		r.long_waits += waits[r.n] > HALF_THROTTLE;
		r.n++;
		if (cases[c].pause_us)
			usleep(cases[c].pause_us);
	}
	r.stalled = (double)sum / (double)(sw_now_ns() - start);
	*stop = 1;
	thr_quota("holder", 0, PERIOD_US);
	for (i = 0; i < holders; i++) {
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			ksft_exit_fail_msg("%s: holder ended with 0x%x\n",
					   cases[c].name, status);
	}
	qsort(waits, (size_t)r.n, sizeof(*waits), cmp_u64);
	r.p99 = waits[r.n * 99 / 100];
	r.max = waits[r.n - 1];
	return r;
}

static double median3(double a, double b, double c)
{
	if ((a <= b && b <= c) || (c <= b && b <= a))
		return b;
	return (b <= a && a <= c) || (c <= a && a <= b) ? a : c;
}

int main(void)
{
	uint64_t *waits = thr_shared(MAX_WAITS * sizeof(*waits));
	struct result r[RUNS];
	long long throttled;
	unsigned int c;
	int i, long_waits;
	double p99, stalled, alone;

	ksft_print_header();
	ksft_set_plan(4 * (int)(sizeof(cases) / sizeof(cases[0])));

	stop = thr_shared(4096);
	block = thr_shared(BLOCK);
	memset(block, 1, BLOCK);
	file_fd = open("/tmp/thr_file", O_CREAT | O_RDWR, 0600);
	mkdir("/tmp/thr_dir", 0755);
	for (i = 0; i < DIR_FILES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/tmp/thr_dir/%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	thr_make("holder");
	thr_make("names");
	snprintf(names[0], sizeof(names[0]), "%s", thr_path("names", "h"));
	snprintf(names[1], sizeof(names[1]), "%s", thr_path("names", "w"));
	sw_pin(0, 0);

	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		throttled = thr_stat("holder", "nr_throttled");
		long_waits = 0;
		alone = 100 * one_run((int)c, 0, ALONE_NS, waits).stalled;
		for (i = 0; i < RUNS; i++) {
			thr_quota("holder", QUOTA_US, PERIOD_US);
			r[i] = one_run((int)c, cases[c].holders, RUN_NS, waits);
			long_waits += (int)r[i].long_waits;
			ksft_print_msg("%s run %d: n=%ld p99=%.3f ms max=%.3f ms stalled=%.2f %% long=%ld\n",
				       cases[c].name, i, r[i].n, r[i].p99 / 1e6, r[i].max / 1e6,
				       100 * r[i].stalled, r[i].long_waits);
		}
		throttled = thr_stat("holder", "nr_throttled") - throttled;
		p99 = median3(r[0].p99, r[1].p99, r[2].p99) / 1e6;
		stalled = 100 * median3(r[0].stalled, r[1].stalled, r[2].stalled);
		ksft_print_msg("%s: median p99=%.3f ms stalled=%.2f %%, alone %.2f %%, holder throttled in %lld periods\n",
			       cases[c].name, p99, stalled, alone, throttled);

		ksft_test_result(throttled >= 4 * RUNS, "%s: the holder is throttled\n",
				 cases[c].name);
		if (thr_off() && (c == INODE || c == MMAP))
			ksft_test_result(long_waits, "%s: stock: waits for half a throttle\n",
					 cases[c].name);
		else
			thr_deferred_result(!long_waits, "%s: no wait for half a throttle\n",
					    cases[c].name);
		thr_deferred_result(p99 <= 2.0, "%s: p99 of the waits is 2 ms or less\n",
				    cases[c].name);
		thr_deferred_result(stalled - alone <= 5.0, "%s: waiter stalled for 5%% or less\n",
				    cases[c].name);
	}
	ksft_finished();
}
