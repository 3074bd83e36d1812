// SPDX-License-Identifier: GPL-2.0
/*
 * leaks - last program of a stress run under the debug profile: does kmemleak find
 * memory that nobody points to any more? scripts/run-topic --stress appends it.
 */
#include "sw.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

int main(void)
{
	static char report[1 << 16];
	char *line, *next = report;
	ssize_t n;

	ksft_print_header();
	if (access(KMEMLEAK, W_OK))
		ksft_exit_skip("this kernel has no kmemleak\n");
	ksft_set_plan(1);
	/* It leaves out what is younger than 5 s. */
	sw_sleep_ms(6000);
	/* What changed since the last scan is not reported before the next. */
	if (sw_write(KMEMLEAK, "scan") || sw_write(KMEMLEAK, "scan")) {
		ksft_test_result_skip("no memory leaked\n");
		ksft_print_msg("kmemleak had turned itself off\n");
		ksft_finished();
	}
	n = sw_read(KMEMLEAK, report, sizeof(report));
	while (n > 0 && (line = strsep(&next, "\n")))
		ksft_print_msg("%s\n", line);
	ksft_test_result(n == 0, "no memory leaked\n");
	ksft_finished();
}
