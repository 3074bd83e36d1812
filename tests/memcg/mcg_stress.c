// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_stress - groups at limits that change, metadata work, allocations that fail, OOM
 * kills, moves, groups made and removed, for a while; then nothing may be owed and
 * nothing be charged.
 *
 * Kernel arguments: sw.stress=<seconds> (default 60), sw.seed=<number>.
 */
#include <sys/socket.h>

#include "mcg.h"

#define GROUPS	4
#define TASKS	12

static char groups[GROUPS][32];
static pid_t pids[TASKS];
static unsigned int seed;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static void files(const char *prefix, unsigned int round)
{
	static char page[2 * MCG_PAGE];
	char name[64];
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

static void work(unsigned int kind, int id)
{
	char name[64];
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
		}
	}
}

static void start(int i)
{
	unsigned int kind = rnd(7) % 5, g = rnd(GROUPS);

	fflush(stdout);
	pids[i] = fork();
	if (!pids[i]) {
		if (sw_write(mcg_path(groups[g], "cgroup.procs"), "0"))
			_exit(1);
		work(kind, i);
	}
}

static void one_event(void)
{
	const char *g = groups[rnd(GROUPS)];
	int i = (int)rnd(TASKS);
	char name[64];

	switch (rnd(9)) {
	case 0: case 1:
		mcg_limit(rnd(4) ? g : "stress", (long)(1 + rnd(24)) * (long)MCG_MIB / 2);
		break;
	case 2:
		if (mcg_v2())
			sw_write(mcg_path(g, "memory.high"), "%lu", (2 + rnd(16)) * MCG_MIB);
		break;
	case 3:
		sw_write(mcg_path(g, mcg_v2() ? "memory.defer.max" :
				  "memory.defer_limit_in_bytes"),
			 rnd(4) ? "auto" : "%u", rnd(1 << 20));
		break;
	case 4:
		kill(pids[i], SIGKILL);
		break;
	case 5:
		sw_write(mcg_path(g, "cgroup.procs"), "%d", (int)pids[i]);
		break;
	case 6:
		snprintf(name, sizeof(name), "%s/tmp", g);
		if (!mkdir(mcg_path(name, ""), 0755))
			rmdir(mcg_path(name, ""));
		break;
	case 7:
		if (mcg_v2())
			sw_write(mcg_path(g, "memory.oom.group"), "%u", rnd(2));
		break;
	case 8:
		if (!rnd(8)) {
			sw_write(MCG_SWITCH, "0");
			usleep(20000);
			sw_write(MCG_SWITCH, "1");
		}
		break;
	}
	for (i = 0; i < TASKS; i++)
		if (waitpid(pids[i], NULL, WNOHANG) == pids[i])
			start(i);
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

/* Take back what is charged without a user: caches, and what CPUs hold. */
static long long emptied(const char *cg)
{
	long long usage = -1;
	int i;

	for (i = 0; i < 60; i++) {
		if (mcg_v2())
			sw_write(mcg_path(cg, "memory.reclaim"), "256M");
		else
			sw_write(mcg_path(cg, "memory.force_empty"), "0");
		mcg_drop_caches();
		mcg_drain_stocks();
		usage = mcg_usage(cg);
		if (!usage)
			break;
		sw_sleep_ms(500);
	}
	return usage;
}

int main(void)
{
	long seconds = mcg_arg("sw.stress=", 60), events = 0;
	long long usage;
	uint64_t end;
	int i, left = 0;

	ksft_print_header();
	ksft_set_plan(6);
	seed = (unsigned int)mcg_arg("sw.seed=", 1);
	mcg_mount();
	mcg_make("stress");
	mcg_limit("stress", 16 * MCG_MIB);
	for (i = 0; i < GROUPS; i++) {
		snprintf(groups[i], sizeof(groups[i]), "stress/g%d", i);
		mcg_make(groups[i]);
	}
	sw_write("/proc/sys/kernel/printk", "1");	/* OOM reports are many */
	inject("failslab", "2");
	inject("fail_page_alloc", "1");
	sw_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	sw_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	for (i = 0; i < TASKS; i++)
		start(i);
	end = sw_now_ns() + (uint64_t)seconds * 1000000000ULL;
	while (sw_now_ns() < end) {
		one_event();
		events++;
		usleep(rnd(20000));
	}
	sw_write(MCG_SWITCH, "1");
	for (i = 0; i < TASKS; i++)
		mcg_kill(pids[i]);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	ksft_print_msg("%ld events in %ld s, defer %lld, denied %lld, failed %lld\n", events,
		       seconds, mcg_event("stress", "defer"),
		       mcg_event("stress", "defer_denied"), mcg_event("stress", "defer_failed"));
	ksft_test_result(events > seconds, "events happened\n");
	ksft_test_result(mcg_event("stress", "defer") > seconds, "charges were forced\n");
	mcg_limit("stress", -1);
	for (i = 0; i < 500 && mcg_debt("stress"); i++)
		sw_sleep_ms(10);
	ksft_test_result(!mcg_debt("stress"), "nothing is owed at the end\n");
	for (i = 0; i < GROUPS; i++)
		left += mcg_remove(groups[i]) != 0;
	ksft_test_result(!left, "all groups can be removed\n");
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	usage = emptied("stress");
	ksft_print_msg("usage of the emptied group: %lld\n", usage);
	ksft_test_result(!usage, "nothing is charged to the emptied group\n");
	ksft_finished();
}
