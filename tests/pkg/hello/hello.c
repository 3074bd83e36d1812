// SPDX-License-Identifier: GPL-2.0
/*
 * hello - an out-of-tree module, built against the installed devel package.
 * Its parameter is a number that only the running kernel can give.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/utsname.h>

static unsigned int cpus;
module_param(cpus, uint, 0444);
MODULE_PARM_DESC(cpus, "CPUs online when this module was loaded");

static char *release;

static int __init hello_init(void)
{
	/* Allocator and printk: symbols that any module version checks. */
	release = kstrdup(init_utsname()->release, GFP_KERNEL);
	if (!release)
		return -ENOMEM;
	cpus = num_online_cpus();
	pr_info("hello: loaded into %s\n", release);
	return 0;
}

static void __exit hello_exit(void)
{
	kfree(release);
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_DESCRIPTION("Built against the devel package by its test");
MODULE_LICENSE("GPL");
