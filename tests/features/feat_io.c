// SPDX-License-Identifier: GPL-2.0
/*
 * feat_io - features of storage and of crash dumps that the profile `features` has
 * on, each used once: io_uring, XFS with shared extents, a crash kernel loaded.
 */
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/kexec.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sw.h"

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#endif

/* Read from a pipe through a ring of one entry; the result of the request. */
static int ring_read(int from, char *buf, unsigned int len)
{
	struct io_uring_params p = { 0 };
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int *array, *tail;
	size_t sq_size, cq_size;
	char *sq, *cq;
	int fd, n, ret = -EIO;

	fd = (int)syscall(SYS_io_uring_setup, 1, &p);
	if (fd < 0)
		return -errno;
	sq_size = p.sq_off.array + p.sq_entries * sizeof(*array);
	cq_size = p.cq_off.cqes + p.cq_entries * sizeof(*cqe);
	sq = mmap(NULL, sq_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, cq_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)sqe == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	sqe->opcode = IORING_OP_READ;
	sqe->fd = from;
	sqe->addr = (uintptr_t)buf;
	sqe->len = len;
	sqe->user_data = 7;
	array = (unsigned int *)(sq + p.sq_off.array);
	tail = (unsigned int *)(sq + p.sq_off.tail);
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	n = (int)syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	if (n == 1 && cqe->user_data == 7)
		ret = cqe->res;
	close(fd);
	return ret;
}

static void test_io_uring(void)
{
	char buf[8] = "";
	int p[2], ret;

	if (pipe(p) || write(p[1], "ring", 4) != 4)
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	ret = ring_read(p[0], buf, sizeof(buf));
	ksft_print_msg("result %d\n", ret);
	ksft_test_result(ret == 4 && !memcmp(buf, "ring", 4), "io_uring reads\n");
}

/* A file on XFS, and a second one that shares its extents. */
static int share_extents(void)
{
	static char block[1 << 20], again[1 << 20];
	int a = open("/tmp/xfs/a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int b = open("/tmp/xfs/b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int ret = 0;

	memset(block, 'x', sizeof(block));
	if (a < 0 || b < 0 || write(a, block, sizeof(block)) != (ssize_t)sizeof(block) ||
	    fsync(a) || ioctl(b, FICLONE, a) ||
	    read(b, again, sizeof(again)) != (ssize_t)sizeof(again))
		ret = errno ? -errno : -EIO;
	else if (memcmp(block, again, sizeof(block)))
		ret = -EILSEQ;
	close(a);
	close(b);
	return ret;
}

static void test_xfs(void)
{
	int ret;

	mkdir("/tmp/xfs", 0700);
	ret = mount("/dev/vda", "/tmp/xfs", "xfs", 0, NULL) ? -errno : 0;
	if (!ret) {
		ret = share_extents();
		if (umount("/tmp/xfs") && !ret)
			ret = -errno;
	}
	ksft_print_msg("%s\n", strerror(-ret));
	ksft_test_result(!ret, "XFS holds a file and its clone\n");
}

/* First byte of what crashkernel= reserved (the last such line), or 0. */
static unsigned long crash_start(void)
{
	unsigned long start = 0, a, b;
	char line[256];
	FILE *f = fopen("/proc/iomem", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Crash kernel") && sscanf(line, "%lx-%lx", &a, &b) == 2)
			start = a;
	if (f)
		fclose(f);
	return start;
}

/* A page of anything is loaded as crash kernel, seen as such, and dropped. */
static void test_kdump(void)
{
	static const char loaded[] = "/sys/kernel/kexec_crash_loaded";
	static char page[65536];
	unsigned long start = crash_start();
	struct kexec_segment seg = {
		.buf = page, .bufsz = sizeof(page),
		.mem = (void *)start, .memsz = sizeof(page),
	};
	long ret;

	ksft_print_msg("crash kernel at %#lx\n", start);
	ksft_test_result(start != 0, "memory is reserved for a crash kernel\n");
	ret = syscall(SYS_kexec_load, start, 1UL, &seg, (unsigned long)KEXEC_ON_CRASH);
	ksft_print_msg("kexec_load: %s\n", ret ? strerror(errno) : "0");
	ksft_test_result(start && !ret && sw_must_read_ll(loaded) == 1,
			 "a crash kernel can be loaded\n");
	ret = syscall(SYS_kexec_load, 0UL, 0UL, NULL, (unsigned long)KEXEC_ON_CRASH);
	ksft_test_result(!ret && sw_must_read_ll(loaded) == 0, "and dropped\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	test_io_uring();
	test_xfs();
	test_kdump();
	ksft_finished();
}
