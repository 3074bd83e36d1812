// SPDX-License-Identifier: GPL-2.0
/*
 * mcg_cgroup - how long do mkdir() and rmdir() of a cgroup take a process outside, while
 * a container at its limit makes and removes cgroups of its own, each charged to it with
 * cgroup_mutex held?
 *
 * Kernel arguments: mcg.seconds=N for each part (default 20), mcg.kids=N cgroups that are
 * made and removed in a row (default 16). cgroup v2 only.
 */
#include "mcg_probe.h"

#define FULL	(32 * MCG_MIB)

static int kids;

/* A cgroup with a memory controller made and removed, as by a container's runtime. */
static int make_one(unsigned int i)
{
	const char *path = mcg_path("other/p", "");

	(void)i;
	return (mkdir(path, 0755) && errno != EEXIST) || rmdir(path);
}

static volatile unsigned int *rounds;

static int make_kids(const char *cg)
{
	for (;; ++*rounds) {
		mcg_make_children(cg, 0, kids);
		mcg_remove_children(cg, kids);
	}
	return 0;
}

static struct mcg_job *job;

/*
 * CG, full of what can't be freed, makes cgroups with a limit in FILE, where there is one.
 * Its tasks are in CG/t, those cgroups in CG/kids.
 */
static struct result part(const char *cg, const char *file, unsigned int seconds, double usual)
{
	char tasks[64], parent[64], child[80];
	struct result r;
	unsigned int from;
	uint64_t since;
	pid_t pid;

	snprintf(tasks, sizeof(tasks), "%s/t", cg);
	snprintf(parent, sizeof(parent), "%s/kids", cg);
	snprintf(child, sizeof(child), "%s/c0", parent);
	mcg_make(cg);
	mcg_make(tasks);
	mcg_make(parent);
	/* This has the controller on in the parent. */
	mcg_make(child);
	mcg_remove(child);
	*rounds = 0;
	pid = mcg_job_of(job, tasks, FULL, make_kids, parent);
	if (file)
		sw_write(mcg_path(cg, file), "%lld", mcg_usage(cg) - (long)FULL / 2);
	from = probe->n;
	since = sw_now_ns();
	job->go = 1;
	sw_sleep_ms(seconds * 1000);
	r = probe_look(from, since, usual);
	ksft_print_msg("%s: %u rounds of %d cgroups, usage %lld KiB, high %lld, defer %lld, denied %lld\n",
		       cg, *rounds, kids, mcg_usage(cg) >> 10, mcg_event(cg, "high"),
		       mcg_event(cg, "defer"), mcg_event(cg, "defer_denied"));
	if (file)
		sw_write(mcg_path(cg, file), "max");
	mcg_kill(pid);
	probe_print(cg, r);
	return r;
}

int main(void)
{
	struct result free, high;
	unsigned int seconds;

	ksft_print_header();
	ksft_set_plan(2);
	if (!mcg_v2())
		ksft_exit_skip("memory.high is cgroup v2\n");
	sw_write(MCG_SWITCH, "%ld", mcg_arg("mcg.defer=", 1));
	seconds = (unsigned int)mcg_arg("mcg.seconds=", 20);
	kids = (int)mcg_arg("mcg.kids=", 16);
	job = mcg_shared(sizeof(*job));
	rounds = mcg_shared(sizeof(*rounds));
	mcg_make("other");
	mcg_make("other/p");
	mcg_remove("other/p");

	probe_start(make_one);
	free = part("free", NULL, seconds, 1e9);
	high = part("high", "memory.high", seconds, free.p99);
	ksft_test_result(high.n && (high.paced <= 50 || high.paced <= 1.5 * free.paced),
			 "mkdir beside a memcg above memory.high: p99 of one each %d ms\n", PROBE_PACE);
	ksft_test_result(high.n && high.lost <= 0.1,
			 "mkdir beside a memcg above memory.high: lost time\n");
	probe_stop();
	ksft_finished();
}
