// SPDX-License-Identifier: GPL-2.0-only
/*
 * kconf build|why: see usage(). Run it in the object tree with the environment
 * that the kernel's Makefile gives to scripts/kconfig/conf.
 */
#define _POSIX_C_SOURCE 200809L
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kconf.h"

static const char usage_text[] =
	"usage: kconf build --top DIR --out FILE [--time] LAYER...\n"
	"       kconf why   --top DIR SYMBOL LAYER...\n"
	"\n"
	"build  merge the layers, resolve, check every requested value, write FILE\n"
	"why    tell value, requests, dependencies and selectors of SYMBOL\n"
	"\n"
	"Layers are named relative to DIR; later ones win.\n"
	"Exit status: 0 all mandatory and recommended values hold, 1 one is lost\n"
	"(FILE is not written), 2 bad input.\n";

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Report every lost request. Returns how many of them are not optional. */
static int check(const struct stack *stack, int *optional)
{
	const struct request *req;
	int lost = 0;

	for (req = stack->first; req; req = req->next) {
		if (tree_holds(req))
			continue;
		explain_lost(stderr, req, stack);
		if (req->level == OPTIONAL)
			++*optional;
		else
			lost++;
	}
	return lost;
}

static int build(const char *top, const char *out, bool times, char **layers)
{
	struct stack stack = { 0 };
	double start = now(), merged, parsed, resolved, checked;
	int lost = 0, optional = 0, ret = EXIT_BAD;

	for (; *layers; layers++)
		layer_read(&stack, top, *layers);
	if (stack.errors)
		goto out;
	merged = now();
	tree_parse("Kconfig");
	parsed = now();
	tree_apply(&stack);
	if (stack.errors)
		goto out;
	resolved = now();
	lost = check(&stack, &optional);
	checked = now();
	if (lost || tree_warned()) {
		fprintf(stderr, "kconf: %d of %d requested values lost%s; %s is not written\n",
			lost, stack.count,
			tree_warned() ? ", a select breaks a dependency" : "",
			out);
		ret = EXIT_LOST;
		goto out;
	}
	if (tree_write(out)) {
		fprintf(stderr, "kconf: cannot write %s\n", out);
		goto out;
	}
	fprintf(stderr, "kconf: %d requested values hold", stack.count - optional);
	if (optional)
		fprintf(stderr, ", %d optional ones do not", optional);
	fputc('\n', stderr);
	if (times)
		fprintf(stderr, "kconf: seconds: merge %.3f, parse Kconfig %.3f, resolve %.3f, check %.3f, write %.3f\n",
			merged - start, parsed - merged, resolved - parsed,
			checked - resolved, now() - checked);
	ret = EXIT_HOLDS;
out:
	stack_free(&stack);
	return ret;
}

static int why(const char *top, const char *name, char **layers)
{
	struct stack stack = { 0 };
	int ret = EXIT_BAD;

	if (!strncmp(name, "CONFIG_", 7))
		name += 7;
	for (; *layers; layers++)
		layer_read(&stack, top, *layers);
	if (!stack.errors) {
		tree_parse("Kconfig");
		tree_apply(&stack);
	}
	if (!stack.errors)
		ret = explain_symbol(stdout, name, &stack);
	stack_free(&stack);
	return ret;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_BAD;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "top", required_argument, NULL, 't' },
		{ "out", required_argument, NULL, 'o' },
		{ "time", no_argument, NULL, 'T' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *top = ".", *out = NULL, *command;
	bool times = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 't':
			top = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		case 'T':
			times = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			return usage();
		}
	}
	if (argc - optind < 2)
		return usage();
	command = argv[optind++];
	if (!strcmp(command, "build") && out)
		return build(top, out, times, argv + optind);
	if (!strcmp(command, "why") && argc - optind >= 2)
		return why(top, argv[optind], argv + optind + 1);
	return usage();
}
