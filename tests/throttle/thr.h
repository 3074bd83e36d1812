/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thr.h - what the tests of CFS bandwidth share: groups with a quota, in cgroup
 * v2 or v1, and a task that spins in user mode and shows that it does.
 *
 * A group is named by its path below the root of the cpu controller ("a",
 * "a/b"). Functions bail out when the kernel refuses what it must allow, unless
 * they return int: then 0 or a negative errno.
 */
#ifndef SW_THR_H
#define SW_THR_H

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sw.h"

#define THR_UNUSED SW_UNUSED

/* True if the cpu controller is in the cgroup2 hierarchy. */
static inline THR_UNUSED bool thr_v2(void)
{
	return !access("/sys/fs/cgroup/cgroup.controllers", F_OK);
}

/* File FILE of group CG ("" is the root); good until 8 more calls. */
static inline THR_UNUSED const char *thr_path(const char *cg, const char *file)
{
	static char bufs[8][512];
	static unsigned int turn;
	char *buf = bufs[turn++ % 8];
	int n = snprintf(buf, sizeof(bufs[0]), "/sys/fs/cgroup%s/%s/%s",
			 thr_v2() ? "" : "/cpu", cg, file);

	if (n < 0 || (size_t)n >= sizeof(bufs[0]))
		ksft_exit_fail_msg("group name too long: %s\n", cg);
	return buf;
}

/* True if the kernel was told to throttle as stock kernels do. */
static inline THR_UNUSED bool thr_off(void)
{
	char line[4096];

	return sw_read("/proc/cmdline", line, sizeof(line)) > 0 &&
	       strstr(line, "cfs_bw_defer=off");
}

/* The result of a test that only deferred throttling can pass. */
#define thr_deferred_result(ok, ...) do {		\
	if (thr_off())					\
		ksft_test_result_skip(__VA_ARGS__);	\
	else						\
		ksft_test_result(ok, __VA_ARGS__);	\
} while (0)

/* Let the children of CG have the cpu controller (v1: they always do). */
static inline THR_UNUSED void thr_enable(const char *cg)
{
	int ret;

	if (!thr_v2())
		return;
	ret = sw_write(thr_path(cg, "cgroup.subtree_control"), "+cpu");
	if (ret)
		ksft_exit_fail_msg("cpu controller below '%s': %s\n", cg, strerror(-ret));
}

/* Create CG; its parent exists. */
static inline THR_UNUSED void thr_make(const char *cg)
{
	char parent[256];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", cg);
	slash = strrchr(parent, '/');
	if (slash)
		*slash = '\0';
	thr_enable(slash ? parent : "");
	if (mkdir(thr_path(cg, ""), 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir %s: %s\n", cg, strerror(errno));
}

/* QUOTA us in each PERIOD us; a quota of 0 is none. */
static inline THR_UNUSED int thr_try_quota(const char *cg, long quota, long period)
{
	int ret;

	if (thr_v2()) {
		if (!quota)
			return sw_write(thr_path(cg, "cpu.max"), "max %ld", period);
		return sw_write(thr_path(cg, "cpu.max"), "%ld %ld", quota, period);
	}
	/* Lift first: the old quota may not suit the new period. */
	ret = sw_write(thr_path(cg, "cpu.cfs_quota_us"), "-1");
	if (!ret)
		ret = sw_write(thr_path(cg, "cpu.cfs_period_us"), "%ld", period);
	if (!ret && quota)
		ret = sw_write(thr_path(cg, "cpu.cfs_quota_us"), "%ld", quota);
	return ret;
}

static inline THR_UNUSED void thr_quota(const char *cg, long quota, long period)
{
	int ret = thr_try_quota(cg, quota, period);

	if (ret)
		ksft_exit_fail_msg("quota of %s: %s\n", cg, strerror(-ret));
}

/* Move the process PID (0: the caller) to CG. */
static inline THR_UNUSED int thr_try_move(const char *cg, pid_t pid)
{
	return sw_write(thr_path(cg, "cgroup.procs"), "%d", (int)pid);
}

static inline THR_UNUSED void thr_move(const char *cg, pid_t pid)
{
	int ret = thr_try_move(cg, pid);

	if (ret)
		ksft_exit_fail_msg("move %d to %s: %s\n", (int)pid, cg, strerror(-ret));
}

/* A counter of cpu.stat. */
static inline THR_UNUSED long long thr_stat(const char *cg, const char *key)
{
	return sw_read_key(thr_path(cg, "cpu.stat"), key);
}

/* Remove CG; a task on its way out may keep it for a moment. */
static inline THR_UNUSED int thr_remove(const char *cg)
{
	int i;

	for (i = 0; i < 200; i++) {
		if (!rmdir(thr_path(cg, "")))
			return 0;
		if (errno != EBUSY)
			break;
		sw_sleep_ms(10);
	}
	return -errno;
}

/* Memory that survives fork() as the same memory. */
static inline THR_UNUSED void *thr_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return p;
}

/* What a spinning task shows of itself. */
struct thr_spin {
	volatile uint64_t loops;	/* turns in user mode */
	volatile int cpu;		/* where the last turn was */
	volatile int handled;		/* SIGUSR1 handlers that ran */
	pid_t pid;
};

static struct thr_spin *thr_self;

static inline THR_UNUSED void thr_on_signal(int sig)
{
	(void)sig;
	thr_self->handled++;
}

/* Start a task in CG (NULL: where the caller is) that spins in user mode. */
static inline THR_UNUSED struct thr_spin *thr_spin(const char *cg, int cpu)
{
	struct thr_spin *s = thr_shared(sizeof(*s));
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (pid == 0) {
		thr_self = s;
		signal(SIGUSR1, thr_on_signal);
		if (cpu >= 0)
			sw_pin(0, cpu);
		if (cg)
			thr_move(cg, 0);
		for (;;) {
			s->loops++;
			if (!(s->loops & 0x3ff))
				s->cpu = sched_getcpu();
		}
	}
	s->pid = pid;
	return s;
}

static inline THR_UNUSED void thr_reap(struct thr_spin *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s, sizeof(*s));
}

/* True if S made a turn in user mode within MS milliseconds. */
static inline THR_UNUSED bool thr_runs(struct thr_spin *s, unsigned int ms)
{
	uint64_t loops = s->loops, end = sw_now_ns() + ms * 1000000ULL;

	while (sw_now_ns() < end) {
		if (s->loops != loops)
			return true;
		sw_sleep_ms(1);
	}
	return false;
}

/* Wait until S stands still for STILL ms; false if it does not in LIMIT ms. */
static inline THR_UNUSED bool thr_stands(struct thr_spin *s, unsigned int still,
					 unsigned int limit)
{
	uint64_t end = sw_now_ns() + limit * 1000000ULL;

	while (sw_now_ns() < end) {
		if (!thr_runs(s, still))
			return true;
	}
	return false;
}

/* The state letter of PID, 0 if it is gone. */
static inline THR_UNUSED char thr_state(pid_t pid)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (sw_read(path, buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p ? p[2] : 0;
}

#endif /* SW_THR_H */
