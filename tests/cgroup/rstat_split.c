// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_split - a read flushes the statistics that it shows and no others, and
 * does not hold up interrupts or other cgroups' readers; with
 * kernel.cgroup_rstat_split=0 all is as on the stock kernel.
 */
#include <pthread.h>

#include "cg.h"

#define TRIES	20
#define PAGES	40	/* fewer than one CPU reports by itself, and than a read flushes */

static struct cg_herd herd = { .top = CG_ROOT "/herd", .n = 125, .pages = 2 };

/*
 * A task charges a few pages, which memory.stat does not show yet, since they
 * are too few. Does it show them once FILE was read? Returns how often, of TRIES.
 */
static unsigned int read_freshens(const char *file)
{
	unsigned int i, fresh = 0, known = 0, tries;
	long long before, after;
	char cg[CG_PATH];
	pid_t pid;

	for (i = 0, tries = 0; i < TRIES && tries < 3 * TRIES; tries++) {
		volatile unsigned int *state = cg_shared(CG_PAGE);

		/* a new one each time: nothing is left of the last try */
		snprintf(cg, sizeof(cg), CG_ROOT "/one%u", tries);
		cg_mkdir(cg);

		pid = fork();
		if (!pid) {
			volatile char *p = mmap(NULL, PAGES * CG_PAGE, PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			sw_pin(0, 0);
			if (cg_enter(cg))
				_exit(1);
			while (*state == 0)
				sw_sleep_ms(1);
			for (int n = 0; n < PAGES; n++)
				p[(unsigned int)n * CG_PAGE] = 1;
			*state = 2;
			while (*state == 2)
				sw_sleep_ms(1);
			_exit(0);
		}
		sw_sleep_ms(20);
		before = cg_value(cg, "memory.stat", "anon");
		*state = 1;
		while (*state != 2)
			sw_sleep_ms(1);
		after = cg_value(cg, "memory.stat", "anon");
		/* The flush every 2 s came between, or the count was passed. */
		if (after == before) {
			i++;
			cg_time_read(cg, file);
			after = cg_value(cg, "memory.stat", "anon");
			fresh += after != before;
		} else {
			known++;
		}
		*state = 3;
		waitpid(pid, NULL, 0);
		munmap((void *)state, CG_PAGE);
		cg_rmdir(cg);
	}
	ksft_print_msg("%s: fresh %u of %u, %u not counted\n", file, fresh, i, known);
	if (i < TRIES / 2)
		ksft_exit_fail_msg("memory.stat is fresh without help\n");
	return fresh * TRIES / i;
}

/*
 * How many flushes of DOMAIN a read of FILE of the herd makes. If none, look again:
 * all memory is flushed every 2 s, and that may have come just before the read.
 */
static unsigned int flushes(const char *file, const char *domain)
{
	unsigned int n, i;
	char text[96];

	/* others are flushed, too, every 2 s and when they are removed */
	snprintf(text, sizeof(text), "%slevel=1 domain=%s ", cg_trace_id(herd.top), domain);
	for (i = 0, n = 0; i < 3 && !n; i++) {
		cg_herd_round(&herd);
		cg_trace_begin("cgroup/cgroup_rstat_flushed");
		cg_time_read(herd.top, file);
		cg_trace_end("cgroup/cgroup_rstat_flushed");
		n = cg_trace_count("cgroup_rstat_flushed: ", text);
	}
	return n;
}

/*
 * How often a read of FILE of the herd released the lock, all in all and with
 * interrupts off. That is where a hold ends, which has run as it does then.
 */
static unsigned int holds(const char *file, unsigned int *irqs_off)
{
	const char *event = "cgroup_rstat_unlock: ", *id = cg_trace_id(herd.top);
	unsigned int n, i;

	for (i = 0, n = 0; i < 3 && !n; i++) {
		cg_herd_round(&herd);
		cg_trace_begin("cgroup/cgroup_rstat_unlock");
		cg_time_read(herd.top, file);
		cg_trace_end("cgroup/cgroup_rstat_unlock");
		*irqs_off = cg_trace_irqs_off(event, id);
		n = cg_trace_count(event, id);
	}
	return n;
}

/* Median time of a read of FILE of the herd, in us. */
static double read_us(const char *file)
{
	uint64_t v[TRIES];
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		cg_herd_round(&herd);
		v[i] = cg_time_read(herd.top, file);
	}
	return (double)cg_percentile(v, TRIES, 50) / 1000;
}

/* The most that cpu.stat of a leaf has to wait while the parent is read, in us. */
enum { NONE, READY, GO, BEGAN, DONE };
static volatile unsigned int state;

static void *read_parent(void *arg)
{
	/* Born on the CPU of a task that does not sleep any more once this is ready. */
	sw_pin(0, 1);
	sw_set_fifo(0, 10);
	state = READY;
	while (state != GO)
		;
	state = BEGAN;
	cg_time_read(herd.top, arg);
	state = DONE;
	return NULL;
}

static double leaf_us(void)
{
	uint64_t v[TRIES], took;
	char path[CG_PATH];
	unsigned int i;
	pthread_t t;

	sw_pin(0, 0);
	sw_set_fifo(0, 10);
	for (i = 0; i < TRIES; i++) {
		cg_herd_round(&herd);
		cg_herd_leaf(&herd, i, path);
		v[i] = 0;
		state = NONE;
		pthread_create(&t, NULL, read_parent, "memory.stat");
		while (state != READY)
			sw_sleep_ms(1);
		state = GO;
		while (state == GO)
			;
		do {
			took = cg_time_read(path, "cpu.stat");
			if (took > v[i])
				v[i] = took;
		} while (state != DONE);
		pthread_join(t, NULL);
	}
	sw_set_fifo(0, 0);
	return (double)cg_percentile(v, TRIES, 50) / 1000;
}

int main(void)
{
	unsigned int n, all, off, all_off, off_off;
	double split, stock;

	ksft_print_header();
	ksft_set_plan(15);
	sw_pin(0, 0);
	cg_control(CG_ROOT);

	n = read_freshens("cpu.stat");
	ksft_test_result(n <= TRIES / 4, "a read of cpu.stat does not flush memory\n");
	n = read_freshens("io.stat");
	ksft_test_result(n <= TRIES / 4, "a read of io.stat does not flush memory\n");
	ksft_test_result(!sw_write(CG_SPLIT, "0"), "the switch can be turned off\n");
	n = read_freshens("cpu.stat");
	ksft_test_result(n >= TRIES * 3 / 4, "off: a read of cpu.stat flushes memory\n");
	n = read_freshens("io.stat");
	ksft_test_result(n >= TRIES * 3 / 4, "off: a read of io.stat flushes memory\n");
	ksft_test_result(sw_write(CG_SPLIT, "2") == -EINVAL, "2 is no value\n");
	ksft_test_result(!sw_write(CG_SPLIT, "1"), "the switch can be turned on\n");

	cg_herd_start(&herd);
	ksft_test_result(flushes("cpu.stat", "base") && !flushes("cpu.stat", "memory") &&
			 !flushes("cpu.stat", "io"), "cpu.stat: one domain\n");
	ksft_test_result(flushes("io.stat", "io") && !flushes("io.stat", "memory") &&
			 !flushes("io.stat", "base"), "io.stat: one domain\n");
	ksft_test_result(flushes("memory.stat", "memory") && !flushes("memory.stat", "base") &&
			 !flushes("memory.stat", "io"), "memory.stat: one domain\n");
	sw_write(CG_SPLIT, "0");
	ksft_test_result(flushes("cpu.stat", "base") && flushes("cpu.stat", "memory") &&
			 flushes("cpu.stat", "io"), "off: all domains\n");

	all_off = holds("memory.stat", &off_off);
	sw_write(CG_SPLIT, "1");
	all = holds("memory.stat", &off);
	ksft_print_msg("interrupts off in %u of %u holds, switch off: in %u of %u\n",
		       off, all, off_off, all_off);
	ksft_test_result(all && !off && all_off && off_off == all_off,
			 "a flush leaves interrupts on\n");

	/* Ratios of the two modes, on one kernel. */
	split = read_us("cpu.stat");
	sw_write(CG_SPLIT, "0");
	stock = read_us("cpu.stat");
	ksft_print_msg("cpu.stat of %u cgroups: %.0f us, switch off: %.0f us\n",
		       herd.n, split, stock);
	ksft_test_result(stock >= 2 * split, "cpu.stat does not pay for memory\n");
	stock = leaf_us();
	sw_write(CG_SPLIT, "1");
	split = leaf_us();
	ksft_print_msg("cpu.stat of a leaf during a flush: at most %.0f us, switch off: %.0f us\n",
		       split, stock);
	ksft_test_result(stock >= 2 * split, "cpu.stat of a leaf does not wait for a flush of memory\n");
	cg_herd_stop(&herd);
	ksft_test_result(!cg_rmdir(herd.top), "all cgroups can be removed\n");
	ksft_finished();
}
