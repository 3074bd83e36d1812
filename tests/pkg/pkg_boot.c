// SPDX-License-Identifier: GPL-2.0
/*
 * pkg_boot - runs in a packaged kernel: is it the one that was packaged, and
 * did it accept the modules? Kernel arguments say what is wanted:
 *
 *	pkg.release=R		what uname -r must print
 *	pkg.buildid=HEX		build id of the vmlinux in the debuginfo package
 *	pkg.module=NAME		a module of the image package, loaded by init
 *
 * Module hello, built against the devel package, is loaded by init as well.
 */
#include <elf.h>
#include <sys/utsname.h>

#include "sw.h"

#define NOTES_MAX 65536

static char cmdline[4096];

/* Copy the value of kernel argument KEY ("pkg.x=") to BUF; bails out without. */
static void want_arg(const char *key, char *buf, size_t size)
{
	char *p = strstr(cmdline, key);
	size_t len;

	if (!p)
		ksft_exit_fail_msg("no kernel argument %s\n", key);
	p += strlen(key);
	len = strcspn(p, " \n");
	if (len == 0 || len >= size)
		ksft_exit_fail_msg("kernel argument %s: bad value\n", key);
	memcpy(buf, p, len);
	buf[len] = '\0';
}

/* Print the build id of the running kernel as hex to BUF; 0 if there is one. */
static int running_build_id(char *buf, size_t size)
{
	static char notes[NOTES_MAX] __attribute__((aligned(4)));
	ssize_t len = sw_read("/sys/kernel/notes", notes, sizeof(notes));
	size_t at = 0, desc, i;

	while (len > 0 && at + sizeof(Elf64_Nhdr) <= (size_t)len) {
		Elf64_Nhdr *n = (void *)(notes + at);

		desc = at + sizeof(*n) + ((n->n_namesz + 3U) & ~3U);
		if (desc + n->n_descsz > (size_t)len)
			return -1;
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
		    !memcmp(n + 1, "GNU", 4)) {
			for (i = 0; i < n->n_descsz && 2 * i + 2 < size; i++)
				sprintf(buf + 2 * i, "%02x",
					(unsigned char)notes[desc + i]);
			return 0;
		}
		at = desc + ((n->n_descsz + 3U) & ~3U);
	}
	return -1;
}

/* True if module NAME is loaded and ran its init function. */
static int module_live(const char *name)
{
	char path[256], *p, state[32];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	for (p = path; *p; p++)
		if (*p == '-')
			*p = '_';
	return sw_read(path, state, sizeof(state)) > 0 &&
	       !strcmp(state, "live\n");
}

int main(void)
{
	char want[256], got[256] = "";
	struct utsname u;

	ksft_print_header();
	ksft_set_plan(6);
	if (sw_read("/proc/cmdline", cmdline, sizeof(cmdline)) < 0)
		ksft_exit_fail_msg("no /proc/cmdline\n");

	want_arg("pkg.release=", want, sizeof(want));
	uname(&u);
	ksft_print_msg("release %s, wanted %s\n", u.release, want);
	ksft_test_result(!strcmp(u.release, want), "release\n");

	want_arg("pkg.buildid=", want, sizeof(want));
	if (running_build_id(got, sizeof(got)))
		ksft_print_msg("no build id in /sys/kernel/notes\n");
	ksft_print_msg("build id %s, wanted %s\n", got, want);
	ksft_test_result(!strcmp(got, want), "debuginfo is of this kernel\n");

	want_arg("pkg.module=", want, sizeof(want));
	ksft_test_result(module_live(want), "packaged module is live\n");

	ksft_test_result(module_live("hello"), "hello is live\n");
	ksft_test_result(sw_read("/sys/module/hello/parameters/cpus", got,
				 sizeof(got)) > 0 &&
			 strtol(got, NULL, 10) == sysconf(_SC_NPROCESSORS_ONLN),
			 "hello ran\n");
	/* F: loaded by force, past a version mismatch. O: out of tree. */
	if (sw_read("/sys/module/hello/taint", got, sizeof(got)) < 0)
		got[0] = '\0';
	ksft_print_msg("taint of hello: %s\n", got);
	ksft_test_result(strchr(got, 'O') && !strchr(got, 'F'),
			 "hello matches by version\n");
	ksft_finished();
}
