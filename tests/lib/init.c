// SPDX-License-Identifier: GPL-2.0
/*
 * init.c - process 1 of a test boot: mounts what tests need, loads the
 * modules below /modules in the order of /modules/list, runs the programs
 * named in /tests/list one after the other, and ends the machine.
 *
 * Output goes to a serial line of its own (kernel argument sw.out=<device>,
 * default /dev/ttyS1), so that no kernel message lands inside a KTAP line:
 *
 *	SW begin <program>
 *	<its KTAP>
 *	SW end <program> exit=<status> | signal=<number> | timeout=<seconds>
 *	SW done
 *
 * Kernel arguments it reads: sw.cgroup=v1 mounts each v1 controller at
 * /sys/fs/cgroup/<name> instead of cgroup2 at /sys/fs/cgroup; sw.limit=<s> is
 * the longest one program may run (default 600 s).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LIST_MAX 64

static char cmdline[4096];

/* The value of kernel argument KEY ("sw.out="), or FALLBACK. */
static const char *kernel_arg(const char *key, const char *fallback)
{
	static char copy[sizeof(cmdline)];
	static char value[256];
	char *word, *save;

	snprintf(copy, sizeof(copy), "%s", cmdline);
	for (word = strtok_r(copy, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		if (strncmp(word, key, strlen(key)))
			continue;
		snprintf(value, sizeof(value), "%s", word + strlen(key));
		return value;
	}
	return fallback;
}

/* Mount TYPE at DIR; a kernel without that file system is no error here. */
static void try_mount(const char *type, const char *dir, const char *options)
{
	if (mkdir(dir, 0755) && errno != EEXIST)
		return;
	if (mount(type, dir, type, 0, options) && errno != ENODEV &&
	    errno != EBUSY)
		fprintf(stderr, "init: mount %s at %s: %s\n", type, dir,
			strerror(errno));
}

static void mount_cgroup_v1(void)
{
	FILE *f = fopen("/proc/cgroups", "re");
	char name[64], dir[128], line[256];

	if (!f)
		return;
	try_mount("tmpfs", "/sys/fs/cgroup", NULL);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || sscanf(line, "%63s", name) != 1)
			continue;
		snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%s", name);
		try_mount("cgroup", dir, name);
	}
	fclose(f);
}

/* Read the words of FILE, one a line, into LIST; returns how many. */
static int read_list(const char *file, char list[LIST_MAX][128])
{
	FILE *f = fopen(file, "re");
	int n = 0;

	if (!f)
		return 0;
	while (n < LIST_MAX && fscanf(f, "%127s", list[n]) == 1)
		n++;
	fclose(f);
	return n;
}

static void load_modules(void)
{
	static char list[LIST_MAX][128];
	int i, fd, n = read_list("/modules/list", list);

	if (chdir("/modules"))
		return;
	for (i = 0; i < n; i++) {
		fd = open(list[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			printf("SW module %s failed: %s\n", list[i],
			       strerror(errno));
		else
			printf("SW module %s loaded\n", list[i]);
		if (fd >= 0)
			close(fd);
	}
}

/* Run one program in a session of its own for at most LIMIT seconds. */
static void run(const char *name, int limit)
{
	int status = 0, waited;
	pid_t pid, p;

	printf("SW begin %s\n", name);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (!chdir("/tests"))
			execl(name, name, (char *)NULL);
		printf("# exec /tests/%s: %s\n", name, strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	for (waited = 0; waited < limit * 10; waited++) {
		struct timespec t = { 0, 100000000L };

		/* also reap what the program left to us */
		while ((p = waitpid(-1, &status, WNOHANG)) > 0 && p != pid)
			;
		if (p == pid || p < 0)
			break;
		nanosleep(&t, NULL);
	}
	if (waited == limit * 10) {
		printf("\nSW end %s timeout=%d\n", name, limit);
	} else if (WIFSIGNALED(status)) {
		printf("\nSW end %s signal=%d\n", name, WTERMSIG(status));
	} else {
		printf("\nSW end %s exit=%d\n", name, WEXITSTATUS(status));
	}
	fflush(stdout);
	kill(-pid, SIGKILL);	/* what it left behind, or itself */
}

int main(void)
{
	static char list[LIST_MAX][128];
	struct termios t;
	int fd, i, n;
	ssize_t len;

	try_mount("devtmpfs", "/dev", NULL);
	try_mount("proc", "/proc", NULL);
	try_mount("sysfs", "/sys", NULL);
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, cmdline, sizeof(cmdline) - 1);
	cmdline[len < 0 ? 0 : len] = '\0';
	if (fd >= 0)
		close(fd);

	fd = open(kernel_arg("sw.out=", "/dev/ttyS1"), O_RDWR | O_NOCTTY);
	if (fd < 0)
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd >= 0) {
		if (!tcgetattr(fd, &t)) {
			t.c_oflag &= ~(tcflag_t)OPOST;
			t.c_lflag &= ~(tcflag_t)ECHO;
			tcsetattr(fd, TCSANOW, &t);
		}
		for (i = 0; i < 3; i++)
			dup2(fd, i);
		if (fd > 2)
			close(fd);
	}
	try_mount("debugfs", "/sys/kernel/debug", NULL);
	try_mount("tracefs", "/sys/kernel/tracing", NULL);
	try_mount("tmpfs", "/tmp", NULL);
	try_mount("tmpfs", "/dev/shm", NULL);
	try_mount("bpf", "/sys/fs/bpf", NULL);
	if (!strcmp(kernel_arg("sw.cgroup=", "v2"), "v1"))
		mount_cgroup_v1();
	else
		try_mount("cgroup2", "/sys/fs/cgroup", NULL);

	load_modules();
	n = read_list("/tests/list", list);
	for (i = 0; i < n; i++)
		run(list[i], atoi(kernel_arg("sw.limit=", "600")));
	printf("SW done\n");
	fflush(stdout);
	tcdrain(1);
	sync();
	/* With -no-reboot the emulator ends here, ACPI or not. */
	reboot(RB_AUTOBOOT);
	return 1;
}
