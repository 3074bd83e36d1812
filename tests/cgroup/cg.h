/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cg.h - what the tests of rstat share: cgroups, tasks in them that use memory
 * and do io, and the values in their files.
 */
#ifndef SW_CG_H
#define SW_CG_H

#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sw.h"

#define CG_ROOT		"/sys/fs/cgroup"
#define CG_SPLIT	"/proc/sys/kernel/cgroup_rstat_split"
#define CG_TRACING	"/sys/kernel/tracing/"
#define CG_DISK		"/dev/ram0"
#define CG_PAGE		4096UL
#define CG_PATH		160

/* The number after KEY ("cg.n=") on the kernel's command line, or FALLBACK. */
static inline SW_UNUSED long cg_arg(const char *key, long fallback)
{
	char buf[4096], *p;

	if (sw_read("/proc/cmdline", buf, sizeof(buf)) < 0)
		return fallback;
	p = strstr(buf, key);
	return p ? strtol(p + strlen(key), NULL, 0) : fallback;
}

static inline SW_UNUSED void cg_mkdir(const char *cg)
{
	if (mkdir(cg, 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir %s: %s\n", cg, strerror(errno));
}

/* rmdir CG; the last task may still be on its way out. */
static inline SW_UNUSED int cg_rmdir(const char *cg)
{
	int i;

	for (i = 0; i < 2000; i++) {
		if (!rmdir(cg))
			return 0;
		if (errno != EBUSY)
			return -errno;
		sw_sleep_ms(1);
	}
	return -EBUSY;
}

/* Let the children of CG have memory and io statistics of their own. */
static inline SW_UNUSED void cg_control(const char *cg)
{
	char path[CG_PATH + 32];
	int err;

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", cg);
	err = sw_write(path, "+memory +io");
	if (err)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(-err));
}

/* Move the calling process to CG. */
static inline SW_UNUSED int cg_enter(const char *cg)
{
	char path[CG_PATH + 32];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg);
	return sw_write(path, "0");
}

/* Value of KEY in FILE of CG; 0 if the file has no such line. */
static inline SW_UNUSED long long cg_value(const char *cg, const char *file,
					   const char *key)
{
	char path[CG_PATH + 32];
	long long v;

	snprintf(path, sizeof(path), "%s/%s", cg, file);
	v = sw_read_key(path, key);
	return v == -ENOENT ? 0 : v;
}

/* Read FILE of CG and throw it away; returns how long that took, in ns. */
static inline SW_UNUSED uint64_t cg_time_read(const char *cg, const char *file)
{
	static __thread char buf[16384];
	char path[CG_PATH + 32];
	uint64_t begin;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", cg, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	begin = sw_now_ns();
	do
		n = read(fd, buf, sizeof(buf));
	while (n > 0);
	begin = sw_now_ns() - begin;
	close(fd);
	return begin;
}

/* Sum over all devices of "KEY=n" in io.stat of CG. */
static inline SW_UNUSED long long cg_io(const char *cg, const char *key)
{
	static char buf[65536];
	char path[CG_PATH + 32], word[32];
	long long sum = 0;
	char *p;

	snprintf(path, sizeof(path), "%s/io.stat", cg);
	if (sw_read(path, buf, sizeof(buf)) < 0)
		return -1;
	snprintf(word, sizeof(word), " %s=", key);
	for (p = buf; (p = strstr(p, word)); p += strlen(word))
		sum += strtoll(p + strlen(word), NULL, 10);
	return sum;
}

/* Touch N fresh pages, and give them back. */
static inline SW_UNUSED void cg_fault(unsigned int n)
{
	volatile char *p = mmap(NULL, n * CG_PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	for (i = 0; i < n; i++)
		p[i * CG_PAGE] = 1;
	munmap((void *)p, n * CG_PAGE);
}

static inline SW_UNUSED int cg_disk(void)
{
	int fd = open(CG_DISK, O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", CG_DISK, strerror(errno));
	return fd;
}

/* One write of a page to the RAM disk: one bio. */
static inline SW_UNUSED void cg_write_disk(int fd, unsigned int block)
{
	static char page[CG_PAGE] __attribute__((aligned(CG_PAGE)));

	if (pwrite(fd, page, CG_PAGE, (off_t)(block % 256) * (off_t)CG_PAGE) !=
	    (ssize_t)CG_PAGE)
		ksft_exit_fail_msg("%s: %s\n", CG_DISK, strerror(errno));
}

static inline SW_UNUSED void *cg_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return p;
}

static inline SW_UNUSED void cg_futex_wait(volatile unsigned int *word,
					   unsigned int value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static inline SW_UNUSED void cg_futex_wake(volatile unsigned int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

/*
 * Cgroups that are made dirty in rounds: a task in each leaf faults some pages
 * and writes a block, on each CPU, and waits for the next round.
 */
struct cg_shared_state {
	volatile unsigned int round;	/* futex */
	volatile unsigned int done;	/* tasks that are through with it */
	volatile unsigned int ready;
	volatile unsigned int free_run;	/* only fault, until 0 */
	volatile unsigned int stop;
	volatile unsigned long faults;	/* of the free run */
};

struct cg_herd {
	char top[32];
	unsigned int n;			/* leaves */
	unsigned int fan;		/* leaves a middle group */
	unsigned int cpus;
	unsigned int pages;
	pid_t *pid;
	struct cg_shared_state *s;
};

static inline SW_UNUSED void cg_herd_leaf(const struct cg_herd *h, unsigned int i,
					  char *path)
{
	snprintf(path, CG_PATH, "%s/a%u/b%u/c%u", h->top, i / (h->fan * h->fan),
		 i / h->fan % h->fan, i % h->fan);
}

static inline void cg_herd_task(struct cg_herd *h, unsigned int i)
{
	struct cg_shared_state *s = h->s;
	unsigned int seen = 0, cpu, n;
	char path[CG_PATH];
	int fd = cg_disk();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cg_herd_leaf(h, i, path);
	if (cg_enter(path))
		ksft_exit_fail_msg("enter %s: %s\n", path, strerror(errno));
	__atomic_add_fetch(&s->ready, 1, __ATOMIC_SEQ_CST);
	while (!s->stop) {
		cg_futex_wait(&s->round, seen);
		if (s->round == seen)
			continue;
		seen = s->round;
		if (s->free_run) {
			sw_pin(0, (int)(i % h->cpus));
			while (s->free_run) {
				for (n = 0; n < 8; n++)
					cg_fault(h->pages);
				__atomic_add_fetch(&s->faults, n * h->pages,
						   __ATOMIC_RELAXED);
			}
		} else {
			for (cpu = 0; cpu < h->cpus; cpu++) {
				sw_pin(0, (int)((cpu + i) % h->cpus));
				cg_fault(h->pages);
				cg_write_disk(fd, i);
			}
		}
		__atomic_add_fetch(&s->done, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

static inline SW_UNUSED void cg_herd_start(struct cg_herd *h)
{
	char path[CG_PATH];
	unsigned int i;

	/* Without a disk bail out here, once, not in each task. */
	close(cg_disk());
	h->s = cg_shared(sizeof(*h->s));
	h->pid = calloc(h->n, sizeof(*h->pid));
	h->fan = 2;
	while (h->fan * h->fan * h->fan < h->n)
		h->fan++;
	h->cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	cg_mkdir(h->top);
	cg_control(h->top);
	for (i = 0; i < h->n; i++) {
		if (i % (h->fan * h->fan) == 0) {
			snprintf(path, sizeof(path), "%s/a%u", h->top,
				 i / (h->fan * h->fan));
			cg_mkdir(path);
			cg_control(path);
		}
		if (i % h->fan == 0) {
			snprintf(path, sizeof(path), "%s/a%u/b%u", h->top,
				 i / (h->fan * h->fan), i / h->fan % h->fan);
			cg_mkdir(path);
			cg_control(path);
		}
		cg_herd_leaf(h, i, path);
		cg_mkdir(path);
		h->pid[i] = fork();
		if (h->pid[i] < 0)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
		if (!h->pid[i])
			cg_herd_task(h, i);
	}
	while (h->s->ready < h->n)
		sw_sleep_ms(5);
}

/* One round: all leaves dirty on all CPUs. */
static inline SW_UNUSED void cg_herd_round(struct cg_herd *h)
{
	h->s->done = 0;
	__atomic_add_fetch(&h->s->round, 1, __ATOMIC_SEQ_CST);
	cg_futex_wake(&h->s->round);
	while (h->s->done < h->n)
		sw_sleep_ms(2);
}

/* Fault in all leaves for MS milliseconds; returns pages a second. */
static inline SW_UNUSED double cg_herd_run(struct cg_herd *h, unsigned int ms)
{
	unsigned long before;
	uint64_t begin;
	double rate;

	h->s->done = 0;
	h->s->free_run = 1;
	__atomic_add_fetch(&h->s->round, 1, __ATOMIC_SEQ_CST);
	cg_futex_wake(&h->s->round);
	sw_sleep_ms(ms / 4);
	before = h->s->faults;
	begin = sw_now_ns();
	sw_sleep_ms(ms);
	rate = (double)(h->s->faults - before) * 1e9 / (double)(sw_now_ns() - begin);
	h->s->free_run = 0;
	while (h->s->done < h->n)
		sw_sleep_ms(2);
	return rate;
}

/* End the tasks and remove the cgroups, but for the top. */
static inline SW_UNUSED void cg_herd_stop(struct cg_herd *h)
{
	char path[CG_PATH];
	unsigned int i;

	for (i = 0; i < h->n; i++)
		kill(h->pid[i], SIGKILL);
	for (i = 0; i < h->n; i++)
		waitpid(h->pid[i], NULL, 0);
	for (i = 0; i < h->n; i++) {
		cg_herd_leaf(h, i, path);
		cg_rmdir(path);
		*strrchr(path, '/') = '\0';
		if (i % h->fan == h->fan - 1 || i == h->n - 1)
			cg_rmdir(path);
		*strrchr(path, '/') = '\0';
		if (i % (h->fan * h->fan) == h->fan * h->fan - 1 || i == h->n - 1)
			cg_rmdir(path);
	}
}

static inline SW_UNUSED int cg_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The value that PERCENT of the N sorted samples are not above. */
static inline SW_UNUSED uint64_t cg_percentile(uint64_t *v, unsigned int n,
					       unsigned int percent)
{
	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), cg_compare);
	return v[(uint64_t)(n - 1) * percent / 100];
}

/*
 * How many lines of the trace buffer contain both texts. The buffer is read as
 * it is: turn tracing off first.
 */
static inline SW_UNUSED unsigned int cg_trace_count(const char *a, const char *b)
{
	FILE *f = fopen(CG_TRACING "trace", "re");
	unsigned int n = 0;
	char line[1024];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		n += strstr(line, a) && strstr(line, b);
	fclose(f);
	return n;
}

/* Id of CG as trace events show it, with a blank on both sides: " id=7 ". */
static inline SW_UNUSED const char *cg_trace_id(const char *cg)
{
	static __thread char text[32];
	struct stat st;

	if (stat(cg, &st))
		ksft_exit_fail_msg("stat %s: %s\n", cg, strerror(errno));
	snprintf(text, sizeof(text), " id=%llu ", (unsigned long long)st.st_ino);
	return text;
}

/* As cg_trace_count(), of the lines recorded with interrupts off. */
static inline SW_UNUSED unsigned int cg_trace_irqs_off(const char *a, const char *b)
{
	FILE *f = fopen(CG_TRACING "trace", "re");
	unsigned int n = 0;
	char line[1024], *p;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		/* task-pid [cpu] flags time: event, where flag 1 is about interrupts */
		p = strstr(line, "] ");
		if (p && (p[2] == 'd' || p[2] == 'D'))
			n += strstr(line, a) && strstr(line, b);
	}
	fclose(f);
	return n;
}

/* Turn on the trace event NAME ("cgroup/x") with an empty buffer. */
static inline SW_UNUSED int cg_trace_begin(const char *name)
{
	int fd = open(CG_TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);
	char path[128];

	if (fd >= 0)
		close(fd);
	snprintf(path, sizeof(path), CG_TRACING "events/%s/enable", name);
	return sw_write(path, "1");
}

static inline SW_UNUSED void cg_trace_end(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), CG_TRACING "events/%s/enable", name);
	sw_write(path, "0");
}

/*
 * Let the irqsoff tracer find the longest stretch with interrupts off, without a
 * record of the functions called in it, which would take most of the time.
 */
static inline SW_UNUSED int cg_irqsoff_begin(void)
{
	sw_write(CG_TRACING "options/function-trace", "0");
	return sw_write(CG_TRACING "current_tracer", "irqsoff");
}

static inline SW_UNUSED void cg_irqsoff_arm(void)
{
	sw_write(CG_TRACING "tracing_max_latency", "0");
	sw_write(CG_TRACING "tracing_on", "1");
}

/* That stretch since cg_irqsoff_arm(), in us. */
static inline SW_UNUSED long long cg_irqsoff_us(void)
{
	sw_write(CG_TRACING "tracing_on", "0");
	return sw_must_read_ll(CG_TRACING "tracing_max_latency");
}

static inline SW_UNUSED void cg_irqsoff_end(void)
{
	sw_write(CG_TRACING "current_tracer", "nop");
	sw_write(CG_TRACING "tracing_on", "1");
}

#endif /* SW_CG_H */
