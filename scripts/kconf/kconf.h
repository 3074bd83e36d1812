/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kconf: merge configuration layers strictly, resolve them with the kernel's
 * own Kconfig code, check every requested value and explain each lost one.
 */
#ifndef KCONF_H
#define KCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit statuses of every command. */
enum { EXIT_HOLDS = 0, EXIT_LOST = 1, EXIT_BAD = 2 };

enum level { LEVEL_NONE, MANDATORY, RECOMMENDED, OPTIONAL };

/* One `CONFIG_X=value` line of a layer. */
struct request {
	char *name;		/* without CONFIG_ */
	char *value;		/* y, m, n, a number, or a string unquoted */
	bool quoted;		/* value stood in double quotes */
	bool override;		/* the line says that it changes an earlier one */
	bool ours;		/* a patch of the series adds the symbol */
	bool absent;		/* it does not, yet: see tree_apply() */
	enum level level;
	char *why;
	const char *file;	/* layer as named on the command line */
	int line;
	struct request *below;	/* the request that this one overrides */
	struct request *next;	/* merge order; one per symbol */
};

struct stack {
	struct request *first, *last;
	int count;		/* symbols in effect */
	int errors;		/* bad lines reported so far */
};

const char *level_name(enum level level);

/* layer.c */

/*
 * Read the layer NAME (below directory TOP unless absolute) on top of STACK.
 * Each bad line is reported on stderr as FILE:LINE and counted in
 * stack->errors. NAME must outlive STACK.
 */
void layer_read(struct stack *stack, const char *top, const char *name);
struct request *stack_find(const struct stack *stack, const char *name);
void stack_free(struct stack *stack);

/* Report one bad line of a layer: "kconf: FILE:LINE: message". */
void bad_line(struct stack *stack, const char *file, int line,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* tree.c: the kernel's Kconfig, the values asked for, the values got */

/* Parse the Kconfig file named PATH (relative to $srctree). Exits on error. */
void tree_parse(const char *path);
/*
 * Hand STACK to Kconfig and resolve as allnoconfig does. Counts bad values. With
 * PART the kernel lacks patches of the series: what only they add may be absent.
 */
void tree_apply(struct stack *stack, bool part);
/* True if Kconfig gave REQ its value, or lacks its symbol and may. */
bool tree_holds(const struct request *req);
/* Write .config to PATH by way of a temporary name. 0, or -1 on error. */
int tree_write(const char *path);
/* True if a select forced a symbol whose dependencies are not met. */
bool tree_warned(void);

/* values.c */

/*
 * Print each symbol of this architecture on a line of OUT, fields split by tabs:
 * name, type, value, kind of source (asked, selected, derived, hidden,
 * default), source.
 */
void print_values(FILE *out, const struct stack *stack);

/* explain.c */

/* Say on OUT why REQ was lost: value got, then one reason a line. */
void explain_lost(FILE *out, const struct request *req,
		  const struct stack *stack);
/* Tell all about the symbol NAME. EXIT_HOLDS, or EXIT_BAD if unknown. */
int explain_symbol(FILE *out, const char *name, const struct stack *stack);
/* Print up to three names of symbols that are spelt like NAME. */
void explain_near(char *buf, size_t size, const char *name);

#endif
