// SPDX-License-Identifier: GPL-2.0
/*
 * cost_weight - shares by weight on cgroup v1: as on v2 and as the weights say, on
 * two kinds of disks; what an idle group leaves goes to the busy one; an inner
 * group does not take those below it out of control.
 *
 * The model makes iocost the limit, well below what the emulated disks can do.
 */
#include "blk.h"

#define TRIES	3	/* the host may be busy */

static const struct disk {
	const char *name, *path;
	unsigned int iops;
} disks[] = {
	{ "null_blk", "/dev/nullb0", 1200 },
	{ "virtio", "/dev/vda", 800 },
};
#define DISKS 2
static const unsigned int weights[] = { 300, 1000 };
#define WEIGHTS 2

static double ratio[3][DISKS][WEIGHTS];	/* by hierarchy; 0: no controller */

static int near(double a, double b, double part)
{
	return a >= b * (1 - part) && a <= b * (1 + part);
}

static double shares(const struct disk *d, unsigned int weight, const char *a,
		     const char *b)
{
	uint64_t ios[BLK_GROUPS];

	if (sw_write(blk_file(a, "cost.weight"), "100") ||
	    sw_write(blk_file(b, "cost.weight"), "default %u", weight))
		return 0;
	blk_readers(0, a, d->path, 4, 0);
	blk_readers(1, b, d->path, 4, 0);
	blk_count(2000, 5000, ios);
	if (blk_stop() || !ios[0])
		return 0;
	ksft_print_msg("v%d %s 100:%u: %llu and %llu reads\n", blk_v, d->name,
		       weight, (unsigned long long)ios[0],
		       (unsigned long long)ios[1]);
	return (double)ios[1] / (double)ios[0];
}

static void measure(int v)
{
	unsigned int i, w, try;

	blk_use(v);
	blk_mkdir("a");
	blk_mkdir("b");
	for (i = 0; i < DISKS; i++) {
		const char *dev = blk_dev(disks[i].path);

		if (blk_cost_on(dev, disks[i].iops))
			continue;
		for (w = 0; w < WEIGHTS; w++)
			for (try = 0; try < TRIES; try++) {
				ratio[v][i][w] = shares(&disks[i], weights[w],
							"a", "b");
				if (near(ratio[v][i][w], weights[w] / 100., 0.05))
					break;
			}
		blk_cost_off(dev);
	}
	blk_rmdir("a");
	blk_rmdir("b");
}

/* What A reads alone, and beside B, which has the larger share and is idle. */
static void conservation(const struct disk *d)
{
	const char *dev = blk_dev(d->path);
	uint64_t ios[BLK_GROUPS];
	double solo = 0, both = 0;
	int try, ok = 0;

	blk_mkdir("a");
	blk_mkdir("b");
	if (!blk_cost_on(dev, d->iops)) {
		sw_write(blk_file("a", "cost.weight"), "100");
		sw_write(blk_file("b", "cost.weight"), "1000");
		for (try = 0; try < TRIES && !ok; try++) {
			blk_readers(0, "a", d->path, 4, 0);
			blk_count(2000, 3000, ios);
			solo = (double)ios[0];
			/* a read in 5 s: its group was active and goes idle */
			blk_readers(1, "b", d->path, 1, 5000);
			blk_count(1000, 3000, ios);
			both = (double)ios[0];
			blk_stop();
			ok = solo > 0 && both >= 0.95 * solo;
		}
		blk_cost_off(dev);
	}
	ksft_test_result(ok, "what an idle group leaves goes to the busy one, %s\n",
			 d->name);
	ksft_print_msg("alone %.0f reads in 3 s, beside the idle group %.0f\n",
		       solo, both);
	blk_rmdir("a");
	blk_rmdir("b");
}

/* A parent that reads all the time, started first, and two children. */
static void inner(const struct disk *d)
{
	const char *dev = blk_dev(d->path);
	long long bypass = 0, active = 0;
	double r = 0;
	int try;

	blk_mkdir("p");
	blk_mkdir("p/a");
	blk_mkdir("p/b");
	if (!blk_cost_on(dev, d->iops)) {
		for (try = 0; try < TRIES && !near(r, 3, 0.15); try++) {
			blk_readers(2, "p", d->path, 1, 2);
			sw_sleep_ms(500);
			active = blk_value("p", "cost.stat", dev, "is_active");
			r = shares(d, 300, "p/a", "p/b");
			bypass = blk_value("p", "cost.stat", dev, "bypass_ios");
		}
		blk_cost_off(dev);
	}
	ksft_test_result(active == 1 && near(r, 3, 0.15),
			 "an inner group leaves those below under control\n");
	ksft_test_result(bypass > 100, "what it issues without control is counted\n");
	ksft_print_msg("ratio below %.2f, bypass_ios %lld\n", r, bypass);
	blk_rmdir("p/a");
	blk_rmdir("p/b");
	blk_rmdir("p");
}

int main(void)
{
	unsigned int i, w;

	ksft_print_header();
	ksft_set_plan(DISKS * WEIGHTS * 2 + DISKS + 2);
	blk_setup();
	measure(2);
	measure(1);
	for (i = 0; i < DISKS; i++) {
		for (w = 0; w < WEIGHTS; w++) {
			double v1 = ratio[1][i][w], v2 = ratio[2][i][w];

			ksft_test_result(v1 > 0 && near(v1, v2, 0.10),
					 "%s 100:%u on v1 as on v2\n",
					 disks[i].name, weights[w]);
			ksft_print_msg("v1 %.2f, v2 %.2f\n", v1, v2);
			ksft_test_result(near(v1, weights[w] / 100., 0.15),
					 "%s 100:%u on v1 as the weights say\n",
					 disks[i].name, weights[w]);
		}
	}
	for (i = 0; i < DISKS; i++)
		conservation(&disks[i]);
	inner(&disks[0]);
	ksft_finished();
}
