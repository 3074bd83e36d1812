// SPDX-License-Identifier: GPL-2.0
/*
 * bench_rstat - what reads of cgroup statistics cost, and what they cost others.
 * cg.n= cgroups with a task each, four levels deep, are made dirty on all CPUs
 * before each read. The reader is a FIFO task on CPU 0, so that no queue of the
 * scheduler is measured; a FIFO timer thread above it says how long it holds up
 * who has to run there.
 *
 *	parent		cpu.stat of the cgroup above all
 *	leaf		cpu.stat of one cgroup
 *	unrelated	the longest read of cpu.stat of a cgroup elsewhere, while a
 *			task on the other CPU reads memory.stat, cpu.stat and
 *			io.stat of the parent
 *	busy-*		the first two while other tasks loop over memory.stat and
 *			io.stat of all cgroups
 *	memory, io	memory.stat and io.stat of the parent
 *	wakeup		the longest latency of the timer thread while the reader reads
 *			cpu.stat, memory.stat and io.stat of the parent once
 *	idle-wakeup	the same while the reader sleeps: what the machine adds
 *	irqsoff		longest stretch with interrupts off in the three reads
 *	idle-irqsoff	the same while the reader sleeps
 *	fault		pages a second that the tasks fault in all cgroups: the best
 *			of some tries, as a busy host can only take from it
 *
 * On one CPU whose clock counts instructions nothing is added by the host, so that
 * the longest delay is that of the kernel alone; without "unrelated".
 *
 * Each sample is of one round, p50, p99 and max are over all rounds.
 */
#include <pthread.h>

#include "cg.h"

#define READ_PRIO	10
#define TIMER_PRIO	50
#define SAMPLES_MAX	512

static struct cg_herd herd = { .top = CG_ROOT "/herd", .pages = 4 };
static char other[CG_PATH] = CG_ROOT "/other/leaf";
static unsigned int rounds;

struct series {
	uint64_t v[SAMPLES_MAX];
	unsigned int n;
};

static void add(struct series *s, uint64_t v)
{
	if (s->n < SAMPLES_MAX)
		s->v[s->n++] = v;
}

static void show(struct series *s, const char *name)
{
	static const unsigned int percent[] = { 50, 99, 100 };
	static const char *const text[] = { "p50", "p99", "max" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		printf("bench %u-%s-%s %.1f us lower\n", herd.n, name, text[i],
		       (double)cg_percentile(s->v, s->n, percent[i]) / 1000);
	fflush(stdout);
	s->n = 0;
}

/* A leaf that changes, so that each round reads another one. */
static void leaf_of(unsigned int round, char *path)
{
	cg_herd_leaf(&herd, round * 37 % herd.n, path);
}

/* The timer thread: the longest latency while @watch is set. */
static volatile bool watch, timer_stop;
static volatile uint64_t latest;

static void *timer(void *arg)
{
	struct timespec t;
	uint64_t next, late;

	(void)arg;
	if (sw_pin(0, 0) || sw_set_fifo(0, TIMER_PRIO))
		ksft_exit_fail_msg("timer thread: %s\n", strerror(errno));
	next = sw_now_ns();
	while (!timer_stop) {
		next += 500000;
		t.tv_sec = (time_t)(next / 1000000000ULL);
		t.tv_nsec = (long)(next % 1000000000ULL);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		late = sw_now_ns() - next;
		if (watch && late > latest)
			latest = late;
		if (late > 500000)
			next = sw_now_ns();
	}
	return NULL;
}

/* The task on the other CPU that flushes all of the parent. */
static volatile unsigned int flush_go, flushing, flushed;

static void *flusher(void *arg)
{
	unsigned int seen = 0;

	(void)arg;
	if (sw_pin(0, 1) || sw_set_fifo(0, READ_PRIO))
		ksft_exit_fail_msg("flusher: %s\n", strerror(errno));
	while (true) {
		while (flush_go == seen)
			cg_futex_wait(&flush_go, seen);
		seen = flush_go;
		if (seen == ~0U)
			return NULL;
		flushing = seen;
		cg_time_read(herd.top, "memory.stat");
		cg_time_read(herd.top, "cpu.stat");
		cg_time_read(herd.top, "io.stat");
		flushed = seen;
	}
}

/* A process that reads FILE of all leaves, and of the parent, until it is killed. */
static pid_t loop_reader(const char *file)
{
	pid_t pid = fork();
	char path[CG_PATH];
	unsigned int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (true) {
		cg_time_read(herd.top, file);
		for (i = 0; i < herd.n; i += 8) {
			cg_herd_leaf(&herd, i, path);
			cg_time_read(path, file);
		}
	}
}

static void reads(const char *prefix)
{
	struct series parent = { .n = 0 }, leaf = { .n = 0 };
	char path[CG_PATH], name[64];
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		cg_herd_round(&herd);
		add(&parent, cg_time_read(herd.top, "cpu.stat"));
		cg_herd_round(&herd);
		leaf_of(i, path);
		add(&leaf, cg_time_read(path, "cpu.stat"));
	}
	snprintf(name, sizeof(name), "%sparent", prefix);
	show(&parent, name);
	snprintf(name, sizeof(name), "%sleaf", prefix);
	show(&leaf, name);
}

static void unrelated(void)
{
	struct series s = { .n = 0 };
	uint64_t took, longest;
	unsigned int i;
	pthread_t t;

	pthread_create(&t, NULL, flusher, NULL);
	for (i = 1; i <= rounds; i++) {
		cg_herd_round(&herd);
		flush_go = i;
		cg_futex_wake(&flush_go);
		while (flushing != i)
			;
		longest = 0;
		while (true) {
			took = cg_time_read(other, "cpu.stat");
			/* a read that ended after the flushes may have had a rest */
			if (flushed == i && longest)
				break;
			if (took > longest)
				longest = took;
		}
		add(&s, longest);
		sw_sleep_ms(1);
	}
	flush_go = ~0U;
	cg_futex_wake(&flush_go);
	pthread_join(t, NULL);
	show(&s, "unrelated");
}

static void stat_files(void)
{
	struct series memory = { .n = 0 }, io = { .n = 0 };
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		cg_herd_round(&herd);
		add(&memory, cg_time_read(herd.top, "memory.stat"));
		cg_herd_round(&herd);
		add(&io, cg_time_read(herd.top, "io.stat"));
	}
	show(&memory, "memory");
	show(&io, "io");
}

/* What may hold up others, or a rest that takes as long. */
static void read_all_or_sleep(bool idle)
{
	if (idle) {
		sw_sleep_ms(10);
		return;
	}
	cg_time_read(herd.top, "cpu.stat");
	cg_time_read(herd.top, "memory.stat");
	cg_time_read(herd.top, "io.stat");
}

static void latency(bool idle)
{
	struct series wakeup = { .n = 0 }, irqsoff = { .n = 0 };
	unsigned int i;
	pthread_t t;

	timer_stop = false;
	pthread_create(&t, NULL, timer, NULL);
	for (i = 0; i < rounds; i++) {
		cg_herd_round(&herd);
		sw_sleep_ms(2);
		latest = 0;
		watch = true;
		read_all_or_sleep(idle);
		sw_sleep_ms(1);	/* let a late timer be counted */
		watch = false;
		add(&wakeup, latest);
	}
	timer_stop = true;
	pthread_join(t, NULL);
	show(&wakeup, idle ? "idle-wakeup" : "wakeup");

	if (cg_irqsoff_begin()) {
		ksft_print_msg("no irqsoff tracer\n");
		return;
	}
	for (i = 0; i < rounds; i++) {
		sw_write(CG_TRACING "tracing_on", "0");
		cg_herd_round(&herd);
		sw_sleep_ms(2);
		cg_irqsoff_arm();
		read_all_or_sleep(idle);
		add(&irqsoff, 1000 * (uint64_t)cg_irqsoff_us());
	}
	cg_irqsoff_end();
	show(&irqsoff, idle ? "idle-irqsoff" : "irqsoff");
}

int main(void)
{
	double rate, best = 0;
	pid_t memory, io;
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(1);
	herd.n = (unsigned int)cg_arg("cg.n=", 500);
	rounds = (unsigned int)cg_arg("cg.rounds=", 20);
	cg_control(CG_ROOT);
	cg_mkdir(CG_ROOT "/other");
	cg_mkdir(other);
	cg_herd_start(&herd);
	ksft_print_msg("%u cgroups, %u on a level\n", herd.n, herd.fan);

	for (i = 0; i < 10; i++) {
		rate = cg_herd_run(&herd, 1000);
		if (rate > best)
			best = rate;
	}
	printf("bench %u-fault %.0f pages/s higher\n", herd.n, best);
	fflush(stdout);
	if (sw_pin(0, 0) || sw_set_fifo(0, READ_PRIO))
		ksft_exit_fail_msg("reader: %s\n", strerror(errno));
	reads("");
	if (herd.cpus > 1)
		unrelated();
	stat_files();
	latency(false);
	latency(true);
	memory = loop_reader("memory.stat");
	io = loop_reader("io.stat");
	if (memory > 0)
		sw_set_fifo(memory, 0);
	if (io > 0)
		sw_set_fifo(io, 0);
	reads("busy-");
	kill(memory, SIGKILL);
	kill(io, SIGKILL);
	cg_herd_stop(&herd);
	ksft_test_result_pass("measured\n");
	ksft_finished();
}
