// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_fsync - how long does fsync() of a process outside take, while a memory cgroup
 * at its limit works on the metadata of the same file system?
 *
 * Kernel arguments: mcg.null=1, mcg.xfs=1 (see mcg_mount()), mcg.seconds=N for each
 * part (default 20), mcg.files=N (default 3) of mcg.extents=N (default 24000) are
 * truncated, mcg.slack=KiB below the limit (default 100). With many files the slots of
 * evicted blocks alone, which stock does not shrink below an eighth of the cgroup's
 * pages, need more than that: mcg.short=1 does not ask for an end.
 */
#include "mcg_probe.h"

#define FULL	(32 * MCG_MIB)
#define SLACK	(mcg_arg("mcg.slack=", 100) << 10)

static long seconds;
static unsigned int extents, files;

/* Small synchronous writes, as a database's log. */
static int write_log(unsigned int i)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(MCG_MNT "/probe", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	return pwrite(fd, &i, sizeof(i), (off_t)(i % 16 * MCG_PAGE)) != sizeof(i) || fsync(fd);
}

#define MOST_FILES 1000

static int fds[MOST_FILES];

static const char *file_name(unsigned int i)
{
	static char name[64];

	snprintf(name, sizeof(name), MCG_MNT "/big%u", i);
	return name;
}

/*
 * Files of many extents, open, so that nobody below a limit pays for their inodes; their
 * tree of extents is not in memory.
 */
static void make_files(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < files; i++) {
		err = mcg_extents(file_name(i), extents);
		if (err)
			ksft_exit_fail_msg("%s: %s\n", file_name(i), strerror(-err));
	}
	mcg_remount();
	for (i = 0; i < files; i++) {
		fds[i] = open(file_name(i), O_RDWR | O_CLOEXEC);
		if (fds[i] < 0)
			ksft_exit_fail_msg("%s: %s\n", file_name(i), strerror(errno));
	}
}

static void close_files(void)
{
	unsigned int i;

	for (i = 0; i < files; i++)
		close(fds[i]);
}

static struct mcg_job *job;
static volatile unsigned int *truncated;	/* files */

static int truncate_files(const char *unused)
{
	(void)unused;
	for (; *truncated < files; ++*truncated)
		if (ftruncate(fds[*truncated], 0))
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

	for (i = 0; i < seconds * 100 && *truncated < files; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid && *truncated < files)
			pid = start(cg, file, more);
		sw_sleep_ms(10);
	}
	r = probe_look(from, since, usual);
	if (*truncated == files)
		r.took = (double)(sw_now_ns() - since) / 1e9;
	ksft_print_msg("%s: %u of %u files truncated in %.2f s, usage %lld KiB, defer %lld, denied %lld, failed %lld, OOM kills %lld\n",
		       cg, *truncated, files, (double)(sw_now_ns() - since) / 1e9,
		       mcg_usage(cg) >> 10, mcg_event(cg, "defer"),
		       mcg_event(cg, "defer_denied"), mcg_event(cg, "defer_failed"),
		       mcg_event(cg, "oom_kill"));
	*truncated = files;
	/* Where SIGKILL does not help, room does. */
	mcg_limit(cg, -1);
	if (mcg_v2())
		sw_write(mcg_path(cg, "memory.high"), "max");
	mcg_kill(pid);
	*truncated = 0;
	close_files();
	return r;
}

int main(void)
{
	struct result idle, free, max, high;
	const char *max_file = mcg_max_file();
	unsigned int from;
	uint64_t since;
	double usual;

	ksft_print_header();
	ksft_set_plan(mcg_v2() ? 8 : 5);
	seconds = mcg_arg("mcg.seconds=", 20);
	extents = (unsigned int)mcg_arg("mcg.extents=", 24000);
	files = (unsigned int)mcg_arg("mcg.files=", 3);
	if (files > MOST_FILES)
		ksft_exit_fail_msg("mcg.files=%u: at most %d\n", files, MOST_FILES);
	job = mcg_shared(sizeof(*job));
	truncated = mcg_shared(sizeof(*truncated));
	mcg_mount();
	make_files();

	probe_start(write_log);
	from = probe->n;
	since = sw_now_ns();
	sw_sleep_ms(3000);
	idle = probe_look(from, since, 1e9);
	probe_print("idle", idle);

	/* What that work costs the others by itself, with room. */
	mcg_make("free");
	free = part("free", max_file, 256 * MCG_MIB, 1e9);
	probe_print("free", free);
	usual = free.p99;

	probe_stop();
	make_files();
	probe_start(write_log);
	mcg_make("max");
	max = part("max", max_file, SLACK, usual);
	probe_print("max", max);
	ksft_test_result(max.p99 <= 20 || max.p99 <= 1.5 * free.p99,
			 "fsync outside a memcg at its limit: p99\n");
	ksft_test_result(max.paced <= 20 || max.paced <= 1.5 * free.paced,
			 "fsync outside a memcg at its limit: p99 of one each %d ms\n",
			 PROBE_PACE);
	ksft_test_result(max.lost <= 0.1,
			 "fsync outside a memcg at its limit: lost time\n");
	/* Not stopped somewhere else. jbd2 commits every 5 s, then what is owed can be freed. */
	if (mcg_arg("mcg.short=", 0))
		ksft_test_result_skip("the memcg at its limit gets its work done: short of memory\n");
	else
		ksft_test_result(max.took > 0 && max.took <= 3 * free.took + 5,
				 "the memcg at its limit gets its work done\n");
	if (mcg_v2()) {
		probe_stop();
		make_files();
		probe_start(write_log);
		mcg_make("high");
		high = part("high", "memory.high", -(long)FULL / 2, usual);
		probe_print("high", high);
		ksft_test_result(high.p99 <= 50 || high.p99 <= 1.5 * free.p99,
				 "fsync outside a memcg above memory.high: p99\n");
		ksft_test_result(high.paced <= 50 || high.paced <= 1.5 * free.paced,
				 "fsync outside a memcg above memory.high: p99 of one each %d ms\n",
				 PROBE_PACE);
		ksft_test_result(high.lost <= 0.1,
				 "fsync outside a memcg above memory.high: lost time\n");
	}
	probe_stop();
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	ksft_finished();
}
