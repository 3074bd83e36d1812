// SPDX-License-Identifier: GPL-2.0
/*
 * rt_cgroup - hog, victim and sleepers each in a cgroup of its own. Sleepers stay
 * queued for a while (delayed dequeue) and are no victims; of the hog's path,
 * which is long, the end is shown. Needs the cpu controller of cgroup v2, which
 * takes no real-time tasks with CONFIG_RT_GROUP_SCHED=y.
 */
#include <sys/stat.h>

#include "rt.h"

#define ROOT	"/sys/fs/cgroup/"
#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define SLEEPERS 3

/* Parents before children. The path of the last is longer than what is shown. */
static const char * const groups[] = {
	ROOT "rt_sleep", ROOT "rt_wait", ROOT "rt_long", ROOT "rt_long/" X100,
	ROOT "rt_long/" X100 "/" X100, ROOT "rt_long/" X100 "/" X100 "/rt_leaf",
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static volatile bool quiet, stop;
static int cpu;

/* Write VALUE to FILE of GROUP, or end the program. */
static void put(const char *group, const char *file, const char *value)
{
	char path[512];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	ret = sw_write(path, "%s", value);
	if (ret)
		ksft_exit_fail_msg("%s to %s: %s\n", value, path, strerror(-ret));
}

static void move(const char *group, pid_t tid)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", tid);
	put(group, "cgroup.threads", value);
}

/* Busy with short sleeps, so that most end before the lag is paid; then asleep. */
static void *sleeper(void *arg)
{
	volatile bool *asleep = arg;
	uint64_t end;

	prctl(PR_SET_NAME, "rt_sleeper");
	sw_set_fifo(0, 0);	/* not as who made this thread */
	sw_pin(0, cpu);
	move(groups[0], (pid_t)syscall(SYS_gettid));
	while (!quiet) {
		for (end = sw_now_ns() + 2000000; sw_now_ns() < end;)
			;
		sw_sleep_ms(1);
	}
	*asleep = true;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return NULL;
}

/* One episode: the line of the hog in LINE, and the two threads it may name. */
static void episode(char *line, struct rt_spinner *hog, struct rt_spinner *victim)
{
	static volatile bool asleep[SLEEPERS];
	pthread_t thread[SLEEPERS];
	int fd, i;

	*hog = (struct rt_spinner){
		.comm = "rt_hog", .cpu = cpu, .prio = RT_HOG_PRIO, .stop = &stop,
	};
	*victim = (struct rt_spinner){ .comm = "rt_victim", .cpu = cpu, .stop = &stop };
	quiet = stop = false;
	sw_sleep_ms(RT_EPISODE_MS);
	rt_fresh_limits();
	fd = sw_kmsg_open();
	sw_set_fifo(0, RT_TEST_PRIO);
	pthread_mutex_lock(&gate);
	rt_spinner_start(victim);
	move(groups[1], victim->tid);
	for (i = 0; i < SLEEPERS; i++) {
		asleep[i] = false;
		if (pthread_create(&thread[i], NULL, sleeper, (void *)&asleep[i]))
			ksft_exit_fail_msg("no thread\n");
	}
	sw_sleep_ms(200);
	/* The hog inherits the cgroup: to move it would take its time. */
	move(groups[GROUPS - 1], getpid());
	quiet = true;
	for (i = 0; i < SLEEPERS; i++)
		while (!asleep[i])
			sw_sleep_ms(1);
	rt_spinner_start(hog);
	sw_sleep_ms(2000);
	stop = true;
	pthread_join(hog->thread, NULL);
	pthread_join(victim->thread, NULL);
	pthread_mutex_unlock(&gate);
	for (i = 0; i < SLEEPERS; i++)
		pthread_join(thread[i], NULL);
	sw_set_fifo(0, 0);
	move(ROOT, getpid());
	line[0] = '\0';
	rt_kmsg_count(fd, "RT hog cpu", line);
	close(fd);
	ksft_print_msg("%s\n", line[0] ? line : "nobody is named");
}

int main(void)
{
	bool path = false, named = false, wrong = false, kworker = false;
	struct rt_spinner hog, victim;
	char line[RT_LINE_MAX], want[64];
	int tries;
	size_t i;

	ksft_print_header();
	ksft_set_plan(2);
	cpu = rt_cpus() - 1;
	rt_defaults();
	if (sw_write(ROOT "cgroup.subtree_control", "+cpu"))
		ksft_exit_fail_msg("no cpu controller of cgroup v2\n");
	for (i = 0; i < GROUPS; i++) {
		if (mkdir(groups[i], 0755))
			ksft_exit_fail_msg("%s: %s\n", groups[i], strerror(errno));
		put(groups[i], "cgroup.type", "threaded");
	}
	/* A kworker may stand before the victim, and waits as well: once more then. */
	for (tries = 0; tries < RT_TRIES && !(path && named) && !wrong; tries++) {
		episode(line, &hog, &victim);
		snprintf(want, sizeof(want), ": 'rt_hog'[%d] ", hog.tid);
		path = strstr(line, want) && strstr(line, " ...") &&
		       strstr(line, "x/rt_leaf, ") && !strstr(line, "rt_long");
		snprintf(want, sizeof(want), ", first 'rt_victim'[%d]", victim.tid);
		named = strstr(line, want);
		kworker = kworker || strstr(line, ", first 'kworker/");
		wrong = line[0] && (!strstr(line, ", first '") || strstr(line, "rt_sleeper"));
	}
	ksft_test_result(path, "the end of a long cgroup path is in the line\n");
	ksft_test_result((named || kworker) && !wrong,
			 "a task that waits is named, no sleeper of the cgroup beside it\n");
	for (i = GROUPS; i--;)
		rmdir(groups[i]);
	sw_write(ROOT "cgroup.subtree_control", "-cpu");
	ksft_finished();
}
