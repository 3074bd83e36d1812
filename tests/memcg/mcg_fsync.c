// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_fsync - how long does fsync() of a process outside take, while a memory cgroup
 * at its limit works on the metadata of the same file system?
 *
 * Kernel arguments: mcg.null=1, mcg.xfs=1 (see mcg_mount()), mcg.seconds=N for each
 * part (default 20), mcg.extents=N (default 24000),
 * mcg.slack=KiB below the limit (default 100).
 */
#include "mcg.h"

#define FULL	(32 * MCG_MIB)
#define SLACK	(mcg_arg("mcg.slack=", 100) << 10)
#define SAMPLES	20000
#define PACE	20		/* ms */

struct probe {
	volatile unsigned int n;
	volatile uint64_t begin;	/* of the fsync() under way, or 0 */
	uint64_t v[SAMPLES];		/* ns */
};

static struct probe *probe;
static long seconds;
static unsigned int extents;

static pid_t prober_pid;

/* Small synchronous writes, as a database's log. */
static void prober(void)
{
	int fd = open(MCG_MNT "/probe", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	unsigned int i;

	for (i = 0; ; i++) {
		if (pwrite(fd, &i, sizeof(i), (off_t)(i % 16 * MCG_PAGE)) != sizeof(i))
			_exit(1);
		probe->begin = sw_now_ns();
		if (fsync(fd))
			_exit(1);
		if (probe->n < SAMPLES)
			probe->v[probe->n] = sw_now_ns() - probe->begin;
		probe->n++;
		probe->begin = 0;
		sw_sleep_ms(2);
	}
}

struct result {
	unsigned int n;
	double p50, p99, max;	/* ms */
	double paced;		/* ms: p99 of who wants one call each PACE */
	double lost;		/* part of the time in calls, beyond USUAL ms each */
	double took;		/* s, until all files were truncated, or 0: they were not */
};

/*
 * p99 in ms of calls that should begin each PACE, of N sorted samples in ns: one that
 * took longer holds up those behind it. The prober itself waits for each of its calls,
 * so that a stall of seconds is one sample of hundreds.
 */
static double paced_p99(const uint64_t *v, unsigned int n)
{
	uint64_t pace = PACE * 1000000ULL, all = 0, above = 0, late, at;
	unsigned int i;

	for (i = 0; i < n; i++)
		all += 1 + v[i] / pace;
	/* The longest first: those behind a call of v wait v - pace, v - 2 pace, ... */
	for (at = v[n - 1]; at >= pace / 20; at -= pace / 20) {
		for (above = 0, i = n; i-- > 0 && v[i] >= at; ) {
			late = (v[i] - at) / pace;
			above += 1 + late;
		}
		if (above * 100 > all)
			break;
	}
	return (double)at / 1e6;
}

/* What the prober saw since FROM; a call that has not returned counts, too. */
static struct result look(unsigned int from, uint64_t since, double usual)
{
	static uint64_t v[SAMPLES + 1];
	struct result r = { 0 };
	uint64_t now = sw_now_ns(), begin = probe->begin;
	unsigned int i;

	for (i = from; i < probe->n && i < SAMPLES; i++)
		v[r.n++] = probe->v[i];
	if (begin && begin < now)
		v[r.n++] = now - begin;
	for (i = 0; i < r.n; i++)
		if ((double)v[i] / 1e6 > usual)
			r.lost += (double)v[i] - usual * 1e6;
	r.lost /= (double)(now - since);
	r.p50 = (double)mcg_percentile(v, r.n, 50) / 1e6;
	r.p99 = (double)mcg_percentile(v, r.n, 99) / 1e6;
	r.max = (double)mcg_percentile(v, r.n, 100) / 1e6;
	if (r.n)
		r.paced = paced_p99(v, r.n);
	return r;
}

static void print(const char *name, struct result r)
{
	ksft_print_msg("%s: %u fsync, p50 %.2f ms, p99 %.2f (one each %d ms: %.0f), max %.1f, lost %.1f %%\n",
		       name, r.n, r.p50, r.p99, PACE, r.paced, r.max, 100 * r.lost);
	printf("bench %s_p99 %.3f ms lower\n", name, r.p99);
	printf("bench %s_paced_p99 %.3f ms lower\n", name, r.paced);
	printf("bench %s_max %.3f ms lower\n", name, r.max);
	printf("bench %s_lost %.4f part lower\n", name, r.lost);
	fflush(stdout);
}

#define FILES 3

static const char *file_name(unsigned int i)
{
	static char name[64];

	snprintf(name, sizeof(name), MCG_MNT "/big%u", i);
	return name;
}

/* Files of many extents, whose blocks nobody has in memory. */
static void make_files(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < FILES; i++) {
		err = mcg_extents(file_name(i), extents);
		if (err)
			ksft_exit_fail_msg("%s: %s\n", file_name(i), strerror(-err));
	}
	mcg_remount();
}

static struct mcg_job *job;
static volatile unsigned int *truncated;	/* files */

static int truncate_files(const char *unused)
{
	(void)unused;
	for (; *truncated < FILES; ++*truncated)
		if (truncate(file_name(*truncated), 0))
			return -1;
	return 0;
}

/*
 * A task that truncates the files, in CG, which is full of what can't be freed: FILE,
 * memory.max or .high, is its usage and MORE bytes.
 */
static pid_t start(const char *cg, const char *file, long more)
{
	pid_t pid;

	mcg_limit(cg, -1);
	pid = mcg_job_of(job, cg, FULL, truncate_files, MCG_MNT);
	sw_write(mcg_path(cg, file), "%lld", mcg_usage(cg) + more);
	job->go = 1;
	return pid;
}

/*
 * That, beside the prober, until all files are truncated, and not for ever. Again
 * where the OOM killer ended it.
 */
static struct result part(const char *cg, const char *file, long more, double usual)
{
	pid_t pid = start(cg, file, more);
	unsigned int from = probe->n;
	uint64_t since = sw_now_ns();
	struct result r;
	int i;

	for (i = 0; i < seconds * 100 && *truncated < FILES; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid && *truncated < FILES)
			pid = start(cg, file, more);
		sw_sleep_ms(10);
	}
	r = look(from, since, usual);
	if (*truncated == FILES)
		r.took = (double)(sw_now_ns() - since) / 1e9;
	ksft_print_msg("%s: %u of %d files truncated in %.2f s, usage %lld KiB, defer %lld, denied %lld, failed %lld, OOM kills %lld\n",
		       cg, *truncated, FILES, (double)(sw_now_ns() - since) / 1e9,
		       mcg_usage(cg) >> 10, mcg_event(cg, "defer"),
		       mcg_event(cg, "defer_denied"), mcg_event(cg, "defer_failed"),
		       mcg_event(cg, "oom_kill"));
	*truncated = FILES;
	/* Where SIGKILL does not help, room does. */
	mcg_limit(cg, -1);
	if (mcg_v2())
		sw_write(mcg_path(cg, "memory.high"), "max");
	mcg_kill(pid);
	*truncated = 0;
	return r;
}

static void start_prober(void)
{
	fflush(stdout);
	probe->begin = 0;
	prober_pid = fork();
	if (!prober_pid)
		prober();
	sw_sleep_ms(500);
}

int main(void)
{
	struct result idle, free, max, high;
	const char *max_file = mcg_max_file();
	unsigned int from;
	uint64_t since;
	double usual;

	ksft_print_header();
	ksft_set_plan(mcg_v2() ? 6 : 4);
	seconds = mcg_arg("mcg.seconds=", 20);
	extents = (unsigned int)mcg_arg("mcg.extents=", 24000);
	probe = mcg_shared(sizeof(*probe));
	job = mcg_shared(sizeof(*job));
	truncated = mcg_shared(sizeof(*truncated));
	mcg_mount();
	make_files();

	start_prober();
	from = probe->n;
	since = sw_now_ns();
	sw_sleep_ms(3000);
	idle = look(from, since, 1e9);
	print("idle", idle);

	/* What that work costs the others by itself, with room. */
	mcg_make("free");
	free = part("free", max_file, 256 * MCG_MIB, 1e9);
	print("free", free);
	usual = free.p99;

	mcg_kill(prober_pid);
	make_files();
	start_prober();
	mcg_make("max");
	max = part("max", max_file, SLACK, usual);
	print("max", max);
	ksft_test_result(max.p99 <= 20 || max.p99 <= 1.5 * free.p99,
			 "fsync outside a memcg at its limit: p99\n");
	ksft_test_result(max.lost <= 0.1,
			 "fsync outside a memcg at its limit: lost time\n");
	/* Not stopped somewhere else. jbd2 commits every 5 s, then what is owed can be freed. */
	ksft_test_result(max.took > 0 && max.took <= 3 * free.took + 5,
			 "the memcg at its limit gets its work done\n");
	if (mcg_v2()) {
		mcg_kill(prober_pid);
		make_files();
		start_prober();
		mcg_make("high");
		high = part("high", "memory.high", -(long)FULL / 2, usual);
		print("high", high);
		ksft_test_result(high.p99 <= 50 || high.p99 <= 1.5 * free.p99,
				 "fsync outside a memcg above memory.high: p99\n");
		ksft_test_result(high.lost <= 0.1,
				 "fsync outside a memcg above memory.high: lost time\n");
	}
	mcg_kill(prober_pid);
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	ksft_finished();
}
