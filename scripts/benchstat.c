// SPDX-License-Identifier: GPL-2.0
/*
 * benchstat - compares the samples of a benchmark on the base and on ours.
 *
 *	benchstat BASE OURS CSV SVG
 *
 * BASE and OURS hold lines "bench NAME VALUE UNIT higher|lower" (other lines
 * are passed over); a NAME may stand there many times, each is one sample.
 * Prints a table: name, unit, median of base, median of ours, their ratio,
 * samples, spread ((max - min) / median, of base and of ours). The same goes
 * to CSV, and a bar a name (ours / base) to SVG.
 *
 * Exit status: 0 written, 1 a name is missing on one side, 2 bad input.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_MAX 128
#define SAMPLES_MAX 256
#define WORD_LEN 64

struct samples {
	double v[SAMPLES_MAX];
	int n;
};

struct metric {
	char name[WORD_LEN], unit[WORD_LEN], better[8];
	struct samples side[2];		/* 0: base, 1: ours */
};

static struct metric metrics[METRICS_MAX];
static int nr_metrics;

static void fatal(const char *what, const char *why)
{
	fprintf(stderr, "benchstat: %s: %s\n", what, why);
	exit(2);
}

static struct metric *find_or_add(const char *name)
{
	int i;

	for (i = 0; i < nr_metrics; i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	if (nr_metrics == METRICS_MAX)
		fatal(name, "too many names");
	snprintf(metrics[nr_metrics].name, WORD_LEN, "%s", name);
	return &metrics[nr_metrics++];
}

static void read_samples(const char *path, int side)
{
	char line[512], name[WORD_LEN], unit[WORD_LEN], better[8], value[WORD_LEN];
	FILE *f = fopen(path, "r");
	struct metric *m;
	struct samples *s;
	char *end, why[128];
	double v;
	int at = 0;

	if (!f)
		fatal(path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		at++;
		if (strncmp(line, "bench ", 6))
			continue;
		if (sscanf(line, "bench %63s %63s %63s %7s", name, value, unit,
			   better) != 4 ||
		    (strcmp(better, "higher") && strcmp(better, "lower"))) {
			snprintf(why, sizeof(why),
				 "line %d: wanted: bench NAME VALUE UNIT higher|lower",
				 at);
			fatal(path, why);
		}
		v = strtod(value, &end);
		if (*end || v != v) {
			snprintf(why, sizeof(why), "line %d: '%.60s' is no number",
				 at, value);
			fatal(path, why);
		}
		m = find_or_add(name);
		strcpy(m->unit, unit);
		strcpy(m->better, better);
		s = &m->side[side];
		if (s->n == SAMPLES_MAX)
			fatal(name, "more than 256 samples");
		s->v[s->n++] = v;
	}
	fclose(f);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sort S; return its median, or 0 if it is empty. */
static double median(struct samples *s)
{
	qsort(s->v, (size_t)s->n, sizeof(s->v[0]), by_value);
	if (!s->n)
		return 0;
	return s->n % 2 ? s->v[s->n / 2] :
		(s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

/* (max - min) / median of sorted S, in percent. */
static double spread(const struct samples *s, double med)
{
	return med > 0 ? 100 * (s->v[s->n - 1] - s->v[0]) / med : 0;
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		fatal(path, strerror(errno));
	return f;
}

static void svg_bar(FILE *svg, int row, const struct metric *m, double ratio)
{
	int y = 40 + row * 24;
	double width = (ratio > 3 ? 3 : ratio) * 200;

	fprintf(svg, "<text x=\"8\" y=\"%d\">%s (%s is better)</text>\n", y + 13,
		m->name, m->better);
	fprintf(svg, "<rect x=\"320\" y=\"%d\" width=\"%.1f\" height=\"16\" "
		"fill=\"#4477aa\"/>\n", y, width);
	fprintf(svg, "<text x=\"%.1f\" y=\"%d\">%.3f</text>\n", 326 + width,
		y + 13, ratio);
}

int main(int argc, char **argv)
{
	double b, o, ratio;
	bool missing = false;
	FILE *csv, *svg;
	struct metric *m;
	int i;

	if (argc != 5) {
		fprintf(stderr, "usage: benchstat BASE OURS CSV SVG\n");
		return 2;
	}
	read_samples(argv[1], 0);
	read_samples(argv[2], 1);
	if (!nr_metrics)
		fatal(argv[2], "holds no line 'bench NAME VALUE UNIT higher|lower'");
	csv = create(argv[3]);
	svg = create(argv[4]);
	fprintf(csv, "name,unit,better,base,ours,ratio,samples_base,samples_ours,"
		"spread_base_percent,spread_ours_percent\n");
	fprintf(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1020\" "
		"height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<text x=\"8\" y=\"20\">ours / base (line: 1.0)</text>\n",
		52 + nr_metrics * 24);
	printf("%-34s %-8s %12s %12s %8s %9s %15s\n", "name", "unit", "base",
	       "ours", "ratio", "samples", "spread %");
	for (i = 0; i < nr_metrics; i++) {
		m = &metrics[i];
		if (!m->side[0].n || !m->side[1].n) {
			fprintf(stderr, "benchstat: %s: no sample on %s\n", m->name,
				m->side[0].n ? "ours" : "the base");
			missing = true;
			continue;
		}
		b = median(&m->side[0]);
		o = median(&m->side[1]);
		ratio = b != 0 ? o / b : 0;
		printf("%-34s %-8s %12.4g %12.4g %8.3f %4d/%-4d %7.1f/%-7.1f\n",
		       m->name, m->unit, b, o, ratio, m->side[0].n, m->side[1].n,
		       spread(&m->side[0], b), spread(&m->side[1], o));
		fprintf(csv, "%s,%s,%s,%.6g,%.6g,%.4f,%d,%d,%.2f,%.2f\n", m->name,
			m->unit, m->better, b, o, ratio, m->side[0].n,
			m->side[1].n, spread(&m->side[0], b),
			spread(&m->side[1], o));
		svg_bar(svg, i, m, ratio);
	}
	fprintf(svg, "<line x1=\"520\" y1=\"30\" x2=\"520\" y2=\"%d\" "
		"stroke=\"#aa3377\"/>\n</svg>\n", 44 + nr_metrics * 24);
	if (fclose(csv) || fclose(svg))
		fatal(argv[3], "cannot write");
	return missing ? 1 : 0;
}
