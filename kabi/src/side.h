/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * side.h - one side of a comparison: the types behind exported symbols, from a
 * tree of *.symtypes or from one file (a baseline).
 *
 * A unit is one object file; it has its own definition of each type. A side
 * that comes from one file has a default for each name, and its units list
 * only departures from it.
 */
#ifndef KABI_SIDE_H
#define KABI_SIDE_H

#include "record.h"
#include "symbols.h"

struct unit {
	uint32_t name;			/* in names: its path without .symtypes */
	uint32_t n;			/* records */
	uint32_t *rec;			/* tree: line i + 1 of the file is rec[i] */
};

struct export {
	uint32_t name;
	uint32_t unit;			/* index */
	uint32_t next;			/* another unit that exports it; or NONE */
};

struct side {
	struct world *w;
	const char *path;		/* as given; for messages */
	struct unit *unit;		/* sorted by name */
	uint32_t nunit;
	size_t unit_cap;
	uint32_t *def;			/* one file: default record by name */
	uint32_t ndef;
	struct export *export;		/* sorted by unit, then as in the unit */
	uint32_t nexport;
	size_t export_cap;
	uint32_t *first;		/* by unit: index of its first export */
	uint32_t *home;			/* by name: index of an export, or NONE */
	uint32_t nhome;
	struct symbols syms;		/* baseline only */
};

/*
 * side_load_tree() - read every *.symtypes below dir on threads threads. Links
 * are not followed. 0, or -1: unreadable or malformed, or none at all.
 */
int side_load_tree(struct side *s, struct world *w, const char *dir, unsigned threads,
		   struct err *err);
/* side_load_memory() - the same of one unit, "memory", of n bytes at data. */
int side_load_memory(struct side *s, struct world *w, const void *data, size_t n,
		     struct err *err);
/* side_index() - build export, first and home; for the readers. */
void side_index(struct side *s);
/* side_is_one_file() - it has defaults. */
static inline bool side_is_one_file(const struct side *s)
{
	return s->def != NULL;
}
/* side_find() - the export of that name, or NULL. */
static inline const struct export *side_find(const struct side *s, uint32_t name)
{
	return name < s->nhome && s->home[name] != NONE ? &s->export[s->home[name]] : NULL;
}
/* side_unit() - index of the unit called name, or NONE. */
uint32_t side_unit(const struct side *s, uint32_t name);
void side_free(struct side *s);

/*
 * A view is one unit with its definitions at hand. It is opened again for
 * another unit at the cost of that unit's records.
 */
struct view {
	const struct side *s;
	uint32_t unit;			/* index; NONE: not opened */
	uint32_t gen;
	struct { uint32_t gen, rec; } *at;	/* by name */
	uint32_t nat;
};

/* view_init() - for s, once all inputs are read. */
void view_init(struct view *v, const struct side *s);
void view_open(struct view *v, uint32_t unit);
void view_free(struct view *v);

/* view_get() - the record that defines name in the open unit, or NONE. */
static inline uint32_t view_get(const struct view *v, uint32_t name)
{
	if (v->at[name].gen == v->gen)
		return v->at[name].rec;
	return name < v->s->ndef ? v->s->def[name] : NONE;
}

#endif
