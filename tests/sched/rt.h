/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rt.h - what the tests of the RT guard share: hogs, victims, shares, and the
 * lines of the kernel log that name them.
 */
#ifndef SW_RT_H
#define SW_RT_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sw.h"

#define RT_GUARD	"/proc/sys/kernel/sched_rt_guard"
#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"
#define RT_FEATURES	"/sys/kernel/debug/sched/features"
#define RT_SERVER	"/sys/kernel/debug/sched/fair_server/cpu%d/%s"

#define RT_RUNTIME_DEFAULT	50000000ULL	/* of the fair server, ns */
#define RT_PERIOD_DEFAULT	1000000000ULL

#define RT_CPUS_MAX	64
#define RT_LINE_MAX	8192

/* Priority of the hogs; a tester that must get its work done is above. */
#define RT_HOG_PRIO	50
#define RT_TEST_PRIO	60

/* The guard forgets a hog that has gone for 1 s: pause so long between two. */
#define RT_EPISODE_MS	1200

/*
 * A busy host takes CPU time from an emulated guest in pieces of many ticks, and
 * nothing in the guest can tell. What depends on time is tried so often before it
 * counts as failed; what a hog really takes it takes each time.
 */
#define RT_TRIES	3

struct rt_spinner {
	pthread_t thread;
	const char *comm;
	int cpu, prio;
	volatile bool *stop;
	volatile pid_t tid;
	uint64_t used_ns;		/* when the shares began to count */
};

static inline void *rt_spin(void *arg)
{
	struct rt_spinner *s = arg;
	int err;

	prctl(PR_SET_NAME, s->comm);
	err = sw_pin(0, s->cpu);
	if (!err)
		err = sw_set_fifo(0, s->prio);
	if (err)
		ksft_exit_fail_msg("spinner on cpu%d: %s\n", s->cpu, strerror(-err));
	s->tid = (pid_t)syscall(SYS_gettid);
	while (!*s->stop)
		;
	return NULL;
}

static inline void rt_spinner_start(struct rt_spinner *s)
{
	int err = pthread_create(&s->thread, NULL, rt_spin, s);

	if (err)
		ksft_exit_fail_msg("thread: %s\n", strerror(err));
	while (!s->tid)
		sw_sleep_ms(1);
}

/* CPU time that THREAD of this process has used, in ns. */
static inline uint64_t rt_used(pthread_t thread)
{
	struct timespec t = {0};
	clockid_t clock;

	if (!pthread_getcpuclockid(thread, &clock))
		clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/*
 * Work of each CPU's bound kworker, again and again: a write to stat_refresh
 * queues one work item on every CPU and waits for all of them.
 */
struct rt_kworkers {
	pthread_t thread;
	volatile bool *stop;
	volatile unsigned int rounds;
	volatile uint64_t worst_ns;
	volatile uint64_t begin;
};

static inline void *rt_kworkers_run(void *arg)
{
	struct rt_kworkers *k = arg;
	uint64_t took;

	sw_set_fifo(0, RT_TEST_PRIO);
	while (!*k->stop) {
		k->begin = sw_now_ns();
		if (sw_write("/proc/sys/vm/stat_refresh", "1"))
			ksft_exit_fail_msg("stat_refresh: %s\n", strerror(errno));
		took = sw_now_ns() - k->begin;
		if (took > k->worst_ns)
			k->worst_ns = took;
		k->rounds++;
		sw_sleep_ms(50);
	}
	return NULL;
}

struct rt_result {
	double hog;		/* share of the wall time, percent: the largest */
	double victim;		/* the smallest */
	unsigned int rounds;	/* works done by the kworkers while the hogs ran */
	double worst_s;		/* the longest of them, or that still waits */
	pid_t hog_tid[RT_CPUS_MAX], victim_tid[RT_CPUS_MAX];
	uint64_t begin;		/* sw_now_ns() when the hogs started */
};

/*
 * One FIFO hog and one SCHED_OTHER thread on each CPU of [first, last] for MS
 * milliseconds. The caller becomes FIFO at RT_TEST_PRIO for that time. POLL, if
 * not NULL, is called every 20 ms meanwhile.
 */
static inline void rt_run(int first, int last, unsigned int ms,
			  struct rt_result *r,
			  void (*poll)(struct rt_result *, void *), void *arg)
{
	static struct rt_spinner hog[RT_CPUS_MAX], victim[RT_CPUS_MAX];
	static volatile bool stop_hogs, stop_victims;
	struct rt_kworkers work = { .stop = &stop_victims };
	double wall, share;
	uint64_t end;
	int i;

	memset(r, 0, sizeof(*r));
	r->victim = 100;
	stop_hogs = stop_victims = false;
	sw_set_fifo(0, RT_TEST_PRIO);
	for (i = first; i <= last; i++) {
		victim[i] = (struct rt_spinner) {
			.comm = "rt_victim", .cpu = i, .stop = &stop_hogs,
		};
		rt_spinner_start(&victim[i]);
		r->victim_tid[i] = victim[i].tid;
	}
	if (pthread_create(&work.thread, NULL, rt_kworkers_run, &work))
		ksft_exit_fail_msg("no thread for the kworkers\n");
	sw_sleep_ms(20);
	for (i = first; i <= last; i++) {
		hog[i] = (struct rt_spinner) {
			.comm = "rt_hog", .cpu = i, .prio = RT_HOG_PRIO,
			.stop = &stop_hogs,
		};
		rt_spinner_start(&hog[i]);
		r->hog_tid[i] = hog[i].tid;
	}
	/* Shares count from here. */
	r->begin = sw_now_ns();
	for (i = first; i <= last; i++) {
		victim[i].used_ns = rt_used(victim[i].thread);
		hog[i].used_ns = rt_used(hog[i].thread);
	}
	work.rounds = 0;
	work.worst_ns = 0;
	end = r->begin + ms * 1000000ULL;
	while (sw_now_ns() < end) {
		sw_sleep_ms(20);
		if (poll)
			poll(r, arg);
	}
	wall = (double)(sw_now_ns() - r->begin);
	for (i = first; i <= last; i++) {
		share = 100.0 * (double)(rt_used(victim[i].thread) - victim[i].used_ns) / wall;
		if (share < r->victim)
			r->victim = share;
		share = 100.0 * (double)(rt_used(hog[i].thread) - hog[i].used_ns) / wall;
		if (share > r->hog)
			r->hog = share;
	}
	r->rounds = work.rounds;
	r->worst_s = (double)work.worst_ns / 1e9;
	if ((double)(sw_now_ns() - work.begin) / 1e9 > r->worst_s)
		r->worst_s = (double)(sw_now_ns() - work.begin) / 1e9;
	stop_hogs = true;
	for (i = first; i <= last; i++) {
		pthread_join(hog[i].thread, NULL);
		pthread_join(victim[i].thread, NULL);
	}
	stop_victims = true;
	pthread_join(work.thread, NULL);
	sw_set_fifo(0, 0);
	ksft_print_msg("cpus %d-%d: hog %.2f %%, victim %.2f %%, %u kworker rounds, longest %.2f s\n",
		       first, last, r->hog, r->victim, r->rounds, r->worst_s);
}

/*
 * Read what came to FD (sw_kmsg_open()); count the records that contain TEXT,
 * and copy the first to LINE (RT_LINE_MAX bytes) if LINE is not NULL.
 */
static inline unsigned int rt_kmsg_count(int fd, const char *text, char *line)
{
	char rec[8192], *nl;
	unsigned int n = 0;
	ssize_t len;

	for (;;) {
		len = read(fd, rec, sizeof(rec) - 1);
		if (len < 0 && errno == EPIPE)	/* overwritten: next record */
			continue;
		if (len <= 0)
			return n;
		rec[len] = '\0';
		if (!strstr(rec, text))
			continue;
		nl = strchr(rec, '\n');		/* what follows are the tags */
		if (nl)
			*nl = '\0';
		if (line && !n)
			snprintf(line, RT_LINE_MAX, "%.*s", RT_LINE_MAX - 1, rec);
		n++;
	}
}

/* The number of CPUs, which are 0 to that - 1 here. */
static inline int rt_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > RT_CPUS_MAX ? RT_CPUS_MAX : (int)n;
}

/* Write VALUE to NAME (runtime, period) of the fair server of CPU, in ns. */
static inline int rt_server_write(int cpu, const char *name, unsigned long long value)
{
	char path[128];

	snprintf(path, sizeof(path), RT_SERVER, cpu, name);
	return sw_write(path, "%llu", value);
}

static inline unsigned long long rt_server_read(int cpu, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), RT_SERVER, cpu, name);
	return (unsigned long long)sw_must_read_ll(path);
}

/* True if the scheduler feature NAME is on. */
static inline bool rt_feature(const char *name)
{
	char buf[4096], *word, *save;

	if (sw_read(RT_FEATURES, buf, sizeof(buf)) < 0)
		return false;
	for (word = strtok_r(buf, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		if (!strcmp(word, name))
			return true;
	}
	return false;
}

/* True with CONFIG_RT_GROUP_SCHED=y: only then an rt_rq shows its throttle. */
static inline bool rt_group_sched(void)
{
	static char buf[1 << 20];

	return sw_read("/sys/kernel/debug/sched/debug", buf, sizeof(buf)) > 0 &&
	       strstr(buf, "rt_throttled");
}

/*
 * Write US to sched_rt_runtime_us, unless it stands there since the boot: each
 * access, even a read, rebuilds the sched domains, and the base loses the
 * account of the servers' bandwidth by that.
 */
static inline int rt_limit_write(int us)
{
	static int now = 950000;
	int ret;

	if (us == now)
		return 0;
	ret = sw_write(RT_RUNTIME, "%d", us);
	if (!ret)
		now = us;
	return ret;
}

/*
 * All lines of the report's rate limits again: a guard that is turned on starts
 * with them.
 */
static inline void rt_fresh_limits(void)
{
	sw_write(RT_GUARD, "0");
	sw_write(RT_GUARD, "1");
}

/* Bring everything back to the defaults, whatever the kernel lets us do. */
static inline void rt_defaults(void)
{
	int cpu;

	sw_write(RT_GUARD, "0");
	sw_write(RT_FEATURES, "NO_RT_RUNTIME_SHARE");
	rt_limit_write(950000);
	for (cpu = 0; cpu < rt_cpus(); cpu++) {
		/* A period shorter than the runtime is refused: twice. */
		rt_server_write(cpu, "period", RT_PERIOD_DEFAULT);
		rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT);
		rt_server_write(cpu, "period", RT_PERIOD_DEFAULT);
	}
	sw_write(RT_GUARD, "1");
}

#endif /* SW_RT_H */
