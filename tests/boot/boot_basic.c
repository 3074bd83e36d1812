// SPDX-License-Identifier: GPL-2.0
/*
 * boot_basic - what every kernel of this tree must show after a boot: its
 * release, the CPUs it was given, cgroups, and a clock and scheduler that work.
 */
#include <ctype.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "sw.h"

/* The value of kernel argument KEY, copied to BUF; 0 if it is not there. */
static int kernel_arg(const char *key, char *buf, size_t size)
{
	char line[4096], *word, *save;

	if (sw_read("/proc/cmdline", line, sizeof(line)) < 0)
		return 0;
	for (word = strtok_r(line, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		if (strncmp(word, key, strlen(key)))
			continue;
		snprintf(buf, size, "%s", word + strlen(key));
		return 1;
	}
	return 0;
}

static void test_release(void)
{
	struct utsname u;
	char want[128];

	if (!kernel_arg("sw.release=", want, sizeof(want))) {
		ksft_test_result_skip("release is the one that was built\n");
		return;
	}
	uname(&u);
	ksft_print_msg("release %s, wanted %s\n", u.release, want);
	ksft_test_result(!strcmp(u.release, want),
			 "release is the one that was built\n");
}

static void test_cpus(void)
{
	char want[32];
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (!kernel_arg("sw.cpus=", want, sizeof(want))) {
		ksft_test_result_skip("all CPUs are online\n");
		return;
	}
	ksft_test_result(n == atol(want), "all CPUs are online\n");
}

static void test_cgroup(void)
{
	char list[512];

	if (sw_read("/sys/fs/cgroup/cgroup.controllers", list, sizeof(list)) >= 0) {
		ksft_test_result(strstr(list, "cpu") != NULL,
				 "cgroup has the cpu controller\n");
		return;
	}
	ksft_test_result(!access("/sys/fs/cgroup/cpu/cpu.shares", F_OK),
			 "cgroup has the cpu controller\n");
}

/* A child that sleeps must be back, later than it slept, without help. */
static void test_sleep(void)
{
	uint64_t start = sw_now_ns();
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sw_sleep_ms(20);
		_exit(7);
	}
	ksft_test_result(pid > 0 && waitpid(pid, &status, 0) == pid &&
			 WIFEXITED(status) && WEXITSTATUS(status) == 7 &&
			 sw_now_ns() - start >= 20000000ULL,
			 "a child sleeps and wakes\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	test_release();
	test_cpus();
	test_cgroup();
	test_sleep();
	ksft_finished();
}
