// SPDX-License-Identifier: GPL-2.0-only
/* symbols.c - exported symbols, and the reader of Module.symvers. */
#include <stdlib.h>

#include "record.h"
#include "symbols.h"

void symbols_add(struct symbols *s, struct symbol sym)
{
	s->v = vec_room(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = sym;
}

static int by_name(const void *a, const void *b, void *names)
{
	const struct symbol *x = a, *y = b;

	return str_cmp(pool_str(names, x->name), pool_str(names, y->name));
}

uint32_t symbols_index(struct symbols *s, struct pool *names)
{
	size_t i;

	if (s->n)
		qsort_r(s->v, s->n, sizeof(*s->v), by_name, names);
	free(s->at);
	s->nat = names->n;
	s->at = xmalloc(s->nat * sizeof(*s->at));
	memset(s->at, 0xff, s->nat * sizeof(*s->at));
	for (i = 0; i < s->n; i++) {
		if (s->at[s->v[i].name] != NONE)
			return s->v[i].name;
		s->at[s->v[i].name] = (uint32_t)i;
	}
	return NONE;
}

void symbols_free(struct symbols *s)
{
	free(s->v);
	free(s->at);
	memset(s, 0, sizeof(*s));
}

/* parse_line() - one line of five fields, with a tab between each two. */
static int parse_line(struct symbol *sym, struct pool *names, struct lines *l,
		      struct str line)
{
	struct str crc, name, module, type;
	size_t i, tabs = 0;

	for (i = 0; i < line.n; i++)
		tabs += line.p[i] == '\t';
	if (tabs != 4)
		return lines_fail(l, "%zu fields, wanted 5 (crc, symbol, module, type, namespace): not a Module.symvers of this kernel, or cut off",
				  tabs + 1);
	crc = str_cut(&line, '\t');
	name = str_cut(&line, '\t');
	module = str_cut(&line, '\t');
	type = str_cut(&line, '\t');
	if (!str_crc(crc, &sym->crc))
		return lines_fail(l, "'%.*s' is no CRC: wanted 0x and 8 digits",
				  (int)(crc.n < 40 ? crc.n : 40), crc.p);
	if (!name.n || name.n > NAME_MAX_LEN || memchr(name.p, ' ', name.n))
		return lines_fail(l, "the second field is no name of a symbol");
	if (!module.n || module.n > NAME_MAX_LEN || memchr(module.p, ' ', module.n))
		return lines_fail(l, "the third field is no name of a module");
	sym->gpl = str_eq(type, "EXPORT_SYMBOL_GPL");
	if (!sym->gpl && !str_eq(type, "EXPORT_SYMBOL"))
		return lines_fail(l, "export type '%.*s': wanted EXPORT_SYMBOL or EXPORT_SYMBOL_GPL",
				  (int)(type.n < 40 ? type.n : 40), type.p);
	if (line.n > NAME_MAX_LEN || (line.n && memchr(line.p, ' ', line.n)))
		return lines_fail(l, "the fifth field is no namespace");
	sym->name = pool_add(names, name, NULL);
	sym->module = pool_add(names, module, NULL);
	sym->ns = line.n ? pool_add(names, line, NULL) : NONE;
	sym->unit = NONE;
	sym->has_crc = true;
	return 0;
}

int symvers_read(struct symbols *s, struct pool *names, struct lines *l)
{
	uint32_t *seen = NULL;		/* line by name */
	size_t cap = 0, old;
	struct symbol sym;
	struct str line;
	int got;

	while ((got = lines_text(l, &line)) > 0) {
		got = parse_line(&sym, names, l, line);
		if (got < 0)
			break;
		old = cap;
		seen = vec_room(seen, &cap, names->n, sizeof(*seen));
		memset(seen + old, 0, (cap - old) * sizeof(*seen));
		if (seen[sym.name]) {
			struct str n = pool_str(names, sym.name);

			got = lines_fail(l, "%.*s stands already in line %u: build the kernel again",
					 (int)n.n, n.p, seen[sym.name]);
			break;
		}
		seen[sym.name] = (uint32_t)l->no;
		symbols_add(s, sym);
	}
	free(seen);
	if (got < 0)
		return -1;
	symbols_index(s, names);
	if (!s->n)
		return fail(l->err, "%s: no symbol in it: the build is not complete; run: make kernel",
			    l->file);
	return 0;
}
