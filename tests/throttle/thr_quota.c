// SPDX-License-Identifier: GPL-2.0
/*
 * thr_quota - a group gets its CPU quota and no more, whatever its tasks do.
 *
 * Use is the CPU time of the tasks, from one start of a period to another, so
 * that no part of a period distorts the share.
 */
#include <sys/syscall.h>

#include "thr.h"

#define PERIOD_US	100000
#define QUOTA_US	20000
#define TOLERANCE	0.05

static uint64_t cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t c;

	if (clock_getcpuclockid(pid, &c) || clock_gettime(c, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* Wait until a period starts; returns how many have passed in all. */
static long long next_period(const char *cg)
{
	long long now, n = thr_stat(cg, "nr_periods");

	while ((now = thr_stat(cg, "nr_periods")) == n)
		usleep(500);
	return now;
}

enum load { SPIN, SYSCALLS, LONG_CALLS };

static void work(enum load load)
{
	static char buf[1 << 17];
	int fd = open("/dev/zero", O_RDONLY);
	uint64_t end;

	for (;;) {
		switch (load) {
		case SPIN:
			break;
		case SYSCALLS:
			syscall(SYS_getppid);
			break;
		case LONG_CALLS:
			/* most of it in the kernel, some in user mode */
			if (read(fd, buf, sizeof(buf)) != sizeof(buf))
				_exit(1);
			end = sw_thread_ns() + 100000;
			while (sw_thread_ns() < end)
				;
			break;
		}
	}
}

/* The use of N tasks in the group during PERIODS periods, over its quota. */
static double share(enum load load, int n, int periods, long quota)
{
	uint64_t used = 0;
	long long p0, p1;
	pid_t pid[8];
	double ret;
	int i;

	thr_quota("quota", quota, PERIOD_US);
	fflush(stdout);
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			thr_move("quota", 0);
			work(load);
		}
	}
	/* Past the start, where quota was saved up. */
	for (i = 0; i < 3; i++)
		next_period("quota");
	p0 = next_period("quota");
	for (i = 0; i < n; i++)
		used -= cpu_ns(pid[i]);
	do {
		p1 = next_period("quota");
	} while (p1 - p0 < periods);
	for (i = 0; i < n; i++)
		used += cpu_ns(pid[i]);
	for (i = 0; i < n; i++)
		kill(pid[i], SIGKILL);
	thr_quota("quota", 0, PERIOD_US);
	while (wait(NULL) > 0)
		;
	ret = (double)used / 1000.0 / (double)((p1 - p0) * quota);
	ksft_print_msg("%lld periods, %d tasks: used %.1f ms of %.1f ms, ratio %.3f; deferred %lld us in all\n",
		       p1 - p0, n, used / 1e6, (p1 - p0) * quota / 1e3, ret,
		       thr_stat("quota", "deferred_usec"));
	return ret;
}

/*
 * A busy host takes time from an emulated guest, so that a window begins or ends
 * with a debt: what is wrong is wrong three times.
 */
static bool exact(enum load load, int n, int periods, long quota)
{
	double ratio;
	int try;

	for (try = 0; try < 3; try++) {
		ratio = share(load, n, periods, quota);
		if (ratio >= 1 - TOLERANCE && ratio <= 1 + TOLERANCE)
			return true;
	}
	return false;
}

static double one_call_ms(char *buf, size_t len)
{
	int fd = open("/dev/zero", O_RDONLY);
	uint64_t t = sw_thread_ns();

	while (len) {
		ssize_t n = read(fd, buf, len);

		if (n <= 0)
			break;
		len -= (size_t)n;
	}
	close(fd);
	return (sw_thread_ns() - t) / 1e6;
}

/*
 * One system call of many quotas: it is not stopped, and it is paid for. A
 * kernel that stops tasks in the kernel spreads it over as many periods.
 */
static void test_debt(void)
{
	const size_t len = 256 << 20;
	struct thr_spin *s = thr_shared(sizeof(*s));
	uint64_t start, used;
	char *buf = thr_shared(1 << 20);
	double call, took, owed;
	pid_t pid;

	/* What the call takes, so that the debt is known to be large. */
	(void)buf;
	buf = mmap(NULL, len, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	call = one_call_ms(buf, len / 4);
	munmap(buf, len);
	ksft_print_msg("a quarter of the call takes %.1f ms of CPU\n", call);

	thr_quota("quota", 10000, PERIOD_US);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *m = mmap(NULL, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		thr_move("quota", 0);
		one_call_ms(m, len / 4);
		s->handled = 1;
		for (;;)
			s->loops++;
	}
	start = sw_now_ns();
	while (!s->loops && sw_now_ns() - start < 60000000000ULL)
		usleep(1000);
	took = (sw_now_ns() - start) / 1e6;
	used = cpu_ns(pid);
	owed = used / 1e6 / 10 * (PERIOD_US / 1e3);
	ksft_print_msg("used %.1f ms of CPU; user mode again after %.1f ms, quota allows it after %.1f ms\n",
		       used / 1e6, took, owed);
	ksft_test_result(s->loops && took >= owed * 0.8 - 2 * PERIOD_US / 1e3,
			 "a long system call is paid for\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	thr_quota("quota", 0, PERIOD_US);
}

int main(void)
{
	static const char * const loads[] = { "spin", "system calls", "long system calls" };
	int l, cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	ksft_print_header();
	ksft_set_plan(8);
	thr_make("quota");

	for (l = SPIN; l <= LONG_CALLS; l++) {
		ksft_test_result(exact(l, 1, 10, QUOTA_US),
				 "%s: quota over 10 periods within 5%%\n", loads[l]);
		ksft_test_result(exact(l, 1, 20, QUOTA_US),
				 "%s: quota over 20 periods within 5%%\n", loads[l]);
	}
	if (cpus > 1)
		ksft_test_result(exact(SPIN, 2 * cpus, 20, 2 * QUOTA_US),
				 "several tasks on all CPUs within 5%%\n");
	else
		ksft_test_result_skip("several tasks on all CPUs within 5%%\n");
	test_debt();
	ksft_finished();
}
