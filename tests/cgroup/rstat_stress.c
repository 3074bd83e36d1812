// SPDX-License-Identifier: GPL-2.0
/*
 * rstat_stress - create, remove, move, read, charge, io, CPU hotplug, controllers
 * turned on and off, and the switch, all at once for cg.seconds=, with a BPF
 * collector loaded; then nothing may be charged any more. Meant for a kernel
 * with lockdep and KASAN: the log must stay clean (boot/clean-log).
 */
#include "cg.h"
#include "bpf.h"

#define TOP	CG_ROOT "/stress"
#define DIRS	4
#define LEAVES	4

struct worker {
	const char *name;
	bool (*step)(unsigned int *seed);	/* false: it changed nothing */
	unsigned int pause_ms;
};

struct shared {
	volatile unsigned int stop;
	volatile unsigned long steps[16];
};

static struct shared *s;
static struct cg_bpf bpf;
static int disk;

static void some_dir(unsigned int *seed, char *path)
{
	snprintf(path, CG_PATH, TOP "/d%d", rand_r(seed) % DIRS);
}

static void some_leaf(unsigned int *seed, char *path)
{
	snprintf(path, CG_PATH, TOP "/d%d/l%d", rand_r(seed) % DIRS, rand_r(seed) % LEAVES);
}

static bool step_create(unsigned int *seed)
{
	char path[CG_PATH];

	some_leaf(seed, path);
	return !mkdir(path, 0755) || (errno == EEXIST && !rmdir(path));
}

static bool step_charge(unsigned int *seed)
{
	char path[CG_PATH];
	bool in;
	int i;

	some_leaf(seed, path);
	in = !cg_enter(path);	/* it may not be there, or not take tasks */
	sw_pin(0, rand_r(seed) % 2);
	for (i = 0; i < 4; i++) {
		cg_fault(1 + (unsigned int)rand_r(seed) % 64);
		cg_write_disk(disk, (unsigned int)rand_r(seed));
	}
	if (!fork())
		_exit(0);
	wait(NULL);
	if (rand_r(seed) % 4 == 0)
		cg_enter(CG_ROOT);
	return in;
}

static bool step_read(unsigned int *seed)
{
	static const char *const file[] = {
		"cpu.stat", "memory.stat", "io.stat", "memory.numa_stat",
	};
	static char buf[65536];
	char path[CG_PATH], name[CG_PATH + 32];

	switch (rand_r(seed) % 3) {
	case 0:
		snprintf(path, sizeof(path), TOP);
		break;
	case 1:
		some_dir(seed, path);
		break;
	default:
		some_leaf(seed, path);
	}
	snprintf(name, sizeof(name), "%s/%s", path, file[rand_r(seed) % 4]);
	return sw_read(name, buf, sizeof(buf)) > 0;
}

static bool step_bpf(unsigned int *seed)
{
	char path[CG_PATH];

	if (rand_r(seed) % 2)
		some_dir(seed, path);
	else
		some_leaf(seed, path);
	cg_bpf_flush(&bpf, path);
	cg_bpf_flush(&bpf, TOP);
	return true;
}

static bool step_control(unsigned int *seed)
{
	char path[CG_PATH], file[CG_PATH + 32];
	int err;

	some_dir(seed, path);
	snprintf(file, sizeof(file), "%s/cgroup.subtree_control", path);
	/* busy while a task is in the directory itself */
	err = sw_write(file, rand_r(seed) % 2 ? "-memory" : "-io");
	sw_sleep_ms((unsigned int)rand_r(seed) % 50);
	return !sw_write(file, "+memory +io") && !err;
}

static bool step_switch(unsigned int *seed)
{
	int err;

	err = sw_write(CG_SPLIT, "%d", rand_r(seed) % 2);
	sw_sleep_ms((unsigned int)rand_r(seed) % 500);
	return !sw_write(CG_SPLIT, "1") && !err;
}

static bool step_hotplug(unsigned int *seed)
{
	int err;

	err = sw_write("/sys/devices/system/cpu/cpu1/online", "0");
	sw_sleep_ms((unsigned int)rand_r(seed) % 200);
	return !sw_write("/sys/devices/system/cpu/cpu1/online", "1") && !err;
}

static const struct worker workers[] = {
	{ "create", step_create, 2 },
	{ "create", step_create, 2 },
	{ "charge", step_charge, 1 },
	{ "charge", step_charge, 1 },
	{ "charge", step_charge, 1 },
	{ "read", step_read, 0 },
	{ "read", step_read, 0 },
	{ "bpf", step_bpf, 20 },
	{ "control", step_control, 100 },
	{ "switch", step_switch, 1000 },
	{ "hotplug", step_hotplug, 3000 },
};

#define NR_WORKERS (sizeof(workers) / sizeof(workers[0]))

static void work(unsigned int i)
{
	unsigned int seed = i + 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, workers[i].name);
	while (!s->stop) {
		s->steps[i] += workers[i].step(&seed);
		if (workers[i].pause_ms)
			sw_sleep_ms(workers[i].pause_ms);
	}
	_exit(0);
}

int main(void)
{
	long seconds = cg_arg("cg.seconds=", 60);
	unsigned long least = ~0UL;
	char path[CG_PATH];
	bool clean = false;
	pid_t pid[NR_WORKERS];
	unsigned int i, j;

	ksft_print_header();
	s = cg_shared(sizeof(*s));
	disk = cg_disk();
	cg_control(CG_ROOT);
	cg_mkdir(TOP);
	cg_control(TOP);
	for (i = 0; i < DIRS; i++) {
		snprintf(path, sizeof(path), TOP "/d%u", i);
		cg_mkdir(path);
		cg_control(path);
	}
	cg_bpf_start(&bpf);
	ksft_set_plan(3);
	for (i = 0; i < NR_WORKERS; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
		if (!pid[i])
			work(i);
	}
	sw_sleep_ms((unsigned int)seconds * 1000);
	s->stop = 1;
	for (i = 0; i < NR_WORKERS; i++) {
		waitpid(pid[i], NULL, 0);
		ksft_print_msg("%s: %lu steps\n", workers[i].name, s->steps[i]);
		if (s->steps[i] < least)
			least = s->steps[i];
	}
	sw_write("/sys/devices/system/cpu/cpu1/online", "1");
	sw_write(CG_SPLIT, "1");
	ksft_print_msg("%llu calls of the BPF hook\n", cg_bpf_hooks(&bpf, -1));
	ksft_test_result(least >= 2 && cg_bpf_hooks(&bpf, -1), "each worker made progress\n");
	for (i = 0; i < DIRS; i++) {
		for (j = 0; j < LEAVES; j++) {
			snprintf(path, sizeof(path), TOP "/d%u/l%u", i, j);
			rmdir(path);
		}
	}
	for (i = 0; i < 100 && !clean; i++) {
		sw_sleep_ms(200);
		cg_bpf_flush(&bpf, TOP);
		clean = !cg_value(TOP, "memory.stat", "anon") &&
			!cg_value(TOP, "memory.stat", "pagetables");
	}
	ksft_test_result(clean, "nothing stays charged\n");
	cg_bpf_stop(&bpf);
	for (i = 0; i < DIRS; i++) {
		snprintf(path, sizeof(path), TOP "/d%u", i);
		clean = !cg_rmdir(path) && clean;
	}
	ksft_test_result(!cg_rmdir(TOP) && clean, "all cgroups can be removed\n");
	ksft_finished();
}
