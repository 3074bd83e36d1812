// SPDX-License-Identifier: GPL-2.0
/*
 * thr_bench - what deferred throttling costs: messages between tasks, wake-ups,
 * and fork with exit, without a quota in use, with one that is not reached, and
 * with one that is. Figures are for scripts/bench.
 */
#include <sys/socket.h>

#include "thr.h"

#define GROUPS		4	/* hackbench: groups of PAIRS senders and receivers */
#define PAIRS		5
#define MESSAGES	400
#define WAKEUPS		3000
#define FORKS		400
#define PERIOD_US	20000

static const char *cg = "bench";

/* Senders each send to every receiver of their group; seconds until all is read. */
static double hackbench(void)
{
	uint64_t start = sw_now_ns();
	int g, i, r, n;
	char msg[100] = "";

	fflush(stdout);
	for (g = 0; g < GROUPS; g++) {
		int fds[PAIRS][2];

		for (r = 0; r < PAIRS; r++) {
			if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds[r]))
				ksft_exit_fail_msg("socketpair: %s\n", strerror(errno));
		}
		for (r = 0; r < PAIRS; r++) {
			if (fork() == 0) {
				ssize_t left = (ssize_t)sizeof(msg) * PAIRS * MESSAGES, got;

				while (left > 0) {
					got = read(fds[r][0], msg, sizeof(msg));
					if (got <= 0)
						_exit(1);
					left -= got;
				}
				_exit(0);
			}
			if (fork() == 0) {
				for (n = 0; n < MESSAGES; n++)
					for (i = 0; i < PAIRS; i++)
						if (write(fds[i][1], msg, sizeof(msg)) != sizeof(msg))
							_exit(1);
				_exit(0);
			}
		}
		for (r = 0; r < PAIRS; r++) {
			close(fds[r][0]);
			close(fds[r][1]);
		}
	}
	for (i = 0; i < GROUPS * PAIRS * 2; i++)
		wait(NULL);
	return (sw_now_ns() - start) / 1e9;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* p99 of the time from a byte sent to its reader awake, in us. */
static double wakeup_p99(void)
{
	uint64_t *lat = thr_shared(WAKEUPS * sizeof(*lat)), sent;
	int ping[2], pong[2], i;
	double ret;
	pid_t pid;

	if (pipe(ping) || pipe(pong))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < WAKEUPS; i++) {
			if (read(ping[0], &sent, sizeof(sent)) != sizeof(sent))
				_exit(1);
			lat[i] = sw_now_ns() - sent;
			if (write(pong[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < WAKEUPS; i++) {
		char c;

		sent = sw_now_ns();
		if (write(ping[1], &sent, sizeof(sent)) != sizeof(sent) ||
		    read(pong[0], &c, 1) != 1)
			ksft_exit_fail_msg("the reader is gone\n");
	}
	waitpid(pid, NULL, 0);
	close(ping[0]);
	close(ping[1]);
	close(pong[0]);
	close(pong[1]);
	qsort(lat, WAKEUPS, sizeof(*lat), cmp_u64);
	ret = lat[WAKEUPS * 99 / 100] / 1e3;
	munmap(lat, WAKEUPS * sizeof(*lat));
	return ret;
}

static double forks_per_s(void)
{
	uint64_t start = sw_now_ns();
	int i;

	fflush(stdout);
	for (i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	}
	return FORKS / ((sw_now_ns() - start) / 1e9);
}

static void measure(const char *mode)
{
	printf("bench hackbench_%s %.4f s lower\n", mode, hackbench());
	printf("bench wakeup_p99_%s %.2f us lower\n", mode, wakeup_p99());
	printf("bench forks_%s %.1f /s higher\n", mode, forks_per_s());
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(1);

	measure("no_quota");

	thr_make(cg);
	thr_quota(cg, PERIOD_US * 100, PERIOD_US);
	thr_move(cg, 0);
	measure("quota_unused");

	/* Three quarters of the machine: throttled in most periods. */
	thr_quota(cg, PERIOD_US * sysconf(_SC_NPROCESSORS_ONLN) * 3 / 4, PERIOD_US);
	measure("quota_reached");
	thr_quota(cg, 0, PERIOD_US);
	thr_move("", 0);

	ksft_test_result(!thr_remove(cg), "measured\n");
	ksft_finished();
}
