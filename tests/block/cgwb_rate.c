// SPDX-License-Identifier: GPL-2.0
/*
 * cgwb_rate - two writers through the page cache of two disks, in groups with limits
 * of 10 and 20 MB/s: with cgwb_v1 they reach 1:2, without it nothing holds them.
 *
 * Meant for a clock that counts instructions (sw.icount), so that a busy host does
 * not change the rates; no file system, since a disk of the emulator is as fast as
 * the host on such a clock.
 */
#include "cgwb.h"

static const char *const disks[] = { "/dev/nullb0", "/dev/nullb1" };
static const char *const names[] = { "a", "b" };

int main(void)
{
	long long disk[2], task[2];
	uint64_t bytes[BLK_GROUPS];
	int i, on = cgwb_asked();

	ksft_print_header();
	blk_setup();
	blk_use(1);
	ksft_set_plan(on ? 3 : 1);
	for (i = 0; i < 2; i++) {
		mem_mkdir(names[i]);
		blk_mkdir(names[i]);
		sw_write(mem_file(names[i], "memory.limit_in_bytes"), "268435456");
		sw_write(blk_file(names[i], "throttle.write_bps_device"), "%s %d",
			 blk_dev(disks[i]), (i + 1) * 10000000);
		buffered_writer((unsigned int)i, names[i], names[i], disks[i], 256);
	}
	sw_sleep_ms(10000);
	for (i = 0; i < 2; i++)
		disk[i] = blk_written(names[i], blk_dev(disks[i]));
	blk_count(0, 40000, bytes);
	for (i = 0; i < 2; i++) {
		disk[i] = (blk_written(names[i], blk_dev(disks[i])) - disk[i]) / 40000;
		task[i] = (long long)bytes[i] / 40000;
	}
	ksft_print_msg("kB/s to the disk for the groups: %lld and %lld; written by the tasks: %lld and %lld\n",
		       disk[0], disk[1], task[0], task[1]);
	if (on) {
		ksft_test_result(disk[0] > 8500 && disk[0] < 11500 &&
				 disk[1] > 17000 && disk[1] < 23000,
				 "limits of 10 and 20 MB/s hold for buffered writes\n");
		ksft_test_result(disk[1] * 100 > disk[0] * 170 &&
				 disk[1] * 100 < disk[0] * 230, "1:2 on the disk\n");
		ksft_test_result(task[1] * 100 > task[0] * 170 &&
				 task[1] * 100 < task[0] * 230 && task[0] < 20000,
				 "1:2 for the tasks\n");
	} else {
		/* as fast as the other, and more than its limit */
		ksft_test_result(task[0] > 13000 && task[0] * 100 > task[1] * 85 &&
				 disk[0] < task[0] / 10 && disk[1] < task[1] / 10,
				 "without cgwb_v1 buffered writes have no limit\n");
	}
	ksft_finished();
}
