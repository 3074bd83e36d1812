/* SPDX-License-Identifier: GPL-2.0-only */
/* run.h - the options of a call, and the inputs they name. */
#ifndef KABI_RUN_H
#define KABI_RUN_H

#include "baseline.h"
#include "out.h"
#include "rules.h"
#include "whitelist.h"

struct options {
	const char **arg;		/* what is no option */
	size_t narg;
	const char *dir, *whitelist, *baseline, *rules, *symvers, *types, *patches;
	const char *output, *report, *level, *consumer, *users;
	const char *arch, *flavour, *cc, *config, *name, *vermagic;
	struct release release;		/* --release MAJOR.MINOR */
	unsigned threads;
	bool json, strict, all, propose, add, hot;
};

struct run {
	struct options o;
	struct world w;
	struct symbols syms;		/* of the build */
	struct whitelist wl;
	struct rules rules;
	struct baseline base;
	struct side tree;
	bool has_syms, has_wl, has_rules, has_base, has_tree;
	struct err err;
};

enum { EXIT_HOLDS = 0, EXIT_BROKEN = 1, EXIT_UNUSABLE = 2 };

/*
 * Each reads one input into the run; 0, or -1 with the reason in run->err.
 * BUILD, the first argument, is a build tree or a Module.symvers.
 */
int run_symvers(struct run *r, const char *build);
int run_tree(struct run *r, const char *build);
/* run_has_types() - is there a build tree to read types from? */
bool run_has_types(const struct run *r, const char *build);
int run_baseline(struct run *r, bool types);
/* whitelist and rules may be absent unless they are needed or named */
int run_whitelist(struct run *r, bool needed);
int run_rules(struct run *r);
void run_free(struct run *r);

/* One subcommand; they return an exit status, or -1 with the reason in err. */
int cmd_check(struct run *r);
int cmd_explain(struct run *r);
int cmd_module(struct run *r);
int cmd_propose(struct run *r);
int cmd_update(struct run *r);
int cmd_slots(struct run *r);
int cmd_consolidate(struct run *r);
int cmd_compare(struct run *r);
int cmd_provides(struct run *r);
int cmd_lint(struct run *r);

#endif
