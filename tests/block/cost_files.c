// SPDX-License-Identifier: GPL-2.0
/*
 * cost_files - the files of blk-iocost on cgroup v1: where they are, what they
 * say, and that v1 and v2 give the same answer to each input.
 */
#include "blk.h"

#define DISK "/dev/nullb0"

static const char *dev;

struct input {
	const char *file, *text;	/* %s: the device */
};

/* Good and bad; each is written on both hierarchies, in this order. */
static const struct input inputs[] = {
	{ "cost.weight", "0" }, { "cost.weight", "10001" }, { "cost.weight", "1" },
	{ "cost.weight", "10000" }, { "cost.weight", "default 0" },
	{ "cost.weight", "default 250" }, { "cost.weight", "x" },
	{ "cost.weight", "%s 40" }, { "cost.weight", "%s40" },
	{ "cost.weight", "%s 0" }, { "cost.weight", "%s default" },
	{ "cost.weight", "999:999 100" }, { "cost.weight", "1:2:3 100" },
	{ "cost.qos", "" }, { "cost.qos", "%s" }, { "cost.qos", "%s enable=1" },
	{ "cost.qos", "%s enable=x" }, { "cost.qos", "%s ctrl=none" },
	{ "cost.qos", "%s rpct=101" }, { "cost.qos", "%s rpct=-1" },
	{ "cost.qos", "%s min=200 max=100" }, { "cost.qos", "%s min=50 max=150" },
	{ "cost.qos", "%s rlat=x" }, { "cost.qos", "%s what=1" },
	{ "cost.qos", "999:999 enable=1" }, { "cost.qos", "%s ctrl=auto" },
	{ "cost.qos", "%s rpct=95.00 rlat=5000 wpct=95.00 wlat=5000" },
	{ "cost.model", "%s ctrl=user model=cubic" },
	{ "cost.model", "%s rbps=x" }, { "cost.model", "%s what=1" },
	{ "cost.model", "%s rbps=400000000 rrandiops=4000" },
	{ "cost.model", "%s ctrl=auto" }, { "cost.model", "999:999 rbps=1" },
	{ "cost.qos", "%s enable=0" },
};
#define INPUTS (sizeof(inputs) / sizeof(inputs[0]))

static int answer[3][INPUTS];
static char shown[3][3][4096];

static int put(const struct input *i)
{
	char text[128];

	snprintf(text, sizeof(text), i->text, dev);
	return sw_write(blk_file(strcmp(i->file, "cost.weight") ? "" : "a", i->file),
			"%s", text);
}

static void run(int v)
{
	unsigned int i;

	blk_use(v);
	blk_mkdir("a");
	/* from here on the disk has its data, which a second run would find */
	sw_write(blk_file("", "cost.qos"), "%s enable=0 ctrl=auto", dev);
	sw_write(blk_file("", "cost.model"), "%s ctrl=auto", dev);
	for (i = 0; i < INPUTS; i++)
		answer[v][i] = put(&inputs[i]);
	sw_read(blk_file("a", "cost.weight"), shown[v][0], 4096);
	sw_read(blk_file("", "cost.qos"), shown[v][1], 4096);
	sw_read(blk_file("", "cost.model"), shown[v][2], 4096);
	blk_rmdir("a");
}

static int there(const char *group, const char *file)
{
	return !access(blk_file(group, file), F_OK);
}

/* The first six keys in this order, then ours. */
static int stat_form(const char *line)
{
	static const char *const keys[] = {
		"is_active", "active", "inuse", "hweight_active",
		"hweight_inuse", "vrate", "usage_us", "wait_us", "indebt_us",
		"indelay_us", "bypass_ios", "bypass_bytes",
	};
	unsigned int i;
	char *end;

	if (!line || strncmp(line, dev, strlen(dev)))
		return 0;
	line += strlen(dev);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i]);

		if (*line != ' ' || strncmp(line + 1, keys[i], len) ||
		    line[len + 1] != '=')
			return 0;
		strtoull(line + len + 2, &end, 10);
		line = end;
	}
	return !*line;
}

static void statistics(void)
{
	uint64_t ios[BLK_GROUPS];
	long long usage = 0, wait = 0, up = 0, again = 0;
	int form, idle, busy, weight, off;

	blk_mkdir("p");
	blk_mkdir("p/a");
	off = !blk_line("p/a", "cost.stat", dev);
	blk_cost_on(dev, 500);
	sw_write(blk_file("p/a", "cost.weight"), "300");
	blk_readers(0, "p/a", DISK, 2, 0);
	blk_count(500, 1500, ios);
	form = stat_form(blk_line("p/a", "cost.stat", dev));
	busy = blk_value("p/a", "cost.stat", dev, "is_active") == 1 &&
	       blk_value("p", "cost.stat", dev, "is_active") == 1 &&
	       blk_value("p/a", "cost.stat", dev, "hweight_active") == 65536 &&
	       blk_value("p/a", "cost.stat", dev, "vrate") == 137438;
	weight = blk_value("p/a", "cost.stat", dev, "active") == 300 &&
		 blk_value("p", "cost.stat", dev, "active") == 100;
	blk_stop();
	sw_sleep_ms(1500);
	idle = blk_value("p/a", "cost.stat", dev, "is_active") == 0 &&
	       blk_value("p/a", "cost.stat", dev, "active") == 0 &&
	       blk_value("p/a", "cost.stat", dev, "hweight_inuse") == 0;
	usage = blk_value("p/a", "cost.stat", dev, "usage_us");
	wait = blk_value("p/a", "cost.stat", dev, "wait_us");
	up = blk_value("p", "cost.stat", dev, "usage_us");
	sw_write(blk_file("p/a", "reset_stats"), "1");
	again = blk_value("p/a", "cost.stat", dev, "usage_us");

	ksft_test_result(off, "cost.stat says nothing before enable=1\n");
	ksft_test_result(form, "cost.stat: the keys and their order\n");
	ksft_test_result(busy, "cost.stat of a busy group and its parent\n");
	ksft_test_result(weight, "cost.stat shows weights\n");
	ksft_test_result(idle, "cost.stat of an idle group\n");
	ksft_test_result(usage > 500000 && wait > 500000 && up >= usage,
			 "times are counted, and in the parent, too\n");
	ksft_print_msg("usage_us %lld, in the parent %lld, wait_us %lld\n",
		       usage, up, wait);
	ksft_test_result(again == 0 &&
			 blk_value("p", "cost.stat", dev, "usage_us") == up,
			 "reset_stats hides what one group used\n");
	blk_cost_off(dev);
	blk_rmdir("p/a");
	blk_rmdir("p");
}

int main(void)
{
	unsigned int i, differ = 0;

	ksft_print_header();
	ksft_set_plan(12);
	blk_setup();
	dev = blk_dev(DISK);
	run(2);
	run(1);
	blk_mkdir("a");
	ksft_test_result(there("", "cost.qos") && there("", "cost.model") &&
			 !there("", "cost.weight") && !there("", "cost.stat"),
			 "files of the root group\n");
	ksft_test_result(there("a", "cost.weight") && there("a", "cost.stat") &&
			 !there("a", "cost.qos") && !there("a", "cost.model") &&
			 !there("a", "weight"), "files of other groups\n");
	blk_rmdir("a");
	for (i = 0; i < INPUTS; i++)
		if (answer[1][i] != answer[2][i]) {
			ksft_print_msg("%s \"%s\": v1 %s, v2 %s\n", inputs[i].file,
				       inputs[i].text, strerror(-answer[1][i]),
				       strerror(-answer[2][i]));
			differ++;
		}
	ksft_test_result(!differ, "v1 and v2 answer %u inputs alike\n",
			 (unsigned int)INPUTS);
	for (differ = 0, i = 0; i < 2; i++)
		if (strcmp(shown[1][i + 1], shown[2][i + 1]))
			differ++;
	ksft_test_result(!differ && *shown[1][1], "and show the same of the disk\n");
	ksft_test_result(!strcmp(shown[1][0], shown[2][0]) &&
			 !strcmp(shown[1][0], "default 250\n"),
			 "and of the weight\n");
	statistics();
	ksft_finished();
}
