// SPDX-License-Identifier: GPL-2.0
/*
 * cgwb_modes - cgwb_v1 where the controllers are elsewhere: both on one v1 hierarchy
 * beside an empty cgroup2 (as hybrid systemd has it), one on each version, and both
 * on cgroup2.
 *
 * cgwb_v1 blk.mode=1: together on v1; 2: memory on v1, io on v2; 3: both on v2.
 */
#include "cgwb.h"

#define DISK_NAME	"vda"
#define DISK		"/dev/" DISK_NAME
#define MNT	"/tmp/mnt"
#define HEAD	"memory     <--->     blkio\n"

static void mount_v1(const char *dir, const char *controllers)
{
	int i;

	mkdir(dir, 0755);
	for (i = 0; i < 100; i++) {
		if (!mount("none", dir, "cgroup", 0, controllers))
			return;
		sw_sleep_ms(20);
	}
	ksft_exit_fail_msg("mount %s: %s\n", controllers, strerror(errno));
}

/* Bytes that io.stat of group a has as written to the disk. */
static long long group_wb(void)
{
	long long v = blk_value("a", "stat", blk_dev(DISK), "wbytes");

	return v < 0 ? 0 : v;
}

/* kB that the disk has written; groups count what is queued, which comes in bursts. */
static long long disk_done(void)
{
	char buf[256];
	long long sectors = -1;

	if (sw_read("/sys/class/block/" DISK_NAME "/stat", buf, sizeof(buf)) > 0)
		sscanf(buf, "%*s %*s %*s %*s %*s %*s %lld", &sectors);
	return sectors * 512 / 1000;
}

/*
 * The rate of a buffered writer in group a of both roots, in kB/s, for 8 s; and what
 * the disk did, of the group and in all.
 */
static long long rate(long long *disk, long long *all)
{
	const char *dev = blk_dev(DISK);
	uint64_t bytes[BLK_GROUPS];

	buffered_writer(0, "a", "a", MNT "/a", 128);
	sw_sleep_ms(6000);
	*disk = blk_written("a", dev);
	*all = disk_done();
	blk_count(0, 8000, bytes);
	*disk = (blk_written("a", dev) - *disk) / 8000;
	*all = (disk_done() - *all) / 8;
	if (blk_stop())
		ksft_print_msg("the writer failed\n");
	return (long long)bytes[0] / 8000;
}

int main(void)
{
	const char *dev = blk_dev(DISK);
	static char links[4096], line[8192];
	int kmsg = sw_kmsg_open();
	long mode = blk_arg("blk.mode=", 1);
	long long task, disk, all;

	ksft_print_header();
	ksft_set_plan(mode == 2 ? 3 : 2);
	blk_setup();
	mkdir(MNT, 0755);
	if (mount(DISK, MNT, "ext4", 0, "data=writeback"))
		ksft_exit_fail_msg("mount %s: %s\n", DISK, strerror(errno));
	if (mode == 1) {
		mount_v1("/tmp/both", "memory,blkio");
		mem_root = blk_root = "/tmp/both";
		blk_v = 1;
	} else {
		if (mode == 2)
			mount_v1("/tmp/mem", "memory");
		mem_root = mode == 2 ? "/tmp/mem" : "/sys/fs/cgroup";
		blk_use(2);
		if (mode == 3)
			sw_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	}
	mem_mkdir("a");
	blk_mkdir("a");
	if (mode == 3)
		sw_write(mem_file("a", "memory.max"), "268435456");
	else
		sw_write(mem_file("a", "memory.limit_in_bytes"), "268435456");
	if (mode == 1)
		sw_write(blk_file("a", "throttle.write_bps_device"), "%s 10000000", dev);
	else
		sw_write(blk_file("a", "max"), "%s wbps=10000000", dev);

	task = rate(&disk, &all);
	sw_read(LINKS, links, sizeof(links));
	ksft_print_msg("limit 10000 kB/s: the task %lld, the group's disk %lld, the disk %lld\n",
		       task, disk, all);
	switch (mode) {
	case 1:
		ksft_test_result(disk > 0 && all < 11500,
				 "both on one v1 hierarchy: the limit holds\n");
		ksft_test_result(link_becomes("a", "a", 0), "and the link is there\n");
		break;
	case 2:
		ksft_test_result(task > 0 && !group_wb(),
				 "memory on v1, io on v2: off\n");
		ksft_test_result(!strcmp(links, HEAD), "no link\n");
		ksft_test_result(kmsg >= 0 && sw_kmsg_find(kmsg, "cgwb_v1: no effect",
							   line, sizeof(line)),
				 "and the log says so\n");
		break;
	default:
		ksft_test_result(group_wb() > 0 && all < 11500,
				 "both on v2: the limit holds\n");
		ksft_test_result(!strcmp(links, HEAD), "no link, v2 needs none\n");
	}
	ksft_finished();
}
