// SPDX-License-Identifier: GPL-2.0-only
/* report.c - print the findings of a check: one line each, or JSON. */
#include <stdlib.h>

#include "check.h"

static bool is_broken(const struct run *r, const struct report *rep)
{
	return rep->count[VERDICT_FAIL] || (r->o.strict && rep->unused + rep->expired);
}

static const char *rule_state(const struct run *r, const struct rule *rule)
{
	if (rule_expired(rule, r->o.release))
		return "expired";
	return rule->used ? NULL : "unused";
}

static char *who(const struct run *r, uint32_t symbol)
{
	return r->has_wl ? whitelist_who(&r->wl, whitelist_find(&r->wl, symbol)) :
		xstrndup("", 0);
}

static void print_finding(const struct run *r, const struct finding *f, FILE *out)
{
	struct str name = name_str(&r->w, f->symbol);
	char *needs = who(r, f->symbol);

	fprintf(out, "%-6s %-11s ", verdict_name[f->verdict], kind_name[f->kind]);
	put_text(out, name);
	fputs(": ", out);
	put_text(out, str_of(f->text));
	if (*needs) {
		fputs("; needed by ", out);
		put_text(out, str_of(needs));
	}
	if (f->rule) {
		fprintf(out, "; rules:%u: ", f->rule->line);
		put_text(out, str_of(f->rule->reason));
	}
	putc('\n', out);
	free(needs);
}

void report_print(const struct run *r, const struct report *rep, const char *level, FILE *out)
{
	const char *state;
	size_t i;

	for (i = 0; i < rep->n; i++)
		print_finding(r, &rep->v[i], out);
	for (i = 0; i < r->rules.n; i++) {
		const struct rule *rule = &r->rules.v[i];

		state = rule_state(r, rule);
		if (!state)
			continue;
		fprintf(out, "%-6s rule        rules:%u: %s: take it out, or mend its patterns (",
			r->o.strict ? "fail" : "warn", rule->line,
			state);
		put_text(out, str_of(rule->reason));
		fputs(")\n", out);
	}
	fprintf(out, "k%s %s against %s: %zu symbols compared: %zu failed, %zu warnings, %zu notes, %zu waived; %zu rules unused, %zu expired; %zu changes of symbols not listed\n",
		level, is_broken(r, rep) ? "is broken" : "holds", r->base.head.release,
		rep->compared, rep->count[VERDICT_FAIL], rep->count[VERDICT_WARN],
		rep->count[VERDICT_NOTE], rep->count[VERDICT_WAIVED], rep->unused,
		rep->expired, rep->quiet);
}

static void json_finding(const struct run *r, const struct finding *f, struct json *j)
{
	char *needs = who(r, f->symbol);

	json_begin(j, NULL, '{');
	json_text(j, "verdict", verdict_name[f->verdict]);
	json_text(j, "kind", kind_name[f->kind]);
	json_str(j, "symbol", name_str(&r->w, f->symbol));
	json_bool(j, "listed", f->listed);
	json_text(j, "needed_by", needs);
	json_text(j, "text", f->text);
	if (f->rule) {
		json_num(j, "rule", f->rule->line);
		json_text(j, "reason", f->rule->reason);
	}
	json_end(j, '}');
	free(needs);
}

void report_json(const struct run *r, const struct report *rep, const char *level, FILE *out)
{
	struct json j = { .f = out };
	size_t i;

	json_begin(&j, NULL, '{');
	json_text(&j, "command", "check");
	json_text(&j, "level", level);
	json_text(&j, "baseline", r->base.head.release);
	json_bool(&j, "holds", !is_broken(r, rep));
	json_num(&j, "compared", rep->compared);
	json_num(&j, "failed", rep->count[VERDICT_FAIL]);
	json_num(&j, "warnings", rep->count[VERDICT_WARN]);
	json_num(&j, "notes", rep->count[VERDICT_NOTE]);
	json_num(&j, "waived", rep->count[VERDICT_WAIVED]);
	json_num(&j, "unlisted_changes", rep->quiet);
	json_begin(&j, "findings", '[');
	for (i = 0; i < rep->n; i++)
		json_finding(r, &rep->v[i], &j);
	json_end(&j, ']');
	json_begin(&j, "rules", '[');
	for (i = 0; i < r->rules.n; i++) {
		if (!rule_state(r, &r->rules.v[i]))
			continue;
		json_begin(&j, NULL, '{');
		json_num(&j, "line", r->rules.v[i].line);
		json_text(&j, "state", rule_state(r, &r->rules.v[i]));
		json_text(&j, "reason", r->rules.v[i].reason);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
}
