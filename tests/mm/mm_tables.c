// SPDX-License-Identifier: GPL-2.0
/*
 * mm_tables - page tables that MADV_DONTNEED leaves empty go away in the same
 * call, and only these; what is in memory stays as it is.
 *
 * Shares are of the tables that touching made, in percent. The 8 GiB case takes
 * VmPTE as it is, with the tables of higher levels; in the others a page that
 * stays keeps those in place and out of the difference.
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include "mm.h"

#define LIMIT 0.5	/* percent */

static double left(long before, long touched, long after)
{
	if (touched <= before)
		ksft_exit_fail_msg("touching made no tables: %ld, %ld\n", before, touched);
	return 100.0 * (double)(after - before) / (double)(touched - before);
}

static void report(const char *name, double share, double limit)
{
	ksft_print_msg("%s: %.2f %% of the tables left\n", name, share);
	ksft_test_result(share <= limit, "%s\n", name);
}

/* The last table of the first GiB keeps the higher levels in place. */
static long before_touch(char *p)
{
	*(volatile char *)(p + MM_GIB - MM_PAGE) = 1;
	return mm_vmpte();
}

static void test_8gib(const char *name, int flags, int fd)
{
	char *p = mm_map(8 * MM_GIB, flags, fd);
	long touched, after;

	mm_touch(p, 8 * MM_GIB, MM_TABLE);
	touched = mm_vmpte();
	mm_dontneed(p, 8 * MM_GIB);
	after = mm_vmpte();
	ksft_print_msg("%s: VmPTE %ld kB, then %ld kB\n", name, touched, after);
	report(name, 100.0 * (double)after / (double)touched, LIMIT);
	munmap(p, 8 * MM_GIB);
}

static void test_dense(const char *name, int flags, int fd, size_t len, int advice)
{
	char *p = mm_map(MM_GIB, flags, fd);
	long before = before_touch(p), touched;

	mm_touch(p, len, MM_PAGE);
	if (advice == MADV_DONTNEED_LOCKED && mlock(p, len))
		ksft_exit_fail_msg("mlock: %s\n", strerror(errno));
	touched = mm_vmpte();
	if (madvise(p, len, advice))
		ksft_exit_fail_msg("%s: %s\n", name, strerror(errno));
	report(name, left(before, touched, mm_vmpte()), LIMIT);
	munmap(p, MM_GIB);
}

/* One page of a table stays: so does the table, and the page. */
static void test_partly(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	long before = before_touch(p), touched;

	mm_touch(p, 4 * MM_TABLE, MM_PAGE);
	p[2 * MM_TABLE - MM_PAGE] = 42;
	p[2 * MM_TABLE] = 43;
	touched = mm_vmpte();
	/* From the middle of table 0 to the last page of table 1 */
	mm_dontneed(p + MM_TABLE / 2, MM_TABLE + MM_TABLE / 2 - MM_PAGE);
	ksft_test_result(mm_vmpte() == touched && p[0] == 1 &&
			 p[2 * MM_TABLE - MM_PAGE] == 42 && p[2 * MM_TABLE] == 43 &&
			 p[MM_TABLE] == 0,
			 "partly emptied tables and their pages stay\n");
	mm_touch(p, MM_GIB - MM_TABLE, MM_TABLE);
	mm_dontneed(p + MM_TABLE, MM_GIB - 2 * MM_TABLE);
	ksft_test_result(mm_vmpte() == before + 4 && p[0] == 1,
			 "between two tables in use all others go\n");
	munmap(p, MM_GIB);
}

/* A table that two mappings share is not given back by either of them. */
static void test_two_mappings(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	long touched;
	bool ok;

	before_touch(p);
	mm_touch(p, 2 * MM_TABLE, MM_PAGE);
	if (mprotect(p + MM_TABLE + MM_TABLE / 2, MM_TABLE / 2, PROT_READ))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
	touched = mm_vmpte();
	mm_dontneed(p + MM_TABLE, MM_TABLE / 2);
	ok = mm_vmpte() == touched && p[2 * MM_TABLE - 1] == 0 &&
	     p[2 * MM_TABLE - MM_PAGE] == 1 && p[0] == 1;
	mm_dontneed(p + MM_TABLE, MM_TABLE);
	ok &= p[2 * MM_TABLE - MM_PAGE] == 0 && p[MM_TABLE] == 0;
	ksft_test_result(ok, "two mappings in one table\n");
	munmap(p, MM_GIB);
}

/* Purges of 256 KiB in mixed order, as an allocator does them. */
static void test_purges(void)
{
	enum { N = 256, STEP = 256 << 10, PER = MM_TABLE / STEP };
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	long before = before_touch(p), touched;
	unsigned int i, order[N];
	bool ok = true;

	mm_touch(p, (size_t)N * STEP, MM_PAGE);
	touched = mm_vmpte();
	for (i = 0; i < N; i++)
		order[i] = i;
	srand(1);
	for (i = N - 1; i > 0; i--) {
		unsigned int j = (unsigned int)rand() % (i + 1), t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < N; i++) {
		size_t at = (size_t)order[i] * STEP;

		ok &= p[at] == 1 && p[at + STEP - MM_PAGE] == 1;
		mm_dontneed(p + at, STEP);
	}
	report("256 KiB purges of everything", left(before, touched, mm_vmpte()), 5);

	/* Of every second table one piece stays. */
	mm_touch(p, (size_t)N * STEP, MM_PAGE);
	for (i = 0; i < N; i++)
		if (order[i] / PER % 2 || order[i] % PER)
			mm_dontneed(p + (size_t)order[i] * STEP, STEP);
	for (i = 0; i < N; i += 2 * PER)
		ok &= p[(size_t)i * STEP] == 1;
	report("256 KiB purges, every second table keeps a piece",
	       left(before, touched, mm_vmpte()), 55);
	ksft_test_result(ok, "what was not purged stays\n");
	munmap(p, MM_GIB);
}

static int uffd_wp_register(char *p, size_t len)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
	};
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)p, .len = len },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		return -1;
	return fd;
}

/* The write protection of a file page outlives the page's absence. */
static void test_markers(void)
{
	int fd = mm_memfd(MM_GIB);
	char *p = mm_map(MM_GIB, MAP_SHARED, fd);
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)p + MM_PAGE, .len = MM_PAGE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;
	int uffd;

	mm_touch(p, MM_TABLE, MM_PAGE);
	uffd = uffd_wp_register(p, MM_TABLE);
	if (uffd < 0 || ioctl(uffd, UFFDIO_WRITEPROTECT, &wp)) {
		ksft_test_result_skip("no userfaultfd: %s\n", strerror(errno));
		return;
	}
	mm_dontneed(p, MM_TABLE);
	if (pread(pagemap, &entry, 8, (off_t)(((uintptr_t)p + MM_PAGE) / MM_PAGE * 8)) != 8)
		ksft_exit_fail_msg("pagemap: %s\n", strerror(errno));
	ksft_test_result((entry >> 57) & 1, "write protection of a file page survives\n");
	close(uffd);
	close(pagemap);
	munmap(p, MM_GIB);
	close(fd);
}

static void test_refault(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	bool ok = true;

	for (int round = 0; round < 3; round++) {
		mm_touch(p, 64 * MM_TABLE, MM_TABLE);
		for (size_t i = 0; i < 64 * MM_TABLE; i += MM_TABLE)
			ok &= p[i] == 1;
		mm_dontneed(p, 64 * MM_TABLE);
		for (size_t i = 0; i < 64 * MM_TABLE; i += MM_TABLE)
			ok &= p[i] == 0;
		mm_dontneed(p, 64 * MM_TABLE);
	}
	ksft_test_result(ok, "refaults see zeroes and keep what is written\n");
	munmap(p, MM_GIB);
}

/* The pages of the tables are free again, not only uncounted. */
static void test_freed(void)
{
	char *p = mm_map(2 * MM_GIB, MAP_PRIVATE, -1);
	long before, touched, after = 0;

	before_touch(p);
	mm_settle();
	before = mm_tables();
	mm_touch(p, 2 * MM_GIB - MM_TABLE, MM_TABLE);
	touched = mm_tables();
	mm_dontneed(p, 2 * MM_GIB);
	for (int i = 0; i < 100; i++) {
		after = mm_tables();
		if (after <= before + 8)
			break;
		sw_sleep_ms(20);
	}
	ksft_print_msg("nr_page_table_pages %ld, %ld, %ld\n", before, touched, after);
	ksft_test_result(after <= before + 8, "nr_page_table_pages returns to its start\n");
	munmap(p, 2 * MM_GIB);
}

static void test_switch(void)
{
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	long touched, detached = mm_stat("detached");
	bool ok;
	int err = mm_switch(false);

	mm_touch(p, 64 * MM_TABLE, MM_TABLE);
	touched = mm_vmpte();
	mm_dontneed(p, 64 * MM_TABLE);
	ok = !err && mm_vmpte() == touched && mm_stat("detached") == detached;
	ok &= sw_write(MM_TRIGGER, "1") == -EOPNOTSUPP && mm_vmpte() == touched;
	ksft_test_result(ok, "switched off all tables stay\n");

	ok = !err && !mm_switch(true);
	mm_dontneed(p, 64 * MM_TABLE);	/* finds only empty tables */
	ok &= mm_vmpte() <= touched - 63 * 4 && mm_stat("detached") == detached + 64;
	mm_settle();
	ok &= mm_stat("pending") == 0 && mm_stat("freed") == mm_stat("detached");
	ksft_test_result(ok, "switched on they go and are counted\n");
	munmap(p, MM_GIB);
}

#define EVENT "/sys/kernel/tracing/events/empty_pte/empty_pte_reclaim/enable"

static void test_event(void)
{
	static char buf[65536];
	char *p = mm_map(MM_GIB, MAP_PRIVATE, -1);
	char want[64];
	bool ok = !sw_write(EVENT, "1");

	mm_touch(p, MM_TABLE, MM_PAGE);
	mm_dontneed(p, MM_TABLE);
	snprintf(want, sizeof(want), "addr=0x%lx source=madvise result=fast", (uintptr_t)p);
	ok &= sw_read("/sys/kernel/tracing/trace", buf, sizeof(buf)) > 0 && strstr(buf, want);
	sw_write(EVENT, "0");
	ksft_test_result(ok, "the tracepoint names the table\n");
	munmap(p, MM_GIB);
}

int main(void)
{
	int fd;

	ksft_print_header();
	ksft_set_plan(18);
	test_8gib("8 GiB of anonymous memory, a page per table", MAP_PRIVATE, -1);
	fd = mm_memfd(8 * MM_GIB);
	test_8gib("8 GiB of shmem, a page per table", MAP_SHARED, fd);
	close(fd);
	test_dense("512 MiB of anonymous memory", MAP_PRIVATE, -1, MM_GIB / 2, MADV_DONTNEED);
	fd = mm_memfd(MM_GIB);
	test_dense("512 MiB of shmem", MAP_SHARED, fd, MM_GIB / 2, MADV_DONTNEED);
	test_dense("64 MiB of a private file mapping", MAP_PRIVATE, fd, MM_GIB / 16,
		   MADV_DONTNEED);
	close(fd);
	test_dense("64 MiB of locked memory, MADV_DONTNEED_LOCKED", MAP_PRIVATE, -1,
		   MM_GIB / 16, MADV_DONTNEED_LOCKED);
	test_partly();
	test_two_mappings();
	test_purges();
	test_markers();
	test_refault();
	test_freed();
	test_switch();
	test_event();
	ksft_finished();
}
