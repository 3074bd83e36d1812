// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_bpf - BPF programs that collect statistics through rstat work as before:
 * they mark cgroups, are called for them when their statistics are flushed, and
 * can flush; but memory and io do not call them any more.
 */
#include "cg.h"
#include "bpf.h"

#define CHILD	CG_ROOT "/bpf/child"
#define IDLE	CG_ROOT "/bpf/idle"
#define PAGES	40

static struct cg_bpf b;

/* A task in CG that has touched PAGES pages and sleeps until it is killed. */
static pid_t task_in(const char *cg, int cpu)
{
	volatile unsigned int *ready = cg_shared(CG_PAGE);
	volatile char *p;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		p = mmap(NULL, PAGES * CG_PAGE, PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		sw_pin(0, cpu);
		if (cg_enter(cg))
			ksft_exit_fail_msg("enter %s: %s\n", cg, strerror(errno));
		for (int i = 0; i < PAGES; i++)
			p[(unsigned int)i * CG_PAGE] = 1;
		*ready = 1;
		while (true)
			pause();
	}
	while (!*ready)
		sw_sleep_ms(1);
	munmap((void *)ready, CG_PAGE);
	sw_sleep_ms(20);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	unsigned long long before, hooks;
	unsigned int i, fresh = 0;
	long long stale, anon;
	int disk = cg_disk(), css, by_cgroup;
	pid_t pid;

	ksft_print_header();
	sw_pin(0, 0);
	cg_control(CG_ROOT);
	cg_mkdir(CG_ROOT "/bpf");
	cg_control(CG_ROOT "/bpf");
	cg_mkdir(CHILD);
	cg_mkdir(IDLE);
	cg_bpf_start(&b);
	ksft_set_plan(7);
	ksft_test_result_pass("the programs load\n");

	/*
	 * Moved on CPU 1: both cgroups of the move's target are flushed for it. Try
	 * again if the flush that comes every 2 s was first.
	 */
	for (i = 0, hooks = 0; i < 5 && hooks < 2; i++) {
		pid = task_in(CHILD, 1);
		before = cg_bpf_hooks(&b, 1);
		cg_time_read(CG_ROOT "/bpf", "cpu.stat");
		hooks = cg_bpf_hooks(&b, 1) - before;
		end(pid);
	}
	ksft_test_result(hooks >= 2, "a flush calls the hook for a marked cgroup and its parent\n");

	/* An idle cgroup, marked only: the mark alone must do. */
	for (i = 0, hooks = 0; i < 5; i++) {
		pid = task_in(IDLE, 0);
		end(pid);
		before = cg_bpf_hooks(&b, -1);
		cg_time_read(IDLE, "cpu.stat");
		hooks += cg_bpf_hooks(&b, -1) > before;
	}
	ksft_test_result(hooks >= 3, "a flush of one cgroup calls the hook for it\n");

	/* What the program flushes is in memory.stat at once. */
	for (i = 0; i < 10; i++) {
		pid = task_in(CHILD, 0);
		stale = cg_value(CHILD, "memory.stat", "anon");
		if (cg_bpf_flush(&b, CHILD))
			ksft_exit_fail_msg("flush: %s\n", strerror(errno));
		anon = cg_value(CHILD, "memory.stat", "anon");
		fresh += anon >= (long long)(PAGES * CG_PAGE);
		if (!i)
			ksft_print_msg("anon %lld, after the flush %lld\n", stale, anon);
		end(pid);
	}
	ksft_test_result(fresh == 10, "a program's flush is of memory, too\n");

	/*
	 * Charge much more than a read tolerates, and read. The cgroup has new CPU
	 * time, too, which is none of that read's business.
	 */
	for (i = 0, hooks = 0; i < 10; i++) {
		cg_enter(CHILD);
		cg_fault(400);
		cg_enter(CG_ROOT);
		before = cg_bpf_hooks(&b, -1);
		cg_time_read(CG_ROOT "/bpf", "memory.stat");
		hooks += cg_bpf_hooks(&b, -1) > before;
		cg_enter(CHILD);
		cg_write_disk(disk, i);
		cg_enter(CG_ROOT);
		before = cg_bpf_hooks(&b, -1);
		cg_time_read(CG_ROOT "/bpf", "io.stat");
		hooks += cg_bpf_hooks(&b, -1) > before;
	}
	/* the flush that comes every 2 s may fall into some of these reads */
	ksft_print_msg("hook called in %llu of 20 reads\n", hooks);
	ksft_test_result(hooks <= 5, "a read of memory.stat or io.stat does not call the hook\n");

	/* The functions of newer kernels: a program marks on CPU 0, and flushes. */
	css = cg_bpf_load_css(&b);
	by_cgroup = b.flush;
	hooks = 0;
	if (css >= 0) {
		b.flush = css;
		before = cg_bpf_hooks(&b, 0);
		if (cg_bpf_flush(&b, IDLE))
			ksft_exit_fail_msg("flush: %s\n", strerror(errno));
		hooks = cg_bpf_hooks(&b, 0) - before;
		b.flush = by_cgroup;
		close(css);
	}
	ksft_test_result(hooks >= 1, "a program may update and flush one css\n");
	cg_bpf_stop(&b);
	ksft_test_result(!cg_rmdir(CHILD) && !cg_rmdir(IDLE) && !cg_rmdir(CG_ROOT "/bpf"),
			 "all cgroups can be removed\n");
	ksft_finished();
}
