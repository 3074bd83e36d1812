// SPDX-License-Identifier: GPL-2.0-only
/* run.c - read the inputs that a call names (run.h). */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parallel.h"
#include "run.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* path_of() - the option, or else name in dir; NULL if neither. Free it. */
static char *path_of(const char *option, const char *dir, const char *name)
{
	if (option)
		return xstrndup(option, strlen(option));
	return dir ? xasprintf("%s/%s", dir, name) : NULL;
}

int run_symvers(struct run *r, const char *build)
{
	char *path = r->o.symvers || !is_dir(build) ?
		path_of(r->o.symvers ? r->o.symvers : build, NULL, NULL) :
		path_of(NULL, build, "Module.symvers");
	struct lines l;
	int ret = lines_open(&l, path, &r->err);

	if (!ret) {
		r->has_syms = true;
		ret = symvers_read(&r->syms, &r->w.names, &l);
		lines_close(&l);
	} else if (is_dir(build) && !r->o.symvers) {
		ret = fail(&r->err, "%s: no Module.symvers there: the kernel is not built; run: make kernel",
			   build);
	}
	free(path);
	return ret;
}

bool run_has_types(const struct run *r, const char *build)
{
	return r->o.types || is_dir(build);
}

int run_tree(struct run *r, const char *build)
{
	const char *dir = r->o.types ? r->o.types : build;

	if (!is_dir(dir))
		return fail(&r->err, "%s: not a build tree: types are needed here, name the directory with the *.symtypes (or --types DIR)",
			    dir);
	r->has_tree = true;
	return side_load_tree(&r->tree, &r->w, dir, r->o.threads, &r->err);
}

int run_baseline(struct run *r, bool types)
{
	char *path = path_of(r->o.baseline, r->o.dir, "baseline");
	struct lines l;
	int ret;

	if (!path)
		return fail(&r->err, "no baseline: name it with --dir or --baseline");
	ret = lines_open(&l, path, &r->err);
	if (!ret) {
		r->has_base = true;
		ret = baseline_read(&r->base, &r->w, &l, types);
		lines_close(&l);
		r->base.side.path = "baseline";
	} else if (access(path, F_OK)) {
		ret = fail(&r->err, "%s: there is no baseline yet: kabi update writes the first one",
			   path);
	}
	free(path);
	return ret;
}

int run_whitelist(struct run *r, bool needed)
{
	char *path = path_of(r->o.whitelist, r->o.dir, "whitelist");
	struct lines l;
	int ret;

	if (!path || (!r->o.whitelist && access(path, F_OK))) {
		ret = !needed ? 0 : fail(&r->err, "%s: no whitelist: write one (kabi propose helps), name it with --whitelist, or say --all",
					 path ? path : "--dir");
		free(path);
		return ret;
	}
	ret = lines_open(&l, path, &r->err);
	if (!ret) {
		r->has_wl = true;
		ret = whitelist_read(&r->wl, &r->w.names, &l);
		lines_close(&l);
	}
	free(path);
	return ret;
}

int run_rules(struct run *r)
{
	char *path = path_of(r->o.rules, r->o.dir, "../../rules");
	struct lines l;
	int ret;

	if (!path || (!r->o.rules && access(path, F_OK))) {
		free(path);
		return 0;
	}
	ret = lines_open(&l, path, &r->err);
	if (!ret) {
		r->has_rules = true;
		ret = rules_read(&r->rules, &l);
		lines_close(&l);
		r->rules.file = "rules";
	}
	free(path);
	return ret;
}

void run_free(struct run *r)
{
	symbols_free(&r->syms);
	whitelist_free(&r->wl);
	rules_free(&r->rules);
	baseline_free(&r->base);
	side_free(&r->tree);
	world_free(&r->w);
	free(r->o.arg);
}
