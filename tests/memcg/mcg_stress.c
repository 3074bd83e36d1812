// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_stress - groups at limits that change, metadata work, allocations that fail, OOM
 * kills, moves, groups made and removed, for a while; then nothing may be owed and
 * nothing be charged.
 *
 * Kernel arguments: sw.stress=<seconds> (default 60), sw.seed=<number>.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include "mcg.h"

#define GROUPS	4
#define TASKS	12
#define DISTURBERS	3
#define KEPT		1500	/* directories of a task, which fit the disk */

struct shared {
	volatile pid_t pids[TASKS];
	volatile unsigned int made[TASKS];		/* directories */
	volatile long events[DISTURBERS + 1];	/* by each disturber, and by main() */
};

static struct shared *shared;
static char groups[GROUPS][32];
static unsigned int seed;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static void files(const char *prefix, unsigned int round)
{
	static char page[2 * MCG_PAGE];
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "%s.%u", prefix, round % 64);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, page, sizeof(page)) > 0 && round % 8 == 0)
		fsync(fd);
	close(fd);
	if (round % 3)
		unlink(name);
}

/*
 * Each directory takes a block in the handle, one that nobody has in memory: those
 * before it are removed long after, also when this task is started anew.
 */
static void dirs(const char *prefix, int id)
{
	char name[192];
	unsigned int n = shared->made[id]++;

	snprintf(name, sizeof(name), "%s.d%u", prefix, n);
	mkdir(name, 0700);
	if (n < KEPT)
		return;
	snprintf(name, sizeof(name), "%s.d%u", prefix, n - KEPT);
	rmdir(name);
}

static void sockets(void)
{
	static char buf[16384];
	int sv[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv))
		return;
	for (i = 0; i < 8; i++)
		if (send(sv[0], buf, sizeof(buf), MSG_NOSIGNAL) < 0)
			break;
	close(sv[0]);
	close(sv[1]);
}

/* Keeps a group at its limit, with pages that are easy to reclaim. */
static void reader(void)
{
	static char buf[1 << 16];
	int fd = open("/dev/vda", O_RDONLY | O_CLOEXEC);

	for (;;) {
		if (read(fd, buf, sizeof(buf)) <= 0)
			lseek(fd, 0, SEEK_SET);
	}
}

static void work(unsigned int kind, int id)
{
	char name[128];
	unsigned int i;

	snprintf(name, sizeof(name), MCG_MNT "/w%d", id);
	/* Half of those that work on the file system, and all others. */
	if (kind > 1 || id % 2)
		sw_write("/proc/self/make-it-fail", "1");
	for (i = 0; ; i++) {
		switch (kind) {
		case 0:
			mcg_extents(name, 200 + i % 800);
			if (truncate(name, 0))
				usleep(1000);
			break;
		case 1:
			files(name, i);
			break;
		case 2: {
			char *p = mmap(NULL, 2 * MCG_MIB, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

			if (p != MAP_FAILED)
				munmap(p, 2 * MCG_MIB);
			break;
		}
		case 3:
			sockets();
			break;
		case 4: {
			pid_t c = fork();

			if (!c) {
				files(name, i);
				_exit(0);
			}
			if (c > 0)
				waitpid(c, NULL, 0);
			break;
		}
		case 5:
			dirs(name, id);
			break;
		}
	}
}

/* The first GROUPS tasks are readers, one in each group. */
static void start(int i)
{
	static const unsigned int kinds[] = { 0, 1, 2, 3, 4, 5, 5, 5, 5, 5 };
	unsigned int kind = kinds[rnd(10)];
	int g = i < GROUPS ? i : (int)rnd(GROUPS);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (sw_write(mcg_path(groups[g], "cgroup.procs"), "0"))
			_exit(1);
		if (i < GROUPS)
			reader();
		work(kind, i);
	}
	shared->pids[i] = pid;
}

static void one_event(void)
{
	const char *g = groups[rnd(GROUPS)];
	char name[128];
	pid_t pid;

	switch (rnd(8)) {
	case 0: case 1:
		/* Mostly what its tasks fit in, or the OOM killer is all that runs. */
		if (!rnd(32))
			mcg_limit(g, (long)MCG_MIB / 2);
		else if (rnd(2))	/* full, and the reader keeps it so */
			mcg_limit(g, (long)mcg_usage(g) + (long)(rnd(32) * MCG_PAGE));
		else if (rnd(4))
			mcg_limit(g, (long)(3 + rnd(7)) * (long)MCG_MIB / 2);
		else
			mcg_limit("stress", (long)(6 + rnd(8)) * (long)MCG_MIB);
		break;
	case 2:
		if (mcg_v2())
			sw_write(mcg_path(g, "memory.high"), "%lu", (2 + rnd(5)) * MCG_MIB);
		break;
	case 3:
		sw_write(mcg_path(g, mcg_v2() ? "memory.defer.max" :
				  "memory.defer_limit_in_bytes"),
			 rnd(4) ? "auto" : "%u", rnd(1 << 20));
		break;
	case 4:
		/* Not between a fork() and its entry into the group: 0 is all of ours. */
		pid = shared->pids[GROUPS + rnd(TASKS - GROUPS)];
		if (pid > 0)
			sw_write(mcg_path(g, "cgroup.procs"), "%d", (int)pid);
		break;
	case 5:
		snprintf(name, sizeof(name), "%s/tmp", g);
		mkdir(mcg_path(name, ""), 0755);
		rmdir(mcg_path(name, ""));
		break;
	case 6:
		if (mcg_v2())
			sw_write(mcg_path(g, "memory.oom.group"), "%u", rnd(2));
		break;
	case 7:
		if (!rnd(8)) {
			sw_write(MCG_SWITCH, "0");
			usleep(20000);
			sw_write(MCG_SWITCH, "1");
		}
		break;
	}
}

/* A write of a limit returns after reclaim: several at a time, beside main(). */
static void disturb(int i)
{
	seed = seed * 16 + (unsigned int)i + 1;
	for (;;) {
		one_event();
		shared->events[i]++;
		usleep(rnd(50000));
	}
}

/* Until END (ns): who was killed is started again, and now and then one is killed. */
static void watch(uint64_t end)
{
	int i;

	while (sw_now_ns() < end) {
		if (!rnd(8)) {
			i = (int)rnd(TASKS);
			if (shared->pids[i] > 0)
				kill(shared->pids[i], SIGKILL);
			shared->events[DISTURBERS]++;
		}
		for (i = 0; i < TASKS; i++)
			if (waitpid(shared->pids[i], NULL, WNOHANG) == shared->pids[i])
				start(i);
		usleep(50000);
	}
}

static void inject(const char *what, const char *probability)
{
	static const char * const files[] = { "verbose", "task-filter", "times", "interval",
		"probability" };
	const char *values[] = { "0", "Y", "-1", "7", probability };
	char path[128];
	unsigned int i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", what, files[i]);
		if (sw_write(path, "%s", values[i]))
			ksft_exit_fail_msg("%s: cannot inject failures\n", path);
	}
}

/* What of USAGE of CG is no memory that the kernel knows of. */
static long long unknown(const char *cg, long long usage)
{
	const char *stat = mcg_path(cg, "memory.stat");

	if (mcg_v2())
		return usage - sw_read_key(stat, "anon") - sw_read_key(stat, "file") -
		       sw_read_key(stat, "kernel");
	return usage - sw_read_key(stat, "total_rss") - sw_read_key(stat, "total_cache") -
	       sw_must_read_ll(mcg_path(cg, "memory.kmem.usage_in_bytes"));
}

/*
 * Take back what is charged without a user: caches, and what CPUs hold. A few objects of
 * the slabs may stay, as on the base, but no charge of which there is no object.
 */
static bool emptied(const char *cg)
{
	long long usage = -1, lost = -1;
	int i;

	for (i = 0; i < 20 && (usage || lost); i++) {
		if (i)
			sw_sleep_ms(500);
		mcg_reclaim(cg);
		mcg_drop_caches();
		mcg_drain_stocks();
		usage = mcg_usage(cg);
		lost = unknown(cg, usage);
	}
	ksft_print_msg("usage of the emptied group: %lld, unknown %lld\n", usage, lost);
	return usage <= 16 * (long long)MCG_PAGE && !lost;
}

int main(void)
{
	long seconds = mcg_arg("sw.stress=", 60), events = 0;
	pid_t disturbers[DISTURBERS];
	int i, left = 0;

	ksft_print_header();
	ksft_set_plan(6);
	seed = (unsigned int)mcg_arg("sw.seed=", 1);
	/* Who has lost its parent is still charged until somebody waits for it. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	shared = mcg_shared(sizeof(*shared));
	mcg_mount();
	mcg_make("stress");
	mcg_limit("stress", 10 * MCG_MIB);
	for (i = 0; i < GROUPS; i++) {
		snprintf(groups[i], sizeof(groups[i]), "stress/g%d", i);
		mcg_make(groups[i]);
		mcg_limit(groups[i], 3 * MCG_MIB);
	}
	/* OOM reports are many: without their details, but with each warning. */
	sw_write("/proc/sys/kernel/printk", "5");
	sw_write("/proc/sys/vm/oom_dump_tasks", "0");
	inject("failslab", "2");
	inject("fail_page_alloc", "1");
	sw_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	sw_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	for (i = 0; i < TASKS; i++)
		start(i);
	for (i = 0; i < DISTURBERS; i++) {
		fflush(stdout);
		disturbers[i] = fork();
		if (!disturbers[i])
			disturb(i);
	}
	watch(sw_now_ns() + (uint64_t)seconds * 1000000000ULL);
	for (i = 0; i < DISTURBERS; i++)
		mcg_kill(disturbers[i]);
	for (i = 0; i <= DISTURBERS; i++)
		events += shared->events[i];
	sw_write(MCG_SWITCH, "1");
	for (i = 0; i < TASKS; i++)
		mcg_kill(shared->pids[i]);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ksft_print_msg("%ld events in %ld s, OOM kills %lld, defer %lld, denied %lld, failed %lld\n",
		       events, seconds, mcg_event("stress", "oom_kill"), mcg_event("stress", "defer"),
		       mcg_event("stress", "defer_denied"), mcg_event("stress", "defer_failed"));
	ksft_test_result(events > seconds, "events happened\n");
	ksft_test_result(mcg_event("stress", "defer") > seconds / 60, "charges were forced\n");
	mcg_limit("stress", -1);
	mcg_wait_paid("stress", 5000);
	ksft_test_result(!mcg_debt("stress"), "nothing is owed at the end\n");
	for (i = 0; i < GROUPS; i++) {
		char name[160];

		snprintf(name, sizeof(name), "%s/tmp", groups[i]);
		rmdir(mcg_path(name, ""));
		left += mcg_remove(groups[i]) != 0;
	}
	ksft_test_result(!left, "all groups can be removed\n");
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	ksft_test_result(emptied("stress"), "nothing is charged to the emptied group\n");
	ksft_finished();
}
