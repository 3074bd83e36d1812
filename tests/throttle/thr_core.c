// SPDX-License-Identifier: GPL-2.0
/*
 * thr_core - core scheduling does not run a task whose group has no quota, though
 * a task of the same cookie runs on the other thread of the core.
 *
 * Wants two CPUs that are threads of one core.
 */
#include <sys/prctl.h>

#include "thr.h"

#define QUOTA_US	10000
#define PERIOD_US	100000
#define CG		"core"
#define SECONDS		4

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE			62
#define PR_SCHED_CORE_CREATE		1
#define PR_SCHED_CORE_SHARE_TO		2
#define PR_SCHED_CORE_SHARE_FROM	3
#endif

static double cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		ksft_exit_fail_msg("CPU clock of %d: %s\n", (int)pid, strerror(errno));
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(void)
{
	struct thr_spin *partner, *limited, *other;
	double used, partner_used, share;

	ksft_print_header();
	ksft_set_plan(2);
	thr_make(CG);
	thr_quota(CG, QUOTA_US, PERIOD_US);
	partner = thr_spin(NULL, 0);
	limited = thr_spin(CG, 1);
	other = thr_spin(NULL, 1);
	if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, partner->pid, 0, 0)) {
		ksft_print_msg("no core scheduling: %s\n", strerror(errno));
		ksft_test_result_skip("tasks of one cookie\n");
		ksft_test_result_skip("a limited one keeps to its quota\n");
		ksft_finished();
	}
	/* The cookie goes by way of this process, which then sleeps. */
	ksft_test_result(!prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_FROM, partner->pid, 0, 0) &&
			 !prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_TO, limited->pid, 0, 0),
			 "tasks of one cookie\n");
	sw_sleep_ms(500);
	used = cpu_ms(limited->pid);
	partner_used = cpu_ms(partner->pid);
	sw_sleep_ms(SECONDS * 1000);
	used = cpu_ms(limited->pid) - used;
	partner_used = cpu_ms(partner->pid) - partner_used;
	share = used / (SECONDS * 1000.0 * QUOTA_US / PERIOD_US);
	ksft_print_msg("partner used %.0f ms, the limited one %.0f ms: %.2f of its quota\n",
		       partner_used, used, share);
	/* Less than half: it had no chance to take more. */
	ksft_test_result(partner_used > 200 && share > 0.5 && share < 1.3,
			 "a limited one keeps to its quota\n");
	thr_reap(partner);
	thr_reap(limited);
	thr_reap(other);
	thr_remove(CG);
	ksft_finished();
}
