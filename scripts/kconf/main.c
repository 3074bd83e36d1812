// SPDX-License-Identifier: GPL-2.0-only
/*
 * kconf build|check|why|values: see usage_text. Run it in the object tree with the
 * environment that the kernel's Makefile gives to scripts/kconfig/conf.
 */
#define _POSIX_C_SOURCE 200809L
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kconf.h"

static const char usage_text[] =
	"usage: kconf --top DIR --out FILE [--part] [--time] build LAYER...\n"
	"       kconf --top DIR check NAME LAYER... [, NAME LAYER...]...\n"
	"       kconf --top DIR why SYMBOL LAYER...\n"
	"       kconf --top DIR --out FILE values LAYER...\n"
	"\n"
	"build  merge the layers, resolve, check every requested value, write FILE\n"
	"check  the same for many stacks of layers at once, without writing; one\n"
	"       line each: ok or fail, NAME, what holds or is lost\n"
	"why    tell value, requests, dependencies and selectors of SYMBOL\n"
	"values the same as build, but FILE gets every symbol with its value and\n"
	"       where that comes from\n"
	"\n"
	"Layers are named relative to DIR; later ones win.\n"
	"With --part the kernel may lack patches of our series, and with them the\n"
	"symbols that a layer marks as 'ours'.\n"
	"Exit status: 0 all mandatory and recommended values hold, 1 one is lost\n"
	"(FILE is not written), 2 bad input.\n";

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void read_layers(struct stack *stack, const char *top, char **layers)
{
	for (; *layers; layers++)
		layer_read(stack, top, *layers);
}

/*
 * Resolve STACK, explain each lost value on stderr, and put one sentence about
 * the whole into SUMMARY. Returns an exit status.
 */
static int resolve(struct stack *stack, bool part, char *summary, size_t size)
{
	const struct request *req;
	int lost = 0, optional = 0;
	const char *warned;

	tree_apply(stack, part);
	if (stack->errors) {
		snprintf(summary, size, "%d bad lines", stack->errors);
		return EXIT_BAD;
	}
	for (req = stack->first; req; req = req->next) {
		if (tree_holds(req))
			continue;
		explain_lost(stderr, req, stack);
		if (req->level == OPTIONAL)
			optional++;
		else
			lost++;
	}
	if (lost || tree_warned()) {
		warned = tree_warned() ? ", a select breaks a dependency" : "";
		snprintf(summary, size, "%d of %d requested values lost%s",
			 lost, stack->count, warned);
		return EXIT_LOST;
	}
	snprintf(summary, size, "%d requested values hold", stack->count - optional);
	if (optional) {
		size_t used = strlen(summary);

		snprintf(summary + used, size - used,
			 ", %d optional ones do not", optional);
	}
	return EXIT_HOLDS;
}

static int build(const char *top, const char *out, bool part, bool times,
		 char **layers)
{
	struct stack stack = { 0 };
	double start = now(), merged, parsed, resolved;
	char summary[128];
	int ret = EXIT_BAD;

	read_layers(&stack, top, layers);
	if (stack.errors)
		goto out;
	merged = now();
	tree_parse("Kconfig");
	parsed = now();
	ret = resolve(&stack, part, summary, sizeof(summary));
	resolved = now();
	if (ret == EXIT_BAD)
		goto out;
	fprintf(stderr, "kconf: %s%s%s\n", summary,
		ret ? "; not written: " : "", ret ? out : "");
	if (!ret && tree_write(out)) {
		fprintf(stderr, "kconf: cannot write %s\n", out);
		ret = EXIT_BAD;
	}
	if (!ret && times)
		fprintf(stderr, "kconf: seconds: parse Kconfig %.3f, ours (merge, resolve, check, write) %.3f\n",
			parsed - merged,
			merged - start + resolved - parsed + now() - resolved);
out:
	stack_free(&stack);
	return ret;
}

/* Check one stack in a process of its own: Kconfig's state is then fresh. */
static int check_one(const char *top, const char *name, char **layers)
{
	struct stack stack = { 0 };
	char summary[128];
	int ret, status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("kconf: fork");
		return EXIT_BAD;
	}
	if (pid) {
		if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
			return WEXITSTATUS(status);
		fprintf(stderr, "kconf: the check of %s died\n", name);
		return EXIT_BAD;
	}
	read_layers(&stack, top, layers);
	if (stack.errors) {
		snprintf(summary, sizeof(summary), "%d bad lines", stack.errors);
		ret = EXIT_BAD;
	} else {
		ret = resolve(&stack, false, summary, sizeof(summary));
	}
	printf("%s\t%s\t%s\n", ret ? "fail" : "ok", name, summary);
	stack_free(&stack);
	exit(ret);
}

static int check(const char *top, char **args)
{
	int worst = EXIT_HOLDS;

	tree_parse("Kconfig");
	while (*args) {
		char *name = *args++, **layers = args;
		int ret;

		while (*args && strcmp(*args, ","))
			args++;
		if (*args)
			*args++ = NULL;
		ret = check_one(top, name, layers);
		if (ret > worst)
			worst = ret;
	}
	return worst;
}

static int values(const char *top, const char *out, char **layers)
{
	struct stack stack = { 0 };
	char summary[128];
	int ret = EXIT_BAD;
	FILE *f;

	read_layers(&stack, top, layers);
	if (!stack.errors) {
		tree_parse("Kconfig");
		ret = resolve(&stack, false, summary, sizeof(summary));
	}
	if (!stack.errors)
		fprintf(stderr, "kconf: %s\n", summary);
	f = ret ? NULL : fopen(out, "w");
	if (f) {
		print_values(f, &stack);
		if (fclose(f))
			f = NULL;
	}
	if (!ret && !f) {
		fprintf(stderr, "kconf: cannot write %s\n", out);
		ret = EXIT_BAD;
	}
	stack_free(&stack);
	return ret;
}

static int why(const char *top, const char *name, char **layers)
{
	struct stack stack = { 0 };
	int ret = EXIT_BAD;

	if (!strncmp(name, "CONFIG_", 7))
		name += 7;
	read_layers(&stack, top, layers);
	if (!stack.errors) {
		tree_parse("Kconfig");
		tree_apply(&stack, false);
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
		{ "part", no_argument, NULL, 'p' },
		{ "time", no_argument, NULL, 'T' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *top = ".", *out = NULL, *command;
	bool part = false, times = false;
	int c;

	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (c) {
		case 't':
			top = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		case 'p':
			part = true;
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
		return build(top, out, part, times, argv + optind);
	if (!strcmp(command, "values") && out)
		return values(top, out, argv + optind);
	if (!strcmp(command, "check"))
		return check(top, argv + optind);
	if (!strcmp(command, "why") && argc - optind >= 2)
		return why(top, argv[optind], argv + optind + 1);
	return usage();
}
