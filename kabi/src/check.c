// SPDX-License-Identifier: GPL-2.0-only
/* check.c - does a build keep what the baseline promises? */
#include <stdlib.h>

#include "check.h"

static char *name_of(const struct run *r, uint32_t name)
{
	struct str s = name_str(&r->w, name);

	return xstrndup(s.p, s.n);
}

static bool is_listed(const struct run *r, uint32_t name)
{
	return r->has_wl && whitelist_find(&r->wl, name);
}

static bool is_vmlinux(const struct run *r, uint32_t module)
{
	return str_eq(name_str(&r->w, module), "vmlinux");
}

static const char *ns_of(const struct run *r, uint32_t ns)
{
	return ns == NONE ? "none" : pool_entry(&r->w.names, ns)->s;
}

/* moved() - from one module to another: whose load needs what now? */
static void moved(struct run *r, struct report *rep, const struct symbol *was,
		  const struct symbol *is)
{
	struct str a = name_str(&r->w, was->module), b = name_str(&r->w, is->module);
	enum verdict v = VERDICT_WARN;
	const char *why = "another module must be loaded first";

	if (is_vmlinux(r, is->module)) {
		v = VERDICT_NOTE;
		why = "needs no other module any more";
	} else if (is_vmlinux(r, was->module)) {
		v = VERDICT_FAIL;
		why = "a module must be loaded first, now";
	}
	report_add(r, rep, KIND_MOVED, v, was, is,
		   xasprintf("%.*s -> %.*s: %s", (int)a.n, a.p, (int)b.n, b.p, why));
}

static void namespace(struct run *r, struct report *rep, const struct symbol *was,
		      const struct symbol *is)
{
	struct str a = str_trim(str_of(ns_of(r, was->ns))), b = str_trim(str_of(ns_of(r, is->ns)));
	bool dropped = is->ns == NONE;

	report_add(r, rep, dropped ? KIND_LOOSENED : KIND_NS,
		   dropped ? VERDICT_NOTE : VERDICT_FAIL, was, is,
		   xasprintf("namespace %.*s -> %.*s", (int)a.n, a.p, (int)b.n, b.p));
}

static void compare(struct run *r, struct report *rep, const struct symbol *was,
		    const struct symbol *is)
{
	if (!is) {
		report_add(r, rep, KIND_MISSING, VERDICT_FAIL, was, NULL,
			   xasprintf("not exported any more"));
		return;
	}
	if (!is->crc && was->crc)
		report_add(r, rep, KIND_UNVERSIONED, VERDICT_FAIL, was, is,
			   xasprintf("0x%08x -> none: exported without a CRC, include its prototype where it is exported",
				     was->crc));
	else if (was->crc != is->crc)
		report_add(r, rep, KIND_CRC, VERDICT_FAIL, was, is,
			   xasprintf("0x%08x -> 0x%08x", was->crc, is->crc));
	if (is->gpl && !was->gpl)
		report_add(r, rep, KIND_GPL, VERDICT_FAIL, was, is,
			   xasprintf("EXPORT_SYMBOL -> EXPORT_SYMBOL_GPL"));
	else if (was->gpl && !is->gpl)
		report_add(r, rep, KIND_LOOSENED, VERDICT_NOTE, was, is,
			   xasprintf("EXPORT_SYMBOL_GPL -> EXPORT_SYMBOL"));
	if (was->ns != is->ns)
		namespace(r, rep, was, is);
	if (was->module != is->module)
		moved(r, rep, was, is);
}

static bool same(const struct symbol *a, const struct symbol *b)
{
	return b && a->crc == b->crc && a->gpl == b->gpl && a->ns == b->ns &&
	       a->module == b->module;
}

/* check_list() - entries of the whitelist that the baseline does not know. */
static void check_list(struct run *r, struct report *rep)
{
	size_t i;

	for (i = 0; r->has_wl && i < r->wl.n; i++) {
		const struct listed *e = &r->wl.v[i];
		const struct symbol *is = symbols_find(&r->syms, e->name);
		struct symbol none = { .name = e->name, .module = e->name, .ns = NONE };

		if (whitelist_find(&r->wl, e->name) != e ||
		    symbols_find(&r->base.side.syms, e->name))
			continue;
		rep->compared++;
		if (!is)
			report_add(r, rep, KIND_MISSING, VERDICT_FAIL, &none, NULL,
				   xasprintf("listed in line %u of %s, but neither the baseline nor the build has it",
					     e->line, e->line ? "the whitelist" : "no file"));
		else
			report_add(r, rep, KIND_UNKNOWN, VERDICT_WARN, &none, is,
				   xasprintf("listed, but not in the baseline: kabi update --add freezes it"));
	}
}

void check_symbols(struct run *r, struct report *rep, bool all)
{
	const struct symbols *was = &r->base.side.syms;
	size_t i;

	/* Taking a line out of the list does not take the promise back. */
	all |= !strcmp(r->base.head.scope, "listed");
	for (i = 0; i < was->n; i++) {
		const struct symbol *is = symbols_find(&r->syms, was->v[i].name);

		if (!all && !is_listed(r, was->v[i].name)) {
			rep->quiet += !same(&was->v[i], is);
			continue;
		}
		rep->compared++;
		compare(r, rep, &was->v[i], is);
	}
	check_list(r, rep);
	if (strcmp(r->base.head.scope, "all"))
		return;
	for (i = 0; i < r->syms.n; i++)
		if (!symbols_find(was, r->syms.v[i].name) && !is_listed(r, r->syms.v[i].name))
			report_add(r, rep, KIND_ADDED, VERDICT_NOTE, NULL, &r->syms.v[i],
				   xasprintf("a new export"));
}

/* prototype() - the record of the symbol itself, or NONE. */
static uint32_t prototype(const struct side *s, struct view *v, uint32_t name)
{
	const struct export *e = side_find(s, name);

	if (!e)
		return NONE;
	view_open(v, e->unit);
	return view_get(v, name);
}

void check_api(struct run *r, struct report *rep, bool all)
{
	const struct symbols *was = &r->base.side.syms;
	struct view a, b;
	size_t i;

	all |= !strcmp(r->base.head.scope, "listed");
	view_init(&a, &r->base.side);
	view_init(&b, &r->tree);
	for (i = 0; i < was->n; i++) {
		const struct symbol *sym = &was->v[i];
		const struct symbol *is = symbols_find(&r->syms, sym->name);
		uint32_t ra, rb;

		if (!all && !is_listed(r, sym->name))
			continue;
		rep->compared++;
		if (!is) {
			compare(r, rep, sym, NULL);
			continue;
		}
		ra = prototype(&r->base.side, &a, sym->name);
		rb = prototype(&r->tree, &b, sym->name);
		if (ra == NONE || rb == NONE)
			continue;	/* exported without types on one side */
		if (r->w.rec[ra].canon != r->w.rec[rb].canon)
			report_add(r, rep, KIND_API, VERDICT_FAIL, sym, is,
				   xasprintf("%.*s -> %.*s", (int)r->w.rec[ra].body.n,
					     r->w.rec[ra].body.p, (int)r->w.rec[rb].body.n,
					     r->w.rec[rb].body.p));
	}
	view_free(&a);
	view_free(&b);
	check_list(r, rep);
}

void report_add(struct run *r, struct report *rep, enum kind kind, enum verdict verdict,
		const struct symbol *was, const struct symbol *is, char *text)
{
	const struct symbol *here = is ? is : was;
	char *symbol = name_of(r, here->name), *module = name_of(r, here->module);
	char *ns = here->ns == NONE ? xstrndup("", 0) : name_of(r, here->ns);
	struct question q = { kind, symbol, module, ns, was ? was->crc : 0, is ? is->crc : 0 };
	struct finding f = {
		.kind = kind, .verdict = verdict, .symbol = here->name, .text = text,
		.listed = is_listed(r, here->name),
	};

	if (r->has_rules)
		f.rule = rules_find(&r->rules, &q, r->o.release);
	if (f.rule)
		f.verdict = f.rule->verdict;
	free(symbol);
	free(module);
	free(ns);
	rep->v = vec_room(rep->v, &rep->cap, rep->n + 1, sizeof(*rep->v));
	rep->v[rep->n++] = f;
	rep->count[f.verdict]++;
}

static int by_weight(const void *a, const void *b, void *w)
{
	const struct finding *x = a, *y = b;

	if (x->verdict != y->verdict)
		return (x->verdict > y->verdict) - (x->verdict < y->verdict);
	if (x->kind != y->kind)
		return (x->kind > y->kind) - (x->kind < y->kind);
	return str_cmp(name_str(w, x->symbol), name_str(w, y->symbol));
}

void report_finish(struct run *r, struct report *rep)
{
	size_t i;

	if (rep->n)
		qsort_r(rep->v, rep->n, sizeof(*rep->v), by_weight, &r->w);
	for (i = 0; i < r->rules.n; i++) {
		if (rule_expired(&r->rules.v[i], r->o.release))
			rep->expired++;
		else if (!r->rules.v[i].used)
			rep->unused++;
	}
}

void report_free(struct report *rep)
{
	while (rep->n)
		free(rep->v[--rep->n].text);
	free(rep->v);
}

static int check(struct run *r, const char *build)
{
	const struct header *h = &r->base.head;
	const char *level = r->o.level ? r->o.level : "abi";
	struct report rep = { 0 };
	struct out out;
	bool broken;

	if (strcmp(level, "abi") && strcmp(level, "api"))
		return fail(&r->err, "--level %s: wanted abi or api", level);
	if (run_whitelist(r, !r->o.all) < 0 || run_baseline(r, false) < 0 || run_rules(r) < 0 ||
	    run_symvers(r, build) < 0)
		return -1;
	if (!strcmp(h->scope, "types"))
		return fail(&r->err, "the baseline holds types alone, no CRCs: give one that kabi update wrote");
	if ((r->o.arch && strcmp(r->o.arch, h->arch)) ||
	    (r->o.flavour && strcmp(r->o.flavour, h->flavour)))
		return fail(&r->err, "the baseline is of %s/%s, the build of %s/%s: not comparable",
			    h->arch, h->flavour, r->o.arch ? r->o.arch : h->arch,
			    r->o.flavour ? r->o.flavour : h->flavour);
	if (r->o.release.known && r->o.release.major < h->major)
		return fail(&r->err, "the baseline is of major %u, the build of major %u: a newer baseline says nothing about it",
			    h->major, r->o.release.major);
	/* Between two majors only the source level is promised. */
	if (r->o.release.known && r->o.release.major > h->major)
		level = "api";
	if (!strcmp(level, "api")) {
		/* Prototypes are types: read it again, with them. */
		baseline_free(&r->base);
		if (run_baseline(r, true) < 0 || run_tree(r, build) < 0)
			return -1;
		check_api(r, &rep, r->o.all);
	} else {
		check_symbols(r, &rep, r->o.all);
	}
	report_finish(r, &rep);
	if (out_open(&out, r->o.output, &r->err) < 0) {
		report_free(&rep);
		return -1;
	}
	if (r->o.json)
		report_json(r, &rep, level, out.f);
	else
		report_print(r, &rep, level, out.f);
	broken = rep.count[VERDICT_FAIL] || (r->o.strict && rep.unused + rep.expired);
	report_free(&rep);
	if (out_commit(&out, &r->err) < 0)
		return -1;
	return broken ? EXIT_BROKEN : EXIT_HOLDS;
}

int cmd_check(struct run *r)
{
	return check(r, r->o.arg[0]);
}
