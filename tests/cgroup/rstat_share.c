// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_share - concurrent readers of one cgroup share flushes, and still each of
 * them sees everything that ended before its read began.
 */
#include <pthread.h>

#include "cg.h"

#define TASKS	4
#define READS	150
#define TRIES	200	/* at most; a batch is enough unless the host is busy */
#define BATCH	20

struct shared {
	volatile unsigned long written, stale, reads;
	volatile unsigned int stop;
};

static struct cg_herd herd = { .top = CG_ROOT "/herd", .n = 125, .pages = 2 };
static struct shared *s;

/* Write to the disk, count it, and look for it from the top. */
static void task(unsigned int nr)
{
	char path[CG_PATH];
	unsigned long ended;
	int fd = cg_disk();
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), CG_ROOT "/herd/own%u", nr);
	sw_pin(0, (int)nr % 2);
	if (cg_enter(path))
		ksft_exit_fail_msg("enter %s: %s\n", path, strerror(errno));
	for (i = 0; i < READS; i++) {
		cg_write_disk(fd, i);
		ended = __atomic_add_fetch(&s->written, 1, __ATOMIC_SEQ_CST);
		if (cg_io(herd.top, "wios") < (long long)ended)
			__atomic_add_fetch(&s->stale, 1, __ATOMIC_SEQ_CST);
		cg_time_read(herd.top, "cpu.stat");
		__atomic_add_fetch(&s->reads, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

/*
 * Three readers meet: while the one on CPU 0 flushes, the second comes on CPU 1
 * and, as that one sleeps until the flush is over, the third. The second flushes
 * again, and the third shares that. Both spin until the first one goes, the third
 * below the second, so that neither has to be woken for it.
 */
enum { NONE, READY, GO };
static volatile unsigned int third, second;

static void *reader(void *arg)
{
	volatile unsigned int *state = arg;
	uint64_t begin;

	sw_pin(0, 1);
	sw_set_fifo(0, state == &second ? 20 : 10);
	*state = READY;
	while (*state != GO)
		;
	/* let the first one begin */
	begin = sw_now_ns();
	while (state == &second && sw_now_ns() - begin < 50000)
		;
	cg_time_read(herd.top, "cpu.stat");
	return NULL;
}

static void meet(void)
{
	pthread_t t[2];

	cg_herd_round(&herd);
	third = NONE;
	second = NONE;
	pthread_create(&t[0], NULL, reader, (void *)&third);
	while (third != READY)
		sw_sleep_ms(1);
	pthread_create(&t[1], NULL, reader, (void *)&second);
	while (second != READY)
		sw_sleep_ms(1);
	third = GO;
	second = GO;
	cg_time_read(herd.top, "cpu.stat");
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
}

int main(void)
{
	unsigned int i, shared, tries;
	pid_t pid[TASKS + 1];
	char path[CG_PATH];
	bool gone = true;

	ksft_print_header();
	ksft_set_plan(3);
	s = cg_shared(sizeof(*s));
	cg_control(CG_ROOT);
	cg_herd_start(&herd);
	for (i = 0; i < TASKS; i++) {
		snprintf(path, sizeof(path), CG_ROOT "/herd/own%u", i);
		cg_mkdir(path);
	}
	for (i = 0; i <= TASKS; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		if (i < TASKS)
			task(i);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (true)	/* something to flush */
			cg_herd_round(&herd);
	}
	for (i = 0; i < TASKS; i++)
		waitpid(pid[i], NULL, 0);
	kill(pid[TASKS], SIGKILL);
	waitpid(pid[TASKS], NULL, 0);
	sw_pin(0, 0);
	sw_set_fifo(0, 20);
	for (tries = 0, shared = 0; tries < TRIES && !shared; tries += BATCH) {
		cg_trace_begin("cgroup/cgroup_rstat_flushed");
		for (i = 0; i < BATCH; i++)
			meet();
		cg_trace_end("cgroup/cgroup_rstat_flushed");
		shared = cg_trace_count(cg_trace_id(herd.top), " holds=0");
	}
	sw_set_fifo(0, 0);
	ksft_print_msg("%lu reads, %lu stale; %u flushes shared in %u tries\n",
		       s->reads, s->stale, shared, tries);
	ksft_test_result(s->reads == TASKS * READS && !s->stale,
			 "a reader sees all that ended before\n");
	ksft_test_result(shared > 0, "readers share flushes\n");
	cg_herd_stop(&herd);
	for (i = 0; i < TASKS; i++) {
		snprintf(path, sizeof(path), CG_ROOT "/herd/own%u", i);
		gone = !cg_rmdir(path) && gone;
	}
	ksft_test_result(!cg_rmdir(herd.top) && gone, "all cgroups can be removed\n");
	ksft_finished();
}
