/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcg.h - what the tests of deferred memcg charges share: memory cgroups of both
 * versions, a file system on a disk, memory that fills a cgroup, files with many
 * extents, whose truncation charges many pages with a handle of the journal open.
 */
#ifndef SW_MCG_H
#define SW_MCG_H

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sw.h"

#define MCG_PAGE	4096UL
#define MCG_MIB		(1UL << 20)
#define MCG_MNT		"/tmp/mnt"
#define MCG_SWITCH	"/proc/sys/vm/memcg_defer"

/* Which version the memory controller is mounted as. */
static inline SW_UNUSED bool mcg_v2(void)
{
	return !access("/sys/fs/cgroup/cgroup.controllers", F_OK);
}

/* Path of FILE in memory cgroup CG; one of four static buffers. */
static inline SW_UNUSED const char *mcg_path(const char *cg, const char *file)
{
	static char buf[4][256];
	static unsigned int next;
	char *p = buf[next++ % 4];

	snprintf(p, sizeof(buf[0]), "/sys/fs/cgroup%s/%s%s%s", mcg_v2() ? "" : "/memory",
		 cg, *file ? "/" : "", file);
	return p;
}

static inline SW_UNUSED void mcg_make(const char *cg)
{
	if (mcg_v2()) {
		char parent[128];

		snprintf(parent, sizeof(parent), "%s", cg);
		*(strrchr(parent, '/') ? strrchr(parent, '/') : parent) = '\0';
		sw_write(mcg_path(parent, "cgroup.subtree_control"), "+memory");
	}
	if (mkdir(mcg_path(cg, ""), 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir %s: %s\n", mcg_path(cg, ""), strerror(errno));
}

/* Remove CG; its last task may still be on its way out. */
static inline SW_UNUSED int mcg_remove(const char *cg)
{
	int i;

	for (i = 0; i < 5000; i++) {
		if (!rmdir(mcg_path(cg, "")))
			return 0;
		if (errno != EBUSY)
			return -errno;
		sw_sleep_ms(1);
	}
	return -EBUSY;
}

/*
 * mkdir of a cgroup charges its parent under cgroup_mutex, and nothing frees that. The
 * caller pays for a group it is not in.
 */
static inline SW_UNUSED int mcg_make_children(const char *cg, int first, int n)
{
	char path[128];
	int i, made = 0;

	for (i = first; i < first + n; i++) {
		snprintf(path, sizeof(path), "%s/c%d", cg, i);
		made += !mkdir(mcg_path(path, ""), 0755);
	}
	return made;
}

static inline SW_UNUSED void mcg_remove_children(const char *cg, int n)
{
	char path[128];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/c%d", cg, i);
		rmdir(mcg_path(path, ""));
	}
}

/* The file with the limit of a group. */
static inline SW_UNUSED const char *mcg_max_file(void)
{
	return mcg_v2() ? "memory.max" : "memory.limit_in_bytes";
}

/* Limit of CG in bytes; -1: none. */
static inline SW_UNUSED int mcg_limit(const char *cg, long bytes)
{
	const char *file = mcg_path(cg, mcg_max_file());

	if (bytes < 0)
		return sw_write(file, mcg_v2() ? "max" : "-1");
	return sw_write(file, "%ld", bytes);
}

/* Reclaim of CG what can be. */
static inline SW_UNUSED void mcg_reclaim(const char *cg)
{
	if (mcg_v2())
		sw_write(mcg_path(cg, "memory.reclaim"), "256M");
	else
		sw_write(mcg_path(cg, "memory.force_empty"), "0");
}

static inline SW_UNUSED void mcg_enter(const char *cg)
{
	if (sw_write(mcg_path(cg, "cgroup.procs"), "0"))
		ksft_exit_fail_msg("cannot enter %s\n", mcg_path(cg, "cgroup.procs"));
}

/* Usage of CG in bytes. */
static inline SW_UNUSED long long mcg_usage(const char *cg)
{
	return sw_must_read_ll(mcg_path(cg, mcg_v2() ? "memory.current" :
					"memory.usage_in_bytes"));
}

/* Event KEY ("defer", "oom_kill") of CG; -1 on a kernel that doesn't count it. */
static inline SW_UNUSED long long mcg_event(const char *cg, const char *key)
{
	long long v = sw_read_key(mcg_path(cg, mcg_v2() ? "memory.events" : "memory.stat"),
				  key);

	return v < 0 ? -1 : v;
}

/* Bytes owed in CG; -1 on a kernel without the feature. */
static inline SW_UNUSED long long mcg_debt(const char *cg)
{
	long long v = sw_read_key(mcg_path(cg, "memory.stat"), "defer_debt");

	return v < 0 ? -1 : v;
}

/*
 * Wait at most MS until nothing is owed in CG; returns the milliseconds waited. A kernel
 * without the feature has nothing to wait for.
 */
static inline SW_UNUSED int mcg_wait_paid(const char *cg, int ms)
{
	int waited;

	for (waited = 0; waited < ms && mcg_debt(cg) > 0; waited += 10)
		sw_sleep_ms(10);
	return waited;
}

/* The number after KEY ("mcg.n=") on the kernel's command line, or FALLBACK. */
static inline SW_UNUSED long mcg_arg(const char *key, long fallback)
{
	char buf[4096], *p;

	if (sw_read("/proc/cmdline", buf, sizeof(buf)) < 0)
		return fallback;
	p = strstr(buf, key);
	return p ? strtol(p + strlen(key), NULL, 0) : fallback;
}

static inline SW_UNUSED void *mcg_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return p;
}

static inline SW_UNUSED void mcg_drop_caches(void)
{
	sync();
	sw_write("/proc/sys/vm/drop_caches", "3");
}

/*
 * Copy what is not zero of the first disk to the second: null_blk starts empty, and
 * there is no mkfs in here.
 */
static inline SW_UNUSED void mcg_copy_disk(const char *from, const char *to)
{
	static char buf[1 << 16], zero[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CLOEXEC);
	off_t pos = 0;
	ssize_t n;

	if (in < 0 || out < 0)
		ksft_exit_fail_msg("cannot copy %s to %s\n", from, to);
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (memcmp(buf, zero, (size_t)n) && pwrite(out, buf, (size_t)n, pos) != n)
			ksft_exit_fail_msg("%s: %s\n", to, strerror(errno));
		pos += n;
	}
	fsync(out);
	close(in);
	close(out);
}

static inline SW_UNUSED void mcg_remount(void)
{
	const char *disk = mcg_arg("mcg.null=", 0) ? "/dev/nullb0" : "/dev/vda";
	const char *type = mcg_arg("mcg.xfs=", 0) ? "xfs" : "ext4";

	umount(MCG_MNT);
	if (mount(disk, MCG_MNT, type, 0, NULL))
		ksft_exit_fail_msg("mount %s as %s: %s\n", disk, type, strerror(errno));
}

/*
 * Mount the disk's file system: mcg.null=1: on null_blk, mcg.xfs=1: XFS. And switch the
 * feature on, where there is one, unless mcg.defer=0.
 */
static inline SW_UNUSED void mcg_mount(void)
{
	sw_write(MCG_SWITCH, "%ld", mcg_arg("mcg.defer=", 1));
	if (mcg_arg("mcg.null=", 0))
		mcg_copy_disk("/dev/vda", "/dev/nullb0");
	mkdir(MCG_MNT, 0755);
	mcg_remount();
}

/*
 * A file of N extents of a block each; returns 0 or -errno. Their tree is in memory,
 * charged to the caller: mcg_remount() makes the next one who looks pay for it.
 */
static inline SW_UNUSED int mcg_extents(const char *path, unsigned int n)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600), ret = 0;
	unsigned int i;

	if (fd < 0)
		return -errno;
	for (i = 0; i < n && !ret; i++)
		if (fallocate(fd, 0, (off_t)(2 * i * MCG_PAGE), MCG_PAGE))
			ret = -errno;
	close(fd);
	return ret;
}

/* Memory of the caller that can't be reclaimed without swap, touched as it is. */
static inline SW_UNUSED char *mcg_fill(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return p;
}

/*
 * Memory of the caller's group that neither reclaim nor the OOM killer frees, without
 * swap; kept until the caller ends.
 */
static inline SW_UNUSED void mcg_fill_shmem(long bytes)
{
	int fd = memfd_create("fill", 0);

	if (fd < 0 || (bytes > 0 && fallocate(fd, 0, 0, bytes)))
		ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
}

/*
 * Give back what the CPUs have charged ahead for other groups: each keeps that for one
 * group at a time. After it usage is what is used.
 */
static inline SW_UNUSED void mcg_drain_stocks(void)
{
	int cpu, cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	mcg_make("drain");
	for (cpu = 0; cpu < cpus; cpu++) {
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (!pid) {
			sw_pin(0, cpu);
			mcg_enter("drain");
			mcg_fill(256 * MCG_PAGE);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/*
 * A task in CG, FULL bytes of which nothing frees; when go is set it does WHAT to PATH
 * (if there is one), tells, and stays until it is killed.
 */
struct mcg_job {
	volatile int filled, go, done;
};

static inline SW_UNUSED int mcg_truncate(const char *path)
{
	return truncate(path, 0);
}

static inline SW_UNUSED pid_t mcg_job_of(struct mcg_job *job, const char *cg, long full,
					 int (*what)(const char *path), const char *path)
{
	pid_t pid;

	job->filled = 0;
	job->go = 0;
	job->done = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		mcg_enter(cg);
		mcg_fill_shmem(full);
		job->filled = 1;
		while (!job->go)
			sw_sleep_ms(1);
		if (path && what(path))
			_exit(1);
		job->done = 1;
		for (;;)
			pause();
	}
	while (!job->filled)
		sw_sleep_ms(1);
	mcg_drain_stocks();
	return pid;
}

static inline SW_UNUSED pid_t mcg_job(struct mcg_job *job, const char *cg, long full,
				      const char *path)
{
	return mcg_job_of(job, cg, full, mcg_truncate, path);
}

/* Wait at most MS for job to be done, or for PID to die; true: done. */
static inline SW_UNUSED bool mcg_job_wait(struct mcg_job *job, unsigned int ms)
{
	while (!job->done && ms--)
		sw_sleep_ms(1);
	return job->done;
}

/* Kill PID and wait for it; one that can't die is left behind after a while. */
static inline SW_UNUSED void mcg_kill(pid_t pid)
{
	int i;

	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	for (i = 0; i < 10000; i++) {
		if (waitpid(pid, NULL, WNOHANG))
			return;
		sw_sleep_ms(1);
	}
}

static inline SW_UNUSED int mcg_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The value that PERCENT of the N samples are not above; sorts them. */
static inline SW_UNUSED uint64_t mcg_percentile(uint64_t *v, unsigned int n,
						unsigned int percent)
{
	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), mcg_compare);
	return v[((uint64_t)n * percent + 99) / 100 - (percent ? 1 : 0)];
}

#endif /* SW_MCG_H */
