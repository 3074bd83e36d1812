// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts the requests into the kernel's Kconfig code and reads the result. With
 * explain.c the only file that knows the kernel's scripts/kconfig.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "kconfig.h"
#include "kconf.h"

void tree_parse(const char *path)
{
	/* A select that breaks a dependency counts, see tree_warned(). */
	setenv("KCONFIG_WERROR", "1", 1);
	conf_set_message_callback(NULL);
	conf_parse(path);
}

bool tree_warned(void)
{
	return sym_dep_errors();
}

static bool is_tri(const struct symbol *sym)
{
	return sym->type == S_BOOLEAN || sym->type == S_TRISTATE;
}

static tristate tri_of(const char *value)
{
	return *value == 'y' ? yes : *value == 'm' ? mod : no;
}

/* NULL if SYM can take the value of REQ, else what it wants. */
static const char *wrong_type(const struct symbol *sym,
			      const struct request *req)
{
	bool tri = !req->quoted && strlen(req->value) == 1 &&
		   strchr("ymn", *req->value);

	switch (sym->type) {
	case S_BOOLEAN:
		return tri && *req->value != 'm' ? NULL : "y or n";
	case S_TRISTATE:
		return tri ? NULL : "y, m or n";
	case S_STRING:
		return req->quoted ? NULL : "a \"string\"";
	case S_INT:
	case S_HEX:
		if (!req->quoted && *req->value &&
		    sym_string_valid((struct symbol *)sym, req->value))
			return NULL;
		return sym->type == S_INT ? "a decimal number" :
					    "a hexadecimal number";
	default:
		return "nothing";
	}
}

static void set_value(struct symbol *sym, const struct request *req)
{
	struct menu *choice;

	sym->flags |= SYMBOL_DEF_USER;
	if (!is_tri(sym)) {
		sym->def[S_DEF_USER].val = strdup(req->value);
		if (!sym->def[S_DEF_USER].val)
			abort();
		return;
	}
	sym->def[S_DEF_USER].tri = tri_of(req->value);
	/* The member named last has the highest priority, as in a .config. */
	choice = sym_get_choice_menu(sym);
	if (choice)
		list_move(&sym->choice_link, &choice->choice_members);
}

/* allnoconfig: whatever a user could switch on and no layer names is off. */
static void rest_is_off(void)
{
	struct menu *menu;

	menu_for_each_entry(menu) {
		struct symbol *sym = menu->sym;

		if (!sym || !menu->prompt || sym_has_value(sym) ||
		    !is_tri(sym) || sym_is_choice(sym) ||
		    sym_is_choice_value(sym))
			continue;
		sym->def[S_DEF_USER].tri = no;
		sym->flags |= SYMBOL_DEF_USER;
	}
}

void tree_apply(struct stack *stack, bool part)
{
	struct request *req;
	struct symbol *sym;

	for (req = stack->first; req; req = req->next) {
		const char *want;

		sym = sym_find(req->name);
		if (!sym || sym->type == S_UNKNOWN) {
			char near[256];

			if (part && req->ours) {
				req->absent = true;
				stack->count--;
				continue;
			}
			explain_near(near, sizeof(near), req->name);
			bad_line(stack, req->file, req->line,
				 "CONFIG_%s is not known to this kernel and architecture%s",
				 req->name, near);
			continue;
		}
		want = wrong_type(sym, req);
		if (want)
			bad_line(stack, req->file, req->line,
				 "CONFIG_%s=%s%s%s: a %s takes %s", req->name,
				 req->quoted ? "\"" : "", req->value,
				 req->quoted ? "\"" : "",
				 sym_type_name(sym->type), want);
		else
			set_value(sym, req);
	}
	if (stack->errors)
		return;
	rest_is_off();
	sym_clear_all_valid();
	for_all_symbols(sym)
		sym_calc_value(sym);
}

bool tree_holds(const struct request *req)
{
	struct symbol *sym;

	if (req->absent)
		return true;
	sym = sym_find(req->name);
	sym_calc_value(sym);
	/* An absent symbol is not set. */
	if (is_tri(sym))
		return sym_get_tristate_value(sym) == tri_of(req->value);
	return !strcmp(sym_get_string_value(sym), req->value);
}

int tree_write(const char *path)
{
	return conf_write(path) ? -1 : 0;
}
