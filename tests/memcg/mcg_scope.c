// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_scope - charges in sections that hold what others wait for: forced, counted,
 * bounded, paid for, and switched off.
 */
#include <linux/io_uring.h>
#include <sys/syscall.h>

#include "mcg.h"

#define FULL	(16 * MCG_MIB)
#define ROOM	(64L << 10)
#define EXTENTS	12000		/* 36 blocks of the extent tree, with pages of 4 KiB */
#define TRACING	"/sys/kernel/tracing/"

static struct mcg_job *job;
static const char *big = MCG_MNT "/big";

/* Others use the file system, too: there is a commit every few milliseconds. */
static pid_t others(void)
{
	unsigned int i;
	pid_t pid;
	int fd;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	fd = open(MCG_MNT "/others", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	for (i = 0; ; i++) {
		if (pwrite(fd, &i, sizeof(i), (off_t)(i % 16 * MCG_PAGE)) < 0 || fsync(fd))
			_exit(1);
		sw_sleep_ms(20);
	}
}

static long page_bytes(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Each block of the tree takes a page: as many bytes with larger ones. */
static int new_extents(void)
{
	return mcg_extents(big, (unsigned int)(EXTENTS * MCG_PAGE / (unsigned long)page_bytes()));
}

static void new_file(void)
{
	int err = new_extents();

	if (err)
		ksft_exit_fail_msg("%s: %s\n", big, strerror(-err));
	mcg_remount();
}

/* Let CG, full as it is, have MORE bytes; returns the limit. */
static long squeeze(const char *cg, long more)
{
	long limit = (long)mcg_usage(cg) + more;

	mcg_limit(cg, limit);
	return limit / page_bytes() * page_bytes();
}

/* Nobody may kill PID for want of memory. */
static void spare(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	sw_write(path, "-1000");
}

static void finish(pid_t pid, const char *cg)
{
	mcg_limit(cg, -1);
	mcg_kill(pid);
	mcg_remove(cg);
}

/* What the root of the rules in the documentation allows CG with LIMIT. */
static long allowance(long limit)
{
	long own = limit / 128, least = limit / 8, root;

	if (least > 4 * (long)MCG_MIB)
		least = 4 * MCG_MIB;
	if (own < least)
		own = least;
	root = sysconf(_SC_PHYS_PAGES) / 128 / 4 * page_bytes();
	return own < root ? own : root;
}

/* A truncate at the limit: forced, and paid for when it is back in user mode. */
static void test_forced_and_paid(void)
{
	long long most = 0, usage, debt = 0;
	pid_t pid, other;
	long limit;
	int i;

	new_file();
	mcg_make("forced");
	other = others();
	pid = mcg_job(job, "forced", FULL, big);
	limit = squeeze("forced", ROOM);
	sw_write(TRACING "events/memcg_defer/enable", "1");
	job->go = 1;
	for (i = 0; i < 20000 && !job->done; i++) {
		usage = mcg_usage("forced");
		most = usage > most ? usage : most;
		usleep(500);
	}
	debt = mcg_debt("forced");
	usage = mcg_usage("forced");
	sw_write(TRACING "events/memcg_defer/enable", "0");
	ksft_print_msg("done %d, defer %lld, denied %lld, debt %lld, at most %lld KiB over the limit, then %lld\n",
		       job->done, mcg_event("forced", "defer"),
		       mcg_event("forced", "defer_denied"), debt,
		       (most - limit) >> 10, (usage - limit) >> 10);
	ksft_test_result(job->done, "a truncate at the limit comes to its end\n");
	ksft_test_result(mcg_event("forced", "defer") > 0, "its charges are forced and counted\n");
	ksft_test_result(job->done && !debt, "nothing is owed in user mode\n");
	ksft_test_result(job->done && usage <= limit, "usage is below the limit in user mode\n");
	ksft_test_result(job->done && most <= limit + allowance(limit),
			 "usage is above the limit by no more than the allowance\n");
	mcg_kill(other);
	finish(pid, "forced");
}

static unsigned int trace_lines(const char *a, const char *b)
{
	FILE *f = fopen(TRACING "trace", "re");
	unsigned int n = 0;
	char line[1024];

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, a) && strstr(line, b);
	if (f)
		fclose(f);
	return n;
}

/* Nobody else uses the file system: it is committed every 5 s, and not written at once. */
static void test_quiet(void)
{
	pid_t pid;

	new_file();
	mcg_make("quiet");
	pid = mcg_job(job, "quiet", FULL, big);
	squeeze("quiet", ROOM);
	job->go = 1;
	mcg_job_wait(job, 20000);
	ksft_print_msg("done %d, defer %lld, denied %lld, debt %lld, OOM kills %lld\n",
		       job->done, mcg_event("quiet", "defer"),
		       mcg_event("quiet", "defer_denied"), mcg_debt("quiet"),
		       mcg_event("quiet", "oom_kill"));
	ksft_test_result(job->done && !mcg_debt("quiet") && mcg_event("quiet", "oom_kill") < 1,
			 "with nobody else on the file system it pays, too\n");
	finish(pid, "quiet");
}

/*
 * Metadata in one transaction, committed and written: nothing but the checkpoint list of
 * the journal still needs it. On one CPU, since others may have pages in their batches.
 */
static void test_written(void)
{
	const char *key = mcg_v2() ? "file" : "cache";
	long long before, after;
	cpu_set_t all;
	pid_t pid;
	int i;

	sched_getaffinity(0, sizeof(all), &all);
	sw_pin(0, 0);
	mcg_remount();
	mount(NULL, MCG_MNT, NULL, MS_REMOUNT, "commit=600");
	mcg_make("written");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		mcg_enter("written");
		_exit(mcg_extents(big, EXTENTS) ? 1 : 0);
	}
	waitpid(pid, NULL, 0);
	sync();
	before = sw_read_key(mcg_path("written", "memory.stat"), key);
	for (i = 0; i < 5; i++)
		mcg_reclaim("written");
	after = sw_read_key(mcg_path("written", "memory.stat"), key);
	ksft_print_msg("page cache %lld KiB, after reclaim %lld\n", before >> 10, after >> 10);
	ksft_test_result(before > 100 << 10 && after >= 0 && after <= before / 4,
			 "written metadata can be reclaimed\n");
	unlink(big);
	mcg_remove("written");
	mcg_remount();
	sched_setaffinity(0, sizeof(all), &all);
}

static void test_trace(void)
{
	ksft_test_result(trace_lines("memcg_defer_charge: ", " pages=") > 0 &&
			 trace_lines("memcg_defer_settle: ", " result=done") > 0,
			 "charges and payment are traced\n");
}

/* How often a charge in CG met its limit. */
static long long limit_met(const char *cg)
{
	if (mcg_v2())
		return mcg_event(cg, "max");
	return sw_must_read_ll(mcg_path(cg, "memory.failcnt"));
}

/*
 * How many charges a truncate in CG forces, and how many find no credit. -1: it never met
 * the limit.
 */
static long long forced_now(const char *cg, long long *denied)
{
	long long before = mcg_event(cg, "defer"), met;
	pid_t pid;
	int i;

	new_file();
	pid = mcg_job(job, cg, FULL, big);
	squeeze(cg, ROOM);
	*denied = mcg_event(cg, "defer_denied");
	met = limit_met(cg);
	job->go = 1;
	for (i = 0; i < 500 && limit_met(cg) == met; i++)
		mcg_job_wait(job, 10);
	mcg_job_wait(job, 300);
	met = limit_met(cg) - met;
	/* It may well hang without credit. */
	mcg_limit(cg, -1);
	mcg_job_wait(job, 10000);
	*denied = mcg_event(cg, "defer_denied") - *denied;
	mcg_kill(pid);
	return met > 0 ? mcg_event(cg, "defer") - before : -1;
}

static void test_switch(void)
{
	long long denied, n;

	mcg_make("off");
	if (sw_write(MCG_SWITCH, "0")) {
		ksft_test_result_fail("switched off nothing is forced\n");
		mcg_remove("off");
		return;
	}
	n = forced_now("off", &denied);
	sw_write(MCG_SWITCH, "1");
	ksft_print_msg("switched off: %lld forced, %lld denied\n", n, denied);
	ksft_test_result(!n && !denied, "switched off nothing is forced\n");
	mcg_remove("off");
}

static const char *knob(const char *cg)
{
	return mcg_path(cg, mcg_v2() ? "memory.defer.max" : "memory.defer_limit_in_bytes");
}

static bool knob_reads(const char *cg, const char *want)
{
	char buf[64];

	return sw_read(knob(cg), buf, sizeof(buf)) > 0 && !strcmp(buf, want);
}

static void test_knob(void)
{
	long long denied, n;
	bool ok;

	mcg_make("knob");
	mcg_make("knob/sub");
	ok = knob_reads("knob", "auto\n") && !sw_write(knob("knob"), "64K") &&
	     knob_reads("knob", "65536\n") && sw_write(knob("knob"), "x") == -EINVAL &&
	     sw_write(knob("knob"), "-1") == -EINVAL && knob_reads("knob", "65536\n") &&
	     !sw_write(knob("knob"), "auto") && knob_reads("knob", "auto\n");
	ksft_test_result(ok, "the allowance takes bytes or auto, and nothing else\n");
	ok = !sw_write(knob("knob"), "0");
	n = forced_now("knob/sub", &denied);
	ksft_print_msg("none allowed above: %lld forced, %lld denied\n", n, denied);
	ksft_test_result(ok && !n && denied > 0, "an allowance of 0 holds below, too\n");
	mcg_remove("knob/sub");
	mcg_remove("knob");
}

/* 64 KiB allowed, and a truncate that needs ten times that. */
static void test_bound(void)
{
	long long debt, most = 0;
	int i, err;
	pid_t pid;

	err = mcg_extents(big, 24000);
	if (err)
		ksft_exit_fail_msg("%s: %s\n", big, strerror(-err));
	mcg_remount();
	mcg_make("bound");
	sw_write(knob("bound"), "64K");
	pid = mcg_job(job, "bound", FULL, big);
	squeeze("bound", ROOM);
	job->go = 1;
	for (i = 0; i < 2000 && !job->done; i++) {
		debt = mcg_debt("bound");
		most = debt > most ? debt : most;
		usleep(200);
	}
	ksft_print_msg("defer %lld, denied %lld, debt at most %lld\n",
		       mcg_event("bound", "defer"), mcg_event("bound", "defer_denied"), most);
	/* One task may owe half of it. */
	ksft_test_result(most > 0 && most <= 32 << 10 && mcg_event("bound", "defer_denied") > 0,
			 "a task owes no more than its part of the allowance\n");
	mcg_limit("bound", -1);
	mcg_job_wait(job, 10000);
	finish(pid, "bound");
}

static long long wait_event(const char *cg, const char *key, long long more_than)
{
	int i;

	for (i = 0; i < 2000 && mcg_event(cg, key) <= more_than; i++)
		sw_sleep_ms(10);
	return mcg_event(cg, key);
}

/* Wait until CG owes nothing; returns how often payment has failed there. */
static long long failed_payments(const char *cg)
{
	mcg_wait_paid(cg, 20000);
	return mcg_event(cg, "defer_failed");
}

/*
 * Children and parent are full. The first child that can't pay brings the parent into
 * default, too: the others get no credit there.
 */
static void test_default_above(void)
{
	static const char * const kids[] = { "above/k0", "above/k1", "above/k2" };
	pid_t pid[3];
	char leaf[64];
	long long forced, failed;
	int i;

	mcg_make("above");
	for (i = 0; i < 3; i++) {
		mcg_make(kids[i]);
		snprintf(leaf, sizeof(leaf), "%s/t", kids[i]);
		mcg_make(leaf);
		pid[i] = mcg_job(job, leaf, FULL / 4, NULL);
		spare(pid[i]);
	}
	for (i = 0; i < 3; i++)
		squeeze(kids[i], 0);
	squeeze("above", 0);
	mcg_make_children(kids[0], 0, 1);
	failed = wait_event("above", "defer_failed", 0);
	forced = mcg_event("above", "defer");
	for (i = 1; i < 3; i++)
		mcg_make_children(kids[i], 0, 1);
	ksft_print_msg("defer %lld, then %lld, failed %lld\n", forced,
		       mcg_event("above", "defer"), failed);
	ksft_test_result(failed == 1 && forced > 0 && mcg_event("above", "defer") == forced,
			 "who can't pay brings those above into default\n");
	mcg_limit("above", -1);
	for (i = 0; i < 3; i++) {
		snprintf(leaf, sizeof(leaf), "%s/t", kids[i]);
		mcg_limit(kids[i], -1);
		mcg_remove_children(kids[i], 1);
		finish(pid[i], leaf);
		mcg_remove(kids[i]);
	}
	mcg_remove("above");
}

/* Nobody can be killed: credit ends, and comes back with room. */
static void test_default(void)
{
	long long over, failed, denied, forced;
	int made = 0, next;
	uint64_t begin;
	long limit;
	pid_t pid;

	mcg_make("default");
	mcg_make("default/t");	/* with controllers on below, tasks are in the leaves */
	pid = mcg_job(job, "default/t", FULL, NULL);
	spare(pid);
	limit = squeeze("default", 0);
	begin = sw_now_ns();
	made += mcg_make_children("default", 1, 1);
	begin = sw_now_ns() - begin;
	/* A worker pays. It may find one large page to free; then the next child is too much. */
	for (next = 2; !failed_payments("default") && next < 8; next++)
		made += mcg_make_children("default", next, 1);
	over = mcg_usage("default") - limit;
	failed = mcg_event("default", "defer_failed");
	denied = mcg_event("default", "defer_denied");
	forced = mcg_event("default", "defer");
	mcg_make_children("default", 8, 1);
	ksft_print_msg("%d made, the first in %.0f ms, defer %lld, failed %lld, %lld KiB over the limit, debt %lld\n",
		       made, (double)begin / 1e6, forced, failed, over >> 10, mcg_debt("default"));
	ksft_test_result(failed == 1 && !mcg_debt("default") && over <= allowance(limit),
			 "who can't pay is in default\n");
	ksft_test_result(forced > 0 && mcg_event("default", "defer") == forced &&
			 mcg_event("default", "defer_denied") > denied,
			 "and gets no credit\n");
	mcg_limit("default", -1);
	mcg_remove_children("default", 9);
	sw_sleep_ms(200);
	mcg_drain_stocks();
	squeeze("default", 0);
	mcg_make_children("default", 9, 1);
	ksft_test_result(forced > 0 && mcg_event("default", "defer") > forced,
			 "until there was room again\n");
	mcg_limit("default", -1);
	mcg_remove_children("default", 10);
	finish(pid, "default/t");
	mcg_remove("default");
}

/* The OOM killer acts where the debt is paid, for all of the group if it says so. */
static void test_oom_group(void)
{
	struct mcg_job *second = mcg_shared(sizeof(*second));
	pid_t pid[2];
	int i, dead = 0;

	if (!mcg_v2()) {
		ksft_test_result_skip("the OOM killer is called at payment\n");
		return;
	}
	mcg_make("group");
	mcg_make("group/t");
	sw_write(mcg_path("group", "memory.oom.group"), "1");
	pid[0] = mcg_job(job, "group/t", FULL, NULL);
	pid[1] = mcg_job(second, "group/t", MCG_PAGE, NULL);
	squeeze("group", 0);
	mcg_make_children("group", 0, 1);
	for (i = 0; i < 20000 && dead < 2; i++) {
		if (pid[0] && waitpid(pid[0], NULL, WNOHANG) == pid[0])
			pid[0] = 0, dead++;
		if (pid[1] && waitpid(pid[1], NULL, WNOHANG) == pid[1])
			pid[1] = 0, dead++;
		sw_sleep_ms(1);
	}
	ksft_print_msg("dead %d, defer %lld, oom_kill %lld\n", dead,
		       mcg_event("group", "defer"), mcg_event("group", "oom_kill"));
	ksft_test_result(dead == 2 && mcg_event("group", "defer") > 0 &&
			 mcg_event("group", "oom_group_kill") == 1,
			 "the OOM killer is called at payment\n");
	mcg_limit("group", -1);
	mcg_kill(pid[0]);
	mcg_kill(pid[1]);
	mcg_remove_children("group", 1);
	mcg_remove("group/t");
	mcg_remove("group");
}

/* v1, oom_control: tasks of the group wait for user space, an outsider does not. */
static void test_oom_control(void)
{
	uint64_t begin;
	pid_t pid, agent;

	if (mcg_v2()) {
		ksft_test_result_skip("with oom_control an outsider is not held up\n");
		return;
	}
	mcg_make("control");
	pid = mcg_job(job, "control", FULL, NULL);
	sw_write(mcg_path("control", "memory.oom_control"), "1");
	squeeze("control", 0);
	begin = sw_now_ns();
	fflush(stdout);
	agent = fork();
	if (!agent) {
		mcg_make_children("control", 0, 1);
		_exit(0);
	}
	/* What 16 passes, 50 ms apart, take, it must not. */
	while (!waitpid(agent, NULL, WNOHANG) && sw_now_ns() - begin < 750000000ULL)
		sw_sleep_ms(1);
	ksft_print_msg("mkdir took %.1f s, defer %lld\n",
		       (double)(sw_now_ns() - begin) / 1e9, mcg_event("control", "defer"));
	ksft_test_result(sw_now_ns() - begin < 750000000ULL &&
			 mcg_event("control", "defer") > 0,
			 "with oom_control an outsider is not held up\n");
	mcg_limit("control", -1);
	mcg_remove_children("control", 1);
	finish(pid, "control");
}

/* Not in each libc's header. */
#define MCG_OP_FTRUNCATE 55

/* Truncate PATH in a worker of io_uring, which never goes to user mode. */
static int uring_truncate(const char *path)
{
	struct io_uring_params p = { 0 };
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int *tail;
	char *ring;
	int fd, file;

	fd = (int)syscall(SYS_io_uring_setup, 1, &p);
	file = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || file < 0 || !(p.features & IORING_FEAT_SINGLE_MMAP))
		return -1;
	ring = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe) + MCG_PAGE,
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   IORING_OFF_SQES);
	if (ring == MAP_FAILED || (void *)sqe == MAP_FAILED)
		return -1;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = MCG_OP_FTRUNCATE;
	sqe->flags = IOSQE_ASYNC;
	sqe->fd = file;
	*(unsigned int *)(ring + p.sq_off.array) = 0;
	tail = (unsigned int *)(ring + p.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	cqe = (struct io_uring_cqe *)(ring + p.cq_off.cqes);
	return cqe->res;
}

static void test_uring(void)
{
	pid_t pid, other;
	int waited;

	new_file();
	mcg_make("uring");
	other = others();
	pid = mcg_job_of(job, "uring", FULL, uring_truncate, big);
	squeeze("uring", ROOM);
	job->go = 1;
	mcg_job_wait(job, 20000);
	waited = mcg_wait_paid("uring", 15000);
	ksft_print_msg("done %d, defer %lld, denied %lld, debt %lld after %d ms\n", job->done,
		       mcg_event("uring", "defer"), mcg_event("uring", "defer_denied"),
		       mcg_debt("uring"), waited);
	ksft_test_result(job->done && mcg_event("uring", "defer") > 0 && !mcg_debt("uring"),
			 "a worker pays for what a worker of io_uring owes\n");
	mcg_kill(other);
	finish(pid, "uring");
}

/* Small truncates in many tasks, that are killed at any moment. */
static void storm_task(const char *cg, int id)
{
	char name[64];
	int i;

	mcg_enter(cg);
	snprintf(name, sizeof(name), MCG_MNT "/s%d", id);
	for (i = 0; ; i++) {
		mcg_extents(name, 1000);
		truncate(name, 0);
	}
}

/* Keeps CG at its limit with pages that are easy to reclaim: reads the disk. */
static void reader(const char *cg)
{
	static char buf[1 << 16];
	int fd = open("/dev/vda", O_RDONLY | O_CLOEXEC);

	mcg_enter(cg);
	for (;;)
		if (read(fd, buf, sizeof(buf)) <= 0)
			lseek(fd, 0, SEEK_SET);
}

/* Groups of one limit, killed tasks: what is owed is within it, and ends at none. */
static void test_storm(void)
{
	long long debt, most = 0, sum = 0, usage;
	char cg[4][32];
	pid_t full, disk, pid[8] = { 0 };
	unsigned int i, n = 0;
	long limit;
	uint64_t end;

	mcg_make("storm");
	for (i = 0; i < 4; i++) {
		snprintf(cg[i], sizeof(cg[i]), "storm/g%u", i);
		mcg_make(cg[i]);
	}
	full = mcg_job(job, cg[0], FULL, NULL);
	limit = squeeze("storm", 4 * MCG_MIB);
	fflush(stdout);
	disk = fork();
	if (!disk)
		reader(cg[3]);
	/* Kills are many: without their details, but with each warning. */
	sw_write("/proc/sys/kernel/printk", "5");
	end = sw_now_ns() + 10000000000ULL;
	while (sw_now_ns() < end) {
		i = n % 8;
		if (n % 4 == 0 || !pid[i]) {
			if (pid[i]) {
				kill(pid[i], SIGKILL);
				waitpid(pid[i], NULL, 0);
			}
			fflush(stdout);
			pid[i] = fork();
			if (!pid[i])
				storm_task(cg[i % 4], (int)i);
		}
		debt = mcg_debt("storm");
		most = debt > most ? debt : most;
		usage = mcg_usage("storm");
		sum += usage;
		n++;
		usleep(3000);
	}
	for (i = 0; i < 8; i++)
		mcg_kill(pid[i]);
	mcg_kill(disk);
	mcg_wait_paid("storm", 15000);
	ksft_print_msg("defer %lld, denied %lld, failed %lld, debt at most %lld KiB, then %lld, usage on average %lld KiB below the limit\n",
		       mcg_event("storm", "defer"), mcg_event("storm", "defer_denied"),
		       mcg_event("storm", "defer_failed"), most >> 10, mcg_debt("storm"),
		       (limit - sum / n) >> 10);
	ksft_test_result(mcg_event("storm", "defer") > 0 && most <= allowance(limit),
			 "children of one limit owe no more than it allows\n");
	ksft_test_result(!mcg_debt("storm"), "killed tasks leave no debt\n");
	ksft_test_result(mcg_event("storm", "defer") > 0 && sum / n <= limit,
			 "who lives on credit is on average below the limit\n");
	mcg_limit("storm", -1);
	mcg_kill(full);
	for (i = 0, n = 0; i < 4; i++)
		n += mcg_remove(cg[i]) != 0;
	ksft_test_result(!n && !mcg_remove("storm"), "the groups can be removed\n");
}

/* Make a task of "stopped" owe, and stop it then; what it owes, 0 if it was too late. */
static long long stop_debtor(pid_t *pid)
{
	long long debt;
	int i, status;

	new_file();
	*pid = mcg_job(job, "stopped", FULL, big);
	squeeze("stopped", ROOM);
	job->go = 1;
	for (i = 0; i < 20000 && !job->done && mcg_debt("stopped") <= 0; i++)
		usleep(200);
	kill(*pid, SIGSTOP);
	for (i = 0; i < 1000; i++) {
		if (waitpid(*pid, &status, WUNTRACED | WNOHANG) == *pid)
			break;
		sw_sleep_ms(10);
	}
	debt = mcg_debt("stopped");
	return debt > 0 ? debt : 0;
}

/* A signal that stops comes before payment: nobody is charged for that, or waits. */
static void test_stopped(void)
{
	long long debt = 0, then;
	pid_t pid;
	int i;

	mcg_make("stopped");
	if (mcg_debt("stopped") < 0) {
		ksft_test_result_fail("a stopped task keeps what it owes\n");
		ksft_test_result_fail("and pays once it goes on\n");
		mcg_remove("stopped");
		return;
	}
	for (i = 0; i < 5; i++) {
		debt = stop_debtor(&pid);
		if (debt || i == 4)
			break;
		mcg_limit("stopped", -1);
		mcg_kill(pid);
	}
	sw_sleep_ms(500);
	then = mcg_debt("stopped");
	ksft_print_msg("try %d: a stopped task owes %lld bytes, then %lld\n", i + 1, debt, then);
	ksft_test_result(debt && then == debt, "a stopped task keeps what it owes\n");
	kill(pid, SIGCONT);
	mcg_wait_paid("stopped", 15000);
	ksft_test_result(debt && !mcg_debt("stopped"), "and pays once it goes on\n");
	finish(pid, "stopped");
}

int main(void)
{
	char line[8192];
	int kmsg;

	ksft_print_header();
	ksft_set_plan(27);
	kmsg = sw_kmsg_open();
	job = mcg_shared(sizeof(*job));
	mcg_mount();
	test_forced_and_paid();
	test_quiet();
	test_written();
	test_trace();
	test_switch();
	test_knob();
	test_bound();
	test_default();
	test_default_above();
	test_oom_group();
	test_oom_control();
	test_uring();
	test_stopped();
	test_storm();
	ksft_test_result(!umount(MCG_MNT), "the file system can be unmounted\n");
	ksft_test_result(!sw_kmsg_find(kmsg, "WARNING:", line, sizeof(line)),
			 "no warning in the log\n");
	ksft_finished();
}
