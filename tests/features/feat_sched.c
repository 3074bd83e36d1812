// SPDX-License-Identifier: GPL-2.0
/*
 * feat_sched - scheduling features that the profile `features` has on, each used
 * once: futex_waitv, a PSI trigger, the CPUs of a cluster.
 */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/futex.h>

#include "sw.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* As in <linux/futex.h>, which older headers lack. */
struct waiter {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

enum { WAITV_32_PRIVATE = 0x02 | 128 };

static uint32_t words[3];

static void *waker(void *arg)
{
	sw_sleep_ms(100);
	__atomic_store_n(&words[1], 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &words[1], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
	return arg;
}

static void test_futex_waitv(void)
{
	struct waiter w[3] = { 0 };
	pthread_t thread;
	struct timespec end;
	long ret;
	int i;

	for (i = 0; i < 3; i++) {
		w[i].uaddr = (uintptr_t)&words[i];
		w[i].flags = WAITV_32_PRIVATE;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 20;
	if (pthread_create(&thread, NULL, waker, NULL))
		ksft_exit_fail_msg("pthread_create\n");
	ret = syscall(SYS_futex_waitv, w, 3, 0, &end, CLOCK_MONOTONIC);
	ksft_print_msg("futex_waitv: %ld %s\n", ret, ret < 0 ? strerror(errno) : "");
	/* EAGAIN: the word had changed before we slept. */
	ksft_test_result(ret == 1 || (ret < 0 && errno == EAGAIN),
			 "futex_waitv tells which of three futexes was woken\n");
	pthread_join(thread, NULL);
}

/* More hogs than CPUs: tasks wait for a CPU, and the trigger fires. */
static void test_psi(void)
{
	static const char trigger[] = "some 50000 1000000";
	int fd = open("/proc/pressure/cpu", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	int n = 4 * (int)sysconf(_SC_NPROCESSORS_ONLN), i, ret = -1;
	pid_t pids[256];

	n = n < 256 ? n : 256;
	if (fd < 0 || write(fd, trigger, sizeof(trigger)) != (ssize_t)sizeof(trigger))
		ksft_print_msg("/proc/pressure/cpu: %s\n", strerror(errno));
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;)
				;
	}
	if (fd >= 0)
		ret = poll(&p, 1, 20000);
	for (i = 0; i < n; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	ksft_test_result(ret == 1 && (p.revents & POLLPRI),
			 "a PSI trigger fires when tasks wait for a CPU\n");
	close(fd);
}

/* How many CPUs the list in FILE below the topology of CPU 0 names; -1: none. */
static int cpus_of(const char *file)
{
	char path[96], text[4096], *s = text;
	int n = 0;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/topology/%s", file);
	if (sw_read(path, text, sizeof(text)) <= 0)
		return -1;
	while (*s && *s != '\n') {
		long a = strtol(s, &s, 10), b = a;

		if (*s == '-')
			b = strtol(s + 1, &s, 10);
		n += (int)(b - a) + 1;
		if (*s == ',')
			s++;
	}
	return n;
}

/* A cluster larger than a core and smaller than a package is a domain, "CLS". */
static void test_cluster(void)
{
	int cluster = cpus_of("cluster_cpus_list");
	int core = cpus_of("thread_siblings_list");
	int package = cpus_of("package_cpus_list");
	char path[96], name[64];
	int i, found = 0;

	ksft_print_msg("CPUs of core %d, cluster %d, package %d\n", core, cluster,
		       package);
	if (cluster <= core || cluster >= package) {
		ksft_test_result_skip("a cluster is a scheduling domain: none here\n");
		return;
	}
	sw_write("/sys/kernel/debug/sched/verbose", "Y");
	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path),
			 "/sys/kernel/debug/sched/domains/cpu0/domain%d/name", i);
		if (sw_read(path, name, sizeof(name)) > 0 && !strncmp(name, "CLS", 3))
			found = 1;
	}
	ksft_test_result(found, "a cluster is a scheduling domain\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	test_futex_waitv();
	test_psi();
	test_cluster();
	ksft_finished();
}
