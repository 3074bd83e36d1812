// SPDX-License-Identifier: GPL-2.0-only
/* rules.c - exceptions from what a check says (rules.h). */
#include <stdlib.h>

#include "rules.h"

const char *const kind_name[KINDS] = {
	"missing", "crc", "unversioned", "gpl", "ns", "moved", "unknown", "loosened",
	"added", "api",
};

const char *const verdict_name[VERDICTS] = { "fail", "warn", "note", "waived" };

bool release_parse(struct str s, struct release *r)
{
	struct str major = str_cut(&s, '.');

	r->known = str_u32(major, 10, &r->major) && str_u32(s, 10, &r->minor);
	return r->known;
}

/* take_value() - the value of KEY=VALUE or KEY="VALUE"; rest goes on behind. */
static bool take_value(struct str *rest, struct str *value)
{
	if (rest->n && *rest->p == '"') {
		rest->p++;
		rest->n--;
		if (!memchr(rest->p, '"', rest->n))
			return false;
		*value = str_cut(rest, '"');
		return !rest->n || *rest->p == ' ' || *rest->p == '\t';
	}
	*value = str_cut(rest, ' ');
	return true;
}

/* set_text() - a key that may stand there once. */
static int set_text(char **at, struct str value, struct str key, struct lines *l)
{
	if (*at)
		return lines_fail(l, "%.*s= stands there twice", (int)key.n, key.p);
	if (!value.n)
		return lines_fail(l, "%.*s= has no value", (int)key.n, key.p);
	*at = xstrndup(value.p, value.n);
	return 0;
}

static int set_crc(bool *has, uint32_t *crc, struct str value, struct str key,
		   struct lines *l)
{
	if (*has || !str_crc(value, crc))
		return lines_fail(l, "%.*s= wants one CRC: 0x and 8 digits", (int)key.n, key.p);
	*has = true;
	return 0;
}

static int set_key(struct rule *r, struct str key, struct str value, struct lines *l)
{
	if (str_eq(key, "symbol"))
		return set_text(&r->symbol, value, key, l);
	if (str_eq(key, "module"))
		return set_text(&r->module, value, key, l);
	if (str_eq(key, "ns") || str_eq(key, "namespace"))
		return set_text(&r->ns, value, key, l);
	if (str_eq(key, "reason"))
		return set_text(&r->reason, value, key, l);
	if (str_eq(key, "ref"))
		return set_text(&r->ref, value, key, l);
	if (str_eq(key, "from"))
		return set_crc(&r->has_from, &r->from, value, key, l);
	if (str_eq(key, "to"))
		return set_crc(&r->has_to, &r->to, value, key, l);
	if (str_eq(key, "until")) {
		if (r->until.known || !release_parse(value, &r->until))
			return lines_fail(l, "until= wants one MAJOR.MINOR: the last release the rule holds for");
		return 0;
	}
	return lines_fail(l, "unknown key '%.*s': wanted symbol, module, ns, from, to, until, ref or reason",
			  (int)(key.n < 40 ? key.n : 40), key.p);
}

/* set_head() - the first two words. */
static int set_head(struct rule *r, struct str verdict, struct str kind, struct lines *l)
{
	int k;

	if (str_eq(verdict, "waive"))
		r->verdict = VERDICT_WAIVED;
	else if (str_eq(verdict, "warn"))
		r->verdict = VERDICT_WARN;
	else if (str_eq(verdict, "deny"))
		r->verdict = VERDICT_FAIL;
	else
		return lines_fail(l, "verdict '%.*s': wanted waive, warn or deny",
				  (int)(verdict.n < 40 ? verdict.n : 40), verdict.p);
	for (k = 0; k < KINDS; k++)
		if (str_eq(kind, kind_name[k])) {
			r->kind = (enum kind)k;
			return 0;
		}
	return lines_fail(l, "kind '%.*s': wanted missing, crc, unversioned, gpl, ns, moved, unknown, loosened, added or api",
			  (int)(kind.n < 40 ? kind.n : 40), kind.p);
}

static void rule_free(struct rule *r)
{
	free(r->symbol);
	free(r->module);
	free(r->ns);
	free(r->reason);
	free(r->ref);
}

static int parse_rule(struct rule *r, struct str line, struct lines *l)
{
	struct str verdict = str_cut(&line, ' '), kind, key, value;

	line = str_trim(line);
	kind = str_cut(&line, ' ');
	if (set_head(r, verdict, kind, l) < 0)
		return -1;
	for (line = str_trim(line); line.n; line = str_trim(line)) {
		if (!memchr(line.p, '=', line.n))
			return lines_fail(l, "wanted KEY=VALUE behind the kind");
		key = str_cut(&line, '=');
		if (!take_value(&line, &value))
			return lines_fail(l, "a value without its closing '\"'");
		if (set_key(r, key, value, l) < 0)
			return -1;
	}
	if (!r->reason)
		return lines_fail(l, "no reason=\"...\": say why this exception is right");
	if (!r->until.known)
		return lines_fail(l, "no until=MAJOR.MINOR: say until which release it holds");
	if (!r->symbol && !r->module && !r->ns)
		return lines_fail(l, "neither symbol=, module= nor ns=: a rule for everything hides everything");
	return 0;
}

int rules_read(struct rules *r, struct lines *l)
{
	struct str line;
	int got;

	r->file = l->file;
	while ((got = lines_text(l, &line)) > 0) {
		struct rule rule = { .line = (uint32_t)l->no };

		line = str_trim(line);
		if (!line.n || *line.p == '#')
			continue;
		if (parse_rule(&rule, line, l) < 0) {
			rule_free(&rule);
			return -1;
		}
		r->v = vec_room(r->v, &r->cap, r->n + 1, sizeof(*r->v));
		r->v[r->n++] = rule;
	}
	return got;
}

bool rule_expired(const struct rule *r, struct release now)
{
	return now.known && (now.major > r->until.major ||
		(now.major == r->until.major && now.minor > r->until.minor));
}

struct rule *rules_find(struct rules *rules, const struct question *q, struct release now)
{
	size_t i;

	for (i = 0; i < rules->n; i++) {
		struct rule *r = &rules->v[i];

		if (r->kind != q->kind || rule_expired(r, now))
			continue;
		if ((r->symbol && !glob_match(r->symbol, q->symbol)) ||
		    (r->module && !glob_match(r->module, q->module)) ||
		    (r->ns && !glob_match(r->ns, q->ns)) ||
		    (r->has_from && r->from != q->from) || (r->has_to && r->to != q->to))
			continue;
		r->used++;
		return r;
	}
	return NULL;
}

void rules_free(struct rules *r)
{
	while (r->n)
		rule_free(&r->v[--r->n]);
	free(r->v);
}
