// SPDX-License-Identifier: GPL-2.0
/*
 * feat_ondemand - an EROFS image that is fetched as it is read: this program is the
 * daemon of cachefiles, which has the image in memory, and counts what the kernel
 * asks it for. The cache is on /dev/vda.
 */
#include <linux/cachefiles.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sw.h"

#define CACHE	"/tmp/cache"
#define ROOT	"/tmp/image"

enum { BLOCK = 4096, DATA_BLOCK = 3, DATA = 4 << 20, SIZE = DATA_BLOCK * BLOCK + DATA };

/* As fs/erofs/erofs_fs.h has them; what is left out is zero. */
struct super {
	uint32_t magic, checksum, compat;
	uint8_t blkszbits, extslots;
	uint16_t root_nid;
	uint64_t inos, build_time;
	uint32_t build_time_nsec, blocks, meta_blkaddr, xattr_blkaddr;
	uint8_t rest[80];
};

struct inode {
	uint16_t format, xattrs, mode, nlink;
	uint32_t size, reserved, blkaddr, ino;
	uint16_t uid, gid;
	uint32_t reserved2;
};

struct entry {
	uint64_t nid;
	uint16_t nameoff;
	uint8_t type, reserved;
} __attribute__((packed));

_Static_assert(sizeof(struct super) == 128 && sizeof(struct inode) == 32 &&
	       sizeof(struct entry) == 12, "as on disk");

static char *image;

static uint32_t word(size_t i)
{
	return (uint32_t)(i * 2654435761U + 12345);
}

/* One directory with one file, "data"; inodes 1 and 2 of block 1. */
static void make_image(void)
{
	static const char names[] = "...data";
	struct inode *inodes;
	struct entry *e;
	struct super *s;

	image = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (image == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	s = (struct super *)(image + 1024);
	*s = (struct super){ .magic = 0xe0f5e1e2, .blkszbits = 12, .root_nid = 1, .inos = 2,
			     .blocks = SIZE / BLOCK, .meta_blkaddr = 1 };
	e = (struct entry *)(image + 2 * (size_t)BLOCK);
	e[0] = (struct entry){ .nid = 1, .nameoff = 36, .type = 2 };
	e[1] = (struct entry){ .nid = 1, .nameoff = 37, .type = 2 };
	e[2] = (struct entry){ .nid = 2, .nameoff = 39, .type = 1 };
	memcpy(e + 3, names, sizeof(names) - 1);
	inodes = (struct inode *)(image + BLOCK);
	inodes[1] = (struct inode){ .mode = S_IFDIR | 0755, .nlink = 2, .ino = 1,
				    .size = 36 + sizeof(names) - 1, .blkaddr = 2 };
	inodes[2] = (struct inode){ .mode = S_IFREG | 0444, .nlink = 1, .ino = 2,
				    .size = DATA, .blkaddr = DATA_BLOCK };
	for (size_t i = 0; i < DATA / sizeof(uint32_t); i++)
		((uint32_t *)(image + DATA_BLOCK * (size_t)BLOCK))[i] = word(i);
}

/* What the daemon did: requests, bytes of the file's data that it gave. */
static volatile struct {
	int opens, reads, closes, failed, stop;
	long bytes;
} served;

static int device;
static volatile int refuse;	/* mount() is a leaf function to gcc */

static void serve(const struct cachefiles_msg *m)
{
	static int fds[64];
	const struct cachefiles_open *o = (const void *)m->data;
	const struct cachefiles_read *r = (const void *)m->data;
	unsigned int slot = m->object_id % 64;
	char answer[64];
	off_t off;
	size_t len;
	int n;

	switch (m->opcode) {
	case CACHEFILES_OP_OPEN:
		served.opens++;
		fds[slot] = (int)o->fd;
		n = snprintf(answer, sizeof(answer), "copen %u,%d", m->msg_id,
			     refuse ? -ENOENT : SIZE);
		if (write(device, answer, (size_t)n) != n)
			served.failed++;
		if (refuse)
			close(fds[slot]);
		break;
	case CACHEFILES_OP_READ:
		served.reads++;
		off = (off_t)r->off;
		len = off < SIZE ? (size_t)(SIZE - off) : 0;
		len = r->len < len ? r->len : len;
		served.bytes += (long)len;
		if (pwrite(fds[slot], image + off, len, off) != (ssize_t)len ||
		    ioctl(fds[slot], CACHEFILES_IOC_READ_COMPLETE, m->msg_id))
			served.failed++;
		break;
	case CACHEFILES_OP_CLOSE:
		served.closes++;
		close(fds[slot]);
		break;
	}
}

static void *daemon_loop(void *arg)
{
	static _Alignas(8) char buf[CACHEFILES_MSG_MAX_SIZE];
	struct pollfd p = { .fd = device, .events = POLLIN };

	while (!served.stop)
		if (poll(&p, 1, 50) > 0 && read(device, buf, sizeof(buf)) > 0)
			serve((const struct cachefiles_msg *)buf);
	return arg;
}

static int command(const char *text)
{
	return write(device, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

/* The cache on /dev/vda, and the daemon. */
static int start(pthread_t *thread)
{
	int ret;

	mkdir(CACHE, 0700);
	mkdir(ROOT, 0755);
	if (mount("/dev/vda", CACHE, "ext4", 0, NULL))
		return -errno;
	device = open("/dev/cachefiles", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -errno;
	ret = command("dir " CACHE);
	ret = ret ? ret : command("tag sw");
	ret = ret ? ret : command("bind ondemand");
	return ret ? ret : -pthread_create(thread, NULL, daemon_loop, NULL);
}

static int mount_image(const char *options)
{
	return mount("none", ROOT, "erofs", MS_RDONLY, options) ? -errno : 0;
}

/* Read LEN bytes at OFF of the file; whether they are right. */
static int right(size_t off, size_t len)
{
	static uint32_t buf[DATA / sizeof(uint32_t)];
	int fd = open(ROOT "/data", O_RDONLY | O_CLOEXEC), ok;
	size_t i;

	if (fd < 0)
		return 0;
	/* no more than we ask for */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	ok = pread(fd, buf, len, (off_t)off) == (ssize_t)len;
	for (i = 0; ok && i < len / sizeof(*buf); i++)
		ok = buf[i] == word(off / sizeof(*buf) + i);
	close(fd);
	return ok;
}

static void drop_caches(void)
{
	sync();
	sw_write("/proc/sys/vm/drop_caches", "3");
}

int main(void)
{
	pthread_t thread;
	int ret, reads;
	long bytes;

	ksft_print_header();
	ksft_set_plan(8);
	make_image();
	ret = start(&thread);
	ksft_print_msg("daemon: %s\n", strerror(-ret));
	ksft_test_result(!ret, "cachefiles takes a daemon for reads on demand\n");
	if (ret)
		ksft_exit_fail_msg("no daemon\n");

	refuse = 1;
	ret = mount_image("fsid=none");
	refuse = 0;
	ksft_print_msg("mount of what the daemon has not: %s\n", strerror(-ret));
	ksft_test_result(ret && served.opens == 1, "an image that the daemon has not is no mount\n");

	ret = mount_image("fsid=image");
	ksft_print_msg("mount: %s; %d opens, %d reads, %ld bytes\n", strerror(-ret),
		       served.opens, served.reads, served.bytes);
	ksft_test_result(!ret && served.opens >= 2 && served.reads > 0 && served.bytes < DATA / 4,
			 "an image is mounted and its data stays where it is\n");

	reads = served.reads;
	bytes = served.bytes;
	ret = right(1 << 20, 1 << 16);
	ksft_print_msg("64 KiB: %d reads, %ld bytes\n", served.reads - reads, served.bytes - bytes);
	ksft_test_result(ret && served.reads > reads && served.bytes - bytes < DATA / 2,
			 "what is read is fetched, and not all\n");

	drop_caches();
	reads = served.reads;
	ksft_test_result(right(1 << 20, 1 << 16) && served.reads == reads,
			 "a second time it comes from the cache\n");
	ret = right(0, DATA);
	ksft_print_msg("all: %d reads, %ld bytes of %d\n", served.reads - reads, served.bytes,
		       SIZE);
	ksft_test_result(ret && served.reads > reads && served.bytes >= DATA &&
			 served.bytes <= SIZE, "all of it is fetched once\n");

	ret = umount(ROOT) ? -errno : 0;
	drop_caches();
	reads = served.reads;
	ret = ret ? ret : mount_image("fsid=image");
	ksft_print_msg("again: %s; %d reads\n", strerror(-ret), served.reads - reads);
	ksft_test_result(!ret && right(0, DATA) && served.reads == reads,
			 "mounted again it needs nothing of the daemon\n");
	umount(ROOT);
	ksft_print_msg("%d opens, %d reads, %d closes, %d failed\n", served.opens, served.reads,
		       served.closes, served.failed);
	ksft_test_result(!served.failed, "each answer of the daemon is taken\n");
	served.stop = 1;
	pthread_join(thread, NULL);
	close(device);
	umount(CACHE);
	ksft_finished();
}
