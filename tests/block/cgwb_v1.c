// SPDX-License-Identifier: GPL-2.0
/*
 * cgwb_v1 - buffered writes on cgroup v1 are charged to the blkio group of those
 * who wrote: limits hold for them, the links say who owns what, and no group stays
 * behind.
 *
 * sw.cgroup=v1 sw.disk=...,ext4 sw.disk=...,xfs; without cgwb_v1 on the kernel's
 * command line it shows that nothing is limited. blk.rounds=N: groups that come
 * and go (default 100).
 */
#include <pthread.h>

#include "cgwb.h"

#define MNT "/tmp/mnt"

static const struct fs {
	const char *name, *disk, *options;
} fs[] = {
	{ "ext4", "/dev/vda", "data=writeback" },
	{ "xfs", "/dev/vdb", NULL },
};

static int mounted(const struct fs *f)
{
	mkdir(MNT, 0755);
	if (!mount(f->disk, MNT, f->name, 1 << 25 /* MS_LAZYTIME */, f->options))
		return 1;
	ksft_print_msg("mount %s: %s\n", f->disk, strerror(errno));
	return 0;
}

static void limit(const char *group, const char *dev, long bps)
{
	int err = sw_write(blk_file(group, "throttle.write_bps_device"), "%s %ld",
			   dev, bps);

	if (err)
		ksft_print_msg("limit of %s: %s\n", group, strerror(-err));
}

/*
 * Two writers with limits of 10 and 20 MB/s, each in a memcg of 256 MiB. How much of
 * its limit each gets depends on the host; cgwb_rate measures that.
 */
static void limits(const struct fs *f, int on)
{
	const char *dev = blk_dev(f->disk);
	long long disk[2] = { 0 };
	uint64_t bytes[BLK_GROUPS] = { 0 };
	double ratio = 0, own = 0;
	int try, ok = 0, i;
	char name[2] = "a";

	for (i = 0; i < 2; i++, name[0]++) {
		mem_mkdir(name);
		blk_mkdir(name);
		sw_write(mem_file(name, "memory.limit_in_bytes"), "268435456");
		limit(name, dev, (i + 1) * 10000000L);
	}
	for (try = 0; try < 3 && !ok && mounted(f); try++) {
		buffered_writer(0, "a", "a", MNT "/a", 128);
		buffered_writer(1, "b", "b", MNT "/b", 128);
		sw_sleep_ms(8000);
		disk[0] = blk_written("a", dev);
		disk[1] = blk_written("b", dev);
		blk_count(0, 12000, bytes);
		disk[0] = blk_written("a", dev) - disk[0];
		disk[1] = blk_written("b", dev) - disk[1];
		i = blk_stop();
		if (i)
			ksft_print_msg("%d writers failed\n", i);
		ratio = disk[0] > 0 ? (double)disk[1] / (double)disk[0] : 0;
		own = bytes[0] ? (double)bytes[1] / (double)bytes[0] : 0;
		ksft_print_msg("%s, 12 s: %lld and %lld bytes to the disk for the groups, ratio %.2f; written by the tasks %llu and %llu, ratio %.2f\n",
			       f->name, disk[0], disk[1], ratio,
			       (unsigned long long)bytes[0],
			       (unsigned long long)bytes[1], own);
		if (on) {
			/* a fifth of 256 MiB may be dirty beside */
			ok = disk[0] > 0 && disk[0] < 138000000 &&
			     disk[1] > 0 && disk[1] < 276000000 &&
			     bytes[0] < 138000000 + 54000000 &&
			     bytes[1] < 276000000 + 54000000;
		} else {
			ok = bytes[0] && bytes[1] && disk[0] + disk[1] <
				(long long)(bytes[0] + bytes[1]) / 10;
		}
		umount(MNT);
	}
	ksft_test_result(ok, on ? "%s: limits of 10 and 20 MB/s hold for buffered writes\n" :
			 "%s: without cgwb_v1 nobody pays for buffered writes\n", f->name);
	for (i = 0, name[0] = 'a'; i < 2; i++, name[0]++) {
		blk_rmdir(name);
		mem_rmdir(name);
	}
}

/* Far below 1 MiB/s: slow, but it ends. */
static void tiny(void)
{
	const char *dev = blk_dev(fs[0].disk);
	uint64_t begin = sw_now_ns(), ms = 0;
	int *result = (int *)blk_shared->ios;
	pid_t pid;

	mem_mkdir("tiny");
	blk_mkdir("tiny");
	limit("tiny", dev, 262144);
	*result = -1;
	if (mounted(&fs[0])) {
		pid = fork();
		if (!pid) {
			int fd;

			mem_enter("tiny");
			blk_enter("tiny");
			*result = write_file(MNT "/tiny", 1024);
			fd = open(MNT "/tiny", O_RDONLY);
			if (fsync(fd))
				*result = -errno;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		ms = (sw_now_ns() - begin) / 1000000;
		umount(MNT);
	}
	ksft_test_result(!*result && ms > 2500 && ms < 20000,
			 "1 MiB at 256 KiB/s, buffered, then fsync: neither free nor stuck\n");
	ksft_print_msg("%llu ms\n", (unsigned long long)ms);
	blk_rmdir("tiny");
	mem_rmdir("tiny");
}

/* Make the link of MEM: dirty a file in it, with the caller's blkio group BLK. */
static void dirty(const char *mem, const char *blk, const char *file)
{
	char path[64];
	pid_t pid = fork();

	snprintf(path, sizeof(path), MNT "/%s", file);
	if (!pid) {
		mem_enter(mem);
		blk_enter(blk);
		_exit(write_file(path, 64) ? 1 : 0);
	}
	waitpid(pid, NULL, 0);
}

struct thread {
	volatile pid_t tid;
	volatile int go;
};

static void *sit(void *arg)
{
	struct thread *t = arg;

	t->tid = (pid_t)syscall(SYS_gettid);
	while (!t->go)
		sw_sleep_ms(10);
	return NULL;
}

static int moved_thread(pid_t tid, const char *blk)
{
	return !sw_write(blk_file(blk, "tasks"), "%d", (int)tid);
}

/* A process in memory group m with a thread each in x and y. */
static int threads_part(void)
{
	struct thread t[2] = { { 0 } };
	int result, status;
	pthread_t id[2];
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, &status, 0);
		return WIFEXITED(status) && !WEXITSTATUS(status);
	}
	mem_enter("m");
	blk_enter("x");
	pthread_create(&id[0], NULL, sit, &t[0]);
	pthread_create(&id[1], NULL, sit, &t[1]);
	while (!t[0].tid || !t[1].tid)
		sw_sleep_ms(10);
	result = link_becomes("m", "x", 3000) && moved_thread(t[0].tid, "y") &&
		 link_becomes("m", "", 3000) && moved_thread(t[0].tid, "x") &&
		 link_becomes("m", "x", 3000);
	t[0].go = t[1].go = 1;
	pthread_join(id[0], NULL);
	pthread_join(id[1], NULL);
	_exit(!result);
}

static void mapping(void)
{
	char rest[64] = "";
	pid_t a, b, c;
	int n1, several, again, many, abstain, up, had, i;
	unsigned long ino;

	mounted(&fs[0]);
	mem_mkdir("m");
	mem_mkdir("n");
	blk_mkdir("x");
	blk_mkdir("y");
	blk_mkdir("y/z");

	a = sitter("m", "x");
	b = sitter("n", "x");
	dirty("m", "x", "m");
	dirty("n", "x", "n");
	n1 = link_becomes("m", "x", 3000) && link_becomes("n", "x", 3000);
	ksft_test_result(n1, "two memory groups, one blkio group\n");

	c = sitter("m", "y/z");
	several = link_becomes("m", "", 3000);
	link_of("m", rest);
	ksft_test_result(several && strstr(rest, "ambiguous now, 1 times"),
			 "tasks in two blkio groups: the root group, counted\n");
	end(c);
	again = link_becomes("m", "x", 5000);
	link_of("m", rest);
	ksft_test_result(again && strstr(rest, "ambiguous before, 1 times"),
			 "one of them exits: the other's group\n");

	c = sitter("m", NULL);	/* in the root group of blkio */
	sw_sleep_ms(1500);
	abstain = link_becomes("m", "x", 0);
	ksft_test_result(abstain, "a task in the root group does not count\n");
	end(c);

	many = threads_part();
	ksft_test_result(many, "threads in different groups, and back\n");

	end(a);
	end(b);
	sw_sleep_ms(1500);
	ksft_test_result(link_becomes("m", "x", 0), "without tasks the owner stays\n");
	c = sitter("m", NULL);
	sw_sleep_ms(1500);
	ksft_test_result(link_becomes("m", "x", 0), "nor do tasks in the root group change it\n");
	end(c);

	a = sitter("m", "y/z");
	up = link_becomes("m", "y/z", 3000);
	end(a);
	blk_rmdir("y/z");
	ksft_test_result(up && link_becomes("m", "y", 3000),
			 "the owner is removed: its parent\n");
	ino = group_ino(mem_root, "m");
	had = ino && link_of_ino(ino, NULL);
	mem_rmdir("m");
	mem_rmdir("n");
	for (i = 0; i < 150 && link_of_ino(ino, NULL); i++)
		sw_sleep_ms(20);
	ksft_test_result(had && !link_of_ino(ino, NULL),
			 "the memory group is removed: no link\n");
	blk_rmdir("x");
	blk_rmdir("y");
	umount(MNT);
}

/* num_cgroups of a controller, which counts the dying. */
static long groups(const char *controller)
{
	char buf[4096], *p;
	long id, n;

	sw_read("/proc/cgroups", buf, sizeof(buf));
	p = strstr(buf, controller);
	return p && sscanf(p + strlen(controller), "%ld %ld", &id, &n) == 2 ? n : -1;
}

/* How many of them are alive: the root and its children; there are no others now. */
static long alive(const char *root)
{
	struct stat st;

	return stat(root, &st) ? -1 : (long)st.st_nlink - 1;
}

/* Wait until no group of the tests before is dying any more. */
static int settled(void)
{
	int t;

	for (t = 0; t < 100; t++) {
		sw_write("/proc/sys/vm/drop_caches", "1");
		if (groups("memory") == alive(mem_root) &&
		    groups("blkio") == alive(blk_root))
			return 1;
		sw_sleep_ms(1000);
	}
	ksft_print_msg("%ld memory and %ld blkio groups before the rounds, %ld and %ld alive\n",
		       groups("memory"), groups("blkio"), alive(mem_root),
		       alive(blk_root));
	return 0;
}

/*
 * Write PATH in both groups, and leave its inode with nothing but a lazy atime; true
 * if all of that was done.
 */
static int visit(const char *group, const char *path)
{
	int fd, status = -1;
	pid_t pid = fork();
	char byte;

	if (pid)
		return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
	mem_enter(group);
	blk_enter(group);
	if (write_file(path, 64))
		_exit(1);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fsync(fd) || read(fd, &byte, 1) != 1)
		_exit(1);
	_exit(0);
}

/*
 * Groups come, write and go, in both orders, with lazytime. Ten files stay open, so
 * that their inodes hold on to what they are attached to. The page cache is
 * dropped, since it pins the memory groups on its own; the inodes are not.
 */
static void zombies(const struct fs *f)
{
	long rounds = blk_arg("blk.rounds=", 100), i, mem, blk, m = 0, b = 0, t;
	char name[32], path[64];
	int fd[10], visits = 0;

	if (!settled() || !mounted(f)) {
		ksft_test_result(0, "%s: no group stays behind\n", f->name);
		return;
	}
	for (i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), MNT "/r%ld", i);
		fd[i] = open(path, O_RDWR | O_CREAT, 0600);
	}
	mem = groups("memory");
	blk = groups("blkio");
	for (i = 0; i < rounds; i++) {
		snprintf(name, sizeof(name), "r%ld", i);
		snprintf(path, sizeof(path), MNT "/r%ld", i % 10);
		mem_mkdir(name);
		blk_mkdir(name);
		visits += visit(name, path);
		if (i % 2) {
			blk_rmdir(name);
			mem_rmdir(name);
		} else {
			mem_rmdir(name);
			blk_rmdir(name);
		}
	}
	ksft_print_msg("%s: after %ld rounds %ld memory and %ld blkio groups more\n",
		       f->name, rounds, groups("memory") - mem, groups("blkio") - blk);
	for (t = 0; t < 100; t++) {
		sw_write("/proc/sys/vm/drop_caches", "1");
		m = groups("memory") - mem;
		b = groups("blkio") - blk;
		if (m <= 0 && b <= 0)
			break;
		sw_sleep_ms(1000);
	}
	ksft_test_result(mem > 0 && blk > 0 && m <= 0 && b <= 0 && visits == rounds,
			 "%s: no group stays behind\n", f->name);
	ksft_print_msg("%d groups wrote; %ld memory and %ld blkio groups more after %ld s\n",
		       visits, m, b, t);
	for (i = 0; i < 10; i++)
		close(fd[i]);
	umount(MNT);
}

int main(void)
{
	int on = cgwb_asked();

	ksft_print_header();
	blk_setup();
	blk_use(1);
	ksft_set_plan(on ? 14 : 2);
	limits(&fs[0], on);
	limits(&fs[1], on);
	if (on) {
		tiny();
		mapping();
		zombies(&fs[0]);
		zombies(&fs[1]);
	}
	ksft_finished();
}
