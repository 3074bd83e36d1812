// SPDX-License-Identifier: GPL-2.0
/*
 * blk_strict - a strictlimit disk that wrote nothing has room for a start, as far
 * as max_ratio allows; others are not affected. And a limit below 1 MiB/s holds,
 * and does not hang who it is set for.
 */
#include "blk.h"

#define DISK	"/dev/vda"

static char bdi[64], stats[64];

/* The disk's dirty threshold in kB. */
static long long threshold(void)
{
	long long v = sw_read_key(stats, "BdiDirtyThresh");

	return v;
}

static void set(const char *file, const char *value)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/%s", bdi, file);
	err = sw_write(path, "%s", value);
	if (err)
		ksft_print_msg("%s: %s\n", path, strerror(-err));
}

static void strict(void)
{
	long long plain, floor, capped, all;

	all = sw_read_key("/proc/meminfo", "MemAvailable");
	plain = threshold();
	set("strict_limit", "1");
	floor = threshold();
	set("max_ratio", "0");
	capped = threshold();
	set("max_ratio", "100");
	set("strict_limit", "0");
	ksft_test_result(floor > 0 && floor < all / 100,
			 "strictlimit without a share: some room\n");
	ksft_print_msg("thresholds in kB: %lld, with strict_limit %lld, max_ratio 0 %lld; MemAvailable %lld\n",
		       plain, floor, capped, all);
	ksft_test_result(plain == 0 && capped == 0 && threshold() == 0,
			 "without strict_limit, or with max_ratio 0: none\n");
}

/*
 * 4 MiB through the page cache, with strict_limit and no share: more than the room it
 * starts with, so that it ends in time only if the flusher writes meanwhile.
 */
static void buffered(void)
{
	static char page[65536];
	long long before, after, ms = 0;
	uint64_t begin;
	int fd, i, ok = 1;

	set("strict_limit", "1");
	before = sw_read_key(stats, "BdiWritten");
	begin = sw_now_ns();
	fd = open(DISK, O_WRONLY);
	for (i = 0; i < 64 && ok; i++)
		ok = pwrite(fd, page, sizeof(page), (off_t)i * (off_t)sizeof(page)) ==
			(ssize_t)sizeof(page);
	ms = (long long)((sw_now_ns() - begin) / 1000000);
	after = sw_read_key(stats, "BdiWritten");
	if (fd >= 0)
		close(fd);
	set("strict_limit", "0");
	ksft_test_result(ok && after > before && ms < 5000,
			 "strictlimit: buffered writes are written back, and writers not stopped\n");
	ksft_print_msg("4 MiB in %lld ms, BdiWritten %lld kB before, %lld then\n", ms,
		       before, after);
}

/* Direct writes of N times 64 KiB; the time in ms. */
static long long timed(int n)
{
	int fd = open(DISK, O_WRONLY | O_DIRECT), i;
	uint64_t begin = sw_now_ns();
	void *page;

	if (fd < 0 || posix_memalign(&page, 4096, 65536))
		return -1;
	memset(page, 1, 65536);
	for (i = 0; i < n; i++)
		if (pwrite(fd, page, 65536, (off_t)i * 65536) != 65536)
			return -1;
	close(fd);
	return (long long)((sw_now_ns() - begin) / 1000000);
}

static void tiny(const char *dev)
{
	long long ms = 0;
	int *result = (int *)blk_shared, status;
	pid_t pid;

	blk_use(1);
	blk_mkdir("tiny");
	sw_write(blk_file("tiny", "throttle.write_bps_device"), "%s 262144", dev);
	pid = fork();
	if (!pid) {
		blk_enter("tiny");
		*result = (int)timed(8);	/* 512 KiB at 256 KiB/s */
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ms = *result;
	ksft_test_result(ms >= 1500 && ms < 10000, "a limit of 256 KiB/s holds and nobody hangs\n");
	ksft_print_msg("512 KiB in %lld ms\n", ms);
	blk_rmdir("tiny");
}

int main(void)
{
	const char *dev = blk_dev(DISK);

	ksft_print_header();
	ksft_set_plan(4);
	blk_setup();
	snprintf(bdi, sizeof(bdi), "/sys/class/bdi/%s", dev);
	snprintf(stats, sizeof(stats), "/sys/kernel/debug/bdi/%s/stats", dev);
	strict();
	buffered();
	tiny(dev);
	ksft_finished();
}
