// SPDX-License-Identifier: GPL-2.0-only
/* module.c - will a module load on that kernel, and if not, why? */
#include <stdlib.h>

#include "module.h"

static void remark(struct answer *a, bool refused, uint32_t symbol, char *text)
{
	a->v = vec_room(a->v, &a->cap, a->n + 1, sizeof(*a->v));
	a->v[a->n++] = (struct remark){ refused, symbol, text };
	a->refused += refused;
}

/* The list of include/linux/license.h. */
static bool gpl_compatible(const char *license)
{
	static const char *const ok[] = {
		"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL",
		"Dual MIT/GPL", "Dual MPL/GPL",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ok); i++)
		if (!strcmp(license, ok[i]))
			return true;
	return false;
}

/* may_use() - does the module import the namespace, or is it meant by it? */
static bool may_use(const struct module *m, struct str ns)
{
	size_t i;

	if (ns.n > 7 && !memcmp(ns.p, "module:", 7)) {
		struct str list = { ns.p + 7, ns.n - 7 }, one;

		while (list.n) {
			one = str_cut(&list, ',');
			if (one.n && one.p[one.n - 1] == '*' &&
			    !strncmp(one.p, m->name, one.n - 1))
				return true;
			if (str_eq(one, m->name))
				return true;
		}
		return false;
	}
	for (i = 0; i < m->nns; i++)
		if (str_eq(ns, m->ns[i]))
			return true;
	return false;
}

/* crc_differs() - is it this kernel's change, or is the module from elsewhere? */
static char *crc_differs(const struct run *r, const struct need *need, const struct symbol *is)
{
	const struct symbol *was = r->has_base ?
		symbols_find(&r->base.side.syms, is->name) : NULL;
	const char *more = "";

	if (was && was->crc == need->crc)
		more = ", as the baseline has it: this build changed it";
	else if (was && was->crc == is->crc)
		more = ": the build agrees with the baseline, the module was built for another kernel";
	else if (was)
		more = ": neither the baseline nor the build";
	return xasprintf("built with 0x%08x, the kernel has 0x%08x%s", need->crc, is->crc, more);
}

/* from_other() - the module of this call that exports the symbol, or NULL. */
static const struct module *from_other(const struct ask *ask, const char *symbol)
{
	size_t i, k;

	for (i = 0; i < ask->nall; i++)
		for (k = 0; k < ask->all[i].m.nexport; k++)
			if (!strcmp(ask->all[i].m.export[k], symbol))
				return &ask->all[i].m;
	return NULL;
}

static void look_at(struct ask *ask, struct answer *a, const struct need *need)
{
	struct run *r = ask->r;
	uint32_t name = pool_add(&r->w.names, str_of(need->name), NULL);
	const struct symbol *is = symbols_find(&r->syms, name);
	const struct module *other = is ? NULL : from_other(ask, need->name);

	/* Both were built together: nothing of the kernel's can differ. */
	if (other) {
		remark(a, false, name, xasprintf("comes from %s, one of the modules here", other->name));
		return;
	}
	/* Weak ones may stay undefined. */
	if (!is && need->weak)
		return;
	if (!is) {
		remark(a, true, name, xasprintf("the kernel does not export it"));
		return;
	}
	a->known++;
	if (is->crc && !need->has_crc && need->undefined && a->m.has_versions)
		remark(a, true, name, xasprintf("the module has no CRC for it"));
	if (need->has_crc && is->crc && need->crc != is->crc)
		remark(a, true, name, crc_differs(r, need, is));
	if (is->gpl && !gpl_compatible(a->m.license))
		remark(a, true, name, xasprintf("for GPL modules only; the module's license is '%s'",
						a->m.license));
	if (is->ns != NONE && !may_use(&a->m, name_str(&r->w, is->ns))) {
		struct str ns = name_str(&r->w, is->ns);

		remark(a, true, name, xasprintf("in namespace %.*s, which the module does not import",
						(int)ns.n, ns.p));
	}
	if (!str_eq(name_str(&r->w, is->module), "vmlinux")) {
		struct str m = name_str(&r->w, is->module);

		remark(a, false, name, xasprintf("comes from the module %.*s, which must be loaded first",
						 (int)m.n, m.p));
	}
}

/* vermagic() - the first word is the release, which CRCs make irrelevant. */
static void vermagic(struct ask *ask, struct answer *a)
{
	struct str has = str_of(a->m.vermagic), want;

	if (!ask->r->o.vermagic)
		return;
	want = str_of(ask->r->o.vermagic);
	if (a->m.has_versions) {
		str_cut(&has, ' ');
		str_cut(&want, ' ');
	}
	has = str_trim(has);
	want = str_trim(want);
	if (str_cmp(has, want))
		remark(a, true, NONE, xasprintf("vermagic '%.*s', the kernel has '%.*s'",
						(int)has.n, has.p, (int)want.n, want.p));
}

static void answer(struct ask *ask, struct answer *a)
{
	size_t i;

	vermagic(ask, a);
	if (!a->m.has_versions)
		remark(a, true, NONE, xasprintf("no symbol versions: it was built without CONFIG_MODVERSIONS, or without the kernel's Module.symvers"));
	for (i = 0; i < a->m.n; i++)
		look_at(ask, a, &a->m.need[i]);
}

/* add_names() - the modules' symbols, before tables by name are made. */
static void add_names(struct run *r, const struct answer *a, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < a[i].m.n; k++)
			pool_add(&r->w.names, str_of(a[i].m.need[k].name), NULL);
}

/* load() - the kernel; with a baseline and types, the causes, too. */
static int load(struct ask *ask)
{
	struct run *r = ask->r;
	const char *build = r->o.arg[0];

	if (run_whitelist(r, false) < 0 || run_symvers(r, build) < 0)
		return -1;
	if (!r->o.dir && !r->o.baseline)
		return 0;
	if (run_baseline(r, run_has_types(r, build)) < 0)
		return -1;
	if (!run_has_types(r, build))
		return 0;
	if (run_tree(r, build) < 0)
		return -1;
	ask->has_causes = true;
	return causes_find(&ask->cs, r);
}

static void answers_free(struct answer *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		while (a[i].n)
			free(a[i].v[--a[i].n].text);
		free(a[i].v);
		ko_free(&a[i].m);
	}
	free(a);
}

int cmd_module(struct run *r)
{
	size_t n = r->o.narg - 1, i, bad = 0;
	struct answer *a = xcalloc(n, sizeof(*a));
	struct ask ask = { .r = r, .all = a, .nall = n };
	struct json j = { 0 };
	struct out out;
	int ret = 0;

	for (i = 0; i < n && !ret; i++)
		ret = ko_open(&a[i].m, r->o.arg[i + 1], &r->err);
	if (!ret) {
		add_names(r, a, n);
		ret = load(&ask);
	}
	if (!ret)
		ret = out_open(&out, r->o.output, &r->err);
	if (!ret) {
		j.f = out.f;
		if (r->o.json)
			json_begin(&j, NULL, '[');
		for (i = 0; i < n; i++) {
			answer(&ask, &a[i]);
			bad += a[i].refused > 0;
			if (r->o.json)
				answer_json(&ask, &a[i], &j);
			else
				answer_print(&ask, &a[i], out.f);
		}
		if (r->o.json)
			json_end(&j, ']');
		ret = out_commit(&out, &r->err) < 0 ? -1 : bad ? EXIT_BROKEN : EXIT_HOLDS;
	}
	if (ask.has_causes)
		causes_free(&ask.cs);
	answers_free(a, n);
	return ret;
}
