// SPDX-License-Identifier: GPL-2.0
/*
 * feat_kdump - a crash, from its first kernel and from its second. Without
 * /proc/vmcore this is the first: it loads /kdump (scripts/boot --kdump) with
 * kexec_file_load(), fills pages of memory and crashes. The crash kernel boots the
 * same init, so that this program runs again, and finds in /proc/vmcore what the
 * first one, by kernel argument, says it must:
 *
 *	sw.core=SEED,PID,CPUS,MEMORY_KB,ADDRESS:ADDRESS:...	(all but PID, CPUS in hex)
 */
#include <elf.h>
#include <linux/kexec.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>

#include "sw.h"

enum { PAGES = 8, WORDS = 4096 / sizeof(uint64_t), SEGMENTS = 512 };

/* Word I of page P: nothing that a kernel has by chance (splitmix64). */
static uint64_t pattern(uint64_t seed, unsigned int p, unsigned int i)
{
	uint64_t x = seed + 0x9e3779b97f4a7c15ULL * (p * WORDS + i + 1);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The physical address of a page that is present, or 0. */
static uint64_t physical(const void *page)
{
	uint64_t entry = 0, size = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t at = (off_t)((uintptr_t)page / size * sizeof(entry));

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & ((1ULL << 55) - 1)) * size : 0;
}

/* Fill the pages; their addresses go to TEXT as ADDRESS:ADDRESS:... */
static int fill(uint64_t seed, char *text, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = 0;
	char *area = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	unsigned int p, i;
	uint64_t at;

	if (area == MAP_FAILED || mlock(area, PAGES * page))
		return -errno;
	for (p = 0; p < PAGES; p++) {
		uint64_t *words = (uint64_t *)(area + p * page);

		for (i = 0; i < WORDS; i++)
			words[i] = pattern(seed, p, i);
		at = physical(words);
		if (!at)
			return -EFAULT;
		len += (size_t)snprintf(text + len, size - len, "%s%llx",
					p ? ":" : "", (unsigned long long)at);
	}
	return 0;
}

/* The crash kernel's command line: ours, for one CPU, with what it has to find. */
static void second_cmdline(char *line, size_t size)
{
	char ours[4096], at[512], *word, *save;
	uint64_t seed;
	size_t len = 0;
	int ret;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		ksft_exit_fail_msg("getrandom: %s\n", strerror(errno));
	ret = fill(seed, at, sizeof(at));
	if (ret)
		ksft_exit_fail_msg("pages: %s\n", strerror(-ret));
	if (sw_read("/proc/cmdline", ours, sizeof(ours)) < 0)
		ksft_exit_fail_msg("no /proc/cmdline\n");
	for (word = strtok_r(ours, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (strncmp(word, "crashkernel=", 12))
			len += (size_t)snprintf(line + len, size - len, "%s ", word);
	snprintf(line + len, size - len, "nr_cpus=1 reset_devices sw.core=%llx,%d,%ld,%llx,%s",
		 (unsigned long long)seed, (int)getpid(), sysconf(_SC_NPROCESSORS_ONLN),
		 (unsigned long long)sw_read_key("/proc/meminfo", "MemTotal"), at);
}

static int first(void)
{
	static char line[4096];
	int kernel = open("/kdump/kernel", O_RDONLY | O_CLOEXEC);
	int initramfs = open("/kdump/initramfs", O_RDONLY | O_CLOEXEC);

	if (kernel < 0 || initramfs < 0)
		ksft_exit_fail_msg("no crash kernel in /kdump\n");
	second_cmdline(line, sizeof(line));
	if (syscall(SYS_kexec_file_load, kernel, initramfs, strlen(line) + 1, line,
		    (unsigned long)KEXEC_FILE_ON_CRASH))
		ksft_exit_fail_msg("kexec_file_load: %s\n", strerror(errno));
	if (sw_must_read_ll("/sys/kernel/kexec_crash_loaded") != 1)
		ksft_exit_fail_msg("the crash kernel is not loaded\n");
	ksft_print_msg("second kernel: %s\n", line);
	printf("SW crash feat_kdump\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sw_write("/proc/sysrq-trigger", "c");
	ksft_exit_fail_msg("the kernel lives\n");
}

/* What the first kernel said. */
static struct {
	uint64_t seed, memory, at[PAGES];
	int pid, cpus;
} want;

static int read_want(void)
{
	unsigned long long seed, memory;
	char line[4096], *s;
	int n = 0, used = 0;

	if (sw_read("/proc/cmdline", line, sizeof(line)) < 0)
		return -ENOENT;
	s = strstr(line, "sw.core=");
	if (!s || sscanf(s, "sw.core=%llx,%d,%d,%llx,%n", &seed, &want.pid, &want.cpus,
			 &memory, &used) != 4 || !used)
		return -EINVAL;
	want.seed = seed;
	want.memory = memory << 10;
	for (s += used; n < PAGES && *s; s += *s == ':')
		want.at[n++] = strtoull(s, &s, 16);
	return n == PAGES ? 0 : -EINVAL;
}

static Elf64_Phdr segments[SEGMENTS];
static int n_segments, core;

static int read_headers(void)
{
	Elf64_Ehdr e, self;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	size_t size;

	core = open("/proc/vmcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || core < 0 || read(fd, &self, sizeof(self)) != sizeof(self) ||
	    pread(core, &e, sizeof(e), 0) != sizeof(e))
		return 0;
	close(fd);
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_type != ET_CORE || e.e_machine != self.e_machine ||
	    e.e_phentsize != sizeof(*segments) || e.e_phnum < 2 || e.e_phnum > SEGMENTS)
		return 0;
	n_segments = e.e_phnum;
	size = (size_t)n_segments * sizeof(*segments);
	return pread(core, segments, size, (off_t)e.e_phoff) == (ssize_t)size &&
	       segments[0].p_type == PT_NOTE;
}

/* Bytes of memory that the core has. */
static uint64_t core_memory(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < n_segments; i++)
		if (segments[i].p_type == PT_LOAD)
			sum += segments[i].p_filesz;
	return sum;
}

/* LEN bytes of memory at the physical address AT, from the core. */
static int core_read(uint64_t at, void *buf, size_t len)
{
	int i;

	for (i = 0; i < n_segments; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type == PT_LOAD && at >= s->p_paddr &&
		    at + len <= s->p_paddr + s->p_filesz)
			return pread(core, buf, len,
				     (off_t)(s->p_offset + at - s->p_paddr)) == (ssize_t)len;
	}
	return 0;
}

/* From the notes: CPUs, whether one ran the task that crashed, VMCOREINFO. */
static int cpus, crashed_found;
static char info[65536];

static void read_notes(void)
{
	static char notes[1 << 20];
	const Elf64_Phdr *s = &segments[0];
	size_t at = 0, size = s->p_filesz, name, desc;
	struct elf_prstatus status;
	Elf64_Nhdr n;

	if (size > sizeof(notes) || pread(core, notes, size, (off_t)s->p_offset) != (ssize_t)size)
		return;
	for (; at + sizeof(n) <= size; at = desc + ((n.n_descsz + 3) & ~3U)) {
		memcpy(&n, notes + at, sizeof(n));
		name = at + sizeof(n);
		desc = name + ((n.n_namesz + 3) & ~3U);
		if (!n.n_namesz || desc > size || n.n_descsz > size - desc)
			break;
		if (n.n_type == NT_PRSTATUS && !strncmp(notes + name, "CORE", n.n_namesz) &&
		    n.n_descsz >= sizeof(status)) {
			memcpy(&status, notes + desc, sizeof(status));
			cpus++;
			crashed_found += status.pr_pid == want.pid;
		} else if (!strncmp(notes + name, "VMCOREINFO", n.n_namesz) &&
			   n.n_descsz < sizeof(info)) {
			memcpy(info, notes + desc, n.n_descsz);
		}
	}
}

static int pages_right(void)
{
	uint64_t words[WORDS];
	unsigned int p, i;
	int right = 0;

	for (p = 0; p < PAGES; p++) {
		if (!core_read(want.at[p], words, sizeof(words)))
			continue;
		for (i = 0; i < WORDS && words[i] == pattern(want.seed, p, i); i++)
			;
		right += i == WORDS;
	}
	return right;
}

static void second(void)
{
	char release[160];
	struct utsname u;
	int ret = read_want();

	ksft_set_plan(6);
	if (ret)
		ksft_exit_fail_msg("sw.core=: %s\n", strerror(-ret));
	ret = read_headers();
	ksft_test_result(ret, "vmcore is a core file with notes\n");
	if (ret)
		read_notes();
	ksft_print_msg("%d segments, %llu MiB of %llu, %d CPUs of %d\n", n_segments,
		       (unsigned long long)core_memory() >> 20,
		       (unsigned long long)want.memory >> 20, cpus, want.cpus);
	ksft_test_result(core_memory() >= want.memory,
			 "it has all memory that the first kernel used\n");
	uname(&u);
	snprintf(release, sizeof(release), "OSRELEASE=%s\n", u.release);
	ksft_test_result(!strncmp(info, release, strlen(release)) &&
			 strstr(info, "\nCRASHTIME=") && strstr(info, "\nSYMBOL(init_uts_ns)="),
			 "VMCOREINFO names the release, the time and symbols\n");
	ksft_test_result(cpus == want.cpus, "each CPU left its registers\n");
	ksft_test_result(crashed_found == 1, "the task that crashed is among them\n");
	ret = pages_right();
	ksft_print_msg("%d pages of %d\n", ret, PAGES);
	ksft_test_result(ret == PAGES, "memory of a process is as it was\n");
}

int main(void)
{
	ksft_print_header();
	if (access("/proc/vmcore", F_OK))
		return first();
	second();
	ksft_finished();
}
