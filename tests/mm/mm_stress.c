// SPDX-License-Identifier: GPL-2.0
/*
 * mm_stress - page tables come and go under everything that uses them.
 *
 * Owners: in each table of a shared region several threads own a part of the
 * pages and know exactly what must be in them, while the others empty their parts.
 * So a table that is taken away with a page in it, or a page put into a table that
 * has been taken away, is wrong data. Movers own the memory of a userfaultfd in the
 * same way. Disturbers do what leaves data as it is: huge pages, KSM, compaction,
 * swap, readers, pins, the trigger and the switch.
 *
 * sw.seconds= (kernel argument) is how long, 60 by default.
 */
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/swap.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "mm.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef UFFDIO_MOVE
#define UFFD_FEATURE_MOVE (1ULL << 16)
struct uffdio_move {
	uint64_t dst, src, len, mode;
	int64_t move;
};
#define UFFDIO_MOVE _IOWR(UFFDIO, 0x05, struct uffdio_move)
#endif

#define TABLES		3		/* of a region */
#define PAGES		512		/* of a table */
#define OWNERS		3		/* threads a region */
#define PART		(PAGES / 4)	/* pages of a table that a thread owns */
#define REGIONS		2		/* 0: anonymous, 1: shmem */
#define LEN		(TABLES * MM_TABLE)
#define GROUP		"/sys/fs/cgroup/mm_stress"
#define LRU_GEN_SWITCH	"/sys/kernel/mm/lru_gen/enabled"

static volatile bool stop;
static volatile unsigned long errors;
static char *region[REGIONS];
static int memfd;

/* Held while the mapper has a hole, and by whoever maps anything anywhere. */
static pthread_mutex_t hole = PTHREAD_MUTEX_INITIALIZER;

/* How often each thing was done, so that a run that did nothing is seen. */
enum {
	WRITE, VERIFY, DONTNEED, FREE, REMOVE, PAGEOUT, PROTECT, FORK, REMAP, UNMAP,
	COLLAPSE, READV, SPLICE, URING, PROCFS, TRIGGER, SWITCH, RECLAIM, COMPACT,
	SWAPOFF, LRU_GEN, UFFD_COPY, UFFD_MOVE, UFFD_WP, UFFD_MINOR, UFFD_FAULT, KINDS
};

static const char * const kind_names[KINDS] = {
	"write", "verify", "dontneed", "free", "remove", "pageout", "mprotect", "fork",
	"mremap", "munmap", "collapse", "process_vm_readv", "vmsplice", "io_uring",
	"smaps and pagemap", "trigger", "switch", "reclaim", "compact", "swapoff", "lru_gen on and off",
	"uffd copy", "uffd move", "uffd wp", "uffd minor", "uffd fault",
};

static unsigned long done[KINDS];

static void did(int kind)
{
	__atomic_fetch_add(&done[kind], 1, __ATOMIC_RELAXED);
}

struct rng {
	uint64_t s;
};

static unsigned int rnd(struct rng *r, unsigned int n)
{
	r->s = r->s * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(r->s >> 33) % n;
}

static void wrong(const char *what, void *p, uint64_t want, uint64_t got)
{
	if (__atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED) < 20)
		ksft_print_msg("%s: %p holds %llx, wanted %llx\n", what, p,
			       (unsigned long long)got, (unsigned long long)want);
}

/* The first and the last word of a page. */
static void put_page(char *p, uint64_t v)
{
	*(volatile uint64_t *)p = v;
	*(volatile uint64_t *)(p + MM_PAGE - 8) = v;
}

static void check_page(const char *what, char *p, uint64_t want, bool or_zero)
{
	uint64_t a = *(volatile uint64_t *)p;
	uint64_t b = *(volatile uint64_t *)(p + MM_PAGE - 8);

	if (a != want && !(or_zero && a == 0))
		wrong(what, p, want, a);
	else if (b != want && !(or_zero && b == 0))
		wrong(what, p, want, b);
}

/* A part of a region that one thread owns, of pages that follow each other. */
struct part {
	char *p;
	unsigned int pages;
	bool shmem;
	uint64_t want[TABLES * PAGES];
	bool freed[TABLES * PAGES];	/* MADV_FREE: may be zero until written */
};

static void verify(struct part *t, unsigned int from, unsigned int n, const char *what)
{
	for (unsigned int i = from; i < from + n; i++)
		check_page(what, t->p + i * MM_PAGE, t->want[i], t->freed[i]);
}

static void fork_and_verify(struct part *t, unsigned int from, unsigned int n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned long before = errors = 1000;	/* no message: stdio may be locked */

		verify(t, from, n, "child");
		if (!t->shmem)
			madvise(t->p, t->pages * MM_PAGE, MADV_DONTNEED);
		_exit(errors != before);
	}
	if (pid < 0)
		return;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		wrong("child failed", t->p, 0, (uint64_t)status);
	did(FORK);
}

/* One random thing to a random range of a part. */
static void act(struct part *t, struct rng *r, uint64_t id)
{
	unsigned int from = rnd(r, t->pages), n = 1 + rnd(r, t->pages - from), i;
	char *p;
	uint64_t v;

	if (rnd(r, 3) == 0) {		/* often all of it: tables become empty */
		from = 0;
		n = t->pages;
	}
	p = t->p + from * MM_PAGE;
	switch (rnd(r, 16)) {
	case 0: case 1: case 2: case 3:
		n = n > 64 ? 64 : n;
		/* Half of it is the same in many pages: food for KSM. */
		v = rnd(r, 2) ? 0x1111 * (1 + rnd(r, 4)) : id << 48 | r->s >> 16;
		for (i = from; i < from + n; i++) {
			put_page(t->p + i * MM_PAGE, v);
			t->want[i] = v;
			t->freed[i] = false;
		}
		did(WRITE);
		break;
	case 4: case 5: case 6:
		verify(t, from, n, "owner");
		did(VERIFY);
		break;
	case 7: case 8: case 9: case 10:
		if (madvise(p, n * MM_PAGE, MADV_DONTNEED))
			wrong("dontneed", p, 0, (uint64_t)errno);
		for (i = from; !t->shmem && i < from + n; i++) {
			t->want[i] = 0;
			t->freed[i] = false;
		}
		did(DONTNEED);
		break;
	case 11:
		if (t->shmem) {
			if (madvise(p, n * MM_PAGE, MADV_REMOVE))
				break;
			memset(t->want + from, 0, n * sizeof(t->want[0]));
			did(REMOVE);
		} else if (!madvise(p, n * MM_PAGE, MADV_FREE)) {
			for (i = from; i < from + n; i++)
				t->freed[i] = true;
			did(FREE);
		}
		break;
	case 12: case 13:
		madvise(p, n * MM_PAGE, MADV_PAGEOUT);
		did(PAGEOUT);
		break;
	case 14:
		if (mprotect(p, n * MM_PAGE, PROT_READ))
			break;
		verify(t, from, n, "read only");
		if (mprotect(p, n * MM_PAGE, PROT_READ | PROT_WRITE))
			wrong("mprotect", p, 0, (uint64_t)errno);
		did(PROTECT);
		break;
	case 15:
		if (rnd(r, 8) == 0)
			fork_and_verify(t, from, n);
		break;
	}
}

struct owner {
	int region, nr;
};

/* Owns part NR of each table of a region. */
static void *owner(void *arg)
{
	struct owner *o = arg;
	struct part *t[TABLES];
	struct rng r = { .s = 77 + (uint64_t)o->region * 13 + (uint64_t)o->nr * 1001 };
	int i;

	for (i = 0; i < TABLES; i++) {
		t[i] = calloc(1, sizeof(*t[i]));
		t[i]->p = region[o->region] + (size_t)i * MM_TABLE +
			  (size_t)o->nr * PART * MM_PAGE;
		t[i]->pages = PART;
		t[i]->shmem = o->region == 1;
	}
	while (!stop)
		act(t[rnd(&r, TABLES)], &r, (uint64_t)(1 + o->nr + 8 * o->region));
	for (i = 0; i < TABLES; i++) {
		verify(t[i], 0, PART, "owner, at the end");
		free(t[i]);
	}
	return NULL;
}

/* Fill a hole of LEN bytes, into which nobody else may have mapped anything. */
static void take(char *p, int prot)
{
	if (mmap(p, LEN, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		 -1, 0) != p)
		ksft_exit_fail_msg("mmap at %p: %s\n", p, strerror(errno));
}

static void munmap_and_take(struct part *t, char *p)
{
	pthread_mutex_lock(&hole);
	munmap(p, LEN);
	take(p, PROT_READ | PROT_WRITE);
	pthread_mutex_unlock(&hole);
	memset(t->want, 0, sizeof(t->want));
	memset(t->freed, 0, sizeof(t->freed));
	madvise(p, LEN, MADV_NOHUGEPAGE);
}

/* Owns a whole mapping, which it moves, unmaps in part, and maps again. */
static void *mapper(void *arg)
{
	struct part *t = calloc(1, sizeof(*t));
	struct rng r = { .s = 4242 };
	char *slot[2];
	int at = 0;

	(void)arg;
	slot[0] = mm_map(LEN, MAP_PRIVATE, -1);
	slot[1] = mm_map(LEN, MAP_PRIVATE, -1);
	t->p = slot[0];
	t->pages = TABLES * PAGES;
	sw_sleep_ms(2000);	/* other threads' first malloc() maps something */
	while (!stop) {
		unsigned int from = rnd(&r, t->pages), n = 1 + rnd(&r, t->pages - from);

		switch (rnd(&r, 8)) {
		case 0:
			pthread_mutex_lock(&hole);
			if (mremap(slot[at], LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED,
				   slot[!at]) != slot[!at]) {
				/* Of more than one mapping: only the target is gone. */
				if (errno != EFAULT)
					ksft_exit_fail_msg("mremap: %s\n", strerror(errno));
				take(slot[!at], PROT_NONE);
				pthread_mutex_unlock(&hole);
				/* One mapping again. */
				munmap_and_take(t, slot[at]);
				break;
			}
			take(slot[at], PROT_NONE);
			pthread_mutex_unlock(&hole);
			at = !at;
			t->p = slot[at];
			did(REMAP);
			break;
		case 1:
			pthread_mutex_lock(&hole);
			munmap(t->p + from * MM_PAGE, n * MM_PAGE);
			if (mmap(t->p + from * MM_PAGE, n * MM_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_FIXED_NOREPLACE, -1, 0) != t->p + from * MM_PAGE)
				ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
			pthread_mutex_unlock(&hole);
			for (unsigned int i = from; i < from + n; i++) {
				t->want[i] = 0;
				t->freed[i] = false;
			}
			did(UNMAP);
			break;
		default:
			act(t, &r, 63);
		}
	}
	verify(t, 0, t->pages, "mapper, at the end");
	return NULL;
}

/* --- userfaultfd: [0] anonymous, missing and wp and move; [1] shmem, minor */

#define UFFD_OWNED	32	/* pages at the start of each table with an owner */

static int uffd;
static char *uffd_area, *uffd_minor, *uffd_alias;

static uint64_t stamp(char *p)
{
	return (uintptr_t)p ^ 0x5a5a000000000000ULL;
}

static int uffd_copy(char *dst, uint64_t v, bool wp)
{
	uint64_t page[512] = { [0] = v, [511] = v };
	struct uffdio_copy c = {
		.dst = (uintptr_t)dst, .src = (uintptr_t)page, .len = MM_PAGE,
		.mode = wp ? UFFDIO_COPY_MODE_WP : 0,
	};

	return ioctl(uffd, UFFDIO_COPY, &c) ? errno : 0;
}

static void uffd_unprotect(char *p)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)p, .len = MM_PAGE },
	};

	ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
}

static volatile bool nobody_faults;

/* Answers faults, until the others have ended: what nobody owns gets its stamp or zeroes. */
static void *uffd_handler(void *arg)
{
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };
	struct rng r = { .s = 99 };
	struct uffd_msg msg;

	(void)arg;
	while (!nobody_faults) {
		char *p;

		if (poll(&pfd, 1, 100) <= 0 || read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		p = (char *)(uintptr_t)(msg.arg.pagefault.address & ~(MM_PAGE - 1));
		did(UFFD_FAULT);
		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			uffd_unprotect(p);
		} else if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_MINOR) {
			struct uffdio_continue c = {
				.range = { .start = (uintptr_t)p, .len = MM_PAGE },
			};

			ioctl(uffd, UFFDIO_CONTINUE, &c);
			did(UFFD_MINOR);
		} else if (rnd(&r, 2)) {
			struct uffdio_zeropage z = {
				.range = { .start = (uintptr_t)p, .len = MM_PAGE },
			};

			ioctl(uffd, UFFDIO_ZEROPAGE, &z);
		} else {
			uffd_copy(p, stamp(p), rnd(&r, 4) == 0);
		}
		/* Whoever lost a race faults again. */
		struct uffdio_range w = { .start = (uintptr_t)p, .len = MM_PAGE };

		ioctl(uffd, UFFDIO_WAKE, &w);
	}
	return NULL;
}

/*
 * Owns the first pages of each table: fills them by copy and by move and must then
 * find them there. A page that was lost would be filled by the handler, with
 * something else. Meanwhile uffd_purger() empties the rest of these tables.
 */
static void *uffd_owner(void *arg)
{
	struct rng r = { .s = 5 };
	char *src = mm_map(LEN, MAP_PRIVATE, -1);

	(void)arg;
	while (!stop) {
		char *p = uffd_area + rnd(&r, TABLES) * MM_TABLE + rnd(&r, UFFD_OWNED) * MM_PAGE;
		char *from = src + (p - uffd_area);
		uint64_t v = r.s | 1;
		int err;

		/* Most often the neighbours go, too: the table becomes empty. */
		if (rnd(&r, 4))
			p = (char *)((uintptr_t)p & ~(MM_TABLE - 1));
		madvise((char *)((uintptr_t)p & ~(MM_TABLE - 1)), UFFD_OWNED * MM_PAGE, MADV_DONTNEED);
		if (rnd(&r, 2)) {
			do
				err = uffd_copy(p, v, false);
			while (err == EAGAIN);
			if (err) {
				wrong("uffd copy", p, 0, (uint64_t)err);
				continue;
			}
			did(UFFD_COPY);
		} else {
			struct uffdio_move m = {
				.dst = (uintptr_t)p, .src = (uintptr_t)from, .len = MM_PAGE,
			};

			put_page(from, v);
			do
				err = ioctl(uffd, UFFDIO_MOVE, &m) ? errno : 0;
			while (err == EAGAIN);
			/* Shared with a child, pinned by a reader, or swapped out. */
			if (err == EBUSY)
				continue;
			if (err) {
				wrong("uffd move", p, 0, (uint64_t)err);
				continue;
			}
			did(UFFD_MOVE);
		}
		check_page("uffd owner", p, v, false);
	}
	return NULL;
}

/* Touches, protects and empties what the owner does not own. */
static void *uffd_purger(void *arg)
{
	struct rng r = { .s = 31 + (uintptr_t)arg };

	while (!stop) {
		char *table = uffd_area + rnd(&r, TABLES) * MM_TABLE;
		char *p = table + (UFFD_OWNED + rnd(&r, PAGES - UFFD_OWNED)) * MM_PAGE;
		struct uffdio_writeprotect wp = {
			.range = { .start = (uintptr_t)p, .len = MM_PAGE },
			.mode = UFFDIO_WRITEPROTECT_MODE_WP,
		};
		size_t at;

		switch (rnd(&r, 6)) {
		case 0:
			check_page("uffd reader", p, stamp(p), true);
			break;
		case 1:
			*(volatile uint64_t *)p = stamp(p);
			break;
		case 2:
			ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
			did(UFFD_WP);
			break;
		case 3: case 4:
			madvise(table + UFFD_OWNED * MM_PAGE, MM_TABLE - UFFD_OWNED * MM_PAGE,
				MADV_DONTNEED);
			break;
		case 5:	/* shmem: the file has it, the mapping does not */
			at = rnd(&r, TABLES * PAGES) * MM_PAGE;
			*(volatile uint64_t *)(uffd_alias + at) = at + 1;
			if (*(volatile uint64_t *)(uffd_minor + at) != at + 1)
				wrong("uffd minor", uffd_minor + at, at + 1, 0);
			if (rnd(&r, 4) == 0)
				madvise(uffd_minor, LEN, MADV_DONTNEED);
			break;
		}
	}
	return NULL;
}

static bool uffd_open(void)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_MOVE | UFFD_FEATURE_PAGEFAULT_FLAG_WP |
			    UFFD_FEATURE_MINOR_SHMEM,
	};
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};
	int fd = mm_memfd(LEN);

	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) {
		ksft_print_msg("userfaultfd: %s\n", strerror(errno));
		return false;
	}
	uffd_area = mm_map(LEN, MAP_PRIVATE, -1);
	uffd_minor = mm_map(LEN, MAP_SHARED, fd);
	uffd_alias = mm_map(LEN, MAP_SHARED, fd);
	/* Forked children would get these pages and make moves fail. */
	madvise(uffd_area, LEN, MADV_DONTFORK);
	reg.range.start = (uintptr_t)uffd_area;
	reg.range.len = LEN;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		return false;
	reg.mode = UFFDIO_REGISTER_MODE_MINOR;
	reg.range.start = (uintptr_t)uffd_minor;
	return !ioctl(uffd, UFFDIO_REGISTER, &reg);
}

/* --- disturbers: data stays as it is */

static char *any_page(struct rng *r)
{
	return region[rnd(r, REGIONS)] + rnd(r, TABLES * PAGES) * MM_PAGE;
}

static void do_huge(struct rng *r)
{
	char *p = region[rnd(r, REGIONS)] + rnd(r, TABLES) * MM_TABLE;

	madvise(p, MM_TABLE, rnd(r, 4) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (!madvise(p, MM_TABLE, MADV_COLLAPSE))
		did(COLLAPSE);
	madvise(p, MM_TABLE, MADV_MERGEABLE);
}

static void do_readv(struct rng *r)
{
	static __thread char buf[64 * MM_PAGE];
	struct iovec local = { buf, sizeof(buf) };
	struct iovec remote = { any_page(r), sizeof(buf) };

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) > 0)
		did(READV);
}

/* The pages of a pipe that vmsplice() filled stay what they were. */
static void do_splice(struct rng *r)
{
	struct iovec v = { any_page(r), 8 };
	uint64_t got;
	int fd[2];

	if (pipe(fd))
		return;
	if (vmsplice(fd[1], &v, 1, 0) == 8) {
		madvise(v.iov_base, MM_PAGE, MADV_PAGEOUT);
		if (read(fd[0], &got, 8) == 8)
			did(SPLICE);
	}
	close(fd[0]);
	close(fd[1]);
}

/* Register a range as fixed buffer, write it to a file from there. */
static void do_uring(struct rng *r)
{
	struct io_uring_params p = {0};
	struct iovec v = { any_page(r), MM_PAGE };
	int fd = (int)syscall(SYS_io_uring_setup, 2, &p), out;
	unsigned int *tail, *mask, *array;
	struct io_uring_sqe *sqe;
	char *sq;

	if (fd < 0)
		return;
	out = memfd_create("out", MFD_CLOEXEC);
	pthread_mutex_lock(&hole);
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
	pthread_mutex_unlock(&hole);
	if (sq != MAP_FAILED && sqe != MAP_FAILED &&
	    !syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &v, 1)) {
		memset(sqe, 0, sizeof(*sqe));
		sqe->opcode = IORING_OP_WRITE_FIXED;
		sqe->fd = out;
		sqe->addr = (uintptr_t)v.iov_base;
		sqe->len = MM_PAGE;
		tail = (unsigned int *)(sq + p.sq_off.tail);
		mask = (unsigned int *)(sq + p.sq_off.ring_mask);
		array = (unsigned int *)(sq + p.sq_off.array);
		array[*tail & *mask] = 0;
		__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
		if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1)
			did(URING);
	}
	if (sq != MAP_FAILED)
		munmap(sq, p.sq_off.array + p.sq_entries * 4);
	if (sqe != MAP_FAILED)
		munmap(sqe, p.sq_entries * sizeof(*sqe));
	close(out);
	close(fd);
}

static void do_proc(struct rng *r)
{
	static __thread char buf[256 << 10];
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t at = (off_t)((uintptr_t)region[rnd(r, REGIONS)] / MM_PAGE * 8);

	if (fd >= 0 && pread(fd, buf, TABLES * PAGES * 8, at) == TABLES * PAGES * 8 &&
	    sw_read("/proc/self/smaps", buf, sizeof(buf)) > 0)
		did(PROCFS);
	if (fd >= 0)
		close(fd);
}

static void *disturber(void *arg)
{
	struct rng r = { .s = 1000 + (uintptr_t)arg };
	bool have = access(MM_TRIGGER, F_OK) == 0;

	while (!stop) {
		switch (rnd(&r, 8)) {
		case 0: do_huge(&r); break;
		case 1: do_readv(&r); break;
		case 2: do_splice(&r); break;
		case 3: do_uring(&r); break;
		case 4: do_proc(&r); break;
		case 5:
			if (have && !sw_write(MM_TRIGGER, "1"))
				did(TRIGGER);
			break;
		case 6:
			if (have && rnd(&r, 8) == 0) {
				mm_switch(false);
				mm_switch(true);
				did(SWITCH);
			}
			break;
		case 7:
			sw_sleep_ms(1);
			break;
		}
	}
	return NULL;
}

/* Swap in and out, compaction; slow things, one after the other. */
static void *presser(void *arg)
{
	struct rng r = { .s = 17 };
	bool swap = arg != NULL;

	while (!stop) {
		sw_write(GROUP "/memory.reclaim", "4M");
		did(RECLAIM);
		sw_sleep_ms(100);
		if (rnd(&r, 10) == 0 && !sw_write("/proc/sys/vm/compact_memory", "1"))
			did(COMPACT);
		/* Most of the time on: its walk clears accessed bits in tables. */
		if (rnd(&r, 20) == 0 && !sw_write(LRU_GEN_SWITCH, "n") &&
		    !sw_write(LRU_GEN_SWITCH, "y"))
			did(LRU_GEN);
		if (swap && rnd(&r, 20) == 0 && !swapoff("/dev/zram0")) {
			if (swapon("/dev/zram0", 0))
				ksft_exit_fail_msg("swapon: %s\n", strerror(errno));
			did(SWAPOFF);
		}
	}
	return NULL;
}

/* Swap on zram: write the header that mkswap would write. */
static bool make_swap(void)
{
	static char head[MM_PAGE];
	int fd;

	if (sw_write("/sys/block/zram0/disksize", "128M"))
		return false;
	memset(head, 0, sizeof(head));
	*(uint32_t *)(head + 1024) = 1;				/* version */
	*(uint32_t *)(head + 1028) = (128 << 20) / MM_PAGE - 1;	/* last page */
	memcpy(head + MM_PAGE - 10, "SWAPSPACE2", 10);
	fd = open("/dev/zram0", O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, head, sizeof(head)) != (ssize_t)sizeof(head))
		return false;
	close(fd);
	return !swapon("/dev/zram0", 0);
}

static int seconds(void)
{
	static char line[4096];
	char *at;

	if (sw_read("/proc/cmdline", line, sizeof(line)) > 0) {
		at = strstr(line, "sw.seconds=");
		if (at)
			return atoi(at + 11);
	}
	return 60;
}

static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	int err = pthread_create(t, NULL, fn, arg);

	if (err)
		ksft_exit_fail_msg("thread: %s\n", strerror(err));
}

/* Has this kernel what it takes? The profile of the stress runs has it all. */
static bool possible(int kind, bool swap, bool with_uffd)
{
	switch (kind) {
	case TRIGGER: case SWITCH:
		return access(MM_TRIGGER, F_OK) == 0;
	case COLLAPSE:
		return access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
	case COMPACT:
		return access("/proc/sys/vm/compact_memory", F_OK) == 0;
	case READV:
		return process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) == 0;
	case SWAPOFF:
		return swap;
	case LRU_GEN:
		return access(LRU_GEN_SWITCH, F_OK) == 0;
	case UFFD_COPY: case UFFD_MOVE: case UFFD_WP: case UFFD_MINOR: case UFFD_FAULT:
		return with_uffd;
	}
	return true;
}

/* All of it, in a child, so that nothing of it is left for the count of tables. */
static int child(bool swap)
{
	pthread_t t[32], handler;
	struct owner o[REGIONS * OWNERS];
	int i, n = 0, end;
	bool with_uffd;

	region[0] = mm_map(LEN, MAP_PRIVATE, -1);
	memfd = mm_memfd(LEN);
	region[1] = mm_map(LEN, MAP_SHARED, memfd);
	with_uffd = uffd_open();
	ksft_print_msg("swap: %s, userfaultfd: %s\n", swap ? "yes" : "no",
		       with_uffd ? "yes" : "no");
	for (i = 0; i < REGIONS * OWNERS; i++) {
		o[i] = (struct owner) { .region = i / OWNERS, .nr = i % OWNERS };
		start(&t[n++], owner, &o[i]);
	}
	start(&t[n++], mapper, NULL);
	start(&t[n++], disturber, (void *)1);
	start(&t[n++], disturber, (void *)2);
	start(&t[n++], presser, swap ? (void *)1 : NULL);
	if (with_uffd) {
		start(&handler, uffd_handler, NULL);
		start(&t[n++], uffd_owner, NULL);
		start(&t[n++], uffd_purger, (void *)1);
		start(&t[n++], uffd_purger, (void *)2);
	}
	end = seconds();
	for (i = 0; i < end && errors < 20; i++)
		sw_sleep_ms(1000);
	stop = true;
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	nobody_faults = true;
	if (with_uffd)
		pthread_join(handler, NULL);
	for (i = 0; i < KINDS; i++)
		ksft_print_msg("%-18s %lu\n", kind_names[i], done[i]);
	ksft_test_result(errors == 0, "no data was lost or mixed up\n");
	for (i = 0; i < KINDS; i++)
		if (!done[i] && possible(i, swap, with_uffd))
			break;
	if (i < KINDS)
		ksft_print_msg("%s was never done\n", kind_names[i]);
	ksft_test_result(i == KINDS, "everything that this kernel has was done\n");
	fflush(stdout);
	return ksft_get_fail_cnt() != 0;
}

int main(void)
{
	long before, after = 0;
	int status, i;
	bool swap;
	pid_t pid;

	ksft_print_header();
	ksft_set_plan(4);
	sw_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	sw_write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise");
	sw_write("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "10");
	sw_write("/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs", "10");
	sw_write("/sys/kernel/mm/ksm/sleep_millisecs", "20");
	sw_write("/sys/kernel/mm/ksm/run", "1");
	sw_write(LRU_GEN_SWITCH, "y");
	swap = make_swap();

	mm_settle();
	before = mm_tables();
	pid = fork();
	if (pid == 0) {
		sw_write(GROUP "/cgroup.procs", "%d", getpid());
		_exit(child(swap));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	/* Its two results were printed there: count them here. */
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		ksft_cnt.ksft_pass += 2;
	} else {
		ksft_print_msg("the child ended with status %x\n", status);
		ksft_cnt.ksft_fail += 2;
	}
	sw_write("/sys/kernel/mm/ksm/run", "2");
	for (i = 0; i < 200; i++) {
		after = mm_tables();
		if (after <= before + 8)
			break;
		sw_sleep_ms(50);
	}
	ksft_print_msg("nr_page_table_pages %ld, %ld\n", before, after);
	ksft_test_result(after <= before + 8, "nr_page_table_pages returns to its start\n");
	for (i = 0; i < 200 && mm_stat("pending") > 0; i++)
		sw_sleep_ms(50);
	ksft_print_msg("detached %ld slow %ld kept %ld gone %ld freed %ld\n",
		       mm_stat("detached"), mm_stat("slow"), mm_stat("kept"),
		       mm_stat("gone"), mm_stat("freed"));
	ksft_test_result(mm_stat("detached") == mm_stat("freed"),
			 "all tables taken away were freed\n");
	ksft_finished();
}
