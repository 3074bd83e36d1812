// SPDX-License-Identifier: GPL-2.0
/*
 * blk_race - cost.qos, cost.model, weights, wbt_lat_usec, the scheduler and throttle
 * limits of a disk are written while groups do IO on it, memory is short and
 * another disk comes and goes. Nobody may hang; with lockdep, its report fails the
 * boot (boot/clean-log). A job of which nothing succeeded has raced with nobody and
 * fails.
 *
 * sw.stress=S: for how many seconds, under the debug profile (default 15, without it).
 */
#include "blk.h"

#define DISK	"/dev/nullb0"
#define QUEUE	"/sys/block/nullb0/queue/"
/*
 * A turn of the slowest takes a second or two, emulated, and half a minute with all
 * checks (sw.stress): a hang is what the kernel's hung-task detector reports after 120 s.
 */
#define STALL_S		60
#define STALL_STRESS_S	300

struct shared {
	volatile unsigned long turns[16];
	unsigned long done[16], failed[16], refused[16];	/* atomic */
	volatile unsigned int stop;
};
static struct shared *s;
static const char *dev;
static unsigned int me;		/* the job of this process */

/*
 * Count one thing done. A failure may be part of the race (a disk on its way out, a
 * group without memory); nothing but failures is not.
 */
static void count(int ok)
{
	__atomic_add_fetch(ok ? &s->done[me] : &s->failed[me], 1, __ATOMIC_RELAXED);
}

/* What no race explains: WHAT failed with ERR. */
static void refused(const char *what, int err)
{
	if (!__atomic_fetch_add(&s->refused[me], 1, __ATOMIC_RELAXED))
		ksft_print_msg("%s: %s\n", what, strerror(err));
}

static void qos(unsigned int i)
{
	count(!sw_write(blk_file("", "cost.qos"),
			i % 3 ? "%s enable=1 rpct=95 rlat=5000 wpct=95 wlat=5000 min=50 max=150" :
			"%s enable=0 ctrl=auto", dev));
	if (i % 5 == 0)
		count(!sw_write(blk_file("", "cost.model"),
				i % 2 ? "%s ctrl=auto" :
				"%s rbps=40000000 rrandiops=4000", dev));
}

static void wbt(unsigned int i)
{
	static const char *const lat[] = { "-1", "0", "2000", "75000" };

	count(!sw_write(QUEUE "wbt_lat_usec", "%s", lat[i % 4]));
}

static void scheduler(unsigned int i)
{
	static const char *const name[] = { "bfq", "none", "mq-deadline" };

	count(!sw_write(QUEUE "scheduler", "%s", name[i % 3]));
	sw_sleep_ms(20);
}

static void weight(unsigned int i)
{
	char group[32];
	int g;

	/* new groups: a weight of their own makes their data for this disk */
	for (g = 0; g < 4; g++) {
		snprintf(group, sizeof(group), "w%u_%d", i % 7, g);
		blk_mkdir(group);
		count(!sw_write(blk_file(group, "cost.weight"), "%s %u", dev,
				1 + i % 10000));
		count(!sw_write(blk_file(group, "throttle.write_iops_device"),
				"%s %u", dev, 1000 + i % 100));
		blk_rmdir(group);
	}
	count(!sw_write(blk_file("a", "cost.weight"), "%u", 1 + i % 10000));
	count(!sw_write(blk_file("a", "reset_stats"), "1"));
}

static void show(unsigned int i)
{
	static char buf[16384];

	count(sw_read(blk_file(i % 2 ? "a/b" : "a", "cost.stat"), buf,
		      sizeof(buf)) > 0);
	if (sw_read(blk_file("", "cost.qos"), buf, sizeof(buf)) < 0)
		refused("cost.qos", errno);
	sw_sleep_ms(1);
}

/* One of the first BLOCKS pieces of 64 KiB of the disk. */
static void transfer(const char *disk, unsigned int i, unsigned int blocks,
		     int flags, int write_it)
{
	static char *page;
	int fd = open(disk, (write_it ? O_WRONLY : O_RDONLY) | flags);

	if (!page && posix_memalign((void **)&page, 4096, 65536))
		_exit(1);
	if (fd < 0) {
		count(0);
		return;
	}
	i = i * 77773 % blocks;
	if (write_it)
		count(pwrite(fd, page, 65536, (off_t)i * 65536) == 65536);
	else
		count(pread(fd, page, 65536, (off_t)i * 65536) == 65536);
	close(fd);
}

static void reads(unsigned int i)
{
	blk_enter(i % 2 ? "a" : "a/b");		/* an inner group and its child */
	transfer(DISK, i, 10000, O_DIRECT, 0);
}

static void writes(unsigned int i)
{
	blk_enter("a/c");
	transfer(DISK, i, 10000, i % 2 ? O_DIRECT : 0, 1);
}

/* Fill memory, 4 MiB a turn, and give all of it back when it is full. */
static void memory(unsigned int i)
{
	size_t pieces = (size_t)blk_arg("blk.pressure=", 256) / 4, at;
	static char *p;

	if (!p)
		p = mmap(NULL, pieces << 22, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		_exit(1);
	i %= (unsigned int)pieces;
	for (at = 0; at < 4 << 20; at += 4096)
		p[((size_t)i << 22) + at] = 1;
	if (i == pieces - 1)
		madvise(p, pieces << 22, MADV_DONTNEED);
	count(1);
}

/* A disk of its own comes, is controlled, does IO in two groups, and goes. */
static void removal(unsigned int i)
{
	const char *dir = "/tmp/config/nullb/gone";
	const char *path = "/dev/gone";
	pid_t child[2];
	int n, status, err;

	if (mkdir(dir, 0755) && errno != EEXIST) {
		refused(dir, errno);
		return;
	}
	err = sw_write("/tmp/config/nullb/gone/size", "64");
	err = err ?: sw_write("/tmp/config/nullb/gone/memory_backed", "1");
	err = err ?: sw_write("/tmp/config/nullb/gone/completion_nsec", "2000000");
	err = err ?: sw_write("/tmp/config/nullb/gone/irqmode", "2");
	err = err ?: sw_write("/tmp/config/nullb/gone/power", "1");
	if (!err && access(path, F_OK))
		err = -ENODEV;
	if (err) {
		if (err != -ENOMEM)
			refused(path, -err);
		rmdir(dir);
		return;
	}
	if (blk_cost_on(blk_dev(path), 100))
		count(0);
	for (n = 0; n < 2; n++) {
		child[n] = fork();
		if (child[n])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		blk_enter(n ? "a/b" : "a/c");
		for (;;)
			transfer(path, (unsigned int)rand() % 200, 1024, O_DIRECT, n);
	}
	sw_sleep_ms(100 + i % 50);
	err = sw_write("/tmp/config/nullb/gone/power", "0");
	if (err)
		refused("power off", -err);
	for (n = 0; n < 2; n++) {
		kill(child[n], SIGKILL);
		waitpid(child[n], &status, 0);
	}
	rmdir(dir);
}

static const struct job {
	const char *name;
	void (*fn)(unsigned int i);
} jobs[] = {
	{ "cost.qos and cost.model are written", qos },
	{ "wbt_lat_usec is written", wbt },
	{ "the scheduler is switched", scheduler },
	{ "groups with a weight come and go", weight },
	{ "cost.stat is read", show },
	{ "an inner group and its child read", reads },
	{ "a group writes", writes },
	{ "a group writes, too", writes },
	{ "memory is short", memory },
	{ "a disk goes away with groups active", removal },
};
#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

int main(void)
{
	unsigned long last[JOBS] = { 0 }, since[JOBS] = { 0 }, worst[JOBS] = { 0 };
	long stress = blk_arg("sw.stress=", 0), seconds = stress ? stress : 15, t;
	long stall = stress ? STALL_STRESS_S : STALL_S;
	pid_t pid[JOBS];
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(JOBS);
	blk_setup();
	blk_use(1);
	blk_mkdir("a");
	blk_mkdir("a/b");
	blk_mkdir("a/c");
	dev = blk_dev(DISK);
	mkdir("/tmp/config", 0755);
	if (mount("none", "/tmp/config", "configfs", 0, NULL))
		ksft_print_msg("configfs: %s\n", strerror(errno));
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	for (i = 0; i < JOBS; i++) {
		unsigned int n = 0;

		pid[i] = fork();
		if (pid[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		me = i;
		while (!s->stop) {
			jobs[i].fn(n++);
			s->turns[i]++;
		}
		_exit(0);
	}
	for (t = 0; t < seconds; t++) {
		sw_sleep_ms(1000);
		for (i = 0; i < JOBS; i++) {
			since[i] = s->turns[i] == last[i] ? since[i] + 1 : 0;
			last[i] = s->turns[i];
			if (since[i] > worst[i])
				worst[i] = since[i];
		}
	}
	s->stop = 1;
	sw_write(blk_file("", "cost.qos"), "%s enable=0", dev);
	for (i = 0; i < JOBS; i++) {
		int status = -1;

		for (t = 0; t < stall * 10; t++) {
			if (waitpid(pid[i], &status, WNOHANG) == pid[i])
				break;
			sw_sleep_ms(100);
		}
		ksft_test_result(t < stall * 10 && !status && s->turns[i] > 1 &&
				 s->done[i] && !s->refused[i] && worst[i] < (unsigned long)stall, "%s\n",
				 jobs[i].name);
		ksft_print_msg("%lu turns, the longest pause %lu s; %lu done, %lu failed\n",
			       s->turns[i], worst[i], s->done[i], s->failed[i]);
		if (t == stall * 10)
			kill(pid[i], SIGKILL);
	}
	ksft_finished();
}
