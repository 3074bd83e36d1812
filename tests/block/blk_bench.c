// SPDX-License-Identifier: GPL-2.0
/*
 * blk_bench - what the patches cost where nothing of them is used: 4 KiB random
 * reads and writes of a null_blk disk that completes at once, in a group without a
 * limit and with iocost off; and dirtying pages of it through the page cache.
 */
#include "blk.h"

#define DISK	"/dev/nullb0"
#define OPS	4000
#define ROUNDS	3

static void bench(const char *name, int flags, int write_it, void *page)
{
	int fd = open(DISK, O_RDWR | flags), round;
	unsigned int seed = 1, i;
	uint64_t begin;

	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", DISK, strerror(errno));
	for (round = -1; round < ROUNDS; round++) {
		begin = sw_now_ns();
		for (i = 0; i < OPS; i++) {
			off_t at = (off_t)((unsigned int)rand_r(&seed) % 8192) * 4096;

			if ((write_it ? pwrite(fd, page, 4096, at) :
			     pread(fd, page, 4096, at)) != 4096)
				ksft_exit_fail_msg("%s: %s\n", name, strerror(errno));
		}
		begin = sw_now_ns() - begin;
		if (round >= 0)		/* the first one warms up */
			printf("bench %s %.0f IO/s higher\n", name,
			       OPS * 1e9 / (double)begin);
	}
	close(fd);
}

int main(void)
{
	void *page;

	ksft_print_header();
	ksft_set_plan(1);
	blk_setup();
	blk_use(1);
	blk_mkdir("a");
	blk_enter("a");
	if (posix_memalign(&page, 4096, 4096))
		ksft_exit_fail_msg("memory\n");
	memset(page, 1, 4096);
	bench("null_blk.read", O_DIRECT, 0, page);
	bench("null_blk.write", O_DIRECT, 1, page);
	bench("null_blk.dirty", 0, 1, page);
	ksft_test_result_pass("measured\n");
	ksft_finished();
}
