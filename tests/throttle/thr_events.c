// SPDX-License-Identifier: GPL-2.0
/*
 * thr_events - what happens to a task that waits for CPU quota: signals, debugger,
 * freezer, moves, changes of policy and affinity, CPUs that go away.
 *
 * The group has 1 ms in each second. A task that spins in user mode is held back
 * most of that time; "at once" is within a quarter of the period, "held back" is
 * not a single turn in user mode.
 */
#include <sys/ptrace.h>
#include <sys/resource.h>

#include "thr.h"

#define QUOTA_US	1000
#define PERIOD_US	1000000
#define AT_ONCE_MS	(PERIOD_US / 1000 / 4)
#define CG		"events"

#ifndef PTRACE_SEIZE
#define PTRACE_SEIZE	0x4206
#define PTRACE_INTERRUPT 0x4207
#endif

/*
 * A spinning task of CG on CPU 1 that is held back, with most of the period to
 * go: it has just made its turns of this period.
 */
static struct thr_spin *parked(void)
{
	struct thr_spin *s;
	uint64_t loops;
	int i;

	thr_quota(CG, QUOTA_US, PERIOD_US);
	s = thr_spin(CG, 1);
	for (i = 0; i < 5000 && !s->loops; i++)
		sw_sleep_ms(1);
	if (!thr_stands(s, 30, 5000))
		ksft_print_msg("the task does not stop\n");
	/* Start of the next period. */
	loops = s->loops;
	for (i = 0; i < 3000 && s->loops == loops; i++)
		sw_sleep_ms(1);
	thr_stands(s, 30, 1000);
	return s;
}

/*
 * True if S makes no turn in user mode while ACT (may be NULL) is done to it and for
 * MS ms after. Where a new period begins meanwhile it may make some: tried again.
 */
static bool held_back(struct thr_spin *s, unsigned int ms, void (*act)(struct thr_spin *))
{
	uint64_t loops;
	long long n;
	int try;

	for (try = 0; try < 5; try++) {
		thr_stands(s, 30, 2000);
		n = thr_stat(CG, "nr_periods");
		loops = s->loops;
		if (act)
			act(s);
		sw_sleep_ms(ms);
		if (s->loops == loops)
			return true;
		if (thr_stat(CG, "nr_periods") == n)
			return false;
	}
	return false;
}

/* Milliseconds until waitpid(PID, OPTIONS) reports, at most LIMIT; -1 if not. */
static double reported(pid_t pid, int options, unsigned int limit)
{
	uint64_t start = sw_now_ns();
	int status;

	while (sw_now_ns() - start < limit * 1000000ULL) {
		if (waitpid(pid, &status, options | WNOHANG) == pid)
			return (sw_now_ns() - start) / 1e6;
		usleep(200);
	}
	return -1;
}

static bool at_once(double ms)
{
	ksft_print_msg("took %.1f ms\n", ms);
	return ms >= 0 && ms <= AT_ONCE_MS;
}

static void test_parked(void)
{
	struct thr_spin *s = parked();
	long long throttled = thr_stat(CG, "nr_throttled");

	ksft_test_result(held_back(s, 200, NULL), "a task is held back without quota\n");
	ksft_test_result(thr_state(s->pid) == 'R', "its state is R\n");
	sw_sleep_ms(1100);
	ksft_test_result(thr_stat(CG, "nr_throttled") > throttled,
			 "nr_throttled counts the periods\n");
	thr_reap(s);
}

/* Wait until KEY of cpu.stat grows, which is where a throttle ends. */
static long long next_growth(const char *key, uint64_t *when)
{
	long long now, old = thr_stat(CG, key);

	while ((now = thr_stat(CG, key)) == old)
		sw_sleep_ms(1);
	*when = sw_now_ns();
	return now;
}

static void test_stat(void)
{
	const char *key = thr_v2() ? "throttled_usec" : "throttled_time";
	long long unit = thr_v2() ? 1000 : 1000000;
	struct thr_spin *s = parked();
	long long grown, took;
	uint64_t t0, t1;

	/* 10 ms of 500: throttled nearly all the time, on one CPU. */
	thr_quota(CG, 10000, 500000);
	grown = next_growth(key, &t0);
	sw_sleep_ms(1500);
	grown = (next_growth(key, &t1) - grown) / unit;
	took = (long long)(t1 - t0) / 1000000;
	ksft_print_msg("%s grew by %lld ms in %lld ms\n", key, grown, took);
	ksft_test_result(grown >= took * 8 / 10 && grown <= took * 105 / 100,
			 "the throttled time is that of one CPU\n");
	thr_reap(s);
}

static void test_kill(void)
{
	struct thr_spin *s = parked();
	double ms;

	kill(s->pid, SIGKILL);
	ms = reported(s->pid, 0, 5000);
	thr_deferred_result(at_once(ms), "SIGKILL works at once\n");
}

static void signal_often(struct thr_spin *s)
{
	int i;

	for (i = 0; i < 20; i++) {
		kill(s->pid, SIGUSR1);
		sw_sleep_ms(5);
	}
}

static void test_handler(void)
{
	struct thr_spin *s = parked();

	ksft_test_result(held_back(s, 1, signal_often),
			 "a signal with a handler runs nothing in user mode\n");
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, 500) && s->handled,
			 "the handler runs when there is quota\n");
	thr_reap(s);
}

static void test_stop(void)
{
	struct thr_spin *s = parked();
	double ms;

	kill(s->pid, SIGSTOP);
	ms = reported(s->pid, WUNTRACED, 5000);
	thr_deferred_result(at_once(ms), "SIGSTOP works at once\n");
	kill(s->pid, SIGCONT);
	thr_stands(s, 30, 2000);
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, 500), "and SIGCONT after it\n");
	thr_reap(s);
}

static void test_ptrace(void)
{
	struct thr_spin *s = parked();
	double ms = -1;

	if (!ptrace(PTRACE_SEIZE, s->pid, NULL, NULL) &&
	    !ptrace(PTRACE_INTERRUPT, s->pid, NULL, NULL))
		ms = reported(s->pid, __WALL, 5000);
	thr_deferred_result(at_once(ms), "a debugger interrupts at once\n");
	/* In stock mode a debt of many periods may come first: only a stop can be left. */
	if (ms < 0) {
		thr_quota(CG, 0, PERIOD_US);
		reported(s->pid, __WALL, 5000);
	}
	ptrace(PTRACE_DETACH, s->pid, NULL, NULL);
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, 500), "and lets go\n");
	thr_reap(s);
}

static void test_freezer(void)
{
	struct thr_spin *s;
	uint64_t start;
	double ms = -1;

	if (!thr_v2()) {
		ksft_test_result_skip("the cgroup freezer works at once\n");
		ksft_test_result_skip("and thaws\n");
		return;
	}
	s = parked();
	start = sw_now_ns();
	sw_write(thr_path(CG, "cgroup.freeze"), "1");
	while (sw_now_ns() - start < 5000000000ULL) {
		if (sw_read_key(thr_path(CG, "cgroup.events"), "frozen") == 1) {
			ms = (sw_now_ns() - start) / 1e6;
			break;
		}
		usleep(200);
	}
	thr_deferred_result(at_once(ms), "the cgroup freezer works at once\n");
	sw_write(thr_path(CG, "cgroup.freeze"), "0");
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, 500), "and thaws\n");
	thr_reap(s);
}

static void test_move(void)
{
	struct thr_spin *s = parked();

	thr_move("", s->pid);
	ksft_test_result(thr_runs(s, AT_ONCE_MS), "it runs at once in a group with quota\n");
	thr_move(CG, s->pid);
	ksft_test_result(thr_stands(s, 50, 1000), "and is held back when it returns\n");
	thr_reap(s);
}

static void test_policy(void)
{
	struct thr_spin *s = parked();

	/* Without RT throttling in the way: it runs for a moment only. */
	if (sw_set_fifo(s->pid, 1)) {
		ksft_test_result_skip("it runs at once as SCHED_FIFO\n");
		ksft_test_result_skip("and is held back as SCHED_OTHER\n");
	} else {
		ksft_test_result(thr_runs(s, AT_ONCE_MS), "it runs at once as SCHED_FIFO\n");
		sw_set_fifo(s->pid, 0);
		ksft_test_result(thr_stands(s, 50, 1000), "and is held back as SCHED_OTHER\n");
	}
	thr_reap(s);
}

static void test_affinity(void)
{
	struct thr_spin *s = parked();

	ksft_test_result(!sw_pin(s->pid, 0), "its affinity can be changed\n");
	sw_sleep_ms(50);
	thr_quota(CG, 0, PERIOD_US);
	thr_runs(s, 500);
	sw_sleep_ms(100);
	ksft_test_result(thr_runs(s, 500) && s->cpu == 0, "and it runs there\n");
	thr_reap(s);
}

static void renice_often(struct thr_spin *s)
{
	int i;

	for (i = 0; i < 20; i++)
		setpriority(PRIO_PROCESS, (id_t)s->pid, i - 10);
}

static void test_nice(void)
{
	struct thr_spin *s = parked();

	ksft_test_result(held_back(s, 100, renice_often),
			 "a new nice value leaves it held back\n");
	thr_reap(s);
}

static void test_lift(void)
{
	struct thr_spin *s = parked();

	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, AT_ONCE_MS), "lifting the quota releases it at once\n");
	thr_quota(CG, QUOTA_US, PERIOD_US);
	ksft_test_result(thr_stands(s, 50, 2500), "and setting it holds it back\n");
	thr_reap(s);
}

static void test_nested(void)
{
	struct thr_spin *s;

	thr_make(CG "/in");
	thr_make(CG "/in/deep");
	/* v2 allows tasks only where no child has controllers. */
	thr_quota(CG, QUOTA_US, PERIOD_US);
	thr_quota(CG "/in", thr_v2() ? QUOTA_US : QUOTA_US, PERIOD_US);
	s = thr_spin(CG "/in/deep", 1);
	ksft_test_result(thr_stands(s, 50, 4000), "two levels of quota hold it back\n");
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_stands(s, 50, 2500), "the inner one still does alone\n");
	thr_quota(CG "/in", 0, PERIOD_US);
	ksft_test_result(thr_runs(s, AT_ONCE_MS), "lifting both releases it\n");
	/* A child quota that is new below a throttled parent, with nothing left. */
	thr_quota(CG, QUOTA_US, PERIOD_US);
	thr_stands(s, 50, 2500);
	thr_quota(CG "/in/deep", QUOTA_US, PERIOD_US);
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, PERIOD_US / 1000 + 500),
			 "a quota set below a throttled parent does not lose it\n");
	thr_reap(s);
	thr_remove(CG "/in/deep");
	thr_remove(CG "/in");
}

static void test_new_group(void)
{
	struct thr_spin *s, *t;

	thr_make(CG "/busy");
	thr_quota(CG, QUOTA_US, PERIOD_US);
	s = thr_spin(CG "/busy", 1);
	thr_stands(s, 50, 4000);
	/* A group that starts below one that is throttled. */
	thr_make(CG "/fresh");
	t = thr_spin(NULL, 1);
	thr_move(CG "/fresh", t->pid);
	ksft_test_result(thr_stands(t, 50, 2000), "a group made below a throttled one is throttled\n");
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(t, 500) && thr_runs(s, 500), "and released with it\n");
	thr_reap(s);
	thr_reap(t);
	thr_remove(CG "/busy");
	thr_remove(CG "/fresh");
}

static void test_hotplug(void)
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	struct thr_spin *s;
	int off;

	if (access(online, W_OK)) {
		ksft_test_result_skip("its CPU goes offline\n");
		ksft_test_result_skip("and it is not lost\n");
		return;
	}
	s = parked();
	off = sw_write(online, "0");
	ksft_test_result(!off, "its CPU goes offline\n");
	thr_quota(CG, 0, PERIOD_US);
	ksft_test_result(thr_runs(s, 2000) && s->cpu == 0, "and it is not lost\n");
	sw_write(online, "1");
	thr_reap(s);
}

/* fork, exec and exit, over and over, in a group that is mostly throttled. */
static void test_storm(void)
{
	char *argv[] = { (char *)"thr_events", (char *)"--exit", NULL };
	int i, bad = 0;
	pid_t pid;

	thr_quota(CG, 5000, 50000);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		thr_move(CG, 0);
		for (i = 0; i < 200; i++) {
			int status;
			pid_t c = fork();

			if (c == 0) {
				execv("/proc/self/exe", argv);
				_exit(2);
			}
			if (waitpid(c, &status, 0) != c || status)
				_exit(1);
		}
		_exit(0);
	}
	bad = reported(pid, 0, 120000) < 0;
	ksft_test_result(!bad && thr_stat(CG, "nr_throttled") > 0,
			 "fork, exec and exit come to an end under a quota\n");
	if (bad) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--exit"))
		return 0;

	ksft_print_header();
	ksft_set_plan(32);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		ksft_exit_fail_msg("wanted 2 CPUs\n");
	sw_pin(0, 0);
	thr_make(CG);

	test_parked();
	test_stat();
	test_kill();
	test_handler();
	test_stop();
	test_ptrace();
	test_freezer();
	test_move();
	test_policy();
	test_affinity();
	test_nice();
	test_lift();
	test_hotplug();
	test_storm();
	thr_quota(CG, 0, PERIOD_US);
	test_nested();
	test_new_group();
	ksft_test_result(!thr_remove(CG), "the group can be removed\n");
	ksft_finished();
}
