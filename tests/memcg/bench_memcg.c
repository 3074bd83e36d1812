// SPDX-License-Identifier: GPL-2.0
/*
 * bench_memcg - what charges cost in a group far from its limit: page faults, slab
 * objects (pipes), and files made and removed, each of them with some journal handles.
 */
#include "mcg.h"

#define ROUNDS	20

static void faults(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		munmap(mcg_fill(256 * MCG_PAGE), 256 * MCG_PAGE);
}

static void slabs(void)
{
	int p[2];
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		if (pipe2(p, O_CLOEXEC))
			ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
		close(p[0]);
		close(p[1]);
	}
}

static void create_files(void)
{
	char name[64];
	unsigned int i;
	int fd;

	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), MCG_MNT "/b%u", i);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			ksft_exit_fail_msg("%s: %s\n", name, strerror(errno));
		close(fd);
	}
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), MCG_MNT "/b%u", i);
		unlink(name);
	}
}

static void measure(const char *name, void (*what)(void), double ops)
{
	uint64_t begin;
	unsigned int i;

	what();
	for (i = 0; i < ROUNDS; i++) {
		begin = sw_now_ns();
		what();
		printf("bench %s %.1f ops/s higher\n", name,
		       ops * 1e9 / (double)(sw_now_ns() - begin));
	}
	fflush(stdout);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(1);
	mcg_mount();
	mcg_make("bench");
	mcg_limit("bench", 512 * MCG_MIB);
	mcg_enter("bench");
	measure("fault", faults, 16 * 256);
	measure("slab", slabs, 1000);
	measure("files", create_files, 500);
	ksft_test_result_pass("measured\n");
	ksft_finished();
}
