// SPDX-License-Identifier: GPL-2.0
/*
 * feat_livepatch - the kernel's sample patch of /proc/cmdline, which init has loaded
 * (sw.module=livepatch_sample): it is in effect, goes, and comes again, while a task
 * reads that file all the time. The run has this program alone: what others look
 * for in /proc/cmdline is hidden by the patch.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sw.h"

#define SAMPLE	"livepatch_sample"
#define DIR	"/sys/kernel/livepatch/" SAMPLE
#define FILE_KO	"/modules/livepatch-sample.ko"

enum text { OLD, NEW, NEITHER };

/* What the reader saw: reads, changes between two reads, and wrong texts. */
static volatile struct {
	long reads, changes, neither;
} *seen;

static enum text cmdline(void)
{
	char line[4096];

	if (sw_read("/proc/cmdline", line, sizeof(line)) <= 0)
		return NEITHER;
	if (!strcmp(line, "this has been live patched\n"))
		return NEW;
	return strstr(line, "sw.out=") && strchr(line, '\n') ? OLD : NEITHER;
}

static void reader(enum text last)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		enum text now = cmdline();

		seen->neither += now == NEITHER;
		seen->changes += now != last;
		last = now;
		seen->reads++;
		sw_sleep_ms(1);
	}
}

/*
 * Wait until the patch is in effect for all (WANT 1) or gone: tasks that sleep in the
 * kernel come late, and on a busy host all of them.
 */
static int settled(int want)
{
	char text[16];
	int i;

	for (i = 0; i < 2400; i++) {
		ssize_t n = sw_read(DIR "/transition", text, sizeof(text));

		if (want ? n > 0 && text[0] == '0' : n == -ENOENT)
			return 1;
		sw_sleep_ms(100);
	}
	return 0;
}

static int load(void)
{
	int fd = open(FILE_KO, O_RDONLY | O_CLOEXEC), ret = -ENOENT;

	if (fd >= 0) {
		ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
		close(fd);
	}
	return ret;
}

/* The patch's references are dropped by a worker, after the directory is gone. */
static int unload(void)
{
	int i, ret = -EAGAIN;

	for (i = 0; i < 100 && ret; i++) {
		ret = syscall(SYS_delete_module, SAMPLE, O_NONBLOCK) ? -errno : 0;
		if (ret)
			sw_sleep_ms(100);
	}
	return ret;
}

/* The reader has read again since now, so that it saw what is in effect. */
static int reader_goes_on(void)
{
	long from = seen->reads;
	int i;

	for (i = 0; i < 600 && seen->reads < from + 2; i++)
		sw_sleep_ms(100);
	return seen->reads >= from + 2;
}

int main(void)
{
	int on, ret;
	pid_t pid;

	ksft_print_header();
	if (access("/sys/kernel/livepatch", F_OK))
		ksft_exit_skip("no live patching in this kernel\n");
	ksft_set_plan(6);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if ((void *)seen == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));

	on = settled(1);
	ksft_test_result(on && cmdline() == NEW, "a live patch replaces a function\n");
	pid = fork();
	if (pid == 0)
		reader(NEW);
	ksft_test_result(pid > 0 && reader_goes_on() && seen->changes == 0,
			 "a new task has it from the start\n");

	ret = sw_write(DIR "/enabled", "0");
	on = settled(0);
	ksft_test_result(!ret && on && cmdline() == OLD && reader_goes_on() &&
			 seen->changes == 1, "it is taken back under a reader\n");
	ret = unload();
	ksft_print_msg("delete_module: %s\n", strerror(-ret));
	ksft_test_result(!ret, "its module can be removed\n");
	ret = load();
	on = settled(1);
	ksft_test_result(!ret && on && cmdline() == NEW && reader_goes_on() &&
			 seen->changes == 2, "and loaded again under a reader\n");
	sw_write(DIR "/enabled", "0");
	settled(0);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	ksft_print_msg("%ld reads, %ld changes\n", seen->reads, seen->changes);
	ksft_test_result(seen->reads > 0 && !seen->neither,
			 "each read was of the old or of the new function\n");
	ksft_finished();
}
