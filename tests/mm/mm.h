/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mm.h - what the tests of the mm topic share: the size of a process's page
 * tables, mappings of whole tables, and the files of the switch.
 */
#ifndef SW_MM_H
#define SW_MM_H

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sw.h"

#define MM_EMPTY	"/sys/kernel/mm/empty_pte_reclaim/"
#define MM_TRIGGER	"/proc/self/reclaim_empty_ptes"

#define MM_PAGE		4096UL
#define MM_TABLE	(2UL << 20)	/* what one table translates */
#define MM_GIB		(1UL << 30)

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

/* VmPTE in KiB: tables of all levels. */
static inline long mm_vmpte(void)
{
	long long kib = sw_read_key("/proc/self/status", "VmPTE");

	if (kib < 0)
		ksft_exit_fail_msg("VmPTE: %s\n", strerror((int)-kib));
	return (long)kib;
}

/* Tables of all processes; the CPUs' own counts are added up before. */
static inline long mm_tables(void)
{
	sw_write("/proc/sys/vm/stat_refresh", "1");
	return (long)sw_read_key("/proc/vmstat", "nr_page_table_pages");
}

/* A value of the stats file; -ENOENT without it. */
static inline long mm_stat(const char *key)
{
	return (long)sw_read_key(MM_EMPTY "stats", key);
}

static inline void mm_settle(void)
{
	for (int i = 0; i < 100 && mm_stat("pending") > 0; i++)
		sw_sleep_ms(20);
}

static inline int mm_switch(bool on)
{
	return sw_write(MM_EMPTY "enabled", "%d", on);
}

/*
 * LEN bytes at an address that is a multiple of 1 GiB, with small pages; FD as
 * for mmap(), -1 for anonymous memory.
 */
static inline char *mm_map(size_t len, int flags, int fd)
{
	char *p = mmap(NULL, len + MM_GIB, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *q;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	q = (char *)(((uintptr_t)p + MM_GIB - 1) & ~(MM_GIB - 1));
	if (q > p)
		munmap(p, (size_t)(q - p));
	munmap(q + len, (size_t)(p + MM_GIB - q));
	if (mmap(q, len, PROT_READ | PROT_WRITE,
		 flags | MAP_FIXED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0),
		 fd, 0) != q)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	madvise(q, len, MADV_NOHUGEPAGE);
	return q;
}

/* A file in memory of LEN bytes. */
static inline int mm_memfd(size_t len)
{
	int fd = memfd_create("mm", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)len))
		ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
	return fd;
}

/* Write one byte every STEP bytes. */
static inline void mm_touch(char *p, size_t len, size_t step)
{
	for (size_t i = 0; i < len; i += step)
		*(volatile char *)(p + i) = 1;
}

static inline void mm_dontneed(void *p, size_t len)
{
	if (madvise(p, len, MADV_DONTNEED))
		ksft_exit_fail_msg("MADV_DONTNEED: %s\n", strerror(errno));
}

#endif /* SW_MM_H */
