// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says why a symbol has its value, in terms of what a user could change.
 */
#include <stdlib.h>
#include <string.h>

#include "kconfig.h"
#include "kconf.h"

enum { MAX_DEPTH = 6, MAX_NAMES = 6 };

/* One explanation: where it goes, and which symbols it has been through. */
struct story {
	FILE *out;
	const struct stack *stack;
	const struct symbol *seen[64];
	int nr_seen;
};

static void indent(struct story *st, int depth)
{
	fprintf(st->out, "%*s", 4 + 2 * depth, "");
}

static void print_expr(FILE *out, const struct expr *e)
{
	struct gstr gs = str_new();

	expr_gstr_print(e, &gs);
	fputs(str_get(&gs), out);
	str_free(&gs);
}

/* "X=n", and who asked for that if a layer did. */
static void print_value(struct story *st, struct symbol *sym)
{
	const struct request *req = stack_find(st->stack, sym->name);

	sym_calc_value(sym);
	fprintf(st->out, "%s=%s", sym->name, sym_get_string_value(sym));
	if (req)
		fprintf(st->out, " (%s:%d asks for %s)", req->file, req->line,
			req->value);
}

static bool first_visit(struct story *st, const struct symbol *sym)
{
	for (int i = 0; i < st->nr_seen; i++)
		if (st->seen[i] == sym)
			return false;
	if (st->nr_seen == (int)(sizeof(st->seen) / sizeof(*st->seen)))
		return false;
	st->seen[st->nr_seen++] = sym;
	return true;
}

static const struct property *first_prompt(const struct symbol *sym)
{
	const struct property *prop;

	for_all_prompts(sym, prop)
		return prop;
	return NULL;
}

/* The symbol whose `select` makes up the term E of a reverse dependency. */
static const struct symbol *selector(const struct expr *e)
{
	while (e->type == E_AND)
		e = e->left.expr;
	return e->type == E_SYMBOL ? e->left.sym : NULL;
}

/*
 * Print the names in the reverse dependency E: those of a value of at least
 * MIN, at most MAX_NAMES of them. Returns how many there are, printed or not.
 */
static int print_selectors(struct story *st, struct expr *e, tristate min,
			   int nr)
{
	const struct symbol *sym;

	if (!e)
		return nr;
	if (e->type == E_OR) {
		nr = print_selectors(st, e->left.expr, min, nr);
		return print_selectors(st, e->right.expr, min, nr);
	}
	sym = selector(e);
	if (!sym || !sym->name || expr_calc_value(e) < min)
		return nr;
	if (nr < MAX_NAMES)
		fprintf(st->out, "%s%s", nr ? ", " : " ", sym->name);
	else if (nr == MAX_NAMES)
		fputs(", ...", st->out);
	return nr + 1;
}

static void unmet_symbol(struct story *st, struct symbol *sym, tristate need,
			 int depth);

/* Print the parts of E that keep it below NEED, one a line. */
static void unmet(struct story *st, struct expr *e, tristate need, int depth)
{
	if (!e || expr_calc_value(e) >= need)
		return;
	if (e->type == E_AND) {
		unmet(st, e->left.expr, need, depth);
		unmet(st, e->right.expr, need, depth);
		return;
	}
	if (e->type == E_SYMBOL) {
		unmet_symbol(st, e->left.sym, need, depth);
		return;
	}
	indent(st, depth);
	fputs("unmet: ", st->out);
	print_expr(st->out, e);
	fputc('\n', st->out);
}

/* SYM is below NEED: follow it to the first symbol that a user could set. */
static void unmet_symbol(struct story *st, struct symbol *sym, tristate need,
			 int depth)
{
	const struct property *prompt, *prop;

	indent(st, depth);
	if (sym->flags & SYMBOL_CONST || sym->type == S_UNKNOWN) {
		if (sym == &symbol_no)
			fputs("unmet: a probe of the compiler or its tools said no\n",
			      st->out);
		else
			fprintf(st->out, "unmet: %s does not exist on this architecture\n",
				sym->name);
		return;
	}
	fputs("unmet: ", st->out);
	print_value(st, sym);
	if (depth >= MAX_DEPTH || !first_visit(st, sym)) {
		fputc('\n', st->out);
		return;
	}
	prompt = first_prompt(sym);
	if (prompt && sym->visible >= need) {
		fputs("; set it\n", st->out);
		return;
	}
	if (prompt) {
		fputs(", because\n", st->out);
		unmet(st, prompt->visible.expr, need, depth + 1);
		return;
	}
	fputs(", has no prompt", st->out);
	if (sym->rev_dep.expr) {
		fputs("; selected by", st->out);
		print_selectors(st, sym->rev_dep.expr, no, 0);
	}
	fputc('\n', st->out);
	for_all_defaults(sym, prop) {
		unmet(st, prop->expr, need, depth + 1);
		unmet(st, prop->visible.expr, need, depth + 1);
	}
}

/* A choice shows its members only; say which one has it. */
static bool lost_choice(struct story *st, struct symbol *sym)
{
	struct menu *choice = sym_get_choice_menu(sym), *menu;

	if (!choice || sym->visible == no)
		return false;
	menu_for_each_sub_entry(menu, choice) {
		if (!menu->sym || sym_get_tristate_value(menu->sym) == no)
			continue;
		fputs("    lost in a choice: taken by ", st->out);
		print_value(st, menu->sym);
		fputc('\n', st->out);
		return true;
	}
	return false;
}

static void too_low(struct story *st, struct symbol *sym, tristate want)
{
	const struct property *prompt = first_prompt(sym);

	if (lost_choice(st, sym))
		return;
	if (prompt) {
		unmet(st, prompt->visible.expr, want, 0);
		return;
	}
	fputs("    no prompt: a layer cannot set it", st->out);
	if (sym->rev_dep.expr) {
		fputs("; set one that selects it:", st->out);
		print_selectors(st, sym->rev_dep.expr, no, 0);
	}
	fputc('\n', st->out);
	unmet(st, sym->dir_dep.expr, want, 0);
	for_all_defaults(sym, prompt) {
		unmet(st, prompt->expr, want, 0);
		unmet(st, prompt->visible.expr, want, 0);
	}
}

static void too_high(struct story *st, struct symbol *sym, tristate want)
{
	const struct property *prop;

	if (sym->rev_dep.tri > want) {
		fputs("    held up by select from", st->out);
		print_selectors(st, sym->rev_dep.expr, want + 1, 0);
		fputc('\n', st->out);
		return;
	}
	if (sym_get_choice_menu(sym)) {
		fputs("    the default of its choice; ask for another member\n",
		      st->out);
		return;
	}
	prop = first_prompt(sym);
	if (prop && sym->visible != no) {
		fputs("    no module: MODULES=n turns m into y\n", st->out);
		return;
	}
	fprintf(st->out, "    %s, so its default holds\n",
		prop ? "its prompt is hidden" : "no prompt");
	if (prop)
		unmet(st, prop->visible.expr, yes, 0);
}

static void wrong_text(struct story *st, struct symbol *sym, const char *want)
{
	const struct property *prop;

	if (sym->visible == no) {
		prop = first_prompt(sym);
		if (prop)
			unmet(st, prop->visible.expr, yes, 0);
		else
			fputs("    no prompt: a layer cannot set it\n", st->out);
		return;
	}
	prop = sym_get_range_prop(sym);
	if (prop) {
		struct symbol *lo = prop->expr->left.sym;
		struct symbol *hi = prop->expr->right.sym;

		fprintf(st->out, "    %s is out of range: %s to %s\n", want,
			sym_get_string_value(lo), sym_get_string_value(hi));
	}
}

void explain_lost(FILE *out, const struct request *req,
		  const struct stack *stack)
{
	struct story st = { .out = out, .stack = stack };
	struct symbol *sym = sym_find(req->name);
	tristate want = *req->value == 'y' ? yes : *req->value == 'm' ? mod : no;
	tristate got = sym_get_tristate_value(sym);

	fprintf(out, "%s:%d: CONFIG_%s: wanted %s, got %s (%s: %s)\n",
		req->file, req->line, req->name, req->value,
		sym_get_string_value(sym), level_name(req->level), req->why);
	if (sym->type != S_BOOLEAN && sym->type != S_TRISTATE)
		wrong_text(&st, sym, req->value);
	else if (got < want)
		too_low(&st, sym, want);
	else
		too_high(&st, sym, want);
}

static void print_requests(FILE *out, const struct request *req)
{
	if (!req)
		fputs("  no layer asks for it\n", out);
	for (; req; req = req->below)
		fprintf(out, "  %s:%d: %s=%s%s, %s: %s\n", req->file, req->line,
			req->name, req->value, req->override ? ", override" : "",
			level_name(req->level), req->why);
}

int explain_symbol(FILE *out, const char *name, const struct stack *stack)
{
	struct story st = { .out = out, .stack = stack };
	struct symbol *sym = sym_find(name);
	const struct property *prompt;
	struct menu *menu;
	char near[256];

	if (!sym || sym->type == S_UNKNOWN || sym->flags & SYMBOL_CONST) {
		explain_near(near, sizeof(near), name);
		fprintf(stderr, "kconf: CONFIG_%s is not known to this kernel and architecture%s\n",
			name, near);
		return EXIT_BAD;
	}
	sym_calc_value(sym);
	prompt = first_prompt(sym);
	fprintf(out, "CONFIG_%s=%s\n", name, sym_get_string_value(sym));
	print_requests(out, stack_find(stack, name));
	fprintf(out, "  %s, %s%s\n", sym_type_name(sym->type),
		prompt ? "prompt: " : "no prompt", prompt ? prompt->text : "");
	list_for_each_entry(menu, &sym->menus, link)
		fprintf(out, "  defined at %s:%d\n", menu->filename,
			menu->lineno);
	if (sym->dir_dep.expr) {
		fputs("  depends on ", out);
		print_expr(out, sym->dir_dep.expr);
		fputc('\n', out);
	}
	if (sym->rev_dep.expr) {
		fputs("  selected now by", out);
		if (!print_selectors(&st, sym->rev_dep.expr, mod, 0))
			fputs(" none", out);
		fputs("\n  could be selected by", out);
		print_selectors(&st, sym->rev_dep.expr, no, 0);
		fputc('\n', out);
	}
	if (sym->implied.expr) {
		fputs("  implied by", out);
		print_selectors(&st, sym->implied.expr, no, 0);
		fputc('\n', out);
	}
	if (prompt && sym->visible == no)
		unmet(&st, prompt->visible.expr, yes, 0);
	return EXIT_HOLDS;
}
