/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blk.h - what the tests of topic block share: the io controller on either
 * hierarchy, groups, devices, and readers that count what they do.
 *
 * A program may use both hierarchies in one boot: blk_use() moves the controller,
 * which is possible while it has no groups.
 */
#ifndef BLK_TEST_H
#define BLK_TEST_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "sw.h"

#define BLK_PATH 512

static int blk_v;			/* the hierarchy in use, 1 or 2 */
static const char *blk_root;		/* and where it is mounted */

/* The number that follows KEY ("sw.stress=") on the kernel's command line. */
static inline SW_UNUSED long blk_arg(const char *key, long fallback)
{
	char buf[4096], *p;

	if (sw_read("/proc/cmdline", buf, sizeof(buf)) < 0)
		return fallback;
	p = strstr(buf, key);
	return p ? strtol(p + strlen(key), NULL, 0) : fallback;
}

/* Path of FILE of GROUP ("" is the root); the name is that of v1 without prefix. */
static inline SW_UNUSED const char *blk_file(const char *group, const char *file)
{
	static char buf[4][BLK_PATH];
	static unsigned int n;
	char *p = buf[n++ % 4];
	const char *prefix = blk_v == 1 ? "blkio." : "io.";

	if (blk_v == 2 && !strcmp(file, "cost.weight"))
		file = "weight";
	if (!strncmp(file, "cgroup.", 7) || !strcmp(file, "tasks"))
		prefix = "";
	snprintf(p, BLK_PATH, "%s%s%s/%s%s", blk_root, *group ? "/" : "", group,
		 prefix, file);
	return p;
}

/*
 * Have the io controller on hierarchy V; bails out if that is not possible. It
 * takes a while until the groups that were removed on the other one are gone.
 */
static inline SW_UNUSED void blk_use(int v)
{
	char buf[256];
	int i;

	if (blk_v == 1 && !strcmp(blk_root, "/tmp/blkio"))
		umount("/tmp/blkio");
	if (blk_v == 2)
		sw_write("/sys/fs/cgroup/cgroup.subtree_control", "-io");
	blk_v = v;
	for (i = 0; i < 200; i++) {
		if (v == 1) {
			blk_root = "/sys/fs/cgroup/blkio";
			if (!access("/sys/fs/cgroup/blkio/blkio.reset_stats", F_OK))
				return;
			blk_root = "/tmp/blkio";
			mkdir(blk_root, 0755);
			if (!mount("none", blk_root, "cgroup", 0, "blkio"))
				return;
		} else {
			blk_root = "/sys/fs/cgroup";
			if (sw_read("/sys/fs/cgroup/cgroup.controllers", buf,
				    sizeof(buf)) > 0 && strstr(buf, "io") &&
			    !sw_write("/sys/fs/cgroup/cgroup.subtree_control",
				      "+io"))
				return;
		}
		sw_sleep_ms(50);
	}
	ksft_exit_fail_msg("the io controller does not move to v%d: %s\n", v,
			   strerror(errno));
}

/* Make GROUP in the hierarchy that is mounted at ROOT. */
static inline SW_UNUSED void group_mkdir(const char *root, const char *group)
{
	char path[BLK_PATH];

	snprintf(path, sizeof(path), "%s/%s", root, group);
	if (mkdir(path, 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir %s: %s\n", path, strerror(errno));
}

/* Remove GROUP there; its last task may still be on its way out. */
static inline SW_UNUSED int group_rmdir(const char *root, const char *group)
{
	char path[BLK_PATH];
	int i;

	snprintf(path, sizeof(path), "%s/%s", root, group);
	for (i = 0; i < 3000; i++) {
		if (!rmdir(path))
			return 0;
		if (errno != EBUSY)
			return -errno;
		sw_sleep_ms(1);
	}
	return -EBUSY;
}

static inline SW_UNUSED void blk_mkdir(const char *group)
{
	group_mkdir(blk_root, group);
}

static inline SW_UNUSED int blk_rmdir(const char *group)
{
	return group_rmdir(blk_root, group);
}

/* Move the caller to GROUP. */
static inline SW_UNUSED void blk_enter(const char *group)
{
	int err = sw_write(blk_file(group, "cgroup.procs"), "0");

	if (err)
		ksft_exit_fail_msg("enter %s: %s\n", group, strerror(-err));
}

/* "MAJ:MIN" of a disk; bails out if it is not there. */
static inline SW_UNUSED const char *blk_dev(const char *disk)
{
	static char buf[4][32];
	static unsigned int n;
	char *p = buf[n++ % 4];
	struct stat st;

	if (stat(disk, &st) || !S_ISBLK(st.st_mode))
		ksft_exit_fail_msg("%s: no such disk\n", disk);
	snprintf(p, 32, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return p;
}

/* The line of DEV in FILE of GROUP; NULL if there is none. */
static inline SW_UNUSED char *blk_line(const char *group, const char *file,
				       const char *dev)
{
	static char buf[16384];
	char *line, *save;

	if (sw_read(blk_file(group, file), buf, sizeof(buf)) < 0)
		return NULL;
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, dev, strlen(dev)) && line[strlen(dev)] == ' ')
			return line;
	return NULL;
}

/* The value of "KEY=" for DEV in FILE of GROUP; -ENOENT if it is not there. */
static inline SW_UNUSED long long blk_value(const char *group, const char *file,
					    const char *dev, const char *key)
{
	char *line = blk_line(group, file, dev), word[64], *p;

	snprintf(word, sizeof(word), " %s=", key);
	p = line ? strstr(line, word) : NULL;
	return p ? strtoll(p + strlen(word), NULL, 10) : -ENOENT;
}

/* Readers of random blocks, past the cache, and what they have done. */
#define BLK_GROUPS	8
struct blk_shared {
	volatile uint64_t ios[BLK_GROUPS];
	volatile unsigned int stop;
};
static struct blk_shared *blk_shared;

static inline SW_UNUSED void blk_setup(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);	/* children bail out, too */
	umount("/tmp/blkio");			/* of the program before */
	blk_shared = mmap(NULL, sizeof(*blk_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (blk_shared == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	blk_shared->stop = 0;	/* no memory group of a test pays for the page */
}

/* Start N processes in GROUP that read DISK, PAUSE ms between reads. */
static inline SW_UNUSED void blk_readers(unsigned int slot, const char *group,
					 const char *disk, int n,
					 unsigned int pause)
{
	int i;

	for (i = 0; i < n; i++) {
		unsigned int seed = slot * 100 + (unsigned int)i;
		uint64_t blocks;
		void *page;
		int fd;

		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		blk_enter(group);
		fd = open(disk, O_RDONLY | O_DIRECT);
		blocks = fd < 0 ? 0 : (uint64_t)lseek(fd, 0, SEEK_END) / 4096;
		if (!blocks || posix_memalign(&page, 4096, 4096))
			_exit(1);
		while (!blk_shared->stop) {
			off_t at = (off_t)(((uint64_t)rand_r(&seed) * 77773) % blocks);

			if (pread(fd, page, 4096, at * 4096) != 4096)
				_exit(1);
			__atomic_add_fetch(&blk_shared->ios[slot], 1,
					   __ATOMIC_RELAXED);
			if (pause)
				sw_sleep_ms(pause);
		}
		_exit(0);
	}
}

/* End all readers; returns how many had failed. */
static inline SW_UNUSED int blk_stop(void)
{
	int status, failed = 0;

	blk_shared->stop = 1;
	while (wait(&status) > 0)
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			failed++;
	blk_shared->stop = 0;
	return failed;
}

/* Let the readers warm up, then count for MS; the counts are in IOS. */
static inline SW_UNUSED void blk_count(unsigned int warm, unsigned int ms,
				       uint64_t *ios)
{
	uint64_t first[BLK_GROUPS];
	int i;

	sw_sleep_ms(warm);
	for (i = 0; i < BLK_GROUPS; i++)
		first[i] = blk_shared->ios[i];
	sw_sleep_ms(ms);
	for (i = 0; i < BLK_GROUPS; i++)
		ios[i] = blk_shared->ios[i] - first[i];
}

/* Fixed cost and rate: IOPS random reads a second on the disk DEV. */
static inline SW_UNUSED int blk_cost_on(const char *dev, unsigned int iops)
{
	int err = sw_write(blk_file("", "cost.model"),
			   "%s ctrl=user model=linear rbps=4000000000 rseqiops=%u rrandiops=%u wbps=4000000000 wseqiops=%u wrandiops=%u",
			   dev, iops, iops, iops, iops);

	if (!err)
		err = sw_write(blk_file("", "cost.qos"),
			       "%s enable=1 ctrl=user rpct=0 rlat=25000 wpct=0 wlat=25000 min=100.00 max=100.00",
			       dev);
	return err;
}

static inline SW_UNUSED void blk_cost_off(const char *dev)
{
	sw_write(blk_file("", "cost.qos"), "%s enable=0", dev);
}

#endif /* BLK_TEST_H */
