// SPDX-License-Identifier: GPL-2.0
/*
 * blk_done - on a disk with a throttle limit each group shows how many bios are
 * done and how long they took, on both hierarchies.
 */
#include "blk.h"

#define DISK	"/dev/nullb0"
#define READS	400

static const char *file(void)
{
	return blk_v == 1 ? "throttle.io_done" : "done";
}

/* The sum of the numbers of a list "KEY=n,n,...", and how many there are. */
static long long list(const char *line, const char *key, int *n)
{
	const char *p = line ? strstr(line, key) : NULL;
	long long sum = 0;
	char *at;

	*n = 0;
	for (at = p ? (char *)p + strlen(key) : NULL; at; at = *at == ',' ? at + 1 : NULL) {
		sum += strtoll(at, &at, 10);
		++*n;
	}
	return sum;
}

static void run(int v)
{
	const char *dev = blk_dev(DISK);
	long long rios, wios, lat, before, sum;
	pid_t pid;
	int i, n;

	blk_use(v);
	blk_mkdir("a");
	blk_mkdir("b");
	if (v == 1)
		sw_write(blk_file("b", "throttle.read_iops_device"), "%s 1000000", dev);
	else
		sw_write(blk_file("b", "max"), "%s riops=1000000", dev);
	before = blk_value("a", file(), dev, "rios");
	pid = fork();
	if (!pid) {
		void *page;
		int fd = open(DISK, O_RDWR | O_DIRECT);

		blk_enter("a");
		if (fd < 0 || posix_memalign(&page, 4096, 4096))
			_exit(1);
		for (i = 0; i < READS; i++)
			if (pread(fd, page, 4096, (off_t)i * 65536) != 4096)
				_exit(1);
		for (i = 0; i < READS / 4; i++)
			if (pwrite(fd, page, 4096, (off_t)i * 65536) != 4096)
				_exit(1);
		_exit(0);
	}
	waitpid(pid, &n, 0);
	rios = blk_value("a", file(), dev, "rios");
	wios = blk_value("a", file(), dev, "wios");
	lat = blk_value("a", file(), dev, "rlat_us");
	ksft_test_result(!n && before <= 0 && rios == READS && wios == READS / 4,
			 "v%d: every bio of the group is counted once\n", v);
	sum = list(blk_line("a", file(), dev), " rhist=", &n);
	ksft_test_result(sum == READS && n == 16, "v%d: the histogram has them all\n", v);
	/* the disk takes 100 us a read at least */
	ksft_test_result(lat >= READS * 100LL && lat < READS * 1000000LL,
			 "v%d: the time is there\n", v);
	ksft_test_result(blk_value("b", file(), dev, "rios") == 0,
			 "v%d: and not in another group\n", v);
	ksft_print_msg("rios %lld wios %lld rlat_us %lld, in the histogram %lld\n",
		       rios, wios, lat, sum);
	blk_rmdir("a");
	blk_rmdir("b");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	blk_setup();
	run(2);
	run(1);
	ksft_finished();
}
