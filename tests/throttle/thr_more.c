// SPDX-License-Identifier: GPL-2.0
/*
 * thr_more - what waits for a task that waits for CPU quota (exec, core dump, a PI
 * mutex), threads that never go to user mode (io_uring), changes of cpuset partitions,
 * and what the kernel tells of deferred throttling.
 *
 * As in thr_events, "at once" is a quarter of the period in which the group has
 * its quota.
 */
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "thr.h"

#define QUOTA_US	1000
#define PERIOD_US	1000000
#define AT_ONCE_MS	(PERIOD_US / 1000 / 4)
#define CG		"more"
#define THREADS		CG "/threads"
#define TELL		"tell"	/* warned about once a minute */
#define PART		"part"
#define TRACING		"/sys/kernel/tracing/"

/* What a process with a parked thread shares with the tester. */
struct shared {
	volatile uint64_t loops;	/* of the thread */
	volatile pid_t tid;
	volatile int go;
	volatile uint64_t begin, end;
	pthread_mutex_t mutex;
};

static struct shared *sh;

static void *spin_thread(void *arg)
{
	(void)arg;
	sw_pin(0, 1);
	sh->tid = (pid_t)syscall(SYS_gettid);
	for (;;)
		sh->loops++;
	return NULL;
}

/* Let one thread be in a group that its process is not in. */
static void thread_group_make(void)
{
	thr_make(CG);
	if (thr_v2() && mkdir(thr_path(THREADS, ""), 0755) && errno != EEXIST)
		ksft_exit_fail_msg("mkdir %s: %s\n", THREADS, strerror(errno));
	if (thr_v2()) {
		if (sw_write(thr_path(THREADS, "cgroup.type"), "threaded"))
			ksft_exit_fail_msg("no threaded group\n");
		thr_enable(CG);
	} else {
		thr_make(THREADS);
	}
}

/*
 * A process whose second thread is held back, while its first waits for sh->go and
 * then calls END.
 */
static pid_t process_with_parked_thread(void (*end)(void))
{
	uint64_t loops;
	pthread_t t;
	pid_t pid;
	int i;

	memset((void *)sh, 0, sizeof(*sh));
	thr_quota(THREADS, QUOTA_US, PERIOD_US);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		thr_move(CG, 0);
		pthread_create(&t, NULL, spin_thread, NULL);
		while (!sh->go)
			usleep(1000);
		sh->begin = sw_now_ns();
		end();
		_exit(1);
	}
	while (!sh->tid)
		usleep(1000);
	if (sw_write(thr_path(THREADS, thr_v2() ? "cgroup.threads" : "tasks"), "%d", sh->tid))
		ksft_exit_fail_msg("cannot move a thread: %s\n", strerror(errno));
	/* Right after it had its turn, so that most of the period is to come. */
	sw_sleep_ms(1200);
	loops = sh->loops;
	for (i = 0; i < 3000 && sh->loops == loops; i++)
		sw_sleep_ms(1);
	sw_sleep_ms(50);
	return pid;
}

static void end_exec(void)
{
	char *argv[] = { (char *)"thr_more", (char *)"--exec", NULL };

	execv("/proc/self/exe", argv);
}

static void end_dump(void)
{
	abort();
}

static bool exec_worked(int status)
{
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool dumped(int status)
{
	return WIFSIGNALED(status) && WCOREDUMP(status);
}

static void test_end(const char *what, void (*end)(void), bool (*ended_well)(int status))
{
	pid_t pid = process_with_parked_thread(end);
	uint64_t begin, ms, loops = sh->loops;
	bool parked;
	int status;

	sw_sleep_ms(20);
	parked = sh->loops == loops;
	begin = sw_now_ns();
	sh->go = 1;
	waitpid(pid, &status, 0);
	ms = (sw_now_ns() - begin) / 1000000;
	ksft_print_msg("%s took %llu ms, thread held back: %d, status 0x%x\n", what,
		       (unsigned long long)ms, parked, (unsigned int)status);
	thr_deferred_result(parked && ended_well(status) && ms <= AT_ONCE_MS,
			    "%s does not wait for a thread without quota\n", what);
	thr_quota(THREADS, 0, PERIOD_US);
}

/* A real-time task that wants a PI mutex makes its holder run. */
static void test_pi(void)
{
	pthread_mutexattr_t attr;
	struct timespec t;
	uint64_t begin;
	pid_t pid;
	int ret;

	memset((void *)sh, 0, sizeof(*sh));
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&sh->mutex, &attr);
	thr_quota(CG, QUOTA_US, PERIOD_US);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		sw_pin(0, 1);
		pthread_mutex_lock(&sh->mutex);
		thr_move(CG, 0);
		while (!sh->go)
			sh->loops++;
		pthread_mutex_unlock(&sh->mutex);
		_exit(0);
	}
	sw_sleep_ms(1500);
	sh->go = 1;
	sw_set_fifo(0, 10);
	begin = sw_now_ns();
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 5;
	ret = pthread_mutex_timedlock(&sh->mutex, &t);
	sw_set_fifo(0, 0);
	ksft_print_msg("lock: %d after %llu ms\n", ret,
		       (unsigned long long)(sw_now_ns() - begin) / 1000000);
	ksft_test_result(!ret && (sw_now_ns() - begin) / 1000000 <= AT_ONCE_MS,
			 "the holder of a PI mutex runs for a real-time task\n");
	if (!ret)
		pthread_mutex_unlock(&sh->mutex);
	thr_quota(CG, 0, PERIOD_US);
	waitpid(pid, NULL, 0);
}

/* io_uring by hand: rings mapped, N entries. */
struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head;
	struct io_uring_sqe *sqes;
};

static bool ring_make(struct ring *r, unsigned int flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 60000 };
	char *sq;

	r->fd = (int)syscall(SYS_io_uring_setup, 8, &p);
	if (r->fd < 0)
		return false;
	/* One mapping has both rings. */
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd,
		  IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, p.sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || r->sqes == MAP_FAILED)
		ksft_exit_fail_msg("cannot map the ring: %s\n", strerror(errno));
	r->sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned int *)(sq + p.sq_off.array);
	r->cq_head = (unsigned int *)(sq + p.cq_off.head);
	return true;
}

static void ring_queue(struct ring *r, int op, int fd, void *buf, unsigned int len)
{
	unsigned int tail = *r->sq_tail, i = tail & *r->sq_mask;
	struct io_uring_sqe *sqe = &r->sqes[i];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = (uint8_t)op;
	sqe->flags = op == IORING_OP_NOP ? 0 : IOSQE_ASYNC;
	sqe->fd = fd;
	sqe->addr = (uint64_t)(uintptr_t)buf;
	sqe->len = len;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
}

#define IO_LEN		(1 << 20)
#define IO_DEPTH	4

/* Keep the workers of a ring at work, which is nearly all that the process does. */
static void work_iowq(void)
{
	char *buf = thr_shared(IO_DEPTH * IO_LEN);
	int i, zero = open("/dev/zero", O_RDONLY);
	struct ring r;

	if (!ring_make(&r, 0))
		_exit(2);
	for (;;) {
		for (i = 0; i < IO_DEPTH; i++)
			ring_queue(&r, IORING_OP_READ, zero, buf + i * IO_LEN, IO_LEN);
		if (syscall(SYS_io_uring_enter, r.fd, IO_DEPTH, IO_DEPTH,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			_exit(1);
		__atomic_store_n(r.cq_head, *r.cq_head + IO_DEPTH, __ATOMIC_RELEASE);
	}
}

/* A thread of the kernel that polls for new entries for a minute. */
static void work_sqpoll(void)
{
	struct ring r;

	if (!ring_make(&r, IORING_SETUP_SQPOLL))
		_exit(2);
	ring_queue(&r, IORING_OP_NOP, -1, NULL, 0);
	if (syscall(SYS_io_uring_enter, r.fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		_exit(1);
	for (;;)
		pause();
}

/* The group has a tenth of a CPU: what do threads of the kernel take? */
static void test_worker(const char *what, void (*work)(void))
{
	const long quota = 10000, period = 100000;
	struct timespec t0, t1;
	double used, share;
	clockid_t clock;
	int status;
	pid_t pid;

	thr_quota(CG, quota, period);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		thr_move(CG, 0);
		work();
		_exit(1);
	}
	sw_sleep_ms(1000);
	if (waitpid(pid, &status, WNOHANG) == pid) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
			ksft_test_result_skip("%s keeps to the quota\n", what);
		else
			ksft_test_result_fail("%s keeps to the quota\n", what);
		return;
	}
	clock_getcpuclockid(pid, &clock);
	clock_gettime(clock, &t0);
	sw_sleep_ms(3000);
	clock_gettime(clock, &t1);
	used = (double)(t1.tv_sec - t0.tv_sec) * 1e3 + (double)(t1.tv_nsec - t0.tv_nsec) / 1e6;
	share = used / 3000 * (double)period / (double)quota;
	ksft_print_msg("%s: used %.1f ms in 3 s, %.2f of its quota\n", what, used, share);
	/* Less than half would mean that it did not work at all. */
	ksft_test_result(share > 0.5 && share < 1.3, "%s keeps to the quota\n", what);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	thr_quota(CG, 0, period);
}

/* Root domains are made anew, by a partition that comes and goes, while a group waits. */
static void test_partition(void)
{
	const char *name = "changes of partitions give no quota";
	const long quota = 2000, period = 1000000;
	struct thr_spin *s;
	long long used;
	char state[64];
	uint64_t end;
	int n = 0, err = 0;

	if (!thr_v2() || sw_write(thr_path("", "cgroup.subtree_control"), "+cpuset")) {
		ksft_test_result_skip("%s\n", name);
		return;
	}
	thr_make(PART);
	thr_quota(CG, quota, period);
	s = thr_spin(CG, 0);
	sw_sleep_ms(1500);
	used = thr_stat(CG, "usage_usec");
	end = sw_now_ns() + 8 * period * 1000ULL;
	while (!err && sw_now_ns() < end) {
		err = sw_write(thr_path(PART, "cpuset.cpus"), "1");
		if (!err)
			err = sw_write(thr_path(PART, "cpuset.cpus.partition"), "root");
		/* "root invalid (why)": it was accepted, and nothing was changed */
		n += !err && sw_read(thr_path(PART, "cpuset.cpus.partition"), state,
				     sizeof(state)) > 0 && !strcmp(state, "root\n");
		if (!err)
			err = sw_write(thr_path(PART, "cpuset.cpus.partition"), "member");
	}
	used = thr_stat(CG, "usage_usec") - used;
	ksft_print_msg("%d changes, status %d: used %lld us of %ld in 8 periods\n", n, err, used,
		       8 * quota);
	ksft_test_result(!err && n >= 10 && used <= 2 * 8 * quota, "%s\n", name);
	thr_reap(s);
	thr_quota(CG, 0, period);
	thr_remove(PART);
	sw_write(thr_path("", "cgroup.subtree_control"), "-cpuset");
}

static bool trace_has(const char *text)
{
	static char buf[1 << 20];

	return sw_read(TRACING "trace", buf, sizeof(buf)) > 0 && strstr(buf, text);
}

/* A long call of the kernel is seen in cpu.stat, the trace and the log. */
static void test_tell(void)
{
	const char *key = thr_v2() ? "deferred_usec" : "deferred_time";
	long long deferred = thr_stat(TELL, key), unit = thr_v2() ? 1 : 1000;
	int kmsg = sw_kmsg_open();
	char line[8192];
	pid_t pid;

	if (deferred < 0) {
		ksft_test_result(thr_off(), "cpu.stat counts deferred time\n");
		thr_deferred_result(false, "the trace shows throttles and tasks\n");
		thr_deferred_result(false, "the log names who made a large debt\n");
		return;
	}
	sw_write(TRACING "events/sched/enable", "0");
	sw_write(TRACING "trace", "0");
	sw_write(TRACING "events/sched/sched_bw_throttle/enable", "1");
	sw_write(TRACING "events/sched/sched_bw_unthrottle/enable", "1");
	sw_write(TRACING "events/sched/sched_bw_mark/enable", "1");
	sw_write(TRACING "events/sched/sched_bw_park/enable", "1");
	sw_write(TRACING "events/sched/sched_bw_unpark/enable", "1");
	thr_quota(TELL, 5000, 200000);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		size_t len = 256 << 20;
		int fd = open("/dev/zero", O_RDONLY);
		char *m;

		thr_move(TELL, 0);
		for (;;) {
			m = mmap(NULL, len, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
			if (read(fd, m, len) < 0)
				_exit(1);
			munmap(m, len);
		}
	}
	sw_sleep_ms(6000);
	thr_quota(TELL, 0, 200000);
	sw_sleep_ms(100);
	sw_write(TRACING "events/sched/enable", "0");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	deferred = thr_stat(TELL, key) - deferred;
	ksft_print_msg("%s grew by %lld\n", key, deferred);
	ksft_test_result(deferred / unit > 50000, "cpu.stat counts deferred time\n");
	ksft_test_result(trace_has("sched_bw_throttle:") && trace_has("sched_bw_mark:") &&
			 trace_has("sched_bw_park:") && trace_has("sched_bw_unpark:") &&
			 trace_has("sched_bw_unthrottle:"),
			 "the trace shows throttles and tasks\n");
	ksft_test_result(sw_kmsg_find(kmsg, "beyond the quota", line, sizeof(line)) &&
			 strstr(line, "/" TELL), "the log names who made a large debt\n");
	close(kmsg);
}

int main(int argc, char **argv)
{
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	if (argc > 1 && !strcmp(argv[1], "--exec"))
		return 0;

	ksft_print_header();
	ksft_set_plan(9);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		ksft_exit_fail_msg("wanted 2 CPUs\n");
	sh = thr_shared(sizeof(*sh));
	setrlimit(RLIMIT_CORE, &core);
	sw_write("/proc/sys/kernel/core_pattern", "/tmp/core");
	thread_group_make();
	test_end("exec", end_exec, exec_worked);
	test_end("a core dump", end_dump, dumped);
	thr_remove(THREADS);
	thr_remove(CG);

	thr_make(CG);
	test_pi();
	test_worker("io-wq", work_iowq);
	test_worker("SQPOLL", work_sqpoll);
	test_partition();
	thr_make(TELL);
	test_tell();
	thr_remove(TELL);
	thr_remove(CG);
	ksft_finished();
}
