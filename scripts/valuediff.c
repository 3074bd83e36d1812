// SPDX-License-Identifier: GPL-2.0-only
/*
 * valuediff - compare lists of configuration values, and find the differences
 * that nobody explained.
 *
 * usage: valuediff [--all] NAME=FILE NAME=FILE...
 *
 * FILE is what `kconf values` writes: SYMBOL, type, value, kind, source. Prints a
 * header and a line a symbol, fields split by tabs: symbol, its value under each
 * NAME ("-": no such symbol there), verdict, reason. Without --all only symbols
 * that a user can set and that have a value somewhere. Verdicts:
 *
 *   same         one value everywhere
 *   arch         one value wherever the symbol exists
 *   asked        each value that is not "n" has a layer line (or a select) behind
 *                it; of numbers and texts, at most one is a default
 *   derived      no prompt that a user could see: follows from others
 *   unexplained  none of these
 *
 * Exit status: 0 all explained, 1 some are not, 2 bad input.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LISTS = 16, FIELDS = 5 };
enum { NAME, TYPE, VALUE, KIND, SOURCE };

struct row {
	char *field[FIELDS];
	int list;
};

static struct row *rows;
static size_t nr_rows, size_rows;

static void die(const char *file, size_t line, const char *what)
{
	fprintf(stderr, "valuediff: %s:%zu: %s\n", file, line, what);
	exit(2);
}

/* Split TEXT at tabs into exactly FIELDS fields of ROW; the last takes the rest. */
static bool split(char *text, struct row *row)
{
	for (int i = 0; i < FIELDS; i++) {
		row->field[i] = text;
		if (i == FIELDS - 1)
			return true;
		text = strchr(text, '\t');
		if (!text)
			return false;
		*text++ = '\0';
	}
	return false;
}

static void read_list(const char *file, int list)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t size = 0, nr = 0;
	ssize_t len;

	if (!in)
		die(file, 0, strerror(errno));
	while ((len = getline(&line, &size, in)) >= 0) {
		char *copy;

		nr++;
		if (len && line[len - 1] == '\n')
			line[--len] = '\0';
		if (nr_rows == size_rows) {
			size_rows = size_rows ? 2 * size_rows : 65536;
			rows = realloc(rows, size_rows * sizeof(*rows));
		}
		copy = strdup(line);
		if (!rows || !copy)
			die(file, nr, "out of memory");
		if (!split(copy, &rows[nr_rows]) || !*copy)
			die(file, nr, "wanted SYMBOL, type, value, kind, source; write it with 'kconf values'");
		rows[nr_rows++].list = list;
	}
	if (ferror(in))
		die(file, nr, "read error");
	if (!nr)
		die(file, 0, "no symbol in it");
	free(line);
	fclose(in);
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcmp(x->field[NAME], y->field[NAME]);

	return c ? c : x->list - y->list;
}

static bool is_tri(const struct row *r)
{
	return !strcmp(r->field[TYPE], "bool") ||
	       !strcmp(r->field[TYPE], "tristate");
}

static bool is_kind(const struct row *r, const char *kind)
{
	return !strcmp(r->field[KIND], kind);
}

/* No user can choose its value there. */
static bool is_fixed(const struct row *r)
{
	return is_kind(r, "derived") || is_kind(r, "hidden");
}

static bool is_off(const struct row *r)
{
	return is_tri(r) ? !strcmp(r->field[VALUE], "n") : !*r->field[VALUE];
}

/*
 * Judge the N rows R of one symbol, of NR_LISTS lists. *WHY becomes the row
 * whose source is the reason.
 */
static const char *judge(const struct row *r, int n, int nr_lists,
			 const struct row **why)
{
	const struct row *free_value = NULL, *asked = NULL;
	bool same = true, derived = true;

	*why = r;
	for (int i = 0; i < n; i++) {
		same = same && !strcmp(r[i].field[VALUE], r[0].field[VALUE]);
		derived = derived && is_fixed(&r[i]);
		if (is_kind(&r[i], "asked") && (!asked || is_off(asked)))
			asked = &r[i];
	}
	if (asked)
		*why = asked;
	if (same)
		return n == nr_lists ? "same" : "arch";
	if (derived)
		return "derived";
	for (int i = 0; i < n; i++) {
		if (is_kind(&r[i], "asked") || is_fixed(&r[i]))
			continue;
		if (is_tri(&r[i])) {
			if (is_off(&r[i]))
				continue;
			if (is_kind(&r[i], "selected")) {
				if (!asked)
					*why = &r[i];
				continue;
			}
			*why = &r[i];
			return "unexplained";
		}
		if (free_value &&
		    strcmp(free_value->field[VALUE], r[i].field[VALUE])) {
			*why = &r[i];
			return "unexplained";
		}
		free_value = &r[i];
	}
	return "asked";
}

/* True if a user can set the symbol, and somewhere it has a value. */
static bool worth(const struct row *r, int n)
{
	bool value = false, prompt = false;

	for (int i = 0; i < n; i++) {
		value = value || !is_off(&r[i]);
		prompt = prompt || !is_kind(&r[i], "derived");
	}
	return value && prompt;
}

int main(int argc, char **argv)
{
	const char *names[MAX_LISTS];
	int nr_lists = 0, unexplained = 0;
	bool all = false;

	for (int i = 1; i < argc; i++) {
		char *file = strchr(argv[i], '=');

		if (!strcmp(argv[i], "--all")) {
			all = true;
			continue;
		}
		if (!file || nr_lists == MAX_LISTS) {
			fputs("usage: valuediff [--all] NAME=FILE NAME=FILE...\n",
			      stderr);
			return 2;
		}
		*file++ = '\0';
		names[nr_lists] = argv[i];
		read_list(file, nr_lists++);
	}
	if (nr_lists < 2) {
		fputs("valuediff: wanted at least two lists\n", stderr);
		return 2;
	}
	qsort(rows, nr_rows, sizeof(*rows), by_name);

	fputs("symbol", stdout);
	for (int i = 0; i < nr_lists; i++)
		printf("\t%s", names[i]);
	puts("\tverdict\treason");
	for (size_t i = 0, next; i < nr_rows; i = next) {
		const struct row *why;
		const char *verdict;
		int n;

		next = i + 1;
		while (next < nr_rows && !strcmp(rows[next].field[NAME],
						 rows[i].field[NAME])) {
			if (rows[next].list == rows[next - 1].list)
				die(names[rows[next].list], 0,
				    "a symbol stands there twice");
			next++;
		}
		n = (int)(next - i);
		verdict = judge(&rows[i], n, nr_lists, &why);
		if (!strcmp(verdict, "unexplained"))
			unexplained++;
		else if (!all && !worth(&rows[i], n))
			continue;
		fputs(rows[i].field[NAME], stdout);
		for (int list = 0, j = 0; list < nr_lists; list++) {
			if (j < n && rows[i + (size_t)j].list == list)
				printf("\t%s", rows[i + (size_t)j++].field[VALUE]);
			else
				fputs("\t-", stdout);
		}
		printf("\t%s\t%s\n", verdict, why->field[SOURCE]);
	}
	return unexplained ? 1 : 0;
}
