// SPDX-License-Identifier: GPL-2.0-only
/*
 * kabi - say whether a module survives the next kernel, and why not.
 *
 * The subcommands are in cmds below; `kabi help` prints them. Exit status: 0
 * it holds, 1 it does not, 2 the call or an input is unusable.
 */
#include <stdio.h>
#include <stdlib.h>

#include "parallel.h"
#include "run.h"

#define ANY SIZE_MAX

struct cmd {
	const char *name;
	int (*run)(struct run *r);
	size_t min, max;		/* arguments */
	const char *options;		/* names, with a blank before and behind each */
	const char *usage, *what;
};

#define COMMON " threads output format "
#define WHERE " dir whitelist baseline rules "
static const struct cmd cmds[] = {
	{ "check", cmd_check, 1, 1,
	  COMMON WHERE " symvers types level release arch flavour strict all ",
	  "BUILD", "does the build keep what the baseline promises?" },
	{ "explain", cmd_explain, 1, ANY,
	  COMMON WHERE " symvers types patches release arch flavour all hot ",
	  "BUILD [SYMBOL...]", "for each break: which definition, how reached, by which patch" },
	{ "module", cmd_module, 2, ANY,
	  COMMON WHERE " symvers types patches release vermagic propose consumer ",
	  "BUILD FILE.ko...", "will these modules load on that kernel? if not, why?" },
	{ "propose", cmd_propose, 2, ANY,
	  COMMON WHERE " symvers consumer users release ",
	  "BUILD FILE.ko...", "lines for the whitelist: what these modules need" },
	{ "update", cmd_update, 1, 1,
	  COMMON WHERE " symvers types release arch flavour cc config name report all add ",
	  "BUILD", "freeze a new baseline, at a major release" },
	{ "slots", cmd_slots, 1, ANY, COMMON,
	  "FILE|DIR...", "count the reserved slots of structures" },
	{ "consolidate", cmd_consolidate, 1, 1, COMMON " symvers ",
	  "BUILD", "one file of all *.symtypes" },
	{ "compare", cmd_compare, 2, 2, COMMON,
	  "OLD NEW", "compare the types of two trees or files, and who uses them" },
	{ "provides", cmd_provides, 1, 1, COMMON " symvers dir whitelist all ",
	  "BUILD", "lines 'kernel(symbol) = crc' for a package" },
	{ "lint", cmd_lint, 1, 1, COMMON WHERE " symvers types all ",
	  "BUILD", "check every input, and the CRCs against the types" },
};

static const struct { const char *name; size_t at; } texts[] = {
#define TEXT(n) { #n, offsetof(struct options, n) }
	TEXT(dir), TEXT(whitelist), TEXT(baseline), TEXT(rules), TEXT(symvers), TEXT(types),
	TEXT(patches), TEXT(output), TEXT(report), TEXT(level), TEXT(consumer), TEXT(users),
	TEXT(arch), TEXT(flavour), TEXT(cc), TEXT(config), TEXT(name), TEXT(vermagic),
};

static const struct { const char *name; size_t at; } flags[] = {
	TEXT(strict), TEXT(all), TEXT(propose), TEXT(add), TEXT(hot),
};

static void usage(FILE *f)
{
	size_t i;

	fputs("usage: kabi COMMAND ARGUMENT... [--OPTION VALUE]...\n\n", f);
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		fprintf(f, "  %-11s %-18s %s\n", cmds[i].name, cmds[i].usage, cmds[i].what);
	fputs("\nBUILD is a kernel build tree; for check, a Module.symvers is enough.\n"
	      "  --dir DIR          whitelist and baseline; rules two levels up\n"
	      "  --whitelist, --baseline, --rules, --symvers FILE, --types DIR\n"
	      "  --patches DIR      the series and its patches: name the one to blame\n"
	      "  --release M.N      major and minor of the build, as configs/version has it\n"
	      "  --level abi|api    api: presence and prototype only\n"
	      "  --all              every export, not only the listed ones\n"
	      "  --strict           rules that are unused or expired fail, too\n"
	      "  --output FILE      written whole or not at all; default: standard output\n"
	      "  --format text|json, --threads N (1 to 16)\n"
	      "  module, propose:   --consumer NAME; module --propose, --vermagic TEXT\n"
	      "  propose:           --users N: only what so many modules need\n"
	      "  update:            --arch --flavour --cc --config (sha256) --name (release)\n"
	      "                     --report FILE, --add: freeze new entries within a major\n"
	      "  explain --hot:     types that most listed symbols reach\n"
	      "Exit status: 0 holds, 1 does not, 2 unusable call or input.\n", f);
}

/* set_option() - value is NULL at the end of the line; how many words, or -1. */
static int set_option(struct run *r, const struct cmd *cmd, const char *name,
		      const char *value)
{
	char *key = xasprintf(" %s ", name);
	bool known = strstr(cmd->options, key);
	struct options *o = &r->o;
	uint32_t n;
	size_t i;

	free(key);
	if (!known)
		return fail(&r->err, "%s: no option --%s; see: kabi help", cmd->name, name);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(name, flags[i].name)) {
			*(bool *)((char *)o + flags[i].at) = true;
			return 1;
		}
	if (!value || !*value)
		return fail(&r->err, "--%s wants a value", name);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(name, texts[i].name)) {
			*(const char **)((char *)o + texts[i].at) = value;
			return 2;
		}
	if (!strcmp(name, "threads")) {
		if (!str_u32(str_of(value), 10, &n) || !n || n > THREADS_MAX)
			return fail(&r->err, "--threads wants a number from 1 to %u", THREADS_MAX);
		o->threads = n;
	} else if (!strcmp(name, "format")) {
		if (strcmp(value, "text") && strcmp(value, "json"))
			return fail(&r->err, "--format wants text or json");
		o->json = !strcmp(value, "json");
	} else if (!release_parse(str_of(value), &o->release)) {
		return fail(&r->err, "--release wants MAJOR.MINOR");
	}
	return 2;
}

static int parse_args(struct run *r, const struct cmd *cmd, int argc, char **argv)
{
	struct options *o = &r->o;
	int i = 0, used;

	o->threads = threads_default();
	o->arg = xcalloc((size_t)argc + 1, sizeof(*o->arg));
	while (i < argc) {
		if (argv[i][0] == '-' && argv[i][1] == '-') {
			used = set_option(r, cmd, argv[i] + 2, i + 1 < argc ? argv[i + 1] : NULL);
			if (used < 0)
				return -1;
			i += used;
			continue;
		}
		if (o->narg == cmd->max)
			return fail(&r->err, "%s: at most %zu arguments", cmd->name, cmd->max);
		o->arg[o->narg++] = argv[i++];
	}
	if (o->narg < cmd->min)
		return fail(&r->err, "%s: wanted %s; see: kabi help", cmd->name, cmd->usage);
	return 0;
}

static int run_cmd(const struct cmd *cmd, int argc, char **argv)
{
	struct run *r = xcalloc(1, sizeof(*r));
	int ret;

	world_init(&r->w);
	ret = parse_args(r, cmd, argc, argv);
	if (!ret)
		ret = cmd->run(r);
	if (ret < 0) {
		fprintf(stderr, "kabi: error: %s\n", r->err.msg);
		ret = EXIT_UNUSABLE;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fputs("kabi: error: standard output can't be written\n", stderr);
		ret = EXIT_UNUSABLE;
	}
	run_free(r);
	free(r);
	return ret;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
		usage(stdout);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(name, cmds[i].name))
			return run_cmd(&cmds[i], argc - 2, argv + 2);
	fprintf(stderr, "kabi: error: no command '%s'; see: kabi help\n", name);
	return EXIT_UNUSABLE;
}
