// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists every symbol with its value and where the value comes from, for
 * scripts/config-matrix, which compares such lists.
 */
#include "kconfig.h"
#include "kconf.h"

static bool has_prompt(const struct symbol *sym)
{
	const struct property *prop;

	for_all_prompts(sym, prop)
		return true;
	return false;
}

/* The symbol behind the first term of E that makes it at least MIN. */
static const struct symbol *first_selector(struct expr *e, tristate min)
{
	const struct symbol *sym;

	if (!e || expr_calc_value(e) < min)
		return NULL;
	if (e->type == E_OR) {
		sym = first_selector(e->left.expr, min);
		return sym ? sym : first_selector(e->right.expr, min);
	}
	while (e->type == E_AND)
		e = e->left.expr;
	return e->type == E_SYMBOL ? e->left.sym : NULL;
}

/* True if SYM is in a choice that shows no other member: there is nothing to choose. */
static bool only_choice(const struct symbol *sym)
{
	struct menu *choice = sym_get_choice_menu(sym), *menu;

	if (!choice)
		return false;
	menu_for_each_sub_entry(menu, choice)
		if (menu->sym && menu->sym != sym && menu->sym->visible != no)
			return false;
	return true;
}

/* What Kconfig would make of SYM if nobody asked: its default, or what implies it. */
static tristate default_of(struct symbol *sym)
{
	const struct property *prop;
	tristate value = no;

	if (sym->type != S_BOOLEAN && sym->type != S_TRISTATE)
		return no;
	/* Without an expression expr_calc_value() says yes. */
	if (sym->implied.expr)
		value = expr_calc_value(sym->implied.expr);
	for_all_defaults(sym, prop) {
		tristate visible = expr_calc_value(prop->visible.expr);

		if (visible == no)
			continue;
		visible = EXPR_AND(expr_calc_value(prop->expr), visible);
		value = EXPR_OR(visible, value);
		break;
	}
	value = EXPR_AND(value, sym->visible);
	return value == mod && sym->type == S_BOOLEAN ? yes : value;
}

static void print_source(FILE *out, struct symbol *sym,
			 const struct request *req)
{
	const struct symbol *by;
	tristate value = sym_get_tristate_value(sym);

	if (req) {
		fprintf(out, "asked\t%s:%d %s: %s", req->file, req->line,
			level_name(req->level), req->why);
		return;
	}
	by = value != no ? first_selector(sym->rev_dep.expr, value) : NULL;
	if (!has_prompt(sym))
		fputs("derived\tno prompt", out);
	else if (by && by->name)
		fprintf(out, "selected\tby %s", by->name);
	else if (sym->visible == no || only_choice(sym))
		fputs("hidden\tprompt not visible", out);
	else if (value == no && default_of(sym) != no)
		fprintf(out, "default\tno layer asks for it, Kconfig says %c",
			default_of(sym) == yes ? 'y' : 'm');
	else
		fputs("default\tno layer asks for it", out);
}

void print_values(FILE *out, const struct stack *stack)
{
	struct symbol *sym;

	for_all_symbols(sym) {
		if (!sym->name || sym->type == S_UNKNOWN ||
		    sym->flags & SYMBOL_CONST)
			continue;
		sym_calc_value(sym);
		fprintf(out, "%s\t%s\t%s\t", sym->name,
			sym_type_name(sym->type), sym_get_string_value(sym));
		print_source(out, sym, stack_find(stack, sym->name));
		fputc('\n', out);
	}
}
