/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sw.h - what test programs of several topics share: files of the kernel,
 * CPU pinning, scheduling class, clocks and the kernel log.
 *
 * Results are printed with the kernel's own kselftest.h (KTAP); a program
 * includes both. Every function that can fail returns 0 or a negative errno,
 * unless its comment says otherwise; the sw_must_* forms bail out instead,
 * which fails the whole program.
 */
#ifndef SW_TEST_H
#define SW_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"

#define SW_UNUSED __attribute__((unused))

/* Monotonic time in nanoseconds. */
static inline SW_UNUSED uint64_t sw_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* CPU time used by the calling thread, in nanoseconds. */
static inline SW_UNUSED uint64_t sw_thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* Sleep MS milliseconds, also across signals. */
static inline SW_UNUSED void sw_sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000L };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

/* Read at most SIZE - 1 bytes of PATH into BUF; returns the length. */
static inline SW_UNUSED ssize_t sw_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return -errno;
	while ((size_t)len < size - 1) {
		n = read(fd, buf + len, size - 1 - (size_t)len);
		if (n < 0) {
			len = -errno;
			break;
		}
		if (n == 0)
			break;
		len += n;
	}
	close(fd);
	buf[len < 0 ? 0 : len] = '\0';
	return len;
}

/* Write the formatted text to PATH in one write(2). */
static inline SW_UNUSED __attribute__((format(printf, 2, 3)))
int sw_write(const char *path, const char *fmt, ...)
{
	char buf[4096];
	va_list ap;
	int fd, len, ret = 0;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(buf))
		return -EMSGSIZE;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, buf, (size_t)len) != len)
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

/* Read an integer file; bails out if it cannot be read. */
static inline SW_UNUSED long long sw_must_read_ll(const char *path)
{
	char buf[128];
	ssize_t n = sw_read(path, buf, sizeof(buf));

	if (n < 0)
		ksft_exit_fail_msg("read %s: %s\n", path, strerror((int)-n));
	return strtoll(buf, NULL, 0);
}

/*
 * The value that follows KEY in a file of "key value" lines (cpu.stat,
 * memory.stat, vmstat); -ENOENT if KEY is not there.
 */
static inline SW_UNUSED long long sw_read_key(const char *path, const char *key)
{
	static char buf[65536];
	ssize_t n = sw_read(path, buf, sizeof(buf));
	size_t klen = strlen(key);
	char *line;

	if (n < 0)
		return n;
	for (line = buf; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (!strncmp(line, key, klen) &&
		    (line[klen] == ' ' || line[klen] == '\t' || line[klen] == ':'))
			return strtoll(line + klen + 1, NULL, 0);
	}
	return -ENOENT;
}

/* Bind the task TID (0: the caller) to CPU. */
static inline SW_UNUSED int sw_pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

/* Make TID (0: the caller) SCHED_FIFO at PRIO, or SCHED_OTHER if PRIO is 0. */
static inline SW_UNUSED int sw_set_fifo(pid_t tid, int prio)
{
	struct sched_param p = { .sched_priority = prio };

	return sched_setscheduler(tid, prio ? SCHED_FIFO : SCHED_OTHER, &p) ?
		-errno : 0;
}

/*
 * Kernel log from now on: sw_kmsg_open() returns a descriptor that stands at
 * its end, or a negative errno. sw_kmsg_find() reads what came since and
 * returns 1 and the line in LINE (LEN bytes) for the first record that
 * contains TEXT, 0 if there is none.
 */
static inline SW_UNUSED int sw_kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

static inline SW_UNUSED int sw_kmsg_find(int fd, const char *text, char *line,
					 size_t len)
{
	char rec[8192];
	ssize_t n;

	for (;;) {
		n = read(fd, rec, sizeof(rec) - 1);
		if (n < 0 && errno == EPIPE)	/* overwritten: next record */
			continue;
		if (n <= 0)
			return 0;
		rec[n] = '\0';
		if (strstr(rec, text)) {
			snprintf(line, len, "%s", rec);
			return 1;
		}
	}
}

#endif /* SW_TEST_H */
