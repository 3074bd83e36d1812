// SPDX-License-Identifier: GPL-2.0
/*
 * rt_hog - a SCHED_FIFO hog on one CPU, then one on each, with the defaults:
 * fair tasks and kworkers keep their share, and the log names hog and victim.
 */
#include "rt.h"

#define RUN_MS		7000
#define HOG_MAX		96.5	/* 95 % +- 1.5 */
#define VICTIM_MIN	4.0
#define ROUNDS_MIN	2	/* of kworkers; 0 or 1 if they starve */
#define FIRST_LINE_MAX	2000	/* ms */

struct log {
	int fd;
	int first, last;		/* CPUs that have a hog */
	unsigned int lines;
	uint64_t first_ns;		/* after the hogs' start */
	char text[RT_CPUS_MAX][RT_LINE_MAX];
	unsigned int per_cpu[RT_CPUS_MAX];
	bool victim[RT_CPUS_MAX];	/* a right one is named */
};

static bool names_victim(const char *line, int cpu, const struct log *log);

static void poll_log(struct rt_result *r, void *arg)
{
	char line[RT_LINE_MAX], *at;
	struct log *l = arg;
	int cpu;

	while (sw_kmsg_find(l->fd, "RT hog cpu", line, sizeof(line))) {
		if (!l->lines++)
			l->first_ns = sw_now_ns() - r->begin;
		at = strstr(line, "RT hog cpu");
		cpu = atoi(at + strlen("RT hog cpu"));
		if (cpu < 0 || cpu >= RT_CPUS_MAX)
			continue;
		if (l->per_cpu[cpu]++)
			continue;
		snprintf(l->text[cpu], RT_LINE_MAX, "%s", at);
		l->victim[cpu] = names_victim(at, cpu, l);	/* while it lives */
	}
}

/* True if LINE names the thread TID of this process, called COMM, as the hog. */
static bool names_hog(const char *line, const char *comm, pid_t tid)
{
	char want[128];

	snprintf(want, sizeof(want), ": '%s'[%d] tgid %d FIFO %d ", comm, tid,
		 getpid(), RT_HOG_PRIO);
	return strstr(line, want);
}

/* True for a kernel thread: it has no command line. */
static bool is_kthread(pid_t tid)
{
	char path[64], buf[8];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", tid);
	return sw_read(path, buf, sizeof(buf)) == 0;
}

/*
 * A victim is a fair task that waits on that CPU and can go nowhere else: each
 * CPU of its mask has a hog. A kernel thread counts wherever it may run there:
 * kcompactd, for one, is bound to a node.
 */
static bool names_victim(const char *line, int cpu, const struct log *log)
{
	const char *at = strstr(line, ", first '");
	cpu_set_t set;
	pid_t tid;
	int i;

	at = at ? strstr(at, "'[") : NULL;
	if (!at)
		return false;
	tid = atoi(at + 2);
	if (sched_getscheduler(tid) != SCHED_OTHER ||
	    sched_getaffinity(tid, sizeof(set), &set) || !CPU_ISSET(cpu, &set))
		return false;
	for (i = 0; i < rt_cpus(); i++)
		if (CPU_ISSET(i, &set) && (i < log->first || i > log->last))
			return is_kthread(tid);
	return true;
}

static void test(const char *what, int first, int last)
{
	static struct log log;
	struct rt_result r;
	bool hogs = true, victims = true, once = true, timely;
	int cpu, tries = 0;

	do {
		sw_sleep_ms(RT_EPISODE_MS);
		log = (struct log){ .first = first, .last = last };
		log.fd = sw_kmsg_open();
		if (log.fd < 0)
			ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(-log.fd));
		rt_fresh_limits();
		rt_run(first, last, RUN_MS, &r, poll_log, &log);
		poll_log(&r, &log);
		close(log.fd);
		timely = r.hog <= HOG_MAX && r.victim >= VICTIM_MIN && r.rounds >= ROUNDS_MIN &&
			 (!log.lines || log.first_ns <= FIRST_LINE_MAX * 1000000ULL);
	} while (!timely && ++tries < RT_TRIES);
	for (cpu = first; cpu <= last; cpu++) {
		ksft_print_msg("cpu%d: %u lines: %s", cpu, log.per_cpu[cpu],
			       log.per_cpu[cpu] ? log.text[cpu] : "none\n");
		hogs = hogs && names_hog(log.text[cpu], "rt_hog", r.hog_tid[cpu]);
		victims = victims && log.victim[cpu];
		once = once && log.per_cpu[cpu] == 1;
	}
	ksft_print_msg("first line after %llu ms\n",
		       (unsigned long long)log.first_ns / 1000000);
	ksft_test_result(r.hog <= HOG_MAX, "%s: the hog stays at 95 %% or below\n", what);
	ksft_test_result(r.victim >= VICTIM_MIN, "%s: the fair thread keeps 4 %%\n", what);
	ksft_test_result(r.rounds >= ROUNDS_MIN, "%s: pinned kworkers go on\n", what);
	ksft_test_result(hogs, "%s: the log names the hog\n", what);
	ksft_test_result(victims, "%s: the log names a victim\n", what);
	ksft_test_result(log.lines && log.first_ns <= FIRST_LINE_MAX * 1000000ULL,
			 "%s: the first line comes within 2 s\n", what);
	ksft_test_result(once, "%s: one line a CPU\n", what);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(14);
	rt_defaults();
	test("one hog", rt_cpus() - 1, rt_cpus() - 1);
	test("a hog on each CPU", 0, rt_cpus() - 1);
	ksft_finished();
}
