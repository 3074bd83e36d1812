// SPDX-License-Identifier: GPL-2.0
/*
 * rt_offline - the fair server of a CPU is written while the CPU goes off and
 * comes back, without an RT limit: then no admission test stops the write in the
 * moment in which no CPU of the domain is active. The base divides by their
 * number; so this needs a boot of its own.
 */
#include "rt.h"

#define ROUNDS	40

static volatile bool stop;
static unsigned long writes;

static void *writer(void *arg)
{
	int cpu = *(int *)arg;

	sw_pin(0, 0);
	while (!stop) {
		rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT / 2);
		rt_server_write(cpu, "runtime", RT_RUNTIME_DEFAULT);
		writes++;
	}
	return NULL;
}

int main(void)
{
	int cpu, i, bad = 0;
	pthread_t thread;
	char path[64];

	ksft_print_header();
	ksft_set_plan(2);
	cpu = rt_cpus() - 1;
	rt_defaults();
	sw_pin(0, 0);
	if (cpu < 1 || rt_limit_write(-1))
		ksft_exit_fail_msg("no second CPU, or the RT limit can't be lifted\n");
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	if (pthread_create(&thread, NULL, writer, &cpu))
		ksft_exit_fail_msg("no thread\n");
	for (i = 0; i < ROUNDS; i++)
		bad += sw_write(path, "0") || sw_write(path, "1");
	stop = true;
	pthread_join(thread, NULL);
	rt_defaults();
	ksft_print_msg("%d rounds, %lu times written\n", ROUNDS, writes);
	ksft_test_result(!bad && writes > ROUNDS, "CPU off and on while its server is written\n");
	ksft_test_result(rt_server_read(cpu, "runtime") == RT_RUNTIME_DEFAULT &&
			 rt_server_read(cpu, "period") == RT_PERIOD_DEFAULT,
			 "then it has its defaults again\n");
	ksft_finished();
}
