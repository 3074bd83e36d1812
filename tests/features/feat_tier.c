// SPDX-License-Identifier: GPL-2.0
/*
 * feat_tier - two tiers of memory: node 0 has the CPUs, node 1 is slow memory alone
 * (scripts/boot --slow-node). What is reclaimed from the first goes to the second,
 * if demotion is on, and comes back when it is used.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sw.h"

#define GROUP		"/sys/fs/cgroup/sw_tier"
#define DEMOTION	"/sys/kernel/mm/numa/demotion_enabled"
#define BALANCING	"/proc/sys/kernel/numa_balancing"
#define MiB		(1UL << 20)

enum { SIZE = 64, ASKED = 32 };		/* MiB */

/* The tier with node NODE and no other, or -1. */
static int tier_of(int node)
{
	DIR *dir = opendir("/sys/devices/virtual/memory_tiering");
	char path[320], nodes[64], want[16];
	struct dirent *d;
	int tier = -1, n;

	snprintf(want, sizeof(want), "%d\n", node);
	while (dir && (d = readdir(dir))) {
		if (sscanf(d->d_name, "memory_tier%d", &n) != 1)
			continue;
		snprintf(path, sizeof(path),
			 "/sys/devices/virtual/memory_tiering/%s/nodelist", d->d_name);
		if (sw_read(path, nodes, sizeof(nodes)) > 0 && !strcmp(nodes, want))
			tier = n;
	}
	if (dir)
		closedir(dir);
	return tier;
}

/* Pages that all reclaimers demoted. */
static long long demoted(void)
{
	return sw_read_key("/proc/vmstat", "pgdemote_kswapd") +
	       sw_read_key("/proc/vmstat", "pgdemote_direct");
}

/* Pages of the process PID on NODE, in areas without a file. */
static long pages_on(pid_t pid, int node)
{
	char path[64], key[16], line[1024], *s;
	long n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/numa_maps", (int)pid);
	snprintf(key, sizeof(key), " N%d=", node);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		s = strstr(line, key);
		if (s && strstr(line, " anon="))
			n += atol(s + strlen(key));
	}
	if (f)
		fclose(f);
	return n;
}

/* Shared with the child: it reads its memory again and again while GO is set. */
static volatile struct {
	int ready, go;
	long passes, wrong;
} *child;

static void use_memory(void)
{
	size_t n = SIZE * MiB / sizeof(uint64_t), i;
	uint64_t *p = mmap(NULL, SIZE * MiB, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Small pages, so that one that is wrong does not hide in a large one. */
	if ((void *)p == MAP_FAILED || madvise(p, SIZE * MiB, MADV_NOHUGEPAGE) ||
	    sw_write(GROUP "/cgroup.procs", "0"))
		_exit(1);
	for (i = 0; i < n; i++)
		p[i] = i * 0x9e3779b97f4a7c15ULL;
	child->ready = 1;
	for (;;) {
		while (!child->go)
			sw_sleep_ms(10);
		for (i = 0; i < n; i++)
			child->wrong += p[i] != i * 0x9e3779b97f4a7c15ULL;
		child->passes++;
	}
}

static pid_t start_child(void)
{
	pid_t pid;
	int i;

	child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((void *)child == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	sw_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir " GROUP ": %s\n", strerror(errno));
	pid = fork();
	if (pid == 0)
		use_memory();
	for (i = 0; i < 600 && !child->ready; i++)
		sw_sleep_ms(100);
	if (pid < 0 || !child->ready)
		ksft_exit_fail_msg("the child has no memory\n");
	return pid;
}

/* Reclaim from the group; there is no swap, so that memory can only move. */
static void test_demotion(pid_t pid)
{
	long page = sysconf(_SC_PAGESIZE), asked = (long)(ASKED * MiB) / page;
	long long before = demoted(), charged;
	long first = pages_on(pid, 1);

	sw_write(DEMOTION, "false");
	sw_write(GROUP "/memory.reclaim", "%lu", ASKED * MiB);
	ksft_print_msg("off: %lld demoted, %ld pages on node 1\n", demoted() - before,
		       pages_on(pid, 1));
	ksft_test_result(demoted() == before && pages_on(pid, 1) == first,
			 "without demotion nothing moves\n");

	charged = sw_must_read_ll(GROUP "/memory.current");
	sw_write(DEMOTION, "true");
	sw_write(GROUP "/memory.reclaim", "%lu", ASKED * MiB);
	ksft_print_msg("on: %lld demoted, %ld pages on node 1, wanted %ld\n",
		       demoted() - before, pages_on(pid, 1), asked);
	ksft_test_result(demoted() - before >= asked * 3 / 4, "with it pages are demoted\n");
	ksft_test_result(pages_on(pid, 1) - first >= asked * 3 / 4,
			 "they are on the slow node\n");
	ksft_test_result(sw_must_read_ll(GROUP "/memory.current") >= charged - (long long)MiB,
			 "their cgroup still pays for them\n");
}

/* Pages in use come back: NUMA balancing finds them by faults. */
static void test_promotion(pid_t pid)
{
	long long before = sw_read_key("/proc/vmstat", "pgpromote_success"), now = before;
	long slow = pages_on(pid, 1), passes;
	int i;

	sw_write(DEMOTION, "false");
	child->go = 1;
	for (i = 0; i < 600 && child->passes < 2; i++)
		sw_sleep_ms(100);
	ksft_test_result(child->passes >= 2 && !child->wrong &&
			 sw_read_key("/proc/vmstat", "pgpromote_success") == before,
			 "they hold what they held, and stay without balancing\n");

	sw_write(BALANCING, "2");
	for (i = 0; i < 1200 && now - before < slow / 2; i++) {
		sw_sleep_ms(100);
		now = sw_read_key("/proc/vmstat", "pgpromote_success");
	}
	ksft_print_msg("%lld promoted of %ld; %ld are left\n", now - before, slow,
		       pages_on(pid, 1));
	ksft_test_result(slow > 0 && now - before >= slow / 2 && pages_on(pid, 1) <= slow * 3 / 4,
			 "pages in use are promoted\n");
	passes = child->passes;
	for (i = 0; i < 600 && child->passes < passes + 2; i++)
		sw_sleep_ms(100);
	ksft_test_result(child->passes >= passes + 2 && !child->wrong,
			 "and still hold what they held\n");
}

int main(void)
{
	int fast, slow;
	pid_t pid;

	ksft_print_header();
	ksft_set_plan(8);
	fast = tier_of(0);
	slow = tier_of(1);
	ksft_print_msg("node 0 in tier %d, node 1 in tier %d\n", fast, slow);
	ksft_test_result(fast >= 0 && slow > fast, "slow memory is a tier of its own\n");
	sw_write(BALANCING, "0");
	pid = start_child();
	test_demotion(pid);
	test_promotion(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rmdir(GROUP);
	ksft_finished();
}
