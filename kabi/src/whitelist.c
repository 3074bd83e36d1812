// SPDX-License-Identifier: GPL-2.0-only
/* whitelist.c - the symbols that are promised (whitelist.h). */
#include <stdlib.h>

#include "record.h"
#include "whitelist.h"

static void add(struct whitelist *wl, struct pool *names, struct str name,
		uint32_t consumer, uint32_t line)
{
	uint32_t id = pool_add(names, name, NULL), *last;
	size_t old = wl->nat;

	wl->at = vec_room(wl->at, &wl->nat, (size_t)id + 1, sizeof(*wl->at));
	memset(wl->at + old, 0xff, (wl->nat - old) * sizeof(*wl->at));
	wl->v = vec_room(wl->v, &wl->cap, wl->n + 1, sizeof(*wl->v));
	wl->v[wl->n] = (struct listed){ id, consumer, line, NONE };
	for (last = &wl->at[id]; *last != NONE; last = &wl->v[*last].next)
		;
	*last = (uint32_t)wl->n++;
}

static uint32_t add_consumer(struct whitelist *wl, struct str name, struct str contact,
			     uint32_t since)
{
	wl->consumer = vec_room(wl->consumer, &wl->consumer_cap, wl->nconsumer + 1,
				sizeof(*wl->consumer));
	wl->consumer[wl->nconsumer] = (struct consumer){
		xstrndup(name.p, name.n), xstrndup(contact.p, contact.n), since };
	return (uint32_t)wl->nconsumer++;
}

/* parse_head() - "[consumer NAME since=N contact=TEXT]". */
static int parse_head(struct whitelist *wl, struct lines *l, struct str line)
{
	struct str name, word, contact = { "", 0 };
	uint32_t since = 0;
	size_t i;

	if (line.p[line.n - 1] != ']')
		return lines_fail(l, "a head without ']': wanted [consumer NAME since=MAJOR contact=ADDRESS]");
	line = (struct str){ line.p + 1, line.n - 2 };
	word = str_cut(&line, ' ');
	name = str_cut(&line, ' ');
	if (!str_eq(word, "consumer") || !name.n)
		return lines_fail(l, "wanted [consumer NAME since=MAJOR contact=ADDRESS]");
	while (line.n) {
		word = str_cut(&line, ' ');
		if (word.n > 6 && !memcmp(word.p, "since=", 6)) {
			if (!str_u32((struct str){ word.p + 6, word.n - 6 }, 10, &since))
				return lines_fail(l, "since= wants the number of a major release");
		} else if (word.n > 8 && !memcmp(word.p, "contact=", 8)) {
			contact = (struct str){ word.p + 8, word.n - 8 };
		} else if (word.n) {
			return lines_fail(l, "'%.*s': a head knows since= and contact=",
					  (int)(word.n < 80 ? word.n : 80), word.p);
		}
	}
	for (i = 0; i < wl->nconsumer; i++)
		if (str_eq(name, wl->consumer[i].name))
			return lines_fail(l, "consumer %s stands already above: join the two lists",
					  wl->consumer[i].name);
	add_consumer(wl, name, contact, since);
	return 0;
}

static bool is_symbol(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      c == '.' || c == '$' || (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n && s.n <= NAME_MAX_LEN;
}

int whitelist_read(struct whitelist *wl, struct pool *names, struct lines *l)
{
	struct str line, name, last = { "", 0 };
	bool head = false;
	int got;

	wl->file = l->file;
	while ((got = lines_text(l, &line)) > 0) {
		line = str_trim(line);
		if (line.n && *line.p == '[') {
			if (parse_head(wl, l, line) < 0)
				return -1;
			head = true;
			last.n = 0;
			continue;
		}
		name = str_trim(str_cut(&line, '#'));
		if (!name.n)
			continue;
		if (!head)
			return lines_fail(l, "a symbol before the first [consumer ...]: say who needs it");
		if (!is_symbol(name))
			return lines_fail(l, "'%.*s' is no name of a symbol: one a line, no patterns, '#' before a comment",
					  (int)(name.n < 80 ? name.n : 80), name.p);
		if (last.n && str_cmp(last, name) >= 0)
			return lines_fail(l, "%.*s stands %s %.*s: sort this list, each symbol once (LC_ALL=C sort -u)",
					  (int)name.n, name.p,
					  str_cmp(last, name) ? "behind" : "twice, behind",
					  (int)last.n, last.p);
		add(wl, names, name, (uint32_t)wl->nconsumer - 1, (uint32_t)l->no);
		/* the copy in the pool outlives the line */
		last = pool_str(names, wl->v[wl->n - 1].name);
	}
	if (got < 0)
		return -1;
	if (!whitelist_find(wl, pool_add(names, str_of("module_layout"), NULL)))
		add(wl, names, str_of("module_layout"),
		    add_consumer(wl, str_of("every module"), str_of(""), 0), 0);
	return 0;
}

char *whitelist_who(const struct whitelist *wl, const struct listed *e)
{
	char *s = NULL, *longer;
	const char *name;

	while (e) {
		name = wl->consumer[e->consumer].name;
		longer = xasprintf("%s%s%s", s ? s : "", s ? ", " : "", name);
		free(s);
		s = longer;
		e = e->next == NONE ? NULL : &wl->v[e->next];
	}
	return s ? s : xstrndup("", 0);
}

void whitelist_free(struct whitelist *wl)
{
	size_t i;

	for (i = 0; i < wl->nconsumer; i++) {
		free(wl->consumer[i].name);
		free(wl->consumer[i].contact);
	}
	free(wl->consumer);
	free(wl->v);
	free(wl->at);
	memset(wl, 0, sizeof(*wl));
}
