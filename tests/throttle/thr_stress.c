// SPDX-License-Identifier: GPL-2.0
/*
 * thr_stress - groups with nested quotas, and everything that can happen to their
 * tasks, at random for a while; then every task must run and every count must
 * come back to zero.
 *
 * Kernel arguments: sw.stress=<seconds> (default 60), sw.seed=<number>.
 */
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

#include "thr.h"

#define TOP	4		/* groups t0.. with two levels below each */
#define TASKS	40
#define PERIOD	50000		/* us */

static char groups[TOP * 3][64];
static int ngroups;
static unsigned int seed = 1;
static int cpus;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static long arg(const char *key, long fallback)
{
	char line[4096], *p;

	if (sw_read("/proc/cmdline", line, sizeof(line)) < 0)
		return fallback;
	p = strstr(line, key);
	return p ? atol(p + strlen(key)) : fallback;
}

struct slot {
	volatile uint64_t loops;
	char pad[56];
};

static struct slot *slots;
static pid_t pids[TASKS];
static int kinds[TASKS];

/* What tasks do: compute, call the kernel, sleep, map memory, fork. */
static void work(int kind, struct slot *s)
{
	static char buf[65536];
	int fd = open("/dev/zero", O_RDONLY), out;
	char name[64];

	signal(SIGUSR1, SIG_IGN);
	for (;;) {
		s->loops++;
		switch (kind) {
		case 0:
			break;
		case 1:
			if (read(fd, buf, sizeof(buf)) < 0)
				_exit(1);
			break;
		case 2:
			usleep(500);
			break;
		case 3:
			munmap(mmap(NULL, 1 << 18, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0), 1 << 18);
			break;
		case 4: {
			pid_t c = fork();

			if (c == 0)
				_exit(0);
			if (c > 0)
				waitpid(c, NULL, 0);
			break;
		}
		case 5:
			snprintf(name, sizeof(name), "/tmp/thr_stress.%d", (int)getpid());
			out = open(name, O_CREAT | O_WRONLY, 0600);
			if (write(out, buf, sizeof(buf)) < 0)
				_exit(1);
			close(out);
			unlink(name);
			break;
		}
	}
}

static void start(int i)
{
	int kind = kinds[i] = (int)rnd(6), g = (int)rnd((unsigned int)ngroups);

	fflush(stdout);
	signal(SIGUSR1, SIG_IGN);	/* inherited, so never too late */
	pids[i] = fork();
	if (pids[i] == 0) {
		struct sched_param p = { 0 };

		sched_setscheduler(0, SCHED_OTHER, &p);
		thr_try_move(groups[g], 0);
		work(kind, &slots[i]);
	}
}

static void restart(int i)
{
	kill(pids[i], SIGKILL);
	waitpid(pids[i], NULL, 0);
	start(i);
}

static void random_quota(const char *g)
{
	static const long quotas[] = { 0, 1000, 2000, 5000, 20000, 100000 };

	/* A v1 child may not have more than its parent: refused, then. */
	thr_try_quota(g, quotas[rnd(6)], rnd(4) ? PERIOD : 10000);
}

/*
 * Weights that leave each task a part of a CPU that is not next to nothing: a task
 * of low weight may stand for long within an RCU read section, or with a lock, and
 * the checks for stalls would tell of that, with or without quota.
 */
static unsigned int rnd_weight(void)
{
	return 50 + rnd(150);
}

static const char * const kind_names[] = { "cpu.max", "cpu.max", "cpu.max", "move",
	"move", "move", "restart", "pin", "unpin", "policy", "nice", "stop", "freeze",
	"new group", "ptrace", "weight" };

#define KINDS	(sizeof(kind_names) / sizeof(kind_names[0]))

static struct {
	long events;
	uint64_t took, longest;		/* ns */
} kinds_done[KINDS];

static void one_event(unsigned int kind)
{
	char name[128];
	int i = (int)rnd(TASKS), g = (int)rnd((unsigned int)ngroups);
	struct sched_param p = { 0 };
	cpu_set_t set;

	switch (kind) {
	case 0: case 1: case 2:
		random_quota(groups[g]);
		break;
	case 3: case 4: case 5:
		thr_try_move(groups[g], pids[i]);
		break;
	case 6:
		restart(i);
		break;
	case 7:
		sw_pin(pids[i], (int)rnd((unsigned int)cpus));
		break;
	case 8:
		memset(&set, 0xff, sizeof(set));
		sched_setaffinity(pids[i], sizeof(set), &set);
		break;
	case 9:
		p.sched_priority = 1;
		sched_setscheduler(pids[i], SCHED_FIFO, &p);
		sw_sleep_ms(1);
		p.sched_priority = 0;
		/* SCHED_IDLE for a moment only, see rnd_weight(). */
		sched_setscheduler(pids[i], SCHED_IDLE, &p);
		sw_sleep_ms(1);
		sched_setscheduler(pids[i], rnd(2) ? SCHED_OTHER : SCHED_BATCH, &p);
		break;
	case 10:
		setpriority(PRIO_PROCESS, (id_t)pids[i], (int)rnd(5));
		break;
	case 11:
		kill(pids[i], SIGSTOP);
		kill(pids[i], SIGUSR1);
		kill(pids[i], SIGCONT);
		break;
	case 12:
		if (thr_v2()) {
			sw_write(thr_path(groups[g], "cgroup.freeze"), "1");
			sw_write(thr_path(groups[g], "cgroup.freeze"), "0");
		}
		break;
	case 13:
		snprintf(name, sizeof(name), "%s/tmp", groups[g]);
		if (!mkdir(thr_path(name, ""), 0755)) {
			thr_try_move(name, pids[i]);
			random_quota(name);
			sw_sleep_ms(2);
			thr_try_move(groups[g], pids[i]);
			rmdir(thr_path(name, ""));
		}
		break;
	case 14:
		if (!ptrace(PTRACE_SEIZE, pids[i], NULL, NULL)) {
			int status;

			ptrace(PTRACE_INTERRUPT, pids[i], NULL, NULL);
			waitpid(pids[i], &status, __WALL);
			ptrace(PTRACE_DETACH, pids[i], NULL, NULL);
		}
		break;
	case 15:
		if (thr_v2())
			sw_write(thr_path(groups[g], "cpu.weight"), "%u", rnd_weight());
		break;
	}
}

static void timed_event(void)
{
	unsigned int kind = rnd(KINDS);
	uint64_t start = sw_now_ns();

	one_event(kind);
	start = sw_now_ns() - start;
	kinds_done[kind].events++;
	kinds_done[kind].took += start;
	if (start > kinds_done[kind].longest)
		kinds_done[kind].longest = start;
}

/*
 * How many there are in a second says how fast the machine is: many wait for a grace
 * period or for the CPU that goes offline or comes. So each kind must have happened
 * often enough, and the times are printed, to be compared with cfs_bw_defer=off.
 */
static void test_events(long seconds)
{
	long least = -1, all = 0;
	unsigned int k;

	for (k = 0; k < KINDS; k++) {
		all += kinds_done[k].events;
		if (least < 0 || kinds_done[k].events < least)
			least = kinds_done[k].events;
		ksft_print_msg("%s: %ld, mean %.1f ms, longest %.1f ms\n", kind_names[k],
			       kinds_done[k].events, kinds_done[k].events ?
			       (double)kinds_done[k].took / (double)kinds_done[k].events / 1e6 : 0,
			       (double)kinds_done[k].longest / 1e6);
	}
	ksft_print_msg("%ld events in %ld s\n", all, seconds);
	ksft_test_result(least >= 1 + seconds / 30, "events of each kind happened\n");
}

static void make_ordinary(pid_t pid)
{
	struct sched_param p = { 0 };
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	sched_setaffinity(pid, sizeof(set), &set);
	sched_setscheduler(pid, SCHED_OTHER, &p);
	setpriority(PRIO_PROCESS, (id_t)pid, 0);
}

/*
 * The same for all tasks of group CG: a child that was forked by a task of
 * SCHED_IDLE may get no turn beside the others, and its parent waits for it.
 */
static void make_all_ordinary(const char *cg)
{
	char buf[16384], *p, *next;
	long pid;

	if (sw_read(thr_path(cg, "cgroup.procs"), buf, sizeof(buf)) <= 0)
		return;
	for (p = buf; (pid = strtol(p, &next, 10)) > 0; p = next)
		make_ordinary((pid_t)pid);
}

/*
 * What task PID and its children have run, in ns. The turns of a task say less: one of a
 * task that forks takes more time under all checks than a task deep in the groups has in
 * half a minute.
 */
static uint64_t ran(pid_t pid)
{
	char path[64], buf[1024], *p, *next;
	uint64_t ns = 0;
	long child;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	if (sw_read(path, buf, sizeof(buf)) > 0)
		ns = strtoull(buf, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	if (sw_read(path, buf, sizeof(buf)) <= 0)
		return ns;
	for (p = buf; (child = strtol(p, &next, 10)) > 0; p = next)
		ns += ran((pid_t)child);
	return ns;
}

static volatile int over;
static volatile long unplugged;

static void *hotplug(void *unused)
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	int err;

	(void)unused;
	while (!over) {
		sw_sleep_ms(700);
		err = sw_write(online, "0");
		sw_sleep_ms(150);
		unplugged += !sw_write(online, "1") && !err;
	}
	return NULL;
}

/* The sum of FIELD over all groups and CPUs in sched/debug that begin with PATH. */
static long long debug_sum(const char *prefix, const char *field)
{
	FILE *f = fopen("/sys/kernel/debug/sched/debug", "re");
	char line[512];
	long long sum = 0;
	int in = 0;
	char *p;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "cfs_rq[", 7)) {
			p = strstr(line, "]:");
			in = p && !strncmp(p + 2, prefix, strlen(prefix));
			continue;
		}
		if (line[0] != ' ') {
			in = 0;
			continue;
		}
		p = strstr(line, field);
		if (in && p && (p[strlen(field)] == ' ' || p[strlen(field)] == ':'))
			sum += strtoll(strchr(p, ':') + 1, NULL, 10);
	}
	fclose(f);
	return sum;
}

/*
 * One task in each of the deepest groups: they and no others are counted, at each
 * of the three levels, and nobody is parked. This shows as well that the sums below
 * read the right lines.
 */
static void test_counts_one_each(void)
{
	struct thr_spin *spin[TOP];
	long long queued = 0, parked = 0, throttled = 0;
	char name[64];
	int i;

	for (i = 0; i < TOP; i++) {
		snprintf(name, sizeof(name), "t%d/m/l", i);
		spin[i] = thr_spin(name, i % cpus);
	}
	for (i = 0; i < 50 && queued != 3 * TOP; i++) {
		sw_sleep_ms(100);
		queued = debug_sum("/t", ".h_nr_queued");
		parked = debug_sum("/t", ".nr_parked");
		throttled = debug_sum("/t", ".throttle_count");
	}
	ksft_print_msg("%d tasks: h_nr_queued %lld, nr_parked %lld, throttle_count %lld\n",
		       TOP, queued, parked, throttled);
	ksft_test_result(queued == 3 * TOP && !parked && !throttled,
			 "each queued task is counted at each level\n");
	for (i = 0; i < TOP; i++)
		thr_reap(spin[i]);
}

/* The file NAME of PID, line by line, where a line contains one of WORDS (or all). */
static void show_file(pid_t pid, const char *name, const char * const *words)
{
	char path[64], buf[8192], *line, *save;
	int w;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (sw_read(path, buf, sizeof(buf)) <= 0)
		return;
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		for (w = 0; !words || words[w]; w++)
			if (!words || strstr(line, words[w])) {
				ksft_print_msg("  %d %s: %s\n", (int)pid, name, line);
				break;
			}
}

/* All there is to know of a task that does not run, and of the children it may wait for. */
static void show_task(pid_t pid)
{
	static const char * const sched[] = { "se.exec_start", "se.vruntime",
		"se.sum_exec_runtime", "nr_switches", "se.load.weight", "policy", "prio",
		"se.deadline", "se.slice", NULL };
	static const char * const cpu[] = { "cpu", "0::", NULL };
	static const char * const status[] = { "State", "Cpus_allowed_list",
		"voluntary_ctxt", "SigPnd", "ShdPnd", "TracerPid", NULL };
	char path[64], buf[1024], *p, *next;
	long child;

	show_file(pid, "stat", NULL);
	show_file(pid, "status", status);
	show_file(pid, "cgroup", cpu);
	show_file(pid, "sched", sched);
	show_file(pid, "wchan", NULL);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	if (sw_read(path, buf, sizeof(buf)) <= 0)
		return;
	for (p = buf; (child = strtol(p, &next, 10)) > 0; p = next)
		show_task((pid_t)child);
}

static void test_counts(void)
{
	static const char * const fields[] = { ".nr_running", ".h_nr_queued",
		".h_nr_runnable", ".h_nr_delayed", ".idle_h_nr_running", ".throttled",
		".throttle_count", ".nr_parked", ".load_avg" };
	unsigned int f;
	int i;

	for (f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		long long sum = -1;

		/* Averages decay: half in 32 ms. */
		for (i = 0; i < 60 && sum; i++) {
			sum = debug_sum("/t", fields[f]);
			if (sum)
				sw_sleep_ms(100);
		}
		ksft_test_result(!sum, "%s of all groups is 0 at the end\n", fields[f] + 1);
		if (sum)
			ksft_print_msg("%s sums to %lld\n", fields[f], sum);
	}
}

int main(void)
{
	static uint64_t before[TASKS];
	long seconds = arg("sw.stress=", 60);
	uint64_t end;
	pthread_t thread;
	int i, t, lost = 0, kmsg;
	char line[8192];

	ksft_print_header();
	ksft_set_plan(16);
	seed = (unsigned int)arg("sw.seed=", 1);
	cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	kmsg = sw_kmsg_open();
	slots = thr_shared(TASKS * sizeof(*slots));
	sw_set_fifo(0, 2);

	for (t = 0; t < TOP; t++) {
		snprintf(groups[ngroups], 64, "t%d", t);
		thr_make(groups[ngroups++]);
		snprintf(groups[ngroups], 64, "t%d/m", t);
		thr_make(groups[ngroups++]);
		snprintf(groups[ngroups], 64, "t%d/m/l", t);
		thr_make(groups[ngroups++]);
	}
	for (i = 0; i < TASKS; i++)
		start(i);
	if (pthread_create(&thread, NULL, hotplug, NULL))
		ksft_exit_fail_msg("pthread_create failed\n");

	end = sw_now_ns() + (uint64_t)seconds * 1000000000ULL;
	while (sw_now_ns() < end) {
		timed_event();
		usleep(rnd(3000));
	}
	over = 1;
	pthread_join(thread, NULL);
	test_events(seconds);
	ksft_print_msg("CPU 1 went offline %ld times\n", unplugged);
	ksft_test_result(unplugged >= 1 + seconds / 30, "a CPU went offline and came\n");

	/* Every task must be released when the quota is lifted, and run. */
	for (i = 0; i < TASKS; i++) {
		make_ordinary(pids[i]);
		kill(pids[i], SIGCONT);
	}
	for (i = 0; i < ngroups; i++) {
		if (thr_v2()) {
			sw_write(thr_path(groups[i], "cgroup.freeze"), "0");
			sw_write(thr_path(groups[i], "cpu.weight"), "100");
		}
		if (thr_try_quota(groups[i], 0, PERIOD))
			ksft_print_msg("quota of %s cannot be lifted\n", groups[i]);
		make_all_ordinary(groups[i]);
	}
	for (i = 0; i < TASKS; i++)
		before[i] = ran(pids[i]);
	/* Two periods are the time to be released in. */
	sw_sleep_ms(2 * PERIOD / 1000);
	ksft_test_result(!debug_sum("/t", ".nr_parked") && !debug_sum("/t", ".throttle_count"),
			 "two periods after the quota is lifted no task waits for it\n");
	/*
	 * A task deep in the groups has less than a hundredth of a CPU: give it
	 * time to be picked, which is not the time to be released.
	 */
	for (t = 0; t < 100; t++) {
		sw_sleep_ms(2 * PERIOD / 1000);
		for (i = 0, lost = 0; i < TASKS; i++)
			lost += ran(pids[i]) == before[i];
		if (!lost)
			break;
	}
	ksft_print_msg("%d tasks have not run after %d ms\n", lost, (t + 1) * 2 * PERIOD / 1000);
	for (i = 0; i < TASKS; i++) {
		if (ran(pids[i]) == before[i]) {
			ksft_print_msg("did not run: kind %d\n", kinds[i]);
			show_task(pids[i]);
			sw_sleep_ms(1000);
			show_task(pids[i]);
			sw_write("/proc/sysrq-trigger", "t");
		}
	}
	ksft_test_result(!lost, "no task is lost\n");

	for (i = 0; i < TASKS; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	sw_set_fifo(0, 0);	/* spinners inherit it */
	test_counts_one_each();
	test_counts();
	for (i = ngroups - 1, t = 0; i >= 0; i--) {
		char tmp[128];

		/* left there when its task had a child just then */
		snprintf(tmp, sizeof(tmp), "%s/tmp", groups[i]);
		thr_remove(tmp);
		t += thr_remove(groups[i]) != 0;
	}
	ksft_test_result(!t, "all groups can be removed\n");
	ksft_test_result(!sw_kmsg_find(kmsg, "WARNING:", line, sizeof(line)) , "no warning in the log\n");
	ksft_finished();
}
