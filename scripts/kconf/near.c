// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the symbols that a mistyped name may have meant.
 */
#include <string.h>

#include "kconfig.h"
#include "kconf.h"

enum { NR_NEAR = 3 };

/* Edits that turn A into B, each at most SYMBOL_MAXLENGTH long. */
static int distance(const char *a, const char *b)
{
	int row[SYMBOL_MAXLENGTH + 1];
	int la = (int)strlen(a), lb = (int)strlen(b);

	for (int j = 0; j <= lb; j++)
		row[j] = j;
	for (int i = 1; i <= la; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

void explain_near(char *buf, size_t size, const char *name)
{
	const struct symbol *best[NR_NEAR] = { NULL }, *sym;
	int dist[NR_NEAR] = { 0 };
	int limit = (int)strlen(name) / 3 + 1;

	buf[0] = '\0';
	if (strlen(name) > SYMBOL_MAXLENGTH)
		return;
	for_all_symbols(sym) {
		int d, i;

		if (!sym->name || sym->type == S_UNKNOWN ||
		    sym->flags & SYMBOL_CONST ||
		    strlen(sym->name) > SYMBOL_MAXLENGTH)
			continue;
		d = distance(name, sym->name);
		if (d > limit)
			continue;
		for (i = NR_NEAR; i > 0 && (!best[i - 1] || d < dist[i - 1]); i--) {
			if (i == NR_NEAR)
				continue;
			best[i] = best[i - 1];
			dist[i] = dist[i - 1];
		}
		if (i < NR_NEAR) {
			best[i] = sym;
			dist[i] = d;
		}
	}
	for (int i = 0; i < NR_NEAR && best[i]; i++) {
		size_t used = strlen(buf);

		snprintf(buf + used, size - used, "%s%s",
			 i ? ", " : "; near: ", best[i]->name);
	}
}
