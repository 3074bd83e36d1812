// SPDX-License-Identifier: GPL-2.0
/*
 * feat_mem - memory features that the profile `features` has on, each used once:
 * multi-generational LRU, DAMON reclaim and LRU sort, memory.reclaim into zram,
 * MADV_COLLAPSE, the switch of demotion between memory tiers, a map of many areas.
 */
#include <dirent.h>
#include <linux/mman.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>

#include "sw.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define GROUP	"/sys/fs/cgroup/sw_features"
#define LRU_GEN	"/sys/kernel/debug/lru_gen"
#define MiB	(1UL << 20)

/* The youngest generation of the first memcg on node 0; its id goes to *ID. */
static long youngest(int *id)
{
	static char text[1 << 20];
	long seq, max = -1;
	char *line, *save;
	int node = -1;

	*id = -1;
	if (sw_read(LRU_GEN, text, sizeof(text)) < 0)
		return -1;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int next;

		if (sscanf(line, "memcg %d", &next) == 1) {
			if (*id >= 0)
				break;
			*id = next;
		} else if (sscanf(line, " node %d", &next) == 1) {
			node = next;
		} else if (node == 0 && sscanf(line, "%ld", &seq) == 1) {
			max = seq > max ? seq : max;
		}
	}
	return max;
}

static void test_lru_gen(void)
{
	long on = sw_must_read_ll("/sys/kernel/mm/lru_gen/enabled"), before;
	int id;

	ksft_test_result(on & 1, "multi-generational LRU is on\n");
	before = youngest(&id);
	if (before < 0 || sw_write(LRU_GEN, "+ %d 0 %ld 1 1", id, before)) {
		ksft_test_result_fail("aging makes a new generation\n");
		return;
	}
	ksft_test_result(youngest(&id) > before, "aging makes a new generation\n");
}

/*
 * Switch the DAMON module NAME on with watermarks that always hold, until the
 * counter STAT moves; say whether it did and whether the module stopped again.
 */
static void test_damon(const char *name, const char *age, const char *stat)
{
	char dir[96], path[192];
	long long tried = 0;
	int i, ret = 0;

	snprintf(dir, sizeof(dir), "/sys/module/damon_%s/parameters", name);
#define PARAM(p) (snprintf(path, sizeof(path), "%s/%s", dir, p), path)
	ret |= sw_write(PARAM("wmarks_high"), "1000");
	ret |= sw_write(PARAM("wmarks_mid"), "999");
	ret |= sw_write(PARAM("wmarks_low"), "0");
	ret |= sw_write(PARAM(age), "1000000");
	ret |= sw_write(PARAM("enabled"), "Y");
	for (i = 0; !ret && i < 300 && tried <= 0; i++) {
		sw_sleep_ms(100);
		tried = sw_must_read_ll(PARAM(stat));
	}
	ksft_print_msg("%s: %lld regions after %d ms, kdamond %lld\n", stat, tried,
		       i * 100, sw_must_read_ll(PARAM("kdamond_pid")));
	ksft_test_result(!ret && tried > 0, "DAMON %s acts on cold memory\n", name);
	ret = sw_write(PARAM("enabled"), "N");
	for (i = 0; i < 50 && sw_must_read_ll(PARAM("kdamond_pid")) != -1; i++)
		sw_sleep_ms(100);
	ksft_test_result(!ret && i < 50, "DAMON %s can be stopped\n", name);
#undef PARAM
}

/* Swap on /dev/zram0, 256 MiB. 0, or a negative errno. */
static int swap_on(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *head = calloc(1, (size_t)page);
	unsigned int *info = (unsigned int *)(head + 1024);
	int fd, ret = sw_write("/sys/block/zram0/disksize", "%lu", 256 * MiB);

	if (ret || !head)
		return ret ? ret : -ENOMEM;
	memcpy(head + page - 10, "SWAPSPACE2", 10);
	info[0] = 1;						/* version */
	info[1] = (unsigned int)(256 * MiB / (unsigned long)page) - 1;
	fd = open("/dev/zram0", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, head, (size_t)page) != page || fsync(fd))
		ret = -EIO;
	close(fd);
	free(head);
	if (!ret && swapon("/dev/zram0", 0))
		ret = -errno;
	return ret;
}

/* A child of the group with SIZE bytes of memory in use; it lives until killed. */
static pid_t eater(size_t size)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || sw_write(GROUP "/cgroup.procs", "0"))
			_exit(1);
		for (size_t i = 0; i < size; i += sizeof(long))
			*(long *)(p + i) = (long)(i / 512);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		kill(pid, SIGKILL);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static void test_reclaim(void)
{
	long long before, after;
	unsigned long long held = 0;
	char stat[256];
	pid_t pid;
	int ret;

	ret = swap_on();
	ksft_test_result(!ret, "zram is a swap device\n");
	sw_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir " GROUP ": %s\n", strerror(errno));
	pid = eater(64 * MiB);
	before = sw_must_read_ll(GROUP "/memory.current");
	ret = sw_write(GROUP "/memory.reclaim", "%lu", 32 * MiB);
	after = sw_must_read_ll(GROUP "/memory.current");
	ksft_print_msg("memory.reclaim: %d, from %lld to %lld bytes\n", ret,
		       before, after);
	ksft_test_result(pid > 0 && before >= (long long)(64 * MiB) &&
			 after <= before - (long long)(24 * MiB),
			 "memory.reclaim takes what it is asked for\n");
	if (sw_read("/sys/block/zram0/mm_stat", stat, sizeof(stat)) > 0)
		held = strtoull(stat, NULL, 10);
	ksft_test_result(held >= 16 * MiB, "zram holds it\n");
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	rmdir(GROUP);
}

/* KiB of huge pages of this process. */
static long long huge_kib(void)
{
	return sw_read_key("/proc/self/smaps_rollup", "AnonHugePages");
}

static void test_collapse(void)
{
	size_t huge = (size_t)sw_must_read_ll("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	char *p = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long long before = huge_kib();
	int ret;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	p = (char *)(((uintptr_t)p + huge - 1) & ~(huge - 1));
	madvise(p, huge, MADV_NOHUGEPAGE);
	memset(p, 1, huge);
	madvise(p, huge, MADV_HUGEPAGE);
	ret = madvise(p, huge, MADV_COLLAPSE);
	ksft_print_msg("MADV_COLLAPSE: %s; %lld kB to %lld kB\n",
		       ret ? strerror(errno) : "0", before, huge_kib());
	ksft_test_result(!ret && huge_kib() >= before + (long long)(huge >> 10),
			 "MADV_COLLAPSE makes a huge page at once\n");
}

static void test_tiers(void)
{
	static const char demotion[] = "/sys/kernel/mm/numa/demotion_enabled";
	struct dirent *d;
	char path[320], nodes[64];
	DIR *dir = opendir("/sys/devices/virtual/memory_tiering");
	int tiers = 0, ret;

	while (dir && (d = readdir(dir))) {
		if (strncmp(d->d_name, "memory_tier", 11) || d->d_name[11] == 'i')
			continue;
		snprintf(path, sizeof(path),
			 "/sys/devices/virtual/memory_tiering/%s/nodelist", d->d_name);
		if (sw_read(path, nodes, sizeof(nodes)) > 0 && nodes[0] == '0')
			tiers++;
	}
	if (dir)
		closedir(dir);
	ksft_test_result(tiers == 1, "node 0 is in a memory tier\n");
	ret = sw_write(demotion, "true");
	ret = ret ? ret : sw_read(demotion, nodes, sizeof(nodes)) < 4 ||
		strncmp(nodes, "true", 4);
	ksft_test_result(!ret, "demotion can be switched on\n");
	sw_write(demotion, "false");
}

/* Areas that cannot merge: each second page has other permissions. */
static void test_areas(void)
{
	enum { PAGES = 20000 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, PAGES * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	int n = 0, c;
	FILE *f;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	for (size_t i = 0; i < PAGES; i += 2)
		if (mprotect(p + i * page, page, PROT_READ | PROT_WRITE))
			ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
	f = fopen("/proc/self/maps", "re");
	while (f && (c = fgetc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	ksft_test_result(n >= PAGES, "a map has %d areas\n", PAGES);
	munmap(p, PAGES * page);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(13);
	test_lru_gen();
	test_reclaim();
	test_damon("reclaim", "min_age", "nr_reclaim_tried_regions");
	test_damon("lru_sort", "cold_min_age", "nr_lru_sort_tried_cold_regions");
	test_collapse();
	test_tiers();
	test_areas();
	ksft_finished();
}
